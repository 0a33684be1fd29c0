"""组装 (app): builds every object of a living bot, starts its tasks, and stops them in order."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, time
from typing import Any

from adapters.dingtalk.adapter import DingTalkAdapter, DingTalkSettings
from adapters.dingtalk.limits import Edition as DingTalkEdition
from adapters.feishu.adapter import FeishuAdapter, FeishuSettings
from adapters.feishu.webhook import WebhookSettings
from adapters.port import ChatAdapter, LineState
from bot import abilities, calendars, rulesets, world
from bot.clock import CivilClock, FollowedClock, Status, SystemClock
from bot.commands import NAMES, Commands
from bot.config.load import Loaded
from bot.config.sections import Feishu as FeishuSection
from bot.control import ControlServer
from bot.directory import Mirror
from bot.doctor import Doctor
from bot.gauges import Gauges
from bot.health import Colour, HealthServer, Note
from bot.housekeeping import Housekeeping
from bot.intake import Intake, Worker
from bot.lines import LineWatch
from bot.readers import Readers
from bot.schedule import Schedule
from bot.sending import Sending
from bot.store import inbox, marks, meter, outbox
from bot.store.engine import Connection, Store
from bot.store.mirror import Directory
from bot.store.rows import ChatRow, OutboxState
from bot.world import World
from policies.model import AnyEvent, Chat, Platform
from policies.remedy import Channel

log = logging.getLogger(__name__)

_EDITIONS: Mapping[str, DingTalkEdition] = {
    "standard": "standard",
    "professional": "professional",
    "exclusive": "dedicated",
}
FIRST_WALK_WITHIN_S = 120.0
STOP_WITHIN_S = 9.0
WALK_AT = time(3, 30)
CLEAN_AT = time(4, 10)


def make_clock(loaded: Loaded) -> CivilClock:
    """The machine's clock, or the one the configuration follows."""
    follow = loaded.config.clock.follow
    return FollowedClock(follow) if follow else SystemClock()


def make_adapters(loaded: Loaded, clock: CivilClock, rng: random.Random) -> dict[Platform, ChatAdapter]:
    """One adapter for each configured platform."""
    config = loaded.config
    found: dict[Platform, ChatAdapter] = {}
    if config.feishu is not None:
        found[Platform.FEISHU] = FeishuAdapter(
            FeishuSettings(
                app_id=config.feishu.app_id,
                app_secret=config.feishu.app_secret.get_secret_value(),
                domain=config.feishu.domain,
                edition=config.feishu.edition,
                hears_groups=bool(config.privacy.read_groups),
                webhook=_webhook(config.feishu),
            ),
            clock,
            rng,
        )
    if config.dingtalk is not None:
        found[Platform.DINGTALK] = DingTalkAdapter(
            DingTalkSettings(
                client_id=config.dingtalk.client_id,
                client_secret=config.dingtalk.client_secret.get_secret_value(),
                robot_code=config.dingtalk.robot_code,
                corp_id=config.dingtalk.corp_id,
                api=config.dingtalk.api,
                oapi=config.dingtalk.oapi,
                edition=_EDITIONS[config.dingtalk.edition],
                card_template=config.dingtalk.card_template,
                group_template=config.dingtalk.group_template,
            ),
            clock=clock,
            rng=rng,
        )
    return found


def _webhook(section: FeishuSection) -> WebhookSettings | None:
    """Which ``mode`` asks for it; the configuration has seen to it that key and token are there."""
    if section.mode != "webhook" or section.encrypt_key is None or section.verification_token is None:
        return None
    return WebhookSettings(
        listen=section.webhook_listen,
        verification_token=section.verification_token.get_secret_value(),
        encrypt_key=section.encrypt_key.get_secret_value(),
    )


def tenants(loaded: Loaded) -> dict[Platform, str]:
    """What derived keys hang on, known before the first event: the app on Feishu, the company on DingTalk."""
    config = loaded.config
    found = {}
    if config.feishu is not None:
        found[Platform.FEISHU] = config.feishu.app_id
    if config.dingtalk is not None:
        found[Platform.DINGTALK] = config.dingtalk.corp_id
    return found


