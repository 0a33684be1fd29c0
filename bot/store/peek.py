"""Looking at a store that nobody has open (看一眼): no lock, no migration, nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.store import migrate, sqlite
from bot.store.errors import StoreUnavailable
from bot.store.migrations import HEAD

T = TypeVar("T")


def peek(path: Path, fn: Callable[[Connection], T]) -> T | None:
    """What ``fn`` reads in the SQLite file; ``None`` if there is no store of this program's revision.

    Raises:
        StoreUnavailable: it is there and cannot be read.
    """
    if not path.is_file():
        return None
    engine = sqlite.reader_engine(path)
    try:
        with engine.connect() as conn:
            if migrate.revision_of(conn) != HEAD:
                return None
            with conn.begin():
                return fn(conn)
    except DBAPIError as error:
        raise StoreUnavailable(str(error.orig)) from error
    finally:
        engine.dispose()
