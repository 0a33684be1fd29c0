"""建议 (advice): from what people complain about to a change of the configuration, with what it would have changed; pure.

Only a limit that is a key of ours can be reckoned again over the days that were. For everything else there is a word
and no figure, and where few have said it, not even that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

FEWEST_MENTIONS = 5
"""Said less often than this, a complaint is no ground for another rule."""


class Key(StrEnum):
    """Limits that a complaint may be about, as the configuration writes them."""

    IMPORTANT = "important.per_author_per_week"
    URGENT = "work_hours.urgent_per_author_per_month"


OF_CLASS: Mapping[str, Key] = {"too-many": Key.IMPORTANT, "at-night": Key.URGENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How a limit stands, and what it has limited so far.

    Attributes:
        now: ``None``: no limit.
        used: how many each author sent in each week or month of the pilot.
    """

    now: int | None
    used: Collection[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One complaint, and what could be done about it.

    Attributes:
        n: how often it was said.
        key: ``None``: no key of ours changes this. then: the limit that is proposed.
        before, after: how many there were, and how many the new limit would have let through as they were.
    """

    about: str
    n: int
    key: Key | None = None
    now: int | None = None
    then: int = 0
    before: int = 0
    after: int = 0

    @property
    def is_too_rare(self) -> bool:
        return self.n < FEWEST_MENTIONS

    @property
    def changes_something(self) -> bool:
        return self.key is not None and self.after < self.before


def suggestions(classes: Mapping[str, int], limits: Mapping[Key, Limit]) -> tuple[Suggestion, ...]:
    """The most frequent complaint first; safety is nobody's statistics."""
    ranked = sorted(((n, name) for name, n in classes.items() if n and name != "safety"), reverse=True)
    return tuple(_suggestion(name, n, limits) for n, name in ranked)


def _suggestion(name: str, n: int, limits: Mapping[Key, Limit]) -> Suggestion:
    key = OF_CLASS.get(name)
    limit = limits.get(key) if key is not None else None
    if key is None or limit is None or n < FEWEST_MENTIONS:
        return Suggestion(about=name, n=n)
    before = sum(limit.used)
    then = max(1, max(limit.used, default=0) // 2)
    if limit.now is not None:
        then = min(then, limit.now)
    after = sum(min(one, then) for one in limit.used)
    return Suggestion(about=name, n=n, key=key, now=limit.now, then=then, before=before, after=after)