class WorldKeeper:
    """Holds the current ``World`` and makes a new one whenever the mirror has changed."""

    def __init__(self, loaded: Loaded, adapters: Mapping[Platform, ChatAdapter]) -> None:
        self._loaded = loaded
        self._adapters = adapters
        tables = calendars.tables(loaded.data_dir / calendars.FOLDER)
        self._calendars = calendars.calendars(loaded.config, tables)
        self._ruleset = rulesets.ruleset(loaded.config)
        self._world: World | None = None

    def current(self) -> World:
        """Raises ``RuntimeError`` before the mirror was loaded once."""
        if self._world is None:
            raise RuntimeError("the mirror has not been loaded")
        return self._world

    def renew(self, directory: Directory, chats: Mapping[Chat, ChatRow]) -> None:
        """Resolve the configuration against this directory and these groups."""
        self._world = world.build(
            self._loaded.config,
            directory=directory,
            chats=chats,
            calendars=self._calendars,
            ruleset=self._ruleset,
            channels={platform: _channel(adapter) for platform, adapter in self._adapters.items()},
            tenants=tenants(self._loaded),
            pots={
                (platform, pot): limit
                for platform, adapter in self._adapters.items()
                for pot, limit in adapter.capabilities.monthly.items()
            },
        )


def _channel(adapter: ChatAdapter) -> Channel:
    able = adapter.capabilities
    return Channel(
        platform=able.platform,
        cards=able.cards,
        group_mentions=able.group_mentions,
        batch_size=able.batch_size,
        text_bytes=able.max_text_bytes,
    )


