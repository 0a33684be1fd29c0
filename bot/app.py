"""组装 (app): builds every object of a living bot, starts its tasks, and stops them in order."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import time
from typing import Any

from adapters.errors import PortTaken
from bot import abilities, names, pipeline
from bot.ballots.keys import KeyFolder
from bot.ballots.letters import Letters
from bot.ballots.press import Ballots
from bot.clock import Status
from bot.commands import NAMES, Commands
from bot.config.load import Loaded
from bot.control import ControlServer
from bot.conversation import nearest
from bot.doctor import Doctor
from bot.health import HealthServer
from bot.housekeeping import Housekeeping
from bot.intake import Intake
from bot.lines import LineWatch
from bot.polls.service import Polls
from bot.readers import Readers
from bot.schedule import Schedule
from bot.sending import Sending
from bot.store import marks, plans
from bot.store.engine import Store
from bot.store.errors import StoreUnavailable
from bot.turns.outcome import NOTHING, Outcome
from bot.watch import Watch
from bot.wiring import WorldKeeper, make_adapters, make_clock, make_mirror, make_office
from bot.worker import Worker
from bot.workspace import office
from bot.workspace.keep import Keeper
from policies.model import AnyEvent

log = logging.getLogger(__name__)

FIRST_WALK_WITHIN_S = 120.0
STOP_WITHIN_S = 9.0
WALK_AT = time(3, 30)
CALENDAR_AT = time(3, 50)
CLEAN_AT = time(4, 10)
DRIFT_AT = time(6, 30)


class Bot:
    """A living bot. ``run`` returns when ``stop`` was called and everything has ended in order."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._walking: asyncio.Task[None] | None = None
        self._clock = make_clock(loaded)
        # Jitter only: nothing that must not be guessed comes from here.
        self._rng = random.Random()  # noqa: S311
        self._store = Store(loaded.store_url.get_secret_value(), self._clock)
        self._adapters = make_adapters(loaded, self._clock, self._rng)
        self._keeper = WorldKeeper(loaded, self._adapters)
        self._stopping = asyncio.Event()
        self._is_up = False
        self._mirror = make_mirror(loaded, self._store, self._clock, self._adapters, self._keeper)
        self._office = make_office(
            loaded, self._store, self._clock, self._adapters, self._keeper, self._mirror
        )
        self._office.on_change = self._wake_all
        self._intake = Intake(
            store=self._store,
            clock=self._clock,
            world=self._keeper.current,
            on_event=self._wake_worker,
            on_written=self._wake_all,
        )
        self._intake.adapters = self._adapters
        self._worker = Worker(
            store=self._store,
            clock=self._clock,
            world=self._keeper.current,
            adapters=self._adapters,
            on_outcome=self._heard,
        )
        self._schedule = Schedule(
            store=self._store, clock=self._clock, world=self._keeper.current, on_fired=self._timers_fired
        )
        self._lines = LineWatch(
            store=self._store, clock=self._clock, world=self._keeper.current, adapters=self._adapters
        )
        self._sending = Sending(
            store=self._store,
            clock=self._clock,
            world=self._keeper.current,
            adapters=self._adapters,
            owner=f"{os.getpid()}-{secrets.token_hex(4)}",
        )
        self._readers = Readers(
            store=self._store,
            clock=self._clock,
            world=self._keeper.current,
            adapters=self._adapters,
            on_told=self._told_of_readers,
            leads=self._leads,
        )
        self._keys = KeyFolder(loaded.key_folder)
        letters = Letters(store=self._store, clock=self._clock, world=self._keeper.current, keys=self._keys)
        self._polls = Polls(
            store=self._store,
            clock=self._clock,
            world=self._keeper.current,
            config=loaded.config,
            keys=self._keys,
            letters=letters,
            on_sent=self._wake_deliveries,
        )
        self._intake.on_sealed = Ballots(
            store=self._store,
            clock=self._clock,
            world=self._keeper.current,
            keys=self._keys,
            letters=letters,
            on_letter=self._polls.wake,
        ).hear
        self._housekeeping = Housekeeping(store=self._store, clock=self._clock, config=loaded.config)
        self._commands = Commands(
            store=self._store,
            clock=self._clock,
            world=self._keeper.current,
            on_change=self._changed_by_hand,
            status=self._figures,
            keys=self._keys,
        )
        self._groups = Keeper(
            store=self._store,
            clock=self._clock,
            config=loaded.config,
            world=self._keeper.current,
            office=self._office,
            mirror=self._mirror,
            on_told=self._wake_deliveries,
            leads=self._leads,
        )
        self._control = ControlServer(
            loaded.data_dir,
            {name: self._answer(name) for name in NAMES}
            | {name: self._office_answer(name) for name in office.NAMES}
            | {"stop": self._stop_command, "doctor": self._examine},
        )
        self._watch = Watch(
            store=self._store,
            clock=self._clock,
            world=self._keeper.current,
            adapters=self._adapters,
            mirror=self._mirror,
            intake=self._intake,
            figures=self._figures,
        )
        self._health = HealthServer(loaded.config.health.listen, self._watch.look, self._watch.gauges)

    def stop(self) -> None:
        """Begin the orderly stop; safe to call from a signal handler, and twice."""
        self._stopping.set()

    async def run(self) -> None:
        """Start, live, stop.

        Raises:
            StoreLocked: another bot owns the data. OSError, PortTaken: a port is taken.
        """
        clock = asyncio.create_task(self._clock.run(), name="clock")
        try:
            await self._clock.ready()
            self._clock.attach(self._status)
            await self._store.open()
            try:
                await self._live()
            finally:
                await self._store.close()
        finally:
            clock.cancel()
            await asyncio.gather(clock, return_exceptions=True)

    async def _live(self) -> None:
        self._clock.remember(await self._store.write(marks.see, self._clock.now()))
        await self._store.write(plans.interrupt, self._clock.now(), not self._store.is_postgres)
        for adapter in self._adapters.values():
            await adapter.open()
        try:
            await self._mirror.load()
            await asyncio.gather(self._first_walk(), asyncio.to_thread(nearest.prepare))
            await self._polls.begin()
            self._schedule.every_night(WALK_AT, "directory", self._by_one(self._mirror.walk))
            self._schedule.every_night(CALENDAR_AT, "calendar", self._read_the_calendar)
            self._schedule.every_night(DRIFT_AT, "drift", self._groups.drift)
            self._schedule.every_night(CLEAN_AT, "retention", self._by_one(self._housekeeping.clean))
            self._worker.on_change = self._schedule.on_change = self._clock.poke
            self._mirror.notify = self._mirror_looked
            self._mirror.on_caught_up = self._groups.caught_up
            self._sending.on_change = self._groups.on_change = self._clock.poke
            self._readers.on_change = self._polls.on_change = self._clock.poke
            self._sending.on_lost = self._schedule.wake
            self._sending.on_lead = self._lead
            self._store.on_news = self._others_wrote
            self._store.on_trouble = self._store_changed
            await self._store.write(pipeline.recount, self._keeper.current(), self._clock.now())
            if stranded := await self._store.write(pipeline.mend, self._clock.now()):
                log.warning("found held rows that nothing would have let go", extra={"rows": stranded})
            await self._control.open()
            await self._health.open()
            await self._work()
        finally:
            await self._health.close()
            await self._control.close()
            await asyncio.gather(*(adapter.close() for adapter in self._adapters.values()))

    def _leads(self) -> bool:
        return self._sending.is_leading

    def _by_one(self, chore: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """A nightly chore that costs calls, or that is told of: of several instances one does it."""

        async def only_if_we_lead() -> None:
            if self._leads():
                await chore()

        return only_if_we_lead

    async def _first_walk(self) -> None:
        """Awaited for a while; that of a large company goes on beside the rest, which lives with the last picture."""
        walk = self._task(self._walk_at_start(), "first walk")
        done, _ = await asyncio.wait({walk}, timeout=FIRST_WALK_WITHIN_S)
        if not done:
            log.warning("directory not walked in time; living with the last picture meanwhile")
            self._walking = walk
        for ended in done:
            ended.result()

    async def _outlasting(self, walk: asyncio.Task[None]) -> None:
        """A fault of ours in the walk ends the bot, as it does in whatever else runs; its good end does not."""
        await walk
        await self._stopping.wait()

    async def _walk_at_start(self) -> None:
        try:
            await self._mirror.walk()
        except StoreUnavailable:
            log.warning("store is away; the directory waits for the night, or an event")
        if self._is_up:
            self._changed_by_hand()

    async def _read_the_calendar(self) -> None:
        """A year's notice put into the data folder counts from the next night on, or from a start."""
        if self._keeper.reread_calendars():
            n = await self._store.write(pipeline.recount, self._keeper.current(), self._clock.now())
            log.info("calendar changed", extra={"recounted": n})
            self._wake_all()

    async def _work(self) -> None:
        """Tasks until ``stop``; then: hear no more, finish what was heard, send no more, mark what was sent."""
        sources = [
            self._task(adapter.source(self._intake.accept), "source") for adapter in self._adapters.values()
        ]
        working = [
            self._task(self._worker.run(), "worker"),
            self._task(self._schedule.run(), "schedule"),
            self._task(self._mirror.run(), "mirror"),
            self._task(self._lines.run(), "lines"),
            self._task(self._readers.run(), "readers"),
            self._task(self._polls.run(), "polls"),
            self._task(self._groups.run(), "groups"),
        ]
        if self._walking is not None:
            working.append(asyncio.ensure_future(self._outlasting(self._walking)))
        sending = [self._task(self._sending.run(), "sending")]
        self._is_up = True
        self._clock.poke()
        log.info("ready", extra={"platforms": [platform.value for platform in self._adapters]})
        stopped = asyncio.create_task(self._stopping.wait())
        every = {*sources, *working, *sending, stopped}
        try:
            done, _ = await asyncio.wait(every, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._is_up = False
            await _end(sources)
            await self._intake.drain()
            await _end(working)
            await self._sending.stop()
            await _finish(sending, STOP_WITHIN_S)
            await _end([stopped])
        for task in done - {stopped}:
            task.result()
        log.info("stopped")

    def _task(self, work: Awaitable[None], name: str) -> asyncio.Task[None]:
        return asyncio.ensure_future(_named(work, name))

    # ── Waking ────────────────────────────────────────────────────────────────────────────────────

    def _wake_worker(self) -> None:
        self._worker.wake()

    def _wake_all(self) -> None:
        self._worker.wake()
        self._groups.wake()
        self._schedule.wake()
        self._wake_deliveries()

    def _timers_fired(self) -> None:
        """One of them may be about a questionnaire."""
        self._polls.wake()
        self._wake_deliveries()

    def _changed_by_hand(self) -> None:
        self._polls.wake()
        self._wake_all()

    def _others_wrote(self) -> None:
        """Another instance has taken an event, fired a timer or seen the directory change."""
        self._mirror.look_again(others=True)
        self._wake_all()

    def _store_changed(self, trouble: str) -> None:
        """While it was away something may have been committed of which nobody here was told."""
        if not trouble:
            self._changed_by_hand()

    def _wake_deliveries(self) -> None:
        self._schedule.wake()
        self._readers.wake()
        self._sending.wake()

    def _lead(self) -> None:
        """What the one before us was asked for and has not done."""
        self._groups.wake()
        self._readers.wake()

    def _told_of_readers(self) -> None:
        self._sending.wake()

    def _heard(self, event: AnyEvent, outcome: Outcome) -> None:
        """Only who has something to do is woken: most of what people say is answered and leaves nothing behind."""
        self._heard_of_the_company(event)
        if replace(outcome, outbox=(), actions=(), dialogs=(), audit=()) != NOTHING:
            self._groups.wake()
            self._wake_deliveries()
        elif outcome.outbox:
            self._sending.wake()

    def _heard_of_the_company(self, event: AnyEvent) -> None:
        self._groups.hear(event)
        self._mirror.hear(event)

    def _mirror_looked(self) -> None:
        self._groups.looked()
        self._polls.looked()
        self._clock.poke()

    # ── What others ask ───────────────────────────────────────────────────────────────────────────

    def _status(self) -> Status:
        idle = (
            self._is_up
            and self._worker.is_idle
            and self._schedule.is_idle
            and self._readers.is_idle
            and self._polls.is_idle
            and self._intake.is_idle
            and self._mirror.is_idle
            and self._sending.is_idle
            and self._groups.is_idle
            and self._office.applier.is_idle
        )
        moments = [one for one in (self._schedule.next_at, self._polls.next_at) if one is not None]
        return Status(idle=idle, next_due=min(moments, default=None))

    def _answer(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def handler(arguments: Mapping[str, Any], _: Callable[[str], Awaitable[None]]) -> Any:
            return await self._commands.run(name, arguments)

        return handler

    def _office_answer(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def handler(arguments: Mapping[str, Any], progress: Callable[[str], Awaitable[None]]) -> Any:
            try:
                return await self._office.run(name, arguments, progress)
            finally:
                self._clock.poke()

        return handler

    async def _examine(self, arguments: Mapping[str, Any], progress: Callable[[str], Awaitable[None]]) -> Any:
        """The same examination as without a bot, through the living lines and the living store."""
        doctor = Doctor(
            adapters=self._adapters,
            clock=self._clock,
            store=self._store,
            wanted=abilities.from_json(arguments["abilities"], self._adapters),
            is_living=True,
            directory=self._keeper.current().directory,
            named=[names.named_from_json(row) for row in arguments["named"]],
            links=[(str(first), str(second)) for first, second in arguments["links"]],
            read_groups=[str(one) for one in arguments["read_groups"]],
            follows=bool(self._loaded.config.clock.follow),
        )
        found = await doctor.examine(quick=bool(arguments.get("quick")))
        if arguments.get("card"):
            admins = abilities.admins(self._loaded.config, doctor.directory)
            found += await doctor.try_cards(self._intake.trial, admins, float(arguments["wait_s"]), progress)
        return [one.as_json() for one in found]

    async def _stop_command(self, _: Mapping[str, Any], __: Callable[[str], Awaitable[None]]) -> str:
        self.stop()
        return "stopping"

    def _figures(self) -> dict[str, Any]:
        return {
            "up": self._is_up,
            "now": self._clock.now().isoformat(),
            "lines": {
                platform.value: adapter.line_health().state.value
                for platform, adapter in self._adapters.items()
            },
            "intake": dict(self._intake.counted),
        }


async def _named(work: Awaitable[None], name: str) -> None:
    try:
        await work
    except (asyncio.CancelledError, PortTaken):
        raise
    except Exception:
        log.exception("task ended", extra={"task": name})
        raise


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _finish(tasks: list[asyncio.Task[None]], within_s: float) -> None:
    """Let them end by themselves; what has not by then is left to the next start, which knows how."""
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=within_s)
        await _end(list(late))
