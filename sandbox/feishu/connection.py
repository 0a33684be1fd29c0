"""One connection of the line (连接): a client's socket and what is still to be written to it."""

from __future__ import annotations

import asyncio

from aiohttp import web


class Connection:
    """Frames go out in order through ``outbox``, ``None`` ends it."""

    def __init__(self, device_id: str, request: web.Request) -> None:
        self.device_id = device_id
        self.request = request
        self.outbox: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.is_deaf = False
        """Nothing is delivered; its pings are answered."""
        self.is_silent = False
        """Nothing is said on it, nothing is heard from it."""

    def cut(self) -> None:
        """Without a good-bye, as a broken network does."""
        if self.request.transport is not None:
            self.request.transport.abort()
