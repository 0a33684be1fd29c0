"""What the store keeps, as values: rows in, rows out; SQL stays in the modules beside this one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from policies.announcement import State
from policies.effects import Effect
from policies.model import Account, Announcement, PersonId, Platform, Scalar, Weight


class InboxClass(StrEnum):
    """How much of a payload may be written: all of it, only its sealed form, or only what was found."""

    FULL = "full"
    SEALED = "sealed"
    PASSING = "passing"


class InboxState(StrEnum):
    NEW = "new"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInbox:
    """A payload about to be persisted. UNIQUE (platform, tenant, event_id) and (platform, tenant, cause)
    say no to a repeat; ``body`` is ``""`` for passing ones and for undecodable presses, ``turn_at``
    is the place in the order of judging (``None``: as received)."""

    platform: Platform
    tenant: str
    event_id: str
    cause: str
    klass: InboxClass
    kind: str
    headers: Mapping[str, str]
    body: str
    received_at: datetime
    state: InboxState = InboxState.NEW
    note: str = ""
    turn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    id: int
    entry: NewInbox
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementRow:
    """An announcement with its life.

    Attributes:
        asked_from: the account that asked, where answers about it go.
        version: grows with every edit; a consent is bound to the version it was given for.
        label: the audience in words (``研发部``), with ``size`` people when it was last judged.
        card_key: outbox key of its preview card, to be updated; ``""`` before there is one.
        generation: grows only by a human's 补发.
        undo_until: end of the undo window, ``None`` when there is none.
        decision: the last decision as plain values, for explanations and the audit.
    """

    announcement: Announcement
    state: State
    asked_from: Account
    created_at: datetime
    version: int = 1
    label: str = ""
    size: int = 0
    card_key: str = ""
    generation: int = 0
    confirmed_at: datetime | None = None
    confirmed_by: PersonId | None = None
    undo_until: datetime | None = None
    skeleton: str = ""
    decision: Mapping[str, Any] = field(default_factory=dict)


class OutboxState(StrEnum):
    """held → due → attempted → sent | due (retry) | unknown → sent | due (补发); dead; cancelled; quarantined.

    ``attempted`` is committed before the request is written: whatever happens after, the row says that
    something may have left.
    """

    HELD = "held"
    DUE = "due"
    ATTEMPTED = "attempted"
    SENT = "sent"
    UNKNOWN = "unknown"
    DEAD = "dead"
    CANCELLED = "cancelled"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOutbox:
    """An effect to be carried out.

    Attributes:
        key: derived, 40 hex digits; UNIQUE, so a repeat writes nothing.
        announcement: id, or ``""`` for what the bot itself says.
        recipients: whose copies it carries (one for a direct message, all for a group post or a batch).
        not_before: civil time; ``None`` = now.
        group: what is released, re-timed and cancelled together (``release:<announcement>:<moment>``).
        tell: who is told when it fails or its outcome is unknown; ``None`` = only the admins.
        expires_at: after this an answer is of no use any more (a toast's follow-up), else ``None``.
    """

    key: str
    effect: Effect
    step: str
    state: OutboxState = OutboxState.DUE
    announcement: str = ""
    weight: Weight = Weight.NORMAL
    recipients: tuple[Account, ...] = ()
    not_before: datetime | None = None
    group: str = ""
    tell: PersonId | None = None
    cause: str = ""
    generation: int = 0
    created_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A row as it stands.

    Attributes:
        receipt: the platform's proof as plain values.
        ready_at: when it may be attempted: ``not_before`` (or its creation), later the end of a pause.
        may_have_left: an earlier attempt's outcome was lost and the same key will be tried again, so it
            cannot be cancelled any more.
        told_at: when somebody was told that it is unknown or dead.
        settled_by: who said what became of an unknown one.
        bundle: the morning that gathers it, then the key of the message that carries it with others; its state
            follows that message's from then on. ``""``: it leaves by itself.
    """

    id: int
    entry: NewOutbox
    state: OutboxState
    attempts: int = 0
    first_attempt_at: datetime | None = None
    attempted_at: datetime | None = None
    next_attempt_at: datetime | None = None
    sent_at: datetime | None = None
    receipt: Mapping[str, Any] = field(default_factory=dict)
    error_kind: str = ""
    error: str = ""
    owner: str = ""
    epoch: int = 0
    ready_at: datetime | None = None
    may_have_left: bool = False
    told_at: datetime | None = None
    settled_by: str = ""
    bundle: str = ""


class ReceiptKind(StrEnum):
    """已读 is what a platform tells, 收到 what a person pressed; neither is the other."""

    RECEIVED = "received"
    READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptEntry:
    """One person's receipt of one announcement. UNIQUE (announcement, person, kind): the first counts.

    Attributes:
        at: when we learned it, or when it was pressed.
    """

    announcement: str
    person: PersonId
    kind: ReceiptKind
    account: Account
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A question to the platforms: who has read this?

    Attributes:
        key: derived, so that a repeat asks once.
        asked_by: who waits for the answer; ``None``: a deadline, only to be remembered.
    """

    key: str
    announcement: str
    asked_by: Account | None
    asked_at: datetime


class CatchUp(StrEnum):
    """What a timer missed while we were down means: do it late, or let it pass."""

    LATE = "late"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A moment that makes an event. UNIQUE (key, due_at); ``kind`` picks the turn.

    Attributes:
        again: it fires once more when it is set once more after it has fired. For what is no repeat of the same
            event: several things wait for one moment, and a clock that was put back comes to that moment twice.
    """

    key: str
    kind: str
    subject: str
    due_at: datetime
    catch_up: CatchUp = CatchUp.LATE
    again: bool = False

    @classmethod
    def releasing(cls, group: str, announcement: str, moment: datetime) -> Timer:
        """What waits in this group of an announcement is judged once more then."""
        return cls(key=group, kind="release", subject=announcement, due_at=moment, again=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a button's opaque id stands for; no rights and no data travel in the card itself.

    Attributes:
        addressees: who may press; empty = whoever sees the card and passes the turn's own check.
        subject: usually an announcement id; ``version`` the version the button was made for.
        change: the fix behind it, as plain values.
    """

    id: str
    kind: str
    subject: str
    label: str
    addressees: tuple[PersonId, ...] = ()
    version: int = 0
    change: Mapping[str, Scalar] = field(default_factory=dict)
    expires_at: datetime
    once: bool = True
    used_by: PersonId | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialog:
    """What the bot is waiting for from one account, and which numbers stand for which buttons.

    Attributes:
        expects: ``""`` nothing; ``reason``, ``text``, ``audience``, ``time``, ``mentions``.
        offers: (label, action id) in the order they were numbered.
    """

    account: Account
    expects: str = ""
    subject: str = ""
    offers: tuple[tuple[str, str], ...] = ()
    until: datetime
    greeted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who, what, by which rule, why, when; never a message's text. ``details`` are plain values."""

    at: datetime
    who: str
    act: str
    subject: str = ""
    rule: str = ""
    why: str = ""
    details: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRow:
    """A group we know of.

    Attributes:
        members: accounts we know to be in it, ``None`` where the platform does not tell.
        managed_for: the department or project it was configured for (``研发部``), or ``""``.
        is_inside: our bot can post there, as far as we know; not stored, see ``managed.known_chats``.
    """

    platform: Platform
    id: str
    name: str
    members: tuple[Account, ...] | None = None
    managed_for: str = ""
    is_alive: bool = True
    is_inside: bool = True
    seen_at: datetime | None = None
