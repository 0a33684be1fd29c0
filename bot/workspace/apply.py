"""执行 (apply): exactly the changes of a plan, one after the other, each a row that says what became of it.

The intent is written before the call. A run that dies leaves its rows to the next start, which sends nothing: what is
left is the next plan's. A group whose creation got no answer is looked for before it is made again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from adapters.errors import (
    Forbidden,
    OutcomeUnknown,
    PlatformError,
    QuotaExhausted,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from adapters.port import ChatAdapter
from adapters.provision import Handle
from bot.clock import CivilClock
from bot.store import audit, managed, meter, plans
from bot.store.engine import Connection, Store
from bot.store.keys import derive
from bot.store.plans import ChangeState, Run
from bot.store.rows import AuditEntry
from bot.workspace import keeping, translate
from bot.workspace.observe import CALLS, key_of_creation, mark_of
from bot.world import World
from policies.card import Card
from policies.effects import SendCard, SendText
from policies.model import Account, Platform, Scalar
from policies.wording import applying as words
from policies.workspace import plan as plans_of
from policies.workspace.changes import Change, ChangeKind, Plan
from policies.workspace.model import Binding, DesiredGroup, Generation, GroupKey, Mute, Origin, Speak

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""A run that was not heard of for so long is dead (other instances on PostgreSQL; SQLite knows by its lock)."""

MOST_TRIES = 4
LONGEST_WAIT_S = 60.0
PAUSE_S = 1.0
"""A change that was refused by rate, or certainly not done, is tried so often, after such pauses."""

PROVEN, STOPS_US, UNTRIED = "proven", "trial", "untried"
"""What a trial of DingTalk's mute has shown; the others follow only where it is proven."""

