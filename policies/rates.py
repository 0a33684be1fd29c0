"""比率 (rates): a figure is an interval that holds every possible truth; 达标, 未达标 or 无法判定."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from policies.calendar import Calendars, WorkCalendar
from policies.metrics import WINDOWS
from policies.model import PersonId, Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class InTime:
    """及时: what a company calls in time; printed wherever a figure of it is.

    Attributes:
        delivered: 送达及时: accepted by the platform so soon after it was due.
        important_read: 阅读及时 of 【重要】, in the reader's own open hours.
        read_workdays: of everything else, in workdays of the reader.
    """

    delivered: timedelta = timedelta(minutes=5)
    important_read: timedelta = timedelta(hours=4)
    read_workdays: int = 1

    def read_by(self, sent_at: datetime, calendar: WorkCalendar, *, is_important: bool) -> datetime:
        """The end of a reader's time, by the hours of that reader."""
        work = self.important_read if is_important else calendar.day_length * self.read_workdays
        return calendar.after_work(sent_at, work)


USUAL = InTime()

LEARNED_WITHIN = timedelta(minutes=15)
"""A platform that is asked at the deadline tells who has read by then, not when: a look so soon after it still counts."""


class Met(StrEnum):
    """Whether a goal is reached, whatever the unknown part turns out to be."""

    MET = "met"
    MISSED = "missed"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``[yes / all, (yes + unknown) / all]``; what is not yet due and who has left are in none of the three.

    Attributes:
        yes: known yes, in the unit of ``all``. unknown: may be yes or no. all: whom the figure is about.
    """

    yes: float
    unknown: float
    all: int

    def __post_init__(self) -> None:
        if not (self.yes >= 0 and self.unknown >= 0 and self.yes + self.unknown <= self.all + 1e-9):
            raise ValueError(f"{self.yes} + {self.unknown} of {self.all} is no rate")

    @property
    def low(self) -> float:
        return self.yes / self.all if self.all else 0.0

    @property
    def high(self) -> float:
        return min((self.yes + self.unknown) / self.all, 1.0) if self.all else 1.0

    def against(self, goal: float) -> Met:
        """``goal`` as a share, 0–1; nobody asked is open, never met."""
        if not self.all or self.low < goal <= self.high:
            return Met.OPEN
        return Met.MET if self.low >= goal else Met.MISSED


# ── 送达及时率、阅读及时率 ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One person's copy of one announcement, as far as it has come.

    Attributes:
        due_at: when it might leave by the policy. sent_at: the platform's receipt.
        is_lost: given up, or cancelled after it was due; ``False`` with no ``sent_at``: nobody knows.
        read_at: by when it was certainly read (收到 counts); the platform may have learned it earlier.
        looked_at: when the platform last told completely who has read.
    """

    person: PersonId
    platform: Platform
    due_at: datetime
    sent_at: datetime | None = None
    is_lost: bool = False
    is_important: bool = False
    team: str = ""
    is_active: bool = True
    read_at: datetime | None = None
    looked_at: datetime | None = None


class Timely(StrEnum):
    """Where one copy stands; ``WAITING``: its time is not over yet, ``LEFT``: the reader is gone."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    LEFT = "left"


def delivered(copy: Sent, now: datetime, in_time: InTime = USUAL) -> Timely:
    if copy.sent_at is not None:
        return Timely.YES if copy.sent_at - copy.due_at <= in_time.delivered else Timely.NO
    if now < copy.due_at + in_time.delivered:
        return Timely.WAITING
    return Timely.NO if copy.is_lost else Timely.UNKNOWN


def deadline(copy: Sent, calendars: Calendars, in_time: InTime = USUAL) -> datetime | None:
    """By when it should be read; ``None`` while it has not been sent."""
    if copy.sent_at is None:
        return None
    return in_time.read_by(copy.sent_at, calendars.of(copy.team), is_important=copy.is_important)


def read(copy: Sent, calendars: Calendars, now: datetime, in_time: InTime = USUAL) -> Timely:
    """In time, late, or nobody knows; a window that closes before the deadline leaves only 不知道."""
    until = deadline(copy, calendars, in_time)
    if until is not None and copy.read_at is not None and copy.read_at <= until + LEARNED_WITHIN:
        return Timely.YES
    if not copy.is_active:
        return Timely.LEFT
    if until is None:
        return Timely.WAITING if now < copy.due_at + in_time.delivered else Timely.UNKNOWN
    if now <= until:
        return Timely.WAITING
    return Timely.NO if _was_unread_at(until, copy) else Timely.UNKNOWN


def _was_unread_at(until: datetime, copy: Sent) -> bool:
    """A complete answer of the platform, given after the deadline and while it still told, without them."""
    looked = copy.looked_at
    if looked is None or copy.sent_at is None or not until <= looked <= copy.sent_at + WINDOWS[copy.platform]:
        return False
    return copy.read_at is None or copy.read_at > looked


def counted(stands: Iterable[Timely]) -> Rate:
    """Those whose time is over and who are still with us."""
    found = list(stands)
    yes, unknown, no = (found.count(one) for one in (Timely.YES, Timely.UNKNOWN, Timely.NO))
    return Rate(yes=yes, unknown=unknown, all=yes + unknown + no)


def delivered_in_time(copies: Iterable[Sent], now: datetime, in_time: InTime = USUAL) -> Rate:
    return counted(delivered(copy, now, in_time) for copy in copies)


def read_in_time(
    copies: Iterable[Sent], calendars: Calendars, now: datetime, in_time: InTime = USUAL
) -> Rate:
    return counted(read(copy, calendars, now, in_time) for copy in copies)


# ── 满意度、问题解决率 ─────────────────────────────────────────────────────────────────────────────


def satisfaction(score: float | None, answered: int, asked: int) -> Rate:
    """A mean of 1–5 told as 0–100; who did not answer may be anything between nothing and everything.

    Args:
        score: of those who answered; ``None`` where too few did to be shown.
        asked: everybody the question was for.
    """
    known = answered if score is not None else 0
    everybody = max(asked, known)
    return Rate(yes=known * (score or 0.0) / 100, unknown=everybody - known, all=everybody)


def solved(tickets: Mapping[str, int]) -> Rate:
    """By the tickets' states: confirmed by who asked is yes, answered and not confirmed is unknown."""
    answered = tickets.get("solved", 0)
    return Rate(yes=tickets.get("confirmed", 0), unknown=answered, all=sum(tickets.values()))
