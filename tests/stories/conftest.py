from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from village import Village, village


@pytest.fixture(params=["feishu", "dingtalk"])
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def place(tmp_path: Path, platform: str, request: pytest.FixtureRequest) -> AsyncIterator[Village]:
    """A village on this platform; ``@pytest.mark.village(start=…)`` says when, and what is different."""
    mark = request.node.get_closest_marker("village")
    async with village(tmp_path, platforms=(platform,), **(mark.kwargs if mark else {})) as living:
        yield living


@pytest.fixture(params=["feishu", "dingtalk", "numbers"])
async def any_place(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Village]:
    """A village at work; ``numbers``: DingTalk without a card template, where a press is a number said."""
    platform = "feishu" if request.param == "feishu" else "dingtalk"
    without = ("dingtalk.card_template",) if request.param == "numbers" else ()
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00", without=without) as living:
        yield living
