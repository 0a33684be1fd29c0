"""会不会过时 (staleness): whether what somebody wrote may not be true any more when it leaves."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation import times
from policies.calendar import WorkCalendar
from policies.model import Announcement

LONG_REST = timedelta(days=2)
"""Between the first and the last day off: three days; an ordinary weekend alone asks nobody."""


BEFORE_OPENING = timedelta(minutes=10)
"""How long before it leaves its author is asked."""

FRESH = "fresh:"
"""Before the day for which the author has just rewritten the words: of that day, and no other, they need no question."""


def asks_first(
    announcement: Announcement, opening: datetime | None, now: datetime, calendar: WorkCalendar
) -> bool:
    """Whether there is reason to ask its author before ``opening``, and time to."""
    if opening is None or opening - BEFORE_OPENING <= now:
        return False
    if fresh_for(opening, calendar) in announcement.waivers:
        return False
    since = max(now, announcement.not_before or now)
    return is_stale(announcement.text, since, opening, now, calendar)


def fresh_for(opening: datetime, calendar: WorkCalendar) -> str:
    """The waiver of an announcement whose words were rewritten for the day of this opening."""
    return f"{FRESH}{calendar.local(opening).date().isoformat()}"


def is_stale(text: str, since: datetime, opening: datetime, now: datetime, calendar: WorkCalendar) -> bool:
    """Whether a long rest lies in between, or the words speak of a time that is over by ``opening``.

    Args:
        since: from when it waits: now, or the later moment its author chose.
    """
    rest = calendar.break_after(since)
    if rest is not None and rest[1] - rest[0] >= LONG_REST:
        return True
    found = times.find(text, now, calendar)
    if not isinstance(found, times.Found):
        return False
    over = found.moment or found.deadline or (found.span[1] if found.span else None)
    return over is not None and over <= opening
