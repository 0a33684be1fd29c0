"""纳管 (managed): which groups are ours, and creations of which nobody knows whether they happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from bot.store import chats, marks
from bot.store.dialect import insert_into
from bot.store.rows import ChatRow
from bot.store.workspace_tables import clicked, creations, managed
from policies.model import Account, Chat, Platform
from policies.workspace.changes import letting_in
from policies.workspace.model import Binding, Generation, GroupKey, Mute, Origin

_MUTE = "workspace.mute"


class CreationState(StrEnum):
    """``FREE``: nothing is under way, only the attempt is remembered, since every attempt has a key of its own."""

    FREE = "free"
    ASKED = "asked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """A group that was asked for. ``attempt`` grows when an earlier one was looked for and is not there."""

    key: GroupKey
    attempt: int = 0
    asked_at: datetime | None = None
    state: CreationState = CreationState.FREE


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A binding with what we last called the group, and who bound it."""

    binding: Binding
    name: str
    bound_at: datetime
    bound_by: str


# ── Bindings ──────────────────────────────────────────────────────────────────────────────────────


def bind(conn: Connection, binding: Binding, name: str, by: str, now: datetime) -> bool:
    """A group is ours from now on; ends its creation. ``False``: it or its key is bound already."""
    values = {**_values(binding, name), "bound_at": now, "bound_by": by}
    found = conn.execute(insert_into(conn, managed).values(**values).on_conflict_do_nothing())
    if found.rowcount == 1:
        conn.execute(delete(creations).where(creations.c.key == binding.key))
    return found.rowcount == 1


def rebind(conn: Connection, binding: Binding, name: str) -> None:
    """What we know of it has changed: its name, its second id, whom we appointed."""
    conn.execute(update(managed).where(managed.c.key == binding.key).values(**_values(binding, name)))


def release(conn: Connection, key: GroupKey) -> Kept | None:
    """Not ours any more; the group itself stays as it is."""
    one = get(conn, key)
    if one is not None:
        conn.execute(delete(managed).where(managed.c.key == key))
    return one


def get(conn: Connection, key: GroupKey) -> Kept | None:
    row = conn.execute(select(managed).where(managed.c.key == key)).first()
    return None if row is None else _kept(row)


def of_chat(conn: Connection, chat: Chat) -> Kept | None:
    row = conn.execute(
        select(managed).where(managed.c.platform == chat.platform.value, managed.c.chat == chat.id)
    ).first()
    return None if row is None else _kept(row)


def all_kept(conn: Connection) -> tuple[Kept, ...]:
    return tuple(_kept(row) for row in conn.execute(select(managed).order_by(managed.c.key)))


def known_chats(conn: Connection) -> dict[Chat, ChatRow]:
    """All living groups. DingTalk makes an ordinary one without our bot, and does not say when it is let in."""
    entered = clicks(conn)
    outside = {
        one.binding.chat
        for one in all_kept(conn)
        if one.binding.generation is Generation.ORDINARY and letting_in(one.binding.chat) not in entered
    }
    rows = {Chat(row.platform, row.id): row for row in chats.all_chats(conn)}
    return {chat: replace(row, is_inside=chat not in outside) for chat, row in rows.items()}


# ── Creations ─────────────────────────────────────────────────────────────────────────────────────


def creation(conn: Connection, key: GroupKey) -> Creation:
    """Never asked for is the first attempt, free."""
    row = conn.execute(select(creations).where(creations.c.key == key)).first()
    return Creation(key=key) if row is None else _creation(row)


def open_creations(conn: Connection) -> tuple[Creation, ...]:
    """Those that may have happened."""
    found = conn.execute(
        select(creations).where(creations.c.state != CreationState.FREE).order_by(creations.c.key)
    )
    return tuple(_creation(row) for row in found)


def ask(conn: Connection, key: GroupKey, now: datetime) -> Creation:
    """The intent, written before the call; a repeat within the platform's window keeps its first moment."""
    before = creation(conn, key)
    asked_at = before.asked_at if before.state is not CreationState.FREE else now
    return _put(conn, Creation(key=key, attempt=before.attempt, asked_at=asked_at, state=CreationState.ASKED))


def not_made(conn: Connection, key: GroupKey) -> Creation:
    """The platform said no: the same attempt may be tried again."""
    before = creation(conn, key)
    return _put(conn, Creation(key=key, attempt=before.attempt))


def absent(conn: Connection, key: GroupKey) -> Creation:
    """It was looked for and is not there: the next one has a new key."""
    before = creation(conn, key)
    return _put(conn, Creation(key=key, attempt=before.attempt + 1))


def lost(conn: Connection, key: GroupKey) -> Creation:
    """No answer came."""
    before = creation(conn, key)
    return _put(
        conn,
        Creation(key=key, attempt=before.attempt, asked_at=before.asked_at, state=CreationState.UNKNOWN),
    )


def _put(conn: Connection, one: Creation) -> Creation:
    values = {
        "key": one.key,
        "attempt": one.attempt,
        "asked_at": one.asked_at,
        "state": one.state.value,
    }
    statement = insert_into(conn, creations).values(**values)
    conn.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))
    return one


# ── What a person said, and what a trial showed ───────────────────────────────────────────────────


def click(conn: Connection, todo: str, by: str, now: datetime) -> bool:
    """A person says that an item which we cannot see is done."""
    found = conn.execute(insert_into(conn, clicked).values(todo=todo, by=by, at=now).on_conflict_do_nothing())
    return found.rowcount == 1


def clicks(conn: Connection) -> frozenset[str]:
    return frozenset(conn.execute(select(clicked.c.todo)).scalars())


def mute(conn: Connection) -> Mute:
    found = marks.get(conn, _MUTE)
    return Mute.UNTRIED if found is None else Mute(found)


def set_mute(conn: Connection, found: Mute) -> None:
    marks.put(conn, _MUTE, found.value)


# ── Rows ──────────────────────────────────────────────────────────────────────────────────────────


def _values(one: Binding, name: str) -> dict[str, Any]:
    return {
        "key": one.key,
        "platform": one.chat.platform.value,
        "chat": one.chat.id,
        "origin": one.origin.value,
        "generation": one.generation.value,
        "serves": one.serves,
        "name": name,
        "handle": one.handle,
        "guests": _written(one.guests),
        "appointed": _written(one.appointed),
    }


def _kept(row: Row[Any]) -> Kept:
    binding = Binding(
        key=GroupKey(row.key),
        chat=Chat(Platform(row.platform), row.chat),
        origin=Origin(row.origin),
        generation=Generation(row.generation),
        serves=row.serves,
        handle=row.handle,
        guests=_read(row.guests),
        appointed=_read(row.appointed),
    )
    return Kept(binding=binding, name=row.name, bound_at=row.bound_at, bound_by=row.bound_by)


def _creation(row: Row[Any]) -> Creation:
    return Creation(
        key=GroupKey(row.key), attempt=row.attempt, asked_at=row.asked_at, state=CreationState(row.state)
    )


def _written(accounts: Iterable[Account]) -> list[str]:
    return sorted(map(str, accounts))


def _read(written: Iterable[str]) -> frozenset[Account]:
    return frozenset(map(Account.parse, written))
