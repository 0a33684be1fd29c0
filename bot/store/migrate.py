"""Migrations: forward only, one transaction a step; alembic is imported only when there is a step to take."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.pool import NullPool

from bot.store import sqlite
from bot.store.errors import StoreTooNew
from bot.store.migrations import HEAD

_ONE_AT_A_TIME = 7_203_516_904_118
"""Any number: the advisory lock of those who migrate."""


def upgrade(conn: Connection) -> None:
    """Bring the store to this program's revision. The connection must not be in a transaction.

    Raises:
        StoreTooNew: a later program has been here.
    """
    revision = revision_of(conn)
    if revision == HEAD:
        return
    from alembic import command
    from alembic.script import ScriptDirectory

    config = _config(conn)
    if revision is not None:
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if revision not in known:
            raise StoreTooNew(revision)
    command.upgrade(config, "head")


def revision_of(conn: Connection) -> str | None:
    """Where the store stands; ``None``: it is empty."""
    with conn.begin():
        if not inspect(conn).has_table("alembic_version"):
            return None
        return conn.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade_sqlite(path: Path) -> None:
    """In a connection of its own, closed before anybody else opens the file."""
    engine = sqlite.writer_engine(path)
    try:
        with engine.connect() as conn:
            upgrade(conn)
    finally:
        engine.dispose()


def upgrade_postgres(url: str) -> None:
    """In a loop of its own, so call it in a thread: alembic is synchronous. Other instances wait meanwhile."""
    asyncio.run(_upgrade_postgres(url))


async def _upgrade_postgres(url: str) -> None:
    from bot.store import postgres  # its drivers are an extra

    engine = postgres.make_engine(url, frozen_s=0, poolclass=NullPool)  # a step may think for long
    try:
        async with engine.connect() as conn:
            await conn.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ONE_AT_A_TIME})
            await conn.commit()
            await conn.run_sync(upgrade)
    finally:
        await engine.dispose()


def _config(conn: Connection) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = conn
    return config
