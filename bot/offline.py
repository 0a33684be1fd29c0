"""没有机器人时 (offline): the commands' bodies over the store alone, its lock taken for as long as they run."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot import abilities
from bot.ballots.keys import KeyFolder
from bot.clock import SystemClock
from bot.commands import Commands
from bot.config.load import Loaded
from bot.doctor import Doctor
from bot.store import copies, managed, plans, sqlite
from bot.store import directory as mirror
from bot.store.engine import Connection, Store
from bot.store.lock import FileLock
from bot.store.mirror import Directory
from bot.store.rows import ChatRow
from bot.wiring import WorldKeeper, make_adapters, make_mirror, make_office
from bot.workspace.office import NAMES as OFFICE
from bot.workspace.office import Office
from policies.model import Chat

__all__ = ["OFFICE", "commands", "doctor", "office"]


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
        keys = KeyFolder(loaded.key_folder)
        yield Commands(store=store, clock=clock, world=keeper.current, keys=keys)
    finally:
        await store.close()


@asynccontextmanager
async def doctor(loaded: Loaded, *, quick: bool) -> AsyncIterator[Doctor]:
    """One who examines without a bot; the store is opened only where there is one. Raises like ``commands``.

    The machine's clock, whatever the configuration follows: nobody but the bot may follow in its name.
    """
    clock = SystemClock()
    adapters = {} if quick else make_adapters(loaded, clock, random.Random())  # noqa: S311
    there = loaded.store_file is None or loaded.store_file.is_file()
    store = Store(loaded.store_url.get_secret_value(), clock) if there else None
    if store is not None:
        await store.open()
    try:
        directory = (await store.read(_load))[0] if store is not None else Directory()
        for adapter in adapters.values():
            await adapter.open()
        yield Doctor(
            adapters=adapters,
            clock=clock,
            store=store,
            wanted={platform: abilities.wanted(loaded.config, platform) for platform in adapters},
            is_living=False,
            directory=directory,
            named=tuple(loaded.names()),
            links=loaded.links,
            read_groups=loaded.config.privacy.read_groups,
            follows=bool(loaded.config.clock.follow),
        )
    finally:
        await asyncio.gather(*(adapter.close() for adapter in adapters.values()))
        if store is not None:
            await store.close()


async def restore(loaded: Loaded, file: Path | None) -> copies.Restored:
    """Put a copy in the store's place, or (PostgreSQL, ``file`` is ``None``) only set aside what waits in it.

    Raises:
        StoreLocked: a bot lives. StoreError: the copy or the store cannot be read; nothing was touched.
    """
    clock = SystemClock()
    if loaded.store_file is None or file is None:
        store = Store(loaded.store_url.get_secret_value(), clock)
        await store.open()
        try:
            rows, events = await store.write(copies.set_aside, clock.now())
        finally:
            await store.close()
        return copies.Restored(rows=rows, events=events, kept=None)
    sqlite.prepare(loaded.store_file)
    lock = FileLock(loaded.store_file)
    lock.acquire(clock.now())
    try:
        return await asyncio.to_thread(copies.restore, file, loaded.store_file, clock.now())
    finally:
        lock.release()


@asynccontextmanager
async def office(loaded: Loaded) -> AsyncIterator[Office]:
    """One who plans and applies without a bot, with adapters of its own. Raises like ``commands``."""
    clock = SystemClock()
    store = Store(loaded.store_url.get_secret_value(), clock)
    await store.open()
    adapters = make_adapters(loaded, clock, random.Random())  # noqa: S311
    try:
        await store.write(plans.interrupt, clock.now(), not store.is_postgres)
        for adapter in adapters.values():
            await adapter.open()
        keeper = WorldKeeper(loaded, adapters)
        mirror = make_mirror(loaded, store, clock, adapters, keeper)
        await mirror.load()
        yield make_office(loaded, store, clock, adapters, keeper, mirror)
    finally:
        await asyncio.gather(*(adapter.close() for adapter in adapters.values()))
        await store.close()


def _load(conn: Connection) -> tuple[Directory, dict[Chat, ChatRow]]:
    return mirror.load(conn), managed.known_chats(conn)
