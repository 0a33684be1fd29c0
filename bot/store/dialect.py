"""The few places where SQLite and PostgreSQL differ, so that nothing else has to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, Table, literal_column
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

MANY = 500
"""So many values go into one ``IN (…)`` or one statement; both engines allow thousands."""


def insert_into(conn: Connection, table: Table) -> sqlite.Insert:
    """An INSERT that knows ON CONFLICT; both dialects offer the methods we use under the same names."""
    if is_postgres(conn):
        return cast("sqlite.Insert", postgresql.insert(table))
    return sqlite.insert(table)


def inserts(table: Table, then: Callable[[sqlite.Insert], T]) -> Mapping[str, T]:
    """An INSERT of ``insert_into`` by the dialect's name, made once: to put one together takes longer than to run it."""
    postgres = cast("sqlite.Insert", postgresql.insert(table))
    return {"sqlite": then(sqlite.insert(table)), "postgresql": then(postgres)}


def is_postgres(conn: Connection) -> bool:
    return conn.dialect.name == "postgresql"


def one_of(column: ColumnElement[Any], *states: StrEnum) -> ColumnElement[bool]:
    """``column`` is one of these words, written into the statement: a partial index is not used for a parameter."""
    words: list[ColumnElement[Any]] = [literal_column(f"'{state.value}'") for state in states]
    return column == words[0] if len(words) == 1 else column.in_(words)


def slices(values: Sequence[T], size: int = MANY) -> Iterator[Sequence[T]]:
    """The values in pieces that fit into one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
