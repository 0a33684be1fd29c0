"""A notice that names its own moment leaves then, and not a minute before; an open moment asks."""

from __future__ import annotations

import pytest
from village import Village

pytestmark = pytest.mark.village(start="2026-09-08 10:00")

WHO = {"feishu": ("李想", "研发部"), "dingtalk": ("何强", "设备部")}
WORDS = "接口文档换了地址"


async def test_it_leaves_at_the_moment_that_stands_before_the_command(place: Village, platform: str) -> None:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"明天上午十一点再通知{department}：{WORDS}")
    await author.presses("就这样")
    await place.travel("2026-09-09 10:55")
    assert place.copies(platform, WORDS) == {}
    assert place.posts(platform, department) == []
    await place.travel("2026-09-09 12:30")
    assert place.copies(platform, WORDS) or place.posts(platform, department)


async def test_a_moment_that_may_be_two_is_asked_for_and_nothing_waits(place: Village, platform: str) -> None:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"明天三点再通知{department}：{WORDS}")
    assert "9月9日（周三）03:00" in author.last()
    assert "9月9日（周三）15:00" in author.last()
    await place.travel("2026-09-10 12:00")
    assert place.copies(platform, WORDS) == {}
