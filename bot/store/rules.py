"""How safely the engine keeps what it was given (落盘规则), as the engine itself says."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from sqlalchemy import Connection, text

from bot.store.dialect import is_postgres

_FULL = 2
_MENDED = (3, 51, 3)
_BACKPORTS = {(3, 44): 6, (3, 50): 7}
"""Versions without the WAL-reset bug (https://sqlite.org/wal.html#walresetbug, read 2026-11; backports from memory)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Attributes:
    is_safe: an acknowledged row survives a power cut.
    is_mended: the engine is free of the WAL-reset bug; where it is not, one connection writes and nothing happens.
    """

    engine: str
    version: str
    journal: str
    synchronous: str
    is_safe: bool
    is_mended: bool = True


def rules(conn: Connection) -> Rules:
    """To be run by ``store.write``: on SQLite the writer's own settings are what counts."""
    return _postgres(conn) if is_postgres(conn) else _sqlite(conn)


def _sqlite(conn: Connection) -> Rules:
    journal = str(conn.execute(text("PRAGMA journal_mode")).scalar())
    synchronous = int(conn.execute(text("PRAGMA synchronous")).scalar() or 0)
    return Rules(
        engine="SQLite",
        version=sqlite3.sqlite_version,
        journal=journal.upper(),
        synchronous=("OFF", "NORMAL", "FULL", "EXTRA")[synchronous],
        is_safe=journal.lower() == "wal" and synchronous >= _FULL,
        is_mended=_is_mended(sqlite3.sqlite_version_info),
    )


def _is_mended(version: tuple[int, int, int]) -> bool:
    branch = version[:2]
    return version >= _MENDED or (branch in _BACKPORTS and version[2] >= _BACKPORTS[branch])


def _postgres(conn: Connection) -> Rules:
    def show(name: str) -> str:
        return str(conn.execute(text(f"SHOW {name}")).scalar())

    synchronous, fsync = show("synchronous_commit"), show("fsync")
    return Rules(
        engine="PostgreSQL",
        version=show("server_version").split(" ")[0],
        journal=f"fsync={fsync}",
        synchronous=synchronous,
        is_safe=synchronous != "off" and fsync == "on",
    )
