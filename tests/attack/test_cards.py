"""A card gives no right: it carries an opaque id, and who presses is said by the platform."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from village import Actor, Village, village

from sandbox.model import Message

pytestmark = pytest.mark.timeout(240)
WHO = {"feishu": ("李想", "接口组"), "dingtalk": ("何强", "苏州工厂")}
WORDS = "三号会议室改到二楼"


async def forged(actor: Actor, message: Message, action: str) -> Any:
    """A press as it comes over the line, whatever the client would have allowed this person to press."""
    side: Any = actor.platform
    if side.name == "feishu":
        event = {
            "operator": {"tenant_key": side.ids.tenant, **side.events.user(actor.person.id)},
            "token": "c-forged",
            "host": "im_message",
            "action": {"value": {"a": action}, "tag": "button"},
            "context": {"open_message_id": message.id, "open_chat_id": side.ids.chat_of(message)},
        }
        answer = await side.deliveries.call_back("card.action.trigger", event)
    else:
        answer = await side.presses._ask(actor.person, message, side.cards.of(message), "b1", action, {})
    await actor.village.rest()
    return answer


def effects(place: Village, platform: str) -> int:
    posts = [post for post in place.posts(platform, WHO[platform][1]) if WORDS in post.text]
    return len(posts) + sum(place.copies(platform, WORDS).values())


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_only_the_addressee_of_a_living_card_presses_it_once(tmp_path: Path, platform: str) -> None:
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00") as place:
        name, department = WHO[platform]
        author = place.person(platform, name)
        people = [p for p in place.town.people[platform].values() if p.active and p.id != author.person.id]
        colleague = Actor(place, author.platform, people[0])
        gone = Actor(place, author.platform, people[1])
        await author.tells_the_bot(f"通知{department}：{WORDS}一")
        card = author.card_with("就这样")
        confirm = next(action for action, label in author.platform.buttons(card) if label == "就这样")

        await forged(colleague, card, confirm)  # forwarded, and pressed by another
        for edited in (
            "",
            "0" * 32,
            confirm[:-1],
            confirm + "0",
            "' OR 1=1 --",
            "x" * 5000,
            author.person.id,
        ):
            await forged(author, card, edited)
        await author.platform.leave(gone.person)
        await place.rest()
        await forged(gone, card, confirm)
        assert effects(place, platform) == 0

        await author.presses("改内容" if "改内容" in author.labels() else author.labels()[1])
        await author.tells_the_bot(f"{WORDS}二")
        await forged(author, card, confirm)  # the old card
        await place.pass_time(minutes=5)
        assert not any(
            f"{WORDS}一" in m.text and m.chat for m in place.town.log[platform] if m.sender == "bot"
        )

        if "就这样" in author.labels():
            fresh = author.card_with("就这样")
            again = next(action for action, label in author.platform.buttons(fresh) if label == "就这样")
            await asyncio.gather(*(forged(author, fresh, again) for _ in range(5)))
            await place.pass_time(minutes=5)
        once = effects(place, platform)
        assert once == len({*place.copies(platform, WORDS)}) + len(
            {post.text for post in place.posts(platform, department) if WORDS in post.text}
        )
        for _ in range(3):  # after it is closed
            await forged(author, card, confirm)
        await place.pass_time(minutes=5)
        assert effects(place, platform) == once


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_a_leavers_cards_and_held_notice_are_dead(tmp_path: Path, platform: str) -> None:
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 21:40") as place:
        name, department = WHO[platform]
        author = place.person(platform, name)
        await author.tells_the_bot(f"通知{department}：{WORDS}")
        card = author.card_with("就这样")
        confirm = next(action for action, label in author.platform.buttons(card) if label == "就这样")
        await author.platform.leave(author.person)
        await place.pass_time(seconds=60)
        await forged(author, card, confirm)
        await place.travel("2026-09-09 12:00")
        assert effects(place, platform) == 0


async def test_in_a_group_nobody_manages_the_bot_only_helps(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00") as place:
        author = place.person("feishu", "李想")
        others = [p for p in place.town.people["feishu"].values() if p.active][:5]
        chat = await author.platform.create_chat("周末爬山", author.person, others, bot=True)
        await place.pass_time(seconds=10)
        for words in ("发通知", f"发通知：{WORDS}", f"通知本群：{WORDS}", f"通知大家：{WORDS}"):
            await author.platform.say(author.person, chat.id, words, ["bot"])
            await place.pass_time(minutes=2)
        said = [m for m in place.town.log["feishu"] if m.chat == chat.id and m.sender == "bot"]
        assert [m.text for m in said if WORDS in m.text] == []
        assert all("all" not in m.mentions for m in said)
