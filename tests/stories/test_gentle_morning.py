"""What has waited for the morning: the important first, nobody rung twice at once, one message for each group."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from village import SHANGHAI, Actor, Village, at, village

pytestmark = pytest.mark.village(start="2026-09-08 20:00")

WHO = {"feishu": ("王芳", "赵小满", "市场部"), "dingtalk": ("孙莉", "田波", "设备部")}
FIRST, SECOND, THIRD = "打印机明天换墨盒", "会议室灯已修好", "周四大扫除"


async def _writes(author: Actor, department: str, words: str) -> None:
    await author.tells_the_bot(f"通知{department}：{words}")
    assert "9月9日" in await author.presses("就这样")


def _authors(place: Village, platform: str) -> tuple[Actor, Actor, str]:
    one, other, department = WHO[platform]
    return place.person(platform, one), place.person(platform, other), department


async def test_what_can_wait_comes_as_one_message_and_each_item_can_still_be_taken_back(
    place: Village, platform: str
) -> None:
    one, other, department = _authors(place, platform)
    await _writes(one, department, FIRST)
    await _writes(other, department, SECOND)
    await _writes(one, department, THIRD)
    await other.tells_the_bot(f"通知{department}：这一条不要了")
    await other.presses("就这样")
    await other.tells_the_bot("不发了")
    await place.kill_the_bot()
    await place.start_bot()
    await place.travel("2026-09-09 09:15")
    [post] = place.posts(platform, department)
    assert [words in post.text for words in (FIRST, SECOND, THIRD, "不要了")] == [True, True, True, False]
    assert one.person.name in post.text
    assert other.person.name in post.text
    await one.tells_the_bot("我的消息")
    assert one.last().count("已发出") == 2
    await other.tells_the_bot("撤回")
    await place.pass_time(minutes=2)
    assert "里面只剩“已撤回”" in other.last()
    [post] = place.posts(platform, department)
    assert not post.recalled
    assert [words in post.text for words in (FIRST, SECOND, THIRD)] == [True, False, True]
    assert "2、已撤回" in post.text


async def test_where_there_are_no_cards_it_is_one_text_and_what_cannot_be_taken_back_is_said(
    tmp_path: Path,
) -> None:
    async with village(
        tmp_path, platforms=("dingtalk",), start="2026-09-08 20:00", without=("dingtalk.card_template",)
    ) as place:
        one, other, department = _authors(place, "dingtalk")
        for author, words in ((one, FIRST), (other, SECOND), (one, THIRD), (other, "这一条不要了")):
            await author.tells_the_bot(f"通知{department}：{words}")
            await author.tells_the_bot("就这样")
        await other.tells_the_bot("不发了")
        await place.kill_the_bot()
        await place.start_bot()
        await place.travel("2026-09-09 09:15")
        [post] = place.posts("dingtalk", department)
        said = post.text
        assert "3 条通知" in said
        assert [said.index(f"{nth}、{words}") for nth, words in enumerate((FIRST, SECOND, THIRD), start=1)]
        assert one.person.name in said and other.person.name in said
        assert "不要了" not in said
        await other.tells_the_bot("我的消息")
        assert "已发出" in other.last()
        await other.tells_the_bot("撤回")
        await place.pass_time(minutes=2)
        assert "撤不回（和别人的通知合成了一条文字，收不回其中一条）" in other.last()
        assert "发更正" in other.last()
        [post] = place.posts("dingtalk", department)
        assert not post.recalled and FIRST in post.text
        await other.tells_the_bot("发更正")
        await other.tells_the_bot("会议室灯明天才修")
        assert "更正：会议室灯明天才修" in other.last()
        await other.tells_the_bot("就这样")
        await place.pass_time(minutes=5)
        corrected = place.copies("dingtalk", "更正：会议室灯明天才修")
        assert len(corrected) == 7 and set(corrected.values()) == {1}


async def test_one_that_is_left_alone_leaves_by_itself(place: Village, platform: str) -> None:
    one, other, department = _authors(place, platform)
    await _writes(one, department, FIRST)
    await _writes(other, department, SECOND)
    await place.travel("2026-09-09 09:00")
    await place.pass_time(seconds=40)
    await other.tells_the_bot("不发了")
    await place.travel("2026-09-09 09:15")
    [post] = place.posts(platform, department)
    assert FIRST in post.text
    assert "条通知" not in post.text


@pytest.mark.parametrize("stage", ["before-send", "after-send", "receipt"])
@pytest.mark.parametrize("platform", ["feishu"])
async def test_a_kill_on_its_way_loses_and_doubles_nothing(place: Village, platform: str, stage: str) -> None:
    one, other, department = _authors(place, platform)
    await _writes(one, department, FIRST)
    await _writes(other, department, SECOND)
    await place.kill_the_bot()
    await place.start_bot(kill_at=stage)
    walking = asyncio.create_task(place.travel("2026-09-09 09:15"))
    await place.until_the_bot_is_dead()
    walking.cancel()
    await asyncio.gather(walking, return_exceptions=True)
    await place.start_bot()
    await place.pass_time(minutes=10)
    posts = [post for post in place.posts(platform, department) if FIRST in post.text or SECOND in post.text]
    assert len(posts) == 1
    for author in (one, other):
        await author.tells_the_bot("我的消息")
        assert "已发出" in author.last()


@pytest.mark.parametrize("platform", ["feishu"])
async def test_two_hundred_copies_arrive_apart_the_important_first_and_within_the_quota(
    place: Village, platform: str
) -> None:
    authors = [place.person(platform, name) for name in ("李想", "陈立")]
    notices = ["打印机换好墨盒了", "接口文档更新到第三版", "周五下午团建报名", "体检名单在行政那里"]
    for n, words in enumerate(notices):
        await _writes(authors[n % 2], "研发部", words)
    await _writes(authors[1], "研发部", "【重要】9月10日十点全员演练 @李想")
    await place.travel("2026-09-09 08:59")
    assert all(place.copies(platform, words) == {} for words in (*notices, "演练"))
    await place.travel("2026-09-09 09:45")
    rung: dict[str, list[tuple[datetime, bool]]] = {}
    for message in place.town.log[platform]:
        is_notice = any(words in message.text for words in (*notices, "全员演练"))
        if message.person and message.sender == "bot" and is_notice and not place._is_own_card(message):
            rung.setdefault(message.person, []).append((message.sent_at, "演练" in message.text))
    at_nine = {person: moments for person, moments in rung.items() if len(moments) == 5}
    assert sum(map(len, at_nine.values())) >= 180
    for moments in at_nine.values():
        assert moments[0][1], "the important comes first"
        apart = [later - sooner for (sooner, _), (later, _) in pairwise(moments)]
        assert min(apart) >= timedelta(minutes=5) - timedelta(seconds=2)
    first = min(moments[0][0] for moments in at_nine.values()).astimezone(SHANGHAI)
    assert first >= at("2026-09-09 09:01")
    assert [one for one in place.town.recorder.records() if one.status == 429] == []
