"""What one platform's delivery finds out is told on the other one at once, not when that one wakes by chance."""

from __future__ import annotations

from pathlib import Path

from village import village

WORDS = "叉车今天停东门"


async def test_an_admin_on_feishu_hears_at_once_of_an_unknown_outcome_on_dingtalk(tmp_path: Path) -> None:
    async with village(tmp_path) as place:
        author, admin = place.person("dingtalk", "何强"), place.person("feishu", "周敏")
        await author.tells_the_bot(f"通知仓储部：{WORDS}")
        place.faults(
            {"match": {"platform": "dingtalk", "path": "batchSend", "body": WORDS}, "kind": "lost-answer"}
        )
        await author.presses("就这样")
        await place.rest()
        assert WORDS in admin.last()
        assert admin.labels() == ["群里有", "群里没有，请重发"]


async def test_a_card_mended_by_a_press_still_says_in_the_end_how_far_it_came(tmp_path: Path) -> None:
    async with village(tmp_path) as place:
        author = place.person("feishu", "李想")
        await author.tells_the_bot("发全员：羽毛球社周五招新")
        await author.presses("发到“羽毛球社”群（26 人）")
        await author.presses("就这样")
        await place.pass_time(minutes=1)
        assert "已送达 26/26 人" in author.last()
