"""合并 (bundles): held rows of several announcements that a morning gathers, and that one message may carry together.

A carried row has no attempt of its own: its state follows the message that carries it, in the same transaction, so
that undoing, counting and telling go on row by row. Whatever takes a row out (another moment, a pause, a human)
takes it out of its bundle too, and the message is put together from what is still in it when it leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    exists,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    update,
)

from bot.store import outbox_codec
from bot.store.dialect import one_of, slices
from bot.store.rows import OutboxRow, OutboxState
from bot.store.tables import outbox, timers
from policies import effects
from policies.effects import Effect
from policies.model import Account, Platform, Weight

CARRIER = "digest"
"""The step of a message that carries others' words."""

PLAIN = "plain"
"""In the receipt of what was carried by words alone: one item of them cannot be taken back."""

_IS_HELD = one_of(outbox.c.state, OutboxState.HELD)
_IS_ATTEMPTED = one_of(outbox.c.state, OutboxState.ATTEMPTED)
_HAS_NOT_LEFT = outbox.c.may_have_left.is_(False)


def put(conn: Connection, ids: Sequence[int], bundle: str, moment: datetime) -> int:
    """Held rows wait until that moment in this bundle; what has left or was taken back stays out of it."""
    statement = (
        update(outbox)
        .where(_IS_HELD, _HAS_NOT_LEFT)
        .values(bundle=bundle, not_before=moment, ready_at=moment)
    )
    return sum(conn.execute(statement.where(outbox.c.id.in_(part))).rowcount for part in slices(ids))


def free(conn: Connection, moments: Mapping[int, datetime]) -> int:
    """Each leaves by itself, at its own moment."""
    statement = update(outbox).where(_IS_HELD, _HAS_NOT_LEFT)
    return sum(
        conn.execute(
            statement.where(outbox.c.id == id_).values(
                state=OutboxState.DUE.value, bundle="", not_before=moment, ready_at=moment
            )
        ).rowcount
        for id_, moment in moments.items()
    )


def waiting(conn: Connection, bundle: str) -> tuple[OutboxRow, ...]:
    """What is still in it, oldest first."""
    return _read(conn, outbox.c.bundle == bundle, _has_bundle(), _IS_HELD)


def carried(conn: Connection, key: str) -> tuple[OutboxRow, ...]:
    """All that a message carries or has carried, in the order in which it shows them."""
    return _read(conn, outbox.c.bundle == key, _has_bundle())


def busy(
    conn: Connection, platform: Platform, after: datetime, until: datetime
) -> tuple[tuple[tuple[Account, ...], datetime], ...]:
    """Who gets something that is not urgent in this time, and when: rows that are due then."""
    found: list[tuple[tuple[Account, ...], datetime]] = []
    for weight in (Weight.IMPORTANT, Weight.NORMAL, Weight.CHORE):
        rows = conn.execute(
            select(outbox.c.recipients, outbox.c.ready_at, outbox.c.effect).where(
                one_of(outbox.c.state, OutboxState.DUE),
                outbox.c.platform == platform.value,
                outbox.c.weight == int(weight),
                outbox.c.ready_at > after,
                outbox.c.ready_at <= until,
            )
        )
        found += [
            (tuple(Account.parse(one) for one in row.recipients), row.ready_at)
            for row in rows
            if row.effect["do"] not in _SILENT
        ]
    return tuple(found)


_SILENT = frozenset({"update", "recall"})
"""Effects that ring nobody's telephone."""


# ── With the message that carries them ────────────────────────────────────────────────────────────


def leave(conn: Connection, key: str, now: datetime) -> tuple[OutboxRow, ...]:
    """Those that leave with their message now: written before it is sent, as for every attempt."""
    found = conn.execute(
        update(outbox)
        .where(outbox.c.bundle == key, _has_bundle(), _IS_HELD)
        .values(
            state=OutboxState.ATTEMPTED.value,
            first_attempt_at=func.coalesce(
                outbox.c.first_attempt_at, literal(now, outbox.c.first_attempt_at.type)
            ),
            attempted_at=now,
        )
        .returning(outbox)
    )
    return tuple(sorted((outbox_codec.read(row) for row in found), key=lambda row: row.id))


def follow(conn: Connection, key: str, state: OutboxState, **values: Any) -> tuple[OutboxRow, ...]:
    """What became of the message became of everything in it; returns the rows as they stand now."""
    found = conn.execute(
        update(outbox)
        .where(outbox.c.bundle == key, _has_bundle(), _IS_ATTEMPTED)
        .values(state=state.value, **values)
        .returning(outbox)
    )
    return tuple(sorted((outbox_codec.read(row) for row in found), key=lambda row: row.id))


def part(conn: Connection, key: str, now: datetime) -> int:
    """The message will not go: each of those that were in it leaves by itself."""
    found = conn.execute(
        update(outbox)
        .where(outbox.c.bundle == key, _has_bundle(), or_(_IS_HELD, _IS_ATTEMPTED), _HAS_NOT_LEFT)
        .values(state=OutboxState.DUE.value, bundle="", not_before=now, ready_at=now)
    )
    return found.rowcount


def reword(conn: Connection, carrier: int, effect: Effect) -> None:
    """The message as it leaves."""
    conn.execute(update(outbox).where(outbox.c.id == carrier).values(effect=effects.to_json(effect)))


def drop(conn: Connection, carrier: int) -> None:
    """A message with too little to carry does not leave."""
    conn.execute(
        update(outbox)
        .where(outbox.c.id == carrier, outbox.c.step == CARRIER)
        .values(state=OutboxState.CANCELLED.value, error_kind="parted")
    )


# ── When something was lost on the way ────────────────────────────────────────────────────────────


def dissolve(conn: Connection) -> None:
    """After a restore nothing travels together any more: a human decides row by row."""
    states = one_of(outbox.c.state, OutboxState.HELD, OutboxState.DUE, OutboxState.ATTEMPTED)
    conn.execute(
        update(outbox)
        .where(outbox.c.step == CARRIER, states)
        .values(state=OutboxState.CANCELLED.value, error_kind="parted")
    )
    conn.execute(update(outbox).where(_has_bundle(), states).values(bundle=""))


def stranded(conn: Connection) -> tuple[OutboxRow, ...]:
    """Held rows whose morning has no timer, or whose carrier is not on its way: nothing would ever let them go."""
    carrier = outbox.alias("carrier")
    on_its_way = exists().where(
        carrier.c.key == outbox.c.bundle,
        carrier.c.state.in_([OutboxState.DUE.value, OutboxState.ATTEMPTED.value]),
    )
    will_be_arranged = exists().where(timers.c.key == outbox.c.bundle, timers.c.state == "pending")
    return _read(conn, _has_bundle(), _IS_HELD, not_(on_its_way), not_(will_be_arranged))


def _has_bundle() -> ColumnElement[bool]:
    return outbox.c.bundle != literal_column("''")


def _read(conn: Connection, *where: ColumnElement[bool]) -> tuple[OutboxRow, ...]:
    found = conn.execute(select(outbox).where(and_(*where)).order_by(outbox.c.id))
    return tuple(outbox_codec.read(row) for row in found)
