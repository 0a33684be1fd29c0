"""送达面 (reach): whom one announcement has gone to, by which message, and who is known to have read or said 收到."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.conversation import about as about_words
from bot.store import announcements, marks, outbox, receipts
from bot.store.mirror import Directory
from bot.store.rows import OutboxRow, OutboxState, ReceiptKind
from policies.announcement import State
from policies.effects import SendBatch, SendCard, SendText
from policies.model import Chat, Person, PersonId

if TYPE_CHECKING:
    from bot.store.engine import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One announcement's copies and receipts, as the store has them.

    Attributes:
        rows: its messages, without cancelled ones.
        copies: for each person the message that carries theirs; groups whose members nobody tells are not in it.
        looked_at: when the platforms were last asked who has read.
        looks: by message key, when its platform last told completely who has read it.
    """

    rows: tuple[OutboxRow, ...] = ()
    copies: Mapping[PersonId, OutboxRow] = field(default_factory=dict)
    received: frozenset[PersonId] = frozenset()
    read: frozenset[PersonId] = frozenset()
    looked_at: datetime | None = None
    looks: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Those it went to, and who was meant by a later look at the audience and said 收到; 0: nobody can tell."""
        return len(self.copies.keys() | self.received) if self.copies else 0

    def is_open(self) -> bool:
        """Whether it stands in a group of which nobody tells who is in it."""
        return any(_is_to_the_group_itself(row) for row in self.rows)

    def shared_cards(self) -> tuple[OutboxRow, ...]:
        """Cards that stand in a group, where everybody sees the same face."""
        return tuple(row for row in self.rows if is_shared(row) and isinstance(row.entry.effect, SendCard))


def is_shared(row: OutboxRow) -> bool:
    """Whether it is one message into a group."""
    return isinstance(row.entry.effect, SendCard | SendText) and isinstance(row.entry.effect.to, Chat)


def _is_to_the_group_itself(row: OutboxRow) -> bool:
    effect = row.entry.effect
    return (
        isinstance(effect, SendCard | SendText)
        and isinstance(effect.to, Chat)
        and all(account.id == effect.to.id for account in row.entry.recipients)
    )


def gather(conn: Connection, directory: Directory, announcement: str) -> Reach:
    """Read it in the transaction of the judgement."""
    rows = tuple(
        row
        for row in outbox.of_announcement(conn, announcement)
        if row.state is not OutboxState.CANCELLED
        and isinstance(row.entry.effect, SendCard | SendText | SendBatch)
    )
    copies: dict[PersonId, OutboxRow] = {}
    for row in rows:
        for account in row.entry.recipients:
            person = directory.by_account(account)
            if person is not None:
                copies[person.id] = row
    return Reach(
        rows=rows,
        copies=copies,
        received=receipts.people(conn, announcement, ReceiptKind.RECEIVED),
        read=receipts.people(conn, announcement, ReceiptKind.READ),
        looked_at=receipts.looked_at(conn, announcement),
        looks=looks_of(conn, announcement),
    )


def looks_of(conn: Connection, announcement: str) -> dict[str, datetime]:
    found = marks.get(conn, f"{_LOOKS}{announcement}") or {}
    return {key: datetime.fromisoformat(moment) for key, moment in found.items()}


def looked(conn: Connection, announcement: str, key: str, now: datetime) -> None:
    """The platform has told who has read this message: all of them."""
    known = marks.get(conn, f"{_LOOKS}{announcement}") or {}
    marks.put(conn, f"{_LOOKS}{announcement}", {**known, key: now.isoformat()})


_LOOKS = "looks:"


# ── Which announcement is meant ───────────────────────────────────────────────────────────────────

RECENT = timedelta(days=14)
LOOKED_THROUGH = 20


def latest_for(
    conn: Connection, directory: Directory, person: Person, now: datetime, *, important: bool = False
) -> str:
    """The newest announcement of which this person has a copy, ``""`` if there is none of late."""
    for row in announcements.confirmed_since(conn, now - RECENT, LOOKED_THROUGH):
        if important and not row.announcement.is_important:
            continue
        carried = gather(conn, directory, row.announcement.id).copies.get(person.id)
        if carried is not None and carried.state in (OutboxState.SENT, OutboxState.UNKNOWN):
            return row.announcement.id
    return ""


def own_latest(conn: Connection, person: Person, about: str) -> str:
    """The author's newest that has left, or the newest of those whose words or audience are named."""
    own = announcements.by_author(conn, person.id, _LEFT, LOOKED_THROUGH)
    named = [row for row in own if about_words.is_about(about, f"{row.label}{row.announcement.text}")]
    found = named or list(own)
    return found[0].announcement.id if found else ""


_LEFT = (State.SENDING, State.SENT, State.PARTLY_SENT)
