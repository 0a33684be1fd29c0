from __future__ import annotations

import shutil

import pytest
from ballot_builders import NOW

from bot.clock import ManualClock
from bot.store import migrate
from bot.store.engine import Store


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("ballots") / "yizhan.db"
    migrate.upgrade_sqlite(path)
    return path


@pytest.fixture
async def store(template, tmp_path):
    shutil.copy(template, tmp_path / "yizhan.db")
    opened = Store(f"sqlite:///{tmp_path / 'yizhan.db'}", ManualClock(NOW))
    await opened.open()
    yield opened
    await opened.close()
