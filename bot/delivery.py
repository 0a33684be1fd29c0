"""投递 (delivery): due rows only, lane by lane, to the adapter and back with a receipt; it never judges."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from adapters.errors import (
    Forbidden,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    QuotaExhausted,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Undecodable,
)
from adapters.port import ChatAdapter, KeyUse, Lost, Probe, Receipt, Trace
from bot import landed, pipeline, quota, recalling
from bot.clock import CivilClock
from bot.store import bundles, meter, outbox
from bot.store.engine import Connection, Queue, Store
from bot.store.errors import StoreUnavailable
from bot.store.insist import insist
from bot.store.rows import OutboxRow
from bot.world import World
from policies.effects import Effect, Recall, SendCard, SendText, UpdateCard, target_of
from policies.model import Account, Platform, Weight

log = logging.getLogger(__name__)

SLOTS = 6
"""Sends in flight on one platform: a few serve every quota, and bound what a crash leaves open."""
GLANCE = 12
"""So many rows are read first: mostly they fill the free slots, and the others are not put together in vain."""
LOOK_AHEAD = 64
MOST_PAGES = 64
PAGES_BEHIND = 8
"""So many pages are looked past for somebody who does not stand behind others."""
CROWD = 8
"""So many addresses without room, and none with: what is full is the lane that all share."""
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 300.0
LOOKS_BACK = timedelta(days=1)
LATE_S = 20.0
"""What an overloaded platform took in may be carried out after we stopped waiting for it: not to be there counts
only when it is looked for so much later. A guess, twice as long as a request may take."""
PARKED_S = 60.0
"""How long a lane rests when an admin must act first (a permission, a secret, an empty pot)."""
MOST_FAULTS = 3
"""So often a send may end by a fault of ours before a human is asked."""
FAULT = "fault"
"""The kind of an unknown outcome after faults of ours."""
UPDATE_TRIES = 6
"""A card's new face is worth a few tries; then the old face stays."""


