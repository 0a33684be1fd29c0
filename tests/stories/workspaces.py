"""A village whose configuration wishes for groups: what the workspace's stories share."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import tomlkit

from tests.stories.village import Village, village

WISHES = """
[workspace]
company_group = "禾川大会堂"

[[workspace.department]]
name = "市场部"
group_name = "市场部工作群"
folders = "部门/日期"

[[workspace.project]]
name = "设备改造"
platforms = ["dingtalk"]
admins = ["何强"]
members = ["department:苏州工厂"]
"""
"""Five groups: the hall on both platforms, a department on Feishu, a project on DingTalk."""

ON_FEISHU = WISHES[: WISHES.index("[[workspace.project]]")]
"""Without the project, for a village of one platform."""

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
READS_BY_POST = (
    "topapi/v2/",
    "sceneGroups/",
    "scenegroup/get",
    "accessToken",
    "tenant_access_token",
    "/auth/",
)


@asynccontextmanager
async def wishing(
    folder: Path, wishes: str = WISHES, *, start_bot: bool = True, **options: Any
) -> AsyncIterator[Village]:
    """The town as it is, a bot beside it, and a configuration that wishes for these groups only."""
    async with village(folder, start_bot=False, **options) as place:
        write(place, wishes)
        if start_bot:
            await place.start_bot()
        yield place


def write(place: Village, wishes: str) -> None:
    """The configuration with these wishes instead of its own."""
    document = tomlkit.parse(place.config.read_text(encoding="utf-8"))
    document.pop("workspace", None)
    place.config.write_text(tomlkit.dumps(document) + wishes, encoding="utf-8")


def groups(place: Village, name: str) -> list[Any]:
    """Every living group of that name, on both platforms."""
    return [
        chat
        for chats in place.town.chats.values()
        for chat in chats.values()
        if chat.name == name and chat.active
    ]


def writing_calls(place: Village, since: int = 0) -> list[str]:
    """Calls after that one which change something at a platform."""
    return [
        f"{one['method']} {one['path']}"
        for one in place.town.recorder.entries(since=since)
        if one["method"] in WRITES and not any(part in one["path"] for part in READS_BY_POST)
    ]


def latest_call(place: Village) -> int:
    """The number of the newest call."""
    (last,) = place.town.recorder.latest(1)
    return last.id


def plan_id(printed: str) -> str:
    """What ``yizhan plan`` called it."""
    return re.search(r"P-[0-9A-F]{4}", printed)[0]
