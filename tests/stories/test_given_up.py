"""What could not be sent is told with what to press: once more, or not at all; nothing tries again by itself."""

from __future__ import annotations

import pytest
from village import Actor, Village

WORDS = "场地改到三号馆"
HERE = {"feishu": ("李想", "发到羽毛球社群", "羽毛球社"), "dingtalk": ("孙莉", "通知设备部", "设备部")}
"""Who writes, to whom in their words, and the group it goes into."""


@pytest.fixture
def place(any_place: Village) -> Village:
    return any_place


def _posts(place: Village) -> list[str]:
    platform = place.platforms[0]
    return [post.text for post in place.posts(platform, HERE[platform][2]) if WORDS in post.text]


async def _fails(place: Village) -> Actor:
    """Somebody has put the bot out of the group."""
    platform = place.platforms[0]
    name, to, group = HERE[platform]
    author = place.person(platform, name)
    place.chat(platform, group).bot = False
    await author.tells_the_bot(f"{to}：{WORDS}")
    await author.chooses("就这样")
    await place.pass_time(minutes=3)
    return author


async def test_it_is_told_to_the_author_and_the_admins_and_goes_again_by_one_press(
    place: Village,
) -> None:
    platform = place.platforms[0]
    author, admin = await _fails(place), place.person(platform, "周敏")
    for told in (author, admin):
        assert "有 1 份没有发出去" in told.last()
        assert "我不会自己再试" in told.last()
        assert told.labels() == ["再试一次", "不用发了"] or "回复 1 再试一次 · 回复 2 不用发了" in told.last()
    place.chat(platform, HERE[platform][2]).bot = True
    await place.kill_the_bot()
    await place.start_bot()
    await place.pass_time(minutes=30)
    assert _posts(place) == []
    await admin.chooses("再试一次")
    await place.pass_time(minutes=2)
    assert len(_posts(place)) == 1
    assert "补发" not in _posts(place)[0], "it has certainly not been seen before"
    assert "已经处理过了" in await author.chooses("再试一次")
    await place.pass_time(minutes=10)
    assert len(_posts(place)) == 1


async def test_or_it_stays_as_it_is(place: Village) -> None:
    platform = place.platforms[0]
    author = await _fails(place)
    await author.chooses("不用发了")
    place.chat(platform, HERE[platform][2]).bot = True
    await place.travel("2026-09-09 12:00")
    assert _posts(place) == []
