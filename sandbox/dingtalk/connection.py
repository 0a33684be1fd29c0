"""One connection of the stream (连接): what is written to it leaves in order, and its pings go by themselves."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from aiohttp import web

from sandbox.dingtalk.frames import Ack, Delivery, Frame
from sandbox.fields import to_json
from sandbox.frames import Frame as NotedFrame
from sandbox.recorder import readable
from sandbox.town import Town


class Connection:
    """A client's socket. ``is_deaf``: nothing is delivered, pings are answered. ``is_silent``: not even those."""

    def __init__(
        self,
        town: Town,
        number: str,
        socket: web.WebSocketResponse,
        subscriptions: frozenset[tuple[str, str]],
    ) -> None:
        self.id = number
        self.socket = socket
        self.subscriptions = subscriptions
        self.pending: dict[str, Frame] = {}
        self.is_leaving = False
        self.is_deaf = False
        self.is_silent = False
        self._town = town
        self._outgoing: asyncio.Queue[str | None] = asyncio.Queue()
        self._writer: asyncio.Task[None] | None = None
        self._ping: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        self._writer = asyncio.create_task(self._write())
        self._arm()

    async def end(self) -> None:
        """Close the socket and wait for the writer."""
        if self._ping is not None:
            self._ping.cancel()
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        if not self.socket.closed:
            with contextlib.suppress(ConnectionError):
                await self.socket.close()

    def hang_up(self) -> None:
        """Close after what is still to be written."""
        self._outgoing.put_nowait(None)

    def write(self, type: str, headers: dict[str, str], data: dict[str, Any]) -> None:  # noqa: A002
        frame = {"specVersion": "1.0", "type": type, "headers": headers, "data": to_json(data)}
        self._outgoing.put_nowait(to_json(frame))

    def note(self, delivery: Delivery, number: str) -> NotedFrame:
        """Into the record of frames, as what leaves now."""
        return self._town.frames.sent(
            "dingtalk", self.id, kind=delivery.type, topic=delivery.topic, message_id=number, body=delivery.data
        )  # fmt: skip

    def stray(self, ack: Ack | None, text: str) -> None:
        """What answers no frame that waits; the answers to pings are not kept."""
        body = readable(text.encode("utf-8", "replace"))
        if not (isinstance(body, dict) and "opaque" in str(body.get("data"))):
            message_id = ack.message_id if ack is not None else ""
            self._town.frames.came("dingtalk", self.id, message_id=message_id, body=body)

    def system(self, topic: str, data: dict[str, Any]) -> None:
        headers = {
            "topic": topic, "messageId": self._town.new_id("", "system-frame"), "contentType": "application/json",
            "time": str(self._town.clock.now_ms()),
        }  # fmt: skip
        self.write("SYSTEM", headers, data)

    def _arm(self) -> None:
        wait_s = max(0.05, float(self._town.setting("dingtalk.ping_s")))
        self._ping = asyncio.get_running_loop().call_later(wait_s, self._send_ping)

    def _send_ping(self) -> None:
        if not self.is_silent:
            self.system("ping", {"opaque": self._town.new_id("0-", "opaque", length=12)})
        self._arm()

    async def _write(self) -> None:
        while (text := await self._outgoing.get()) is not None:
            try:
                await self.socket.send_str(text)
            except (ConnectionError, RuntimeError):
                return
        with contextlib.suppress(ConnectionError):
            await self.socket.close(code=1000)