class Delivery:
    """One platform's sending. Runs as one task; its sends are tasks it owns and awaits at stop.

    What became of a send is known here alone, so a mark is insisted on while the store is away: its row would stand
    as attempted for as long as this lease lasts, with nobody to look after it.

    Args:
        world: asked at every use, since it is replaced when the directory changes.
        epoch: of the sending lease; every mark carries it, so a former owner's marks are refused.
        may_begin: whether the lease lasts long enough for one more send.
    """

    def __init__(
        self,
        *,
        store: Store,
        adapter: ChatAdapter,
        clock: CivilClock,
        world: Callable[[], World],
        owner: str,
        epoch: int,
        may_begin: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._may_begin = may_begin
        self.is_waiting_for_the_lease = False
        self._adapter = adapter
        self._clock = clock
        self._world = world
        self._owner = owner
        self.epoch = self._epoch = epoch
        self._woken = asyncio.Event()
        self._in_flight: dict[asyncio.Task[None], OutboxRow] = {}
        self._pausing: dict[int, tuple[OutboxRow, datetime]] = {}
        self._began_s: dict[int, float] = {}
        self._faults: Counter[int] = Counter()
        self._is_looking = True
        self._stopping = False
        self.on_change: Callable[[], None] = lambda: None
        self.on_told: Callable[[pipeline.Told], None] = lambda _: None
        """A mark gave these platforms something to send: a Feishu author's card, an admin's alarm."""

        self.on_lost: Callable[[], None] = lambda: None
        """Something was lost or given up, and a timer may wait to tell of it."""

    @property
    def is_idle(self) -> bool:
        """Nothing in flight and nothing due that a lane would take now."""
        return not self._in_flight and not self._is_looking

    def wake(self) -> None:
        """Something became due, or the clock moved."""
        self._is_looking = True
        self._woken.set()
        self.on_change()

    async def run(self) -> None:
        """Until cancelled; then waits for what is in flight."""
        try:
            await self._recover()
            while not self._stopping:
                self._woken.clear()
                self._is_looking = True
                due_at, lane_at = await self._start_what_is_ready()
                await self._rest(due_at, lane_at)
        finally:
            await self._drain()

    async def stop(self) -> None:
        """Take nothing new; the running task ends when what is in flight has been marked."""
        self._stopping = True
        self._woken.set()

    async def _drain(self) -> None:
        if self._in_flight:
            await asyncio.gather(*self._in_flight, return_exceptions=True)

    async def _sleep(self, moment: datetime, *, lane: bool) -> None:
        """Busy from the very step in which it wakes, or the clock that is followed might walk on."""
        await self._clock.sleep_until(moment, lane=lane)
        self._is_looking = True

    async def _rest(self, due_at: datetime | None, lane_at: datetime | None) -> None:
        """Until something stirs, a row comes due, or a lane has room again.

        It says that it rests only when the clock knows what for, or a clock that is followed would walk past it.
        """
        waits: set[asyncio.Future[Any]] = {asyncio.ensure_future(self._woken.wait())}
        if due_at is not None:
            waits.add(asyncio.ensure_future(self._sleep(due_at, lane=False)))
        if lane_at is not None:
            waits.add(asyncio.ensure_future(self._sleep(lane_at, lane=True)))
        try:
            await asyncio.wait(waits, timeout=0)
            self._is_looking = any(wait.done() for wait in waits) or self._woken.is_set()
            self.on_change()
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _start_what_is_ready(self) -> tuple[datetime | None, datetime | None]:
        """Claim and start every due row whose lanes have room; returns when a row and when a lane is ready next.

        The claim and the attempt are one commit, made before the request is written.
        """
        self.is_waiting_for_the_lease = not self._may_begin()
        if self.is_waiting_for_the_lease or len(self._in_flight) >= SLOTS:
            return None, None
        now = self._clock.now()
        platform = self._adapter.platform
        page, next_due = await self._store.read(_look, platform, now)
        under_way = {row.id for row in self._in_flight.values()}
        rested = [row for row, moment in self._pausing.values() if moment <= now and row.id not in under_way]
        waiting = (*self._in_flight.values(), *(row for row, _ in self._pausing.values()))
        lanes, most = _Lanes(busy={_in_order(row) for row in waiting}), GLANCE
        await self._start_of_page(_with(rested, page), now, lanes)
        for number in range(MOST_PAGES):
            if len(self._in_flight) >= SLOTS:
                return None, None
            if len(page) < most or (most > GLANCE and not lanes.may_be_beyond(page[-1], number)):
                break
            page, most = await self._store.read(_next_page, platform, now, page[-1]), LOOK_AHEAD
            await self._start_of_page(page, now, lanes)
        # A row that was taken back while it pauses comes due no more, but somebody may stand behind it.
        moments = [next_due, *(moment for _, moment in self._pausing.values() if moment > now)]
        due_at = min((moment for moment in moments if moment is not None), default=None)
        return due_at, min(lanes.full.values(), default=None)

    async def _start_of_page(self, page: Sequence[OutboxRow], now: datetime, lanes: _Lanes) -> None:
        while wanted := self._startable(page, lanes):
            claims = (self._store.write_grouped(_attempt, self._claim(row, now)) for row in wanted)
            for row, claimed in zip(wanted, await asyncio.gather(*claims), strict=True):
                lanes.asked.add(row.id)
                if claimed is not None:
                    lanes.busy.add(_in_order(row))
                    self._start(claimed)
                elif row.id in self._pausing:
                    self._forget(row.id)
                elif row.entry.step == bundles.CARRIER:
                    self._woken.set()  # what it carried may leave by itself now

    def _startable(self, page: Sequence[OutboxRow], lanes: _Lanes) -> list[OutboxRow]:
        """As many as there are free slots, one for each address that is not busy and has room."""
        found: dict[str, OutboxRow] = {}
        for row in page:
            if len(self._in_flight) + len(found) >= SLOTS:
                break
            target = _in_order(row)
            if row.id in lanes.asked or target in lanes.full or target in found:
                continue
            if target in lanes.busy and row.id not in self._pausing:
                continue
            ready = self._adapter.ready_at(row.entry.effect, sparing=row.entry.weight >= Weight.NORMAL)
            if ready > self._clock.now():  # which has gone on since we looked
                lanes.full[target] = ready
                continue
            found[target] = row
        lanes.had_room = lanes.had_room or bool(found)
        return list(found.values())

    def _forget(self, gone: int) -> None:
        """A row that paused and was cancelled or put off meanwhile holds nobody up any more."""
        del self._pausing[gone]
        self._began_s.pop(gone, None)
        self._woken.set()  # whoever stands behind it has been passed over just now

    def _claim(self, row: OutboxRow, now: datetime) -> _Claim:
        effect = row.entry.effect
        pots = Counter(budget.pot for budget in self._adapter.budgets(effect) if budget.pot)
        month = now.astimezone(ZoneInfo(self._world().zone)).strftime("%Y-%m")
        return _Claim(
            row.id, self._owner, self._epoch, now, self._adapter.platform, month, tuple(pots.items())
        )

    def _start(self, row: OutboxRow) -> None:
        self._pausing.pop(row.id, None)
        if not row.may_have_left:
            self._began_s[row.id] = self._clock.tick_s()
        task = asyncio.create_task(self._carry(row), name=f"send {row.entry.step} {row.id}")
        self._in_flight[task] = row
        task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._in_flight.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("send task failed", exc_info=error)
        self.wake()

    # ── One row ───────────────────────────────────────────────────────────────────────────────────

    async def _carry(self, row: OutboxRow) -> None:
        try:
            await self._to_an_end(row, self._hand_over(row))
        finally:
            if row.id not in self._pausing:
                self._began_s.pop(row.id, None)
                self._faults.pop(row.id, None)

    async def _to_an_end(self, row: OutboxRow, work: Awaitable[None]) -> None:
        """Whatever happens: a row without an end would stand as attempted until the next start.

        A store that is away is no fault; who wrote what must not be lost has insisted.
        """
        try:
            await work
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("fault in a send", extra={"row": row.id, "step": row.entry.step})
            await self._after_a_fault(row, OutcomeUnknown(f"{type(error).__name__} in our own code"))

    async def _after_a_fault(self, row: OutboxRow, error: OutcomeUnknown) -> None:
        """Something may have left, so it is treated like a lost answer; a fault that stays is told of instead."""
        self._faults[row.id] += 1
        for end in (self._lost_by_a_fault, self._told_of_a_fault, self._marked_after_a_fault):
            try:
                if await end(row, error):
                    return
            except Exception:
                log.exception("fault in a mark", extra={"row": row.id, "step": row.entry.step})

    async def _lost_by_a_fault(self, row: OutboxRow, error: OutcomeUnknown) -> bool:
        if self._faults[row.id] >= MOST_FAULTS:
            return False
        await self._lost(row, error)
        return True

    async def _told_of_a_fault(self, row: OutboxRow, error: OutcomeUnknown) -> bool:
        await self._unknown(row, FAULT, error)
        return True

    async def _marked_after_a_fault(self, row: OutboxRow, error: OutcomeUnknown) -> bool:
        """Nothing that follows from it can be written: at least it is seen in the list of what is open."""
        await insist(
            lambda: self._store.write(
                outbox.unknown, row.id, self._epoch, FAULT, str(error), queue=Queue.DECISIONS
            )
        )
        return True

    async def _hand_over(self, row: OutboxRow) -> None:
        if row.may_have_left and not self._may_repeat(row):
            await self._lost(row, OutcomeUnknown("an earlier answer was lost"))
            return
        try:
            effect = await self._complete(row.entry.effect)
            if not self._may_begin():
                log.warning("lease too short for a send", extra={"row": row.id, "epoch": self._epoch})
                await self._again(row, Unavailable("the lease is nearly over"), FIRST_PAUSE_S)
                return
            if isinstance(effect, Recall):
                taken = await self._take_back(effect)
                receipt = Receipt(message_id=effect.message_id)
            else:
                taken = None
                receipt = await self._adapter.send(effect, row.entry.key)
        except PlatformError as error:
            await self._failed(row, error)
        except StoreUnavailable as error:  # what is asked of the store is asked before anything leaves
            await self._failed(row, Unavailable(str(error)))
        else:
            await self._sent(row, receipt, taken)

    async def _take_back(self, effect: Recall) -> dict[str, Any]:
        """Ask who had read it, then take it back; what became of it goes into the receipt.

        Raises:
            PlatformError: ``Rejected`` when neither the message nor its words could be removed.
        """
        known = await self._store.read(outbox.by_key, effect.key)
        if known is None:
            return {"gone": True, "read": None}
        receipt = Receipt(message_id=effect.message_id)
        read: list[str] | None = None
        try:
            seen = await self._adapter.read_by(known.entry.effect, receipt)
            read = [str(account) for account in seen.readers] if seen.is_complete else None
        except PlatformError as error:
            log.info("readers unknown", extra={"row": known.id, "kind": type(error).__name__})
        face = await self._store.read(recalling.face, effect.key)
        if face is not None:
            update = UpdateCard(
                platform=effect.platform, key=effect.key, message_id=effect.message_id, card=face
            )
            await self._adapter.send(update, effect.key)
            return {"gone": False, "read": read}
        done = await self._adapter.recall(known.entry.effect, effect.key, receipt)
        if not done.gone and not done.replaced:
            raise Rejected(done.reason or "not recalled", call="recall")
        return {"gone": done.gone, "read": read}

    async def _complete(self, effect: Effect) -> Effect:
        """An update or recall names our key; the platform's message id is in the receipt of that row."""
        if isinstance(effect, UpdateCard | Recall) and not effect.message_id:
            known = await self._store.read(outbox.by_key, effect.key)
            message_id = str(known.receipt.get("message_id", "")) if known else ""
            return replace(effect, message_id=message_id)
        return effect

    async def _sent(self, row: OutboxRow, receipt: Receipt, taken: dict[str, Any] | None = None) -> None:
        now = self._clock.now()
        proof = _Proof(row, self._epoch, receipt, self._world(), now, taken)
        told = await insist(lambda: self._store.write_grouped(_mark_sent, proof, queue=Queue.DECISIONS))
        if told is None:
            log.warning("mark refused", extra={"row": row.id, "epoch": self._epoch})
            return
        self.on_told(told | await self._watch_quota())
        log.info("delivered", extra={"row": row.id, "step": row.entry.step, "attempt": row.attempts})

    async def _watch_quota(self) -> pipeline.Told:
        """Only where the month is counted out."""
        if (self._adapter.platform, quota.CALLS) not in self._world().pots:
            return frozenset()
        return await self._store.write(
            quota.watch, self._adapter.platform, self._world(), self._clock.now(), queue=Queue.CHORES
        )

    async def _failed(self, row: OutboxRow, error: PlatformError) -> None:
        log.warning(
            "send failed",
            extra={
                "row": row.id,
                "kind": type(error).__name__,
                "code": error.code,
                "request": error.request_id,
            },
        )
        match error:
            case RateLimited():
                await self._again(row, error, max(error.retry_after_s, 0.05))
            case OutcomeUnknown():
                await self._lost(row, error)
            case Unavailable():
                await self._again(row, error, _pause_s(row.attempts))
            case QuotaExhausted():
                await self._again(row, error, PARKED_S)
                told = await self._store.write(
                    quota.used_up, row, self._world(), self._clock.now(), queue=Queue.DECISIONS
                )
                self.on_told(told)
            case Unauthorized() | Forbidden():
                await self._again(row, error, PARKED_S)
            case NotFound() | Rejected() | Undecodable():
                await self._give_up(row, error)
            case _:
                await self._give_up(row, error)

    async def _lost(self, row: OutboxRow, error: PlatformError) -> None:
        """No answer came: what helps depends on the channel."""
        if self._may_repeat(row):
            await self._again(row, error, _pause_s(row.attempts))
            return
        if self._adapter.key_use(row.entry.effect) is KeyUse.NONE:
            await self._unknown(row, "no-answer", error)
            return
        await self._probe(row, error)

    def _may_repeat(self, row: OutboxRow) -> bool:
        """Whether the platform knows the key by itself, and not so long after the first attempt that it has forgotten."""
        is_known = self._adapter.key_use(row.entry.effect) is KeyUse.SAME_KEY_AGAIN
        return is_known and self._age_s(row) <= self._adapter.capabilities.retry_window_s

    def _age_s(self, row: OutboxRow) -> float:
        """How long ago its first attempt was, rather too long than too short: the platform forgets its key.

        The machine's seconds know of no setting of the clock, but stand while it sleeps and end with the process;
        civil time may have been put back, and then what it has shown before counts, or nobody knows.
        """
        now, since = self._clock.now(), row.first_attempt_at
        if since is None:
            return 0.0
        began_s = self._began_s.get(row.id)
        if began_s is not None:
            return max(self._clock.tick_s() - began_s, (now - since).total_seconds())
        return (self._clock.latest() - since).total_seconds() if since <= now else math.inf

    async def _probe(self, row: OutboxRow, error: PlatformError) -> None:
        try:
            found = await self._look_for(row)
        except StoreUnavailable:
            await self._again(row, error, _pause_s(row.attempts))
            return
        except PlatformError as probe_error:
            if probe_error.retryable or isinstance(probe_error, OutcomeUnknown):
                await self._again(row, error, max(_pause_s(row.attempts), LATE_S))
                return
            await self._unknown(row, "no-answer", error)
            return
        match found.trace:
            case Trace.ABSENT if not row.may_have_left:
                await self._again(row, error, LATE_S)
            case Trace.ABSENT:
                await self._afresh(row, error)
            case Trace.ARRIVED:
                await self._sent(row, found.receipt or Receipt())
            case Trace.CREATED:
                await self._unknown(row, "created", error)
            case Trace.UNKNOWN:
                await self._unknown(row, "no-answer", error)

    async def _look_for(self, row: OutboxRow) -> Probe:
        """What is found and has a row of its own is another notice with the same words: it is looked past."""
        now = self._clock.now()
        since, until = row.first_attempt_at or now, row.attempted_at or now
        if since > now or until < since:  # the clock was put back: nobody knows when that was
            since, until = now - LOOKS_BACK, now
        lost = Lost(since=since, until=until, chat_id=await self._store.read(_direct_chat, row))
        while True:
            found = await self._adapter.probe(row.entry.effect, row.entry.key, lost)
            message_id = found.receipt.message_id if found.receipt is not None else ""
            known = await self._store.read(outbox.by_message, self._adapter.platform, message_id)
            if known is None or known.id == row.id or message_id in lost.others:
                return found
            lost = replace(lost, others=lost.others | {message_id})

    async def _again(self, row: OutboxRow, error: PlatformError, pause_s: float) -> None:
        await self._later(row, error, pause_s, landed.mark_again, isinstance(error, OutcomeUnknown))

    async def _afresh(self, row: OutboxRow, error: PlatformError) -> None:
        await self._later(row, error, _pause_s(row.attempts), landed.mark_absent)

    async def _later(
        self, row: OutboxRow, error: PlatformError, pause_s: float, mark: Callable[..., bool], *more: bool
    ) -> None:
        if row.entry.step in _CHORES and row.attempts >= UPDATE_TRIES:
            await self._give_up(row, error)
            return
        moment = self._clock.now() + timedelta(seconds=pause_s)
        self._pausing[row.id] = (row, moment)
        about = (row, self._epoch, moment, type(error).__name__, error.code, *more)
        await insist(lambda: self._store.write(mark, *about, queue=Queue.DECISIONS))

    async def _unknown(self, row: OutboxRow, kind: str, error: PlatformError) -> None:
        world, now = self._world(), self._clock.now()
        told = await insist(
            lambda: self._store.write(
                landed.mark_unknown,
                row,
                self._epoch,
                kind,
                str(error),
                world,
                now,
                queue=Queue.DECISIONS,
            )
        )
        self.on_told(told or frozenset())
        self.on_lost()

    async def _give_up(self, row: OutboxRow, error: PlatformError) -> None:
        world, now = self._world(), self._clock.now()
        told = await insist(
            lambda: self._store.write(
                landed.mark_dead,
                row,
                self._epoch,
                type(error).__name__,
                str(error),
                world,
                now,
                queue=Queue.DECISIONS,
            )
        )
        self.on_told(told or frozenset())
        self.on_lost()

    # ── After a crash ─────────────────────────────────────────────────────────────────────────────

    async def _recover(self) -> None:
        """What an earlier life was sending: something may have left, so each is treated as a lost answer; and what it
        was to send again keeps its place."""
        for row in await self._store.read(outbox.pausing, self._adapter.platform):
            self._pausing[row.id] = (row, row.ready_at or self._clock.now())
        rows = await self._store.write(
            outbox.adopt_orphans, self._adapter.platform, self._owner, self._epoch, queue=Queue.DECISIONS
        )
        for row in rows:
            log.warning("found an attempt without an end", extra={"row": row.id, "step": row.entry.step})
            lost = OutcomeUnknown("the program ended before an answer was written")
            await self._to_an_end(row, self._lost(row, lost))


_CHORES = frozenset({"face", "fade", "card"})


class _Proof(NamedTuple):
    row: OutboxRow
    epoch: int
    receipt: Receipt
    world: World
    now: datetime
    taken: dict[str, Any] | None


def _mark_sent(conn: Connection, proof: _Proof) -> pipeline.Told | None:
    return landed.mark_sent(conn, *proof)


class _Claim(NamedTuple):
    id: int
    owner: str
    epoch: int
    now: datetime
    platform: Platform
    month: str
    pots: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class _Lanes:
    """What one look has found of addresses.

    Attributes:
        busy: something is on its way to them.
        full: their lane has no room before that moment.
        asked: rows whose claim was answered.
    """

    busy: set[str]
    full: dict[str, datetime] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)
    had_room: bool = False

    def may_be_beyond(self, last: OutboxRow, pages: int) -> bool:
        """Whether something after this row may have room: all until here, some pages, stand behind what is on its
        way or pauses, or they are answers and not all lanes are full."""
        if not self.had_room and not self.full and pages < PAGES_BEHIND:
            return True
        return last.entry.weight is Weight.ANSWER and (self.had_room or len(self.full) < CROWD)


