"""工作日历 (work calendar): when people are at work; days come in as data, answers go out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

FIXED_DAYS_OFF = frozenset({(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)})
"""(month, day) that are off by law every year, whatever the year's own arrangement turns out to be."""

FARTHEST_DAYS = 1000
"""How far an opening is looked for; a calendar without one in that time is a mistake in the data."""

Closed = Literal["day-off", "before", "lunch", "after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTable:
    """Which days are worked, as published.

    A year outside ``known_years`` is a guess (推算): weekends and the fixed days are off there,
    and whoever plans something on such a day is told so.

    Attributes:
        holidays: days off, whatever weekday they are.
        make_up: weekend days that are worked (调休上班).
        names: what people call a day off, e.g. 国庆节; for show only.
    """

    known_years: frozenset[int] = frozenset()
    holidays: frozenset[date] = frozenset()
    make_up: frozenset[date] = frozenset()
    names: Mapping[date, str] = field(default_factory=dict)

    def is_workday(self, day: date) -> bool:
        if day in self.make_up:
            return True
        if day in self.holidays or day.weekday() >= 5:
            return False
        return day.year in self.known_years or (day.month, day.day) not in FIXED_DAYS_OFF

    def is_guess(self, day: date) -> bool:
        return day.year not in self.known_years and day not in self.holidays and day not in self.make_up


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """The hours of one team, on the clock of ``zone``.

    Open is ``opens <= clock < closes`` outside lunch: the closing minute itself is after hours.
    Two teams with equal calendars have the same hours.

    Attributes:
        lunch: start and end of the rest, or ``None``; it is closed like the night.
        days_off: this team's own days off (a local holiday), stronger than ``days``.
        days_on: this team's own workdays, stronger than everything.

    Raises:
        ValueError: the hours are not in order.
    """

    zone: str = "Asia/Shanghai"
    opens: time = time(9)
    closes: time = time(18)
    lunch: tuple[time, time] | None = (time(12), time(13, 30))
    days: DayTable = field(default_factory=DayTable)
    days_off: frozenset[date] = frozenset()
    days_on: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(f"opens ({self.opens}) must be earlier than closes ({self.closes})")
        if self.lunch and not self.opens <= self.lunch[0] < self.lunch[1] <= self.closes:
            raise ValueError(f"lunch ({self.lunch[0]}-{self.lunch[1]}) must lie between opens and closes")

    def is_open(self, moment: datetime) -> bool:
        """Raises ``ValueError`` for a naive moment, as all the questions here do."""
        return self.closed_because(moment) is None

    def closed_because(self, moment: datetime) -> Closed | None:
        """Why nobody is at work then; ``None`` when they are."""
        local = self.local(moment)
        if not self.is_workday(local.date()):
            return "day-off"
        clock = local.time()
        if clock < self.opens:
            return "before"
        if clock >= self.closes:
            return "after"
        if self.lunch and self.lunch[0] <= clock < self.lunch[1]:
            return "lunch"
        return None

    def next_opening(self, moment: datetime) -> datetime:
        """The first open moment not before ``moment``: itself when open; in this calendar's zone.

        Raises:
            LookupError: there is none within ``FARTHEST_DAYS``.
        """
        if self.is_open(moment):
            return self.local(moment)
        earliest = moment.astimezone(UTC)
        for opening in self._openings(self.local(moment).date()):
            if opening.astimezone(UTC) > earliest and self.is_open(opening):
                return opening
        raise LookupError(f"no opening within {FARTHEST_DAYS} days after {moment:%Y-%m-%d}")

    def closing(self, moment: datetime) -> datetime | None:
        """When work ends on the day of ``moment``; ``None`` when that day is over or off."""
        local = self.local(moment)
        if not self.is_workday(local.date()) or local.time() >= self.closes:
            return None
        return self._at(local.date(), self.closes)

    @property
    def day_length(self) -> timedelta:
        """How long one workday is, without the rest at noon."""
        rest = _between(*self.lunch) if self.lunch else timedelta()
        return _between(self.opens, self.closes) - rest

    def after_work(self, moment: datetime, work: timedelta) -> datetime:
        """When so much open time has passed since ``moment``; nights, rests and days off do not count."""
        local, left = self.next_opening(moment), work
        while True:
            stretch = self._end_of_stretch(local) - local
            if left <= stretch:
                return self.local(local + left)
            left -= stretch
            local = self.next_opening(local + stretch)

    def _end_of_stretch(self, moment: datetime) -> datetime:
        local = self.local(moment)
        before_lunch = self.lunch is not None and local.time() < self.lunch[0]
        return self._at(local.date(), self.lunch[0] if self.lunch and before_lunch else self.closes)

    def is_workday(self, day: date) -> bool:
        if day in self.days_on:
            return True
        return day not in self.days_off and self.days.is_workday(day)

    def is_guess(self, day: date) -> bool:
        """推算: nobody has published this day's year, so ``is_workday`` is only likely."""
        return day not in self.days_on and day not in self.days_off and self.days.is_guess(day)

    def local(self, moment: datetime) -> datetime:
        """``moment`` on this calendar's clock."""
        if moment.tzinfo is None:
            raise ValueError("a moment needs a zone")
        return moment.astimezone(ZoneInfo(self.zone))

    def break_after(self, moment: datetime) -> tuple[date, date] | None:
        """First and last day of the days off from ``moment`` until the next opening, if there are any."""
        day = self.local(moment).date()
        last = self.next_opening(moment).date()
        off = [
            day + timedelta(n) for n in range((last - day).days) if not self.is_workday(day + timedelta(n))
        ]
        return (off[0], off[-1]) if off else None

    def _openings(self, day: date) -> Iterator[datetime]:
        for ahead in range(FARTHEST_DAYS):
            then = day + timedelta(ahead)
            if self.is_workday(then):
                yield self._at(then, self.opens)
                if self.lunch:
                    yield self._at(then, self.lunch[1])

    def _at(self, day: date, clock: time) -> datetime:
        """A clock time that the zone skips that day becomes the moment it was skipped to."""
        local = datetime.combine(day, clock, tzinfo=ZoneInfo(self.zone))
        return local.astimezone(UTC).astimezone(ZoneInfo(self.zone))


def _between(start: time, end: time) -> timedelta:
    return datetime.combine(date.min, end) - datetime.combine(date.min, start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendars:
    """The company's hours and those of the teams that have their own."""

    company: WorkCalendar = field(default_factory=WorkCalendar)
    teams: Mapping[str, WorkCalendar] = field(default_factory=dict)

    def of(self, team: str) -> WorkCalendar:
        """A team nobody described keeps the company's hours."""
        return self.teams.get(team, self.company)
