"""Written before the holidays: its author is asked before it leaves, and without an answer it does not."""

from __future__ import annotations

import pytest
from village import Actor, Village

pytestmark = pytest.mark.village(start="2026-09-30 18:25")

WHO = {"feishu": ("李想", "接口组"), "dingtalk": ("何强", "品控组")}
WORDS = "明天下午发版，大家留意"


def _arrived(place: Village, platform: str) -> list:
    return [
        message
        for message in place.town.log[platform]
        if message.sender == "bot" and WORDS in message.text and not place._is_own_card(message)
    ]


async def _writes(place: Village, platform: str) -> Actor:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：{WORDS}")
    await author.presses("就这样")
    return author


async def test_without_an_answer_it_stays_and_is_said_so_once(place: Village, platform: str) -> None:
    author = await _writes(place, platform)
    await place.travel("2026-10-08 08:49")
    assert "照发" not in author.labels()
    await place.kill_the_bot()
    await place.start_bot()
    await place.travel("2026-10-08 08:51")
    assert author.labels() == ["照发", "改内容", "不发了"]
    await place.travel("2026-10-08 12:00")
    told = [message for message in author.heard() if message.text.startswith("还没发：")]
    assert len(told) == 1
    sent = [m for m in _arrived(place, platform) if m not in told and m.person != author.person.id]
    assert sent == []


@pytest.mark.parametrize("answered", ["2026-10-08 08:55", "2026-10-08 09:00", "2026-10-08 10:40"])
async def test_a_yes_lets_it_go_once(place: Village, platform: str, answered: str) -> None:
    author = await _writes(place, platform)
    await place.travel(answered)
    await author.presses("照发")
    await place.travel("2026-10-08 12:00")
    arrived = [m for m in _arrived(place, platform) if m.person != author.person.id]
    assert arrived
    assert len({message.person or message.chat for message in arrived}) == len(arrived)


async def test_a_no_ends_it(place: Village, platform: str) -> None:
    author = await _writes(place, platform)
    await place.travel("2026-10-08 08:55")
    await author.presses("不发了")
    await place.travel("2026-10-08 12:00")
    assert [m for m in _arrived(place, platform) if m.person != author.person.id] == []
