"""The store (存储): everything that must survive, behind ``write`` and ``read`` of plain functions.

A function gets a ``Connection`` and its arguments, returns a value, has no side effects and may run twice.
What raises ``StoreUnavailable`` was not committed, or nobody knows: acknowledge nothing.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar, TypeVarTuple

from sqlalchemy import Connection, make_url, text

from adapters.port import Clock
from bot.store import migrate, sqlite
from bot.store.errors import StoreUnavailable
from bot.store.line import Done, Job, Line, Queue, settle
from bot.store.lock import FileLock

__all__ = ["Connection", "Queue", "Store"]

log = logging.getLogger(__name__)
Args = TypeVarTuple("Args")
A = TypeVar("A")
T = TypeVar("T")

AILING_S = 10.0
"""So long after the last refusal a store counts as ailing. The lease is renewed every eight seconds: it is asked again by then."""


class _Backend(Protocol):
    async def read(self, fn: Callable[[Connection], T]) -> T: ...

    async def close(self) -> None: ...


class Store:
    """One store; open it once, on the loop that uses it.

    Attributes:
        trouble: why nothing can be written at present, ``""`` when all is well.
        on_trouble: told whenever ``trouble`` changes, for health.
        on_news: told when another instance has committed something (PostgreSQL only).
    """

    def __init__(self, url: str, clock: Clock, *, inline: bool = False) -> None:
        """Nothing is opened yet.

        Args:
            url: ``sqlite:///data/yizhan.db`` (relative), ``sqlite:////abs/path`` or ``postgresql://…``;
                ``sqlite://`` is a store in memory, inline only.
            inline: run everything on the loop, in the order of the calls, without threads (SQLite only).
        """
        parsed = make_url(url)
        self.url = url
        self.is_postgres = parsed.get_backend_name() == "postgresql"
        self.path = Path(parsed.database) if parsed.database and not self.is_postgres else None
        if inline and self.is_postgres:
            raise ValueError("only SQLite runs inline")
        if self.path is None and not self.is_postgres and not inline:
            raise ValueError("a store in memory runs inline only")
        self.trouble = ""
        self._refusal, self._refused_s = "", -math.inf
        self.on_trouble: Callable[[str], None] = lambda _: None
        self.on_news: Callable[[], None] = lambda: None
        self._clock = clock
        self._inline = inline
        self._lock = None if self.path is None else FileLock(self.path)
        self._line = Line()
        self._backend: _Backend | None = None

    @property
    def ailment(self) -> str:
        """The ``trouble``, or what refused a write lately: a disk that is nearly full takes one row and not the next."""
        return self._refusal if self._clock.tick_s() - self._refused_s < AILING_S else self.trouble

    async def open(self) -> None:
        """Lock, migrate, start.

        Raises:
            StoreLocked: another process owns it. StoreTooNew: a later program migrated it.
            StoreUnavailable: the disk or the server says no.
        """
        try:
            await self._open()
        except BaseException as error:
            if self._lock is not None:
                self._lock.release()
            if self._is_trouble(error):
                raise StoreUnavailable(str(error)) from error
            raise

    async def close(self) -> None:
        """Take nothing more, finish what waits, let the lock go. Safe to call twice."""
        self._line.close()
        if self._backend is not None:
            await self._backend.close()
            self._backend = None
        if self._lock is not None:
            self._lock.release()

    async def write(
        self, fn: Callable[[Connection, *Args], T], *args: *Args, queue: Queue = Queue.DECISIONS
    ) -> T:
        """Run it in a transaction of its own; returns when that is committed."""
        return await self._enter(partial(_call, fn, args), queue, grouped=False)

    async def write_grouped(
        self, fn: Callable[[Connection, A], T], arg: A, *, queue: Queue = Queue.ACKS
    ) -> T:
        """Like ``write``, sharing a commit with others of its kind that wait; none can undo another."""
        return await self._enter(partial(_call, fn, (arg,)), queue, grouped=True)

    async def read(self, fn: Callable[[Connection, *Args], T], *args: *Args) -> T:
        """Run it on one snapshot that cannot write."""
        if self._backend is None:
            raise StoreUnavailable("the store is not open")
        return await self._backend.read(partial(_call, fn, args))

    async def truncate_log(self) -> bool:
        """Bring everything into the file and empty the write-ahead log; ``False``: a reader stood in the way.

        PostgreSQL's log is its own business; what must not be read in it has to be sealed.
        """
        if self.is_postgres:
            return True
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        job = Job(sqlite.truncate_log, future, outside=True)
        if self._backend is None or not self._line.put(job, Queue.CHORES):
            raise StoreUnavailable("the store is not open")
        return await future

    async def integrity(self) -> tuple[str, ...]:
        """What the engine finds wrong with its own file; empty: nothing (PostgreSQL keeps watch itself)."""
        return () if self.is_postgres else await self.read(_integrity)

    async def _open(self) -> None:
        if self.is_postgres:
            from bot.store import postgres

            await asyncio.to_thread(migrate.upgrade_postgres, self.url)
            self._backend = postgres.Pool(self.url, self._line, self._observe, lambda: self.on_news())
            return
        if self.path is not None and self._lock is not None:
            sqlite.prepare(self.path)
            self._lock.acquire(self._clock.now())
        if self._inline:
            self._backend = _Inline(self.path, self._line, self._observe)
        elif self.path is not None:
            await asyncio.to_thread(migrate.upgrade_sqlite, self.path)
            self._backend = sqlite.Threads(self.path, self._line, self._observe)

    async def _enter(self, run: Callable[[Connection], T], queue: Queue, *, grouped: bool) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if self._backend is None or not self._line.put(Job(run, future, grouped), queue):
            raise StoreUnavailable("the store is not open")
        return await future

    def _observe(self, done: list[Done]) -> None:
        unavailable = [one.error for one in done if isinstance(one.error, StoreUnavailable)]
        trouble = str(unavailable[0]) if unavailable else ""
        if trouble:
            self._refusal, self._refused_s = trouble, self._clock.tick_s()
        if trouble == self.trouble:
            return
        if trouble and not self.trouble:
            log.error("store unavailable", extra={"reason": trouble})
        elif not trouble:
            log.warning("store available again")
        self.trouble = trouble
        try:
            self.on_trouble(trouble)
        except Exception:
            log.exception("whoever wanted to hear of the store's trouble failed")

    def _is_trouble(self, error: BaseException) -> bool:
        if not self.is_postgres:
            return sqlite.is_trouble(error)
        from bot.store import postgres

        return postgres.is_away(error)


class _Inline:
    """Everything on the loop, one after the other, as soon as it is asked: for simulations that must repeat."""

    def __init__(self, path: Path | None, line: Line, on_outcome: Callable[[list[Done]], None]) -> None:
        self._writer = sqlite.Writer(path)
        try:
            self._writer.migrate()
        except BaseException:
            self._writer.close()
            raise
        self._line = line
        self._on_outcome = on_outcome
        line.wake = self._serve

    async def read(self, fn: Callable[[Connection], T]) -> T:
        return self._writer.read(fn)

    async def close(self) -> None:
        self._writer.close()

    def _serve(self) -> None:
        while jobs := self._line.take_now():
            done = self._writer.perform(jobs)
            settle(jobs, done)
            self._on_outcome(done)


def _call(fn: Callable[..., T], args: tuple[Any, ...], conn: Connection) -> T:
    return fn(conn, *args)


def _integrity(conn: Connection) -> tuple[str, ...]:
    found = [str(row[0]) for row in conn.execute(text("PRAGMA integrity_check"))]
    broken = [f"foreign key of {row[0]}" for row in conn.execute(text("PRAGMA foreign_key_check"))]
    return tuple(line for line in found if line != "ok") + tuple(broken)
