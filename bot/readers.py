"""打听已读 (readers): asks the platforms who has read, as a chore within the quota, and hands the answer to a turn."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from adapters.errors import PlatformError, QuotaExhausted
from adapters.port import ChatAdapter, ReadState, Receipt
from bot import looks
from bot.clock import CivilClock
from bot.looking import Looking
from bot.store import receipts
from bot.store.engine import Queue, Store
from bot.store.rows import Look, OutboxRow
from bot.world import World
from policies.effects import platform_of
from policies.model import Platform

log = logging.getLogger(__name__)

MOST_CALLS = 500
"""Of one question; what is not asked is 不知道, never 未读."""


class Readers(Looking):
    """One task: open questions, oldest first; one that was open when we died is asked again.

    Args:
        leads: whether this one of several instances asks.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: CivilClock,
        world: Callable[[], World],
        adapters: Mapping[Platform, ChatAdapter],
        on_told: Callable[[], None],
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(clock)
        self._store = store
        self._world = world
        self._adapters = adapters
        self._on_told = on_told
        self._leads = leads

    async def _look(self) -> bool:
        for look in await self._store.read(receipts.open_looks):
            if self._leads():
                await self._answer(look)
        return False

    async def _answer(self, look: Look) -> None:
        rows = await self._store.read(looks.to_be_asked, look, self._world(), self._clock.now(), MOST_CALLS)
        spent: set[Platform] = set()
        for row in rows:
            platform = platform_of(row.entry.effect)
            if platform in spent:
                continue
            try:
                state = await self._adapters[platform].read_by(row.entry.effect, _receipt(row))
            except QuotaExhausted:
                spent.add(platform)
                continue
            except PlatformError as error:
                log.info("readers not told", extra={"row": row.id, "kind": type(error).__name__})
                continue
            await self._seen(row, state, platform)
        await self._store.write(
            looks.answer_look, look, self._world(), self._clock.now(), queue=Queue.DECISIONS
        )
        self._on_told()

    async def _seen(self, row: OutboxRow, state: ReadState, platform: Platform) -> None:
        now = self._clock.now()
        month = now.astimezone(ZoneInfo(self._world().zone)).strftime("%Y-%m")
        await self._store.write(
            looks.seen, row, state, self._world(), now, (platform, month), queue=Queue.CHORES
        )


def _receipt(row: OutboxRow) -> Receipt:
    return Receipt(
        message_id=str(row.receipt.get("message_id", "")), chat_id=str(row.receipt.get("chat_id", ""))
    )
