"""试点 (pilot): its life, whom the rules bind while it lasts, and what keeps it from starting.

asking → running → ended → rolled out | running (extended) | stopped; stopped at any time before. The heads of the
departments are asked first; dates may lie ahead of the consent, the rules bind nobody before the first day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from policies.calendar import WorkCalendar
from policies.model import Person, PersonId
from policies.rates import USUAL, InTime
from policies.rules import important_tag, mentions, repetition, work_hours

SMALLEST_ANONYMOUS = 8
"""Fewer people may not be asked anonymously: the answers would name them."""
FEWEST_ANSWERS = 5
"""Fewer answers are not shown."""

OF_THE_PILOT = frozenset({important_tag.ID, mentions.ID, work_hours.ID, repetition.ID})
"""What a pilot tries out. Who may announce to whom is a right, not a trial: it holds for everybody, always."""


class State(StrEnum):
    ASKING = "asking"
    RUNNING = "running"
    ENDED = "ended"
    ROLLED_OUT = "rolled-out"
    STOPPED = "stopped"


class Act(StrEnum):
    """START: every promise can be kept. END: its days are over, the verdict is out. The other three are decisions."""

    START = "start"
    END = "end"
    EXTEND = "extend"
    ROLL_OUT = "roll-out"
    STOP = "stop"


LIFE: Mapping[State, Mapping[Act, State]] = {
    State.ASKING: {Act.START: State.RUNNING, Act.STOP: State.STOPPED},
    State.RUNNING: {Act.END: State.ENDED, Act.STOP: State.STOPPED},
    State.ENDED: {Act.EXTEND: State.RUNNING, Act.ROLL_OUT: State.ROLLED_OUT, Act.STOP: State.STOPPED},
    State.ROLLED_OUT: {},
    State.STOPPED: {},
}


class IllegalMove(ValueError):
    """This cannot happen to a pilot in this state; a late press, most often."""


def advance(state: State, act: Act) -> State:
    """Raises ``IllegalMove``: nothing has changed."""
    try:
        return LIFE[state][act]
    except KeyError as error:
        raise IllegalMove(f"{act} cannot happen to a pilot that is {state}") from error


def may(state: State, act: Act) -> bool:
    return act in LIFE[state]


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """One department of the scope as the directory shows it today, those below it included."""

    name: str
    people: frozenset[PersonId] = frozenset()
    head: PersonId | None = None
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A questionnaire as far as a pilot's promises depend on it.

    Attributes:
        audience: its label, and how many of it can answer in a form: ``size``; ``None``: the whole company.
        cells: how many can in each department its count is split into.
        in_pilot: its days are days of the pilot, so that it ends with it.
    """

    id: str
    anonymous: bool
    audience: str = ""
    size: int | None = None
    cells: Mapping[str, int] = field(default_factory=dict)
    in_pilot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What ``[pilot]`` says, resolved against today's directory.

    Attributes:
        notice_published: when people were told what is collected; ``None``: not yet.
        questionnaires: those that will be asked in it.
        in_time: what its figures call in time.
    """

    starts: date
    days: int
    departments: tuple[Department, ...]
    notice_published: date | None = None
    questionnaires: tuple[Asked, ...] = ()
    goals: Mapping[str, int] = field(default_factory=dict)
    in_time: InTime = USUAL

    @property
    def id(self) -> str:
        return f"{self.starts.isoformat()} {'+'.join(one.name for one in self.departments)}"

    @property
    def ends(self) -> date:
        """The last day, itself included."""
        return self.starts + timedelta(days=self.days - 1)

    @property
    def people(self) -> frozenset[PersonId]:
        return frozenset(person for one in self.departments for person in one.people)

    def of(self, name: str) -> Department | None:
        return next((one for one in self.departments if one.name == name), None)

    def led_by(self, person: PersonId) -> tuple[Department, ...]:
        return tuple(one for one in self.departments if one.head == person)


# ── whom it binds ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the rules may say about one author's announcement: see ``Facts.off`` and ``Facts.hours_for``."""

    off: frozenset[str] = frozenset()
    hours_for: frozenset[PersonId] | None = None


EVERYBODY = Bounds()
NOBODY = Bounds(off=OF_THE_PILOT)


