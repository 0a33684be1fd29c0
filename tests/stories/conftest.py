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
