"""What delivery does with outbox rows: look, claim, and mark what came of it.

Every claim and mark carries the epoch of the platform's sending lease. A mark under another epoch than the row's
or after a newer lease is refused: it comes from an instance that was taken for dead, and whose rows somebody else looks after now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Integer,
    Update,
    and_,
    bindparam,
    func,
    literal_column,
    not_,
    or_,
    select,
    update,
)

from bot.store.dialect import one_of, slices
from bot.store.outbox_codec import read
from bot.store.rows import OutboxRow, OutboxState
from bot.store.tables import leases, outbox
from policies.model import Platform, Weight

_IS_DUE = one_of(outbox.c.state, OutboxState.DUE)
_IS_ATTEMPTED = one_of(outbox.c.state, OutboxState.ATTEMPTED)


def due(
    conn: Connection,
    platform: Platform,
    now: datetime,
    limit: int,
    *,
    after: OutboxRow | None = None,
) -> tuple[OutboxRow, ...]:
    """Rows that may be attempted now, what weighs less (an answer) first, then by moment, then by id.

    Args:
        after: the last row of the page before, to look past rows whose lane has no room.
    """
    rows: list[OutboxRow] = []
    nearest = conn.execute(_NEAREST, {"of": platform.value}).one()
    for weight, moment in zip(Weight, nearest, strict=True):
        if moment is None or moment > now or (after is not None and weight < after.entry.weight):
            continue
        page = {"of": platform.value, "weighs": int(weight), "now": now, "most": limit - len(rows)}
        if after is not None and weight == after.entry.weight:
            found = conn.execute(_NEXT_PAGE, {**page, "after": after.ready_at, "after_id": after.id})
        else:
            found = conn.execute(_PAGE, page)
        rows.extend(read(row) for row in found)
        if len(rows) >= limit:
            break
    return tuple(rows)


_PAGE = (
    select(outbox)
    .where(_IS_DUE, outbox.c.platform == bindparam("of"), outbox.c.weight == bindparam("weighs"))
    .where(outbox.c.ready_at <= bindparam("now"))
    .order_by(outbox.c.ready_at, outbox.c.id)
    .limit(bindparam("most", type_=Integer))
)
_NEXT_PAGE = _PAGE.where(
    outbox.c.ready_at >= bindparam("after"),
    or_(outbox.c.ready_at > bindparam("after"), outbox.c.id > bindparam("after_id")),
)


def _nearest(*where: ColumnElement[bool]) -> Executable:
    """Of each weight the nearest moment: one step into the index each, however many rows are due."""
    is_ours = (_IS_DUE, outbox.c.platform == bindparam("of"), *where)
    return select(
        *(
            select(func.min(outbox.c.ready_at))
            .where(*is_ours, outbox.c.weight == literal_column(str(int(weight))))
            .scalar_subquery()
            for weight in Weight
        )
    )


_NEAREST = _nearest()
_NEAREST_AFTER = _nearest(outbox.c.ready_at > bindparam("now"))


def pausing(conn: Connection, platform: Platform) -> tuple[OutboxRow, ...]:
    """Due rows that were refused and go again later: nothing may overtake them."""
    found = conn.execute(
        select(outbox)
        .where(_IS_DUE, outbox.c.platform == platform.value, outbox.c.next_attempt_at.is_not(None))
        .order_by(outbox.c.id)
    )
    return tuple(read(row) for row in found)


def next_due_at(conn: Connection, platform: Platform, now: datetime) -> datetime | None:
    """When to look again: ``now`` if something may be attempted at once, else the nearest moment, else ``None``."""
    nearest = _first(conn.execute(_NEAREST, {"of": platform.value}).one())
    return None if nearest is None else max(nearest, now)


def next_due_after(conn: Connection, platform: Platform, now: datetime) -> datetime | None:
    """The nearest moment after ``now`` at which another row comes due, whatever is due already."""
    return _first(conn.execute(_NEAREST_AFTER, {"of": platform.value, "now": now}).one())


def attempt(
    conn: Connection, ids: Sequence[int], owner: str, epoch: int, now: datetime
) -> tuple[OutboxRow, ...]:
    """Claim rows, and say before anything is sent that something may have left.

    Returns:
        those that were still due, in the order of ``due``; none if a newer lease exists.
    """
    claimed: list[OutboxRow] = []
    for part in slices(ids):
        found = conn.execute(_CLAIM, {"ids": part, "now": now, "by": owner, "lease": epoch})
        claimed.extend(read(row) for row in found)
    return tuple(sorted(claimed, key=lambda row: (row.entry.weight, row.ready_at or now, row.id)))


_NO_NEWER_LEASE = not_(
    select(leases.c.epoch)
    .where(leases.c.platform == outbox.c.platform, leases.c.epoch > bindparam("lease"))
    .exists()
)
_NOW = bindparam("now", type_=outbox.c.first_attempt_at.type)
_CLAIM = (
    update(outbox)
    .where(
        outbox.c.id.in_(bindparam("ids", expanding=True)), _IS_DUE, outbox.c.ready_at <= _NOW, _NO_NEWER_LEASE
    )
    .values(
        state=OutboxState.ATTEMPTED.value,
        attempts=outbox.c.attempts + 1,
        first_attempt_at=func.coalesce(outbox.c.first_attempt_at, _NOW),
        attempted_at=_NOW,
        next_attempt_at=None,
        owner=bindparam("by"),
        epoch=bindparam("lease"),
    )
    .returning(outbox)
)


def sent(conn: Connection, id: int, epoch: int, receipt: Mapping[str, Any], now: datetime) -> bool:  # noqa: A002
    """The platform's proof is here. ``False``: the mark comes too late, from a lease that is over."""
    return _mark(
        conn,
        id,
        epoch,
        OutboxState.SENT,
        receipt=receipt,
        message_id=_id_in(receipt),
        sent_at=now,
        may_have_left=False,
        error_kind="",
        error="",
    )


