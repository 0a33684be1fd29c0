"""收件箱的活 (worker): what was persisted is judged in a fair order; none of those that share a commit undoes another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from adapters.port import ChatAdapter, Raw
from bot import pipeline
from bot.clock import CivilClock
from bot.looking import Looking
from bot.store import inbox
from bot.store.engine import Connection, Queue, Store
from bot.store.errors import StoreUnavailable
from bot.store.rows import InboxRow, InboxState
from bot.turns.outcome import Outcome
from bot.world import World
from policies.model import AnyEvent, Platform

log = logging.getLogger(__name__)

AT_ONCE = 32
"""Rows of one look: whoever speaks meanwhile waits for no more than these."""

TOGETHER = 8
"""Rows that share a commit: most of a transaction's cost is its fsync, and a press waits until it is over."""


class _Taking(NamedTuple):
    row: InboxRow
    event: AnyEvent
    world: World
    now: datetime


class Worker(Looking):
    """Takes what was persisted: of each person the oldest first, and nobody twice before everybody once."""

    def __init__(
        self,
        *,
        store: Store,
        clock: CivilClock,
        world: Callable[[], World],
        adapters: dict[Platform, ChatAdapter],
        on_outcome: Callable[[AnyEvent, Outcome], None],
    ) -> None:
        super().__init__(clock)
        self._store = store
        self._world = world
        self._adapters = adapters
        self._on_outcome = on_outcome

    async def _look(self) -> bool:
        rows = await self._store.read(inbox.next_new, AT_ONCE)
        for start in range(0, len(rows), TOGETHER):
            part = rows[start : start + TOGETHER]
            for trouble in await asyncio.gather(*map(self._take, part), return_exceptions=True):
                if trouble is not None:
                    raise trouble
        return bool(rows)

    async def _take(self, row: InboxRow) -> None:
        try:
            event = self._decode(row)
            taking = _Taking(row, event, self._world(), self._clock.now())
            outcome = await self._store.write_grouped(_taken, taking, queue=Queue.DECISIONS)
        except StoreUnavailable:
            raise  # the event waits, and so do those behind it
        except Exception:
            log.exception("turn failed", extra={"inbox": row.id, "attempts": row.attempts + 1})
            await self._store.write(_failed, row, queue=Queue.DECISIONS)
        else:
            if outcome is not None:
                self._on_outcome(event, outcome)

    def _decode(self, row: InboxRow) -> AnyEvent:
        entry = row.entry
        raw = Raw(platform=entry.platform, body=entry.body, kind=entry.kind, headers=entry.headers)
        return self._adapters[entry.platform].decode(raw)


def _taken(conn: Connection, taking: _Taking) -> Outcome | None:
    return pipeline.take(conn, taking.row, taking.event, taking.world, taking.now)


def _failed(conn: Connection, row: InboxRow) -> None:
    """Tried a few times, then set aside for a human: it would fail for ever and hold up the others."""
    inbox.attempted(conn, row.id)
    if row.attempts + 1 >= pipeline.GIVE_UP_AFTER:
        inbox.mark(conn, row.id, InboxState.DEAD, "its turn failed")
