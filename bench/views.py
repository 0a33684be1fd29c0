"""How an attacker reads a store: its rows as they lie, its files, its write-ahead log; on both engines."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import asyncpg


class View(Protocol):
    """One store in the attacker's hands.

    Attributes:
        url: as the configuration has it. as_it_lies: what makes a SELECT return rows as they lie.
    """

    url: str
    as_it_lies: str

    async def begin(self) -> None:
        """What is read of the log from now on is of what follows."""
        ...

    async def execute(self, statements: str) -> None: ...

    async def rows(self, statement: str) -> list[Any]: ...

    async def births(self, table: str, column: str) -> dict[str, str]:
        """For each value the number of the transaction that wrote it; nothing where the engine keeps none."""
        ...

    async def disk(self) -> bytes:
        """The files of the store and its log."""
        ...

    async def log(self) -> bytes: ...


class Sqlite:
    """A file; the connection stays open, so that its log is not emptied by leaving."""

    as_it_lies = ""

    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"
        self._path = path
        self._conn = sqlite3.connect(path, isolation_level=None)
        self._conn.execute("PRAGMA journal_mode = WAL")

    async def begin(self) -> None: ...

    async def execute(self, statements: str) -> None:
        self._conn.executescript(statements)

    async def rows(self, statement: str) -> list[Any]:
        return self._conn.execute(statement).fetchall()

    async def births(self, table: str, column: str) -> dict[str, str]:  # noqa: ARG002 - no row tells when it was born
        return {}

    async def disk(self) -> bytes:
        return self._path.read_bytes() + await self.log()

    async def log(self) -> bytes:
        log = self._path.with_name(f"{self._path.name}-wal")
        return log.read_bytes() if log.exists() else b""

    def close(self) -> None:
        self._conn.close()


class Postgres:
    """A database of a server whose folder lies open."""

    as_it_lies = "ORDER BY ctid"

    def __init__(self, url: str, folder: Path, conn: asyncpg.Connection) -> None:
        self.url = url
        self._folder = folder
        self._conn = conn
        self._first = ""

    async def begin(self) -> None:
        await self._conn.execute("SELECT pg_switch_wal()")
        self._first = await self._conn.fetchval("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")

    async def execute(self, statements: str) -> None:
        await self._conn.execute(statements)

    async def rows(self, statement: str) -> list[Any]:
        return [tuple(row) for row in await self._conn.fetch(statement)]

    async def births(self, table: str, column: str) -> dict[str, str]:
        return dict(await self.rows(f"SELECT {column}, xmin::text FROM {table}"))

    async def disk(self) -> bytes:
        await self._conn.execute("CHECKPOINT")
        number = await self._conn.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()")
        files = sorted((self._folder / "base" / str(number)).iterdir())
        return b"".join(one.read_bytes() for one in files) + await self.log()

    async def log(self) -> bytes:
        last = await self._conn.fetchval("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
        files = sorted(one for one in (self._folder / "pg_wal").iterdir() if self._first <= one.name <= last)
        return b"".join(_records(one.read_bytes()) for one in files)


WAL_PAGE, SHORT_HEADER, LONG_HEADER = 8192, 24, 40
"""A record goes on in the next page, behind that page's header; a file's first one is longer (xlog_internal.h)."""


def _records(file: bytes) -> bytes:
    """What was logged, without the headers of pages that would cut it in two."""
    pages = range(0, len(file), WAL_PAGE)
    return b"".join(
        file[at + (SHORT_HEADER if at else LONG_HEADER) : at + WAL_PAGE]
        for at in pages
        if any(file[at : at + 2])
    )


class Server:
    """A PostgreSQL of our own, with a database for every questionnaire, copied from one that has our tables."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._socket = str(server.get_uri()).partition("host=")[2]

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self._socket}"

    @asynccontextmanager
    async def database(self, template: str) -> AsyncIterator[Postgres]:
        name = f"d{uuid.uuid4().hex[:12]}"
        admin = await asyncpg.connect(self.url("postgres"))
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        conn = await asyncpg.connect(self.url(name))
        try:
            yield Postgres(self.url(name), Path(self._server.pgdata), conn)
        finally:
            await conn.close()
            await admin.execute(f"DROP DATABASE {name}")
            await admin.close()
