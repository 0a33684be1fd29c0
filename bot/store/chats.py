"""会话 (chats): the groups we know of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from bot.store.dialect import inserts
from bot.store.rows import ChatRow
from bot.store.tables import chats
from policies.model import Account, Chat, Platform


def put(conn: Connection, row: ChatRow) -> None:
    """Write it, new or changed, as a whole."""
    values = {
        "platform": row.platform.value,
        "id": row.id,
        "name": row.name,
        "members": None if row.members is None else [str(account) for account in row.members],
        "managed_for": row.managed_for,
        "is_alive": row.is_alive,
        "seen_at": row.seen_at,
    }
    conn.execute(_PUT[conn.dialect.name], values)


_PUT = inserts(
    chats,
    lambda into: into.on_conflict_do_update(
        index_elements=["platform", "id"],
        set_={column.name: into.excluded[column.name] for column in chats.c},
    ),
)


def mark_gone(conn: Connection, chat: Chat, now: datetime) -> bool:
    """Disbanded, or the bot was removed. ``False``: unknown, or gone before."""
    found = conn.execute(
        update(chats)
        .where(chats.c.platform == chat.platform.value, chats.c.id == chat.id, chats.c.is_alive.is_(True))
        .values(is_alive=False, seen_at=now)
    )
    return found.rowcount == 1


def get(conn: Connection, chat: Chat) -> ChatRow | None:
    found = conn.execute(select(chats).where(chats.c.platform == chat.platform.value, chats.c.id == chat.id))
    row = found.first()
    return None if row is None else _row(row)


def by_name(conn: Connection, name: str, platform: Platform | None = None) -> tuple[ChatRow, ...]:
    """Living groups of exactly this name; names are not unique, so several mean: ask."""
    statement = select(chats).where(chats.c.name == name, chats.c.is_alive.is_(True))
    if platform is not None:
        statement = statement.where(chats.c.platform == platform.value)
    return tuple(_row(row) for row in conn.execute(statement.order_by(chats.c.platform, chats.c.id)))


def managed_for(conn: Connection, name: str) -> tuple[ChatRow, ...]:
    """Living groups that were configured for this department or project."""
    statement = select(chats).where(chats.c.managed_for == name, chats.c.is_alive.is_(True))
    return tuple(_row(row) for row in conn.execute(statement.order_by(chats.c.platform, chats.c.id)))


def all_chats(conn: Connection, *, alive: bool = True) -> tuple[ChatRow, ...]:
    """All groups; with ``alive=False`` also those that are gone."""
    statement = select(chats).order_by(chats.c.platform, chats.c.id)
    if alive:
        statement = statement.where(chats.c.is_alive.is_(True))
    return tuple(_row(row) for row in conn.execute(statement))


def members(conn: Connection, chat: Chat) -> tuple[Account, ...] | None:
    """Who is in it, as far as we know; ``None``: we do not know the chat, or the platform does not tell."""
    row = get(conn, chat)
    return None if row is None else row.members


def of_member(conn: Connection, accounts: tuple[Account, ...]) -> tuple[ChatRow, ...]:
    """Living groups in which one of these accounts is known to be."""
    wanted = set(accounts)
    return tuple(
        row for row in all_chats(conn) if row.members is not None and not wanted.isdisjoint(row.members)
    )


def _row(row: Row[Any]) -> ChatRow:
    return ChatRow(
        platform=Platform(row.platform),
        id=row.id,
        name=row.name,
        members=None if row.members is None else tuple(Account.parse(account) for account in row.members),
        managed_for=row.managed_for,
        is_alive=row.is_alive,
        seen_at=row.seen_at,
    )
