"""kill -9 between any two steps changes nothing that a person sees, except delay.

Only the town's record counts: who was to get the words, who got them, how often.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from village import Village, village

WHO = {"feishu": ("李想", "研发部", 41), "dingtalk": ("何强", "苏州工厂", 64)}
WORDS = "楼下消防演练改到三点"
STAGES = ("persisted", "acknowledged", "decided", "before-send", "after-send", "receipt")


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
@pytest.mark.parametrize("stage", STAGES)
async def test_a_kill_loses_and_doubles_nothing(tmp_path: Path, platform: str, stage: str) -> None:
    name, department, people = WHO[platform]
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00", start_bot=False) as place:
        await place.start_bot(kill_at=stage)
        author = place.person(platform, name)
        asking = asyncio.create_task(_ask(place, platform, name, department))
        await place.until_the_bot_is_dead()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await place.start_bot()
        await place.pass_time(minutes=2)
        if not place.copies(platform, WORDS) and not place.posts(platform, department):
            await author.presses("就这样")
        await place.pass_time(minutes=10)
        got, unknown = _received(place, platform, department), _told_unknown(place, platform)
        assert max(got.values(), default=0) <= 1, "doubled"
        if unknown == 0:
            assert len(got) == people, "lost"
        assert unknown <= (1 if platform == "dingtalk" and stage in ("before-send", "after-send") else 0)


async def test_a_batch_that_was_on_its_way_is_not_sent_again(tmp_path: Path) -> None:
    """DingTalk knows no key for it and tells nobody what became of it: a human decides."""
    async with village(tmp_path, platforms=("dingtalk",), start="2026-09-08 10:00", start_bot=False) as place:
        await place.start_bot(kill_at="after-send")
        asking = asyncio.create_task(_ask(place, "dingtalk", "何强", "品控组"))  # no group: a batch
        await place.until_the_bot_is_dead()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert set(place.copies("dingtalk", WORDS).values()) == {1}
        await place.start_bot()
        await place.pass_time(minutes=10)
        assert set(place.copies("dingtalk", WORDS).values()) == {1}
        assert _told_unknown(place, "dingtalk") == 1


async def _ask(place: Village, platform: str, name: str, department: str) -> None:
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：{WORDS}")
    await author.presses("就这样")


def _received(place: Village, platform: str, department: str) -> dict[str, int]:
    """Copies per person; a post in the group is a copy for each of its members."""
    counted = dict(place.copies(platform, WORDS))
    for post in place.posts(platform, department):
        if WORDS in post.text:
            for member in place.chat(platform, department).members:
                counted[member] = counted.get(member, 0) + 1
    return counted


def _told_unknown(place: Village, platform: str) -> int:
    """How many outcomes the bot has said it does not know, told to the author."""
    name = WHO[platform][0]
    return sum(
        "不敢确定" in message.text or "送达待确认" in message.text
        for message in place.person(platform, name).heard()
    )
