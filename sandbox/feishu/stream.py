"""长连接 (long connection): hand-shake, pings, data frames and their acknowledgements, and what goes wrong with them.

What the faults of the line mean here: ``drop``, ``duplicate``, ``reorder`` and
``lost-ack`` strike one data frame each. ``zombie``, ``silent`` and ``disconnect``
strike one connection each, open or new: a zombie gets no event any more though
its pings are answered, on a silent one not even a pong comes, neither is closed
by the town; a disconnected one is cut. ``refuse`` turns one hand-shake away.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from sandbox.feishu import acks, frames
from sandbox.feishu.acks import Ack
from sandbox.feishu.calls import Call, Endpoint, Flat
from sandbox.feishu.connection import Connection
from sandbox.feishu.frames import Frame
from sandbox.frames import Frame as NotedFrame
from sandbox.recorder import readable

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

log = logging.getLogger(__name__)

PATH = "/ws/feishu"
ENDPOINT_PATH = "/callback/ws/endpoint"
ACK_WITHIN_S = 3.0
"""Real seconds: a standing clock does not move while a frame waits."""
REORDER_HOLDS_S = 0.5
"""Real seconds after which a frame held back for the next one goes out alone."""
NO_CREDENTIAL, WRONG_SECRET, TOO_MANY, NO_TICKET = 1000040344, 1000040345, 1000040350, 1000040346
BUSY, INTERNAL = 1, 1000040343
TROUBLE = {BUSY: "system busy", INTERNAL: "internal error", NO_CREDENTIAL: "no credential"}
REFUSALS = {
    "server": (500, 0, "system busy"),
    "client": (403, 0, "forbidden"),
    "limit": (514, TOO_MANY, "too many"),
}


Done = Callable[[Ack | None], None]
"""Called once: with the client's answer, or with ``None`` when there will be none."""


@dataclass(slots=True)
class _Pending:
    connection: Connection
    done: Done
    timer: asyncio.TimerHandle
    noted: NotedFrame


