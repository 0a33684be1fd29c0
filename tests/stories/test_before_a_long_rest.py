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


NEW_WORDS = "10月8日下午发版，大家留意"


async def test_the_words_can_be_said_of_the_day_on_which_they_leave(place: Village, platform: str) -> None:
    """Then nothing is open, so nobody is asked again; put off to yet another day it would be."""
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：{WORDS}")
    await author.presses(f"改成：{NEW_WORDS}")
    assert NEW_WORDS in author.last()
    assert "就这样" in author.labels()
    await author.presses("就这样")
    await place.kill_the_bot()
    await place.start_bot()
    await place.travel("2026-10-08 08:59")
    assert not [m for m in author.heard() if m.text.startswith("要发吗？")]
    await place.travel("2026-10-08 10:30")
    got = [m for m in place.town.log[platform] if NEW_WORDS in m.text and not place._is_own_card(m)]
    assert got
    assert len({message.person or message.chat for message in got}) == len(got)
    assert [m for m in _arrived(place, platform) if m.person != author.person.id] == []


@pytest.mark.parametrize("words", ["明天下午发版，周五再发一次", "明天之前交周报", "大家国庆快乐"])
async def test_where_the_new_day_would_be_a_guess_none_is_offered(
    place: Village, platform: str, words: str
) -> None:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：{words}")
    assert ASK_FIRST in author.labels()
    assert not [label for label in author.labels() if label.startswith("改成：")]


ON_DUTY = {"feishu": ["李想", "陈立"], "dingtalk": ["何强", "孙莉"]}
ROSTER = f"""
[[work_hours.duty]]
first = 2026-10-01
last = 2026-10-03
who = {ON_DUTY["feishu"] + ON_DUTY["dingtalk"]}
[[work_hours.duty]]
first = 2026-10-04
last = 2026-10-07
who = ["周敏"]
""".replace("'", '"')
WIDE = {"feishu": "研发部", "dingtalk": "苏州工厂"}
SOME_FIRST = "先发 5 人，其余10月8日早上先问我"
"""Urumqi is still at work when the others have left."""


def _told(place: Village, platform: str) -> dict[str, int]:
    """Who has been reached, in their own chat or by a post, with the reason."""
    counted: dict[str, int] = {}
    for message in place.town.log[platform]:
        if message.sender == "bot" and "现在发的原因" in message.text and "内容：“" not in message.text:
            whom = message.person or message.chat or ""
            counted[whom] = counted.get(whom, 0) + 1
    return counted


@pytest.mark.village(start="2026-09-30 18:25", edit=ROSTER)
async def test_what_happens_in_the_holidays_goes_to_those_on_duty_now_and_to_nobody_else(
    place: Village, platform: str
) -> None:
    author = place.person(platform, WHO[platform][0])
    await author.tells_the_bot(f"通知{WIDE[platform]}：{WORDS}")
    assert author.labels()[0] in (ASK_FIRST, SOME_FIRST)
    await author.presses("是假期里的事，只通知值班 2 人")
    assert _told(place, platform) == {}, "urgent needs its reason first"
    await author.tells_the_bot("急急急")
    assert "还看不出为什么不能等" in author.last()
    await author.tells_the_bot("假期里要上线新版本，值班的人要盯着")
    await author.presses("就这样")
    await place.pass_time(minutes=2)
    people = {place.person(platform, name).person.id for name in ON_DUTY[platform]}
    assert _told(place, platform) == dict.fromkeys(people, 1)
    await place.travel("2026-10-08 12:00")
    assert _told(place, platform) == dict.fromkeys(people, 1)
    assert not [m for m in author.heard() if m.text.startswith("要发吗？")]


async def test_without_a_roster_it_is_asked_who_is_on_duty(place: Village, platform: str) -> None:
    author = place.person(platform, WHO[platform][0])
    await author.tells_the_bot(f"通知{WIDE[platform]}：{WORDS}")
    await author.presses("是假期里的事，只通知值班的人")
    assert "谁在值班？" in author.last()
    names = ON_DUTY[platform]
    await author.tells_the_bot("、".join(names))
    assert "为什么不能等" in author.last()
    await author.tells_the_bot("假期里要上线新版本，值班的人要盯着")
    await author.presses("就这样")
    await place.pass_time(minutes=2)
    people = {place.person(platform, name).person.id for name in names}
    assert _told(place, platform) == dict.fromkeys(people, 1)


@pytest.mark.parametrize("platform", ["feishu"])
@pytest.mark.parametrize("answer", ["照发", "不发了", "撤回"])
async def test_whoever_is_still_at_work_has_it_now_and_about_the_others_the_author_is_asked(
    place: Village, platform: str, answer: str
) -> None:
    author = place.person(platform, "李想")
    await author.tells_the_bot(f"通知研发部：{WORDS}")
    await author.presses(SOME_FIRST)
    await place.pass_time(minutes=2)
    early = place.copies(platform, WORDS)
    assert len(early) == 5 and set(early.values()) == {1}
    await place.travel("2026-10-08 08:55")
    assert author.labels() == ["照发", "改内容", "改时间", "不发了"]
    assert place.copies(platform, WORDS) == early
    if answer == "撤回":
        await author.tells_the_bot(answer)
    else:
        await author.presses(answer)
    await place.travel("2026-10-08 12:00")
    copies = place.copies(platform, WORDS)
    copies.pop(author.person.id, None)  # cards about it quote it too
    if answer == "照发":
        assert len(copies) > 30 and set(copies.values()) == {1}
    else:
        assert {one: n for one, n in copies.items() if one not in early} == {}
    await author.tells_the_bot("我的消息")
    said = {"照发": "已发出", "不发了": "部分发出", "撤回": "已撤回"}[answer]
    assert said in author.last()
