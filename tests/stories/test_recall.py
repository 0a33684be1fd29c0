"""Somebody wrote a wrong number: taken back while it waits, and afterwards as far as the platform lets us."""

from __future__ import annotations

from pathlib import Path

import pytest
from village import Village, village

pytestmark = pytest.mark.village(start="2026-09-08 10:00")

WHO = {"feishu": ("李想", "接口组"), "dingtalk": ("何强", "品控组")}
WORDS = "培训预算是 32 万元"


def _there(place: Village, platform: str) -> list:
    """Copies of the notice that can still be read."""
    return [
        message
        for message in place.town.log[platform]
        if message.sender == "bot"
        and WORDS in message.text
        and not message.recalled
        and "内容：“" not in message.text
        and "撤回" not in message.text
        and "〔" not in message.text
    ]


async def test_what_was_sent_is_taken_back_with_figures(place: Village, platform: str) -> None:
    name, team = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{team}：{WORDS}")
    await author.presses("就这样")
    await place.pass_time(minutes=2)
    sent = _there(place, platform)
    assert sent
    await author.tells_the_bot("撤回刚才那条")
    await place.pass_time(minutes=2)
    assert _there(place, platform) == []
    size = len(sent) if not sent[0].chat else len(place.chat(platform, team).members) - 1
    assert f"已撤回 {size}/{size} 份" in author.last()
    await author.tells_the_bot("撤回")
    assert "没有可以撤回" in author.last()


async def test_while_it_waits_nothing_is_ever_sent(place: Village, platform: str) -> None:
    await place.travel("2026-09-08 21:00")
    name, team = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{team}：{WORDS}")
    await author.presses("就这样")
    await place.kill_the_bot()
    await place.start_bot()
    await author.tells_the_bot("撤回")
    assert "来得及" in author.last()
    await place.travel("2026-09-09 12:00")
    assert _there(place, platform) == []


async def test_the_number_of_the_list_names_which(place: Village, platform: str) -> None:
    name, team = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{team}：{WORDS}")
    await author.presses("就这样")
    await place.pass_time(minutes=2)
    await author.tells_the_bot(f"通知{team}：明天例会照常")
    await author.presses("就这样")
    await place.pass_time(minutes=2)
    await author.tells_the_bot("我的消息")
    await author.tells_the_bot("撤回 2")
    await place.pass_time(minutes=2)
    assert _there(place, platform) == []
    assert [m for m in place.town.log[platform] if "明天例会照常" in m.text and not m.recalled]


async def test_after_a_day_the_platform_keeps_it_and_the_author_hears_why(
    place: Village, platform: str
) -> None:
    name, team = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{team}：{WORDS}")
    await author.presses("就这样")
    await place.travel("2026-09-10 10:00")
    kept = _there(place, platform)
    await author.tells_the_bot("撤回")
    await place.pass_time(minutes=2)
    assert _there(place, platform) == kept
    assert "已超过平台时限" in author.last()
    assert "已撤回 0/" in author.last()
    assert "没有撤回来" in author.last()
    assert not any(message.text.startswith("已撤回") for message in author.heard())


async def test_who_had_read_it_gets_the_right_words(place: Village, platform: str) -> None:
    name, team = WHO[platform]
    author = place.person(platform, name)
    await author.tells_the_bot(f"通知{team}：{WORDS}")
    await author.presses("就这样")
    await place.pass_time(minutes=2)
    sent = [one for one in _there(place, platform) if one.person != author.person.id]
    reader = place.town.people[platform][sent[0].person]
    await author.platform.read(reader, sent[0])
    await author.tells_the_bot("撤回")
    await place.pass_time(minutes=2)
    assert "人看过" in author.last()
    asked = author.card_with("不用")
    await author.presses("发更正")
    await author.tells_the_bot("培训预算是 3.2 万元")
    assert "更正：培训预算是 3.2 万元" in author.last()
    await author.presses("就这样")
    await place.pass_time(minutes=2)
    got = place.copies(platform, "更正：培训预算是 3.2 万元")
    assert got == {reader.id: 1}
    await author.presses("不用", asked)
    assert f"/{len(sent)} 份" in asked.text or "已撤回" in asked.text
    assert "人看过" in asked.text, "what was told of it stays to be read"


@pytest.mark.parametrize("platform", ["feishu"])
async def test_a_kill_in_the_middle_takes_everything_back_all_the_same(tmp_path: Path, platform: str) -> None:
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00") as place:
        name, team = WHO[platform]
        author = place.person(platform, name)
        await author.tells_the_bot(f"通知{team}：{WORDS}")
        await author.presses("就这样")
        await place.pass_time(minutes=2)
        place.faults({"match": {"method": "DELETE"}, "times": 3, "kind": "lost-answer"})
        await author.platform.say(author.person, "bot", "撤回", [])
        await place.kill_the_bot()
        place.faults()
        await place.start_bot()
        await place.pass_time(minutes=5)
        assert _there(place, platform) == []
        assert "已撤回" in author.last()


async def test_a_kill_in_the_middle_on_dingtalk_empties_every_card_all_the_same(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("dingtalk",), start="2026-09-08 10:00") as place:
        author = place.person("dingtalk", "孙莉")
        await author.tells_the_bot(f"通知设备部：{WORDS}")
        await author.presses("就这样")
        await place.pass_time(minutes=2)
        assert [post for post in place.posts("dingtalk", "设备部") if WORDS in post.text]
        place.faults({"match": {"path": "/v1.0/card/instances"}, "times": 3, "kind": "lost-answer"})
        await author.platform.say(author.person, "bot", "撤回", [])
        await place.kill_the_bot()
        place.faults()
        await place.start_bot()
        await place.pass_time(minutes=5)
        there = [m for m in place.posts("dingtalk", "设备部") if WORDS in m.text and not m.recalled]
        assert there == []
        assert "已撤回" in author.last()


async def test_who_had_read_is_unknown_where_the_platform_does_not_tell(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00") as place:
        author = place.person("feishu", "李想")
        await author.tells_the_bot(f"通知接口组：{WORDS}")
        await author.presses("就这样")
        await place.pass_time(minutes=2)
        place.faults({"match": {"path": "read_users"}, "times": 50, "kind": "status:500"})
        await author.tells_the_bot("撤回")
        await place.pass_time(minutes=5)
        assert "撤回前有几人看过：不知道" in author.last()
        assert "发更正" not in author.labels()
        assert _there(place, "feishu") == []
