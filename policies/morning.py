"""温和的早晨 (gentle morning): when each of what has waited leaves: the important first, apart, nobody rung twice at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from policies.calendar import Calendars
from policies.model import Weight

MOST_TOGETHER = 20
"""So many notices one message may carry; a list that is longer is not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One message to come, which rings its people once.

    Attributes:
        people: whom it rings: each human once, whatever the platform; for a group whose members nobody tells,
            the group itself.
        teams: whose hours must be open when it leaves.
    """

    id: Hashable
    weight: Weight
    people: frozenset[str]
    teams: frozenset[str] = frozenset({""})


def arrange(
    units: Sequence[Unit],
    calendars: Calendars,
    start: datetime,
    *,
    spread: timedelta,
    gap: timedelta,
    busy: Mapping[str, Sequence[datetime]] | None = None,
) -> dict[Hashable, datetime]:
    """A moment for each unit, the same for the same input.

    One after the other from ``start`` on, evenly over ``spread``, what weighs more first, else in the order given.
    Whoever gets several gets them at least ``gap`` apart, also from what rings them anyway (``busy``); then
    it may take longer than ``spread``. The gap gives way before anybody's hours do.
    """
    ordered = sorted(units, key=lambda unit: unit.weight)
    step = spread / max(len(ordered), 1)
    rung = {person: sorted(moments) for person, moments in (busy or {}).items()}
    last: dict[str, datetime] = {}
    arranged: dict[Hashable, datetime] = {}
    for nth, unit in enumerate(ordered):
        slot = _open(unit, calendars, start + step * nth, start)
        moment = _open(unit, calendars, _apart(unit, slot, gap, rung, last), slot)
        arranged[unit.id] = moment
        last.update(dict.fromkeys(unit.people, moment))
    return arranged


def _apart(
    unit: Unit,
    slot: datetime,
    gap: timedelta,
    rung: Mapping[str, Sequence[datetime]],
    last: Mapping[str, datetime],
) -> datetime:
    """The first moment from ``slot`` on that is far enough from everything that rings these people."""
    moment = max([slot, *(last[person] + gap for person in unit.people if person in last)])
    near = sorted({other for person in unit.people for other in rung.get(person, ())})
    for other in near:
        if abs(other - moment) < gap:
            moment = other + gap
    return moment


def _open(unit: Unit, calendars: Calendars, wished: datetime, otherwise: datetime) -> datetime:
    return wished if all(calendars.of(team).is_open(wished) for team in unit.teams) else otherwise


def together(
    items: Iterable[tuple[Hashable, int]], room: int, most: int = MOST_TOGETHER
) -> tuple[tuple[Hashable, ...], ...]:
    """Which of these, in their order, fit into one message each; what would stand alone is in none.

    Args:
        items: id and size.
        room: how much one message holds of all sizes together; 0 = more than anybody writes.
    """
    bundles: list[list[Hashable]] = []
    left = 0
    for id_, size in items:
        if not bundles or len(bundles[-1]) >= most or (room and size > left):
            bundles.append([])
            left = room
        bundles[-1].append(id_)
        left -= size
    return tuple(tuple(bundle) for bundle in bundles if len(bundle) > 1)
