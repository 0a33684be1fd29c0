"""发件箱 (outbox): what shall be done, row by row; written by turns, read by everybody.

Its life goes on in three rooms, all reachable from here: ``waiting`` (before anything leaves), ``attempts``
(what delivery does) and ``unsettled`` (what a human does).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, func, literal_column, select, text

from bot.store import keys
from bot.store.attempts import (
    adopt,
    adopt_orphans,
    afresh,
    attempt,
    dead,
    defer,
    due,
    expire,
    next_due_after,
    next_due_at,
    orphans,
    pausing,
    retry,
    sent,
    unknown,
)
from bot.store.dialect import insert_into, one_of, slices
from bot.store.outbox_codec import read, values
from bot.store.rows import NewOutbox, OutboxRow, OutboxState
from bot.store.tables import outbox
from bot.store.unsettled import UNTOLD, mark_told, resend, settle_unknown, untold, untold_of
from bot.store.waiting import (
    WAITING,
    cancel,
    count_held_by_pause,
    held_by_pause,
    hold,
    hold_leaving,
    in_group,
    quarantine,
    regroup,
    release,
    release_quarantined,
    retime,
)
from policies.effects import target_of
from policies.model import Account, Platform

__all__ = [
    "UNTOLD",
    "WAITING",
    "adopt",
    "adopt_orphans",
    "afresh",
    "attempt",
    "by_key",
    "by_message",
    "cancel",
    "copies",
    "copies_on",
    "count_held_by_pause",
    "counts",
    "dead",
    "defer",
    "derive_again",
    "direct_chat",
    "due",
    "expire",
    "get",
    "held_by_pause",
    "hold",
    "hold_leaving",
    "in_group",
    "insert",
    "listing",
    "mark_told",
    "next_due_after",
    "next_due_at",
    "next_moment",
    "of_announcement",
    "orphans",
    "pausing",
    "quarantine",
    "regroup",
    "release",
    "release_quarantined",
    "resend",
    "retime",
    "retry",
    "sent",
    "settle_unknown",
    "summary",
    "unknown",
    "untold",
    "untold_of",
]  # fmt: skip


def insert(conn: Connection, rows: Sequence[NewOutbox]) -> int:
    """Write what is new; a key that is there already writes nothing. Returns how many rows were written."""
    statement = (
        insert_into(conn, outbox).on_conflict_do_nothing(index_elements=["key"]).returning(outbox.c.id)
    )
    return sum(len(conn.execute(statement, [values(row) for row in part]).all()) for part in slices(rows))


def get(conn: Connection, id: int) -> OutboxRow | None:  # noqa: A002 - the column's name
    return _first(conn, _BY_ID, of=id)


def by_key(conn: Connection, key: str) -> OutboxRow | None:
    return _first(conn, _BY_KEY, of=key)


def by_message(conn: Connection, platform: Platform, message_id: str) -> OutboxRow | None:
    """The row behind what a platform shows: by the receipt's message id, or by our key (a DingTalk card)."""
    if not message_id:
        return None
    return _first(conn, _BY_MESSAGE, on=platform.value, of=message_id) or by_key(conn, message_id)


def of_announcement(conn: Connection, announcement: str) -> tuple[OutboxRow, ...]:
    """Every row of an announcement, oldest first."""
    found = conn.execute(select(outbox).where(outbox.c.announcement == announcement).order_by(outbox.c.id))
    return tuple(read(row) for row in found)


def summary(conn: Connection, announcement: str) -> dict[OutboxState, int]:
    """How many rows of an announcement are in each state; states without rows are left out."""
    return _states(conn.execute(_SUMMARY, {"of": announcement}))


def next_moment(conn: Connection, announcement: str) -> datetime | None:
    """The earliest moment at which something of it that still waits may leave."""
    waits = one_of(outbox.c.state, *WAITING)
    moment: datetime | None = conn.execute(
        select(func.min(outbox.c.ready_at)).where(outbox.c.announcement == announcement, waits)
    ).scalar()
    return moment


