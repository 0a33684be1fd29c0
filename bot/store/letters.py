"""Letters of nobody (匿名信): threads known by the fingerprint of a spoken token, in batches of a day, without a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, select

from bot.store.poll_tables import letters

Side = Literal["writer", "company"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Attributes:
    thread: fingerprint of the token; who has the token finds it, nobody finds the token from it.
    batch: the day on which it was taken out of the box together with others, or answered.
    place: in its thread, from 1.
    """

    thread: str
    batch: str
    side: Side
    place: int
    text: str

    @property
    def number(self) -> str:
        """``3F9A2C``: what the company calls the thread."""
        return self.thread[:6].upper()


def add(conn: Connection, id: str, thread: str, batch: str, side: Side, text: str) -> Letter:  # noqa: A002
    """Behind the others of its thread; ``id`` is drawn, so that the table keeps no order."""
    last = conn.execute(select(func.max(letters.c.place)).where(letters.c.thread == thread)).scalar()
    letter = Letter(thread=thread, batch=batch, side=side, place=int(last or 0) + 1, text=text)
    conn.execute(
        letters.insert().values(id=id, thread=thread, batch=batch, side=side, place=letter.place, text=text)
    )
    return letter


def of_thread(conn: Connection, thread: str) -> tuple[Letter, ...]:
    found = conn.execute(select(letters).where(letters.c.thread == thread).order_by(letters.c.place))
    return tuple(_letter(row) for row in found)


def by_number(conn: Connection, number: str) -> tuple[Letter, ...]:
    """The thread the company calls so; empty: none."""
    thread = conn.execute(
        select(letters.c.thread).where(letters.c.thread.startswith(number.lower(), autoescape=True)).limit(1)
    ).scalar()
    return of_thread(conn, thread) if thread else ()


def purge(conn: Connection, before: str) -> int:
    """Threads in which nothing was said since that day."""
    old = select(letters.c.thread).group_by(letters.c.thread).having(func.max(letters.c.batch) < before)
    return conn.execute(delete(letters).where(letters.c.thread.in_(old))).rowcount


def threads(conn: Connection) -> Iterable[str]:
    return tuple(conn.execute(select(letters.c.thread).distinct()).scalars())


def _letter(row: Row[Any]) -> Letter:
    return Letter(thread=row.thread, batch=row.batch, side=row.side, place=row.place, text=row.text)
