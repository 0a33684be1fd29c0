"""公司 (company): whose two weeks are rehearsed: the mirror of the real one, or the town where there is none yet."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot import world
from bot.clock import ManualClock, SystemClock
from bot.config import load
from bot.config.load import Loaded
from bot.directory import Mirror
from bot.store.engine import Store
from bot.store.mirror import Directory
from bot.store.rows import ChatRow
from bot.wiring import make_adapters
from policies.model import Account, Chat, Department, DepartmentId, Person, PersonId, Platform

TOWN_STARTS_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """People, departments and groups; ``is_town``: nobody's real ones."""

    directory: Directory
    chats: Mapping[Chat, ChatRow]
    is_town: bool = False


def to_json(directory: Directory, chats: Mapping[Chat, ChatRow]) -> dict[str, Any]:
    """Plain values, for the way through the control socket and into another process."""
    return {
        "people": [
            {
                "id": one.id,
                "name": one.name,
                "accounts": [str(account) for account in one.accounts],
                "departments": list(one.departments),
                "is_active": one.is_active,
            }
            for one in directory.people
        ],
        "departments": [
            {
                "id": one.id,
                "platform": one.platform.value,
                "name": one.name,
                "parent": one.parent,
                "head": one.head,
                "path": list(one.path),
            }
            for one in directory.departments()
        ],
        "chats": [
            {
                "chat": str(chat),
                "name": row.name,
                "members": None if row.members is None else [str(one) for one in row.members],
                "managed_for": row.managed_for,
                "is_alive": row.is_alive,
            }
            for chat, row in chats.items()
        ],
    }


def from_json(row: Mapping[str, Any]) -> tuple[Directory, dict[Chat, ChatRow]]:
    """The inverse of ``to_json``."""
    directory = Directory(
        people=tuple(
            Person(
                id=PersonId(one["id"]),
                name=one["name"],
                accounts=tuple(Account.parse(account) for account in one["accounts"]),
                departments=tuple(DepartmentId(each) for each in one["departments"]),
                is_active=one["is_active"],
            )
            for one in row["people"]
        ),
        all_departments=tuple(
            Department(
                id=DepartmentId(one["id"]),
                platform=Platform(one["platform"]),
                name=one["name"],
                parent=DepartmentId(one["parent"]) if one["parent"] else None,
                head=PersonId(one["head"]) if one["head"] else None,
                path=tuple(one["path"]),
            )
            for one in row["departments"]
        ),
    )
    chats = {}
    for one in row["chats"]:
        chat = Chat.parse(one["chat"])
        members = None if one["members"] is None else tuple(Account.parse(each) for each in one["members"])
        chats[chat] = ChatRow(
            platform=chat.platform,
            id=chat.id,
            name=one["name"],
            members=members,
            managed_for=one["managed_for"],
            is_alive=one["is_alive"],
        )
    return directory, chats


async def of_the_town(loaded: Loaded, seed: int) -> dict[str, Any]:
    """The town's company, seen through the same adapters as a real one; the town is a process of its own.

    Raises:
        OSError: it did not start.
    """
    with tempfile.TemporaryDirectory(prefix="yizhan-rehearsal-") as folder:
        file = Path(folder) / "town.toml"
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sandbox",
            "--port",
            "0",
            "--seed",
            str(seed),
            "--write-config",
            str(file),
            stdout=asyncio.subprocess.PIPE,
            stdin=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(TOWN_STARTS_WITHIN_S):
                line = await process.stdout.readline() if process.stdout is not None else b""
                if not line:
                    raise OSError("the town did not start")
                json.loads(line)
            return await _walked(load.load(file), loaded)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _walked(town: Loaded, loaded: Loaded) -> dict[str, Any]:
    clock = SystemClock()
    store = Store("sqlite://", ManualClock(clock.now()), inline=True)
    adapters = make_adapters(town, clock, random.Random(0))  # noqa: S311 - jitter only
    found: dict[str, Any] = {}

    def keep(directory: Directory, chats: dict[Chat, ChatRow]) -> None:
        found.update(to_json(directory, {chat: replace(row) for chat, row in chats.items()}))

    await store.open()
    try:
        for adapter in adapters.values():
            await adapter.open()
        mirror = Mirror(
            store=store,
            clock=clock,
            adapters={one: adapter for one, adapter in adapters.items() if one in loaded.config.platforms},
            managed=world.managed_groups(town.config),
            links=[(f"feishu:{one.feishu}", f"dingtalk:{one.dingtalk}") for one in town.config.person],
            zone=town.config.work_hours.zone or town.config.company.zone,
            on_change=keep,
        )
        await mirror.walk()
    finally:
        await asyncio.gather(*(adapter.close() for adapter in adapters.values()))
        await store.close()
    return found
