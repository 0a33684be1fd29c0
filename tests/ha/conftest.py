"""A PostgreSQL of our own for stories, and a fresh database in it for each."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

sys.path.insert(0, str(Path(__file__).parent.parent / "stories"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[object]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pgserver's own, about folders of the desktop
        pgserver = pytest.importorskip("pgserver", reason="no wheel of pgserver for this machine")
        folder = Path(tempfile.mkdtemp(prefix="yizhan-pg-"))
        try:
            server = pgserver.get_server(folder, cleanup_mode="stop")
        except Exception as error:
            shutil.rmtree(folder, ignore_errors=True)
            if os.environ.get("CI") == "true":
                pytest.fail(f"PostgreSQL is here but does not start: {error}")
            pytest.skip(f"PostgreSQL does not start here: {error}")
    server.psql("ALTER SYSTEM SET fsync = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(postgres) -> str:
    """The address of an empty database, as an admin writes it into ``[store]``."""
    name = f"d{uuid.uuid4().hex[:12]}"
    postgres.psql(f"CREATE DATABASE {name};")
    url = make_url(postgres.get_uri())
    return f"postgresql://{url.username}@/{name}?host={url.query['host']}"
