"""人 (people): what scripted people do in a rehearsal, all of it drawn from the seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.world import World
from policies.calendar import WorkCalendar
from policies.model import AudienceKind, Person, PersonId
from policies.pilot import Department, Plan
from policies.wording import rehearsal as words

OF_A_DEPARTMENT_A_DAY = (0, 1, 1, 2)
"""How many notices a department gives itself on a workday; one of these, each as likely."""
IMPORTANT = 0.25
LATE = 0.2
"""After closing, when the thought comes: what the policy holds until the morning."""
ON_A_DAY_OFF = 0.15
URGENT = 0.1
"""Of what is said late: cannot wait, with a reason."""
OF_THE_COMPANY_A_DAY = 0.35
READS_WITHIN = timedelta(minutes=45)
"""On the average, of their own open hours."""
PRESSES_RECEIVED = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """Somebody tells the bot something to publish; ``wants_urgent``: they press that it cannot wait."""

    at: datetime
    author: PersonId
    text: str
    wants_urgent: bool = False


def sayings(plan: Plan, world: World, days: Sequence[date], rng: random.Random) -> Iterator[Saying]:
    """Everything that is said in these days, the earliest first."""
    found: list[Saying] = []
    company = world.calendars.company
    for day in days:
        for department in plan.departments:
            found += _of_department(department, world, day, company, rng, len(found))
        announcers = _company_wide(world)
        if announcers and company.is_workday(day) and rng.random() < OF_THE_COMPANY_A_DAY:
            moment = _at_work(day, company, rng)
            text = words.say_company(rng.choice(words.TOPICS), len(found))
            found.append(Saying(at=moment, author=rng.choice(announcers), text=text))
    yield from sorted(found, key=lambda one: (one.at, one.text))


def _of_department(
    department: Department, world: World, day: date, company: WorkCalendar, rng: random.Random, so_far: int
) -> list[Saying]:
    people = [person for one in sorted(department.people) if (person := world.directory.person(one))]
    if not people:
        return []
    found: list[Saying] = []
    is_workday = company.is_workday(day)
    for nth in range(rng.choice(OF_A_DEPARTMENT_A_DAY) if is_workday else 0):
        author = _author(department, people, rng)
        found.append(_saying(department, people, author, _at_work(day, company, rng), rng, so_far + nth))
    if rng.random() < (LATE if is_workday else ON_A_DAY_OFF):
        moment = _late(day, company, rng) if is_workday else _between(day, 10, 21, company, rng)
        author = _author(department, people, rng)
        text = words.say(department.name, rng.choice(words.TOPICS), so_far + len(found))
        found.append(Saying(at=moment, author=author.id, text=text, wants_urgent=rng.random() < URGENT))
    return found


def _saying(
    department: Department, people: list[Person], author: Person, at: datetime, rng: random.Random, nth: int
) -> Saying:
    topic = rng.choice(words.TOPICS)
    if rng.random() < IMPORTANT:
        named = rng.choice([one for one in people if one.id != author.id] or people)
        return Saying(
            at=at, author=author.id, text=words.say_important(department.name, named.name, topic, nth)
        )
    return Saying(at=at, author=author.id, text=words.say(department.name, topic, nth))


def _author(department: Department, people: list[Person], rng: random.Random) -> Person:
    """The head more often than anybody else."""
    head = next((one for one in people if one.id == department.head), None)
    return head if head is not None and rng.random() < 0.6 else rng.choice(people)


def _company_wide(world: World) -> list[PersonId]:
    return sorted(
        {one for grant in world.grants if grant.kind is AudienceKind.COMPANY for one in grant.holders}
    )


def read_at(
    arrived: datetime, calendar: WorkCalendar, diligence: float, rng: random.Random
) -> datetime | None:
    """When somebody reads it, in their own hours; ``None``: never."""
    if rng.random() > diligence:
        return None
    work = timedelta(seconds=rng.expovariate(1 / READS_WITHIN.total_seconds()))
    return calendar.after_work(arrived, work)


def diligence(rng: random.Random) -> float:
    return rng.uniform(0.88, 1.0)


def willingness(rng: random.Random) -> float:
    """To answer a questionnaire that may be skipped."""
    return rng.uniform(0.4, 0.9)


def _at_work(day: date, calendar: WorkCalendar, rng: random.Random) -> datetime:
    opening = calendar.next_opening(datetime.combine(day, time(), tzinfo=ZoneInfo(calendar.zone)))
    return calendar.after_work(opening, calendar.day_length * rng.uniform(0.02, 0.97)).replace(microsecond=0)


def _late(day: date, calendar: WorkCalendar, rng: random.Random) -> datetime:
    closes = datetime.combine(day, calendar.closes, tzinfo=ZoneInfo(calendar.zone))
    return (closes + timedelta(minutes=rng.uniform(5, 270))).replace(microsecond=0)


def _between(day: date, first: int, last: int, calendar: WorkCalendar, rng: random.Random) -> datetime:
    start = datetime.combine(day, time(first), tzinfo=ZoneInfo(calendar.zone))
    return (start + timedelta(hours=rng.uniform(0, last - first))).replace(microsecond=0)
