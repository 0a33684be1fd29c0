"""【重耍】［重要］: what looks like the tag is the tag, written properly by the bot, and the mention is a real one."""

from __future__ import annotations

from pathlib import Path

import pytest
from village import village

WRITTEN = {
    "feishu": ("李想", "通知行政部：【重耍】［重要］明天停电 @何佳（行政部）"),
    "dingtalk": ("何强", "通知苏州工厂：【重耍】［重要］明天停电 @孙莉"),
}


@pytest.mark.parametrize(
    ("platform", "without"), [("feishu", ()), ("dingtalk", ()), ("dingtalk", ("dingtalk.card_template",))]
)
async def test_it_is_read_as_important_and_said_back_properly(
    tmp_path: Path, platform: str, without: tuple[str, ...]
) -> None:
    async with village(tmp_path, platforms=(platform,), start="2026-09-09 10:00", without=without) as place:
        name, words = WRITTEN[platform]
        author = place.person(platform, name)
        await author.tells_the_bot(words.replace("通知行政部", "通知研发部"))
        shown = author.last()
        assert "【重要】明天停电" in shown
        assert "重耍】明" not in shown
        assert {"feishu": "何佳", "dingtalk": "孙莉"}[platform] in shown
