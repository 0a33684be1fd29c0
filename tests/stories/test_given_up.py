"""What could not be sent is told with what to press: once more, or not at all; nothing tries again by itself."""

from __future__ import annotations

import pytest
from village import Actor, Village

pytestmark = pytest.mark.village(start="2026-09-08 10:00")

WORDS = "场地改到三号馆"
GROUP = "羽毛球社"


@pytest.fixture(params=["feishu"])
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _posts(place: Village, platform: str) -> list[str]:
    return [post.text for post in place.posts(platform, GROUP) if WORDS in post.text]


async def _fails(place: Village, platform: str) -> Actor:
    """Somebody has put the bot out of the group."""
    author = place.person(platform, "李想")
    chat = place.chat(platform, GROUP)
    chat.bot = False
    await author.tells_the_bot(f"发到{GROUP}群：{WORDS}")
    await author.presses("就这样")
    await place.pass_time(minutes=3)
    return author


async def test_it_is_told_to_the_author_and_the_admins_and_goes_again_by_one_press(
    place: Village, platform: str
) -> None:
    author, admin = await _fails(place, platform), place.person(platform, "周敏")
    for told in (author, admin):
        assert "有 1 份没有发出去" in told.last()
        assert "我不会自己再试" in told.last()
        assert told.labels() == ["再试一次", "不用发了"]
    place.chat(platform, GROUP).bot = True
    await place.kill_the_bot()
    await place.start_bot()
    await place.pass_time(minutes=30)
    assert _posts(place, platform) == []
    card = author.heard()[-1]
    await admin.presses("再试一次")
    await place.pass_time(minutes=2)
    assert len(_posts(place, platform)) == 1
    assert "补发" not in _posts(place, platform)[0], "it has certainly not been seen before"
    assert "已经处理过了" in await author.presses("再试一次", card)
    await place.pass_time(minutes=10)
    assert len(_posts(place, platform)) == 1


async def test_or_it_stays_as_it_is(place: Village, platform: str) -> None:
    author = await _fails(place, platform)
    await author.presses("不用发了")
    place.chat(platform, GROUP).bot = True
    await place.travel("2026-09-09 12:00")
    assert _posts(place, platform) == []
