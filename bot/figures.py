"""数字 (figures): a pilot as far as it has come, counted from announcements, copies, receipts, answers and tickets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot import reach
from bot.facts import Scene
from bot.reach import Reach
from bot.store import announcements, pilots, polls, receipts, tickets
from bot.store.pilots import PilotRow
from bot.store.polls import Poll
from bot.store.rows import AnnouncementRow, OutboxRow, OutboxState
from bot.store.tickets import TicketRow
from bot.world import World
from policies import advice, metrics, rates
from policies.advice import Key, Limit
from policies.announcement import State
from policies.effects import platform_of
from policies.metrics import Because
from policies.model import PersonId, Urgency
from policies.questionnaire import thresholds
from policies.questionnaire.life import State as PollState
from policies.questionnaire.model import Ask, Cell, Ending
from policies.rates import InTime, Sent
from policies.verdict import Criterion, Day, Figure, Report, Standings, StillOpen
from policies.wording import questionnaire as words

if TYPE_CHECKING:
    from bot.store.engine import Connection

MOST_COUNTED = 20_000
SATISFACTION = "satisfaction"
"""The id of the question that is meant, where there are several of 1–5."""
_LEFT = (State.SENDING, State.SENT, State.PARTLY_SENT, State.RECALLING, State.RECALLED)


def with_report(conn: Connection, scene: Scene, departments: Iterable[str] = ()) -> Scene:
    """The scene with the pilot's figures; for turns that tell them. No departments named: all of its own."""
    if scene.pilot is None or scene.world.pilot is None:
        return scene
    asked = tuple(departments)
    return replace(
        scene,
        consents=pilots.consents_of(conn, scene.pilot.id),
        report=gather(conn, scene.world, scene.pilot, scene.now, asked),
    )


