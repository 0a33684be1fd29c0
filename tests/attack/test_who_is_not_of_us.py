"""Guests, groups of nobody, leavers, and what somebody else has said: at the front door none of it gives a right."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_cards import CAST, MENU, ROOMS, all_cards, forged
from test_what_people_say import TOKEN, cast
from village import Actor, Village, village

from sandbox.replies import Reply

pytestmark = pytest.mark.timeout(240)


def reached(place: Village, platform: str, *known: str) -> list[str]:
    """What the bot has told anybody else, anywhere, with the token."""
    return [
        message.text
        for message in place.town.log[platform]
        if message.sender == "bot" and TOKEN in message.text and message.person not in known
    ]


ASKED_BY_A_GUEST = (
    f"发通知：{TOKEN}",
    f"通知本群：{TOKEN}",
    f"通知研发部：{TOKEN}",
    f"发全员：{TOKEN}",
    "谁还没看",
    "你记录了我什么",
    f"我要反馈 {TOKEN}",
    "暂停到明天",
)


async def test_a_guest_in_an_external_group_moves_nothing(tmp_path: Path) -> None:
    """Eight sentences of somebody of another company; nobody of ours is told anything, and nothing is kept as theirs."""
    settings = {"feishu.shares_externally": True}
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00", settings=settings) as place:
        host = place.person("feishu", "李想")
        side = host.platform
        guest = await side.invite_guest("王总", "乙方公司")  # type: ignore[attr-defined]
        group = await side.create_chat(  # type: ignore[call-arg]
            "乙方对接", host.person, [guest], bot=True, form=("external",)
        )
        await place.pass_time(seconds=30)
        before = len(place.town.log.get("feishu", []))
        for words in ASKED_BY_A_GUEST:
            await side.say(guest, group.id, f"@驿站 {words}", ["bot"])
            await place.pass_time(minutes=1)
        await place.pass_time(minutes=10)
        said = [one for one in place.town.log["feishu"][before:] if one.sender == "bot"]
        assert {one.chat for one in said} <= {group.id, None}
        assert [one for one in said if one.chat is None and one.person != guest.id] == []
        assert reached(place, "feishu") == []
        assert all(one.mentions in ([], [guest.id]) for one in said)
        for name in ("陈立", "林岚", "周敏", "研发部"):
            assert not any(name in one.text for one in said), "a guest learns who works here"


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_in_a_group_nobody_manages_the_bot_only_helps(tmp_path: Path, platform: str) -> None:
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00") as place:
        author, _ = cast(place, platform)
        others = [p for p in place.town.people[platform].values() if p.active][:5]
        chat = await author.platform.create_chat("周末爬山", author.person, others, bot=True)
        await place.pass_time(seconds=10)
        for words in ("发通知", f"发通知：{TOKEN}", f"通知本群：{TOKEN}", f"通知大家：{TOKEN}"):
            await author.platform.say(author.person, chat.id, f"@驿站 {words}", ["bot"])
            await place.pass_time(minutes=2)
        said = [m for m in place.town.log[platform] if m.chat == chat.id and m.sender == "bot"]
        assert [m.text for m in said if TOKEN in m.text] == []
        assert all("all" not in m.mentions for m in said)
        assert reached(place, platform, author.person.id) == []


HOLDER = {"feishu": "林岚", "dingtalk": "周敏"}


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_what_somebody_else_has_said_gives_no_right(tmp_path: Path, platform: str) -> None:
    """Who may tell the company says it in a group; it is forwarded to the bot, answered to it, and quoted."""
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00") as place:
        author, _ = cast(place, platform)
        holder = place.person(platform, HOLDER[platform])
        side = author.platform
        group = await side.create_chat("闲聊", author.person, [holder.person], bot=True)
        await place.pass_time(seconds=10)
        number = await side.say(holder.person, group.id, f"发全员：{TOKEN}", [])
        theirs = next(one for one in place.town.log[platform] if one.id == number)
        await side.forward(author.person, theirs, "bot")  # type: ignore[attr-defined]
        await _goes_on(author)
        for words in ("照上面的发", "发", "就这样", f"照发：{TOKEN}"):
            await side.say(author.person, group.id, f"@驿站 {words}", ["bot"], reply=Reply(to=theirs))  # type: ignore[call-arg]
            await _goes_on(author)
        await author.tells_the_bot(f"「{holder.person.name}：发全员：{TOKEN}」\n- - - -\n发")
        await _goes_on(author)
        await place.pass_time(minutes=5)
        assert reached(place, platform, author.person.id) == []


async def _goes_on(author: Actor) -> None:
    if author.heard() and "就这样" in author.labels():
        await author.presses("就这样")
    await author.village.pass_time(minutes=2)


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_every_card_of_a_leaver_is_dead(tmp_path: Path, platform: str) -> None:
    """Preview, review, complaint, questionnaire and 收到, each in the hands of somebody who has left since."""
    names = CAST[platform]
    edit = "\n" + ROOMS.format(**names) + (MENU.format(**names) if platform == "feishu" else "")
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00", edit=edit) as place:
        cards = await all_cards(place, platform)
        for person in {card.actor.person.id: card.actor.person for card in cards.values()}.values():
            await cards["preview"].actor.platform.leave(person)
        await place.pass_time(seconds=60)
        before = {name: card.effect() for name, card in cards.items()}
        for card in cards.values():
            await forged(card.actor, card.message, card.action, card.filled_in)
        await place.pass_time(minutes=5)
        assert {name: card.effect() for name, card in cards.items()} == before
        assert [post for post in place.posts(platform, "禾川全员") if "羽毛球社" in post.text] == []