class Line:
    """All connections of the app. Every pushed message counts as un-acknowledged until its ``done`` is called."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town
        self.connections: dict[str, Connection] = {}
        app.connections = self.connections
        self._tickets: dict[str, str] = {}
        self._pending: dict[str, _Pending] = {}
        self._held: Callable[[], None] | None = None
        self._numbers = 0

    # -- pushing

    def push(self, payload: bytes, done: Done, kind: str = "event") -> None:
        """Send a message to one connection, chosen at random, and have it acknowledged."""
        connection = self._choose()
        if connection is None or self._is_lost(connection):
            done(None)
            return
        if self._fault("duplicate"):
            self._push(connection, payload, lambda _: None, kind)
        send = self._prepare(connection, payload, done, kind)
        if self._held is None and self._fault("reorder"):
            self._held = send
            asyncio.get_running_loop().call_later(REORDER_HOLDS_S, self._release)
            return
        send()
        self._release()

    def _choose(self) -> Connection | None:
        if not self.connections:
            return None
        return self._town.chance("feishu-line").choice(list(self.connections.values()))

    def _is_lost(self, connection: Connection) -> bool:
        return connection.is_deaf or self._fault("drop")

    def _fault(self, kind: str) -> bool:
        return self._town.faults.take_stream("feishu", kind)

    def _release(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held()

    def _push(self, connection: Connection, payload: bytes, done: Done, kind: str) -> None:
        self._prepare(connection, payload, done, kind)()

    def _prepare(self, connection: Connection, payload: bytes, done: Done, kind: str) -> Callable[[], None]:
        message_id = self._town.new_id("", "frame")
        timer = asyncio.get_running_loop().call_later(ACK_WITHIN_S, self._settle, message_id, None)
        noted = self._town.frames.sent(
            "feishu", connection.device_id, kind=kind, topic=acks.topic_of(payload), message_id=message_id,
            body=readable(payload),
        )  # fmt: skip
        self._pending[message_id] = _Pending(connection, done, timer, noted)
        self._town.frame_sent()
        parts = [frames.encode(frame) for frame in self._frames(message_id, payload, kind)]

        def send() -> None:
            for part in parts:
                connection.outbox.put_nowait(part)

        return send

    def _frames(self, message_id: str, payload: bytes, kind: str) -> list[Frame]:
        size = int(self._town.setting("feishu.split_bytes")) or max(1, len(payload))
        parts = [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]
        trace, made = self._town.new_id("", "trace"), []
        for number, part in enumerate(parts):
            self._numbers += 1
            headers = {
                "type": kind, "message_id": message_id, "sum": str(len(parts)), "seq": str(number),
                "trace_id": trace, "timestamp": str(self._town.clock.now_ms()), "instance_id": "0",
            }  # fmt: skip
            made.append(Frame(
                seq_id=self._numbers, log_id=self._numbers, service=self._app.service_id,
                method=frames.DATA, headers=list(headers.items()), payload=part,
            ))  # fmt: skip
        return made[::-1] if self._town.setting("feishu.split_backwards") else made

    def _settle(self, message_id: str, ack: Ack | None) -> None:
        pending = self._pending.pop(message_id, None)
        if pending is None:
            return
        pending.timer.cancel()
        self._town.frames.unanswered(pending.noted)
        pending.done(ack)
        self._town.frame_done()

    # -- the connection's life

    def discover(self, call: Call) -> Flat:
        """Where the client shall connect; errors come with HTTP 200.

        An error has an empty ``data``: the client for Node (1.74.0) reads its fields before it looks at the code.
        """
        town, body = self._town, call.body
        app_id, secret = body.get("AppID"), body.get("AppSecret")
        trouble = town.setting("feishu.codes").get(f"POST {ENDPOINT_PATH}")
        if trouble is None and "" in (app_id, secret):
            trouble = NO_CREDENTIAL
        if trouble in TROUBLE:
            return Flat(code=trouble, msg=TROUBLE[trouble], data={})
        if not isinstance(app_id, str) or not isinstance(secret, str):
            return Flat(code=514, msg="auth failed", data={})
        if (app_id, secret) != (self._app.app_id, self._app.app_secret):
            return Flat(code=WRONG_SECRET, msg="app_id or app_secret is invalid", data={})
        ticket, device = town.new_id("", "ticket"), town.digits(19, "device", len(self._tickets))
        self._tickets[ticket] = device
        query = f"fpid=493&aid=552564&device_id={device}&access_key={town.new_id('', 'access', length=16)}"
        host = town.url.replace("http", "ws", 1)
        url = f"{host}{PATH}?{query}&service_id={self._app.service_id}&ticket={ticket}"
        return Flat(code=0, msg="", data={"URL": url, "ClientConfig": self.client_config()})

    def client_config(self) -> dict[str, Any]:
        known = {"ReconnectCount": -1, "ReconnectInterval": 120, "ReconnectNonce": 30, "PingInterval": 120}
        return {**known, **self._town.setting("feishu.client_config")}

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket. Whoever is refused is told so in three headers."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        connection = Connection(self._tickets[request.query["ticket"]], request)
        self.connections[connection.device_id] = connection
        self._town.clock.bump()
        self.strike()
        writer = asyncio.ensure_future(self._write(socket, connection))
        try:
            async for message in socket:
                if message.type is WSMsgType.BINARY:
                    self._read(connection, message.data)
        finally:
            self._gone(connection)
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await writer
        return socket

    def _refusal(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return web.Response(status=400)
        if self._fault("refuse"):
            return _refused(*REFUSALS.get(self._town.setting("feishu.refuse_as"), REFUSALS["server"]))
        device = self._tickets.get(request.query.get("ticket", ""))
        if device is None or device in self.connections:
            return _refused(514, NO_TICKET, "ticket is invalid")
        if len(self.connections) >= int(self._town.setting("feishu.max_connections")):
            return _refused(*REFUSALS["limit"])
        return None

    async def _write(self, socket: web.WebSocketResponse, connection: Connection) -> None:
        while (raw := await connection.outbox.get()) is not None:
            await socket.send_bytes(raw)
        await socket.close()

    def _gone(self, connection: Connection) -> None:
        if self.connections.get(connection.device_id) is connection:
            del self.connections[connection.device_id]
        self._forget_pending(connection)
        self._town.clock.bump()

    def _read(self, connection: Connection, raw: bytes) -> None:
        if connection.is_silent:
            return
        try:
            frame = frames.decode(raw)
        except frames.BadFrame as error:
            log.warning("frame cannot be read", extra={"reason": str(error)})
            return
        if frame.method == frames.CONTROL and frame.header("type") == "ping":
            self._pong(connection)
        elif frame.method == frames.DATA:
            self._acknowledged(connection, frame.header("message_id") or "", frame.payload or b"")

    def _pong(self, connection: Connection) -> None:
        payload = json.dumps(self.client_config()).encode()
        frame = Frame(service=self._app.service_id, headers=[("type", "pong")], payload=payload)
        connection.outbox.put_nowait(frames.encode(frame))

    def _acknowledged(self, connection: Connection, message_id: str, payload: bytes) -> None:
        pending = self._pending.get(message_id)
        if pending is None:
            body = readable(payload)
            self._town.frames.came("feishu", connection.device_id, message_id=message_id, body=body)
            return
        ack, lost = acks.read(payload), self._fault("lost-ack")
        outcome = "lost" if lost else "acked" if ack.code == 200 else "refused"
        self._town.frames.answered(pending.noted, readable(payload), outcome)
        self._settle(message_id, None if lost else ack)

    # -- faults and the end

    def strike(self) -> None:
        """Let the faults that begin by themselves strike the connections that are open."""
        for connection in list(self.connections.values()):
            if not connection.is_deaf and self._fault("zombie"):
                connection.is_deaf = True
            if not connection.is_silent and self._fault("silent"):
                connection.is_deaf = connection.is_silent = True
            if connection.is_silent:
                self._forget_pending(connection)
            if self._fault("disconnect"):
                connection.cut()
                self._gone(connection)

    def _forget_pending(self, connection: Connection) -> None:
        for message_id in [each for each, p in self._pending.items() if p.connection is connection]:
            self._settle(message_id, None)

    def close(self) -> None:
        """Say good-bye on every connection and forget all."""
        for connection in list(self.connections.values()):
            connection.outbox.put_nowait(None)
            self._gone(connection)
        self._tickets.clear()
        self._held = None
        self._numbers = 0


def endpoints(app: FeishuPlatform) -> list[Endpoint]:
    return [
        Endpoint(
            method="POST", path=ENDPOINT_PATH, run=app.line.discover, source="SDK ws/client.py", caller="none",
            own_errors=True,
        )
    ]  # fmt: skip


def _refused(status: int, code: int, text: str) -> web.Response:
    headers = {"Handshake-Status": str(status), "Handshake-Msg": text, "Handshake-Autherrcode": str(code)}
    return web.Response(status=status if status in (403, 500) else 401, headers=headers)