def retry(
    conn: Connection,
    id: int,  # noqa: A002
    epoch: int,
    next_attempt_at: datetime,
    error_kind: str,
    error: str,
    may_have_left: bool = False,
) -> bool:
    """It goes again later.

    Args:
        may_have_left: the outcome was lost, and the platform will know a repeat by its key; until that is
            settled the row cannot be cancelled. ``False``: it was certainly not sent.
    """
    left = {"may_have_left": True} if may_have_left else {}
    return _mark_due(conn, id, epoch, next_attempt_at, error_kind, error, **left)


def afresh(
    conn: Connection,
    id: int,  # noqa: A002
    epoch: int,
    next_attempt_at: datetime,
    error_kind: str,
    error: str,
) -> bool:
    """It was looked for and is not there: it goes again as if it had never been tried, and may be cancelled."""
    fresh = {"first_attempt_at": None, "may_have_left": False}
    return _mark_due(conn, id, epoch, next_attempt_at, error_kind, error, **fresh)


def unknown(
    conn: Connection,
    id: int,  # noqa: A002
    epoch: int,
    kind: str,
    error: str,
    receipt: Mapping[str, Any] | None = None,
) -> bool:
    """It may have arrived: only a human decides what follows. ``receipt`` is what little is known."""
    known = {} if receipt is None else {"receipt": receipt, "message_id": _id_in(receipt)}
    return _mark(conn, id, epoch, OutboxState.UNKNOWN, error_kind=kind, error=error, **known)


def dead(conn: Connection, id: int, epoch: int, kind: str, error: str) -> bool:  # noqa: A002
    """Given up; somebody has to be told (``untold``)."""
    return _mark(conn, id, epoch, OutboxState.DEAD, error_kind=kind, error=error)


def defer(conn: Connection, ids: Sequence[int], until: datetime) -> int:
    """Pass over due rows until their lane has room; it is no attempt and leaves ``not_before`` as it is."""
    statement = update(outbox).where(_IS_DUE).values(ready_at=until)
    return sum(conn.execute(statement.where(outbox.c.id.in_(part))).rowcount for part in slices(ids))


def expire(conn: Connection, now: datetime) -> int:
    """Cancel due answers that are of no use any more."""
    found = conn.execute(
        update(outbox)
        .where(_IS_DUE, outbox.c.expires_at <= now, outbox.c.may_have_left.is_(False))
        .values(state=OutboxState.CANCELLED.value, error_kind="expired")
    )
    return found.rowcount


def orphans(
    conn: Connection, platform: Platform, owner: str, epoch: int | None = None, limit: int = 1000
) -> tuple[OutboxRow, ...]:
    """Attempted rows whose attempt nobody is waiting for: another owner's, or an earlier life's of the same."""
    left_by = [outbox.c.owner != owner]
    has_its_own = outbox.c.bundle == literal_column("''")
    if epoch is not None:
        left_by.append(outbox.c.epoch < epoch)
    found = conn.execute(
        select(outbox)
        .where(_IS_ATTEMPTED, outbox.c.platform == platform.value, or_(*left_by), has_its_own)
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return tuple(read(row) for row in found)


def adopt(conn: Connection, ids: Sequence[int], owner: str, epoch: int) -> tuple[OutboxRow, ...]:
    """Take orphans over, to find out what became of them; from now on the old owner's marks are refused."""
    adopted: list[OutboxRow] = []
    for part in slices(ids):
        is_ours = and_(outbox.c.owner == owner, outbox.c.epoch == epoch)
        found = conn.execute(
            update(outbox)
            .where(
                outbox.c.id.in_(part),
                _IS_ATTEMPTED,
                outbox.c.epoch <= epoch,
                not_(is_ours),
                _NO_NEWER_LEASE,
            )
            .values(owner=owner, epoch=epoch)
            .returning(outbox),
            {"lease": epoch},
        )
        adopted.extend(read(row) for row in found)
    return tuple(sorted(adopted, key=lambda row: row.id))


def adopt_orphans(conn: Connection, platform: Platform, owner: str, epoch: int) -> tuple[OutboxRow, ...]:
    """Take over everything that an earlier life, or another owner, has left attempted."""
    return adopt(conn, [row.id for row in orphans(conn, platform, owner, epoch)], owner, epoch)


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _id_in(receipt: Mapping[str, Any]) -> str:
    return str(receipt.get("message_id") or "")


def _mark_due(
    conn: Connection, id_: int, epoch: int, moment: datetime, kind: str, error: str, **values: Any
) -> bool:
    again = {"ready_at": moment, "next_attempt_at": moment, "error_kind": kind, "error": error}
    return _mark(conn, id_, epoch, OutboxState.DUE, **again, **values)


def _mark(conn: Connection, id_: int, epoch: int, state: OutboxState, **values: Any) -> bool:
    fresh = {"state": state.value, **values}
    named = {f"to_{name}": value for name, value in fresh.items()}
    return conn.execute(_marking(tuple(fresh)), {"of": id_, "lease": epoch, **named}).rowcount == 1


@cache
def _marking(columns: tuple[str, ...]) -> Update:
    """One for each end of an attempt."""
    return (
        update(outbox)
        .where(
            outbox.c.id == bindparam("of"),
            _IS_ATTEMPTED,
            outbox.c.epoch == bindparam("lease"),
            _NO_NEWER_LEASE,
        )
        .values({name: bindparam(f"to_{name}") for name in columns})
    )
