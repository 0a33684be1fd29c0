"""What people ask: why it came to me, why only then, who may announce, when work ends."""

from __future__ import annotations

import re
from pathlib import Path

from village import Village, village

PLACES = {"feishu": ("李想", "接口组"), "dingtalk": ("何强", "品控组")}


def _reader(place: Village, platform: str, words: str):
    for message in place.town.log[platform]:
        if words in message.text and message.sender == "bot" and "内容：“" not in message.text:
            person = message.person or next(
                one
                for one in place.town.audience(message)
                if one in place.town.people[platform]
                and one != place.person(platform, PLACES[platform][0]).person.id
            )
            if person != place.person(platform, PLACES[platform][0]).person.id:
                name = place.town.people[platform][person].name
                found = place.person(platform, name)
                found.person = place.town.people[platform][person]
                return found
    raise AssertionError("nobody got it")


async def test_why_me_and_why_only_then_are_answered_by_the_rules(tmp_path: Path, platform: str) -> None:
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 21:40") as place:
        author = place.person(platform, PLACES[platform][0])
        await author.tells_the_bot(f"通知{PLACES[platform][1]}：周四评审模具")
        await author.presses("就这样")
        await place.travel("2026-09-09 09:30")
        reader = _reader(place, platform, "周四评审模具")
        await reader.tells_the_bot("为什么我会收到这条")
        assert "因为这条发给" in reader.last()
        assert "授权" in reader.last()
        await reader.tells_the_bot("为什么才收到")
        said = reader.last()
        assert "等到上班时间" in said
        whole, *parts = [
            _seconds(one)
            for one in re.findall(r"(?:一共|上班时间|错开|处理) ((?:\d+ (?:天|小时|分|秒) ?)+)", said)
        ]
        assert whole == sum(parts), said


def _seconds(written: str) -> int:
    units = {"天": 86400, "小时": 3600, "分": 60, "秒": 1}
    return sum(int(n) * units[unit] for n, unit in re.findall(r"(\d+) (天|小时|分|秒)", written))


async def test_hours_and_rights_are_those_of_who_asks(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00") as place:
        author = place.person("feishu", "李想")
        await author.tells_the_bot("现在几点下班")
        assert "18:00 下班" in author.last()
        far = next(
            one
            for one in place.town.people["feishu"].values()
            if any("乌鲁木齐" in place.town.departments["feishu"][each].name for each in one.departments)
        )
        there = place.person("feishu", far.name)
        there.person = far
        await there.tells_the_bot("现在几点下班")
        assert "19:30 下班" in there.last()
        await author.tells_the_bot("周日上班吗")
        assert "休息" in author.last()
        await author.tells_the_bot("谁能发全员")
        assert "人力资源部负责人" in author.last()


async def test_received_said_in_the_direct_chat_counts_where_there_are_no_cards(tmp_path: Path) -> None:
    async with village(
        tmp_path, platforms=("dingtalk",), start="2026-09-08 10:00", without=("dingtalk.card_template",)
    ) as place:
        author = place.person("dingtalk", "何强")
        await author.tells_the_bot("通知品控组：【重要】明早交量具台账 @何强")
        await author.tells_the_bot("1")
        await place.pass_time(minutes=2)
        reader = _reader(place, "dingtalk", "明早交量具台账")
        await reader.tells_the_bot("收到")
        assert reader.last().startswith("记下了，谢谢")
        await reader.tells_the_bot("收到")
        await author.tells_the_bot("通知看了多少人")
        await author.tells_the_bot("谁还没看")
        assert "按过收到的 1/" in author.last()
