"""Who may speak to everybody can, after a minute in which it can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from village import village

WORDS = "本周五下午全员安全演练"


async def test_the_undo_window_holds_it_and_a_press_stops_all_of_it(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:30") as place:
        hr = place.person("feishu", "林岚")
        await hr.tells_the_bot(f"发全员：{WORDS}")
        toast = await hr.presses("就这样")
        assert "撤销" in toast
        await place.pass_time(seconds=30)
        await hr.presses("撤销")
        await place.travel("2026-09-08 17:00")
        assert place.posts("feishu", "禾川全员") == []
        assert place.copies("feishu", WORDS) == {}


@pytest.mark.parametrize(
    ("seconds", "edit"),
    [
        pytest.param(60, "", id="as it comes"),
        pytest.param(120, "\n[announce]\nundo_seconds = 120\n", id="longer"),
    ],
)
@pytest.mark.parametrize(("platform", "name"), [("feishu", "林岚"), ("dingtalk", "周敏")])
async def test_taken_back_by_word_inside_the_window_it_was_never_sent(
    tmp_path: Path, platform: str, name: str, seconds: int, edit: str
) -> None:
    """The window is as long as the configuration says."""
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:02", edit=edit) as place:
        author = place.person(platform, name)
        await author.tells_the_bot(f"发全员：{WORDS}")
        assert f"{seconds} 秒后发出" in await author.presses("就这样")
        await place.pass_time(seconds=seconds - 5)
        await author.tells_the_bot("撤回刚才那条，数字写错了")
        assert author.last() == "来得及，还没有发出去，已取消。"
        await place.travel("2026-09-08 17:00")
        assert place.posts(platform, "禾川全员") == []
        assert place.copies(platform, WORDS) == {}


async def test_after_the_window_everybody_has_it_exactly_once(tmp_path: Path) -> None:
    async with village(tmp_path, start="2026-09-08 10:30") as place:
        hr = place.person("feishu", "林岚")
        await hr.tells_the_bot(f"发全员：{WORDS}")
        await hr.presses("就这样")
        await place.pass_time(seconds=59)
        assert [m for m in place.town.log["feishu"] if WORDS in m.text and m.chat and m.sender == "bot"] == []
        await place.pass_time(minutes=20)
        for platform in ("feishu", "dingtalk"):
            posts = [post for post in place.posts(platform, "禾川全员") if WORDS in post.text]
            assert len(posts) == 1, platform
            assert place.copies(platform, WORDS) == {}


async def test_a_kill_inside_the_window_sends_once_and_never_after_an_undo(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:30") as place:
        hr = place.person("feishu", "林岚")
        await hr.tells_the_bot(f"发全员：{WORDS}")
        await hr.presses("就这样")
        await place.kill_the_bot()
        await place.start_bot()
        await hr.presses("撤销")
        await place.kill_the_bot()
        await place.start_bot()
        await place.travel("2026-09-08 12:00")
        assert [post for post in place.posts("feishu", "禾川全员") if WORDS in post.text] == []


async def test_urgent_needs_a_reason_and_then_waits_for_nobody(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 21:52") as place:
        author = place.person("feishu", "李想")
        await author.tells_the_bot("通知接口组：支付接口挂了，值班的人上线")
        await author.presses("这件事很急")
        await author.tells_the_bot("急急急")
        assert "看不出" in author.last()
        await author.tells_the_bot("支付接口挂了，用户付不了款，要马上恢复")
        await author.presses("就这样")
        await place.pass_time(minutes=1)
        sent = [
            m
            for m in place.town.log["feishu"]
            if "【紧急】" in m.text and "支付接口挂了" in m.text and "内容：" not in m.text
        ]
        assert sent
        assert all("现在发的原因" in message.text for message in sent)
