"""The author names another moment: for a preview, and for what waits already, without being asked again."""

from __future__ import annotations

import pytest
from village import Village

pytestmark = pytest.mark.village(start="2026-09-08 21:40")

WHO = {"feishu": ("李想", "研发部"), "dingtalk": ("何强", "品控组")}
WORDS = "接口文档请看一下"


def _arrived(place: Village, platform: str) -> list:
    return [
        message
        for message in place.town.log[platform]
        if message.sender == "bot" and WORDS in message.text and not place._is_own_card(message)
    ]


async def test_a_preview_moves_to_the_moment_that_is_named(place: Village, platform: str) -> None:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：{WORDS}")
    await author.presses("改时间")
    await author.tells_the_bot("9月10日 14:30")
    assert "就这样" in author.labels()
    assert "9月10日（周四）" in author.last()
    await author.presses("就这样")
    await place.travel("2026-09-10 14:29")
    assert _arrived(place, platform) == []
    await place.travel("2026-09-10 16:00")
    assert _arrived(place, platform)


async def test_what_is_unclear_or_past_is_asked_back(place: Village, platform: str) -> None:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：{WORDS}")
    await author.presses("改时间")
    await author.tells_the_bot("等大家都有空")
    assert "没看懂" in author.last()
    await author.tells_the_bot("9月1日 10:00")
    assert "过去" in author.last() or "可能是" in author.last()
    await author.tells_the_bot("9月10日 14:30")
    assert "9月10日（周四）" in author.last()


async def test_what_waits_is_moved_without_a_new_yes(place: Village, platform: str) -> None:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：{WORDS}")
    await author.presses("就这样")
    await author.tells_the_bot("改到9月10日 15:00")
    assert "9月10日（周四）15:00" in author.last()
    await place.kill_the_bot()
    await place.start_bot()
    await place.travel("2026-09-10 14:59")
    assert _arrived(place, platform) == []
    await place.travel("2026-09-10 16:00")
    arrived = _arrived(place, platform)
    assert arrived
    assert len({message.person or message.chat for message in arrived}) == len(arrived)


async def test_a_moment_at_night_waits_for_the_opening(place: Village, platform: str) -> None:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：{WORDS}")
    await author.presses("就这样")
    await author.tells_the_bot("改到9月10日 20:00")
    assert "9月11日（周五）09:00" in author.last()
    await place.travel("2026-09-11 08:59")
    assert _arrived(place, platform) == []
    await place.travel("2026-09-11 11:00")
    assert _arrived(place, platform)


async def test_taking_it_back_still_works_afterwards(place: Village, platform: str) -> None:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：{WORDS}")
    await author.presses("就这样")
    await author.tells_the_bot("改到9月10日 15:00")
    card = next(m for m in reversed(author.heard()) if author.platform.buttons(m))
    await author.presses("不发了", card)
    await place.travel("2026-09-10 18:00")
    assert _arrived(place, platform) == []
