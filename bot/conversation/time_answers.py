"""时间的答案 (time answers): what a time was found to be, or what must be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One time; exactly one of ``moment``, ``span`` and ``deadline`` is set.

    Attributes:
        span: from and to; a day or part of a day without a clock is one, with ``needs`` saying so.
        deadline: no later than that; a deadline that names only a day lies at the closing of that day.
        matched: the words it was read from, at ``start:end`` of the text.
        is_guess: 推算: nobody has published that day's year, so whether it is worked is only likely.
        needs: ``"clock"`` when none was said, else ``""``.
    """

    matched: str
    start: int
    end: int
    moment: datetime | None = None
    span: tuple[datetime, datetime] | None = None
    deadline: datetime | None = None
    is_guess: bool = False
    needs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The words leave it open; one of ``options`` must be chosen, or it must be said again.

    Attributes:
        kind: ``part`` (上午还是下午), ``day`` (which of them), ``weekend``, ``past``, ``no-such-day``, ``vague``,
            ``contradiction``, ``unknown-holiday``, ``day-off``.
        options: ``(as it is printed, the moment)``, all after ``now``; may be empty.
    """

    kind: str
    matched: str
    start: int
    end: int
    options: tuple[tuple[str, datetime], ...] = ()
