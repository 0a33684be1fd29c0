"""The one door for every REST call (出站调用): token, deadline, repeats, size, redaction; both platforms use it.

A call that was certainly not sent is repeated here, at most twice; an answer that never came to a send is
``OutcomeUnknown`` and nobody repeats it below the outbox.
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import logging
import random
import socket
import ssl
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace, TracebackType
from typing import Any, Self

import aiohttp
import tenacity
import yarl

from adapters.calls import Answer, Call, Credential, Dialect, Repeatable
from adapters.errors import Arrival, OutcomeUnknown, PlatformError, Rejected, Unauthorized, Undecodable
from adapters.port import ServerTime
from adapters.redact import Redactor
from adapters.tokens import Tokens

log = logging.getLogger(__name__)

CONNECT_S = 3.0
LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
KEEP_ALIVE_S = 10.0
"""An older idle connection may be dead at the other end, and a dead one turns "not sent" into "maybe"."""

REPEATS = 2
LONGEST_PAUSE_S = 2.0
RETRY_SHARE = 0.1
"""Repeats stay under a tenth of the first tries, after a first handful, so that an outage makes no storm."""

TRANSPORT: Mapping[type[BaseException], Arrival] = {
    # before a connection stands: names, refusal, TLS, the proxy, the wait for a free connection
    aiohttp.ClientConnectorError: Arrival.NOT_SENT,
    aiohttp.ClientConnectorDNSError: Arrival.NOT_SENT,
    aiohttp.ClientProxyConnectionError: Arrival.NOT_SENT,
    aiohttp.ClientSSLError: Arrival.NOT_SENT,
    aiohttp.ConnectionTimeoutError: Arrival.NOT_SENT,
    aiohttp.ServerFingerprintMismatch: Arrival.NOT_SENT,
    aiohttp.ClientHttpProxyError: Arrival.NOT_SENT,
    aiohttp.InvalidURL: Arrival.NOT_SENT,
    aiohttp.NonHttpUrlClientError: Arrival.NOT_SENT,
    aiohttp.RedirectClientError: Arrival.NOT_SENT,
    ssl.SSLCertVerificationError: Arrival.NOT_SENT,
    socket.gaierror: Arrival.NOT_SENT,
    ConnectionRefusedError: Arrival.NOT_SENT,
    # an answer has begun, so the request was read
    aiohttp.ClientPayloadError: Arrival.MAYBE,
    aiohttp.ClientResponseError: Arrival.SENT,
    aiohttp.ContentTypeError: Arrival.SENT,
    aiohttp.TooManyRedirects: Arrival.SENT,
    aiohttp.WSServerHandshakeError: Arrival.SENT,
    # the connection stood, and broke
    aiohttp.ClientConnectionResetError: Arrival.MAYBE,
    aiohttp.ClientOSError: Arrival.MAYBE,
    aiohttp.ServerDisconnectedError: Arrival.MAYBE,
    aiohttp.ServerTimeoutError: Arrival.MAYBE,
    aiohttp.SocketTimeoutError: Arrival.MAYBE,
    aiohttp.ServerConnectionError: Arrival.MAYBE,
    aiohttp.UploadAbortedError: Arrival.MAYBE,
    aiohttp.ClientConnectionError: Arrival.MAYBE,
    aiohttp.ClientError: Arrival.MAYBE,
    TimeoutError: Arrival.MAYBE,
    ssl.SSLError: Arrival.MAYBE,
    OSError: Arrival.MAYBE,
}
"""What a failure below HTTP says about the request; looked up along the type's own ancestry.

