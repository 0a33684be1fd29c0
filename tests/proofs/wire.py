"""The wires within one process (线路): the adapters' calls go to the town's handlers, its frames to ``accept``.

The adapters are the real ones and so are the town's doors; only sockets, child processes and the vendors' clients are not there.
A ``Life`` is one run of the bot: when it is over, nothing it still asks for is done.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import aiohttp
import yarl
from aiohttp import web
from aiohttp.http import HttpVersion11, RawRequestMessage
from aiohttp.streams import StreamReader
from multidict import CIMultiDict, CIMultiDictProxy

import adapters.http
import bot.app
from adapters.dingtalk.line import CARD_TOPIC
from adapters.dingtalk.line import ack as dingtalk_ack
from adapters.feishu.line import _ack as feishu_ack
from adapters.feishu.line import _kind as feishu_kind
from adapters.port import Accept, LineHealth, LineState, Raw
from policies.model import Platform
from sandbox.dingtalk.connection import Connection as DingTalkConnection
from sandbox.dingtalk.frames import CARD, EVENT, ROBOT
from sandbox.feishu import frames as feishu_frames
from sandbox.feishu.connection import Connection as FeishuConnection


class Life:
    """One run of the bot, and when it ends.

    Args:
        ends_at: the n-th step (a commit or a request, before or after it) at which the process is gone.
    """

    def __init__(self, ends_at: int | None = None) -> None:
        self.is_over = False
        self.steps = 0
        self.ended_in = ""
        self.is_spared = False
        """It does not end by itself for a while."""
        self._ends_at = ends_at
        self.over = asyncio.Event()

    def step(self, what: str) -> None:
        """Raises ``CancelledError`` in whoever goes on after the end."""
        self.steps += 1
        is_time = self._ends_at is not None and self.steps >= self._ends_at
        if is_time and not self.is_spared and not self.is_over:
            self.end(what)
        if self.is_over:
            raise asyncio.CancelledError

    def end(self, what: str) -> None:
        self.is_over, self.ended_in = True, what
        self.over.set()


class LocalSession:
    """As much of ``aiohttp.ClientSession`` as the adapters use; latencies are drawn."""

    def __init__(self, app: web.Application, life: Life, rng: random.Random) -> None:
        self._app, self._life, self._rng = app, life, rng

    def request(self, method: str, url: Any, **options: Any) -> _Exchange:
        return _Exchange(self._app, self._life, self._rng, method, url, options)

    async def close(self) -> None:
        pass


class _Exchange:
    def __init__(
        self,
        app: web.Application,
        life: Life,
        rng: random.Random,
        method: str,
        url: Any,
        options: dict[str, Any],
    ) -> None:
        self._app, self._life, self._rng = app, life, rng
        self._method, self._url, self._options = method, url, options

    async def __aenter__(self) -> _Answer:
        self._life.step("request")
        await asyncio.sleep(self._rng.uniform(0.005, 0.08))
        self._life.step("written")
        mark = self._options.get("trace_request_ctx")
        if mark is not None:
            mark.written = True
        transport = _Transport()
        answer = await asyncio.shield(self._carried_out(transport))
        await asyncio.sleep(self._rng.uniform(0.005, 0.08))
        if transport.is_cut:
            raise aiohttp.ServerDisconnectedError
        self._life.step("answered")
        return _Answer(answer)

    async def __aexit__(self, *_: object) -> None:
        return None

    async def _carried_out(self, transport: _Transport) -> web.Response:
        """The town's own door, with its faults and its record; it goes on when the asker is gone."""
        data = self._options.get("data") or b""
        headers = CIMultiDict(self._options.get("headers") or {})
        headers["Content-Length"] = str(len(data))
        payload = StreamReader(_PROTOCOL, 1 << 16, loop=asyncio.get_running_loop())
        payload.feed_data(data)
        payload.feed_eof()
        raw = tuple((name.encode(), value.encode()) for name, value in headers.items())
        url = yarl.URL(self._url.raw_path_qs, encoded=True)
        message = RawRequestMessage(
            self._method, self._url.raw_path_qs, HttpVersion11, CIMultiDictProxy(headers), raw,
            False, None, False, False, url,
        )  # fmt: skip
        protocol: Any = SimpleNamespace(
            transport=transport, peername=None, sockname=None, ssl_context=None, sslcontext=None
        )
        request = web.Request(
            message,
            payload,
            protocol,
            None,
            None,
            asyncio.get_running_loop(),
            client_max_size=1 << 26,  # type: ignore[arg-type]
        )
        answer = await self._app._handle(request)
        assert isinstance(answer, web.Response)
        return answer


class _Transport:
    """What the town hangs up."""

    def __init__(self) -> None:
        self.is_cut = False

    def abort(self) -> None:
        self.is_cut = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 0) if name == "peername" else default

    def is_closing(self) -> bool:
        return self.is_cut


class _Protocol:
    _reading_paused = False

    def pause_reading(self, *_: object, **__: object) -> None:
        pass

    def resume_reading(self, *_: object, **__: object) -> None:
        pass


_PROTOCOL: Any = _Protocol()


