"""The meter (额度): what the month's pots have been charged."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from bot.store.dialect import inserts
from bot.store.tables import meter
from policies.model import Platform


def add(conn: Connection, platform: Platform, month: str, pot: str, units: int = 1) -> int:
    """Charge a pot; returns what it has been charged this month.

    Args:
        month: ``2026-11``, in the company's zone.
    """
    values = {"platform": platform.value, "month": month, "pot": pot, "units": units}
    return int(conn.execute(_ADD[conn.dialect.name], values).scalar_one())


_ADD = inserts(
    meter,
    lambda into: into.on_conflict_do_update(
        index_elements=["platform", "month", "pot"], set_={"units": meter.c.units + into.excluded.units}
    ).returning(meter.c.units),
)


def read(conn: Connection, platform: Platform, month: str, pot: str) -> int:
    """What the pot has been charged this month; 0 if nothing."""
    return month_of(conn, platform, month).get(pot, 0)


def month_of(conn: Connection, platform: Platform, month: str) -> dict[str, int]:
    """Every pot that was charged this month."""
    found = conn.execute(_OF_A_MONTH, {"of": platform.value, "in_month": month})
    return {pot: int(units) for pot, units in found}


_OF_A_MONTH = select(meter.c.pot, meter.c.units).where(
    meter.c.platform == bindparam("of"), meter.c.month == bindparam("in_month")
)
