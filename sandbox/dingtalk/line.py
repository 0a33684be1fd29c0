"""The stream (Stream 长连接): tickets, connections, pushes, acknowledgements, redelivery and what goes wrong with it.

PROTO (read 2026-11) and, for what it leaves open, users' reports; each such point is a setting. Pushes are
redelivered in town time. A frame keeps the clock standing until it is acknowledged, its connection is gone, or
``dingtalk.ack_awaited_s`` real seconds have passed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from sandbox.dingtalk import frames
from sandbox.dingtalk.connection import Connection
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.frames import Delivery, Frame
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.recorder import readable

if TYPE_CHECKING:
    from sandbox.dingtalk.platform import DingTalkPlatform

log = logging.getLogger(__name__)

PATH = "/connect"
OPEN_PATH = "/v1.0/gateway/connections/open"
TICKET_S = 90.0
CLOSE_AFTER_DISCONNECT_S = 10.0
HELD_S = 1.0
"""Real seconds after which a frame that was held back to be reordered leaves without another."""
SETTLED_S = 0.5
"""Real seconds before a fresh connection may be asked to leave."""
FAILED_AFTER_S = 240.0
"""Three to five minutes after the last attempt an event is in the failed list."""
STREAM = "dingtalk"


class Line(Part):
    """All connections of the app; a push goes to one of them by chance."""

    def __init__(self, platform: DingTalkPlatform) -> None:
        self.connections: dict[str, Connection] = {}
        platform.connections = self.connections
        self._tickets: dict[str, tuple[datetime, frozenset[tuple[str, str]]]] = {}
        self._held: list[tuple[Connection, Delivery, asyncio.TimerHandle]] = []
        super().__init__(platform)

    def apis(self) -> list[Api]:
        return [Api("POST", OPEN_PATH, self.open, token="", pot="")]

    # -- opening

    async def open(self, call: Call) -> dict[str, Any] | web.Response:
        """No token and no permission, the secret is in the body; who does not ask for JSON gets XML."""
        if self._town.faults.take_stream(STREAM, "refuse"):
            raise NewError("system.busy", "系统繁忙", status=503)
        client, secret = call.body.text("clientId"), call.body.text("clientSecret")
        wanted = [self._subscription(each) for each in call.body.objects("subscriptions")]
        if (client, secret) != (self._platform.client_id, self._platform.client_secret):
            raise NewError("authFailed", "鉴权失败", status=401)
        if not wanted:
            raise call.body.wrong("subscriptions", "is empty")
        most = self._town.setting("dingtalk.max_connections")
        if most and len(self.connections) >= most:
            raise NewError("system.busy", "系统繁忙", status=503)
        ticket = self._new_ticket(wanted)
        endpoint = self._town.url.replace("http", "ws", 1) + PATH
        if "json" not in call.request.headers.get("Accept", ""):
            xml = f"<Response><endpoint>{endpoint}</endpoint><ticket>{ticket}</ticket></Response>"
            return web.Response(text=xml, content_type="application/xml")
        return {"endpoint": endpoint, "ticket": ticket}

    def _new_ticket(self, wanted: list[tuple[str, str]]) -> str:
        """Without reserved characters: not every client of the vendor encodes it."""
        digits = self._town.new_id("", "ticket")
        ticket = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
        until = self._town.clock.now() + timedelta(seconds=TICKET_S)
        self._tickets[ticket] = (until, frozenset(wanted))
        return ticket

    @staticmethod
    def _subscription(each: Params) -> tuple[str, str]:
        kind, topic = each.text("type"), each.text("topic")
        if kind not in ("EVENT", "CALLBACK", "SYSTEM"):
            raise each.wrong("type", "must be EVENT or CALLBACK")
        return kind, topic

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """A used, old or unknown ticket is a 401, which is a guess."""
        until, wanted = self._tickets.pop(request.query.get("ticket", ""), (None, frozenset()))
        if until is None or until < self._town.clock.now():
            return web.json_response(
                {"code": "authFailed", "message": "ticket无效"},
                status=self._town.setting("dingtalk.ticket_status"),
            )
        socket = web.WebSocketResponse(autoping=False, max_msg_size=4 * 1024 * 1024, timeout=1.0)
        await socket.prepare(request)
        connection = Connection(self._town, self._town.new_id("", "connection"), socket, wanted)
        self.connections[connection.id] = connection
        connection.begin()
        for topic in self._town.setting("dingtalk.opening_frames"):
            connection.system(topic, {})
        life_s = float(self._town.setting("dingtalk.connection_life_s"))
        if life_s:
            self._town.clock.call_later(life_s, lambda: self._expire(connection), "dingtalk-life")
        self._news("open", connection)
        self._strike(connection, settled=False)
        asyncio.get_running_loop().call_later(SETTLED_S, self._strike, connection)
        try:
            await self._listen(connection)
        finally:
            self._gone(connection)
            await connection.end()
            self._news("closed", connection)
        return socket

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type is WSMsgType.PING and not connection.is_silent:
                with contextlib.suppress(ConnectionError):
                    await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT and not connection.is_silent:
                self._acked(connection, message.data)

    def _gone(self, connection: Connection) -> None:
        self.connections.pop(connection.id, None)
        for frame in list(connection.pending.values()):
            self._give_up(frame)
            if frame.delivery.answer is not None and not frame.delivery.acked:
                frame.delivery.settle()
        connection.pending.clear()

    # -- pushing

    def is_open(self, delivery: Delivery) -> bool:
        return bool(self._listeners(delivery))

    def push(self, delivery: Delivery) -> None:
        """Send to one connection that subscribed; set the timer of the next attempt."""
        self._set_retry(delivery)
        connection = self._choose(delivery)
        if connection is None or self._town.faults.take_stream(STREAM, "drop") or connection.is_deaf:
            return self._lost(delivery)
        if self._town.faults.take_stream(STREAM, "reorder"):
            return self._hold(connection, delivery)
        self._send(connection, delivery)
        if self._town.faults.take_stream(STREAM, "duplicate"):
            self._send(connection, delivery)
        return self._release_all()

    def _lost(self, delivery: Delivery) -> None:
        if delivery.answer is not None:
            delivery.settle()

    def _listeners(self, delivery: Delivery) -> list[Connection]:
        wanted = (delivery.type, delivery.topic)
        return [c for c in self.connections.values() if wanted in c.subscriptions and not c.is_leaving]

    def _choose(self, delivery: Delivery) -> Connection | None:
        listeners = self._listeners(delivery)
        return self._town.chance("dingtalk/connection").choice(listeners) if listeners else None

    def _send(self, connection: Connection, delivery: Delivery) -> None:
        number = self._town.new_id("", "frame")
        frame = Frame(number, delivery, connection.note(delivery, number))
        connection.pending[frame.id] = frame
        self._town.frame_sent()
        wait_s = float(self._town.setting("dingtalk.ack_awaited_s"))
        frame.timer = asyncio.get_running_loop().call_later(wait_s, self._give_up, frame)
        headers = {
            **delivery.headers, "topic": delivery.topic, "messageId": frame.id, "contentType": "application/json",
            "time": str(self._town.clock.now_ms()), "connectionId": connection.id,
        }  # fmt: skip
        connection.write(delivery.type, headers, delivery.data)
        self._news("frame", connection, message=frame.id, topic=delivery.topic)

    def _hold(self, connection: Connection, delivery: Delivery) -> None:
        self._town.frame_sent()
        timer = asyncio.get_running_loop().call_later(HELD_S, self._release_all)
        self._held.append((connection, delivery, timer))

    def _release_all(self) -> None:
        held, self._held = self._held, []
        for connection, delivery, timer in held:
            timer.cancel()
            if connection.id in self.connections:
                self._send(connection, delivery)
            self._town.frame_done()

    def _give_up(self, frame: Frame) -> None:
        """The clock may move again; a later ack still counts."""
        if frame.timer is not None:
            frame.timer.cancel()
        self._town.frames.unanswered(frame.noted)
        if frame.counted:
            frame.counted = False
            self._town.frame_done()

    def forget(self, delivery: Delivery) -> None:
        """Nobody waits for this answer any longer; a later one is ignored."""
        for connection in self.connections.values():
            for frame in [each for each in connection.pending.values() if each.delivery is delivery]:
                del connection.pending[frame.id]
                self._give_up(frame)

    # -- what comes back

    def _acked(self, connection: Connection, text: str) -> None:
        ack = frames.read_ack(text)
        frame = connection.pending.pop(ack.message_id, None) if ack is not None else None
        if ack is None or frame is None:
            return connection.stray(ack, text)
        delivery = frame.delivery
        is_ok = ack.is_ok or (
            delivery.type == "EVENT" and not self._town.setting("dingtalk.event_acks_are_read")
        )
        lost = self._town.faults.take_stream(STREAM, "lost-ack")
        outcome = "lost" if lost else "acked" if is_ok else "refused"
        self._town.frames.answered(frame.noted, readable(text.encode("utf-8", "replace")), outcome)
        self._news("ack", connection, message=frame.id, topic=delivery.topic, ok=is_ok and not lost)
        if lost:
            self._lost(delivery)
        elif is_ok or delivery.answer is not None:
            delivery.settle(ack.response if is_ok else None, answered=is_ok)
        return self._give_up(frame)

    def _set_retry(self, delivery: Delivery) -> None:
        if not delivery.retries_s:
            if delivery.on_failed is not None:
                delivery.timer = self._town.clock.call_later(
                    FAILED_AFTER_S, lambda: self._failed(delivery), "dingtalk-failed"
                )
            return
        wait_s = delivery.retries_s.pop(0)
        delivery.timer = self._town.clock.call_later(wait_s, lambda: self._again(delivery), "dingtalk-again")

    def _again(self, delivery: Delivery) -> None:
        if not delivery.acked:
            self.push(delivery)

    @staticmethod
    def _failed(delivery: Delivery) -> None:
        if not delivery.acked:
            delivery.on_failed()

    # -- faults and the end

    def faults_changed(self) -> None:
        for connection in list(self.connections.values()):
            self._strike(connection)

    def _strike(self, connection: Connection, *, settled: bool = True) -> None:
        """Faults that befall a connection by themselves; each use of one strikes one connection.

        A fresh connection is not asked to leave at once: a client that comes back without a pause would spin.
        """
        faults = self._town.faults
        if connection.id not in self.connections:
            return
        if not connection.is_deaf and faults.take_stream(STREAM, "zombie"):
            connection.is_deaf = True
        if not connection.is_silent and faults.take_stream(STREAM, "silent"):
            connection.is_deaf = connection.is_silent = True
        if settled and not connection.is_leaving and faults.take_stream(STREAM, "disconnect"):
            self.disconnect(connection)

    def disconnect(self, connection: Connection, reason: str = "persistent connection is timeout") -> None:
        """Announce it, deliver nothing more, and close ten seconds of town time later."""
        connection.is_leaving = True
        connection.system("disconnect", {"reason": reason})
        self._town.clock.call_later(CLOSE_AFTER_DISCONNECT_S, connection.hang_up, "dingtalk-close")

    def _expire(self, connection: Connection) -> None:
        if connection.id in self.connections and not connection.is_leaving:
            self.disconnect(connection, "connection is expired")

    def clear(self) -> None:
        self._tickets.clear()
        for _, delivery, timer in self._held:
            timer.cancel()
            self._lost(delivery)
            self._town.frame_done()
        self._held.clear()
        for connection in list(self.connections.values()):
            self._gone(connection)
            connection.hang_up()

    async def close(self) -> None:
        connections = list(self.connections.values())
        self.clear()
        await asyncio.gather(*(c.end() for c in connections), return_exceptions=True)

    def _news(self, what: str, connection: Connection, **more: Any) -> None:
        self._town.publish("line", {"platform": STREAM, "what": what, "connection": connection.id, **more})
