"""Of several instances one asks the platform and takes the daily look; an event is followed by whoever has taken it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.readers import Readers
from bot.sending import Sending
from bot.store import inbox
from bot.store.engine import Store
from bot.store.rows import InboxClass, NewInbox
from bot.worker import Worker
from bot.workspace.keep import Keeper
from policies.model import Chat, ChatChanged, Platform
from tests.bot.empty_world import empty_world

NOW = datetime(2026, 9, 8, 2, tzinfo=UTC)
WORLD = empty_world()


@pytest.fixture
async def store() -> Any:
    opened = Store("sqlite://", ManualClock(NOW), inline=True)
    await opened.open()
    yield opened
    await opened.close()


class Office:
    """Counts the looks at the platform."""

    def __init__(self) -> None:
        self.looks = 0

    async def look(self, *_: Any, **__: Any) -> Any:
        self.looks += 1
        raise Looked

    def desired(self) -> Any:
        return None


class Looked(Exception):
    pass


async def test_only_who_leads_takes_the_daily_look(store: Store) -> None:
    office, leading = Office(), False
    keeper = Keeper(
        store=store,
        clock=ManualClock(NOW),
        config=None,  # type: ignore[arg-type]
        world=lambda: WORLD,
        office=office,  # type: ignore[arg-type]
        mirror=None,  # type: ignore[arg-type]
        on_told=lambda: None,
        leads=lambda: leading,
    )
    keeper._bound = frozenset({"feishu:department:od-1"})
    await keeper.drift()
    assert office.looks == 0
    leading = True
    with pytest.raises(Looked):
        await keeper.drift()


async def test_only_who_leads_asks_who_has_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    leading = False
    readers = Readers(
        store=store,
        clock=ManualClock(NOW),
        world=lambda: WORLD,
        adapters={},
        on_told=lambda: None,
        leads=lambda: leading,
    )

    async def answer(_: Readers, look: object) -> None:
        asked.append(look)

    monkeypatch.setattr(Readers, "_answer", answer)
    monkeypatch.setattr("bot.readers.receipts.open_looks", lambda _: ("one",))
    await readers._look()
    assert asked == []
    leading = True
    await readers._look()
    assert asked == ["one"]


class Adapter:
    platform = Platform.FEISHU

    def decode(self, _: Any) -> ChatChanged:
        return ChatChanged(
            id="ev-1",
            cause="ev-1",
            platform=Platform.FEISHU,
            tenant="",
            occurred_at=NOW,
            chat=Chat(Platform.FEISHU, "oc_1"),
            what="renamed",
        )


async def test_an_event_that_another_has_taken_is_no_news_here(store: Store) -> None:
    entry = NewInbox(
        platform=Platform.FEISHU,
        tenant="",
        event_id="ev-1",
        cause="ev-1",
        klass=InboxClass.FULL,
        kind="chatchanged",
        headers={},
        body="{}",
        received_at=NOW,
    )
    await store.write(inbox.insert, entry)
    (row,) = await store.read(inbox.next_new)
    heard: list[object] = []
    one, other = (
        Worker(
            store=store,
            clock=ManualClock(NOW),
            world=lambda: WORLD,
            adapters={Platform.FEISHU: Adapter()},  # type: ignore[dict-item]
            on_outcome=lambda event, _: heard.append(event),
        )
        for _ in range(2)
    )
    await one._take(row)
    await other._take(row)
    assert len(heard) == 1


async def test_who_sends_for_the_first_platform_leads_and_is_told_so(store: Store) -> None:
    told: list[str] = []
    sending = Sending(
        store=store,
        clock=ManualClock(NOW),
        world=lambda: WORLD,
        adapters={Platform.FEISHU: Adapter()},  # type: ignore[dict-item]
        owner="one",
    )
    sending.on_lead = lambda: told.append("leads")
    assert not sending.is_leading
    task = asyncio.create_task(sending.run())
    async with asyncio.timeout(5):
        while not told:  # noqa: ASYNC110 - a task of its own is what is waited for
            await asyncio.sleep(0.01)
    assert sending.is_leading
    await sending.stop()
    await task
    assert not sending.is_leading
