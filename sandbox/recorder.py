"""The record (记录): every API call that reached the town, kept as it was and read as JSON lines by those who count."""

from __future__ import annotations

import json
import logging
import urllib.parse
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from aiohttp import web

from sandbox.fields import to_json

log = logging.getLogger(__name__)

BODY_KEPT_BYTES = 65536
"""A larger body is kept as its first part only."""
CALLS_KEPT = 1_000_000

_MESSAGE_ID = web.RequestKey("message_id", str)


def note_message(request: web.Request, message_id: str) -> None:
    """Say which message this call made; it will stand in the record."""
    request[_MESSAGE_ID] = message_id


def noted_message(request: web.Request) -> str | None:
    return request.get(_MESSAGE_ID)


@dataclass(slots=True, kw_only=True, eq=False)
class Record:
    """One call as it went over the wire; it is made readable only when somebody reads it.

    Attributes:
        query: as in the address, before decoding.
        body: ``None`` for a multipart body, which only its handler reads.
        status: ``None`` when no answer was made.
    """

    at: datetime
    platform: str
    method: str
    path: str
    query: str
    body: bytes | None
    status: int | None
    response: bytes
    fault: str | None
    message_id: str | None
    unknown: bool = False
    id: int = 0
    sizes: tuple[int, int] = (0, 0)
    """Of body and answer in bytes, before they were cut."""

    def as_line(self) -> str:
        """JSON without a line break."""
        entry: dict[str, Any] = {
            "id": self.id, "t": self.at.isoformat(), "platform": self.platform, "method": self.method,
            "path": self.path, "query": _query(self.query),
            "body": {"multipart": True} if self.body is None else readable(self.body, self.sizes[0]),
            "status": self.status, "response": readable(self.response, self.sizes[1]), "fault": self.fault,
            "message_id": self.message_id,
        }  # fmt: skip
        if self.unknown:
            entry["unknown"] = True
        try:
            return to_json(entry)
        except RecursionError:
            return to_json({**entry, "body": {"too_deep": True}, "response": {"too_deep": True}})

    def speaks_of(self, words: Sequence[str], raw: Sequence[bytes]) -> bool:
        """Whether one of the words (``raw``: the same as bytes) stands in the address, the body or the answer."""
        where = f"{self.path} {urllib.parse.unquote_plus(self.query)} {self.message_id or ''}"
        said = self.body or b""
        return any(word in where for word in words) or any(w in said or w in self.response for w in raw)


class Recorder:
    """Calls in the order in which they were answered; ids count from 1 and are never used twice."""

    def __init__(self) -> None:
        self._records: deque[Record] = deque()
        self._next = 1
        self.crashes: list[str] = []
        """Method and path of calls whose handler failed: a defect of the town."""

    def add(self, record: Record) -> int:
        """Keep one call; returns its id. Of a body above 64 KB only the beginning is kept."""
        number, self._next = self._next, self._next + 1
        record.id, record.sizes = number, (len(record.body or b""), len(record.response))
        record.body = record.body and record.body[:BODY_KEPT_BYTES]
        record.response = record.response[:BODY_KEPT_BYTES]
        self._records.append(record)
        if len(self._records) > CALLS_KEPT:
            dropped = self._records.popleft()
            if dropped.id % 10_000 == 1:
                log.warning("record is full, the oldest calls are dropped", extra={"id": dropped.id})
        return number

    def records(
        self, *, since: int = 0, platform: str | None = None, unknown: bool = False
    ) -> Iterator[Record]:
        """The calls after id ``since``, oldest first."""
        first = self._records[0].id if self._records else 1
        for record in islice(self._records, max(0, since + 1 - first), None):
            if (platform is None or record.platform == platform) and (record.unknown or not unknown):
                yield record

    def latest(self, most: int, wanted: Callable[[Record], bool] = lambda _: True) -> list[Record]:
        """The last ``most`` of those wanted, oldest first; looks no further back than it must."""
        return list(islice(filter(wanted, reversed(self._records)), most))[::-1]

    def lines(self, *, since: int = 0, platform: str | None = None, unknown: bool = False) -> Iterator[str]:
        """The JSON of ``records``."""
        return (r.as_line() for r in self.records(since=since, platform=platform, unknown=unknown))

    def entries(
        self, *, since: int = 0, platform: str | None = None, unknown: bool = False
    ) -> list[dict[str, Any]]:
        """As ``lines``, read back."""
        return [json.loads(text) for text in self.lines(since=since, platform=platform, unknown=unknown)]

    def clear(self) -> None:
        """Forget all calls; ids go on."""
        self._records.clear()
        self.crashes.clear()


def _query(text: str) -> dict[str, str | list[str]]:
    """A key that is given several times has a list."""
    every: dict[str, list[str]] = {}
    for key, value in urllib.parse.parse_qsl(text, keep_blank_values=True):
        every.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else values for key, values in every.items()}


def readable(raw: bytes, size_bytes: int = 0) -> Any:
    """A body as it is shown: JSON as its value, other text as text, the rest as its size.

    Above 64 KB only the beginning is shown, with the full size beside it; ``size_bytes`` is that of a body
    of which only the beginning is given.
    """
    if not raw:
        return None
    size_bytes = max(size_bytes, len(raw))
    if size_bytes > BODY_KEPT_BYTES:
        return {"truncated": raw[:BODY_KEPT_BYTES].decode("utf-8", "replace"), "size_bytes": size_bytes}
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return {"binary": True, "size_bytes": len(raw)}
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(constant: str) -> Any:
    """NaN and Infinity are no JSON: a body with one is kept as text."""
    raise ValueError(constant)
