"""Sending leases (租约): one instance sends for a platform; the epoch tells its marks from a dead one's.

On SQLite the file lock proves that the old owner is dead, so a lease is taken back at once. On PostgreSQL it is
free when it has run out by the database's own clock; an instance that was stopped meanwhile finds its epoch over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from bot.store.dialect import insert_into, is_postgres
from bot.store.tables import leases
from policies.model import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who sends for a platform; ``owner`` is ``""`` after it was given back."""

    platform: Platform
    owner: str
    epoch: int
    expires_at: datetime


def acquire_lease(
    conn: Connection, platform: Platform, owner: str, ttl_s: float, now: datetime
) -> int | None:
    """Take the platform's lease: a new epoch, greater than every one before.

    Args:
        now: the civil time, used on SQLite only.

    Returns:
        ``None`` while another owner's lease lasts (never on SQLite).
    """
    moment = _time(conn, now)
    found = current(conn, platform, lock=True)
    if (
        found is not None
        and found.owner not in ("", owner)
        and is_postgres(conn)
        and found.expires_at > moment
    ):
        return None
    epoch = 1 if found is None else found.epoch + 1
    values = {
        "platform": platform.value,
        "owner": owner,
        "epoch": epoch,
        "expires_at": moment + timedelta(seconds=ttl_s),
    }
    statement = insert_into(conn, leases).values(**values)
    conn.execute(statement.on_conflict_do_update(index_elements=["platform"], set_=values))
    return epoch


def renew_lease(
    conn: Connection, platform: Platform, owner: str, epoch: int, ttl_s: float, now: datetime
) -> bool:
    """Keep it. ``False``: it has run out or is somebody else's; stop sending at once."""
    moment = _time(conn, now)
    statement = update(leases).where(
        leases.c.platform == platform.value, leases.c.owner == owner, leases.c.epoch == epoch
    )
    if is_postgres(conn):
        statement = statement.where(leases.c.expires_at > moment)
    return conn.execute(statement.values(expires_at=moment + timedelta(seconds=ttl_s))).rowcount == 1


def release_lease(conn: Connection, platform: Platform, owner: str, epoch: int) -> bool:
    """Give it back, so that another instance need not wait; the epoch stays, to be outgrown."""
    found = conn.execute(
        update(leases)
        .where(leases.c.platform == platform.value, leases.c.owner == owner, leases.c.epoch == epoch)
        .values(owner="")
    )
    return found.rowcount == 1


def current(conn: Connection, platform: Platform, *, lock: bool = False) -> Lease | None:
    """The lease as it stands, run out or not."""
    statement = select(leases).where(leases.c.platform == platform.value)
    row = conn.execute(statement.with_for_update() if lock else statement).first()
    if row is None:
        return None
    return Lease(platform=platform, owner=row.owner, epoch=row.epoch, expires_at=row.expires_at)


def _time(conn: Connection, now: datetime) -> datetime:
    if not is_postgres(conn):
        return now
    moment: datetime = conn.execute(select(func.clock_timestamp())).scalar_one()
    return moment
