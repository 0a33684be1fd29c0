"""归管与放开 (keeping): a group becomes ours or ceases to be, in one transaction with what else learns of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.store import audit, chats, managed
from bot.store import directory as mirror
from bot.store.engine import Connection
from bot.store.managed import CreationState
from bot.store.rows import AuditEntry, ChatRow
from bot.world import COMPANY
from policies.model import Account
from policies.workspace.changes import Change, ChangeKind
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


def made(
    conn: Connection, binding: Binding, name: str, by: str, now: datetime, members: tuple[Account, ...]
) -> None:
    """A group of our own making."""
    managed.bind(conn, binding, name, by, now)
    chats.put(
        conn,
        ChatRow(
            platform=binding.chat.platform,
            id=binding.chat.id,
            name=name,
            members=members,
            managed_for=binding.serves or COMPANY,
            seen_at=now,
        ),
    )
    mirror.touch(conn)


def learn(conn: Connection, change: Change, refused: frozenset[Account]) -> None:
    """What we did is what we know: the name, and whom we appointed where the platform does not show it."""
    kept = managed.get(conn, change.key)
    if kept is None:
        return
    taken = frozenset(change.accounts) - refused
    appointed = kept.binding.appointed
    match change.kind:
        case ChangeKind.ADD_ADMINS:
            appointed |= taken
        case ChangeKind.REMOVE_ADMINS | ChangeKind.REMOVE_MEMBERS:
            appointed -= taken
    name = change.name if change.kind is ChangeKind.RENAME else kept.name
    binding = replace(kept.binding, appointed=appointed)
    managed.rebind(conn, binding, name)
    _learn_chat(conn, change, taken, name)


def _learn_chat(conn: Connection, change: Change, taken: frozenset[Account], name: str) -> None:
    kept = managed.get(conn, change.key)
    row = chats.get(conn, kept.binding.chat) if kept is not None else None
    if row is None:
        return
    members = row.members
    if members is not None and change.kind is ChangeKind.ADD_MEMBERS:
        members = tuple(dict.fromkeys((*members, *sorted(taken))))
    if members is not None and change.kind is ChangeKind.REMOVE_MEMBERS:
        members = tuple(one for one in members if one not in taken)
    if (name, members) != (row.name, row.members):
        chats.put(conn, replace(row, name=name, members=members))
        mirror.touch(conn)


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


def clicked(conn: Connection, todos: Iterable[tuple[str, str]], by: str, now: datetime) -> None:
    """Items (id, group) that a person says are done, or of which we have seen it otherwise."""
    for todo, name in todos:
        if managed.click(conn, todo, by, now):
            _note(conn, "item-done", todo, name, by, now)
    mirror.touch(conn)


def _note(conn: Connection, act: str, subject: str, name: str, by: str, now: datetime) -> None:
    audit.append(conn, (AuditEntry(at=now, who=by, act=act, subject=subject, details={"name": name}),))
