"""What waits in the outbox: released, held anew, re-timed, cancelled, and set aside after a restore."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from bot.store import bundles, groups, outbox_codec
from bot.store.dialect import one_of, slices
from bot.store.rows import OutboxRow, OutboxState
from bot.store.tables import outbox, timers
from policies.model import Weight

WAITING = (OutboxState.HELD, OutboxState.DUE)
"""States in which nothing has left yet."""


def in_group(conn: Connection, group: str) -> tuple[OutboxRow, ...]:
    """The rows that wait under one release, oldest first."""
    found = conn.execute(select(outbox).where(_waiting_in(group)).order_by(outbox.c.id))
    return tuple(outbox_codec.read(row) for row in found)


def release(conn: Connection, group: str, moments: Mapping[int, datetime] | datetime) -> int:
    """Make held rows due.

    Args:
        moments: when each may leave, by row id (ids not named stay held), or one moment for all.
    """
    if isinstance(moments, datetime):
        return _set_moment(conn, _held_in(group), moments, _DUE)
    return sum(
        _set_moment(conn, and_(_held_in(group), outbox.c.id == id_), moment, _DUE)
        for id_, moment in moments.items()
    )


def hold(conn: Connection, group: str, not_before: datetime, new_group: str | None = None) -> int:
    """Hold what waits in the group until another moment, under another release if ``new_group`` names one."""
    more = {"release_group": new_group} if new_group else {}
    return _set_moment(conn, _waiting_in(group), not_before, {"state": OutboxState.HELD.value, **more})


def hold_leaving(conn: Connection, until: datetime) -> tuple[str, ...]:
    """Hold what is due of announcements, urgent ones aside, until the end of a pause; returns which they are."""
    on_their_way = or_(
        one_of(outbox.c.state, OutboxState.DUE),
        and_(one_of(outbox.c.state, OutboxState.HELD), outbox.c.bundle != literal_column("''")),
    )
    leaving = (
        on_their_way,
        outbox.c.may_have_left.is_(False),
        outbox.c.announcement != "",
        outbox.c.weight > int(Weight.URGENT),
    )
    found = conn.execute(select(outbox.c.announcement).where(*leaving).distinct()).scalars().all()
    for announcement in found:
        conn.execute(
            update(outbox)
            .where(*leaving, outbox.c.announcement == announcement)
            .values(
                state=OutboxState.HELD.value,
                not_before=until,
                ready_at=until,
                release_group=groups.paused(announcement, until),
                bundle="",
            )
        )
    return tuple(found)


def held_by_pause(conn: Connection) -> tuple[tuple[str, str], ...]:
    """The releases that wait for the end of a pause, each with its announcement."""
    found = conn.execute(
        select(outbox.c.release_group, outbox.c.announcement)
        .where(
            one_of(outbox.c.state, OutboxState.HELD),
            outbox.c.release_group.endswith(groups.PAUSED, autoescape=True),
        )
        .distinct()
    )
    return tuple((row.release_group, row.announcement) for row in found)


def count_held_by_pause(conn: Connection) -> int:
    """How many messages wait for it."""
    statement = select(func.count()).select_from(outbox)
    where = (
        one_of(outbox.c.state, OutboxState.HELD),
        outbox.c.release_group.endswith(groups.PAUSED, autoescape=True),
    )
    return int(conn.execute(statement.where(*where)).scalar_one())


def regroup(conn: Connection, ids: Sequence[int], not_before: datetime, group: str) -> int:
    """Hold these rows, as far as they wait, until another moment and under that moment's release."""
    statement = (
        update(outbox)
        .where(one_of(outbox.c.state, *WAITING), outbox.c.may_have_left.is_(False))
        .values(
            state=OutboxState.HELD.value,
            not_before=not_before,
            ready_at=not_before,
            release_group=group,
            bundle="",
        )
    )
    return sum(conn.execute(statement.where(outbox.c.id.in_(part))).rowcount for part in slices(ids))


