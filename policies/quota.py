"""额度 (quota): when a month's pot is worth a word, and on which day it runs dry if it goes on like this."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from zoneinfo import ZoneInfo

MARKS = (95, 80)
"""Per cent of the pot at which the admins are told once, the greater first."""


def reached(spent: int, limit: int) -> int:
    """The greatest mark that has been reached, 0 for none."""
    if limit <= 0:
        return 0
    return next((mark for mark in MARKS if spent * 100 >= limit * mark), 0)


def dry_on(spent: int, limit: int, now: datetime, zone: str) -> date | None:
    """The day on which the pot is empty at this month's pace so far; ``None``: it lasts."""
    today = now.astimezone(ZoneInfo(zone)).date()
    if spent >= limit:
        return today
    days = monthrange(today.year, today.month)[1]
    if spent <= 0:
        return None
    day = -(-limit * today.day // spent)
    return today.replace(day=day) if day <= days else None
