"""记录了什么 (kept): how much the store has about one person, counted where it lies, and what goes after its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select

from bot.store.dialect import one_of
from bot.store.pilot_tables import tickets
from bot.store.poll_tables import named_answers, poll_audience
from bot.store.rows import OutboxState
from bot.store.tables import announcements, audit, outbox, receipts
from policies.model import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Rows about one person.

    Attributes:
        announcements: of theirs, with the words.
        receipts: 已读 and 收到 of notices to them.
        asked: questionnaires they were among the audience of; what an anonymous one keeps beside that has no name.
        answers: questionnaires they answered by name.
        tickets: what they reported under their name.
        audit: lines of what they did, without any words.
    """

    announcements: int = 0
    receipts: int = 0
    asked: int = 0
    answers: int = 0
    tickets: int = 0
    audit: int = 0


def about(conn: Connection, person: Person) -> Kept:
    """Under any of their accounts."""
    names = sorted({str(person.id), *(str(account) for account in person.accounts)})
    return Kept(
        announcements=_count(conn, announcements, announcements.c.author.in_(names)),
        receipts=_count(conn, receipts, receipts.c.person.in_(names)),
        asked=_count(conn, poll_audience, poll_audience.c.person.in_(names)),
        answers=_count(conn, named_answers, named_answers.c.person.in_(names)),
        tickets=_count(conn, tickets, tickets.c.asker.in_(names)),
        audit=_count(conn, audit, audit.c.who.in_(names)),
    )


def purge(conn: Connection, before: datetime) -> dict[str, int]:
    """Every message of ours that is over, and the announcements of which none is left, words included.

    What nobody has settled in all that time nobody will; what still waits to leave stays, and its announcement.
    """
    old = conn.execute(
        delete(outbox).where(outbox.c.created_at < before, one_of(outbox.c.state, *_OVER))
    ).rowcount
    still = select(outbox.c.announcement).where(outbox.c.announcement == announcements.c.id).exists()
    gone = conn.execute(
        delete(announcements).where(
            announcements.c.created_at < before,
            ~still,
        )
    ).rowcount
    return {"messages": old, "announcements": gone}


_OVER = (
    OutboxState.SENT,
    OutboxState.CANCELLED,
    OutboxState.DEAD,
    OutboxState.UNKNOWN,
    OutboxState.QUARANTINED,
)


def _count(conn: Connection, table: Table, where: ColumnElement[bool]) -> int:
    return int(conn.execute(select(func.count()).select_from(table).where(where)).scalar_one())
