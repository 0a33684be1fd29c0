"""An admin stops announcements until a moment: nothing is lost, nothing floods, and whoever asks is told."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from village import Village, village

PLACES = {"feishu": ("李想", "接口组"), "dingtalk": ("何强", "品控组")}


async def test_paused_until_three_it_keeps_all_over_a_kill_and_spreads_it_after(
    tmp_path: Path, platform: str
) -> None:
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00") as place:
        name, team = PLACES[platform]
        admin, author = place.person(platform, "周敏"), place.person(platform, name)
        await admin.tells_the_bot("暂停驿站到今天下午三点")
        assert "15:00" in admin.last() and "现在恢复" in admin.labels()
        await author.tells_the_bot(f"通知{team}：下班前交周报")
        assert "周敏让我暂停到" in str(author.heard()[-1].card) + author.last()
        await author.presses("就这样")
        await place.kill_the_bot()
        await place.start_bot()
        await place.travel("2026-09-08 14:55")
        assert _arrivals(place, platform, "下班前交周报") == []
        await author.tells_the_bot("你暂停了吗")
        assert "周敏让我暂停到" in author.last() and "15:00" in author.last()
        await place.travel("2026-09-08 15:30")
        arrivals = _arrivals(place, platform, "下班前交周报")
        assert arrivals
        assert len({one.person for one in arrivals}) == len(arrivals)
        await author.tells_the_bot("你暂停了吗")
        assert "没有暂停" in author.last()


def _arrivals(place, platform, words):
    return [
        message
        for message in place.town.log[platform]
        if words in message.text and message.sender == "bot" and "内容：“" not in message.text
    ]


async def test_what_was_held_overnight_stays_in_a_pause_and_leaves_when_it_is_lifted(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 20:00") as place:
        admin, author = place.person("feishu", "周敏"), place.person("feishu", "李想")
        await author.tells_the_bot("通知接口组：周四评审")
        await author.presses("就这样")
        await place.travel("2026-09-09 08:50")
        await admin.tells_the_bot("暂停驿站到今天下午三点")
        card = admin.heard()[-1]
        await place.travel("2026-09-09 09:40")
        assert _arrivals(place, "feishu", "周四评审") == []
        await admin.presses("现在恢复", card)
        assert not place.town.platforms["feishu"].buttons(card)
        await place.travel("2026-09-09 10:30")
        arrivals = _arrivals(place, "feishu", "周四评审")
        assert arrivals and len({one.person for one in arrivals}) == len(arrivals)


async def test_only_admins_pause_and_urgent_still_goes(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00") as place:
        admin, author = place.person("feishu", "周敏"), place.person("feishu", "李想")
        await author.tells_the_bot("暂停驿站到今天下午三点")
        assert "周敏" in author.last()
        await admin.tells_the_bot("暂停驿站到今天下午三点")
        await author.tells_the_bot("通知接口组：【紧急】支付接口挂了，值班的人上线")
        await author.presses("写一句原因")
        await author.tells_the_bot("支付接口挂了，用户付不了款，要马上恢复")
        await author.presses("就这样")
        await place.pass_time(minutes=3)
        assert _arrivals(place, "feishu", "支付接口挂了")


async def test_anybody_sees_who_has_paused_it_until_when_and_when_that_is_over(
    tmp_path: Path, platform: str
) -> None:
    """Asked in three ways, over a restart, by somebody who is no admin."""
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00") as place:
        admin, anybody = place.person(platform, "周敏"), place.person(platform, PLACES[platform][0])
        await anybody.tells_the_bot("驿站状态")
        assert anybody.last().startswith("我在正常运行，没有暂停。")
        await admin.tells_the_bot("暂停驿站到今天下午三点")
        await place.kill_the_bot()
        await place.start_bot()
        paused = "周敏让我暂停到 9月8日（周二）15:00，公告到时再发；已排好的都留着。"
        for asked in ("驿站状态", "你暂停了吗", "你是谁"):
            await anybody.tells_the_bot(asked)
            assert paused in anybody.last()
            await place.pass_time(seconds=5)  # a platform takes only so many words a second for one person
        assert "暂停" not in str([post.text for post in place.posts(platform, "禾川全员")])
        await anybody.tells_the_bot("恢复驿站")
        assert "要由周敏" in anybody.last(), "who asks cannot lift it"
        await place.pass_time(seconds=5)
        await anybody.tells_the_bot("驿站状态")
        assert paused in anybody.last()
        await place.travel("2026-09-08 15:01")
        await anybody.tells_the_bot("驿站状态")
        assert anybody.last().startswith("我在正常运行，没有暂停。")


async def test_anybody_sees_a_line_that_is_cut_and_how_much_of_the_month_is_left(tmp_path: Path) -> None:
    async with village(tmp_path, start="2026-09-08 10:00") as place:
        anybody = place.person("feishu", "李想")
        await place.kill_the_bot()
        with closing(sqlite3.connect(place.folder / "data" / "yizhan.db")) as conn, conn:
            conn.execute(
                "INSERT INTO meter (platform, month, pot, units) VALUES ('dingtalk', '2026-09', 'calls', 1000)"
                " ON CONFLICT (platform, month, pot) DO UPDATE SET units = excluded.units"
            )
        await place.start_bot()
        await anybody.tells_the_bot("驿站状态")
        said = anybody.last()
        assert "正常运行" in said and "/5000 次" in said
        assert 1000 <= int(said.split("这个月用了 ")[1].split("/")[0]) <= 1100
        _cut(place, "dingtalk")
        await anybody.tells_the_bot("驿站状态")
        assert "我没有暂停，但是收发不全。" in anybody.last()
        assert "钉钉的连接现在断着，是我这边在重连。" in anybody.last()
        assert "飞书的连接" not in anybody.last()
        await place.kill_the_bot()
        await place.pass_time(minutes=1)
        await place.start_bot()
        await _until_it_is_closed(place)
        await place.pass_time(minutes=1)
        await anybody.tells_the_bot("驿站状态")
        assert anybody.last().startswith("我在正常运行，没有暂停。"), "the line is open again"
        told = [one for one in place.person("dingtalk", "周敏").heard() if "可能没收到" in one.text]
        told += [one for one in place.person("feishu", "周敏").heard() if "可能没收到" in one.text]
        assert len(told) == 1, "what may be lost meanwhile is said once, also when it was killed in between"


async def _until_it_is_closed(place: Village) -> None:
    """Whoever watches the lines looks every two seconds of the machine's time."""
    async with asyncio.timeout(60):
        while True:
            with closing(sqlite3.connect(place.folder / "data" / "yizhan.db")) as conn:
                if not conn.execute("SELECT count(*) FROM gaps WHERE until IS NULL").fetchone()[0]:
                    return
            await asyncio.sleep(0.1)


def _cut(place: Village, platform: str) -> None:
    """As the watch over the lines writes it down; to cut one for real takes minutes of the machine's time."""
    with closing(sqlite3.connect(place.folder / "data" / "yizhan.db")) as conn, conn:
        conn.execute(
            "INSERT INTO gaps (platform, since) VALUES (?, '2026-09-08T02:00:00.000000Z')", (platform,)
        )
