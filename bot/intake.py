"""收件 (intake): a payload is read for its class, persisted, and only then acknowledged."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace

from adapters.errors import Undecodable
from adapters.port import ChatAdapter, Raw, Reply, ToastTone
from bot import pipeline
from bot.card_trial import PREFIX as TRIAL_PREFIX
from bot.card_trial import CardTrial
from bot.clock import CivilClock
from bot.flood import Bucket, Room
from bot.store import inbox, marks, outbox
from bot.store.engine import Connection, Queue, Store
from bot.store.errors import StoreUnavailable
from bot.store.insist import insist
from bot.store.keys import derive
from bot.store.rows import InboxClass, InboxState, NewInbox, NewOutbox
from bot.world import World
from policies.effects import SendText, UpdateCard
from policies.model import AnyEvent, Platform, Posted, Pressed, Said, Unrecognised, Weight
from policies.questionnaire.form import SEALED_PREFIX
from policies.wording import ballot as ballot_words
from policies.wording import flood as flood_words
from policies.wording import pressed as words

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 1.2
"""A press is answered within this: DingTalk allows 2 s, Feishu 3 s, and the way there takes some of it."""
LARGEST_BODY = 1 << 20


class Intake:
    """Everything that reaches us passes here.

    Args:
        on_event: called when an event waits to be judged.
        on_written: called when something was decided here: there may be rows to deliver and timers to keep.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: CivilClock,
        world: Callable[[], World],
        on_event: Callable[[], None],
        on_written: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._world = world
        self._on_event = on_event
        self._on_written = on_written
        self._late: set[asyncio.Task[None]] = set()
        self.adapters: dict[Platform, ChatAdapter] = {}
        self.trial = CardTrial()
        self.on_sealed: Callable[[Pressed], Awaitable[Reply]] = _closed
        self.counted: Counter[str] = Counter()
        self._bucket = Bucket()
        self._unknown: set[str] = set()
        self._tenants: dict[Platform, str] = {}
        self._is_ending = False

    @property
    def is_idle(self) -> bool:
        return not self._late

    async def accept(self, raw: Raw) -> Reply:
        """Persist, then return; the answer is what the platform gets. Never raises for bad input."""
        if len(raw.body) > LARGEST_BODY:
            self.counted["too-large"] += 1
            return Reply()
        try:
            event = self.adapters[raw.platform].decode(raw)
        except Undecodable as error:
            return await self._keep_undecodable(raw, error)
        if not await self._is_ours(event):
            self.counted["foreign-tenant"] += 1
            return Reply()
        if isinstance(event, Pressed):
            return await self._press(raw, event)
        if isinstance(event, Posted) and str(event.message.chat) not in self._world().read_groups:
            self.counted["passing"] += 1
            return Reply()
        if (
            isinstance(event, Said)
            and (room := self._bucket.take(event.message.author, self._clock.now())) is not Room.YES
        ):
            return await self._too_much(raw, event, room)
        return await self._persist(raw, event)

    async def _too_much(self, raw: Raw, event: Said, room: Room) -> Reply:
        """Its id is kept, its words are not; the first time, and only then, the author is told."""
        self.counted["too-much"] += 1
        entry = replace(
            self._entry(raw, event),
            headers={},
            body="",
            klass=InboxClass.PASSING,
            state=InboxState.DONE,
            note="too much",
        )
        try:
            if room is Room.NO:
                await self._store.write_grouped(inbox.insert, entry)
                return Reply()
            log.warning("too much of one account", extra={"platform": raw.platform.value})
            await self._store.write(self._tell_too_much, entry, event, queue=Queue.ACKS)
        except StoreUnavailable:
            return Reply(ok=False)
        self._on_written()
        return Reply()

    def _tell_too_much(self, conn: Connection, entry: NewInbox, event: Said) -> None:
        if inbox.insert(conn, entry) is None:
            return
        author = event.message.author
        row = NewOutbox(
            key=derive(event.tenant, event.cause, "too-much", str(author), 0),
            effect=SendText(to=author, text=flood_words.TOO_MUCH),
            step="too-much",
            weight=Weight.ANSWER,
            recipients=(author,),
            cause=event.cause,
            created_at=self._clock.now(),
        )
        outbox.insert(conn, (row,))

    async def _is_ours(self, event: AnyEvent) -> bool:
        """DingTalk's company is configured; Feishu's tenant is the first that spoke to this app, and stays it."""
        if not event.tenant:
            return True
        platform = event.platform
        if platform not in self._tenants:
            try:
                self._tenants[platform] = await self._our_tenant(platform, event.tenant)
            except StoreUnavailable:
                return True
        return event.tenant == self._tenants[platform]

    async def _our_tenant(self, platform: Platform, spoken: str) -> str:
        if platform is Platform.DINGTALK:
            return self._world().tenants[platform]
        return await self._store.write(_pin_tenant, platform, spoken)

    async def _persist(self, raw: Raw, event: AnyEvent) -> Reply:
        entry = self._entry(raw, event)
        try:
            if isinstance(event, Posted):
                await self._store.write(self._passing, entry, event, queue=Queue.ACKS)
            else:
                fresh = await self._store.write_grouped(inbox.insert, entry)
                self.counted["accepted" if fresh is not None else "repeated"] += 1
        except StoreUnavailable:
            log.exception("not persisted, not acknowledged", extra={"platform": raw.platform.value})
            return Reply(ok=False)
        if isinstance(event, Unrecognised):
            self._note_unknown(event.type)
        elif isinstance(event, Posted):
            self._on_written()
        else:
            self._on_event()
        return Reply()

    def _note_unknown(self, kind: str) -> None:
        """Said once of each type; how often is counted."""
        self.counted["not-understood"] += 1
        if kind not in self._unknown:
            self._unknown.add(kind)
            log.info("events of this type are kept, not understood", extra={"type": kind})

    def _entry(self, raw: Raw, event: AnyEvent) -> NewInbox:
        is_a_press = (
            isinstance(event, Unrecognised) and raw.kind == "callback"
        )  # for another: not ours to keep
        full, now = not isinstance(event, Posted) and not is_a_press, self._clock.now()
        return NewInbox(
            platform=raw.platform,
            tenant=event.tenant,
            event_id=event.id,
            cause=event.cause,
            klass=InboxClass.FULL if full else InboxClass.PASSING,
            kind=raw.kind,
            headers=raw.headers if full else {},
            body=raw.body if full else "",
            received_at=now,
            state=InboxState.DONE if isinstance(event, Unrecognised | Posted) else InboxState.NEW,
            note=type(event).__name__.lower(),
            turn_at=self._bucket.turn_at(event.message.author, now) if isinstance(event, Said) else now,
        )

    def _passing(self, conn: Connection, entry: NewInbox, event: Posted) -> None:
        """Group text is judged here, in memory; what is written is its id and what was found."""
        if inbox.insert(conn, entry) is not None:
            now = self._clock.now()
            pipeline.write(conn, pipeline.judge(conn, event, self._world(), now), now)

    async def _keep_undecodable(self, raw: Raw, error: Undecodable) -> Reply:
        """Kept raw for someone to look at; of a press only its size, since it may hold an anonymous answer."""
        self.counted["undecodable"] += 1
        log.error(
            "undecodable payload", extra={"platform": raw.platform.value, "kind": raw.kind, "why": error.call}
        )
        is_press = raw.kind == "callback"
        of = f"{sorted(raw.headers.items())} {len(raw.body)}" if is_press else raw.body
        digest = derive(raw.platform.value, of, "undecodable", raw.kind, 0)
        entry = NewInbox(
            platform=raw.platform,
            tenant="",
            event_id=digest,
            cause=digest,
            klass=InboxClass.SEALED if is_press else InboxClass.FULL,
            kind=raw.kind,
            headers={} if is_press else raw.headers,
            body="" if is_press else raw.body,
            received_at=self._clock.now(),
            state=InboxState.DEAD,
            note=f"undecodable {error.call} {len(raw.body)} bytes",
        )
        try:
            await self._store.write_grouped(inbox.insert, entry)
        except StoreUnavailable:
            return Reply(ok=False)
        return Reply(toast=words.NOT_RECEIVED if is_press else "")

    # ── Presses ───────────────────────────────────────────────────────────────────────────────────

    async def _press(self, raw: Raw, event: Pressed) -> Reply:
        """Decided in the acknowledgement: one transaction of inbox row, decision and effects."""
        if event.action.startswith(SEALED_PREFIX):
            return await self._sealed(event)
        if event.action.startswith(TRIAL_PREFIX):
            return self.trial.hears(event)
        entry = self._entry(raw, event)
        work = asyncio.ensure_future(self._decided(entry, event))
        done, _ = await asyncio.wait({work}, timeout=ANSWER_WITHIN_S)
        if not done:
            late = asyncio.create_task(self._show_late(work, entry, event))
            self._late.add(late)
            late.add_done_callback(self._late.discard)
            return Reply(toast=words.TAKEN)
        try:
            reply = work.result()
        except StoreUnavailable:
            log.exception("press not persisted")
            return Reply(toast=words.NOT_RECEIVED, tone=ToastTone.ERROR)
        except Exception:
            log.exception("press failed", extra={"action": event.action})
            return Reply(toast=words.ON_MY_SIDE, tone=ToastTone.ERROR)
        self._on_written()
        return reply

    async def _sealed(self, event: Pressed) -> Reply:
        """Not written, not logged, not counted; ``bot/ballots`` takes it, within the same time as every press.

        Whether one that takes longer was kept can be told to nobody afterwards, so its toast promises nothing: who
        presses again is told 已经投过 if it was.
        """
        work = asyncio.ensure_future(self.on_sealed(event))
        done, _ = await asyncio.wait({work}, timeout=ANSWER_WITHIN_S)
        if done:
            return work.result()
        late = asyncio.create_task(_finish(work))
        self._late.add(late)
        late.add_done_callback(self._late.discard)
        return Reply(toast=ballot_words.SLOW, tone=ToastTone.WARNING)

    async def _decided(self, entry: NewInbox, event: Pressed) -> Reply:
        return await self._store.write_grouped(self._decide, (entry, event))

    def _decide(self, conn: Connection, pressed: tuple[NewInbox, Pressed]) -> Reply:
        entry, event = pressed
        identity = inbox.insert(conn, entry)
        if identity is None:
            return Reply(toast=words.USED)
        return pipeline.press(conn, identity, event, self._world(), self._clock.now())

    async def _show_late(self, work: asyncio.Future[Reply], entry: NewInbox, event: Pressed) -> None:
        """The answer came after the frame's time: the card is updated instead.

        The presser has been told 收到 and the platform will not say it again, so a decision that the store did not
        take is made again until it does; by the press's own id it is made once.
        """
        try:
            reply = await insist(_first(work, lambda: self._decided(entry, event)), lambda: self._is_ending)
        except StoreUnavailable:
            log.error("press lost, the store is away", extra={"action": event.action})
            return
        except Exception:
            log.exception("late press failed", extra={"action": event.action})
            return
        if reply.card is not None:
            await self._store.write(self._update, event, replace(reply), queue=Queue.DECISIONS)
        self._on_written()

    def _update(self, conn: Connection, event: Pressed, reply: Reply) -> None:
        if reply.card is None:
            return
        known = outbox.by_message(conn, event.platform, event.card)
        row = NewOutbox(
            key=derive(event.tenant, event.cause, "late", event.card, 0),
            effect=UpdateCard(
                platform=event.platform,
                key=known.entry.key if known else event.card,
                message_id=event.card,
                card=reply.card,
            ),
            step="card",
            recipients=(event.presser,),
            cause=event.cause,
            created_at=self._clock.now(),
        )
        outbox.insert(conn, (row,))

    async def drain(self) -> None:
        """At stop: presses still being decided end first."""
        self._is_ending = True
        if self._late:
            await asyncio.gather(*self._late, return_exceptions=True)


async def _closed(_: Pressed) -> Reply:
    return Reply(toast=words.EXPIRED, tone=ToastTone.WARNING)


def _first(work: Awaitable[Reply], then: Callable[[], Awaitable[Reply]]) -> Callable[[], Awaitable[Reply]]:
    """What is under way already, and only after it the same again."""
    under_way = [work]
    return lambda: under_way.pop() if under_way else then()


async def _finish(work: asyncio.Future[Reply]) -> None:
    await work


def _pin_tenant(conn: Connection, platform: Platform, tenant: str) -> str:
    key = f"tenant:{platform}"
    known = marks.get(conn, key)
    if known:
        return str(known)
    marks.put(conn, key, tenant)
    return tenant
