"""柜台 (room): what the body of a command works with, whether a bot lives or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.ballots.keys import KeyFolder
from bot.clock import CivilClock
from bot.store.engine import Store
from bot.world import World
from policies.model import PersonId

GUARDED = 3
"""The exit code of what a guard or a lock stands before."""
BY_HAND = PersonId("command-line")
"""Who the audit names for what is done at the machine itself."""


@dataclass
class Room:
    """An open store, and whoever lives beside it.

    Args:
        on_change: called after something became due, so that a living bot looks at once.
        status: figures of the living bot, empty without one.
        keys: of sealed boxes, for whoever ends a questionnaire.
    """

    store: Store
    clock: CivilClock
    world: Callable[[], World]
    on_change: Callable[[], None] = lambda: None
    status: Callable[[], Mapping[str, Any]] = dict
    keys: KeyFolder | None = None
