"""问题单的一生 (life of a ticket): open → taken → solved | declined → confirmed by who asked, or open again."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    SOLVED = "solved"
    DECLINED = "declined"
    CONFIRMED = "confirmed"


class Act(StrEnum):
    """CONFIRM and REOPEN are the asker's own; nobody else ends a ticket."""

    TAKE = "take"
    SOLVE = "solve"
    DECLINE = "decline"
    CONFIRM = "confirm"
    REOPEN = "reopen"


LIFE: Mapping[State, Mapping[Act, State]] = {
    State.OPEN: {Act.TAKE: State.TAKEN, Act.SOLVE: State.SOLVED, Act.DECLINE: State.DECLINED},
    State.TAKEN: {Act.TAKE: State.TAKEN, Act.SOLVE: State.SOLVED, Act.DECLINE: State.DECLINED},
    State.SOLVED: {Act.CONFIRM: State.CONFIRMED, Act.REOPEN: State.OPEN},
    State.DECLINED: {Act.CONFIRM: State.CONFIRMED, Act.REOPEN: State.OPEN},
    State.CONFIRMED: {},
}


class IllegalMove(ValueError):
    """This cannot happen to a ticket in this state; a late press, most often."""


def advance(state: State, act: Act) -> State:
    """Raises ``IllegalMove``: nothing has changed."""
    try:
        return LIFE[state][act]
    except KeyError as error:
        raise IllegalMove(f"{act} cannot happen to a ticket that is {state}") from error


def may(state: State, act: Act) -> bool:
    return act in LIFE[state]
