"""What can be wrong with the store, by what to do next.

```
StoreError
├── StoreUnavailable   disk full, I/O error, database gone: acknowledge nothing; it resumes by itself
├── StoreLocked        another process owns the file: ask it (control socket), or stop it
└── StoreTooNew        a later program has migrated it: start that program again
```
"""

from __future__ import annotations


class StoreError(Exception):
    """Base of all."""


class StoreUnavailable(StoreError):
    """Nothing was committed, or nobody knows: do not acknowledge; a later attempt may succeed."""


class StoreLocked(StoreError):
    """Another process owns the SQLite file.

    Attributes:
        pid: of the owner, 0 if it has not written it yet.
        started_at: the owner's civil time as ISO text, ``""`` if unknown.
    """

    def __init__(self, path: str, pid: int, started_at: str) -> None:
        super().__init__(f"{path} is owned by process {pid or '?'}, started {started_at or '?'}")
        self.path = path
        self.pid = pid
        self.started_at = started_at


class StoreTooNew(StoreError):
    """The schema is at a revision this program has never heard of."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"the store is at revision {revision!r}, which this program does not know")
        self.revision = revision
