"""What cannot wait goes to the few it concerns first; everybody else only by a second press."""

from __future__ import annotations

import pytest
from village import Actor, Village

pytestmark = pytest.mark.village(start="2026-09-08 21:52")

WHO = {"feishu": ("李想", "研发部", "接口组"), "dingtalk": ("何强", "苏州工厂", "品控组")}
REASON = "支付接口挂了，用户付不了款，要马上恢复"


def _people(place: Village, platform: str, words: str) -> dict[str, int]:
    """Whose own copy says so, and into which groups it went."""
    got: dict[str, int] = {}
    for message in place.town.log[platform]:
        if message.sender == "bot" and words in message.text and "现在发的原因" in message.text:
            if "内容：“" in message.text:
                continue
            whom = message.person or message.chat or ""
            got[whom] = got.get(whom, 0) + 1
    return got


async def _urgent(place: Village, platform: str) -> tuple[Actor, str]:
    name, department, team = WHO[platform]
    author = place.person(platform, name)
    words = f"{team}的人马上上线"
    await author.tells_the_bot(f"通知{department}：{words}")
    await author.presses("这件事很急")
    await author.tells_the_bot(REASON)
    return author, words


async def test_the_smallest_circle_is_offered_and_nobody_else_disturbed(
    place: Village, platform: str
) -> None:
    author, words = await _urgent(place, platform)
    assert "本月第 1 条" in author.last()
    few, everybody, *_ = author.labels()
    assert few.startswith("只发给")
    assert everybody.startswith("发给全部")
    await author.presses(few)
    await place.pass_time(minutes=1)
    team = WHO[platform][2]
    size = {"feishu": 6, "dingtalk": 4}[platform]
    got = _people(place, platform, words)
    assert len(got) == size, team
    assert set(got.values()) == {1}
    assert author.card_with("扩大")
    await author.presses("不用")
    await place.travel("2026-09-09 12:00")
    assert _people(place, platform, words) == got


async def test_widening_reaches_the_others_once_and_no_one_twice(place: Village, platform: str) -> None:
    author, words = await _urgent(place, platform)
    await author.presses(author.labels()[0])
    await place.pass_time(minutes=1)
    first = _people(place, platform, words)
    await author.presses("扩大")
    await place.kill_the_bot()
    await place.start_bot()
    await place.pass_time(minutes=2)
    got = _people(place, platform, words)
    assert len(got) > len(first)
    assert set(got.values()) == {1}


async def test_everybody_at_once_is_one_press_too(place: Village, platform: str) -> None:
    author, words = await _urgent(place, platform)
    await author.presses(author.labels()[1])
    await place.pass_time(minutes=2)
    got = _people(place, platform, words)
    assert got
    assert set(got.values()) == {1}
    assert "扩大" not in author.labels()
