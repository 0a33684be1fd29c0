"""结果 (outcome): all that one turn wants done, as a value; the pipeline writes it in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.port import Reply
from bot.store.pilots import Consent, PilotRow
from bot.store.plans import GroupAsk
from bot.store.polls import Poll
from bot.store.rows import (
    Action,
    AnnouncementRow,
    AuditEntry,
    Dialog,
    Look,
    NewOutbox,
    ReceiptEntry,
    Timer,
)
from bot.store.tickets import TicketRow
from policies.model import PersonId
from policies.questionnaire.model import Answers
from policies.workspace.model import Binding


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Make held rows of a group due, each at its own moment (``moments`` by row id)."""

    group: str
    moments: Mapping[int, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Regroup:
    """Hold rows anew, until another moment and under that moment's release."""

    ids: tuple[int, ...]
    not_before: datetime
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gather:
    """Held rows wait together until then: for the morning that arranges them, or for the message that carries them."""

    ids: tuple[int, ...]
    bundle: str
    not_before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """Gathered rows leave by themselves, each at its own moment (``moments`` by row id)."""

    moments: Mapping[int, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Cancel what has certainly not left of an announcement, or of a group of what the bot itself says.

    ``ids`` narrows it to these rows.
    """

    announcement: str = ""
    group: str = ""
    ids: tuple[int, ...] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """A human says what became of an unknown row: arrived, or send it again (补发)."""

    key: str
    arrived: bool
    by: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTimer:
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """No announcement leaves until then but urgent ones; what was about to is held."""

    by: PersonId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """What a pause has held leaves from now on, apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingOf:
    """Somebody is told of these rows by this very transaction."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescheduled:
    """A planned questionnaire opens and closes at other moments; ``moments is None``: it is left out."""

    run: str
    choice: str
    moments: tuple[datetime, datetime] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPoll:
    """A questionnaire that somebody asked for in the chat will open."""

    poll: Poll


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterAnswered:
    """What the company answers to a letter of nobody."""

    thread: str
    id: str
    batch: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one person has answered by name so far, or to the end."""

    run: str
    person: PersonId
    answers: Answers
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOut:
    """Planned questionnaires that will not be."""

    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """A row of the pilot's room, new or changed: the pilot, a head's word, a ticket."""

    row: PilotRow | Consent | TicketRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOfGroups:
    """Something about a group that needs a look at its platform first."""

    ask: GroupAsk


@dataclass(frozen=True, slots=True, kw_only=True)
class BindGroup:
    """A group is ours from now on."""

    binding: Binding
    name: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGo:
    """A group is not ours any more, if it was; nothing of it changes."""

    written: str
    by: str


OfGroups = AskOfGroups | BindGroup | LetGo


Change = (
    OfGroups
    | Release
    | Regroup
    | Gather
    | Free
    | Cancel
    | Settle
    | StopTimer
    | TellingOf
    | Pause
    | Resume
    | Rescheduled
    | LeaveOut
    | Keep
    | LetterAnswered
    | PlanPoll
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Written in the order of the fields, all of it or nothing.

    Attributes:
        announcements: rows to insert or replace.
        changes: what happens to rows that are already there.
        outbox: new effects.
        used: action ids this press has used up.
        dialogs: what the bot now waits for, one per account.
        receipts: who pressed 收到 or was seen to have read.
        looks: what the platforms shall be asked.
        answered: named answers to questionnaires.
        reply: what goes back in the press's own answer; ``None`` for everything that is not a press.
    """

    announcements: tuple[AnnouncementRow, ...] = ()
    changes: tuple[Change, ...] = ()
    outbox: tuple[NewOutbox, ...] = ()
    timers: tuple[Timer, ...] = ()
    actions: tuple[Action, ...] = ()
    used: tuple[str, ...] = ()
    used_by: PersonId | None = None
    dialogs: tuple[Dialog, ...] = ()
    receipts: tuple[ReceiptEntry, ...] = ()
    looks: tuple[Look, ...] = ()
    answered: tuple[Answered, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    reply: Reply | None = None

    def __add__(self, other: Outcome) -> Outcome:
        """Both, in order; the later reply wins when it has one."""
        return Outcome(
            announcements=self.announcements + other.announcements,
            changes=self.changes + other.changes,
            outbox=self.outbox + other.outbox,
            timers=self.timers + other.timers,
            actions=self.actions + other.actions,
            used=self.used + other.used,
            used_by=other.used_by or self.used_by,
            dialogs=self.dialogs + other.dialogs,
            receipts=self.receipts + other.receipts,
            looks=self.looks + other.looks,
            answered=self.answered + other.answered,
            audit=self.audit + other.audit,
            reply=other.reply or self.reply,
        )

    def with_reply(self, reply: Reply) -> Outcome:
        return replace(self, reply=reply)


NOTHING = Outcome()
