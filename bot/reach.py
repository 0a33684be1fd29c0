"""送达面 (reach): whom one announcement has gone to, by which message, and who is known to have read or said 收到."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.store import outbox, receipts
from bot.store.mirror import Directory
from bot.store.rows import OutboxRow, OutboxState, ReceiptKind
from policies.effects import SendBatch, SendCard, SendText
from policies.model import Chat, PersonId

if TYPE_CHECKING:
    from bot.store.engine import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One announcement's copies and receipts, as the store has them.

    Attributes:
        rows: its messages, without cancelled ones.
        copies: for each person the message that carries theirs; groups whose members nobody tells are not in it.
        looked_at: when the platforms were last asked who has read.
    """

    rows: tuple[OutboxRow, ...] = ()
    copies: Mapping[PersonId, OutboxRow] = field(default_factory=dict)
    received: frozenset[PersonId] = frozenset()
    read: frozenset[PersonId] = frozenset()
    looked_at: datetime | None = None

    @property
    def size(self) -> int:
        return len(self.copies)

    def shared_cards(self) -> tuple[OutboxRow, ...]:
        """Cards that stand in a group, where everybody sees the same face."""
        return tuple(row for row in self.rows if is_shared(row) and isinstance(row.entry.effect, SendCard))


def is_shared(row: OutboxRow) -> bool:
    """Whether it is one message into a group."""
    return isinstance(row.entry.effect, SendCard | SendText) and isinstance(row.entry.effect.to, Chat)


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
    )
