"""What holds for every test: a property is judged by what it finds, never by how long a busy machine takes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import DoesNotStart, NotHere, server

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes; what passes is removed at once, so all tests together leave less."""

if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
    # every commit of a store is written through, which here nobody needs but the proofs, and they have their own
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

settings.register_profile(
    "yizhan", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("yizhan")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A server for all tests of this process; one that is installed and does not start fails them where it counts."""
    with ExitStack() as stack:
        try:
            living = stack.enter_context(server())
        except NotHere as error:
            pytest.skip(f"no PostgreSQL for this machine: {error}")
        except DoesNotStart as error:
            if os.environ.get("CI") == "true":
                pytest.fail(f"PostgreSQL is here but does not start: {error}")
            pytest.skip(f"PostgreSQL does not start here: {error}")
        yield living
