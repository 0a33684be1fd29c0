"""归管与放开 (keeping): a group becomes ours or ceases to be, in one transaction with what else learns of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.store import audit, chats, managed
from bot.store import directory as mirror
from bot.store.engine import Connection
from bot.store.managed import CreationState
from bot.store.rows import AuditEntry, ChatRow
from bot.world import COMPANY
from policies.workspace.model import Binding, GroupKey


def bind(conn: Connection, binding: Binding, name: str, by: str, now: datetime) -> bool:
    """An adopted group; ``False``: it is ours already, or its place is taken."""
    if not managed.bind(conn, binding, name, by, now):
        return False
    row = chats.get(conn, binding.chat) or ChatRow(
        platform=binding.chat.platform, id=binding.chat.id, name=name, seen_at=now
    )
    chats.put(conn, replace(row, name=name, managed_for=binding.serves or COMPANY))
    mirror.touch(conn)
    _note(conn, "adopted", str(binding.chat), name, by, now)
    return True


def let_go(conn: Connection, written: str, by: str, now: datetime) -> tuple[str, ...]:
    """By name, by whom it serves, by id or by key. One name: done; several: which of them; none: not ours.

    A creation that got no answer and is not there is forgotten too, so that it may be made again.
    """
    written = written.strip()
    found = [
        one
        for one in managed.all_kept(conn)
        if written
        in (one.name, one.binding.serves, str(one.binding.chat), one.binding.chat.id, one.binding.key)
    ]
    if len(found) > 1:
        return tuple(str(one.binding.chat) for one in found)
    if not found:
        return _forget_creation(conn, written, by, now)
    (one,) = found
    managed.release(conn, one.binding.key)
    row = chats.get(conn, one.binding.chat)
    if row is not None:
        chats.put(conn, replace(row, managed_for=""))
    mirror.touch(conn)
    _note(conn, "released", str(one.binding.chat), one.name, by, now)
    return (one.name,)


def _forget_creation(conn: Connection, written: str, by: str, now: datetime) -> tuple[str, ...]:
    key = GroupKey(written)
    if managed.creation(conn, key).state is CreationState.FREE:
        return ()
    managed.absent(conn, key)
    _note(conn, "creation-forgotten", written, written, by, now)
    return (written,)


def _note(conn: Connection, act: str, subject: str, name: str, by: str, now: datetime) -> None:
    audit.append(conn, (AuditEntry(at=now, who=by, act=act, subject=subject, details={"name": name}),))
