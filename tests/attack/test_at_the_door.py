"""Raw bytes at the webhook's port: whatever framing they claim, only the first whole signed request is heard."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import hashlib
import json
import re
import resource
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from Crypto.Cipher import AES
from Crypto.Util.Padding import pad

from adapters.feishu import codec, webhook
from adapters.feishu.webhook import Webhook, WebhookSettings
from adapters.port import LineState, Raw, Reply
from bot.clock import ManualClock

KEY, TOKEN, APP = "test key", "v-token", "cli_0123456789abcdef"
NOW = datetime(2026, 9, 7, 1, tzinfo=UTC)
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
MOST_GROWTH = 20 << 20


def sealed(event_id: str) -> bytes:
    told = {
        "schema": "2.0",
        "header": {"event_id": event_id, "event_type": "x", "token": TOKEN, "app_id": APP},
        "event": {},
    }
    iv = b"0123456789abcdef"
    cipher = AES.new(hashlib.sha256(KEY.encode()).digest(), AES.MODE_CBC, iv)
    return json.dumps(
        {"encrypt": base64.b64encode(iv + cipher.encrypt(pad(json.dumps(told).encode(), 16))).decode()}
    ).encode()


def signature(body: bytes) -> bytes:
    at = str(int(NOW.timestamp())).encode()
    signed = hashlib.sha256(at + b"n" + KEY.encode() + body).hexdigest().encode()
    return (
        b"X-Lark-Request-Timestamp: " + at + b"\r\nX-Lark-Request-Nonce: n\r\nX-Lark-Signature: " + signed
    ) + b"\r\n"


GOOD, INNER = sealed("good"), sealed("smuggled")
WHOLE = HEAD + signature(INNER) + b"Content-Length: %d\r\n\r\n" % len(INNER) + INNER
LENGTH = b"Content-Length: %d\r\n" % len(GOOD)


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


REQUESTS = {
    "a length and chunks": HEAD + signature(GOOD) + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n"
    + chunked(GOOD) + WHOLE,
    "chunks that end before the length": HEAD + signature(GOOD) + b"Transfer-Encoding: chunked\r\n"
    b"Content-Length: 5\r\n\r\n0\r\n\r\n" + WHOLE,
    "two lengths": HEAD + signature(GOOD) + LENGTH + b"Content-Length: 0\r\n\r\n" + GOOD + WHOLE,
    "a length below nothing": HEAD + signature(GOOD) + b"Content-Length: -1\r\n\r\n" + GOOD + WHOLE,
    "a length with a sign": HEAD + signature(GOOD) + b"Content-Length: +5\r\n\r\n" + GOOD + WHOLE,
    "another coding beside chunks": HEAD + signature(GOOD) + b"Transfer-Encoding: chunked, identity\r\n\r\n"
    + chunked(GOOD) + WHOLE,
    "chunks in a hidden coding": HEAD + signature(GOOD) + LENGTH + b"Transfer-Encoding: xchunked\r\n\r\n"
    + chunked(GOOD) + WHOLE,
    "a folded header": HEAD + b"X: 1\r\n Transfer-Encoding: chunked\r\n" + LENGTH + b"\r\n" + GOOD + WHOLE,
    "a space before the colon": HEAD + b"Content-Length : 0\r\n" + LENGTH + b"\r\n" + GOOD + WHOLE,
    "line ends without a return": HEAD.replace(b"\r\n", b"\n") + b"Content-Length: 0\n\n" + WHOLE,
    "a nul in a header": HEAD + b"X: \x00\r\n" + LENGTH + b"\r\n" + GOOD + WHOLE,
    "a chunk larger than the world": HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" + GOOD,
    "an endless chunk extension": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * (2 << 20),
    "a head of two mebibytes": HEAD + b"X: " + b"x" * (2 << 20) + b"\r\n\r\n",
    "thirty thousand headers": HEAD + b"X: 1\r\n" * 30_000 + b"\r\n",
    "a gzip bomb": HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    + chunked(gzip.compress(b"\0" * (64 << 20))),
    "ten gibibytes": HEAD + b"Content-Length: 10737418240\r\n\r\n" + b"x" * 65536,
    "chunks without an end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 64,
    "gzip members one behind the other": HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    + chunked(gzip.compress(b"\0" * (1 << 20)) * 64),
    "a brotli bomb": HEAD + b"Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"\x1b" * 4096),
    "a zstd bomb": HEAD + b"Content-Encoding: zstd\r\nTransfer-Encoding: chunked\r\n\r\n"
    + chunked(b"\x28\xb5\x2f\xfd" + b"\x00" * 4096),
    "a head that never ends": HEAD + b"X: ",
    "a body that never comes": HEAD + signature(GOOD) + LENGTH + b"\r\n",
    "a body of which a byte is missing": HEAD + signature(GOOD) + LENGTH + b"\r\n" + GOOD[:-1],
    "an upgrade": HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + LENGTH + b"\r\n" + GOOD + WHOLE,
    "two requests in one breath": HEAD + LENGTH + b"\r\n" + GOOD + WHOLE,
}  # fmt: skip


@contextlib.asynccontextmanager
async def opened() -> AsyncIterator[tuple[Webhook, list[Raw]]]:
    made = WebhookSettings(listen="127.0.0.1:0", verification_token=TOKEN, encrypt_key=KEY)
    server = Webhook(made, app_id=APP, clock=ManualClock(NOW), encode_reply=codec.encode_reply)
    heard: list[Raw] = []

    async def accept(raw: Raw) -> Reply:
        heard.append(raw)
        return Reply()

    task = asyncio.create_task(server.run(accept))
    try:
        async with asyncio.timeout(5):
            while server.health().state is not LineState.OPEN:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        yield server, heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def spoken(port: int, request: bytes) -> bytes:
    """What came back until the connection ended."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = b""
    with contextlib.suppress(ConnectionError):
        writer.write(request)
        async with asyncio.timeout(20):
            while chunk := await reader.read(65536):
                found += chunk
    writer.close()
    return found


def resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS.keys())
async def test_nothing_is_heard_behind_a_request(
    request_: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(webhook, "READ_WITHIN_S", 0.5)
    async with opened() as (server, heard):
        before = resident()
        answer = await spoken(server.port, request_)
        assert len(re.findall(rb"HTTP/1\.[01] \d{3} ", answer)) <= 1
        assert b"Host: x" not in answer
        assert not caplog.records
        assert not any("smuggled" in raw.body for raw in heard)
        assert len(heard) <= 1
        assert resident() - before <= MOST_GROWTH


async def test_the_same_port_still_hears_feishu() -> None:
    async with opened() as (server, heard):
        answer = await spoken(server.port, HEAD + signature(GOOD) + LENGTH + b"\r\n" + GOOD)
        assert answer.startswith(b"HTTP/1.1 200")
        assert ["good" in raw.body for raw in heard] == [True]
