"""谁还没看: honest counts, a private reminder at most twice, and names only where the company has said so."""

from __future__ import annotations

from pathlib import Path

import pytest
from village import Village, village

from sandbox.model import Message

WORDS = "下午两点半试模"
PLACES = {"feishu": ("李想", "接口组"), "dingtalk": ("何强", "品控组")}


async def _sent(place: Village, platform: str) -> list[Message]:
    author, team = PLACES[platform]
    await place.person(platform, author).tells_the_bot(f"通知{team}：{WORDS}")
    await place.person(platform, author).presses("就这样")
    await place.pass_time(minutes=2)
    return [
        message
        for message in place.town.log[platform]
        if WORDS in message.text and "内容：“" not in message.text and message.sender == "bot"
    ]


async def _read(place: Village, platform: str, message: Message, readers: list[str]) -> None:
    for person in readers:
        found = place.town.people[platform][person]
        await place.town.platforms[platform].read(found, message)
    await place.rest()


async def test_the_counts_add_up_and_a_closed_window_is_not_known(tmp_path: Path, platform: str) -> None:
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00") as place:
        author = place.person(platform, PLACES[platform][0])
        copies = await _sent(place, platform)
        first = copies[0]
        reader = str(first.person) if first.person else next(iter(place.town.audience(first)))
        await _read(place, platform, first, [reader])
        await author.tells_the_bot("谁还没看")
        said = author.last()
        assert "已读 1" in said, said
        assert "提醒一次" in author.labels()
        assert "查看名单" not in author.labels()
        n = int(said.split(" 人：")[0].split("”")[-1])
        read, unread, unknown = (
            int(said.split(word)[1].split("，")[0].split("（")[0].split("。")[0])
            for word in ("已读 ", "未读 ", "不知道 ")
        )
        assert read + unread + unknown == n
        await place.pass_time(days=8)
        await author.tells_the_bot("谁还没看")
        assert "未读 0" in author.last()
        assert "不再告诉我" in author.last()


async def test_a_reminder_goes_to_those_who_have_not_read_in_their_hours_twice_at_most(
    tmp_path: Path, platform: str
) -> None:
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 17:30") as place:
        author = place.person(platform, PLACES[platform][0])
        await _sent(place, platform)
        await place.travel("2026-09-08 19:00")
        await author.tells_the_bot("谁还没看")
        card = author.heard()[-1]
        await author.presses("提醒一次", card)
        await place.kill_the_bot()
        await place.start_bot()
        await author.presses("提醒一次", card)
        assert _reminders(place, platform) == []
        await place.travel("2026-09-09 11:00")
        once = _reminders(place, platform)
        assert once and len({one.person for one in once}) == len(once)
        assert all("没看" not in one.text and one.person != author.person.id for one in once)
        await author.tells_the_bot("谁还没看")
        await author.presses("提醒一次")
        await place.pass_time(minutes=5)
        assert len(_reminders(place, platform)) == 2 * len(once)
        await author.tells_the_bot("谁还没看")
        assert "提醒一次" not in author.labels()


def _reminders(place: Village, platform: str) -> list[Message]:
    return [one for one in place.town.log[platform] if one.text.startswith("再提一下")]


@pytest.mark.parametrize("platform", ["feishu"])
async def test_names_are_shown_where_the_notice_says_so(tmp_path: Path, platform: str) -> None:
    edit = "\n[privacy]\nnotice_published = 2026-09-04\nshow_readers_to_author = true\n"
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00", edit=edit) as place:
        author = place.person(platform, "李想")
        await _sent(place, platform)
        await author.tells_the_bot("谁还没看")
        await author.presses("查看名单")
        assert "未读" in author.last()
        assert "绩效" in author.last()
