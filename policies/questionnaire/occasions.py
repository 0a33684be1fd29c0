"""时机 (occasions): when a questionnaire opens, reminds and closes, by the work calendar and never on a day off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from policies.calendar import WorkCalendar

FARTHEST_DAYS = 60
"""How far a workday is looked for around a day off."""
REMIND_AFTER = timedelta(minutes=30)
"""After the opening of the last day; nothing leaves on the dot."""
REMIND_BEFORE = timedelta(hours=1)
"""A reminder later than this before the end is none."""


class Rhythm(StrEnum):
    ONCE = "once"
    WEEKLY = "weekly"
    PILOT = "pilot"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When it is asked, as written.

    Attributes:
        day: of ONCE.
        weekday: of WEEKLY, Monday is 0.
        nth: of PILOT, its first day is 1.
    """

    rhythm: Rhythm
    at: time
    day: date | None = None
    weekday: int = 0
    nth: int = 0


class DayOff(StrEnum):
    """What becomes of one that falls on a day off: an admin is asked, it moves to a workday, or is left out."""

    ASK = "ask"
    BEFORE = "before"
    AFTER = "after"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One day on which it is meant to open.

    Attributes:
        day: as the rhythm says; it names the occasion even when it is moved.
        before, after: the nearest workdays around a day off; both ``day`` itself on a workday.
    """

    day: date
    is_day_off: bool
    before: date
    after: date


def days(when: When, first: date, last: date, *, pilot_starts: date | None = None) -> Iterator[date]:
    """The days it is meant for from ``first`` to ``last``, both included."""
    match when.rhythm:
        case Rhythm.ONCE:
            found = when.day
        case Rhythm.PILOT:
            found = pilot_starts + timedelta(days=when.nth - 1) if pilot_starts is not None else None
        case Rhythm.WEEKLY:
            day = first + timedelta(days=(when.weekday - first.weekday()) % 7)
            while day <= last:
                yield day
                day += timedelta(days=7)
            return
    if found is not None and first <= found <= last:
        yield found


def occasion(day: date, calendar: WorkCalendar) -> Occasion:
    return Occasion(
        day=day,
        is_day_off=not calendar.is_workday(day),
        before=_workday(day, calendar, -1),
        after=_workday(day, calendar, 1),
    )


def settled(this: Occasion, what: DayOff) -> date | None:
    """The day it opens on; ``None``: it is left out. Nobody having answered, it comes after the days off."""
    if not this.is_day_off:
        return this.day
    if what is DayOff.SKIP:
        return None
    return this.before if what is DayOff.BEFORE else this.after


def opening(day: date, when: When, calendar: WorkCalendar) -> datetime:
    """At the clock time that is written, moved into the hours of that day."""
    wanted = _at(day, when.at, calendar)
    opens = calendar.next_opening(wanted)
    return opens if opens.date() == day else wanted


def closing(opens_at: datetime, workdays: int, at: time, calendar: WorkCalendar) -> datetime:
    """At ``at`` of the ``workdays``-th workday after the opening; never before an hour is over."""
    day = calendar.local(opens_at).date()
    for _ in range(workdays):
        day = _workday(day + timedelta(days=1), calendar, 1)
    closes = _at(day, at, calendar)
    if closes < opens_at + REMIND_BEFORE:
        closes = _at(_workday(day + timedelta(days=1), calendar, 1), at, calendar)
    return closes


def reminder(opens_at: datetime, closes_at: datetime, calendar: WorkCalendar) -> datetime | None:
    """On the morning of the last day, once; ``None`` where that would be too late or on the day it opened."""
    day = calendar.local(closes_at).date()
    if day <= calendar.local(opens_at).date() or not calendar.is_workday(day):
        return None
    moment = calendar.next_opening(_at(day, calendar.opens, calendar)) + REMIND_AFTER
    return moment if moment <= closes_at - REMIND_BEFORE else None


def _workday(day: date, calendar: WorkCalendar, step: int) -> date:
    """The nearest workday from ``day`` on, itself first; ``day`` where there is none."""
    for ahead in range(FARTHEST_DAYS):
        then = day + timedelta(days=step * ahead)
        if calendar.is_workday(then):
            return then
    return day


def _at(day: date, clock: time, calendar: WorkCalendar) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZoneInfo(calendar.zone))
