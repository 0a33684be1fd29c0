"""A person remembers something at night: the notice waits for working hours, by its readers' own hours."""

from __future__ import annotations

import pytest
import tomlkit
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


async def test_other_hours_and_a_restart_move_it_and_lose_nothing(place: Village, platform: str) -> None:
    """What waits is a row: the rules it leaves by are those of the morning, whatever they were when it was said."""
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：{WORDS}")
    await author.presses("就这样")
    await place.stop_the_bot()
    document = tomlkit.parse(place.config.read_text(encoding="utf-8"))
    document.setdefault("work_hours", {}).update({"opens": "10:30"})
    place.config.write_text(tomlkit.dumps(document), encoding="utf-8")
    await place.start_bot()
    await place.travel("2026-09-09 10:29")
    far = {one.id for one in place.town.people[platform].values() if "乌鲁木齐" in one.city}
    assert place.copies(platform, WORDS).keys() <= far
    assert place.posts(platform, department) == []
    await place.travel("2026-09-09 12:00")
    copies = place.copies(platform, WORDS)
    posts = len(place.posts(platform, department))
    assert (len(copies), set(copies.values()), posts) == (
        (41, {1}, 0) if platform == "feishu" else (0, set(), 1)
    )
