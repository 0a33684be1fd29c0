"""SQLite: one thread with one connection writes and checkpoints, a few read; nothing is acknowledged before FULL.

SQLite before 3.51.3 may corrupt a file when two connections of one file write or checkpoint at the same moment
(the WAL-reset bug, https://sqlite.org/wal.html#walresetbug, read 2026-11), hence exactly one of them here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool

from bot.store.errors import StoreUnavailable
from bot.store.line import Done, Job, Line, carry_out, desert, settle

log = logging.getLogger(__name__)
T = TypeVar("T")

READERS = 3
BUSY_TIMEOUT_MS = 5000

_TROUBLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    }
)
"""Primary result codes that speak of the disk or the file, not of the statement."""

_KEEPS_CONNECTION = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
"""After these a rollback is enough; after all others the connection is opened anew."""


def prepare(path: Path) -> None:
    """The folder and the file, readable by us alone (WAL and SHM inherit the file's mode)."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def writer_engine(path: Path | None) -> Engine:
    """One connection for writing; ``None`` is a store in memory."""
    engine = create_engine(_url(path), poolclass=StaticPool, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _set_up_writer)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def reader_engine(path: Path) -> Engine:
    """Connections that cannot write and never checkpoint; a transaction of theirs is one snapshot."""
    engine = create_engine(
        _url(path),
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _set_up_reader)
    event.listen(engine, "begin", _begin_deferred)
    return engine


def trouble_of(error: BaseException) -> int | None:
    """The primary result code if the disk or the file is at fault, ``None`` for an error of the statement."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(origin, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    return primary if primary in _TROUBLE else None


def is_trouble(error: BaseException) -> bool:
    return trouble_of(error) is not None or isinstance(error, OSError)


class Writer:
    """The one connection that writes. ``perform`` belongs to one thread at a time."""

    def __init__(self, path: Path | None) -> None:
        self._engine = writer_engine(path)
        self._conn: Connection | None = None

    def perform(self, jobs: list[Job]) -> list[Done]:
        """One transaction, one commit, every job's own outcome."""
        try:
            if self._conn is None:
                self._conn = self._engine.connect()
            return carry_out(self._conn, jobs, is_trouble)
        except Exception as error:  # noqa: BLE001 - it is the caller's, who is told
            return [Done(error=self._explained(error))] * len(jobs)

    def migrate(self) -> None:
        """Bring the store to this program's revision, before the first job."""
        from bot.store import migrate

        with self._engine.connect() as conn:
            migrate.upgrade(conn)

    def read(self, fn: Callable[[Connection], T]) -> T:
        """Read on the writing connection (in-loop mode, where there is no other)."""
        done = self.perform([Job(fn, _NOBODY)])[0]
        if done.error is not None:
            raise done.error
        value: T = done.value
        return value

    def close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None
        self._engine.dispose()

    def _explained(self, error: Exception) -> Exception:
        code = trouble_of(error)
        if code is None and not isinstance(error, OSError):
            return error
        if code not in _KEEPS_CONNECTION and self._conn is not None:
            self._conn.invalidate()
            self._conn.close()
            self._conn = None
        unavailable = StoreUnavailable(str(getattr(error, "orig", error)))
        unavailable.__cause__ = error
        return unavailable


class Threads:
    """A writer's thread and a few readers, beside the loop."""

    def __init__(self, path: Path, line: Line, on_outcome: Callable[[list[Done]], None]) -> None:
        self._writer = Writer(path)
        self._readers_engine = reader_engine(path)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._line = line
        self._on_outcome = on_outcome
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._serve, name="store-writer", daemon=True)
        self._thread.start()

    async def read(self, fn: Callable[[Connection], T]) -> T:
        return await self._loop.run_in_executor(self._readers, partial(self._read, fn))

    async def close(self) -> None:
        """Serve what waits, then end; the line must be closed."""
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._readers.shutdown)
        self._readers_engine.dispose()

    def _read(self, fn: Callable[[Connection], T]) -> T:
        try:
            with self._readers_engine.connect() as conn, conn.begin():
                return fn(conn)
        except Exception as error:
            if is_trouble(error) and trouble_of(error) != sqlite3.SQLITE_READONLY:
                raise StoreUnavailable(str(getattr(error, "orig", error))) from error
            raise  # READONLY: a reader that writes is a mistake of ours

    def _serve(self) -> None:
        jobs: list[Job] | None = []
        try:
            while (jobs := self._line.take()) is not None:
                done = self._writer.perform(jobs)
                self._loop.call_soon_threadsafe(self._deliver, jobs, done)
        except BaseException:
            log.critical("the store's writer broke", exc_info=True)
        finally:
            left = [*(jobs or ()), *self._line.abandon()]
            self._writer.close()
            if left and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(desert, left)

    def _deliver(self, jobs: list[Job], done: list[Done]) -> None:
        settle(jobs, done)
        self._on_outcome(done)


def truncate_log(conn: Connection) -> bool:
    """The writer's alone, outside of a transaction; waits for readers as long as the busy timeout."""
    dbapi = conn.connection.driver_connection
    if dbapi is None:
        return False
    busy, _, _ = dbapi.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


_NOBODY: Any = None


def _url(path: Path | None) -> str:
    return "sqlite://" if path is None else f"sqlite:///{path}"


def _set_up_writer(dbapi: sqlite3.Connection, _record: object) -> None:
    dbapi.isolation_level = None
    dbapi.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    dbapi.execute("PRAGMA journal_mode = WAL")
    dbapi.execute("PRAGMA synchronous = FULL")
    dbapi.execute("PRAGMA foreign_keys = ON")
    dbapi.execute("PRAGMA wal_autocheckpoint = 1000")
    dbapi.execute("PRAGMA secure_delete = ON")


def _set_up_reader(dbapi: sqlite3.Connection, _record: object) -> None:
    dbapi.isolation_level = None
    dbapi.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    dbapi.execute("PRAGMA wal_autocheckpoint = 0")
    dbapi.execute("PRAGMA query_only = ON")


def _begin_immediate(conn: Connection) -> None:
    conn.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_deferred(conn: Connection) -> None:
    conn.exec_driver_sql("BEGIN")
