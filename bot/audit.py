"""审计 (audit): who was refused or held, by which rule, and what an admin changed; read and checked here."""

from __future__ import annotations

from dataclasses import dataclass

from bot.store import audit
from bot.store.audit import Chained
from bot.store.engine import Connection, Store

__all__ = ["Chained", "Verdict", "line", "newest", "verify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of looking at the chain.

    Attributes:
        rows: how many entries there have been; the oldest may be gone, after ``[privacy] keep_audit_days``.
        head: the newest hash, to be compared with one that was posted elsewhere.
        broken_at: number of the first entry that was changed, removed or put in; ``None``: the chain is whole.
    """

    rows: int
    head: str
    broken_at: int | None = None

    @property
    def is_whole(self) -> bool:
        return self.broken_at is None


async def verify(store: Store) -> Verdict:
    """Walk the whole chain on one snapshot."""
    return await store.read(_verify)


async def newest(store: Store, limit: int = 20, subject: str | None = None) -> tuple[Chained, ...]:
    """The newest entries, the oldest of them first; only those about ``subject`` if it is named."""
    return await store.read(audit.tail, limit, subject)


def line(row: Chained) -> str:
    """One entry on one line, for terminals and tickets: ``17 2026-09-29T13:40:02+00:00 feishu:ou_1 hold …``."""
    entry = row.entry
    details = " ".join(f"{key}={value}" for key, value in sorted(entry.details.items()))
    parts = (str(row.seq), entry.at.isoformat(timespec="seconds"), entry.who, entry.act, entry.subject)
    more = (entry.rule, entry.why, details)
    return " ".join(" ".join(part.split()) for part in (*parts, *more) if part)


def _verify(conn: Connection) -> Verdict:
    rows, head = audit.head(conn)
    return Verdict(rows=rows, head=head, broken_at=audit.verify(conn))
