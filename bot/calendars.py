"""日历数据 (calendar data): published holidays and make-up workdays, and the hours of config.toml, as ``Calendars``.

Three sources, the later stronger: the package chinese-calendar, the notices shipped with us, and the
company's own folder ``<data>/calendar/``. A year that none of them has stays unknown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from bot.config import load
from bot.config.model import Config
from bot.config.policy import TeamHours
from bot.config.problems import ConfigProblems, Kind, Problem
from bot.config.sections import NonEmpty, Section
from bot.config.translate import translate
from bot.config.values import Day, break_rule
from policies.calendar import Calendars, DayTable, WorkCalendar

FOLDER = "calendar"
"""Inside the data folder: where a company puts a notice that we have not shipped yet."""

NOTICE_MONTH = 11
"""The State Council publishes the next year's days in autumn, of late between 25 October and 8 December."""


class Holiday(Section):
    """[[holiday]] One holiday, from its first to its last day off."""

    name: NonEmpty
    first: Day
    last: Day

    @model_validator(mode="after")
    def _first_comes_first(self) -> Self:
        if self.first > self.last:
            break_rule("holiday-in-order", "last", first=self.first, last=self.last)
        return self

    def days(self) -> Iterator[date]:
        return (self.first + timedelta(n) for n in range((self.last - self.first).days + 1))


class Notice(Section):
    """One year's notice. It speaks of the December before (a New Year that begins early) and of its own year."""

    year: Annotated[int, Field(ge=2004, le=2100)]
    source: NonEmpty
    published: Day
    make_up: tuple[Day, ...] = ()
    holiday: Annotated[tuple[Holiday, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _days_fit(self) -> Self:
        off: set[date] = set()
        for place, holiday in enumerate(self.holiday):
            for day in holiday.days():
                if not self._speaks_of(day):
                    break_rule("day-of-another-year", f"holiday.{place}.first", day=day, year=self.year)
                off.add(day)
        for place, day in enumerate(self.make_up):
            if not self._speaks_of(day):
                break_rule("day-of-another-year", f"make_up.{place}", day=day, year=self.year)
            if day.weekday() < 5:
                break_rule("make-up-on-a-weekday", f"make_up.{place}", day=day)
            if day in off:
                break_rule("day-on-and-off", f"make_up.{place}", day=day)
        return self

    def _speaks_of(self, day: date) -> bool:
        return day.year == self.year or (day.year == self.year - 1 and day.month == 12)

    def replaces(self, day: date) -> bool:
        """A December is the next notice's business too, so this one leaves its own alone."""
        return date(self.year - 1, 12, 1) <= day < date(self.year, 12, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """来源: where a year's days come from; ``document`` is ``""`` for chinese-calendar, which does not say."""

    year: int
    document: str = ""
    published: date | None = None
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """All days that somebody has published, and who did, by year."""

    days: DayTable = field(default_factory=DayTable)
    sources: Mapping[int, Source] = field(default_factory=dict)

    def knows(self, year: int) -> bool:
        return year in self.days.known_years


def tables(company: Path | None = None) -> Tables:
    """Put the sources together.

    Args:
        company: the company's own folder; it need not exist.

    Raises:
        ConfigProblems: mistakes in the files, with file, line and key.
    """
    result = _packaged()
    problems: list[Problem] = []
    shipped = Path(str(resources.files("bot"))) / "data" / FOLDER
    for folder in (shipped, company):
        for path in sorted(folder.glob("*.toml")) if folder else ():
            try:
                result = _with(result, read(path), path)
            except ConfigProblems as error:
                problems += error.problems
    if problems:
        raise ConfigProblems(problems)
    return result


def read(path: Path) -> Notice:
    """Read one notice; raises ``ConfigProblems``."""
    place = load.read(path, load.shown(path), Notice)
    try:
        return Notice.model_validate(place.raw)
    except ValidationError as error:
        raise ConfigProblems(translate(error, place, set())) from None


def calendars(config: Config, tables: Tables) -> Calendars:
    """The company's hours and its teams', over the published days."""
    hours = config.work_hours
    company = WorkCalendar(
        zone=hours.zone or config.company.zone,
        opens=hours.opens,
        closes=hours.closes,
        lunch=hours.lunch,
        days=tables.days,
        days_off=frozenset(hours.days_off),
        days_on=frozenset(hours.days_on),
    )
    return Calendars(company=company, teams={team.name: _team(config, company, team) for team in hours.team})


def _team(config: Config, company: WorkCalendar, team: TeamHours) -> WorkCalendar:
    opens, closes, lunch = config.work_hours.hours_of(team)
    return WorkCalendar(
        zone=team.zone or company.zone,
        opens=opens,
        closes=closes,
        lunch=lunch,
        days=company.days,
        days_off=(company.days_off - set(team.days_on)) | set(team.days_off),
        days_on=(company.days_on - set(team.days_off)) | set(team.days_on),
    )


def warnings(loaded: load.Loaded, tables: Tables, now: datetime) -> list[Problem]:
    """What will surprise somebody: a break longer than the longest hold, a year nobody has published."""
    company = calendars(loaded.config, tables).company
    today = company.local(now).date()
    found = [
        Problem(kind=Kind.YEAR_UNKNOWN, file="", allowed=(str(year),))
        for year in _years_to_know(today)
        if not tables.knows(year)
    ]
    first, last, needed = longest_break(company, today)
    if needed > loaded.config.work_hours.longest_hold_days:
        allowed = (str(first), str(last), str(needed))
        found.append(loaded.problem("work_hours.longest_hold_days", Kind.SHORT_HOLD, allowed=allowed))
    return found


def _years_to_know(today: date) -> tuple[int, ...]:
    return (today.year, today.year + 1) if today.month >= NOTICE_MONTH else (today.year,)


def longest_break(calendar: WorkCalendar, today: date) -> tuple[date, date, int]:
    """First and last day of the longest row of days off within a year from ``today``, in the known years.

    Returns:
        also the days that a message waits which is written when the break begins, rounded up.
    """
    best: tuple[date, date] = (today, today)
    start: date | None = None
    for ahead in range(366):
        day = today + timedelta(ahead)
        if calendar.is_workday(day) or calendar.is_guess(day):
            start = None
            continue
        start = start or day
        if day - start > best[1] - best[0]:
            best = (start, day)
    night = timedelta(days=1) - timedelta(hours=calendar.closes.hour - calendar.opens.hour)
    return *best, math.ceil(((best[1] - best[0]) + timedelta(days=1) + night) / timedelta(days=1))


def _packaged() -> Tables:
    from chinese_calendar import constants

    years = frozenset(day.year for day in constants.holidays)
    chinese = {holiday.value: holiday.chinese for holiday in constants.Holiday}
    days = DayTable(
        known_years=years,
        holidays=frozenset(constants.holidays),
        make_up=frozenset(constants.workdays),
        names={day: chinese.get(name, name) for day, name in constants.holidays.items()},
    )
    return Tables(days=days, sources={year: Source(year=year) for year in sorted(years)})


def _with(tables: Tables, notice: Notice, path: Path) -> Tables:
    """Replace what was known of a notice's days by what the notice says."""
    before = tables.days
    off = {day: holiday.name for holiday in notice.holiday for day in holiday.days()}
    names = {day: name for day, name in before.names.items() if not notice.replaces(day)} | off
    days = DayTable(
        known_years=before.known_years | {notice.year},
        holidays=frozenset(day for day in before.holidays if not notice.replaces(day)) | off.keys(),
        make_up=frozenset(day for day in before.make_up if not notice.replaces(day)) | set(notice.make_up),
        names=names,
    )
    source = Source(
        year=notice.year, document=notice.source, published=notice.published, file=load.shown(path)
    )
    return Tables(days=days, sources={**tables.sources, notice.year: source})