Progress = Callable[[int, int, Change], Awaitable[None]]
"""``await progress(done, of, change)``, before each change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of one change; ``refused``: people the platform did not take."""

    change: Change
    state: ChangeState
    reason: str = ""
    refused: Mapping[Account, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run that came to its end; ``stopped``: why the rest was not begun, ``""`` if it was."""

    run: str
    done: tuple[Done, ...]
    stopped: str = ""

    @property
    def is_whole(self) -> bool:
        return not self.stopped and all(one.state is ChangeState.APPLIED for one in self.done)


class Busy(Exception):
    """Another run lives: whose, and since when."""

    def __init__(self, run: Run) -> None:
        super().__init__(run.id)
        self.run = run


class Applier:
    """Owns one run at a time; the lanes are the adapters', shared with everything else that is sent."""

    def __init__(
        self,
        *,
        store: Store,
        clock: CivilClock,
        adapters: Mapping[Platform, ChatAdapter],
        world: Callable[[], World],
    ) -> None:
        self._store = store
        self._clock = clock
        self._adapters = adapters
        self._world = world
        self._lock = asyncio.Lock()

    @property
    def is_idle(self) -> bool:
        return not self._lock.locked()

    async def apply(
        self,
        plan: Plan,
        desired: Mapping[GroupKey, DesiredGroup],
        *,
        by: str,
        forced: str = "",
        progress: Progress | None = None,
    ) -> Ended:
        """All of it, in its order; a group in which something failed is left as it is then.

        Raises:
            Busy: another run is under way.
        """
        async with self._lock:
            now = self._clock.now()
            run = Run(
                id=derive("", plan.digest, "run", now.isoformat(), 0)[:16],
                plan=plan.id,
                digest=plan.digest,
                by=by,
                started_at=now,
                ended_at=None,
            )
            other = await self._store.write(_begin, run, plan.changes, forced, now + LEASE)
            if other is not None:
                raise Busy(other)
            work = _Work(self._store, self._clock, self._adapters, self._world, run, desired)
            try:
                return await work.through(plan.changes, progress)
            finally:
                await asyncio.shield(self._store.write(plans.end, run.id, self._clock.now(), work.stopped))


class _Work:
    """One run while it lasts."""

    def __init__(
        self,
        store: Store,
        clock: CivilClock,
        adapters: Mapping[Platform, ChatAdapter],
        world: Callable[[], World],
        run: Run,
        desired: Mapping[GroupKey, DesiredGroup],
    ) -> None:
        self._store = store
        self._clock = clock
        self._adapters = adapters
        self._world = world
        self._run = run
        self._desired = desired
        self._made: dict[GroupKey, Handle] = {}
        self._broken: dict[GroupKey, str] = {}
        self._tried = ""
        self.stopped = ""

    async def through(self, changes: Sequence[Change], progress: Progress | None) -> Ended:
        done: list[Done] = []
        for seq, change in enumerate(changes):
            if progress is not None:
                await progress(seq, len(changes), change)
            one = await self._one(seq, change)
            done.append(one)
            if one.state is not ChangeState.APPLIED:
                self._broken.setdefault(change.key, one.reason)
                log.warning("change not made", extra={"kind": change.kind.value, "why": one.reason})
            if self.stopped:
                break
        return Ended(run=self._run.id, done=tuple(done), stopped=self.stopped)

    async def _one(self, seq: int, change: Change) -> Done:
        if change.key in self._broken:
            return await self._mark(seq, Done(change=change, state=ChangeState.FAILED, reason="earlier"))
        if change.after_trial and self._tried != PROVEN:
            reason = self._tried or UNTRIED
            return await self._mark(seq, Done(change=change, state=ChangeState.FAILED, reason=reason))
        await self._store.write(_mark, self._run.id, seq, ChangeState.APPLYING, "", *self._times())
        try:
            done = await self._patiently(change)
        except OutcomeUnknown as error:
            done = Done(change=change, state=ChangeState.UNKNOWN, reason=str(error))
        except PlatformError as error:
            if isinstance(error, (QuotaExhausted, Unauthorized)):
                self.stopped = type(error).__name__
            done = Done(change=change, state=ChangeState.FAILED, reason=str(error))
        return await self._mark(seq, done)

    async def _mark(self, seq: int, done: Done) -> Done:
        await self._store.write(_mark, self._run.id, seq, done.state, done.reason, *self._times())
        return done

    def _times(self) -> tuple[datetime, datetime]:
        now = self._clock.now()
        return now, now + LEASE

    async def _patiently(self, change: Change) -> Done:
        """Every change but a creation may be made twice; a creation knows its own key."""
        for attempt in range(MOST_TRIES):
            try:
                return await self._perform(change)
            except RateLimited as error:
                if attempt == MOST_TRIES - 1 or error.retry_after_s > LONGEST_WAIT_S:
                    raise
                wait_s = error.retry_after_s
            except Unavailable:
                if attempt == MOST_TRIES - 1:
                    raise
                wait_s = PAUSE_S * 2**attempt
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=wait_s), lane=True)
        raise AssertionError("the last try returns or raises")

    async def _perform(self, change: Change) -> Done:
        adapter = self._adapters[change.platform]
        await self._store.write(_spend, change, self._month())
        if change.kind is ChangeKind.CREATE:
            return await self._create(adapter, change)
        handle = self._handle(change)
        if change.kind is ChangeKind.ENSURE_FOLDER:
            await self._folder(adapter, change, handle)
            return Done(change=change, state=ChangeState.APPLIED)
        changed = await adapter.groups.change(handle, translate.group_change(change))
        if change.is_trial:
            self._tried = await self._try_a_card(adapter, change, handle)
            if self._tried != PROVEN:
                return Done(change=change, state=ChangeState.FAILED, reason=self._tried)
        await self._store.write(keeping.learn, change, frozenset(changed.refused))
        return Done(change=change, state=ChangeState.APPLIED, refused=changed.refused)

    def _handle(self, change: Change) -> Handle:
        return self._made[change.key] if change.chat is None else translate.handle_of_change(change)

    def _month(self) -> str:
        return self._clock.now().astimezone(ZoneInfo(self._world().zone)).strftime("%Y-%m")

    # ── A new group ───────────────────────────────────────────────────────────────────────────────

    async def _create(self, adapter: ChatAdapter, change: Change) -> Done:
        """The intent first; the answer binds the group in one transaction with what else learns of it."""
        tenant = self._world().tenants[change.platform]
        creation = await self._store.write(managed.ask, change.key, self._clock.now())
        note = words.note(mark_of(tenant, creation))
        try:
            made = await adapter.groups.create(
                translate.new_group(change, note), key_of_creation(tenant, creation)
            )
        except OutcomeUnknown:
            await self._store.write(managed.lost, change.key)
            raise
        except PlatformError:
            await self._store.write(managed.not_made, change.key)
            raise
        self._made[change.key] = made.handle
        group = self._desired.get(change.key)
        binding = Binding(
            key=change.key,
            chat=made.handle.chat,
            origin=Origin.MADE,
            generation=translate.generation_of(made.handle),
            serves=group.serves if group else "",
            handle=made.handle.other_id,
            appointed=frozenset(change.admins)
            if translate.generation_of(made.handle) is Generation.SCENE
            else frozenset(),
        )
        members = tuple(one for one in change.accounts if one not in made.refused)
        await self._store.write(keeping.made, binding, change.name, self._run.by, self._clock.now(), members)
        return Done(change=change, state=ChangeState.APPLIED, refused=made.refused)

    # ── Folders, and the first mute ───────────────────────────────────────────────────────────────

    async def _folder(self, adapter: ChatAdapter, change: Change, handle: Handle) -> None:
        """A lost answer is looked for: ``ensure`` looks before it makes."""
        group = self._desired.get(change.key)
        keeper = (group.owner or group.admins[0]) if group is not None else change.owner
        try:
            await adapter.folders.ensure(change.path, handle, keeper)
        except OutcomeUnknown:
            await adapter.folders.ensure(change.path, handle, keeper)

    async def _try_a_card(self, adapter: ChatAdapter, change: Change, handle: Handle) -> str:
        """Whether we may still speak in a muted group, which the platform's pages do not say; else the mute goes.

        What announcements use is tried: a card where there are cards. An answer that was lost proves nothing.
        """
        key = derive(self._world().tenants[change.platform], change.id, "trial", str(handle.chat), 0)
        effect: SendCard | SendText = SendText(to=handle.chat, text=words.MUTED)
        if adapter.capabilities.cards:
            effect = SendCard(to=handle.chat, card=Card(title=words.MUTED_TITLE, body=(words.MUTED,)))
        try:
            await adapter.send(effect, key)
        except PlatformError as error:
            log.warning("no card arrived in a muted group", extra={"why": str(error)})
            stops_us = isinstance(error, (Forbidden, Rejected))
            if stops_us:
                await self._store.write(managed.set_mute, Mute.STOPS_US)
            await adapter.groups.change(handle, translate.group_change(_unmuted(change)))
            return STOPS_US if stops_us else UNTRIED
        await self._store.write(managed.set_mute, Mute.PROVEN)
        return PROVEN


def _unmuted(change: Change) -> Change:
    return Change(kind=ChangeKind.SET_SPEAK, platform=change.platform, key=change.key, speak=Speak.EVERYONE)


# ── Transactions ──────────────────────────────────────────────────────────────────────────────────


def _begin(
    conn: Connection, run: Run, changes: Sequence[Change], forced: str, alive_until: datetime
) -> Run | None:
    other = plans.begin(conn, run, changes, forced, alive_until)
    if other is None:
        details: dict[str, Scalar] = {"changes": len(changes), "run": run.id}
        if forced:
            details["forced"] = forced
        line = AuditEntry(at=run.started_at, who=run.by, act="apply", subject=run.plan, details=details)
        audit.append(conn, (line,))
    return other


def _mark(
    conn: Connection,
    run: str,
    seq: int,
    state: ChangeState,
    reason: str,
    now: datetime,
    alive_until: datetime,
) -> None:
    plans.mark(conn, run, seq, state, reason, now, alive_until)


def _spend(conn: Connection, change: Change, month: str) -> None:
    meter.add(conn, change.platform, month, CALLS, plans_of.calls(change))
