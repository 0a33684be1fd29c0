"""备份与恢复 (copies): a copy of the living store, and a store put back in which nothing leaves by itself.

A copy is read by a connection that neither writes nor checkpoints, so the bot goes on meanwhile; it is the picture
of one moment. What was waiting in it may have been sent since: after a restore a human lets it go, row by row.
What nobody had been told of is told after it, if only once more: that sends nothing, it asks.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, update

from bot.store import audit, migrate, sqlite, unsettled, waiting
from bot.store.errors import StoreError
from bot.store.rows import AuditEntry, InboxState
from bot.store.tables import inbox, looks, timers

RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore has set aside.

    Attributes:
        rows: outbox rows that wait for a human now.
        events: events that were accepted and not judged; whoever said something says it again.
        kept: where the store lies that was there before, ``None`` if there was none.
    """

    rows: int
    events: int
    kept: Path | None


class BadCopy(StoreError):
    """The file is no store of ours, or is damaged."""


class CopyExists(StoreError):
    """Something is there already, and is never overwritten."""


def copy(conn: Connection, file: Path) -> int:
    """Write a copy to a file that does not exist yet, readable by us alone; its size in bytes.

    Raises:
        CopyExists: something is there. StoreUnavailable: the disk says no.
    """
    if file.exists():
        raise CopyExists(f"{file} exists, and is never overwritten")
    fresh = file.with_name(f"{file.name}.part")
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        with closing(sqlite3.connect(fresh)) as target:
            source = conn.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)  # noqa: S101 - narrows the type
            source.backup(target)
        _sync(fresh)
        os.link(fresh, file)  # refuses what has appeared meanwhile, which a rename would not
    finally:
        fresh.unlink(missing_ok=True)
    _sync(file.parent)
    return file.stat().st_size


def restore(source: Path, store: Path, now: datetime) -> Restored:
    """Put the copy in the store's place; the store's lock must be held. Safe to repeat after a crash.

    Raises:
        BadCopy: nothing was touched. StoreTooNew: a later program made the copy.
    """
    _examine(source)
    fresh = store.with_name(f"{store.name}.restoring")
    for leftover in (fresh, *_beside(fresh)):
        leftover.unlink(missing_ok=True)
    sqlite.prepare(fresh)
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as there,
        closing(sqlite3.connect(fresh)) as here,
    ):
        there.backup(here)
    engine = sqlite.writer_engine(fresh)
    try:
        with engine.connect() as conn:
            migrate.upgrade(conn)
            with conn.begin():
                rows, events = set_aside(conn, now)
    finally:
        engine.dispose()
    with closing(sqlite3.connect(fresh)) as whole:
        whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _sync(fresh)
    kept = _keep(store, now) if store.exists() and store.stat().st_size else None
    for leftover in _beside(store):
        leftover.unlink(missing_ok=True)
    fresh.replace(store)
    for leftover in _beside(fresh):
        leftover.unlink(missing_ok=True)
    _sync(store.parent)
    return Restored(rows=rows, events=events, kept=kept)


def set_aside(conn: Connection, now: datetime) -> tuple[int, int]:
    """After a restore, on either engine: nothing that may have happened since happens again by itself.

    Returns:
        rows that wait for a human, and events that nobody will judge.
    """
    rows = waiting.quarantine(conn)
    events = conn.execute(
        update(inbox)
        .where(inbox.c.state == InboxState.NEW.value)
        .values(state=InboxState.DEAD.value, note=RESTORED, body="")
    ).rowcount
    conn.execute(
        update(timers)
        .where(timers.c.state == "pending", timers.c.due_at <= now, timers.c.kind != unsettled.LOST)
        .values(state="cancelled")
    )
    conn.execute(update(looks).where(looks.c.done_at.is_(None)).values(done_at=now))
    entry = AuditEntry(at=now, who="command-line", act=RESTORED, details={"rows": rows, "events": events})
    audit.append(conn, (entry,))
    return rows, events


def _examine(source: Path) -> None:
    """Raises ``BadCopy`` with what is wrong with it."""
    if not source.is_file():
        raise BadCopy(f"{source}: no such file")
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as conn:
            found = [row[0] for row in conn.execute("PRAGMA integrity_check(1)")]
            conn.execute("SELECT count(*) FROM outbox")
    except sqlite3.DatabaseError as error:
        raise BadCopy(f"{source}: {error}") from error
    if found != ["ok"]:
        raise BadCopy(f"{source}: {found[0]}")


def _keep(store: Path, now: datetime) -> Path:
    """The store that is replaced stays beside the new one, whole or broken as it is."""
    kept = store.with_name(f"{store.name}.before-{now:%Y%m%dT%H%M%S}")
    shutil.copyfile(store, kept)
    kept.chmod(0o600)
    wal = store.with_name(f"{store.name}-wal")
    if wal.exists():
        shutil.copyfile(wal, kept.with_name(f"{kept.name}-wal"))
    return kept


def _beside(file: Path) -> tuple[Path, ...]:
    return tuple(file.with_name(f"{file.name}{ending}") for ending in ("-wal", "-shm", "-journal"))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