def copies(conn: Connection, announcement: str) -> dict[OutboxState, int]:
    """How many recipients' copies of an announcement are in each state."""
    return _states(conn.execute(_COPIES, {"of": announcement}))


def copies_on(conn: Connection, announcement: str) -> dict[tuple[Platform, OutboxState], int]:
    """The same, platform by platform."""
    found = conn.execute(_COPIES_ON, {"of": announcement})
    return {(Platform(platform), OutboxState(state)): int(count) for platform, state, count in found}


LEFT = "left"
"""Why a copy was cancelled: its only reader is with the company no more."""


def left(conn: Connection, announcement: str) -> int:
    """How many of its copies were cancelled because their reader has left; each is a row of its own."""
    return int(conn.execute(_LEFT, {"of": announcement}).scalar() or 0)


def direct_chat(conn: Connection, account: Account) -> str:
    """Where the latest message to this person alone has arrived, as its receipt named it; ``""``: not known.

    Asked when an answer was lost, which is seldom: no index serves it.
    """
    for row in conn.execute(_TO_ONE, {"on": account.platform.value, "to": [str(account)]}):
        found = read(row)
        chat_id = str(found.receipt.get("chat_id") or "")
        if chat_id and target_of(found.entry.effect) == str(account):
            return chat_id
    return ""


def counts(conn: Connection) -> dict[OutboxState, int]:
    """How many rows of the whole store are in each state."""
    return _states(conn.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state)))


def listing(conn: Connection, states: Sequence[OutboxState] = (), limit: int = 100) -> tuple[OutboxRow, ...]:
    """Rows in these states (none named: all), oldest first."""
    statement = select(outbox).order_by(outbox.c.id).limit(limit)
    if states:
        statement = statement.where(outbox.c.state.in_(states))
    return tuple(read(row) for row in conn.execute(statement))


_IS_OF_IT = outbox.c.announcement == bindparam("of")
_BY_ID = select(outbox).where(outbox.c.id == bindparam("of"))
_BY_KEY = select(outbox).where(outbox.c.key == bindparam("of"))
_TO_ONE = (
    select(outbox)
    .where(
        one_of(outbox.c.state, OutboxState.SENT),
        outbox.c.platform == bindparam("on"),
        outbox.c.recipients == bindparam("to", type_=outbox.c.recipients.type),
    )
    .order_by(outbox.c.id.desc())
    .limit(20)
)
_BY_MESSAGE = select(outbox).where(
    outbox.c.platform == bindparam("on"), outbox.c.message_id == bindparam("of"), text("message_id <> ''")
)
_SUMMARY = select(outbox.c.state, func.count()).where(_IS_OF_IT).group_by(outbox.c.state)
_COPIES = select(outbox.c.state, func.sum(outbox.c.copies)).where(_IS_OF_IT).group_by(outbox.c.state)
_LEFT = (
    select(func.count())
    .select_from(outbox)
    .where(
        _IS_OF_IT,
        one_of(outbox.c.state, OutboxState.CANCELLED),
        outbox.c.error == literal_column(f"'{LEFT}'"),
    )
)
_COPIES_ON = (
    select(outbox.c.platform, outbox.c.state, func.sum(outbox.c.copies))
    .where(_IS_OF_IT)
    .group_by(outbox.c.platform, outbox.c.state)
)


def _states(found: Iterable[Any]) -> dict[OutboxState, int]:
    return {OutboxState(state): int(count) for state, count in found}


def _first(conn: Connection, statement: Executable, **parameters: Any) -> OutboxRow | None:
    row = conn.execute(statement, parameters).first()
    return None if row is None else read(row)


def derive_again(key: str) -> str:
    """The key for those of a batch that were certainly not reached: derived, so a repeat writes nothing."""
    return keys.derive("", key, "again", "")
