"""An admin stops announcements until a moment: nothing is lost, nothing floods, and whoever asks is told."""

from __future__ import annotations

from pathlib import Path

from village import village

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
