"""排练的结果 (rehearsal): what people would have lived through, seed by seed and all together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from policies.pilot import FEWEST_ANSWERS, Missing
from policies.rates import USUAL, InTime

USUALLY = 0.5
"""What goes wrong in more than so many seeds goes wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One questionnaire of one seed; ``least``: answers below which nothing is shown."""

    run: str
    opens_at: datetime
    size: int
    answered: int
    least: int = FEWEST_ANSWERS
    anonymous: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """One seed.

    Attributes:
        per_person: for each day, how many messages each person of the scope got.
        nights: messages outside their reader's hours that were not urgent; ``urgent_nights`` those that were.
        longest: the longest hold: from the press to its arrival.
        spent: by pot (``dingtalk calls``) and day, what was used so far in the month.
    """

    seed: int
    people: int
    per_person: Mapping[date, Sequence[int]]
    nights: int = 0
    urgent_nights: int = 0
    longest: tuple[datetime, datetime] | None = None
    said: int = 0
    held: int = 0
    asked: tuple[Asked, ...] = ()
    spent: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    figures: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All seeds together.

    Attributes:
        median: messages of a person on a workday. most: the worst, on ``worst_day``.
        silent: days of the rehearsal on which nothing arrived in any seed.
        missed: questionnaires that usually get too few answers: which, how often, and how many it would take.
        dry: by pot, the day on which it usually runs out; pots that last are not in it.
    """

    seeds: int
    people: int
    days: tuple[date, ...]
    median: float
    most: int
    worst_day: date
    nights: int
    urgent_nights: float
    longest: tuple[datetime, datetime] | None
    silent: tuple[date, ...]
    last_asked: tuple[str, datetime] | None
    missed: tuple[tuple[str, float, int], ...]
    pots: Mapping[str, Mapping[date, int]]
    limits: Mapping[str, int]
    dry: Mapping[str, date]
    impossible: tuple[Missing, ...]
    figures: Mapping[str, tuple[float, float]]
    in_time: InTime = USUAL


def together(
    lived: Sequence[Lived],
    workdays: frozenset[date],
    limits: Mapping[str, int],
    impossible: tuple[Missing, ...],
    in_time: InTime = USUAL,
) -> Findings:
    """What the seeds have in common, and the worst of any; the same seeds give the same findings."""
    days = tuple(sorted({day for one in lived for day in one.per_person}))
    every = [n for one in lived for day, counts in one.per_person.items() if day in workdays for n in counts]
    worst = max(
        ((max(counts, default=0), day) for one in lived for day, counts in one.per_person.items()),
        key=lambda pair: (pair[0], -pair[1].toordinal()),
        default=(0, days[0] if days else date.min),
    )
    longest = max(
        (one.longest for one in lived if one.longest is not None),
        key=lambda pair: (pair[1] - pair[0], pair[0]),
        default=None,
    )
    asked = [poll for one in lived for poll in one.asked]
    runs = list(dict.fromkeys(poll.run for poll in asked))
    missed = []
    for run in runs:
        times = [poll for poll in asked if poll.run == run and poll.anonymous]
        share = sum(poll.answered < poll.least for poll in times) / len(times) if times else 0.0
        if share > USUALLY:
            missed.append((run, share, times[0].least))
    last = max(asked, key=lambda poll: poll.opens_at, default=None)
    pots = {
        pot: {day: round(median(one.spent[pot].get(day, 0) for one in lived)) for day in days}
        for pot in limits
        if all(pot in one.spent for one in lived)
    }
    dry = {}
    for pot, by_day in pots.items():
        day = next((day for day, used in by_day.items() if used >= limits[pot]), None)
        if day is not None:
            dry[pot] = day
    return Findings(
        seeds=len(lived),
        people=lived[0].people if lived else 0,
        days=days,
        median=float(median(every)) if every else 0.0,
        most=worst[0],
        worst_day=worst[1],
        nights=max((one.nights for one in lived), default=0),
        urgent_nights=sum(one.urgent_nights for one in lived) / len(lived) if lived else 0.0,
        longest=longest,
        silent=tuple(day for day in days if all(not any(one.per_person[day]) for one in lived)),
        last_asked=(last.run, last.opens_at) if last is not None else None,
        missed=tuple(missed),
        pots=pots,
        limits=limits,
        dry=dry,
        impossible=impossible,
        figures={
            name: (
                min(one.figures[name][0] for one in lived if name in one.figures),
                max(one.figures[name][1] for one in lived if name in one.figures),
            )
            for name in dict.fromkeys(name for one in lived for name in one.figures)
        },
        in_time=in_time,
    )


def hold_of(pair: tuple[datetime, datetime]) -> timedelta:
    return pair[1] - pair[0]


# ── JSON, between processes ───────────────────────────────────────────────────────────────────────


def to_json(one: Lived) -> dict[str, Any]:
    """Plain values that ``from_json`` reads back to an equal value."""
    return {
        "seed": one.seed,
        "people": one.people,
        "per_person": {day.isoformat(): list(counts) for day, counts in one.per_person.items()},
        "nights": one.nights,
        "urgent_nights": one.urgent_nights,
        "longest": [moment.isoformat() for moment in one.longest] if one.longest else None,
        "said": one.said,
        "held": one.held,
        "asked": [
            {
                "run": poll.run,
                "opens_at": poll.opens_at.isoformat(),
                "size": poll.size,
                "answered": poll.answered,
                "least": poll.least,
                "anonymous": poll.anonymous,
            }
            for poll in one.asked
        ],
        "spent": {
            pot: {day.isoformat(): n for day, n in by_day.items()} for pot, by_day in one.spent.items()
        },
        "figures": {name: list(pair) for name, pair in one.figures.items()},
    }


def from_json(row: Mapping[str, Any]) -> Lived:
    """The inverse of ``to_json``."""
    longest = row["longest"]
    return Lived(
        seed=row["seed"],
        people=row["people"],
        per_person={date.fromisoformat(day): tuple(counts) for day, counts in row["per_person"].items()},
        nights=row["nights"],
        urgent_nights=row["urgent_nights"],
        longest=(datetime.fromisoformat(longest[0]), datetime.fromisoformat(longest[1])) if longest else None,
        said=row["said"],
        held=row["held"],
        asked=tuple(
            Asked(**{**poll, "opens_at": datetime.fromisoformat(poll["opens_at"])}) for poll in row["asked"]
        ),
        spent={
            pot: {date.fromisoformat(day): n for day, n in by_day.items()}
            for pot, by_day in row["spent"].items()
        },
        figures={name: (pair[0], pair[1]) for name, pair in row["figures"].items()},
    )
