"""A refusal is private, names the reason, and offers what can be pressed."""

from __future__ import annotations

import pytest
from village import Village

pytestmark = pytest.mark.village(start="2026-09-08 10:00")

WHO = {"feishu": ("李想", "研发部"), "dingtalk": ("孙莉", "设备部")}


async def test_an_employee_cannot_speak_to_the_whole_company(place: Village, platform: str) -> None:
    author = place.person(platform, WHO[platform][0])
    await author.tells_the_bot("发全员：羽毛球社周五招新")
    assert "没有发出去" in author.last()
    assert author.labels(), "a refusal offers a way out"
    await place.travel("2026-09-09 12:00")
    assert place.posts(platform, "禾川全员") == []
    assert place.copies(platform, "羽毛球社周五招新") == {}


async def test_the_way_out_leads_to_an_audience_that_is_allowed(place: Village, platform: str) -> None:
    author = place.person(platform, WHO[platform][0])
    await author.tells_the_bot("发全员：羽毛球社周五招新")
    ways = [label for label in author.labels() if "发到" in label or "发给" in label]
    assert ways
    await author.presses(ways[0])
    await author.presses("就这样")
    await place.rest()
    posted = [
        message
        for message in place.town.log[platform]
        if message.sender == "bot"
        and "羽毛球社周五招新" in message.text
        and (message.chat or message.person != author.person.id)
    ]
    assert posted


async def test_important_without_a_mention_is_mended_by_one_press(place: Village, platform: str) -> None:
    name, department, team = {
        "feishu": ("李想", "研发部", "接口组"),
        "dingtalk": ("何强", "苏州工厂", "品控组"),
    }[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：[重要]{team}本周五前交测试报告")
    mends = [label for label in author.labels() if label.startswith(("@", "＠")) and "选" not in label]
    assert mends, author.last()
    await author.presses(mends[0])
    await author.presses("就这样")
    await place.pass_time(minutes=5)
    posted = [
        message
        for message in place.town.log[platform]
        if message.sender == "bot"
        and "【重要】" in message.text
        and "内容：" not in message.text
        and "本周五前交测试报告" in message.text
    ]
    assert posted
    assert "[重要]" not in posted[-1].text


async def test_not_important_after_all_drops_the_tag(place: Village, platform: str) -> None:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：【重要】茶水间换了咖啡")
    drop = next(label for label in author.labels() if "不重要" in label)
    await author.presses(drop)
    assert "【重要】" not in author.last()
    assert "就这样" in author.labels()


async def test_changed_words_need_a_new_yes(place: Village, platform: str) -> None:
    name, department = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{department}：例会三点")
    await author.presses("改内容")
    await author.tells_the_bot("例会四点")
    assert "例会四点" in author.last()
    await author.presses("就这样", author.card_with("就这样"))
    await place.pass_time(minutes=5)
    assert place.copies(platform, "例会三点") == {}
    sent = [
        m
        for m in place.town.log[platform]
        if "例会四点" in m.text and m.sender == "bot" and "内容：" not in m.text
    ]
    assert sent
