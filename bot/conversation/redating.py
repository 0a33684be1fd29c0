"""换日子 (redating): what was written for a day that is over by the time it leaves, said of the day on which it leaves.

Only where the grammar leaves nothing open: one time in the text, one day of it, still to come on the new day.
"""

from __future__ import annotations

from datetime import date, datetime

from bot.conversation import time_words, times
from bot.conversation.time_answers import Found
from bot.conversation.time_words import Phrase
from policies.calendar import WorkCalendar


def redated(text: str, opening: datetime, now: datetime, calendar: WorkCalendar) -> str | None:
    """The text for the day of ``opening``; ``None``: it needs no other day, or nobody can tell how it would read."""
    phrase = _only(text)
    if phrase is None or phrase.day is None:
        return None
    found = times.resolve(phrase, text, now, calendar)
    if not isinstance(found, Found) or not _is_over(found, opening):
        return None
    day = calendar.local(opening).date()
    rest = text[phrase.day_end :]
    space = " " if rest[:1].isdigit() else ""
    fresh = f"{text[: phrase.start]}{day.month}月{day.day}日{space}{rest}"
    again = times.find(fresh, now, calendar)
    fits = isinstance(again, Found) and not _is_over(again, opening) and _day(again, calendar) == day
    return fresh if fits else None


def day_off(text: str, opening: datetime, now: datetime, calendar: WorkCalendar) -> date | None:
    """The day off of which the text speaks, before ``opening``; ``None``: of none."""
    found = times.find(text, now, calendar)
    if not isinstance(found, Found) or not _is_over(found, opening):
        return None
    day = _day(found, calendar)
    return None if day is None or calendar.is_workday(day) else day


def _only(text: str) -> Phrase | None:
    """The one time of the text, if it is a day with or without a clock."""
    phrases = list(time_words.phrases(text))
    if len(phrases) != 1:
        return None
    [phrase] = phrases
    is_plain = phrase.minutes is None and phrase.until is None and not phrase.is_deadline
    return phrase if is_plain else None


def _is_over(found: Found, moment: datetime) -> bool:
    end = found.moment or (found.span[1] if found.span else None)
    return end is not None and end <= moment


def _day(found: Found, calendar: WorkCalendar) -> date | None:
    start = found.moment or (found.span[0] if found.span else None)
    return calendar.local(start).date() if start else None
