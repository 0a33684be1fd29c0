"""没有机器人时 (offline): the commands' bodies over the store alone, its lock taken for as long as they run."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.app import WorldKeeper, make_adapters
from bot.clock import SystemClock
from bot.commands import Commands
from bot.config.load import Loaded
from bot.store import chats
from bot.store import directory as mirror
from bot.store.engine import Connection, Store
from bot.store.mirror import Directory
from bot.store.rows import ChatRow
from policies.model import Chat


@asynccontextmanager
async def commands(loaded: Loaded) -> AsyncIterator[Commands]:
    """Raises ``StoreLocked`` when a bot lives that does not answer, ``StoreUnavailable`` when the disk says no."""
    clock = SystemClock()
    store = Store(loaded.store_url.get_secret_value(), clock)
    await store.open()
    try:
        # The adapters are asked only what they can do; none of them is opened.
        keeper = WorldKeeper(loaded, make_adapters(loaded, clock, random.Random()))  # noqa: S311
        keeper.renew(*await store.read(_load))
        yield Commands(store=store, clock=clock, world=keeper.current)
    finally:
        await store.close()


def _load(conn: Connection) -> tuple[Directory, dict[Chat, ChatRow]]:
    return mirror.load(conn), {Chat(row.platform, row.id): row for row in chats.all_chats(conn)}
