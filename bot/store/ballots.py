"""The sealed box at rest (密封票箱): that somebody took part, and what nobody can read before the box is opened."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from bot.store.dialect import insert_into
from bot.store.poll_tables import boxes, took_part


def put(conn: Connection, run: str, tag: str, id: str, box: bytes) -> bool:  # noqa: A002 - the column's name
    """One ballot: the tag of who took part, without a time, and the sealed box, without a person.

    Returns:
        ``False`` (write nothing): this tag has been here.
    """
    taken = conn.execute(insert_into(conn, took_part).values(run=run, tag=tag).on_conflict_do_nothing())
    if taken.rowcount != 1:
        return False
    put_box(conn, run, id, box)
    return True


def put_box(conn: Connection, run: str, id: str, box: bytes) -> None:  # noqa: A002
    """A box of nobody: a letter, which leaves no tag."""
    conn.execute(boxes.insert().values(run=run, id=id, box=box))


def has(conn: Connection, run: str, tag: str) -> bool:
    found = conn.execute(select(took_part.c.tag).where(took_part.c.run == run, took_part.c.tag == tag))
    return found.first() is not None


def sealed(conn: Connection, run: str) -> tuple[bytes, ...]:
    """Every box, by its random id."""
    found = conn.execute(select(boxes.c.box).where(boxes.c.run == run).order_by(boxes.c.id))
    return tuple(bytes(one) for one in found.scalars())


def runs(conn: Connection, prefix: str) -> tuple[str, ...]:
    """What begins so and has boxes; only those are looked at, and a questionnaire's may be many and large."""
    found = select(boxes.c.run).where(boxes.c.run >= prefix, boxes.c.run < f"{prefix}~").distinct()
    return tuple(conn.execute(found.order_by(boxes.c.run)).scalars())


def burn(conn: Connection, run: str) -> int:
    """Delete the boxes; returns how many there were."""
    return conn.execute(delete(boxes).where(boxes.c.run == run)).rowcount


def forget_tags(conn: Connection, runs: Iterable[str]) -> int:
    """Tags whose key is gone mean nobody; they go with it."""
    return conn.execute(delete(took_part).where(took_part.c.run.in_(list(runs)))).rowcount
