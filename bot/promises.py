"""承诺与能力 (promises): what each rule can be on a platform, from what that platform declares. Pure."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from adapters.port import Capabilities, KeyUse


class Strength(StrEnum):
    """How well a promise is kept."""

    BEFORE = "before"
    AFTER = "after"
    YES = "yes"
    PARTLY = "partly"
    NO = "no"


Cell = tuple[Strength, str]
"""How well, and which sentence says why."""


def _groups(able: Capabilities) -> Cell:
    return (Strength.AFTER, "hears-groups") if able.hears_groups else (Strength.NO, f"deaf-{able.platform}")


def _mentions(able: Capabilities) -> Cell:
    return (Strength.YES, "") if able.group_mentions else (Strength.NO, "mentions-need-cards")


def _once(able: Capabilities) -> Cell:
    match able.person_key:
        case KeyUse.SAME_KEY_AGAIN:
            return Strength.YES, "same-key"
        case KeyUse.PROBE_FIRST:
            return Strength.YES, "probe"
        case KeyUse.NONE:
            return Strength.PARTLY, "no-key"


def _buttons(able: Capabilities) -> Cell:
    return (Strength.YES, "") if able.cards else (Strength.PARTLY, "numbers")


def _anonymous(able: Capabilities) -> Cell:
    return (Strength.YES, "") if able.cards else (Strength.NO, "anonymous-needs-cards")


def _readers(able: Capabilities) -> Cell:
    return Strength.YES, f"readers-{able.platform}"


ROWS: tuple[tuple[str, Callable[[Capabilities], Cell]], ...] = (
    ("proposed", lambda _: (Strength.BEFORE, "")),
    ("posted", _groups),
    ("mentions", _mentions),
    ("once", _once),
    ("buttons", _buttons),
    ("readers", _readers),
    ("anonymous", _anonymous),
)


def table(*platforms: Capabilities) -> list[tuple[str, tuple[Cell, ...]]]:
    """A row for each promise, a cell for each platform."""
    return [(name, tuple(cell(able) for able in platforms)) for name, cell in ROWS]