Read in the source of aiohttp 3.14 (2026-11). A ``MAYBE`` becomes ``NOT_SENT`` if not even the headers were written.
"""


class ApiClient:
    """A platform's REST host behind one method.

    Example:
        >>> async with ApiClient("https://open.feishu.cn", dialect=..., clock=clock, rng=rng, redactor=redactor) as api:
        ...     await api.call(Call(name="bot.info", method="GET", path="/open-apis/bot/v3/info"))
    """

    def __init__(
        self,
        base_url: str,
        *,
        dialect: Dialect,
        rng: random.Random,
        redactor: Redactor,
        tokens: Tokens | None = None,
    ) -> None:
        self._base = yarl.URL(base_url)
        self._dialect = dialect
        self._rng = rng
        self._redactor = redactor
        self._tokens = tokens
        self._session: aiohttp.ClientSession | None = None
        self.server_time: ServerTime | None = None
        self._spare_retries = _RetryBudget()

    async def open(self) -> None:
        """Needs a running loop; calling it twice is one session."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=32, keepalive_timeout=KEEP_ALIVE_S),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                proxy=_proxy(self._base),
                trace_configs=[_written_mark()],
            )

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def call(self, call: Call) -> Mapping[str, Any]:
        """The answer's JSON object.

        Raises:
            OutcomeUnknown: no answer, or one that does not say, to a call that may not be repeated.
            Unavailable: not executed, or harmless to repeat, and it did not work in time.
            Unauthorized: also with a new token.
            PlatformError: what the platform said.
        """
        self._spare_retries.note_first_try()
        attempt = _Attempt()
        try:
            async with asyncio.timeout(call.deadline_s):
                async for turn in self._turns():
                    with turn:
                        return await self._authorised(call, attempt)
        except TimeoutError as error:
            raise self._failed(call, error, attempt) from error
        raise AssertionError("tenacity ends by returning or raising")

    def _turns(self) -> tenacity.AsyncRetrying:
        return tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(self._may_try_again),
            stop=tenacity.stop_after_attempt(1 + REPEATS),
            wait=lambda state: self._rng.uniform(0, min(LONGEST_PAUSE_S, 0.2 * 2**state.attempt_number)),
            sleep=asyncio.sleep,
            reraise=True,
        )

    def _may_try_again(self, error: BaseException) -> bool:
        return isinstance(error, Repeatable) and self._spare_retries.take()

    async def _authorised(self, call: Call, attempt: _Attempt) -> Mapping[str, Any]:
        """One try; with a refused token one more under a new one."""
        if call.is_open or self._tokens is None:
            return await self._exchange(call, Credential(), attempt)
        token = await self._tokens.get()
        try:
            return await self._exchange(call, self._dialect.credential(token), attempt)
        except Unauthorized:
            self._tokens.drop(token)
        renewed = await self._tokens.get()
        return await self._exchange(call, self._dialect.credential(renewed), attempt)

    async def _exchange(self, call: Call, credential: Credential, attempt: _Attempt) -> Mapping[str, Any]:
        attempt.written = False
        try:
            answer = await self._send(call, credential, attempt)
        except (aiohttp.ClientError, OSError) as error:
            raise self._failed(call, error, attempt) from error
        attempt.written = False  # answered: what fails from here on was not sent
        failure = self._judge(call, answer)
        log.debug(
            "called", extra={"call": call.name, "status": answer.status, "failed": type(failure).__name__}
        )
        if failure is None:
            return answer.body
        failure.call = failure.call or call.name
        failure.request_id = failure.request_id or self._dialect.request_id(answer)
        failure.detail = self._redactor(failure.detail)
        failure.args = (failure.detail,)
        raise failure

    async def _send(self, call: Call, credential: Credential, attempt: _Attempt) -> Answer:
        if self._session is None:
            raise RuntimeError("open() comes before the first call")
        data = None if call.body is None else json.dumps(call.body, ensure_ascii=False).encode()
        headers = {**call.headers, **credential.headers}
        if data is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        async with self._session.request(
            call.method,
            self._url(call, credential),
            data=data,
            headers=headers,
            allow_redirects=False,
            trace_request_ctx=attempt,
        ) as response:
            self.server_time = _server_time(response.headers.get("Date", "")) or self.server_time
            raw = bytearray()
            async for chunk in response.content.iter_chunked(64 * 1024):
                raw += chunk
                if len(raw) > LARGEST_ANSWER_BYTES:
                    response.close()
                    raise aiohttp.ClientPayloadError("the answer is larger than 4 MiB")
            return _answer(response, bytes(raw))

    def _url(self, call: Call, credential: Credential) -> yarl.URL:
        if not call.path.startswith("/") or call.path.startswith("//"):
            raise Rejected("a path begins with one slash", call=call.name)
        pairs: list[tuple[str, str]] = []
        for name, value in {**call.query, **credential.query}.items():
            pairs.extend((name, one) for one in ((value,) if isinstance(value, str) else value))
        return self._base.origin().with_path(call.path, encoded=True).with_query(pairs)

    def _judge(self, call: Call, answer: Answer) -> PlatformError | None:
        if answer.is_json:
            return self._dialect.classify(call, answer)
        detail = f"HTTP {answer.status} without a JSON object"
        if 300 <= answer.status < 500:
            return Rejected(detail, code=str(answer.status))
        if not call.may_repeat:
            return OutcomeUnknown(detail, code=str(answer.status))
        if answer.status >= 500:
            return Repeatable(detail, code=str(answer.status))
        return Undecodable(detail)

    def _failed(self, call: Call, error: BaseException, attempt: _Attempt) -> PlatformError:
        arrival = arrival_of(error, written=attempt.written)
        detail = self._redactor(f"{type(error).__name__}: {error}")
        log.warning("call failed", extra={"call": call.name, "arrival": arrival.value, "why": detail})
        if arrival is not Arrival.NOT_SENT and not call.may_repeat:
            return OutcomeUnknown(detail, call=call.name)
        return Repeatable(detail, call=call.name)


def arrival_of(error: BaseException, *, written: bool) -> Arrival:
    """What a failure below HTTP says about the request, see ``TRANSPORT``."""
    arrival = next((TRANSPORT[kind] for kind in type(error).__mro__ if kind in TRANSPORT), Arrival.MAYBE)
    return Arrival.NOT_SENT if arrival is Arrival.MAYBE and not written else arrival


@dataclass(slots=True)
class _Attempt:
    """Whether the try that is under way has begun to write."""

    written: bool = False


def _written_mark() -> aiohttp.TraceConfig:
    async def mark(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
        context.trace_request_ctx.written = True

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(mark)
    return trace


def _server_time(date: str) -> ServerTime | None:
    try:
        said = email.utils.parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError):
        return None
    return ServerTime(said=said, read_at_s=time.monotonic()) if said.tzinfo else None


def _proxy(base: yarl.URL) -> yarl.URL | None:
    """The proxy that the environment names for this host, with its user and password where it has them.

    Not by ``trust_env``: that also reads ``~/.netrc`` at every call, and an entry there breaks calls with a token.
    """
    named = urllib.request.getproxies().get(base.scheme)
    if named is None or urllib.request.proxy_bypass(base.host or ""):
        return None
    return yarl.URL(named)


def _answer(response: aiohttp.ClientResponse, raw: bytes) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    is_json = isinstance(body, dict)
    return Answer(status=response.status, headers=headers, body=body if is_json else {}, is_json=is_json)


class _RetryBudget:
    """A handful of repeats at once, then one for every ten first tries."""

    _most = 10.0

    def __init__(self) -> None:
        self._left = self._most

    def note_first_try(self) -> None:
        self._left = min(self._most, self._left + RETRY_SHARE)

    def take(self) -> bool:
        if self._left < 1:
            return False
        self._left -= 1
        return True
