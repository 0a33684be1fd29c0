"""The record (记录): every API call that reached the town, kept as JSON lines for those who count."""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aiohttp import web

from sandbox.fields import to_json

log = logging.getLogger(__name__)

BODY_KEPT_BYTES = 65536
"""A larger body is kept as its first part only."""
CALLS_KEPT = 500_000

_MESSAGE_ID = web.RequestKey("message_id", str)


def note_message(request: web.Request, message_id: str) -> None:
    """Say which message this call made; it will stand in the record."""
    request[_MESSAGE_ID] = message_id


def noted_message(request: web.Request) -> str | None:
    return request.get(_MESSAGE_ID)


@dataclass(frozen=True, slots=True)
class _Line:
    id: int
    platform: str
    unknown: bool
    text: str


class Recorder:
    """Calls in the order in which they were answered; ids count from 1 and are never used twice."""

    def __init__(self) -> None:
        self._lines: deque[_Line] = deque()
        self._next = 1
        self.crashes: list[str] = []
        """Method and path of calls whose handler failed: a defect of the town."""

    def add(
        self,
        *,
        at: str,
        platform: str,
        method: str,
        path: str,
        query: dict[str, Any],
        body: Any,
        status: int | None,
        response: Any,
        fault: str | None,
        message_id: str | None,
        unknown: bool = False,
    ) -> int:
        """Keep one call; ``status`` is ``None`` when no answer was made. Returns its id."""
        number, self._next = self._next, self._next + 1
        entry: dict[str, Any] = {
            "id": number, "t": at, "platform": platform, "method": method, "path": path, "query": query,
            "body": body, "status": status, "response": response, "fault": fault, "message_id": message_id,
        }  # fmt: skip
        if unknown:
            entry["unknown"] = True
        try:
            text = to_json(entry)
        except RecursionError:
            text = to_json({**entry, "body": {"too_deep": True}, "response": {"too_deep": True}})
        self._lines.append(_Line(number, platform, unknown, text))
        if len(self._lines) > CALLS_KEPT:
            dropped = self._lines.popleft()
            if dropped.id % 10_000 == 1:
                log.warning("record is full, the oldest calls are dropped", extra={"id": dropped.id})
        return number

    def lines(self, *, since: int = 0, platform: str | None = None, unknown: bool = False) -> Iterator[str]:
        """The JSON of the calls after id ``since``, oldest first."""
        first = self._lines[0].id if self._lines else 1
        for line in islice(self._lines, max(0, since + 1 - first), None):
            if (platform is None or line.platform == platform) and (line.unknown or not unknown):
                yield line.text

    def entries(
        self, *, since: int = 0, platform: str | None = None, unknown: bool = False
    ) -> list[dict[str, Any]]:
        """As ``lines``, read back."""
        return [json.loads(text) for text in self.lines(since=since, platform=platform, unknown=unknown)]

    def clear(self) -> None:
        """Forget all calls; ids go on."""
        self._lines.clear()
        self.crashes.clear()


def readable(raw: bytes) -> Any:
    """A body as it is kept: JSON as its value, other text as text, the rest as its size.

    Above 64 KB only the beginning is kept, with the full size in bytes beside it.
    """
    if not raw:
        return None
    if len(raw) > BODY_KEPT_BYTES:
        return {"truncated": raw[:BODY_KEPT_BYTES].decode("utf-8", "replace"), "size_bytes": len(raw)}
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
