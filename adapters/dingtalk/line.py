"""The long connection to DingTalk, as a child program (Stream 长连接): ``python -m adapters.dingtalk.line``.

Around the vendor's ``dingtalk_stream`` (0.24.3), whose own ``start()`` swallows cancellation, blocks its loop
without a time-out, logs tickets, asks a public address for its own and reconnects without a pause. From it we take
``route_message`` and the frames; the loop around it is ours. The only file that imports it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import random
import time
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlsplit

from adapters.pipe import LARGEST_FRAME_BYTES, ChildPipe, quiet

log = logging.getLogger("adapters.dingtalk.line")

ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
CARD_TOPIC = "/v1.0/card/instances/callback"
SUBSCRIPTIONS = (
    {"type": "EVENT", "topic": "*"},
    {"type": "CALLBACK", "topic": ROBOT_TOPIC},
    {"type": "CALLBACK", "topic": CARD_TOPIC},
)
"""Which events come is ticked in the console, not here. PROTO ``learn/stream/protocol`` (read 2026-11)."""

OPEN_PATH = "/v1.0/gateway/connections/open"
OPEN_S = 10.0
PING_S = 20.0
PONG_S = 10.0
"""The platform is seen to ping every 20 to 30 s; ours feeds the watchdog and finds half-open sockets."""

DRAIN_S = 10.0
"""After a ``disconnect`` frame the server keeps the socket so long, and delivers nothing on it any more."""

SETTLED_S = 30.0
"""A connection that lasted so long was no failure: the next one is opened without a pause."""

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 4.0
"""What is said while there is no line is lost here: after an outage we are back within five seconds."""
IN_FLIGHT = 256
VENDOR_DOMAIN = ".dingtalk.com"


class Refused(Exception):
    """The platform does not accept our credentials; trying again changes nothing."""


class Unopened(Exception):
    """No connection this time."""


def main() -> None:
    pipe = ChildPipe()
    hello = pipe.hello()
    os.environ["DINGTALK_OPENAPI_ENDPOINT"] = hello["api"]  # the SDK reads it while it is imported
    asyncio.run(_run(pipe, hello))


async def _run(pipe: ChildPipe, hello: Mapping[str, Any]) -> None:
    keeper = Keeper(pipe, hello)
    pipe.attach(asyncio.get_running_loop(), keeper.leave)
    quiet("dingtalk_stream", "dingtalk_stream.client", "dingtalk_stream.handler", "websockets", "aiohttp")
    logging.getLogger("dingtalk_stream.client").setLevel(logging.ERROR)  # it warns of every ping
    await keeper.run()


class Keeper:
    """Keeps one connection open, and a second one while the first is leaving."""

    def __init__(self, pipe: ChildPipe, hello: Mapping[str, Any]) -> None:
        self._pipe = pipe
        self._hello = hello
        self._sdk = _sdk()
        self._rng = random.Random()  # noqa: S311 - only spreads reconnects
        self._leaving = asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()
        self._failures = 0

    def leave(self) -> None:
        self._leaving.set()

    async def run(self) -> None:
        """Until ``leave``; a refusal is told and left to the parent."""
        work = asyncio.create_task(self._keep())
        leaving = asyncio.create_task(self._leaving.wait())
        try:
            await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tasks = {work, leaving, *self._serving}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self) -> None:
        while True:
            try:
                websocket = await self._connect()
            except Refused as refusal:
                self._pipe.say("refused", why=str(refusal))
                return await self._wait_for_the_parent()
            except Unopened as trouble:
                self._failures += 1
                self._pipe.say("closed", why=str(trouble))
                await self._pause()
                continue
            self._pipe.say("open")
            opened_s = time.monotonic()
            why = await self._serve_until_needed(websocket)
            self._failures = 0 if time.monotonic() - opened_s >= SETTLED_S else self._failures + 1
            self._pipe.say("closed", why=why)
            await self._pause()

    async def _wait_for_the_parent(self) -> None:
        await self._leaving.wait()

    async def _pause(self) -> None:
        """Nothing after a connection that lasted, else full jitter in a window that doubles."""
        if self._failures:
            window_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self._failures - 1, 10))
            await asyncio.sleep(self._rng.uniform(window_s / 4, window_s))

    async def _serve_until_needed(self, websocket: Any) -> str:
        """Returns why a new connection is needed. A socket the server wants back drains, but brings no more words."""
        moving = asyncio.Event()
        client = self._sdk(self._pipe, websocket, moving)
        task = asyncio.create_task(client.start())
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        asked = asyncio.create_task(moving.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
        return "asked to move" if moving.is_set() else client.ended_by

    # ── Opening ───────────────────────────────────────────────────────────────────────────────────

    async def _connect(self) -> Any:
        import websockets  # the SDK has imported it

        try:
            async with asyncio.timeout(OPEN_S):
                endpoint, ticket = await self._ask_for_a_ticket()
                return await websockets.connect(
                    f"{endpoint}?ticket={quote_plus(ticket)}",
                    max_size=LARGEST_FRAME_BYTES,
                    compression=None,
                    ping_interval=None,  # ours is awaited, so that its answer can be told
                    close_timeout=2,
                )
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            raise Unopened(type(error).__name__) from None  # its words may hold the ticket

    async def _ask_for_a_ticket(self) -> tuple[str, str]:
        """Valid for 90 s and one connection. Without ``Accept`` the answer would be XML."""
        import aiohttp  # the SDK has imported it

        body = {
            "clientId": self._hello["client_id"],
            "clientSecret": self._hello["client_secret"],
            "subscriptions": SUBSCRIPTIONS,
            "ua": self._sdk.user_agent,
        }
        try:
            async with (
                aiohttp.ClientSession(proxy=proxy_for(self._hello["api"])) as session,
                session.post(
                    self._hello["api"].rstrip("/") + OPEN_PATH,
                    json=body,
                    headers={"Accept": "application/json"},
                    allow_redirects=False,
                ) as response,
            ):
                answer = json.loads(await response.content.read(65_536))
                status = response.status
        except (aiohttp.ClientError, ValueError) as error:
            raise Unopened(type(error).__name__) from None
        return self._ticket(status, answer if isinstance(answer, dict) else {})

    def _ticket(self, status: int, answer: Mapping[str, Any]) -> tuple[str, str]:
        code = str(answer.get("code", ""))
        if status == 401 or code == "authFailed":
            raise Refused(f"{code or status}: {answer.get('message', '')}")
        endpoint, ticket = str(answer.get("endpoint", "")), str(answer.get("ticket", ""))
        if status != 200 or not ticket:
            raise Unopened(f"HTTP {status} {code}".strip())
        if not is_vendor_endpoint(endpoint, self._hello["api"]):
            raise Unopened("the endpoint is not the vendor's")
        return endpoint, ticket


def is_vendor_endpoint(endpoint: str, api: str) -> bool:
    """Whether the address the platform names is its own: wss at the vendor, or the configured host itself."""
    there, configured = urlsplit(endpoint), urlsplit(api)
    if there.username or there.password or not there.hostname:
        return False
    if there.hostname == configured.hostname:
        return there.scheme == ("ws" if configured.scheme == "http" else "wss")
    return there.scheme == "wss" and there.hostname.endswith(VENDOR_DOMAIN)


def proxy_for(url: str) -> str | None:
    """The proxy of the environment; not by ``trust_env``, which also reads passwords from ``~/.netrc``."""
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    return urllib.request.getproxies().get(parts.scheme)


def ack(headers: Mapping[str, Any], reply: Mapping[str, Any]) -> str:
    """The frame's answer; ``data`` is a JSON string."""
    return json.dumps(
        {
            "code": reply["code"],
            "headers": {"contentType": "application/json", "messageId": headers.get("messageId", "")},
            "message": reply["message"],
            "data": json.dumps(reply["data"], ensure_ascii=False),
        },
        ensure_ascii=False,
    )


