"""公告的一生 (life of an announcement): its states and what may happen in each.

draft → previewed → [in review → approved | declined] → scheduled (held) → [asking the author] → sending → sent |
partly sent → recalling → recalled; refused; cancelled at any time before sending. Whoever changes a previewed,
refused, declined, approved or scheduled one starts again at a preview, so that consent hangs on content.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    PREVIEWED = "previewed"
    IN_REVIEW = "in-review"
    APPROVED = "approved"
    DECLINED = "declined"
    SCHEDULED = "scheduled"
    ASKING = "asking"
    SENDING = "sending"
    SENT = "sent"
    PARTLY_SENT = "partly-sent"
    RECALLING = "recalling"
    RECALLED = "recalled"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Act(StrEnum):
    """What can happen.

    PREVIEW: shown (again) after being written or changed. ASK_REVIEW: the author asks a second person.
    CONFIRM: the author says 就这样. HOLD: some of it waits, or waits anew. ASK: the author is asked before
    it leaves. RELEASE: (the next part of) it leaves. FINISH, FINISH_PARTLY: every row is settled, with
    everyone reached or not. REFUSE: the rules say no, at first or when judged again.
    """

    PREVIEW = "preview"
    REFUSE = "refuse"
    ASK_REVIEW = "ask-review"
    APPROVE = "approve"
    DECLINE = "decline"
    CONFIRM = "confirm"
    HOLD = "hold"
    ASK = "ask"
    RELEASE = "release"
    FINISH = "finish"
    FINISH_PARTLY = "finish-partly"
    RECALL = "recall"
    FINISH_RECALL = "finish-recall"
    CANCEL = "cancel"


class IllegalMove(ValueError):
    """This cannot happen to an announcement in this state; a late press, most often."""


LIFE: Mapping[State, Mapping[Act, State]] = {
    State.DRAFT: {
        Act.PREVIEW: State.PREVIEWED,
        Act.REFUSE: State.REFUSED,
        Act.CANCEL: State.CANCELLED,
    },
    State.PREVIEWED: {
        Act.PREVIEW: State.PREVIEWED,
        Act.REFUSE: State.REFUSED,
        Act.ASK_REVIEW: State.IN_REVIEW,
        Act.CONFIRM: State.SCHEDULED,
        Act.CANCEL: State.CANCELLED,
    },
    State.REFUSED: {
        Act.PREVIEW: State.PREVIEWED,
        Act.REFUSE: State.REFUSED,
        Act.ASK_REVIEW: State.IN_REVIEW,
        Act.CANCEL: State.CANCELLED,
    },
    State.IN_REVIEW: {
        Act.PREVIEW: State.PREVIEWED,
        Act.APPROVE: State.APPROVED,
        Act.DECLINE: State.DECLINED,
        Act.REFUSE: State.REFUSED,
        Act.CANCEL: State.CANCELLED,
    },
    State.DECLINED: {
        Act.PREVIEW: State.PREVIEWED,
        Act.ASK_REVIEW: State.IN_REVIEW,
        Act.CANCEL: State.CANCELLED,
    },
    State.APPROVED: {
        Act.PREVIEW: State.PREVIEWED,
        Act.CONFIRM: State.SCHEDULED,
        Act.REFUSE: State.REFUSED,
        Act.CANCEL: State.CANCELLED,
    },
    State.SCHEDULED: {
        Act.PREVIEW: State.PREVIEWED,
        Act.HOLD: State.SCHEDULED,
        Act.ASK: State.ASKING,
        Act.ASK_REVIEW: State.IN_REVIEW,
        Act.RELEASE: State.SENDING,
        Act.REFUSE: State.REFUSED,
        Act.CANCEL: State.CANCELLED,
    },
    State.ASKING: {
        Act.PREVIEW: State.PREVIEWED,
        Act.CONFIRM: State.SCHEDULED,
        Act.ASK: State.ASKING,
        Act.REFUSE: State.REFUSED,
        Act.CANCEL: State.CANCELLED,
        Act.FINISH_PARTLY: State.PARTLY_SENT,
        Act.RECALL: State.RECALLING,
    },
    State.SENDING: {
        Act.ASK: State.ASKING,
        Act.HOLD: State.SENDING,
        Act.RELEASE: State.SENDING,
        Act.FINISH: State.SENT,
        Act.FINISH_PARTLY: State.PARTLY_SENT,
        Act.RECALL: State.RECALLING,
    },
    State.SENT: {Act.RECALL: State.RECALLING, Act.FINISH_PARTLY: State.PARTLY_SENT},
    State.PARTLY_SENT: {
        Act.RELEASE: State.SENDING,
        Act.FINISH: State.SENT,
        Act.RECALL: State.RECALLING,
    },
    State.RECALLING: {Act.RECALL: State.RECALLING, Act.FINISH_RECALL: State.RECALLED},
    State.RECALLED: {},
    State.CANCELLED: {},
}


def advance(state: State, act: Act) -> State:
    """The state after it.

    Raises:
        IllegalMove: ``act`` cannot happen in ``state``; nothing has changed.
    """
    try:
        return LIFE[state][act]
    except KeyError as error:
        raise IllegalMove(f"{act} cannot happen to an announcement that is {state}") from error


def may(state: State, act: Act) -> bool:
    return act in LIFE[state]


BEFORE_SENDING = frozenset(state for state in State if may(state, Act.CANCEL))
"""In these it can still be taken back without a trace."""
