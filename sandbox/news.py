"""News (动静): what happens in the town, told to whoever listens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

KEPT = 1000
"""News a listener may lag behind before the oldest is dropped for it."""


class News:
    """Listeners with a queue each."""

    def __init__(self) -> None:
        self._listeners: list[asyncio.Queue[dict[str, Any]]] = []

    @property
    def is_heard(self) -> bool:
        return bool(self._listeners)

    def publish(self, kind: str, at: str, payload: dict[str, Any]) -> None:
        """Tell every listener; a listener that lags loses the oldest news."""
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait({"kind": kind, "at": at, **payload})

    @contextlib.contextmanager
    def subscribe(self) -> Iterator[asyncio.Queue[dict[str, Any]]]:
        """News while the block lasts."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(KEPT)
        self._listeners.append(queue)
        try:
            yield queue
        finally:
            self._listeners.remove(queue)
