"""A pilot as it might have been, for pages and papers."""

from __future__ import annotations

from datetime import date, timedelta

from policies.rates import Rate
from policies.verdict import Criterion, Day, Figure, Report, Standings


def report(**change) -> Report:
    """Delivered met, the other three open."""
    starts = date(2026, 9, 7)
    values = {
        "departments": ("市场部",),
        "people": 23,
        "starts": starts,
        "ends": date(2026, 9, 20),
        "today": date(2026, 9, 20),
        "figures": (
            Figure(criterion=Criterion.DELIVERED, rate=Rate(yes=214, unknown=0, all=214), goal=95),
            Figure(criterion=Criterion.READ, rate=Rate(yes=199, unknown=11, all=214), goal=95),
            Figure(
                criterion=Criterion.SATISFACTION,
                rate=Rate(yes=15.7, unknown=4, all=23),
                goal=85,
                answered=19,
                score=82.6,
                before=70.0,
            ),
            Figure(criterion=Criterion.SOLVED, rate=Rate(yes=9, unknown=3, all=14), goal=80),
        ),
        "readers": Standings(read=199, unread=4, unknown=10, left=1),
        "announcements": 31,
        "stopped": 14,
        "released": 13,
        "classes": {"too-many": 9, "hard-to-find": 5, "safety": 1},
        "tickets": {"open": 1, "taken": 2, "solved": 2, "confirmed": 9},
        "days": tuple(
            Day(
                day=starts + timedelta(days=nth),
                notices=0 if nth in (5, 6, 12) else 10 + nth,
                most=0 if nth in (5, 6, 12) else 1 + nth % 4,
            )
            for nth in range(14)
        ),
        "advice": {"市场部": "extend"},
    }
    return Report(**{**values, **change})
