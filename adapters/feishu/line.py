"""The child program that holds Feishu's long connection with the vendor's SDK (飞书长连接).

``python -m adapters.feishu.line``, credentials through the pipe. The only file that imports ``lark_oapi``, and only
when it runs. Its client answers a frame before it takes the next one; here the answer comes
from the parent, so many frames are in flight. Internals used were read in lark-oapi 1.7.5, ws/client.py (2026-11);
``_verify`` refuses to start where they are not what they were.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import importlib
import importlib.util
import inspect
import json
import os
import sys
from collections import OrderedDict
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from adapters.pipe import LARGEST_FRAME_BYTES, ChildPipe, quiet

_SDK = "lark_oapi"

PING_S = 30
"""The server asks for a ping every 120 s; the watchdog wants to see a pong more often."""

NONCE_S = 3
RECONNECT_S = 3
"""Bounds for what the server tells: random wait before a reconnect, and between tries. It says 30 and 120 s; whoever
waits for an answer, or for a press to be heard, does not wait so long after the network is back."""

HTTP_TIMEOUT_S = 10
"""The SDK asks for its endpoint without a time limit (a bot was deaf for days: oapi-sdk-python#169)."""

LARGEST_SPLIT = 64

VENDOR_DOMAINS = (".feishu.cn", ".larksuite.com")
"""The long connection leads to another host than the one that was asked (``msg-frontier.feishu.cn``)."""

_NEEDED = ("_connect", "_disconnect", "_receive_message_loop", "_handle_control_frame", "_handle_data_frame",
           "_write_message")  # fmt: skip

_NEEDED_NAMES = ("_get_by_key", "_ws_connect_kwargs", "requests", "loop", "ClientException", "LogLevel",
                 "HEADER_TYPE", "HEADER_SUM", "HEADER_SEQ", "HEADER_MESSAGE_ID")  # fmt: skip


def main() -> None:
    pipe = ChildPipe()
    hello = pipe.hello()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # the SDK takes its loop at import
    client: list[Any] = []
    goodbyes: list[asyncio.Task[None]] = []
    pipe.attach(loop, on_bye=lambda: goodbyes.append(loop.create_task(_leave(client))))
    quiet("Lark")
    sdk = _load()
    if missing := _verify(sdk):
        pipe.say("refused", why=f"this lark-oapi has changed: {missing}; versions known to fit: 1.7.5")
        return
    _tame(sdk, loop)
    client.append(_hosted(sdk, pipe)(hello["app_id"], hello["app_secret"], domain=hello["domain"]))
    quiet("Lark")
    try:
        client[0].start()
    except sdk.ClientException as error:
        pipe.say("refused", why=str(error))


def _load() -> Any:
    """The SDK's long connection without the ten thousand modules around it: 0.4 s and 40 MB, not 3 s and 180 MB.

    ``lark_oapi/__init__`` and the event handler load the models of every REST call, which nobody needs here:
    an empty package and an empty handler stand in their places. If that does not fit any more, all is loaded.
    """
    try:
        return _load_lean()
    except (ImportError, AttributeError):
        for name in [name for name in sys.modules if name.partition(".")[0] == _SDK]:
            del sys.modules[name]
        return importlib.import_module(f"{_SDK}.ws.client")


def _load_lean() -> Any:
    spec = importlib.util.find_spec(_SDK)
    if spec is None:
        raise ModuleNotFoundError(_SDK)
    package, handler = ModuleType(_SDK), ModuleType(f"{_SDK}.event.dispatcher_handler")
    package.__path__ = list(spec.submodule_search_locations or ())
    package.__spec__ = spec
    handler.EventDispatcherHandler = object  # type: ignore[attr-defined]
    sys.modules.update({_SDK: package, handler.__name__: handler})
    return importlib.import_module(f"{_SDK}.ws.client")


def _verify(sdk: Any) -> str:
    """What we rely on and is not there, ``""`` if all is."""
    for name in _NEEDED:
        if not inspect.iscoroutinefunction(getattr(sdk.Client, name, None)):
            return f"Client.{name}"
    for name in ("_configure", "_get_conn_url"):
        if not callable(getattr(sdk.Client, name, None)):
            return f"Client.{name}"
    return next((name for name in _NEEDED_NAMES if not hasattr(sdk, name)), "")


def is_vendor_endpoint(endpoint: str, domain: str) -> bool:
    """Whether the address the platform names is its own: wss at the vendor, or the configured host itself."""
    there, configured = urlsplit(endpoint), urlsplit(domain)
    if there.username or there.password or not there.hostname:
        return False
    if there.hostname == configured.hostname:
        return there.scheme == ("ws" if configured.scheme == "http" else "wss")
    return there.scheme == "wss" and there.hostname.endswith(VENDOR_DOMAINS)


def _tame(sdk: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Bound what the SDK leaves open: the endpoint request, which carries the secret, and the size of a message."""
    kwargs = sdk._ws_connect_kwargs  # noqa: SLF001
    sdk.loop = loop
    post = functools.partial(sdk.requests.post, timeout=HTTP_TIMEOUT_S, allow_redirects=False)
    sdk.requests = SimpleNamespace(post=post)
    sdk._ws_connect_kwargs = lambda headers=None: {  # noqa: SLF001
        **kwargs(headers),
        "max_size": LARGEST_FRAME_BYTES,
        "compression": None,
    }


class Pieces:
    """Messages that come in pieces and are not whole yet (the SDK's own store of them has no bound)."""

    MOST_BYTES = 2 * LARGEST_FRAME_BYTES
    MOST_MESSAGES = 256

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, dict[int, bytes]] = OrderedDict()
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, message: str, parts: int, number: int, piece: bytes) -> bytes | None:
        """The message once its last piece is there, unless it is too large; those that waited longest give way."""
        if parts > LARGEST_SPLIT or not 0 <= number < parts:
            return None
        found = self._take(message) | {number: piece}
        if all(nth in found for nth in range(parts)):
            whole = b"".join(found[nth] for nth in range(parts))
            return whole if len(whole) <= LARGEST_FRAME_BYTES else None
        self._waiting[message] = found
        self.size_bytes += sum(map(len, found.values()))
        while self.size_bytes > self.MOST_BYTES or len(self) > self.MOST_MESSAGES:
            self._take(next(iter(self._waiting)))
        return None

    def _take(self, message: str) -> dict[int, bytes]:
        found = self._waiting.pop(message, {})
        self.size_bytes -= sum(map(len, found.values()))
        return found


def _hosted(sdk: Any, pipe: ChildPipe) -> type[Any]:
    """The SDK's client with the parent behind it; a class made here, since its base exists only now."""

    class Hosted(sdk.Client):  # type: ignore[misc, name-defined, unused-ignore]
        _ping_interval: int
        _reconnect_nonce: int
        _reconnect_interval: int
        _reconnect_count: int

        def __init__(self, app_id: str, app_secret: str, *, domain: str) -> None:
            super().__init__(app_id, app_secret, domain=domain, log_level=sdk.LogLevel.WARNING)
            self._bound()
            self._pieces = Pieces()

        def _get_conn_url(self) -> str:
            """Raises the SDK's ``ClientException``, after which it does not try again."""
            url = str(super()._get_conn_url())
            if not is_vendor_endpoint(url, self._domain):
                raise sdk.ClientException(0, "the endpoint is not the vendor's")
            return url

        async def _connect(self) -> None:
            await super()._connect()
            if self._conn.protocol.max_size != LARGEST_FRAME_BYTES:
                pipe.say("refused", why="the SDK's socket does not bound its messages")
                os._exit(1)
            pipe.say("open")

        async def _disconnect(self) -> None:
            pipe.say("closed", why="connection lost")
            await super()._disconnect()

        async def _receive_message_loop(self) -> None:
            try:
                await super()._receive_message_loop()
            except sdk.ClientException as error:
                pipe.say("refused", why=str(error))
                os._exit(1)

        async def _handle_control_frame(self, frame: Any) -> None:
            if sdk._get_by_key(frame.headers, sdk.HEADER_TYPE) == "pong":  # noqa: SLF001
                pipe.say("alive")
            await super()._handle_control_frame(frame)

        async def _handle_data_frame(self, frame: Any) -> None:
            """``card`` frames are answered like ``event`` ones: which of them carry presses is disputed."""
            header = {one.key: one.value for one in frame.headers}
            if header[sdk.HEADER_TYPE] not in ("event", "card"):
                return
            payload = self._whole(header, frame.payload)
            if payload is None:
                return
            body = payload.decode("utf-8", "replace")
            answer = await pipe.ask(body=body, kind=_kind(body), headers=header)
            frame.payload = json.dumps(_ack(answer)).encode()
            await self._write_message(frame.SerializeToString())

        def _whole(self, header: dict[str, str], payload: bytes) -> bytes | None:
            parts, number = int(header[sdk.HEADER_SUM]), int(header[sdk.HEADER_SEQ])
            if parts <= 1:
                return payload
            return self._pieces.add(header[sdk.HEADER_MESSAGE_ID], parts, number, payload)

        def _configure(self, conf: Any) -> None:
            super()._configure(conf)
            self._bound()

        def _bound(self) -> None:
            self._ping_interval = min(self._ping_interval, PING_S)
            self._reconnect_nonce = min(self._reconnect_nonce, NONCE_S)
            self._reconnect_interval = min(self._reconnect_interval, RECONNECT_S)
            self._reconnect_count = -1  # for ever; the parent replaces us before

    return Hosted


def _kind(body: str) -> str:
    """A press waits for its answer; it comes over the same frames as events."""
    try:
        event_type = json.loads(body)["header"]["event_type"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "event"
    return "callback" if event_type == "card.action.trigger" else "event"


def _ack(answer: dict[str, Any]) -> dict[str, Any]:
    """``data`` is base64 of JSON; a press without it shows its presser an error (larksuite/cli#2456)."""
    ack: dict[str, Any] = {"code": answer["code"]}
    if "data" in answer:
        data = json.dumps(answer["data"], ensure_ascii=False, separators=(",", ":")).encode()
        ack["data"] = base64.b64encode(data).decode()
    return ack


async def _leave(client: list[Any]) -> None:
    """Say goodbye to the server, then end; the parent does not wait long."""
    connection = client[0]._conn if client else None  # noqa: SLF001
    try:
        if connection is not None:
            await asyncio.wait_for(connection.close(), 0.5)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
