"""What holds for every test: a property is judged by what it finds, never by how long a busy machine takes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import DoesNotStart, NotHere, server

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
