"""By the machine's own clock, which never stands still, what was asked is answered and what is due leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from village import village

LONGEST_S = 20.0
GROUPS = {"feishu": "接口组", "dingtalk": "苏州工厂"}


async def seen(look: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONGEST_S):
        while not look():  # noqa: ASYNC110 - the town has no event for it
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_an_answer_leaves_while_the_clock_runs_on(tmp_path: Path, platform: str) -> None:
    async with village(tmp_path, platforms=(platform,), start="") as place:
        author = place.person(platform, "周敏")
        for words in ("你会什么", "我的消息", "现在几点下班"):
            before = len(author.heard())
            await author.tells_the_bot(words)
            await seen(lambda before=before: len(author.heard()) > before)
        await author.tells_the_bot(f"通知{GROUPS[platform]}：三号会议室改到二楼")
        await seen(lambda: "就这样" in author.labels())