def _sdk() -> Any:
    """The vendor's client with our loop; made late, because the import reads the environment."""
    import dingtalk_stream
    import websockets

    class Stream(dingtalk_stream.DingTalkStreamClient):  # type: ignore[misc]
        """One connection: many frames in flight, each answered on the very socket it came from."""

        user_agent = f"dingtalk-sdk-python/v{dingtalk_stream.stream.VERSION_STRING}-union"

        def __init__(self, pipe: ChildPipe, websocket: Any, moving: asyncio.Event) -> None:
            super().__init__(dingtalk_stream.Credential("", ""), logging.getLogger("dingtalk_stream.client"))
            self.websocket = websocket
            self.ended_by = "ended"
            self._pipe = pipe
            self._moving = moving
            self._room = asyncio.Semaphore(IN_FLIGHT)
            self._tasks: set[asyncio.Task[None]] = set()

        async def start(self) -> None:
            pings = asyncio.create_task(self.keepalive(self.websocket))
            try:
                async for raw in self.websocket:
                    self._pipe.say("alive")
                    await self._room.acquire()
                    task = asyncio.create_task(self.background_task(raw))
                    self._tasks.add(task)
                    task.add_done_callback(self._done)
            except websockets.ConnectionClosed as closed:
                self.ended_by = f"closed {closed.rcvd.code if closed.rcvd else 1006}"
            finally:
                pings.cancel()
                with contextlib.suppress(Exception):
                    await self.websocket.close()
                for task in self._tasks:
                    task.cancel()

        def _done(self, task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            self._room.release()

        async def keepalive(self, ws: Any, ping_interval: float = PING_S) -> None:
            """A ping whose pong is awaited; without one the socket is given up."""
            with contextlib.suppress(websockets.ConnectionClosed):
                while True:
                    try:
                        async with asyncio.timeout(PONG_S):
                            await (await ws.ping())
                    except TimeoutError:
                        self.ended_by = "no pong"
                        await ws.close(1011)
                        return
                    self._pipe.say("alive")
                    await asyncio.sleep(ping_interval)

        async def background_task(self, raw: str | bytes) -> None:
            try:
                frame = json.loads(raw)
                if await self.route_message(frame) == self.TAG_DISCONNECT:
                    await self._move()
            except websockets.ConnectionClosed:
                log.warning("an answer came after its socket was gone")
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                log.warning("a frame could not be read: %s", type(error).__name__)

        async def _move(self) -> None:
            """The server wants this socket back: the next one is opened first, this one drains."""
            self._moving.set()
            await asyncio.sleep(DRAIN_S)
            await self.websocket.close()

        async def route_message(self, frame: dict[str, Any]) -> Any:
            """The place where a frame is answered: by whoever is at the other end of the pipe."""
            if frame.get("type") not in {"EVENT", "CALLBACK"}:
                return await super().route_message(frame)
            headers = {str(name): str(value) for name, value in frame["headers"].items()}
            data = frame.get("data", "")
            reply = await self._pipe.ask(
                body=data if isinstance(data, str) else json.dumps(data, ensure_ascii=False),
                kind="callback" if headers.get("topic") == CARD_TOPIC else "event",
                headers=headers,
            )
            await self.websocket.send(ack(headers, reply))
            return ""

        def get_host_ip(self) -> str:
            """Nobody outside is asked what our address is."""
            return ""

    return Stream


if __name__ == "__main__":
    main()
