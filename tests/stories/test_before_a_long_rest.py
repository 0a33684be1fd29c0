"""Written before the holidays: its author is asked before it leaves, and without an answer it does not."""

from __future__ import annotations

import pytest
from village import Actor, Village

pytestmark = pytest.mark.village(start="2026-09-30 18:25")

WHO = {"feishu": ("李想", "接口组"), "dingtalk": ("何强", "品控组")}
WORDS = "明天下午发版，大家留意"
ASK_FIRST = "10月8日早上先问我再发"


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
    assert "就这样" not in author.labels()
    await author.presses(ASK_FIRST)
    return author


async def test_without_an_answer_it_stays_and_is_said_so_once(place: Village, platform: str) -> None:
    author = await _writes(place, platform)
    await place.travel("2026-10-08 08:49")
    assert "照发" not in author.labels()
    await place.kill_the_bot()
    await place.start_bot()
    await place.travel("2026-10-08 08:51")
    assert author.labels() == ["照发", "改内容", "改时间", "不发了"]
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


async def test_new_words_while_it_is_asked_about_are_what_is_sent(place: Village, platform: str) -> None:
    author = await _writes(place, platform)
    await place.travel("2026-10-08 08:55")
    await author.presses("改内容")
    await author.tells_the_bot("10月9日下午发版，以这条为准")
    await author.presses("就这样")
    await place.travel("2026-10-08 12:00")
    assert [m for m in _arrived(place, platform) if m.person != author.person.id] == []
    posted = [m for m in place.town.log[platform] if m.chat and "以这条为准" in m.text]
    copies = place.copies(platform, "以这条为准")
    assert len(posted) + len(copies) >= 1
    assert set(copies.values()) <= {1}
    assert not [m for m in author.heard() if m.text.startswith("还没发：")]


async def test_the_question_goes_with_the_moment(place: Village, platform: str) -> None:
    author = await _writes(place, platform)
    await author.tells_the_bot("改到10月9日下午两点")
    await place.travel("2026-10-09 13:45")
    assert not [m for m in author.heard() if m.text.startswith("要发吗？")]
    await place.travel("2026-10-09 13:55")
    assert len([m for m in author.heard() if m.text.startswith("要发吗？")]) == 1
    await author.tells_the_bot("改到下午三点")
    await place.travel("2026-10-09 14:45")
    assert [m for m in _arrived(place, platform) if m.person != author.person.id] == []
    await place.travel("2026-10-09 16:00")
    arrived = [m for m in _arrived(place, platform) if m.person != author.person.id]
    assert arrived
    assert len({message.person or message.chat for message in arrived}) == len(arrived)


@pytest.mark.parametrize("answer", ["照发", "不发了"])
async def test_when_its_author_has_left_the_head_decides(place: Village, platform: str, answer: str) -> None:
    author = await _writes(place, platform)
    await place.travel("2026-10-05 12:00")
    await author.platform.leave(author.person)
    await place.rest()
    await place.travel("2026-10-08 08:55")
    [head] = [
        one for one in _people(place, platform) if any(m.text.startswith("要发吗？") for m in one.heard())
    ]
    assert author.person.name in head.last()
    assert head.labels() == ["照发", "不发了"]
    await head.presses(answer)
    await place.travel("2026-10-08 12:00")
    arrived = [m for m in _arrived(place, platform) if m.person != head.person.id]
    assert bool(arrived) is (answer == "照发")
    assert len({message.person or message.chat for message in arrived}) == len(arrived)


def _people(place: Village, platform: str) -> list[Actor]:
    return [Actor(place, place.town.platforms[platform], one) for one in place.town.people[platform].values()]
