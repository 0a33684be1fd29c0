"""将事件发送至开发者服务器 (webhook): Feishu comes to us over HTTP; only what it has signed is read at all.

In front stands a proxy that speaks TLS. Signature, encryption and answers:
https://open.feishu.cn/document/ukTMukTMukTM/uYDNxYjL2QTM24iN0EjN/event-subscription-configure-/encrypt-key-encryption-configuration-case,
…/feishu-cards/card-callback-communication (read 2026-11)
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import logging
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from Crypto.Cipher import AES
from Crypto.Util.Padding import unpad

from adapters.errors import PortTaken
from adapters.port import Accept, Clock, LineHealth, LineState, Raw, Reply
from policies.model import Platform

log = logging.getLogger(__name__)

LARGEST_BODY_BYTES = 1 << 20
READ_WITHIN_S = 10.0
"""For the head of a request, and again for its body."""
ANSWER_WITHIN_S = 2.8
"""Feishu waits 3 s."""
MOST_CONNECTIONS = 64
STALE_S = 300.0

_PRESS = "card.action.trigger"
_REFUSED = 401
"""The one answer to everything that Feishu did not sign, so that nobody learns which check it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Attributes:
    listen: ``host:port``; port 0 takes a free one.
    """

    listen: str
    verification_token: str = field(repr=False)
    encrypt_key: str = field(repr=False)


class Refusal(Exception):
    """Not from Feishu, or not for us; the word is for the counter only."""


class Webhook:
    """Listens while ``run`` runs."""

    def __init__(
        self,
        settings: WebhookSettings,
        *,
        app_id: str,
        clock: Clock,
        encode_reply: Callable[[Raw, Reply], Mapping[str, Any]],
    ) -> None:
        """Raises ``ValueError`` without a key or a token: anybody could speak for Feishu."""
        if not settings.encrypt_key or not settings.verification_token:
            raise ValueError("a webhook needs encrypt_key and verification_token")
        self._settings = settings
        self._app_id = app_id
        self._clock = clock
        self._encode_reply = encode_reply
        self._accept: Accept | None = None
        self._is_open = False
        self._connections: set[_Connection] = set()
        self.refused: Counter[str] = Counter()
        self.port = 0

    def health(self) -> LineHealth:
        return LineHealth(state=LineState.OPEN if self._is_open else LineState.CONNECTING)

    async def run(self, accept: Accept) -> None:
        """Until cancelled. Raises ``PortTaken``."""
        self._accept = accept
        host, _, port = self._settings.listen.rpartition(":")
        loop = asyncio.get_running_loop()
        server = web.Server(self._serve, access_log=None)

        def connection() -> _Connection:
            return _Connection(self._connections, server, loop)

        try:
            listener = await loop.create_server(
                connection, host.strip("[]"), int(port), family=socket.AF_UNSPEC
            )
        except OSError as error:
            raise PortTaken(self._settings.listen, error) from error
        self.port = listener.sockets[0].getsockname()[1]
        self._is_open = True
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._is_open = False
            listener.close()
            await server.shutdown(1.0)

    # ── One request ───────────────────────────────────────────────────────────────────────────────

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if isinstance(request.protocol, _Connection):
            request.protocol.has_begun = True
        answer = await self._answer(request)
        answer.force_close()
        return answer

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        if request.method != "POST":
            return self._refuse("method", 405)
        if "Content-Encoding" in request.headers:
            return self._refuse("content-encoding", 415)
        try:
            async with asyncio.timeout(READ_WITHIN_S):
                body = await _body(request)
        except TimeoutError:
            return self._refuse("slow", 408)
        if body is None:
            return self._refuse("too-large", 413)
        try:
            plain, told = self._open(request.headers, body)
        except Refusal as refusal:
            return self._refuse(str(refusal), _REFUSED)
        if told.get("type") == "url_verification":
            return web.json_response({"challenge": str(told.get("challenge", ""))[:1000]})
        return await self._hand_over(plain, told)

    def _refuse(self, why: str, status: int) -> web.Response:
        self.refused[why] += 1
        log.debug("webhook refused", extra={"why": why})
        return web.json_response({"msg": "refused"}, status=status)

    async def _hand_over(self, plain: str, told: Mapping[str, Any]) -> web.Response:
        """503 asks for the event again; a press is never sent again, its presser sees an error."""
        kind = "callback" if _event_type(told) == _PRESS else "event"
        raw = Raw(platform=Platform.FEISHU, body=plain, kind=kind)
        assert self._accept is not None  # noqa: S101 - run() sets it before it listens
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                reply = await self._accept(raw)
        except TimeoutError:
            return web.json_response({"msg": "later"}, status=503)
        if not reply.ok:
            return web.json_response({"msg": "later"}, status=503)
        if kind == "event":
            return web.json_response({"msg": "success"})
        return web.json_response(self._encode_reply(raw, reply).get("data", {}))

    # ── Whether it is Feishu's ────────────────────────────────────────────────────────────────────

    def _open(self, headers: Mapping[str, str], body: bytes) -> tuple[str, Mapping[str, Any]]:
        """The plain text and what it says. Events are signed; a challenge is not, but is encrypted like them.

        Raises:
            Refusal: for whatever reason.
        """
        signature = headers.get("X-Lark-Signature", "")
        if signature:
            self._check_signature(headers, signature, body)
        plain = self._decrypt(body)
        told = _object(plain)
        is_challenge = told.get("type") == "url_verification"
        if not signature and not is_challenge:
            raise Refusal("unsigned")
        header = told.get("header")
        inside = header if isinstance(header, dict) else told
        token = inside.get("token")
        if not isinstance(token, str) or not _same(token, self._settings.verification_token):
            raise Refusal("token")
        if not is_challenge and _app_id(told, inside) not in ("", self._app_id):
            raise Refusal("foreign-app")
        return plain, told

    def _check_signature(self, headers: Mapping[str, str], signature: str, body: bytes) -> None:
        """Over the raw bytes, before anybody parses them."""
        timestamp, nonce = (
            headers.get("X-Lark-Request-Timestamp", ""),
            headers.get("X-Lark-Request-Nonce", ""),
        )
        signed = (timestamp + nonce + self._settings.encrypt_key).encode("utf-8", "surrogateescape") + body
        if not timestamp or not _same(signature, hashlib.sha256(signed).hexdigest()):
            raise Refusal("signature")
        if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
            raise Refusal("timestamp")
        if abs(self._clock.now().timestamp() - int(timestamp)) > STALE_S:
            raise Refusal("stale")

    def _decrypt(self, body: bytes) -> str:
        """AES-256-CBC under SHA-256 of the key; the first block is the iv."""
        sealed = _object(body.decode("utf-8", "replace")).get("encrypt")
        if not isinstance(sealed, str):
            raise Refusal("not-encrypted")
        key = hashlib.sha256(self._settings.encrypt_key.encode()).digest()
        try:
            data = base64.b64decode(sealed, validate=True)
            cipher = AES.new(key, AES.MODE_CBC, data[: AES.block_size])
            return unpad(cipher.decrypt(data[AES.block_size :]), AES.block_size).decode("utf-8")
        except (ValueError, binascii.Error) as error:
            raise Refusal("undecryptable") from error


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal("not-json") from error
    if not isinstance(found, dict):
        raise Refusal("not-json")
    return found


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())


def _app_id(told: Mapping[str, Any], inside: Mapping[str, Any]) -> str:
    """Of version 2 in the header, of version 1 in the event."""
    event = told.get("event")
    old = event.get("app_id") if isinstance(event, dict) and inside is told else ""
    return str(inside.get("app_id") or old or "")


def _event_type(told: Mapping[str, Any]) -> str:
    header = told.get("header")
    return str(header.get("event_type", "")) if isinstance(header, dict) else ""


async def _body(request: web.BaseRequest) -> bytes | None:
    """``None``: larger than we read."""
    if (request.content_length or 0) > LARGEST_BODY_BYTES:
        return None
    found = bytearray()
    async for chunk in request.content.iter_any():
        found += chunk
        if len(found) > LARGEST_BODY_BYTES:
            return None
    return bytes(found)


class _Connection(web.RequestHandler):
    """One caller: few at a time, each for one request, whose head must be there in time."""

    def __init__(self, others: set[_Connection], server: web.Server, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # what web.AppRunner passes too
            auto_decompress=False,
            lingering_time=1.0,
        )
        self._others = others
        self._own_loop = loop
        self._deadline: asyncio.TimerHandle | None = None
        self.has_begun = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._others.add(self)
        if len(self._others) > MOST_CONNECTIONS:
            self._drop()
        else:
            self._deadline = self._own_loop.call_later(READ_WITHIN_S, self._look)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._others.discard(self)
        super().connection_lost(exc)

    def _look(self) -> None:
        """After the head's time comes once that of body and answer; then nobody is waited for."""
        if not self.has_begun or self._deadline is None:
            self._drop()
            return
        self.has_begun = False
        self._deadline = self._own_loop.call_later(READ_WITHIN_S + ANSWER_WITHIN_S, self._look)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is no request at all is refused like the rest: nothing of it comes back, nothing fills the log."""
        if status >= 500 or request.writer.output_size > 0:
            return super().handle_error(request, status, exc, message)
        log.debug("no request", extra={"why": type(exc).__name__})
        answer = web.json_response({"msg": "refused"}, status=status)
        answer.force_close()
        return answer

    def _drop(self) -> None:
        if self.transport is not None:
            self.transport.abort()
