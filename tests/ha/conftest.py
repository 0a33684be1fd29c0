"""A fresh database for each story, on the server of all tests."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path

import pytest
from sqlalchemy import make_url

sys.path.insert(0, str(Path(__file__).parent.parent / "stories"))


@pytest.fixture
def database(postgres) -> str:
    """The address of an empty database, as an admin writes it into ``[store]``."""
    name = f"d{uuid.uuid4().hex[:12]}"
    postgres.psql(f"CREATE DATABASE {name};")
    url = make_url(postgres.get_uri())
    return f"postgresql://{url.username}@/{name}?host={url.query['host']}"
