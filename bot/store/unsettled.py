"""Rows whose outcome is not known or that were given up: somebody is told, and a human settles them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from bot.store import bundles, keys, outbox_codec
from bot.store.dialect import one_of, slices
from bot.store.rows import OutboxRow, OutboxState
from bot.store.tables import outbox
from policies import effects
from policies.effects import Effect
from policies.model import PersonId

LOST = "lost"
"""The kind of the timer after which all of one announcement that nobody has been told of is told together."""
UNTOLD = (OutboxState.UNKNOWN, OutboxState.DEAD)
"""States that somebody must be told of."""


def resend(
    conn: Connection,
    row: int | str,
    now: datetime,
    generation: int | None = None,
    *,
    key: str | None = None,
    effect: Effect | None = None,
) -> bool:
    """补发: a human sends an unknown or dead row again, under a new key. ``False``: not there, or done already.

    Of what one message carried each row is sent again by itself, never the message: some of them were seen.

    Args:
        row: its id or its key.
        generation: greater than the row's own, so that a double press sends once; ``None`` = one more.
        key: the new derived key; by default derived from the old one.
        effect: new words (``（补发，若已收到请忽略）``), or ``None`` for the same.
    """
    found = conn.execute(select(outbox).where(_named(row))).first()
    if found is None:
        return False
    fresh_generation = found.generation + 1 if generation is None else generation
    target = effects.target_of(effects.from_json(found.effect))
    values: dict[str, Any] = {} if effect is None else {"effect": effects.to_json(effect)}
    changed = conn.execute(
        update(outbox)
        .where(
            outbox.c.id == found.id,
            one_of(outbox.c.state, *UNTOLD),
            outbox.c.generation < fresh_generation,
            outbox.c.step != bundles.CARRIER,
        )
        .values(
            **values,
            **_FRESH,
            key=key or keys.derive("", found.key, found.step, target, fresh_generation),
            former_keys=[*found.former_keys, found.key],
            generation=fresh_generation,
            ready_at=now,
            not_before=now,
        )
    )
    return changed.rowcount == 1


def settle_unknown(
    conn: Connection, row: int | str, as_sent: bool, by: PersonId, now: datetime | None = None
) -> bool:
    """A human says what became of it: seen (sent), or given up (作废, cancelled). ``False``: not unknown.

    Args:
        row: its id or its key.
    """
    state = OutboxState.SENT if as_sent else OutboxState.CANCELLED
    found = conn.execute(
        update(outbox)
        .where(_named(row), one_of(outbox.c.state, OutboxState.UNKNOWN))
        .values(state=state.value, settled_by=by, sent_at=now if as_sent else None)
    )
    return found.rowcount == 1


def untold(conn: Connection, limit: int = 100) -> tuple[OutboxRow, ...]:
    """Unknown and dead rows of which nobody has been told yet."""
    found = conn.execute(
        select(outbox)
        .where(one_of(outbox.c.state, *UNTOLD), outbox.c.told_at.is_(None))
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return tuple(outbox_codec.read(row) for row in found)


def untold_of(conn: Connection, announcement: str) -> tuple[OutboxRow, ...]:
    """Those of one announcement, oldest first."""
    found = conn.execute(
        select(outbox)
        .where(one_of(outbox.c.state, *UNTOLD), outbox.c.told_at.is_(None))
        .where(outbox.c.announcement == announcement)
        .order_by(outbox.c.id)
    )
    return tuple(outbox_codec.read(row) for row in found)


def mark_told(conn: Connection, ids: Sequence[int], now: datetime) -> int:
    """Somebody has been told (or the telling is in the outbox by this very transaction)."""
    statement = update(outbox).where(outbox.c.told_at.is_(None)).values(told_at=now)
    return sum(conn.execute(statement.where(outbox.c.id.in_(part))).rowcount for part in slices(ids))


def _named(row: int | str) -> ColumnElement[bool]:
    return outbox.c.id == row if isinstance(row, int) else outbox.c.key == row


_FRESH: Mapping[str, Any] = {
    "state": OutboxState.DUE.value,
    "attempts": 0,
    "first_attempt_at": None,
    "attempted_at": None,
    "next_attempt_at": None,
    "may_have_left": False,
    "expires_at": None,
    "error_kind": "",
    "error": "",
    "told_at": None,
    "bundle": "",
}
"""A row that goes out again begins a life of its own: its uuid window opens anew."""
