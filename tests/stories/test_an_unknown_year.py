"""A moment in a year whose days off nobody has published: said aloud, and moved once when they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from village import Actor, Village, at

pytestmark = pytest.mark.village(start="2026-12-10 10:00")

WHO = {"feishu": ("王芳", "市场部"), "dingtalk": ("孙莉", "设备部")}
WORDS = "年度计划在共享文件夹里"
NOTICE = """year = 2027
source = "测试用的通知"
published = 2026-12-20
make_up = []

[[holiday]]
name = "元旦"
first = 2027-01-01
last = 2027-01-{last}
"""


def _publish(place: Village, last: str) -> None:
    folder = place.folder / "data" / "calendar"
    folder.mkdir(exist_ok=True)
    (folder / "2027.toml").write_text(NOTICE.replace("{last}", last), encoding="utf-8")


def _told(author: Actor) -> list[str]:
    return [message.text for message in author.heard() if message.text.startswith("放假安排公布了")]


@pytest.mark.parametrize(
    ("last", "arrives", "told"),
    [("04", "2027-01-05 09:00", 1), ("03", "2027-01-04 10:00", 0)],
    ids=["moved", "as guessed"],
)
async def test_it_moves_when_the_days_are_published_and_says_so_once(
    place: Village, platform: str, last: str, arrives: str, told: int
) -> None:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"元旦后第一个工作日上午十点再通知{department}：{WORDS}")
    assert "2027 年的放假安排我还没有收到" in author.last()
    assert {"先这样排", "改成指定日期"} <= set(author.labels())
    await author.presses("先这样排")
    await place.travel("2026-12-21 12:00")
    _publish(place, last)
    await place.travel("2026-12-23 12:00")
    await place.kill_the_bot()
    await place.start_bot()
    assert len(_told(author)) == told
    assert arrives[11:] in (_told(author) or [arrives])[0]
    await place.town.clock.set(at(arrives) - timedelta(minutes=1))
    assert place.posts(platform, department) == []
    await place.pass_time(minutes=15)
    [post] = place.posts(platform, department)
    assert WORDS in post.text
    assert len(_told(author)) == told
