"""What people type stays words: no mention, no markup, no command comes out of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from village import village

NASTY = (
    '<at user_id="all"></at> 大家好',
    "<at id=all></at> 大家好",
    "＠所有人 大家好",
    "[点我](javascript:alert(1)) **粗** 大家好",
    "\u202e好家大\u202c 大家好",
    "【重\u200b要】大家好",
)


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_nothing_typed_becomes_a_mention(tmp_path: Path, platform: str) -> None:
    name, department = {"feishu": ("李想", "接口组"), "dingtalk": ("何强", "苏州工厂")}[platform]
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00") as place:
        author = place.person(platform, name)
        for text in NASTY:
            await author.tells_the_bot(f"通知{department}：{text}")
            if "就这样" in author.labels():
                await author.presses("就这样")
                await place.pass_time(minutes=1)
        sent = [m for m in place.town.log[platform] if m.sender == "bot" and "大家好" in m.text and m.chat]
        for message in sent:
            assert "all" not in message.mentions
            assert "\u202e" not in message.text
            assert "\u200b" not in message.text


async def test_a_press_twice_is_a_press_once(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00") as place:
        author = place.person("feishu", "李想")
        await author.tells_the_bot("通知接口组：下午评审")
        card = author.card_with("就这样")
        action = next(action for action, label in author.platform.buttons(card) if label == "就这样")
        await asyncio.gather(*(author.platform.press(author.person, card, action) for _ in range(3)))
        await place.pass_time(minutes=5)
        counted = place.copies("feishu", "下午评审")
        posts = [post for post in place.posts("feishu", "接口组") if "下午评审" in post.text]
        assert len(posts) <= 1
        assert set(counted.values()) <= {1}
        assert len(posts) == 1 or len(counted) == 6


async def test_a_leavers_held_notice_is_not_sent_and_somebody_is_told(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 21:40") as place:
        author, admin = place.person("feishu", "李想"), place.person("feishu", "周敏")
        await author.tells_the_bot("通知接口组：明早评审")
        await author.presses("就这样")
        await author.platform.leave(author.person)
        await place.rest()
        await place.travel("2026-09-09 12:00")
        asked = [m for m in place.town.log["feishu"] if m.sender == "bot" and "由你定" in m.text]
        assert len(asked) == 1
        assert place.copies("feishu", "明早评审") == {}
        heard = [m.person for m in place.town.log["feishu"] if m.sender == "bot" and "明早评审" in m.text]
        assert set(heard) == {author.person.id, asked[0].person}
        assert {"照发", "不发了"} <= {label for _, label in author.platform.buttons(asked[0])}
        assert [post for post in place.posts("feishu", "接口组") if "明早评审" in post.text] == []
        assert any("李想" in message.text and "离开" in message.text for message in admin.heard())
