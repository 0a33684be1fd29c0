"""结论 (verdict): what is known after a pilot, what is not, and what would follow from it; a person decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from policies.advice import Suggestion
from policies.rates import USUAL, InTime, Met, Rate


class Criterion(StrEnum):
    """送达及时率、阅读及时率、满意度、问题解决率."""

    DELIVERED = "delivered"
    READ = "read"
    SATISFACTION = "satisfaction"
    SOLVED = "solved"


class Proposal(StrEnum):
    CONTINUE = "continue"
    EXTEND = "extend"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One criterion as it stands.

    Attributes:
        goal: in per cent.
        answered: of a satisfaction, how many answered; ``score`` their mean, 0–100.
        before: the score of the first questionnaire of the pilot, where the two may be compared.
        of: whom it is about, where that is more than the report's own departments.
    """

    criterion: Criterion
    rate: Rate
    goal: int
    answered: int = 0
    score: float | None = None
    before: float | None = None
    of: str = ""

    @property
    def met(self) -> Met:
        return self.rate.against(self.goal / 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What one day of the pilot brought to its people.

    Attributes:
        notices: copies that arrived. most: by the one who got the most. at_night: outside the reader's hours.
    """

    day: date
    notices: int = 0
    most: int = 0
    at_night: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """受众 = 已读 + 未读 + 不知道 + 已离开, of all copies together.

    Attributes:
        too_late: of those nobody can say, how many because the platform's window has closed, by platform.
    """

    read: int = 0
    unread: int = 0
    unknown: int = 0
    left: int = 0
    too_late: Mapping[str, int] = field(default_factory=dict)

    @property
    def all(self) -> int:
        return self.read + self.unread + self.unknown + self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOpen:
    """A questionnaire of the pilot whose answers are in no figure yet.

    Attributes:
        closes_at: in the company's own zone.
        is_late: it has ended; only its key is waited for.
    """

    title: str
    closes_at: datetime
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A pilot, or one department of it, as far as it has come.

    Attributes:
        today: the day it is about; the last day once it is over.
        readers: everybody's copies together: 受众 = 已读 + 未读 + 不知道 + 已离开.
        stopped: announcements that were held, reviewed, refused or reminded of; ``released`` of them left.
        classes: complaints by class. tickets: by state, ``confirmed`` only where what was asked is solved.
        advice: what the heads would do, by department.
        in_time: what the figures call in time.
        still_open: questionnaires that are not counted yet, the first to close first.
        suggestions: what could be done about the complaints, the most frequent first; only where they are told.
    """

    departments: tuple[str, ...]
    people: int
    starts: date
    ends: date
    today: date
    figures: tuple[Figure, ...]
    readers: Standings = field(default_factory=Standings)
    announcements: int = 0
    stopped: int = 0
    released: int = 0
    classes: Mapping[str, int] = field(default_factory=dict)
    tickets: Mapping[str, int] = field(default_factory=dict)
    days: Sequence[Day] = ()
    advice: Mapping[str, str] = field(default_factory=dict)
    in_time: InTime = USUAL
    still_open: tuple[StillOpen, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def nth_day(self) -> int:
        """Counted from 1; before it begins, 0."""
        return max((min(self.today, self.ends) - self.starts).days + 1, 0)

    @property
    def length(self) -> int:
        return (self.ends - self.starts).days + 1

    def figure(self, criterion: Criterion) -> Figure | None:
        return next((one for one in self.figures if one.criterion is criterion), None)


# ── JSON, between the bot and whoever writes the page ─────────────────────────────────────────────


def to_json(report: Report) -> dict[str, Any]:
    """Plain values that ``from_json`` reads back to an equal report; no name of a person is among them."""
    return {
        "departments": list(report.departments),
        "people": report.people,
        "starts": report.starts.isoformat(),
        "ends": report.ends.isoformat(),
        "today": report.today.isoformat(),
        "figures": [
            {
                "criterion": one.criterion.value,
                "yes": one.rate.yes,
                "unknown": one.rate.unknown,
                "all": one.rate.all,
                "goal": one.goal,
                "met": one.met.value,
                "answered": one.answered,
                "score": one.score,
                "before": one.before,
                "of": one.of,
            }
            for one in report.figures
        ],
        "readers": {
            "read": report.readers.read,
            "unread": report.readers.unread,
            "unknown": report.readers.unknown,
            "left": report.readers.left,
            "too_late": dict(report.readers.too_late),
        },
        "announcements": report.announcements,
        "stopped": report.stopped,
        "released": report.released,
        "classes": dict(report.classes),
        "tickets": dict(report.tickets),
        "days": [
            {"day": one.day.isoformat(), "notices": one.notices, "most": one.most, "at_night": one.at_night}
            for one in report.days
        ],
        "advice": dict(report.advice),
        "in_time": {
            "delivered_minutes": report.in_time.delivered.total_seconds() / 60,
            "important_read_hours": report.in_time.important_read.total_seconds() / 3600,
            "read_workdays": report.in_time.read_workdays,
        },
        "still_open": [
            {"title": one.title, "closes_at": one.closes_at.isoformat(), "is_late": one.is_late}
            for one in report.still_open
        ],
    }


def from_json(row: Mapping[str, Any]) -> Report:
    """The inverse of ``to_json``; raises ``KeyError`` or ``ValueError`` for anything else."""
    return Report(
        departments=tuple(row["departments"]),
        people=row["people"],
        starts=date.fromisoformat(row["starts"]),
        ends=date.fromisoformat(row["ends"]),
        today=date.fromisoformat(row["today"]),
        figures=tuple(
            Figure(
                criterion=Criterion(one["criterion"]),
                rate=Rate(yes=one["yes"], unknown=one["unknown"], all=one["all"]),
                goal=one["goal"],
                answered=one["answered"],
                score=one["score"],
                before=one["before"],
                of=one["of"],
            )
            for one in row["figures"]
        ),
        readers=Standings(**row["readers"]),
        announcements=row["announcements"],
        stopped=row["stopped"],
        released=row["released"],
        classes=dict(row["classes"]),
        tickets=dict(row["tickets"]),
        days=tuple(
            Day(
                day=date.fromisoformat(one["day"]),
                notices=one["notices"],
                most=one["most"],
                at_night=one["at_night"],
            )
            for one in row["days"]
        ),
        advice=dict(row["advice"]),
        in_time=InTime(
            delivered=timedelta(minutes=row["in_time"]["delivered_minutes"]),
            important_read=timedelta(hours=row["in_time"]["important_read_hours"]),
            read_workdays=row["in_time"]["read_workdays"],
        ),
        still_open=tuple(
            StillOpen(
                title=one["title"],
                closes_at=datetime.fromisoformat(one["closes_at"]),
                is_late=one["is_late"],
            )
            for one in row["still_open"]
        ),
    )


MOST_MISSED = 1
"""More goals certainly missed than this, and what was tried does not work here."""


def proposal(figures: Sequence[Figure]) -> Proposal:
    """All met: continue. More than one certainly missed: stop. Else more days, since something is still open."""
    if figures and all(figure.met is Met.MET for figure in figures):
        return Proposal.CONTINUE
    missed = sum(figure.met is Met.MISSED for figure in figures)
    return Proposal.STOP if missed > MOST_MISSED else Proposal.EXTEND