class _Answer:
    def __init__(self, answer: web.Response) -> None:
        self.status = answer.status
        self.headers = answer.headers
        body = answer.body
        self._body = bytes(body) if isinstance(body, bytes | bytearray) else b""
        self.content = self

    async def iter_chunked(self, _: int) -> Any:
        yield self._body

    def close(self) -> None:
        pass


class Plug:
    """A long connection without a socket: the town's own line writes into it and reads the answers."""

    def __init__(
        self, town: Any, platform: Platform, life: Life, encode_reply: Callable[[Raw, Any], Any]
    ) -> None:
        self._town, self._platform, self._life = town, platform, life
        self._encode_reply = encode_reply
        self._is_open = False

    def health(self) -> LineHealth:
        return LineHealth(state=LineState.OPEN if self._is_open else LineState.CONNECTING)

    async def run(self, accept: Accept) -> None:
        self._is_open = True
        side = self._town.platforms[self._platform.value]
        await (self._feishu if self._platform is Platform.FEISHU else self._dingtalk)(side, accept)

    async def _feishu(self, side: Any, accept: Accept) -> None:
        connection = FeishuConnection(self._town.new_id("", "device"), None)  # type: ignore[arg-type]
        side.line.connections[connection.device_id] = connection
        try:
            async with asyncio.TaskGroup() as answers:
                while True:
                    raw = await connection.outbox.get()
                    if raw is not None:
                        answers.create_task(self._feishu_frame(side, connection, raw, accept))
        finally:
            side.line._gone(connection)

    async def _feishu_frame(self, side: Any, connection: Any, raw: bytes, accept: Accept) -> None:
        frame = feishu_frames.decode(raw)
        if frame.method != feishu_frames.DATA:
            return
        body = (frame.payload or b"").decode("utf-8", "replace")
        heard = Raw(platform=self._platform, body=body, kind=feishu_kind(body), headers=dict(frame.headers))
        reply = await accept(heard)
        frame.payload = json.dumps(feishu_ack(dict(self._encode_reply(heard, reply)))).encode()
        if not self._life.is_over:
            side.line._read(connection, feishu_frames.encode(frame))

    async def _dingtalk(self, side: Any, accept: Accept) -> None:
        wanted = frozenset({("EVENT", EVENT), ("CALLBACK", ROBOT), ("CALLBACK", CARD)})
        socket = _Socket(self, accept, side)
        connection = DingTalkConnection(self._town, self._town.new_id("", "connection"), socket, wanted)  # type: ignore[arg-type]
        socket.connection = connection
        side.line.connections[connection.id] = connection
        connection.begin()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            side.line._gone(connection)
            for task in socket.tasks:
                task.cancel()
            await connection.end()

    async def answer(self, accept: Accept, text: str) -> str | None:
        frame = json.loads(text)
        if frame.get("type") not in {"EVENT", "CALLBACK"}:
            return None
        headers = {str(name): str(value) for name, value in frame["headers"].items()}
        kind = "callback" if headers.get("topic") == CARD_TOPIC else "event"
        heard = Raw(platform=self._platform, body=frame["data"], kind=kind, headers=headers)
        reply = await accept(heard)
        return None if self._life.is_over else dingtalk_ack(headers, dict(self._encode_reply(heard, reply)))


class _Socket:
    """The town's end of DingTalk's stream."""

    closed = False

    def __init__(self, plug: Plug, accept: Accept, side: Any) -> None:
        self._plug, self._accept, self._side = plug, accept, side
        self.connection: Any = None
        self.tasks: set[asyncio.Task[None]] = set()

    async def send_str(self, text: str) -> None:
        task = asyncio.ensure_future(self._answered(text))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _answered(self, text: str) -> None:
        answer = await self._plug.answer(self._accept, text)
        if answer is not None:
            self._side.line._acked(self.connection, answer)

    async def close(self, code: int = 1000) -> None:
        self.closed = True


# ── The seams ─────────────────────────────────────────────────────────────────────────────────────

_MAKE_ADAPTERS = bot.app.make_adapters
_LIVES: ContextVar[tuple[web.Application, Life, random.Random]] = ContextVar("lives")
"""Whose call it is: two bots may live at the same time, each in tasks of its own."""


def plug_in(town: Any, app: web.Application, clock: Any, life: Life, rng: random.Random) -> None:
    """From now on a ``Bot`` that is built lives by this clock, and its network is the town in this process."""

    def make_adapters(loaded: Any, its_clock: Any, its_rng: Any) -> Any:
        made: dict[Platform, Any] = dict(_MAKE_ADAPTERS(loaded, its_clock, its_rng))
        for platform, adapter in made.items():
            adapter._line = Plug(town, platform, life, adapter._line._encode_reply)
        return made

    _LIVES.set((app, life, rng))

    async def open_session(client: Any) -> None:
        client._session = client._session or LocalSession(*_LIVES.get())

    adapters.http.ApiClient.open = open_session  # type: ignore[method-assign]
    bot.app.make_adapters = make_adapters
    bot.app.make_clock = lambda _: clock
    bot.app.ControlServer = bot.app.HealthServer = _Closed  # type: ignore[misc, assignment]


class _Closed:
    """A door that is not there."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass
