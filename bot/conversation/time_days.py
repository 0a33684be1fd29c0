"""哪一天 (time days): from a day as written to a date of the calendar, or why there is none."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.conversation.day_words import DayWord
from policies.calendar import WorkCalendar

RECENT_DAYS = 60
"""A date without a year that passed less than this long ago may be a slip: it asks instead of meaning next year."""

FIXED_HOLIDAYS = {"元旦": (1, 1), "劳动节": (5, 1), "国庆节": (10, 1)}
"""Those whose date needs no notice."""

_FARTHEST_DAYS = 500
_DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The dates a word may mean.

    Attributes:
        dates: one when it is clear; several when a person must choose; none when ``trouble`` says why.
        step: a bare 周三 whose clock has passed is so many days later instead.
        trouble: ``past``, ``day``, ``no-such-day``, ``vague``, ``weekend``, ``unknown-holiday``, ``every``.
    """

    dates: tuple[date, ...] = ()
    step: int = 0
    trouble: str = ""


def dates(word: DayWord, today: date, calendar: WorkCalendar) -> Days:
    """What ``word`` means, said on ``today``; near the end of time it is ``no-such-day``."""
    try:
        return _KINDS[word.kind](word, today, calendar)
    except (OverflowError, ValueError):
        return Days(trouble="no-such-day")


def _one(day: date, today: date, step: int = 0) -> Days:
    return Days(trouble="past", dates=()) if day < today else Days(dates=(day,), step=step)


def _relative(word: DayWord, today: date, _: WorkCalendar) -> Days:
    return _one(today + timedelta(word.n or 0), today)


def _monday(today: date, weeks: int) -> date:
    return today + timedelta(weeks * _DAYS_A_WEEK - today.weekday())


def _weekday(word: DayWord, today: date, _: WorkCalendar) -> Days:
    weekday = word.weekday or 0
    if word.n is not None:
        return _one(_monday(today, word.n) + timedelta(weekday), today)
    ahead = (weekday - today.weekday()) % _DAYS_A_WEEK
    return Days(dates=(today + timedelta(ahead),), step=_DAYS_A_WEEK)


def _weekend(word: DayWord, today: date, _: WorkCalendar) -> Days:
    saturday = _monday(today, word.n or 0) + timedelta(5)
    both = tuple(day for day in (saturday, saturday + timedelta(1)) if day >= today)
    return Days(dates=both, trouble="weekend" if both else "past")


def _week(word: DayWord, today: date, calendar: WorkCalendar) -> Days:
    monday = _monday(today, word.n or 0)
    week = [monday + timedelta(n) for n in range(_DAYS_A_WEEK)]
    left = tuple(day for day in week if day >= today and calendar.is_workday(day))
    return Days(dates=left, trouble="past" if week[-1] < today else "day")


def _date(word: DayWord, today: date, _: WorkCalendar) -> Days:
    month, day = word.month or 1, word.day or 1
    if word.year is not None:
        return _one(date(word.year, month, day), today)
    this = _day_or_none(today.year, month, day)
    following = _day_or_none(today.year + 1, month, day)
    if this is None:
        return Days(dates=(following,)) if following else Days(trouble="no-such-day")
    if this >= today:
        return Days(dates=(this,))
    if (today - this).days <= RECENT_DAYS:
        return Days(dates=(following,) if following else (), trouble="past")
    return Days(dates=(following,)) if following else Days(trouble="no-such-day")


def _date_next_year(word: DayWord, today: date, _: WorkCalendar) -> Days:
    return _one(date(today.year + 1, word.month or 1, word.day or 1), today)


def _day_of_month(word: DayWord, today: date, _: WorkCalendar) -> Days:
    """The next one; where this month has no such day, or next month has none, it asks."""
    day = word.day or 1
    here = _in_month(today, 0, day)
    if here is None:
        later = _in_month(today, 1, day)
        return Days(dates=(later,) if later else (), trouble="no-such-day")
    if here >= today:
        return Days(dates=(here,))
    later = _in_month(today, 1, day)
    return Days(dates=(later,)) if later else Days(trouble="no-such-day")


def _day_of_named_month(word: DayWord, today: date, _: WorkCalendar) -> Days:
    found = _in_month(today, word.n or 0, word.day or 1)
    return Days(trouble="no-such-day") if found is None else _one(found, today)


def _month_end(word: DayWord, today: date, calendar: WorkCalendar) -> Days:
    """The last day and the last workday, when they differ, are a choice."""
    last = _last_day(today, word.n or 0)
    worked = _back_to_workday(last, calendar)
    both = tuple(sorted({day for day in (worked, last) if day >= today}))
    if not both:
        return Days(trouble="past")
    return Days(dates=both, trouble="day" if len(both) > 1 else "")


def _last_workday(word: DayWord, today: date, calendar: WorkCalendar) -> Days:
    return _one(_back_to_workday(_last_day(today, word.n or 0), calendar), today)


def _first_workday(word: DayWord, today: date, calendar: WorkCalendar) -> Days:
    first = _last_day(today, (word.n or 0) - 1) + timedelta(1)
    return _one(_on_to_workday(first, calendar), today)


def _month(word: DayWord, _: date, __: WorkCalendar) -> Days:
    return Days(trouble="past" if (word.n or 0) < 0 else "day")


def _workday(word: DayWord, today: date, calendar: WorkCalendar) -> Days:
    day = today
    for _ in range(word.n or 1):
        day = _on_to_workday(day + timedelta(1), calendar)
    return Days(dates=(day,))


def _after_holiday(word: DayWord, today: date, calendar: WorkCalendar) -> Days:
    first = _next_holiday(word.name, today, calendar)
    return (
        Days(trouble="unknown-holiday") if first is None else Days(dates=(_on_to_workday(first, calendar),))
    )


def _before_holiday(word: DayWord, today: date, calendar: WorkCalendar) -> Days:
    first = _next_holiday(word.name, today, calendar)
    if first is None:
        return Days(trouble="unknown-holiday")
    if first <= today:
        return Days(trouble="past")
    return _one(_back_to_workday(first - timedelta(1), calendar), today)


def _next_holiday(name: str, today: date, calendar: WorkCalendar) -> date | None:
    """The first day, from today on, of the holiday ``name``, or of the nearest one that is known by name or law.

    A holiday of a year nobody has published is known only when its date is fixed by law.
    """
    fixed = {FIXED_HOLIDAYS[name]} if name in FIXED_HOLIDAYS else set()
    for ahead in range(_FARTHEST_DAYS):
        day = today + timedelta(ahead)
        called = calendar.days.names.get(day, "")
        by_law = (day.month, day.day) in (fixed if name else set(FIXED_HOLIDAYS.values()))
        if calendar.is_workday(day):
            continue
        if called == name if name and called else bool(called) or by_law:
            return day
    return None


def _on_to_workday(day: date, calendar: WorkCalendar) -> date:
    for ahead in range(_FARTHEST_DAYS):
        if calendar.is_workday(day + timedelta(ahead)):
            return day + timedelta(ahead)
    raise ValueError("a calendar without workdays")


def _back_to_workday(day: date, calendar: WorkCalendar) -> date:
    for ago in range(_FARTHEST_DAYS):
        if calendar.is_workday(day - timedelta(ago)):
            return day - timedelta(ago)
    raise ValueError("a calendar without workdays")


def _last_day(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])


def _in_month(today: date, months: int, day: int) -> date | None:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return _day_or_none(year, month + 1, day)


def _day_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _trouble(what: str) -> Callable[[DayWord, date, WorkCalendar], Days]:
    return lambda _, __, ___: Days(trouble=what)


_KINDS: dict[str, Callable[[DayWord, date, WorkCalendar], Days]] = {
    "relative": _relative,
    "weekday": _weekday,
    "weekend": _weekend,
    "week": _week,
    "date": _date,
    "date-next-year": _date_next_year,
    "day-of-month": _day_of_month,
    "day-of-named-month": _day_of_named_month,
    "month-end": _month_end,
    "last-workday": _last_workday,
    "first-workday": _first_workday,
    "month": _month,
    "workday": _workday,
    "after-holiday": _after_holiday,
    "before-holiday": _before_holiday,
    "every": _trouble("every"),
    "vague": _trouble("vague"),
}