def _with(rested: Sequence[OutboxRow], page: Sequence[OutboxRow]) -> list[OutboxRow]:
    """What is due, and in its old place what has rested: it comes due later than what stands behind it at the same
    address, be that ever so much, and nothing there leaves before it."""
    rows = {row.id: row for row in (*page, *rested)}.values()
    return sorted(rows, key=lambda row: (row.entry.weight, row.ready_at or row.entry.created_at, row.id))


def _look(
    conn: Connection, platform: Platform, now: datetime
) -> tuple[tuple[OutboxRow, ...], datetime | None]:
    """What is due, and the next moment at which more will be."""
    return outbox.due(conn, platform, now, GLANCE), outbox.next_due_after(conn, platform, now)


def _next_page(
    conn: Connection, platform: Platform, now: datetime, after: OutboxRow
) -> tuple[OutboxRow, ...]:
    """Answers are looked through while some address may have room: many to one person wait for that person's
    lane, and must not stand before everybody else's."""
    return outbox.due(conn, platform, now, LOOK_AHEAD, after=after)


def _attempt(conn: Connection, claim: _Claim) -> OutboxRow | None:
    """The claim, and what it costs of the month's pots: charged before it leaves, as the platform charges."""
    rows = outbox.attempt(conn, (claim.id,), claim.owner, claim.epoch, claim.now)
    if not rows:
        return None
    loaded = landed.load(conn, rows[0], claim.now)
    if loaded is None:
        return None
    for pot, units in claim.pots:
        meter.add(conn, claim.platform, claim.month, pot, units)
    return loaded


def _direct_chat(conn: Connection, row: OutboxRow) -> str:
    match row.entry.effect:
        case SendText(to=Account() as one) | SendCard(to=Account() as one):
            return outbox.direct_chat(conn, one)
        case _:
            return ""


def _in_order(row: OutboxRow) -> str:
    """What must not overtake: two notices to one address, two answers to one person, two faces of one card."""
    effect = row.entry.effect
    if isinstance(effect, UpdateCard | Recall):
        return f"key:{effect.key}"
    is_notice = row.entry.announcement or row.entry.step == bundles.CARRIER
    kind = "notice" if is_notice else "word"
    return f"{kind}:{target_of(effect)}"


def _pause_s(attempts: int) -> float:
    """Growing pauses; the spread between rows comes from their lanes."""
    return float(min(FIRST_PAUSE_S * 2 ** min(max(attempts - 1, 0), 10), LONGEST_PAUSE_S))
