"""Column types: moments that cannot lose their zone, JSON that is always written alike, text that always fits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

Identity = BigInteger().with_variant(Integer(), "sqlite")
"""A row number: only ``INTEGER PRIMARY KEY`` counts by itself on SQLite."""

SORTABLE = "%Y-%m-%dT%H:%M:%S.%fZ"
"""UTC to the microsecond with a fixed width, so that text order is the order of time."""


def written(moment: datetime) -> str:
    """``2026-11-24T01:02:03.000004Z``; raises ``ValueError`` for a naive moment."""
    if moment.utcoffset() is None:
        raise ValueError(f"a naive moment has no place in the store: {moment.isoformat()}")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Moment(TypeDecorator[datetime]):
    """A moment: aware in, UTC at rest, aware (UTC) out. Readable text on SQLite, TIMESTAMPTZ on PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(27) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        text = written(value)
        return text if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value) if dialect.name == "sqlite" else value.astimezone(UTC)


def dumps(value: Any) -> str:
    """The one way we write JSON: sorted keys, no spaces, characters as they are; equal values, equal text."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text if _is_encodable(text) else json.dumps(value, sort_keys=True, separators=(",", ":"))


class Json(TypeDecorator[Any]):
    """Plain values as text, the same bytes on both engines. Mappings may be read-only ones."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else dumps(dict(value) if isinstance(value, Mapping) else value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        del dialect
        return None if value is None else json.loads(value)


class Words(TypeDecorator[str]):
    """Text from outside. NUL and lone surrogates, which no database takes alike, become U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        del dialect
        if value is None or ("\x00" not in value and _is_encodable(value)):
            return value
        return value.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
