"""The meter (额度): what the month's pots have been charged."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bot.store.dialect import insert_into
from bot.store.tables import meter
from policies.model import Platform


def add(conn: Connection, platform: Platform, month: str, pot: str, units: int = 1) -> int:
    """Charge a pot; returns what it has been charged this month.

    Args:
        month: ``2026-11``, in the company's zone.
    """
    statement = insert_into(conn, meter).values(platform=platform.value, month=month, pot=pot, units=units)
    total = conn.execute(
        statement.on_conflict_do_update(
            index_elements=["platform", "month", "pot"], set_={"units": meter.c.units + units}
        ).returning(meter.c.units)
    ).scalar_one()
    return int(total)


def read(conn: Connection, platform: Platform, month: str, pot: str) -> int:
    """What the pot has been charged this month; 0 if nothing."""
    return month_of(conn, platform, month).get(pot, 0)


def month_of(conn: Connection, platform: Platform, month: str) -> dict[str, int]:
    """Every pot that was charged this month."""
    found = conn.execute(
        select(meter.c.pot, meter.c.units).where(meter.c.platform == platform.value, meter.c.month == month)
    )
    return {pot: int(units) for pot, units in found}
