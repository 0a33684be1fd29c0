"""A real store for every test, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from store_builders import NOW

from bot.clock import ManualClock
from bot.store import migrate
from bot.store.engine import Store
from bot.store.tables import metadata


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("template") / "yizhan.db"
    migrate.upgrade_sqlite(path)
    return path


@pytest.fixture(scope="session")
def postgres_url(request) -> str:
    """On a server of our own; ``YIZHAN_TEST_POSTGRES`` names another one to use (its tables are emptied)."""
    url = os.environ.get("YIZHAN_TEST_POSTGRES") or request.getfixturevalue("postgres").get_uri()
    _migrate(url)
    return url


@pytest.fixture
def sqlite_url(migrated_file, tmp_path) -> str:
    path = tmp_path / "data" / "yizhan.db"
    path.parent.mkdir()
    shutil.copy(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request) -> str:
    return request.param


@pytest.fixture
async def store(engine, request, clock):
    if engine == "sqlite":
        opened = Store(request.getfixturevalue("sqlite_url"), clock)
        await opened.open()
    else:
        opened = Store(request.getfixturevalue("postgres_url"), clock)
        await opened.open()
        await opened.write(_empty)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(sqlite_url, clock):
    opened = Store(sqlite_url, clock)
    await opened.open()
    yield opened
    await opened.close()


def _migrate(url: str) -> None:
    """In a thread: the fixture may be asked for by a test whose loop is running."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(migrate.upgrade_postgres, url).result()


def _empty(conn) -> None:
    conn.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY"))
