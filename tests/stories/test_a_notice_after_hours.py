"""A person remembers something at night: the notice waits for working hours, by its readers' own hours."""

from __future__ import annotations

import pytest
import tomlkit
from village import Actor, Village

from sandbox.model import Person

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


def _colleague(place: Village, author: Actor) -> Person:
    """Somebody of the same team."""
    people = place.town.people[author.platform.name].values()
    team = [one for one in people if one.departments == author.person.departments]
    return next(one for one in reversed(team) if one.id != author.person.id)


@pytest.mark.parametrize("platform", ["feishu"])
async def test_who_leaves_overnight_is_not_written_to_and_does_not_count(
    place: Village, platform: str
) -> None:
    author = place.person(platform, "李想")
    await author.tells_the_bot(f"通知研发部：{WORDS}")
    await author.presses("就这样")
    leaver = _colleague(place, author)
    await author.platform.leave(leaver)
    await place.travel("2026-09-09 10:30")
    assert leaver.id not in place.copies(platform, WORDS)
    assert len(place.copies(platform, WORDS)) == 40
    face = next(one.text for one in reversed(author.heard()) if "内容：" in one.text)
    assert "已发出" in face
    assert "已送达 40/40 人" in face
    assert "1 人已经离开，不再发" in face
    assert not [one for one in author.heard() if "没发出去" in one.text]


@pytest.mark.parametrize("platform", ["feishu"])
async def test_where_all_have_left_its_author_hears_that_nobody_got_it(place: Village, platform: str) -> None:
    author = place.person(platform, "李想")
    other = _colleague(place, author)
    await author.tells_the_bot(f"告诉{other.name}：{WORDS}")
    await author.presses("就这样")
    await author.platform.leave(other)
    await place.travel("2026-09-09 10:30")
    assert place.copies(platform, WORDS) == {}
    assert "已经离开" in author.last()
    assert WORDS[:6] in author.last()