def bounds(plan: Plan | None, state: State | None, starts: date, today: date, author: Person) -> Bounds:
    """Without a pilot, and after it was rolled out, the rules bind everybody.

    While it runs, and until somebody decides what comes after it: who belongs to it is bound by all of them. Who does
    not is bound by nothing new, but for the hours of those who do: they were promised quiet nights. Before its first
    day, and after it was stopped, they bind nobody.
    """
    if plan is None or state is State.ROLLED_OUT:
        return EVERYBODY
    if state not in (State.RUNNING, State.ENDED) or today < starts:
        return NOBODY
    if author.id in plan.people:
        return EVERYBODY
    return Bounds(off=OF_THE_PILOT - {work_hours.ID}, hours_for=plan.people)


# ── what keeps it from starting ───────────────────────────────────────────────────────────────────


class Need(StrEnum):
    """What is missing, or cannot be kept.

    NOTICE: nobody has been told what is collected. HEAD: a department has none. CONSENT: its head has not said yes.
    QUESTION: the head has asked something first. NOBODY: no such department, or nobody in it. OVER: its days are
    past. TOO_SMALL: an anonymous questionnaire to so few. REHEARSAL: the last rehearsal of this very configuration
    found a promise that cannot be kept.
    """

    NOTICE = "notice"
    HEAD = "head"
    CONSENT = "consent"
    QUESTION = "question"
    NOBODY = "nobody"
    OVER = "over"
    TOO_SMALL = "too-small"
    REHEARSAL = "rehearsal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """``about``: the department or questionnaire; ``instead``: the way out, e.g. the department above."""

    need: Need
    about: str = ""
    n: int = 0
    instead: str = ""


def impossible(plan: Plan, today: date) -> tuple[Missing, ...]:
    """Promises no consent could make possible."""
    found = [Missing(need=Need.OVER)] if today > plan.ends else []
    found += [Missing(need=Need.NOBODY, about=one.name) for one in plan.departments if not one.people]
    return (*found, *_too_small(plan))


def _too_small(plan: Plan) -> Iterable[Missing]:
    """Whole audiences that cannot be anonymous, and departments whose figures nobody will ever see; each once."""
    said: set[str] = set()
    for asked in (one for one in plan.questionnaires if one.anonymous):
        if asked.size is not None and asked.size < SMALLEST_ANONYMOUS and asked.audience not in said:
            said.add(asked.audience)
            yield Missing(need=Need.TOO_SMALL, about=asked.audience, n=asked.size)
        for name, n in asked.cells.items():
            if n < FEWEST_ANSWERS and name not in said:
                said.add(name)
                above = plan.of(name)
                yield Missing(need=Need.TOO_SMALL, about=name, n=n, instead=above.parent if above else "")


def missing(
    plan: Plan, today: date, consents: Mapping[str, str], rehearsed: Iterable[str] = ()
) -> tuple[Missing, ...]:
    """Everything at once, in the order in which a person would do it; nothing: it may start.

    Args:
        consents: by department, ``yes``, ``question`` or ``asked``.
        rehearsed: what the last rehearsal found that cannot be kept, a sentence each.
    """
    found = list(impossible(plan, today))
    found += [Missing(need=Need.REHEARSAL, about=sentence) for sentence in rehearsed]
    if plan.notice_published is None or plan.notice_published > today:
        found.append(Missing(need=Need.NOTICE))
    for one in plan.departments:
        said = consents.get(one.name, "")
        if one.people and one.head is None:
            found.append(Missing(need=Need.HEAD, about=one.name))
        elif one.people and said != "yes":
            found.append(Missing(need=Need.QUESTION if said == "question" else Need.CONSENT, about=one.name))
    return tuple(found)


# ── its days ──────────────────────────────────────────────────────────────────────────────────────


VERDICT_AFTER_OPENING = timedelta(minutes=30)


def verdict_at(
    starts: date, ends: date, calendar: WorkCalendar, closings: Iterable[datetime] = ()
) -> datetime:
    """Half an hour after the last workday's opening, or after the last questionnaire has closed and was told.

    Args:
        closings: of the pilot's questionnaires that are still to be counted.
    """
    day = datetime.combine(verdict_day(starts, ends, calendar), time(), tzinfo=ZoneInfo(calendar.zone))
    last = max([day, *closings])
    return calendar.next_opening(last) + VERDICT_AFTER_OPENING


def verdict_day(starts: date, ends: date, calendar: WorkCalendar) -> date:
    """The last workday: a make-up Sunday counts, a free Saturday stays silent."""
    days = [ends - timedelta(days=n) for n in range((ends - starts).days + 1)]
    return next((day for day in days if calendar.is_workday(day)), ends)
