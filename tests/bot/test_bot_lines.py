"""缺口: every time in which nothing could reach us is written down; the admins hear of those somebody could notice."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from adapters.port import LineGap, LineHealth, LineState
from bot import lines
from bot.clock import ManualClock
from bot.store import audit, marks, outbox
from bot.store.engine import Store
from bot.store.mirror import Directory
from bot.world import World
from policies.calendar import Calendars
from policies.engine import Ruleset
from policies.model import Account, Person, PersonId, Platform

NOW = datetime(2026, 9, 8, 2, 0, tzinfo=UTC)
ADMIN = Person(
    id=PersonId("dingtalk:1"),
    name="周敏",
    accounts=(Account(Platform.DINGTALK, "1"),),
    departments=frozenset(),
)


def gap(lasted_s: float) -> LineGap:
    return LineGap(since=NOW, until=NOW + timedelta(seconds=lasted_s), lasted_s=lasted_s)


class Watched:
    """A line whose health is what a test says, and the watch that looks at it all the time."""

    def __init__(self, store: Store, clock: ManualClock, platform: Platform) -> None:
        self.platform, self.store, self.looks = platform, store, 0
        self.health = LineHealth(state=LineState.CONNECTING)
        world = World(
            zone="Asia/Shanghai", directory=Directory(people=(ADMIN,)), chats={}, calendars=Calendars(),
            ruleset=Ruleset(), channels={}, tenants={Platform.DINGTALK: "ding1"}, admins=(ADMIN.id,),
        )  # fmt: skip
        adapter = SimpleNamespace(line_health=self._look)
        self.watch = lines.LineWatch(
            store=store, clock=clock, world=lambda: world, adapters={platform: adapter}
        )

    def _look(self) -> LineHealth:
        self.looks += 1
        return self.health

    async def sees(self, **health: object) -> None:
        """The line is so from now on, until it has been looked at twice."""
        self.health = LineHealth(**health)
        seen = self.looks
        while self.looks < seen + 3:  # noqa: ASYNC110 - the watch looks all the time
            await asyncio.sleep(0)

    async def gaps(self) -> list[tuple[datetime, datetime | None]]:
        return [(one.since, one.until) for one in await self.store.read(marks.gaps_since, NOW)]

    async def written(self) -> int:
        return sum(one.entry.act == "line-gap" for one in await self.store.read(audit.tail))

    async def told(self) -> list[str]:
        return [str(row) for row in await self.store.read(outbox.listing)]


@pytest.fixture(params=list(Platform))
async def watched(request, monkeypatch):
    monkeypatch.setattr(lines, "LOOK_EVERY_S", 0)
    clock = ManualClock(NOW)
    store = Store("sqlite://", clock, inline=True)
    await store.open()
    it = Watched(store, clock, request.param)
    task = asyncio.create_task(it.watch.run())
    yield it
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await store.close()


async def test_a_gap_that_was_over_before_anybody_looked_is_written_down_once(watched):
    await watched.sees(state=LineState.OPEN)
    await watched.sees(state=LineState.OPEN, last_gap=gap(0.4))
    assert (await watched.gaps(), await watched.written()) == (
        [(NOW, NOW + timedelta(seconds=0.4))], 1,
    )  # fmt: skip
    assert await watched.told() == []


async def test_a_gap_that_is_looked_at_is_open_first_and_told_once_where_words_are_lost(watched):
    await watched.sees(state=LineState.OPEN)
    await watched.sees(state=LineState.DEAD, gap_since=NOW)
    assert await watched.gaps() == [(NOW, None)]
    await watched.sees(state=LineState.OPEN, last_gap=gap(120))
    assert (await watched.gaps(), await watched.written()) == ([(NOW, NOW + timedelta(minutes=2))], 1)
    told = await watched.told()
    assert len(told) == (1 if watched.platform is Platform.DINGTALK else 0)
    assert all("期间发给我的消息可能没收到" in one for one in told)


async def test_a_line_that_never_stood_has_no_gap(watched):
    await watched.sees(state=LineState.CONNECTING, gap_since=NOW)
    await watched.sees(state=LineState.OPEN)
    assert (await watched.gaps(), await watched.written()) == ([], 0)
