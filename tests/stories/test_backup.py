"""A copy of the living store, put back the next day: nothing leaves by itself, and what a human lets go leaves once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from village import Actor, Village, village

pytestmark = pytest.mark.village(start="2026-09-08 21:40")

WHO = {"feishu": ("李想", "接口组"), "dingtalk": ("何强", "品控组")}
WORDS = "接口文档改到第三版了"


def _copies(place: Village, platform: str) -> dict[str, int]:
    """How often each person or group was told."""
    counted = dict(place.copies(platform, WORDS))
    for message in place.town.log[platform]:
        if message.sender == "bot" and message.chat and WORDS in message.text:
            counted[message.chat] = counted.get(message.chat, 0) + 1
    return counted


async def test_a_restored_notice_waits_for_a_human(place: Village, platform: str, tmp_path: Path) -> None:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：{WORDS}")
    await author.presses("就这样")
    copy = tmp_path / "copy.db"
    assert (await place.run("backup", str(copy)))[0] == 0
    assert (await place.run("backup", str(copy)))[0] == 3, "a file that is there is never overwritten"
    code, said = await place.run("restore", str(copy))
    assert code == 3, f"a bot lives: {said}"
    await place.kill_the_bot()
    code, said = await place.run("restore", str(copy))
    assert code == 0, said
    await place.start_bot()
    await place.travel("2026-09-09 11:00")
    assert _copies(place, platform) == {}
    listed = (await place.run("outbox", "list", "--state", "quarantined", "--json"))[1]
    waiting = [row for line in listed.splitlines() if (row := json.loads(line))["announcement"]]
    ids = [str(row["id"]) for row in waiting if row["step"] not in ("preview", "face", "card")]
    assert (await place.run("outbox", "release", *ids))[0] == 0
    await place.pass_time(minutes=20)
    got = _copies(place, platform)
    assert got, "what a human lets go leaves"
    assert set(got.values()) == {1}


async def test_what_nobody_had_been_told_of_is_told_after_the_restore(tmp_path: Path) -> None:
    """The first lost answer is told at once, those after it within half a minute; the copy is made in between."""
    lost = {"match": {"path": "createAndDeliver", "body": WORDS}, "times": 4, "kind": "lost-answer"}
    async with village(tmp_path, platforms=("dingtalk",), start="2026-09-08 10:00:05") as place:
        author = place.person("dingtalk", "何强")
        await author.tells_the_bot(f"通知品控组：【重要】{WORDS} @何强")
        place.faults(lost)
        await author.presses("就这样")
        copy = tmp_path / "copy.db"
        assert (await place.run("backup", str(copy)))[0] == 0
        assert _told_of(author) < 4, "some are still to be told when the copy is made"
        await place.kill_the_bot()
        assert (await place.run("restore", str(copy)))[0] == 0
        await place.start_bot()
        await place.pass_time(minutes=2)
        assert _told_of(author) == 4


def _told_of(author: Actor) -> int:
    """How many messages without an answer this person has been told of."""
    cards = [one.text for one in author.heard() if "送达待确认" in one.text or "不敢确定" in one.text]
    return sum(int(text.split("有 ")[1].split(" ")[0]) for text in cards)
