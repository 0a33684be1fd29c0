"""One process owns a SQLite file: an advisory lock beside it that the kernel lets go when the process dies."""

from __future__ import annotations

import fcntl
import json
import os
from datetime import datetime
from pathlib import Path

from bot.store.errors import StoreLocked


class FileLock:
    """Held from ``acquire`` to ``release`` or death; the file itself stays, it is harmless."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".lock")
        self._handle: int | None = None

    def acquire(self, now: datetime) -> None:
        """Raises ``StoreLocked`` with what the owner wrote about itself."""
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid, started_at = _owner(handle)
            os.close(handle)
            raise StoreLocked(str(self.path.with_suffix("")), pid, started_at) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "started_at": now.isoformat()}).encode(), 0)
        self._handle = handle

    def release(self) -> None:
        """Safe to call twice."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _owner(handle: int) -> tuple[int, str]:
    try:
        written = json.loads(os.pread(handle, 4096, 0))
        return int(written["pid"]), str(written["started_at"])
    except (ValueError, KeyError, TypeError):
        return 0, ""