class Bot:
    """A living bot. ``run`` returns when ``stop`` was called and everything has ended in order."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._clock = make_clock(loaded)
        # Jitter only: nothing that must not be guessed comes from here.
        self._rng = random.Random()  # noqa: S311
        self._store = Store(loaded.store_url.get_secret_value(), self._clock)
        self._adapters = make_adapters(loaded, self._clock, self._rng)
        self._keeper = WorldKeeper(loaded, self._adapters)
        self._gauges = Gauges()
        self._stopping = asyncio.Event()
        self._is_up = False
        self._mirror = Mirror(
            store=self._store,
            clock=self._clock,
            adapters=self._adapters,
            managed=world.managed_groups(loaded.config),
            links=[(f"feishu:{one.feishu}", f"dingtalk:{one.dingtalk}") for one in loaded.config.person],
            on_change=self._keeper.renew,
        )
        self._intake = Intake(
            store=self._store,
            clock=self._clock,
            world=self._keeper.current,
            on_event=self._wake_all,
            on_directory=self._mirror.hear,
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
            store=self._store, clock=self._clock, world=self._keeper.current, on_fired=self._wake_deliveries
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
        )
        self._housekeeping = Housekeeping(store=self._store, clock=self._clock, config=loaded.config)
        self._commands = Commands(
            store=self._store,
            clock=self._clock,
            world=self._keeper.current,
            on_change=self._wake_all,
            status=self._figures,
        )
        self._control = ControlServer(
            loaded.data_dir,
            {name: self._answer(name) for name in NAMES}
            | {"stop": self._stop_command, "doctor": self._examine},
        )
        self._health = HealthServer(loaded.config.health.listen, self._look, self._gauges)

    def stop(self) -> None:
        """Begin the orderly stop; safe to call from a signal handler, and twice."""
        self._stopping.set()

    async def run(self) -> None:
        """Start, live, stop.

        Raises:
            StoreLocked: another bot owns the data. OSError: a port is taken.
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
        await self._store.write(_see, self._clock.now())
        for adapter in self._adapters.values():
            await adapter.open()
        try:
            await self._mirror.load()
            await self._first_walk()
            self._schedule.every_night(WALK_AT, "directory", self._mirror.walk)
            self._schedule.every_night(CLEAN_AT, "retention", self._housekeeping.clean)
            self._worker.on_change = self._schedule.on_change = self._mirror.notify = self._clock.poke
            self._sending.on_change = self._clock.poke
            self._readers.on_change = self._clock.poke
            self._sending.on_lost = self._schedule.wake
            await self._control.open()
            await self._health.open()
            await self._work()
        finally:
            await self._health.close()
            await self._control.close()
            await asyncio.gather(*(adapter.close() for adapter in self._adapters.values()))

    async def _first_walk(self) -> None:
        try:
            async with asyncio.timeout(FIRST_WALK_WITHIN_S):
                await self._mirror.walk()
        except TimeoutError:
            log.error("directory not walked in time; living with the last picture")

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
        ]
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

    def _wake_all(self) -> None:
        self._worker.wake()
        self._schedule.wake()
        self._wake_deliveries()

    def _wake_deliveries(self) -> None:
        self._schedule.wake()
        self._readers.wake()
        self._sending.wake()

    def _told_of_readers(self) -> None:
        self._sending.wake()

    def _heard(self, event: AnyEvent) -> None:
        self._mirror.hear(event)
        self._wake_deliveries()

    # ── What others ask ───────────────────────────────────────────────────────────────────────────

    def _status(self) -> Status:
        idle = (
            self._is_up
            and self._worker.is_idle
            and self._schedule.is_idle
            and self._readers.is_idle
            and self._intake.is_idle
            and self._mirror.is_idle
            and self._sending.is_idle
        )
        return Status(idle=idle, next_due=self._schedule.next_at)

    def _answer(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def handler(arguments: Mapping[str, Any], _: Callable[[str], Awaitable[None]]) -> Any:
            return await self._commands.run(name, arguments)

        return handler

    async def _examine(self, arguments: Mapping[str, Any], progress: Callable[[str], Awaitable[None]]) -> Any:
        """The same examination as without a bot, through the living lines and the living store."""
        doctor = Doctor(
            adapters=self._adapters,
            clock=self._clock,
            store=self._store,
            wanted=abilities.from_json(arguments["abilities"], self._adapters),
            is_living=True,
            follows=bool(self._loaded.config.clock.follow),
        )
        found = await doctor.examine(quick=bool(arguments.get("quick")))
        if arguments.get("card"):
            admins = abilities.admins(self._loaded.config, self._keeper.current().directory)
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

    async def _look(self) -> tuple[tuple[Note, ...], Mapping[str, Any]]:
        now = self._clock.now()
        notes = list(self._notes())
        figures = self._figures()
        if not self._store.trouble:
            counted, open_inbox, oldest, spent = await self._store.read(
                _count, self._keeper.current(), now.strftime("%Y-%m")
            )
            age_s = (now - oldest).total_seconds() if oldest else 0.0
            if counted.get(OutboxState.UNKNOWN, 0):
                colour = Colour.RED if age_s > _UNKNOWN_RED_S else Colour.YELLOW
                notes.append(
                    Note(colour=colour, what="outcome unknown", detail=f"{counted[OutboxState.UNKNOWN]} rows")
                )
            self._gauges.show(
                outbox={state.value: counted.get(state, 0) for state in OutboxState},
                unknown_age_s=age_s,
                inbox=open_inbox,
                accepted=self._intake.counted,
                lines={
                    platform.value: adapter.line_health().state is LineState.OPEN
                    for platform, adapter in self._adapters.items()
                },
                spent=spent,
            )
            figures |= {"outbox": {state.value: n for state, n in counted.items()}, "inbox_open": open_inbox}
        return tuple(notes), figures

    def _notes(self) -> list[Note]:
        notes = []
        if not self._is_up:
            notes.append(Note(colour=Colour.RED, what="not up"))
        if self._store.trouble:
            notes.append(Note(colour=Colour.RED, what="store unavailable", detail=self._store.trouble))
        for platform, adapter in self._adapters.items():
            line = adapter.line_health()
            if line.state is LineState.REFUSED:
                notes.append(Note(colour=Colour.RED, what=f"{platform} refuses us", detail=line.refusal))
            elif line.state is not LineState.OPEN:
                notes.append(Note(colour=Colour.YELLOW, what=f"{platform} line {line.state}"))
        for platform, why in self._mirror.failed.items():
            notes.append(Note(colour=Colour.YELLOW, what=f"{platform} directory not walked", detail=why))
        for platform, (before, after) in self._mirror.shrunk.items():
            notes.append(
                Note(colour=Colour.RED, what=f"{platform} directory shrank", detail=f"{before} -> {after}")
            )
        return notes


_UNKNOWN_RED_S = 3600.0


def _see(conn: Connection, now: datetime) -> None:
    marks.see(conn, now)


def _count(
    conn: Connection, current: World, month: str
) -> tuple[Mapping[OutboxState, int], int, datetime | None, dict[tuple[str, str], int]]:
    unknown = outbox.listing(conn, [OutboxState.UNKNOWN], 1)
    oldest = unknown[0].first_attempt_at if unknown else None
    spent = {(platform.value, pot): meter.read(conn, platform, month, pot) for platform, pot in current.pots}
    return outbox.counts(conn), inbox.open_count(conn), oldest, spent


async def _named(work: Awaitable[None], name: str) -> None:
    try:
        await work
    except asyncio.CancelledError:
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
