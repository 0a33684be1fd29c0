"""一次排练 (seed): the whole pilot on a clock that is turned, the core with a door that takes everything.

Every turn, rule, timer and receipt is the living bot's own; only the way to the platforms is not: what would be sent
arrives at once and costs what it would cost. One seed gives the same two weeks every time.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from adapters.port import ReadState, Receipt
from bot import figures, landed, looks, pipeline
from bot.clock import ManualClock
from bot.config.load import Loaded
from bot.facts import Scene
from bot.polls import planning
from bot.rehearse import company, people
from bot.store import announcements, attempts, leases, pilots, receipts, timers
from bot.store.engine import Connection, Store
from bot.store.pilots import Consent, PilotRow
from bot.store.rows import Action, OutboxRow, ReceiptEntry, ReceiptKind
from bot.turns import pilot as pilot_turns
from bot.turns import received
from bot.turns.outcome import Outcome
from bot.wiring import WorldKeeper, make_adapters
from policies import remedy
from policies.calendar import WorkCalendar
from policies.effects import SendBatch, SendCard, SendText, platform_of
from policies.model import (
    Account,
    Chat,
    Message,
    Person,
    PersonId,
    Platform,
    Pressed,
    Said,
    Urgency,
    Weight,
)
from policies.pilot import Plan, State
from policies.rehearsal import Asked, Lived, to_json
from policies.wording import notice
from policies.wording import rehearsal as words

LEASE_S = 400 * 86_400.0
FOREVER_LATE = 400
"""Steps that may be taken at one and the same moment; more is a loop."""
PUSHED = Platform.DINGTALK
"""Where every message and press that reaches us is charged too."""

Act = Callable[[Connection], None]


def live(
    loaded: Loaded,
    whose: Mapping[str, Any],
    seed: int,
    days: int,
    on_day: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """One seed, in this process, as plain values.

    Args:
        on_day: called with how many of its days are over, each time one is.
    """
    return to_json(asyncio.run(_Rehearsal(loaded, whose, seed, days, on_day).run()))


@dataclass
class _Counted:
    """What happened so far."""

    per_person: dict[date, Counter[PersonId]] = field(default_factory=lambda: defaultdict(Counter))
    nights: int = 0
    urgent_nights: int = 0
    longest: tuple[datetime, datetime] | None = None
    said: int = 0
    held: int = 0
    asked: list[Asked] = field(default_factory=list)
    used: Counter[tuple[str, str]] = field(default_factory=Counter)
    spent: dict[str, dict[date, int]] = field(default_factory=lambda: defaultdict(dict))


class _Rehearsal:
    def __init__(
        self,
        loaded: Loaded,
        whose: Mapping[str, Any],
        seed: int,
        days: int,
        on_day: Callable[[int], None],
    ) -> None:
        self._loaded, self._seed, self._on_day = loaded, seed, on_day
        self._rng = random.Random(f"rehearsal {seed}")  # noqa: S311 - it must be the same every time
        directory, chats = company.from_json(whose)
        clock = ManualClock(datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")))
        self._adapters = make_adapters(loaded, clock, random.Random(seed))  # noqa: S311 - jitter only
        keeper = WorldKeeper(loaded, self._adapters)
        keeper.renew(directory, chats)
        self._world = keeper.current()
        if self._world.pilot is None:
            raise ValueError("there is no pilot to rehearse")
        self._plan: Plan = self._world.pilot
        self._zone = ZoneInfo(self._world.zone)
        self._days = [self._plan.starts + timedelta(days=n) for n in range(days)]
        self._clock = clock
        self._now = self._start = datetime.combine(self._days[0], time(), tzinfo=self._zone)
        self._end = self._start + timedelta(days=days)
        self._store = Store("sqlite://", clock, inline=True)
        self._acts: list[tuple[datetime, int, Act]] = []
        self._order = itertools.count()
        self._epochs: dict[Platform, int] = {}
        self._diligence = {one: people.diligence(self._rng) for one in sorted(self._plan.people)}
        self._willing = {one: people.willingness(self._rng) for one in sorted(self._plan.people)}
        self._read: dict[str, set[Account]] = defaultdict(set)
        self._counted = _Counted()
        self._stirred = True
        self._waiting: list[datetime] = []
        self._pots = {f"{platform} {pot}": limit for (platform, pot), limit in self._world.pots.items()}

    async def run(self) -> Lived:
        await self._store.open()
        try:
            self._clock.set(self._now)
            await self._store.write(self._begin)
            over = 0
            while True:
                moment = await self._store.read(self._next)
                if moment is None or moment >= self._end:
                    break
                self._now = max(self._now, moment)
                self._clock.set(self._now)
                if (today := (self._now - self._start).days) > over:
                    over = today
                    self._on_day(over)
                await self._store.write(self._step)
            self._now = self._end
            self._on_day(len(self._days))
            return await self._store.read(self._lived)
        finally:
            await self._store.close()

    # ── The clock ─────────────────────────────────────────────────────────────────────────────────

    def _next(self, conn: Connection) -> datetime | None:
        """What the store waits for is looked up only after something was written that could change it."""
        if self._stirred:
            waits = [attempts.next_due_at(conn, platform, self._now) for platform in self._adapters]
            self._waiting = [one for one in (timers.next_at(conn), *waits) if one is not None]
            self._stirred = False
        return min([*self._waiting, *(one[0] for one in self._acts[:1])], default=None)

    def _step(self, conn: Connection) -> None:
        """Everything of this moment."""
        self._stirred = any(moment <= self._now for moment in self._waiting)
        for timer in timers.due(conn, self._now) if self._stirred else ():
            pipeline.fire(conn, timer, self._world, self._now, "")
        while self._acts and self._acts[0][0] <= self._now:
            heapq.heappop(self._acts)[2](conn)
        if self._stirred:
            for platform in self._adapters:
                self._deliver(conn, platform)
            self._look(conn)

    def _later(self, moment: datetime, act: Act) -> None:
        if moment < self._end:
            heapq.heappush(self._acts, (moment, next(self._order), act))

    # ── The pilot and what is said in it ──────────────────────────────────────────────────────────

    def _begin(self, conn: Connection) -> None:
        for platform in self._adapters:
            epoch = leases.acquire_lease(conn, platform, "rehearsal", LEASE_S, self._now)
            self._epochs[platform] = epoch or 1
        plan = self._plan
        row = PilotRow(
            id=plan.id,
            state=State.ASKING,
            starts=plan.starts,
            ends=self._days[-1],
            departments=tuple(one.name for one in plan.departments),
            asked_at=self._now,
        )
        for one in plan.departments:
            head = one.head or PersonId("")
            said = Consent(pilot=plan.id, department=one.name, head=head, said="yes", asked_at=self._now)
            pilots.put_consent(conn, said)
        scene = Scene(world=self._world, now=self._now)
        pipeline.write(conn, pilot_turns.begin(scene, row, "rehearsal"), self._now)
        for saying in people.sayings(plan, self._world, self._days, self._rng):
            self._later(saying.at, partial(self._say, saying))
        self._ask()

    def _say(self, saying: people.Saying, conn: Connection) -> None:
        author = self._world.directory.person(saying.author)
        if author is None:
            return
        self._counted.said += 1
        outcome = self._spoken(conn, author, saying.text)
        if saying.wants_urgent and (urgent := _offered(outcome, "urgent")) is not None:
            self._pressed(conn, author, urgent.id)
            outcome = self._spoken(conn, author, words.REASON)
        confirm = _offered(outcome, "confirm")
        if confirm is None:
            fix = _offered(outcome, "fix")
            confirm = _offered(self._pressed(conn, author, fix.id), "confirm") if fix is not None else None
        if confirm is not None:
            wait = timedelta(seconds=self._rng.randint(15, 90))
            self._later(self._now + wait, partial(self._confirm, author, confirm.id))

    def _confirm(self, author: Person, action: str, conn: Connection) -> None:
        self._pressed(conn, author, action)

    def _spoken(self, conn: Connection, person: Person, text: str) -> Outcome:
        account = person.accounts[0]
        nth = next(self._order)
        message = Message(
            id=f"said-{nth}",
            chat=Chat(account.platform, f"direct-{account.id}"),
            author=account,
            text=text,
            sent_at=self._now,
        )
        event = Said(
            id=message.id,
            cause=message.id,
            platform=account.platform,
            tenant=self._world.tenants[account.platform],
            occurred_at=self._now,
            message=message,
        )
        self._charge_push(account.platform)
        outcome = pipeline.judge(conn, event, self._world, self._now)
        pipeline.write(conn, outcome, self._now)
        self._stirred = self._stirred or bool(outcome.outbox or outcome.timers or outcome.changes)
        return outcome

    def _pressed(self, conn: Connection, person: Person, action: str) -> Outcome:
        account = person.accounts[0]
        name = f"pressed-{next(self._order)}"
        event = Pressed(
            id=name,
            cause=name,
            platform=account.platform,
            tenant=self._world.tenants[account.platform],
            occurred_at=self._now,
            presser=account,
            action=action,
            card="",
        )
        self._charge_push(account.platform)
        outcome = pipeline.judge(conn, event, self._world, self._now)
        pipeline.write(conn, outcome, self._now)
        self._stirred = self._stirred or bool(outcome.outbox or outcome.timers or outcome.changes)
        return outcome

    # ── What arrives ──────────────────────────────────────────────────────────────────────────────

    def _deliver(self, conn: Connection, platform: Platform) -> None:
        epoch = self._epochs[platform]
        for _ in range(FOREVER_LATE):
            due = attempts.due(conn, platform, self._now, 200)
            if not due:
                return
            claimed = attempts.attempt(conn, [one.id for one in due], "rehearsal", epoch, self._now)
            last = {row.entry.announcement: row.id for row in claimed}
            for row in claimed:
                self._mark(conn, row, epoch, is_last=last[row.entry.announcement] == row.id)
                for budget in self._adapters[platform].budgets(row.entry.effect):
                    if budget.pot:
                        self._charge(platform, budget.pot, budget.units)
                self._arrived(conn, row)
        raise RuntimeError("what is sent makes something to send without end")

    def _mark(self, conn: Connection, row: OutboxRow, epoch: int, *, is_last: bool) -> None:
        """Of many copies that arrive in one moment only the last one's mark has anything to tell."""
        receipt = Receipt(message_id=f"message-{row.id}")
        if is_last or row.entry.step != remedy.STEP:
            landed.mark_sent(conn, row, epoch, receipt, self._world, self._now)
        else:
            proof = {"message_id": receipt.message_id, "chat_id": "", "refused": {}, "again": []}
            attempts.sent(conn, row.id, epoch, proof, self._now)

    def _arrived(self, conn: Connection, row: OutboxRow) -> None:
        if not isinstance(row.entry.effect, SendText | SendCard | SendBatch):
            return
        if row.entry.weight is Weight.ANSWER:
            return
        about = announcements.get(conn, row.entry.announcement) if row.entry.announcement else None
        is_urgent = about is not None and about.announcement.urgency is Urgency.URGENT
        if about is not None and about.confirmed_at is not None and not is_urgent:
            pair = (about.confirmed_at, self._now)
            longest = self._counted.longest
            self._counted.held += pair[1] - pair[0] > timedelta(minutes=15)
            if longest is None or pair[1] - pair[0] > longest[1] - longest[0]:
                self._counted.longest = pair
        for account in row.entry.recipients:
            person = self._world.directory.by_account(account)
            if person is not None and person.id in self._plan.people:
                self._reaches(person, is_urgent=is_urgent)
                if about is not None:
                    self._will_read(row, account, person, is_important=about.announcement.is_important)

    def _reaches(self, person: Person, *, is_urgent: bool) -> None:
        self._counted.per_person[self._now.astimezone(self._zone).date()][person.id] += 1
        if not self._hours_of(person).is_open(self._now):
            if is_urgent:
                self._counted.urgent_nights += 1
            else:
                self._counted.nights += 1

    def _hours_of(self, person: Person) -> WorkCalendar:
        return self._world.calendars.of(self._world.teams.get(person.id, ""))

    def _will_read(self, row: OutboxRow, account: Account, person: Person, *, is_important: bool) -> None:
        moment = people.read_at(self._now, self._hours_of(person), self._diligence[person.id], self._rng)
        if moment is None:
            return
        about = row.entry.announcement
        presses = is_important and self._rng.random() < people.PRESSES_RECEIVED
        self._later(moment, partial(self._reads, row, account, person, about if presses else ""))

    def _reads(self, row: OutboxRow, account: Account, person: Person, about: str, conn: Connection) -> None:
        self._read[row.entry.key].add(account)
        is_direct = isinstance(row.entry.effect, SendText | SendCard) and isinstance(
            row.entry.effect.to, Account
        )
        if account.platform is Platform.FEISHU and is_direct:
            receipts.put(
                conn,
                [
                    ReceiptEntry(
                        announcement=row.entry.announcement,
                        person=person.id,
                        kind=ReceiptKind.READ,
                        account=account,
                        at=self._now,
                    )
                ],
            )
        announcement = announcements.get(conn, about) if about else None
        if announcement is not None:
            self._pressed(conn, person, received.action_of(announcement.announcement, notice.RECEIVED))

    def _look(self, conn: Connection) -> None:
        """The platforms are asked who has read, and know it."""
        month = self._now.astimezone(self._zone).strftime("%Y-%m")
        for look in receipts.open_looks(conn):
            for row in looks.to_be_asked(conn, look, self._world, self._now, 500):
                platform = platform_of(row.entry.effect)
                state = ReadState(readers=tuple(sorted(self._read[row.entry.key])))
                looks.seen(conn, row, state, self._world, self._now, (platform, month))
                self._charge(platform, "calls", 1)
            looks.answer_look(conn, look, self._world, self._now)

    # ── Questionnaires ────────────────────────────────────────────────────────────────────────────

    def _ask(self) -> None:
        """Each occurrence reaches its audience at its opening and, once, those who have not answered."""
        for one in self._occurrences():
            if one.terms is None or not self._start <= one.terms.opens_at < self._end:
                continue
            _, asked = planning.at_opening(
                self._loaded.config, self._world, one.line, one.terms.opens_at, one.terms.closes_at
            )
            answering = [each for each in asked if self._rng.random() < self._willing.get(each.person, 0.6)]
            missing = {each.person for each in asked} - {each.person for each in answering}
            self._counted.asked.append(
                Asked(
                    run=one.run,
                    opens_at=one.terms.opens_at,
                    size=len(asked),
                    answered=len(answering),
                    least=one.terms.least,
                    anonymous=one.terms.is_anonymous,
                )
            )
            everybody = [each.person for each in asked]
            self._later(one.terms.opens_at, partial(self._asked, everybody))
            if one.remind_at is not None:
                self._later(one.remind_at, partial(self._asked, sorted(missing)))

    def _occurrences(self) -> Iterator[planning.Coming]:
        seen: set[str] = set()
        for day in self._days[:: planning.AHEAD.days]:
            now = datetime.combine(day, time(), tzinfo=self._zone)
            for one in planning.coming(self._loaded.config, self._world, now, {}):
                if one.run not in seen:
                    seen.add(one.run)
                    yield one

    def _asked(self, them: list[PersonId], _: Connection) -> None:
        for identity in them:
            person = self._world.directory.person(identity)
            if person is None or identity not in self._plan.people:
                continue
            hours = self._hours_of(person)
            if hours.is_open(self._now):
                self._reaches(person, is_urgent=False)
                self._charge(person.accounts[0].platform, "calls", 1)
            else:
                self._later(hours.next_opening(self._now), partial(self._asked, [identity]))

    # ── The pots, and the end ─────────────────────────────────────────────────────────────────────

    def _charge_push(self, platform: Platform) -> None:
        if platform is PUSHED:
            self._charge(platform, "pushes", 1)

    def _charge(self, platform: Platform, pot: str, units: int) -> None:
        name = f"{platform} {pot}"
        if name not in self._pots:
            return
        today = self._now.astimezone(self._zone).date()
        self._counted.used[name, f"{today:%Y-%m}"] += units
        self._counted.spent[name][today] = self._counted.used[name, f"{today:%Y-%m}"]

    def _lived(self, conn: Connection) -> Lived:
        counted, everybody = self._counted, sorted(self._plan.people)
        row = pilots.current(conn)
        report = figures.gather(conn, self._world, row, self._now) if row is not None else None
        return Lived(
            seed=self._seed,
            people=len(everybody),
            per_person={day: tuple(counted.per_person[day][one] for one in everybody) for day in self._days},
            nights=counted.nights,
            urgent_nights=counted.urgent_nights,
            longest=counted.longest,
            said=counted.said,
            held=counted.held,
            asked=tuple(counted.asked),
            spent={pot: _filled(counted.spent[pot], self._days) for pot in self._pots},
            figures={
                one.criterion.value: (one.rate.low, one.rate.high)
                for one in (report.figures if report is not None else ())
                if one.rate.all and one.criterion.value in ("delivered", "read")
            },
        )


def _filled(by_day: Mapping[date, int], days: list[date]) -> dict[date, int]:
    """A day without anything keeps the day before's sum; a new month begins at nothing."""
    found: dict[date, int] = {}
    so_far, month = 0, ""
    for day in days:
        if f"{day:%Y-%m}" != month:
            so_far, month = 0, f"{day:%Y-%m}"
        so_far = by_day.get(day, so_far)
        found[day] = so_far
    return found


def _offered(outcome: Outcome, kind: str) -> Action | None:
    return next((action for action in outcome.actions if action.kind == kind), None)
