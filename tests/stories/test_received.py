"""收到: one press instead of forty messages; counted once a person, shown as a number, never in the group."""

from __future__ import annotations

import json
from pathlib import Path

from village import Actor, Village, village

from sandbox.model import Message

DAY = "2026-09-08 10:00"
WORDS = "周五前交安全责任书"


async def _publish(place: Village, platform: str) -> None:
    """An important notice into the one group of a department."""
    if platform == "feishu":
        author = place.person("feishu", "陈立")
        await author.tells_the_bot(f"通知研发部：【重要】{WORDS} @陈立")
    else:
        author = place.person("dingtalk", "何强")
        await author.tells_the_bot(f"通知苏州工厂：【重要】{WORDS} @何强")
    await author.presses("就这样")
    await place.pass_time(minutes=2)


def _copies(place: Village, platform: str) -> list[Message]:
    """Every card of the notice, in groups and direct chats."""
    return [
        message
        for message in place.town.log[platform]
        if WORDS in message.text
        and any(label == "收到" for _, label in place.town.platforms[platform].buttons(message))
    ]


def _reader_of(place: Village, platform: str, card: Message, nth: int = 0) -> Actor:
    """Somebody who has this card before their eyes."""
    if card.chat:
        chat = next(chat for chat in place.town.chats[platform].values() if chat.id == card.chat)
        member = [one for one in chat.members if one in place.town.people[platform]][nth]
    else:
        member = card.person
    assert member is not None
    return Actor(place, place.town.platforms[platform], place.town.people[platform][member])


async def test_a_press_is_thanked_in_private_counted_once_and_the_group_hears_nothing(
    tmp_path: Path, platform: str
) -> None:
    async with village(tmp_path, platforms=(platform,), start=DAY) as place:
        await _publish(place, platform)
        cards = _copies(place, platform)
        assert cards, "an important notice carries 收到"
        card = cards[0]
        reader = _reader_of(place, platform, card)
        before = len(place.town.log[platform])
        toast = await reader.presses("收到", card)
        assert toast.startswith("记下了，谢谢")
        assert "收到" in toast
        await place.pass_time(minutes=11)
        assert "已有 1/" in _face(card)
        await reader.presses("收到", card)
        await place.pass_time(minutes=11)
        assert "已有 1/" in _face(card)
        assert reader.person.name not in _face(card).split("已有")[-1]
        posted = [m for m in place.town.log[platform][before:] if m.sender == "bot" and m.chat]
        assert posted == []


async def test_many_presses_redraw_a_groups_card_once_and_a_kill_loses_none(
    tmp_path: Path, platform: str
) -> None:
    async with village(tmp_path, platforms=(platform,), start=DAY) as place:
        await _publish(place, platform)
        card = next((one for one in _copies(place, platform) if one.chat), None)
        if card is None:
            return
        for nth in range(4):
            await _reader_of(place, platform, card, nth).presses("收到", card)
        await place.kill_the_bot()
        await place.start_bot()
        updates = len(_updates(place, platform))
        await place.pass_time(minutes=11)
        assert "已有 4/" in _face(card)
        assert len(_updates(place, platform)) - updates <= 1


def _updates(place: Village, platform: str) -> list[str]:
    return [
        line
        for line in place.town.recorder.lines(platform=platform)
        if "人收到" in line and "已有" in line and json.loads(line)["method"] in ("PATCH", "PUT")
    ]


def _face(card: Message) -> str:
    return f"{card.text}\n{card.card}"


async def test_who_was_not_meant_may_not_be_counted(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start=DAY) as place:
        await _publish(place, "feishu")
        card = _copies(place, "feishu")[0]
        stranger = place.person("feishu", "王芳")
        place.chat("feishu", "研发部").members[stranger.person.id] = None
        toast = await stranger.presses("收到", card)
        assert "不是给你的" in toast


async def test_when_nobody_is_left_of_those_who_were_meant_nobody_else_takes_their_place(
    tmp_path: Path,
) -> None:
    async with village(tmp_path, platforms=("feishu",), start=DAY) as place:
        author, reader = place.person("feishu", "陈立"), place.person("feishu", "李想")
        await author.tells_the_bot(f"通知李想：【重要】{WORDS}")
        await author.presses("就这样")
        await place.pass_time(minutes=2)
        card = reader.card_with("收到")
        await reader.platform.leave(reader.person)
        await place.rest()
        other = place.person("feishu", "王芳")
        card.person = other.person.id  # the card was forwarded
        assert "不是给你的" in await other.presses("收到", card)


async def test_why_me_names_the_rule_and_the_sender_in_private(tmp_path: Path, platform: str) -> None:
    async with village(tmp_path, platforms=(platform,), start=DAY) as place:
        await _publish(place, platform)
        card = _copies(place, platform)[0]
        reader = _reader_of(place, platform, card)
        await reader.presses("为什么我会收到", card)
        said = reader.last()
        assert said.startswith("因为这条发给")
        assert "发出" in said and "想少收一些" in said
        count = len(reader.heard())
        await reader.presses("为什么我会收到", card)
        assert len(reader.heard()) == count