def retime(
    conn: Connection, group: str, moments: Mapping[int, datetime] | datetime, new_group: str | None = None
) -> int:
    """Give what waits in the group another moment; held stays held, due stays due.

    Args:
        moments: by row id (ids not named keep theirs), or one for all.
        new_group: the release they wait under from now on, ``None`` or ``""`` for the same.
    """
    more = {"release_group": new_group} if new_group else {}
    if isinstance(moments, datetime):
        return _set_moment(conn, _waiting_in(group), moments, more)
    return sum(
        _set_moment(conn, and_(_waiting_in(group), outbox.c.id == id_), moment, more)
        for id_, moment in moments.items()
    )


def cancel(
    conn: Connection,
    announcement: str = "",
    group: str = "",
    ids: Sequence[int] | None = None,
    reason: str = "",
) -> int:
    """Cancel what has certainly not left: held, due (unless an earlier attempt may have left), quarantined.

    At least one of the three must be given; several narrow each other. Returns how many were cancelled.
    A message that carries others is never meant: whoever takes all of them out has stopped it.
    """
    named: list[ColumnElement[bool]] = []
    if announcement:
        named.append(outbox.c.announcement == announcement)
    if group:
        named.append(outbox.c.release_group == group)
    if ids is not None:
        named.append(outbox.c.id.in_(ids))
    if not named:
        raise ValueError("cancelling everything is never meant: name an announcement, a group or ids")
    states = (*WAITING, OutboxState.QUARANTINED)
    found = conn.execute(
        update(outbox)
        .where(*named, one_of(outbox.c.state, *states), outbox.c.may_have_left.is_(False))
        .where(outbox.c.step != bundles.CARRIER)
        .values(state=OutboxState.CANCELLED.value, error_kind="cancelled", error=reason, bundle="")
    )
    return found.rowcount


# ── After a restore ───────────────────────────────────────────────────────────────────────────────


def quarantine(conn: Connection) -> int:
    """待确认: nothing that was waiting or under way in a backup may leave by itself."""
    bundles.dissolve(conn)
    waiting = (*WAITING, OutboxState.ATTEMPTED)
    found = conn.execute(
        update(outbox).where(one_of(outbox.c.state, *waiting)).values(state=OutboxState.QUARANTINED.value)
    )
    return found.rowcount


def release_quarantined(conn: Connection, ids: Sequence[int], now: datetime) -> int:
    """A human lets them go: what a timer will release is held again for judgement, the rest is due, at its moment
    if that is still to come. A group alone is not enough: a question to one person has a moment and no timer."""
    released = exists().where(timers.c.key == outbox.c.release_group, timers.c.state == "pending")
    is_later = and_(outbox.c.release_group != "", outbox.c.not_before > now, released)
    statement = (
        update(outbox)
        .where(outbox.c.state == OutboxState.QUARANTINED.value)
        .values(state=case((is_later, OutboxState.HELD.value), else_=OutboxState.DUE.value))
    )
    return sum(conn.execute(statement.where(outbox.c.id.in_(part))).rowcount for part in slices(ids))


def _held_in(group: str) -> ColumnElement[bool]:
    return and_(_waiting_in(group), one_of(outbox.c.state, OutboxState.HELD))


def _waiting_in(group: str) -> ColumnElement[bool]:
    return and_(
        outbox.c.release_group == group,
        one_of(outbox.c.state, *WAITING),
        outbox.c.may_have_left.is_(False),
    )


def _set_moment(
    conn: Connection, where: ColumnElement[bool], moment: datetime, more: Mapping[str, str] | None = None
) -> int:
    found = conn.execute(
        update(outbox).where(where).values(not_before=moment, ready_at=moment, bundle="", **(more or {}))
    )
    return found.rowcount


_DUE = {"state": OutboxState.DUE.value}
