"""A PostgreSQL of our own: in a folder that goes with it, and without a sync, since nobody cuts its power."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class NotHere(Exception):
    """There is no wheel of ``pgserver`` for this machine."""


class DoesNotStart(Exception):
    """It is installed, and this machine does not let it run."""


@contextmanager
def server() -> Iterator[Any]:
    """Raises ``NotHere``, ``DoesNotStart``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pgserver's own, about folders of the desktop
        try:
            import pgserver
        except ImportError as error:
            raise NotHere(str(error)) from error
        folder = Path(tempfile.mkdtemp(prefix="yizhan-pg-"))
        try:
            living = pgserver.get_server(folder, cleanup_mode="stop")
        except Exception as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise DoesNotStart(str(error)) from error
    try:
        living.psql("ALTER SYSTEM SET fsync = off;")
        living.psql("SELECT pg_reload_conf();")
        yield living
    finally:
        living.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