def gather(
    conn: Connection, world: World, pilot: PilotRow, now: datetime, departments: tuple[str, ...] = ()
) -> Report:
    """Everything that is known of these departments since the pilot's first day."""
    names = departments or pilot.departments
    people = _people(world, names)
    zone = ZoneInfo(world.zone)
    since = max(datetime.combine(pilot.starts, datetime.min.time(), tzinfo=zone), pilot.begun_at or now)
    ends = datetime.combine(pilot.ends + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    rows = [
        row
        for row in announcements.confirmed_since(conn, since, MOST_COUNTED)
        if row.confirmed_at is not None and row.confirmed_at < ends
    ]
    copies: list[Sent] = []
    standings: list[metrics.Copy] = []
    arrived: Counter[tuple[date, PersonId]] = Counter()
    at_night: Counter[date] = Counter()
    for row in rows:
        found = reach.gather(conn, world.directory, row.announcement.id)
        known = receipts.moments(conn, row.announcement.id)
        for person, carried in found.copies.items():
            if person in people:
                copy = _sent(world, row, carried, person, known, found)
                copies.append(copy)
                standings.append(_standing(copy, row))
                if copy.sent_at is not None:
                    day = copy.sent_at.astimezone(zone).date()
                    arrived[day, person] += 1
                    at_night[day] += not world.calendars.of(copy.team).is_open(copy.sent_at)
    opened = [one for one in tickets.since(conn, since) if one.opened_at < ends and one.asker in people]
    own = [row for row in rows if row.announcement.author in people]
    touched = [row for row in own if row.decision.get("rules")]
    today = min(now.astimezone(zone).date(), pilot.ends)
    classes = Counter(name for one in opened for name in one.classes)
    return Report(
        departments=tuple(names),
        people=len(people),
        starts=pilot.starts,
        ends=pilot.ends,
        today=today,
        figures=_figures(conn, world, pilot, copies, opened, now, names),
        readers=_standings(metrics.readers(standings, now)),
        announcements=len(rows),
        stopped=len(touched),
        released=sum(row.state in _LEFT for row in touched),
        classes=classes,
        suggestions=advice.suggestions(classes, _limits(world, own, zone)),
        tickets=_by_state(opened),
        days=_days(pilot.starts, today, arrived, at_night),
        advice={name: one.advice for name, one in pilots.consents_of(conn, pilot.id).items() if one.advice},
        in_time=in_time_of(world),
        still_open=_still_open(conn, world, pilot, now),
    )


def in_time_of(world: World) -> InTime:
    """What the company calls in time."""
    return world.pilot.in_time if world.pilot is not None else rates.USUAL


def _limits(world: World, own: Iterable[AnnouncementRow], zone: ZoneInfo) -> dict[Key, Limit]:
    """How much of each limit the pilot's people have used, each author by week or month."""
    important: Counter[tuple[PersonId, str]] = Counter()
    urgent: Counter[tuple[PersonId, str]] = Counter()
    for row in own:
        if row.confirmed_at is None or row.state not in _LEFT:
            continue
        said, day = row.announcement, row.confirmed_at.astimezone(zone)
        important[said.author, f"{day:%G-%V}"] += said.is_important
        urgent[said.author, f"{day:%Y-%m}"] += said.urgency is Urgency.URGENT
    rules = world.ruleset
    return {
        Key.IMPORTANT: Limit(
            now=rules.important_tag.per_author_per_week, used=tuple(n for n in important.values() if n)
        ),
        Key.URGENT: Limit(
            now=rules.work_hours.urgent_per_author_per_month, used=tuple(n for n in urgent.values() if n)
        ),
    }


def _standings(found: metrics.Readers) -> Standings:
    return Standings(
        read=len(found.read),
        unread=len(found.unread),
        unknown=len(found.unknown),
        left=len(found.left),
        too_late={
            platform.value: n for (platform, why), n in found.because.items() if why is Because.TOO_LATE
        },
    )


def _people(world: World, names: Iterable[str]) -> frozenset[PersonId]:
    plan = world.pilot
    found = [plan.of(name) for name in names] if plan is not None else []
    return frozenset(person for one in found if one is not None for person in one.people)


def _sent(
    world: World,
    row: AnnouncementRow,
    carried: OutboxRow,
    identity: PersonId,
    known: Mapping[PersonId, datetime],
    found: Reach,
) -> Sent:
    person = world.directory.person(identity)
    return Sent(
        person=identity,
        platform=platform_of(carried.entry.effect),
        due_at=carried.entry.not_before or carried.entry.created_at,
        sent_at=carried.sent_at if carried.state is OutboxState.SENT else None,
        is_lost=carried.state is OutboxState.DEAD,
        is_important=row.announcement.is_important,
        team=world.teams.get(identity, ""),
        is_active=person is not None and person.is_active,
        read_at=known.get(identity),
        looked_at=found.looks.get(carried.entry.key),
    )


def _standing(copy: Sent, row: AnnouncementRow) -> metrics.Copy:
    """One copy of one announcement; the same person has many."""
    return metrics.Copy(
        person=PersonId(f"{row.announcement.id} {copy.person}"),
        platform=copy.platform,
        sent_at=copy.sent_at,
        is_read=copy.read_at is not None,
        is_active=copy.is_active,
        looked_at=copy.looked_at,
    )


def _figures(
    conn: Connection,
    world: World,
    pilot: PilotRow,
    copies: list[Sent],
    opened: list[TicketRow],
    now: datetime,
    names: tuple[str, ...],
) -> tuple[Figure, ...]:
    goals = world.pilot.goals if world.pilot is not None else {}
    in_time = in_time_of(world)
    asked = _satisfaction(conn, world, pilot)
    first, last = (asked[0], asked[-1]) if asked else (None, None)
    cell, size = (last.cell, last.poll.terms.size) if last is not None else (None, 0)
    states = _by_state(opened)
    return (
        Figure(
            criterion=Criterion.DELIVERED,
            rate=rates.delivered_in_time(copies, now, in_time),
            goal=goals.get(Criterion.DELIVERED, 95),
        ),
        Figure(
            criterion=Criterion.READ,
            rate=rates.read_in_time(copies, world.calendars, now, in_time),
            goal=goals.get(Criterion.READ, 95),
        ),
        Figure(
            criterion=Criterion.SATISFACTION,
            rate=rates.satisfaction(cell.score if cell else None, cell.answered if cell else 0, size),
            goal=goals.get(Criterion.SATISFACTION, 85),
            answered=cell.answered if cell else 0,
            score=cell.score if cell else None,
            before=_before(conn, first, last) if first is not None and last is not None else None,
            of=_of(last.poll, names) if last is not None else "",
        ),
        Figure(
            criterion=Criterion.SOLVED,
            rate=rates.solved(states),
            goal=goals.get(Criterion.SOLVED, 80),
        ),
    )


def of_pilot(world: World, pilot: PilotRow, poll: Poll) -> bool:
    """Whether a questionnaire is one of the pilot's own, of one of its days."""
    own = {one.id for one in world.pilot.questionnaires if one.in_pilot} if world.pilot is not None else set()
    return poll.terms.questionnaire in own and pilot.starts <= polls.day_of(poll.run) <= pilot.ends


def _still_open(conn: Connection, world: World, pilot: PilotRow, now: datetime) -> tuple[StillOpen, ...]:
    found = [
        StillOpen(
            title=words.title(one.terms),
            closes_at=one.terms.closes_at.astimezone(ZoneInfo(world.zone)),
            is_late=one.terms.closes_at <= now,
        )
        for one in polls.living(conn)
        if one.state in (PollState.PLANNED, PollState.OPEN) and of_pilot(world, pilot, one)
    ]
    return tuple(sorted(found, key=lambda one: one.closes_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    poll: Poll
    cell: Cell


def _satisfaction(conn: Connection, world: World, pilot: PilotRow) -> list[_Answered]:
    """The question of 1–5 (``satisfaction``, else the first) of every questionnaire of the pilot that was counted."""
    found = []
    for poll in reversed(polls.latest(conn, 50)):
        if poll.ending not in (Ending.COUNTED, Ending.TOO_FEW) or not of_pilot(world, pilot, poll):
            continue
        scales = [one for one in poll.terms.questions if one.kind is Ask.SCALE]
        question = next((one for one in scales if one.id == SATISFACTION), next(iter(scales), None))
        result = polls.result(conn, poll.run)
        if question is None or result is None:
            continue
        tally = result.tally(question.id)
        found.append(_Answered(poll=poll, cell=tally.whole if tally is not None else Cell()))
    return found


def _before(conn: Connection, first: _Answered, last: _Answered) -> float | None:
    """The first score, unless the difference of the two would tell what one to four people said."""
    if first is last:
        return None
    was, now = ({one.person for one in polls.audience(conn, each.poll.run)} for each in (first, last))
    may = thresholds.may_compare(frozenset(was), frozenset(now), last.poll.terms.least)
    return first.cell.score if may else None


def _of(poll: Poll, names: tuple[str, ...]) -> str:
    return "" if poll.terms.audience == words.departments(names) else poll.terms.audience


def _by_state(opened: Iterable[TicketRow]) -> dict[str, int]:
    """A refusal that was accepted is an end, and no solution."""
    return dict(
        Counter(
            "declined"
            if one.state.value == "confirmed" and one.answered_as == "declined"
            else one.state.value
            for one in opened
        )
    )


def _days(
    starts: date, today: date, arrived: Counter[tuple[date, PersonId]], at_night: Counter[date]
) -> tuple[Day, ...]:
    days = [starts + timedelta(days=n) for n in range((today - starts).days + 1)]
    found = []
    for day in days:
        of_people = [n for (when, _), n in arrived.items() if when == day]
        found.append(
            Day(day=day, notices=sum(of_people), most=max(of_people, default=0), at_night=at_night[day])
        )
    return tuple(found)
