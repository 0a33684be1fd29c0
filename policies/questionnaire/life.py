"""问卷的一生 (life of a questionnaire): its states and what may happen in each.

planned → open → closed → reported. A planned one may be skipped (a day off), an open one stopped by an admin: then
nothing of it is counted and its key is destroyed. Nothing leads back: what was promised at opening stays promised.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    REPORTED = "reported"
    CANCELLED = "cancelled"


class Act(StrEnum):
    """OPEN: the audience is frozen and asked. CLOSE: the box is opened and counted. REPORT: the result is told.

    SKIP: this occurrence will not be. STOP: an admin ends it before its time, uncounted.
    """

    OPEN = "open"
    CLOSE = "close"
    REPORT = "report"
    SKIP = "skip"
    STOP = "stop"


class IllegalMove(ValueError):
    """This cannot happen to a questionnaire in this state; nothing has changed."""


LIFE: Mapping[State, Mapping[Act, State]] = {
    State.PLANNED: {Act.OPEN: State.OPEN, Act.SKIP: State.CANCELLED},
    State.OPEN: {Act.CLOSE: State.CLOSED, Act.STOP: State.CANCELLED},
    State.CLOSED: {Act.REPORT: State.REPORTED},
    State.REPORTED: {},
    State.CANCELLED: {},
}


def advance(state: State, act: Act) -> State:
    """The state after it; raises ``IllegalMove``."""
    try:
        return LIFE[state][act]
    except KeyError as error:
        raise IllegalMove(f"{act} cannot happen to a questionnaire that is {state}") from error
