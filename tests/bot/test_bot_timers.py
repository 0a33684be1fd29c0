"""A timer makes its event once, however many look at it when it comes due: a bot that was slow, or another instance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot import pipeline
from bot.clock import ManualClock
from bot.store import timers
from bot.store.engine import Store
from bot.store.mirror import Directory
from bot.store.rows import Timer
from bot.turns.outcome import Outcome
from bot.world import World
from policies.calendar import Calendars
from policies.engine import Ruleset
from policies.model import Due, Platform

NOW = datetime(2026, 9, 8, 2, tzinfo=UTC)
TIMER = Timer(key="release:a1:1", kind="release", subject="a1", due_at=NOW)
WORLD = World(
    zone="Asia/Shanghai",
    directory=Directory(people=(), seen_at={}),
    chats={},
    calendars=Calendars(),
    ruleset=Ruleset(),
    channels={Platform.FEISHU: None},  # type: ignore[dict-item]
    tenants={},
)


async def test_it_fires_once_however_often_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    fired: list[Due] = []

    def judge(_: object, event: Due, *__: object) -> Outcome:
        fired.append(event)
        return Outcome()

    monkeypatch.setattr(pipeline, "judge", judge)
    store = Store("sqlite://", ManualClock(NOW), inline=True)
    await store.open()
    try:
        await store.write(timers.put, TIMER)
        answers = [await store.write(pipeline.fire, one, WORLD, NOW, "t") for one in (TIMER, TIMER)]
        assert answers == [True, False]
        assert [event.cause for event in fired] == [f"timer:release:a1:1:{int(NOW.timestamp())}"]
        await store.write(timers.put, TIMER)
        assert not await store.write(pipeline.fire, TIMER, WORLD, NOW, "t"), (
            "what has fired never waits again"
        )
    finally:
        await store.close()


@pytest.mark.parametrize("again", [False, True])
async def test_a_moment_that_has_passed_is_waited_for_once_more_only_where_it_gathers_things(
    again: bool,
) -> None:
    """A clock that was put back comes to it a second time."""
    timer = replace(TIMER, again=again)
    store = Store("sqlite://", ManualClock(NOW), inline=True)
    await store.open()
    try:
        await store.write(timers.put, timer)
        assert await store.write(timers.done, timer.key, timer.due_at)
        await store.write(timers.put, timer)
        assert bool(await store.read(timers.due, NOW)) is again
    finally:
        await store.close()
