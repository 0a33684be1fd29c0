"""A person remembers something at night: the notice waits for working hours, by its readers' own hours."""

from __future__ import annotations

import pytest
from village import Village

pytestmark = pytest.mark.village(start="2026-09-08 21:40")

WHO = {"feishu": ("李想", "研发部"), "dingtalk": ("何强", "设备部")}
WORDS = "周四下午两点，会议室A，过一下接口文档"


async def test_nothing_is_sent_before_the_author_presses(place: Village, platform: str) -> None:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：{WORDS}")
    assert "就这样" in author.labels()
    await place.travel("2026-09-09 12:00")
    assert place.copies(platform, WORDS) == {}
    assert "还没发" in author.last()


async def test_it_reaches_everybody_next_morning_once(place: Village, platform: str) -> None:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：{WORDS}")
    toast = await author.presses("就这样")
    assert "9月9日（周三）09:00" in toast
    await place.travel("2026-09-09 08:59")
    assert place.copies(platform, WORDS) == {}
    assert place.posts(platform, department) == []
    await place.travel("2026-09-09 10:30")
    if platform == "feishu":
        copies = place.copies(platform, WORDS)
        assert len(copies) == 41
        assert set(copies.values()) == {1}
    else:
        assert len(place.posts(platform, department)) == 1
