"""长连接的看护 (lines): a gap in what could reach us is written down, shown, and told once it is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from adapters.port import ChatAdapter, LineGap, LineState
from bot import facts, pipeline
from bot.clock import CivilClock
from bot.store import marks
from bot.store.engine import Connection, Store
from bot.store.errors import StoreUnavailable
from bot.store.rows import AuditEntry
from bot.turns import tell
from bot.turns.outcome import Outcome
from bot.world import World
from policies.model import Platform
from policies.wording import due as words

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
"""Real seconds: a line is the machine's affair, not civil time."""

TOLD_FROM_S = 2.0
"""Shorter gaps are written down and nobody is called: DingTalk asks every connection to move now and then."""


class LineWatch:
    """Looks at each line's health; the line mends itself, here it is only written down."""

    def __init__(
        self,
        *,
        store: Store,
        clock: CivilClock,
        world: Callable[[], World],
        adapters: Mapping[Platform, ChatAdapter],
    ) -> None:
        self._store = store
        self._clock = clock
        self._world = world
        self._adapters = adapters
        self._was_open: set[Platform] = set()
        self._in_gap: set[Platform] = set()
        self._noted: dict[Platform, LineGap] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            for platform, adapter in self._adapters.items():
                try:
                    await self._look(platform, adapter)
                except StoreUnavailable:
                    log.warning(
                        "line not written down, the store is away", extra={"platform": platform.value}
                    )
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self, platform: Platform, adapter: ChatAdapter) -> None:
        health = adapter.line_health()
        if health.state is LineState.OPEN:
            if platform not in self._was_open:
                await self._store.write(_left_open, platform, self._clock.now(), self._world())
            self._was_open.add(platform)
            self._in_gap.discard(platform)
            gap = health.last_gap
            if gap is not None and gap != self._noted.get(platform):
                await self._store.write(_over, platform, gap, self._clock.now(), self._world())
                self._noted[platform] = gap
        elif platform in self._was_open and platform not in self._in_gap:
            self._in_gap.add(platform)
            log.warning("line dead", extra={"platform": platform.value})
            await self._store.write(marks.open_gap, platform, health.gap_since or self._clock.now())


def _left_open(conn: Connection, platform: Platform, now: datetime, world: World) -> None:
    """A life that ended in a gap has left it open: it is over now that the line is."""
    for gap in marks.gaps_since(conn, now):
        if gap.platform is platform and gap.until is None:
            lasted_s = (now - gap.since).total_seconds()
            _over(conn, platform, LineGap(since=gap.since, until=now, lasted_s=lasted_s), now, world)


def _over(conn: Connection, platform: Platform, gap: LineGap, now: datetime, world: World) -> None:
    """Feishu sends events again by itself; DingTalk's are gone, so the admins are told."""
    marks.open_gap(conn, platform, gap.since)
    marks.close_gap(conn, platform, gap.until)
    outcome = Outcome(
        audit=(
            AuditEntry(
                at=now,
                who="yizhan",
                act="line-gap",
                subject=platform.value,
                details={"since": gap.since.isoformat(), "until": gap.until.isoformat()},
            ),
        )
    )
    if platform is Platform.DINGTALK and gap.lasted_s >= TOLD_FROM_S:
        scene = facts.gather(conn, world, now)
        outcome += tell.tell(
            scene,
            world.admin_people(),
            words.missed(gap.since, gap.until, now, zone=world.zone),
            cause=f"gap:{platform}:{int(gap.since.timestamp())}",
            step="gap",
            kind="dead-line",
        )
    pipeline.write(conn, outcome, now)
