"""The store on PostgreSQL, and what lies between: it comes back by itself, and soon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from wire import Cut, Wire

from bot.clock import SystemClock
from bot.store import marks, postgres
from bot.store.engine import Store
from bot.store.errors import StoreUnavailable

pytestmark = [pytest.mark.xdist_group("postgres"), pytest.mark.timeout(120)]


@pytest.fixture
async def wired(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Store, Wire]]:
    """A store of impatient connections, and its wire."""
    monkeypatch.setattr(postgres, "COMMAND_S", 0.5)
    monkeypatch.setattr(postgres, "CONNECT_S", 2)
    async with _wired(database) as both:
        yield both


@asynccontextmanager
async def _wired(database: str) -> AsyncIterator[tuple[Store, Wire]]:
    """All connections have been in use once."""
    parts = urlsplit(database)
    wire = await Wire(Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432").open()
    store = Store(f"postgresql://{parts.username}@127.0.0.1:{wire.port}{parts.path}", SystemClock())
    await store.open()
    await asyncio.gather(*(store.read(marks.get, "x") for _ in range(20)))
    try:
        yield store, wire
    finally:
        await store.close()
        await wire.close()


@pytest.mark.parametrize("how", list(Cut))
async def test_the_store_comes_back_by_itself(wired: tuple[Store, Wire], how: Cut) -> None:
    store, wire = wired
    await wire.cut(how)
    with pytest.raises(StoreUnavailable):
        await store.write(marks.put, "x", "lost")
    if how is not Cut.FORGOTTEN:
        await wire.mend()
    began_s, done = time.monotonic(), False
    while not done:
        try:
            await store.write(marks.put, "x", "there")
            done = True
        except StoreUnavailable:
            assert time.monotonic() - began_s < 3 * postgres.COMMAND_S
    assert await store.read(marks.get, "x") == "there"
    assert store.trouble == ""


async def test_what_a_router_has_forgotten_is_given_up_long_before_a_command_s_deadline(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who listens asks every few seconds, and one silence speaks for all."""
    monkeypatch.setattr(postgres, "LISTEN_AGAIN_S", 0.3)
    monkeypatch.setattr(postgres, "ANSWER_S", 0.5)
    async with _wired(database) as (store, wire):
        await wire.cut(Cut.FORGOTTEN)
        async with asyncio.timeout(postgres.COMMAND_S / 2):
            with suppress(StoreUnavailable):  # or a connection is tried first, and found silent
                await store.write(marks.put, "x", "lost")
            await store.write(marks.put, "x", "there")
