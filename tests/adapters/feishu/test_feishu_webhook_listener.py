"""Feishu over HTTP: what it signed is handed over once; everything else changes nothing but a counter."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from Crypto.Cipher import AES
from Crypto.Util.Padding import pad

from adapters.feishu import codec, webhook
from adapters.feishu.webhook import Webhook, WebhookSettings
from adapters.port import LineState, Reply

KEY, TOKEN, APP = "test key", "v-token", "cli_0123456789abcdef"
NOW = datetime(2026, 9, 7, 1, tzinfo=UTC)
EVENT = {
    "schema": "2.0",
    "header": {
        "event_id": "e1",
        "event_type": "im.message.receive_v1",
        "token": TOKEN,
        "app_id": APP,
        "tenant_key": "t",
    },
    "event": {},
}
PRESS = {**EVENT, "header": {**EVENT["header"], "event_type": "card.action.trigger"}}
CHALLENGE = {"challenge": "abc", "token": TOKEN, "type": "url_verification"}


class Stopped:
    def now(self):
        return NOW

    def tick_s(self):
        return 0.0


def sealed(told, key=KEY):
    iv = b"0123456789abcdef"
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()
    data = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, iv).encrypt(pad(raw, 16))
    return json.dumps({"encrypt": base64.b64encode(iv + data).decode()}).encode()


def signed(body, *, at=NOW, key=KEY, nonce="n"):
    timestamp = str(int(at.timestamp()))
    text = (timestamp + nonce + key).encode() + body
    return {
        "X-Lark-Request-Timestamp": timestamp,
        "X-Lark-Request-Nonce": nonce,
        "X-Lark-Signature": hashlib.sha256(text).hexdigest(),
    }


class Door:
    def __init__(self, server, session):
        self.server, self.session = server, session
        self.heard = []
        self.reply = Reply()

    async def accept(self, raw):
        self.heard.append(raw)
        return self.reply

    async def post(self, body, headers=None, **more):
        url = f"http://127.0.0.1:{self.server.port}/feishu"
        async with self.session.post(url, data=body, headers=headers or {}, **more) as answer:
            return answer.status, await answer.text()


@contextlib.asynccontextmanager
async def opened():
    settings = WebhookSettings(listen="127.0.0.1:0", verification_token=TOKEN, encrypt_key=KEY)
    server = Webhook(settings, app_id=APP, clock=Stopped(), encode_reply=codec.encode_reply)
    async with aiohttp.ClientSession() as session:
        door = Door(server, session)
        task = asyncio.create_task(server.run(door.accept))
        try:
            async with asyncio.timeout(5):
                while server.health().state is not LineState.OPEN:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            yield door
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_a_signed_event_is_handed_over_as_it_was_written():
    async with opened() as door:
        body = sealed(EVENT)
        assert await door.post(body, signed(body)) == (200, '{"msg": "success"}')
        (raw,) = door.heard
        assert (json.loads(raw.body), raw.kind) == (EVENT, "event")


async def test_the_vendors_own_example_opens():
    """Feishu's page on encryption: key ``test key``, text ``hello world``."""
    async with opened() as door:
        body = b'{"encrypt": "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="}'
        assert door.server._decrypt(body) == "hello world"


async def test_a_press_is_answered_in_the_same_breath():
    async with opened() as door:
        door.reply = Reply(toast="收到")
        body = sealed(PRESS)
        status, text = await door.post(body, signed(body))
        assert (status, json.loads(text)["toast"]["content"]) == (200, "收到")
        assert door.heard[0].kind == "callback"


async def test_what_cannot_be_kept_is_asked_for_again():
    async with opened() as door:
        door.reply = Reply(ok=False)
        body = sealed(EVENT)
        assert (await door.post(body, signed(body)))[0] == 503


async def test_a_challenge_with_the_right_token_is_answered_constantly():
    async with opened() as door:
        assert await door.post(sealed(CHALLENGE)) == (200, '{"challenge": "abc"}')
        assert door.heard == []


@pytest.mark.parametrize("minutes", [-4, 4])
async def test_a_few_minutes_off_are_forgiven(minutes):
    async with opened() as door:
        body = sealed(EVENT)
        headers = signed(body, at=NOW + timedelta(minutes=minutes))
        assert (await door.post(body, headers))[0] == 200


GOOD = sealed(EVENT)


def _without(name):
    return {key: value for key, value in signed(GOOD).items() if key != name}


def _with(**changes):
    return {**signed(GOOD), **{key.replace("_", "-"): value for key, value in changes.items()}}


def _told(**header):
    return sealed({**EVENT, "header": {**EVENT["header"], **header}})


def _own(body, **options):
    return body, signed(body, **options)


FORGERIES = {
    "unsigned": (GOOD, {}),
    "an empty signature": (GOOD, _with(X_Lark_Signature="")),
    "a wrong signature": (GOOD, _with(X_Lark_Signature="0" * 64)),
    "a signature cut short": (GOOD, _with(X_Lark_Signature=signed(GOOD)["X-Lark-Signature"][:63])),
    "a signature in capitals": (GOOD, _with(X_Lark_Signature=signed(GOOD)["X-Lark-Signature"].upper())),
    "a signature that is no hex": (GOOD, _with(X_Lark_Signature="签".encode().decode("latin-1"))),
    "the signature of another body": (GOOD, signed(sealed(PRESS))),
    "a body with one space more": (GOOD + b" ", signed(GOOD)),
    "a body cut short": (GOOD[:-1], signed(GOOD)),
    "another key": _own(sealed(EVENT, key="other"), key="other"),
    "signed by us, sealed by another": _own(sealed(EVENT, key="other")),
    "sha-1": (GOOD, _with(X_Lark_Signature=hashlib.sha1(b"x").hexdigest())),
    "hmac instead of a hash": (GOOD, _with(X_Lark_Signature="none")),
    "no timestamp": (GOOD, _without("X-Lark-Request-Timestamp")),
    "no nonce": (GOOD, _without("X-Lark-Request-Nonce")),
    "another timestamp": (GOOD, _with(X_Lark_Request_Timestamp="1")),
    "another nonce": (GOOD, _with(X_Lark_Request_Nonce="m")),
    "stale": _own(GOOD, at=NOW - timedelta(minutes=6)),
    "from the future": _own(GOOD, at=NOW + timedelta(minutes=6)),
    "in plain text": _own(json.dumps(EVENT).encode()),
    "a wrong token": _own(_told(token="x")),
    "no token": _own(_told(token="")),
    "a token that is a list": _own(_told(token=[TOKEN])),
    "of another app": _own(_told(app_id="cli_fedcba9876543210")),
    "a challenge with a wrong token": (sealed({**CHALLENGE, "token": "x"}), {}),
    "a challenge in plain text": (json.dumps(CHALLENGE).encode(), {}),
    "no base64": _own(b'{"encrypt": "***"}'),
    "one byte": _own(b'{"encrypt": "QQ=="}'),
    "encrypt is a number": _own(b'{"encrypt": 1}'),
    "a list": _own(b"[]"),
    "nothing": _own(b""),
    "sealed, but no JSON": _own(sealed(b"hello")),
    "sealed, a list": _own(sealed(b"[1]")),
    "deep": _own(b"[" * 100_000),
    "sealed and deep": _own(sealed(b"[" * 100_000)),
    "a disguised challenge": _own(sealed({**EVENT, "header": {}, "type": "url_verification"})),
}


@pytest.mark.parametrize(("body", "headers"), FORGERIES.values(), ids=FORGERIES.keys())
async def test_what_feishu_did_not_sign_is_not_heard(body, headers):
    async with opened() as door:
        assert await door.post(body, headers) == (401, '{"msg": "refused"}')
        assert door.heard == []
        assert sum(door.server.refused.values()) == 1


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "identity"])
async def test_no_encoding_is_opened(encoding):
    async with opened() as door:
        status, _ = await door.post(GOOD, {**signed(GOOD), "Content-Encoding": encoding})
        assert (status, door.heard) == (415, [])


async def test_a_body_is_bounded_with_and_without_a_length():
    async def endless():
        for _ in range(40):
            yield b"x" * 65536

    async with opened() as door:
        assert (await door.post(io.BytesIO(b"x" * (webhook.LARGEST_BODY_BYTES + 1))))[0] == 413
        with contextlib.suppress(aiohttp.ClientError):  # it may close while we are still sending
            assert (await door.post(endless()))[0] == 413
        assert door.heard == []
        assert door.server.refused["too-large"] == 2


async def test_slow_heads_and_bodies_are_dropped(monkeypatch):
    monkeypatch.setattr(webhook, "READ_WITHIN_S", 0.3)
    async with opened() as door:
        for start in (
            b"POST / HTTP/1.1\r\nHost: x\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
            writer.write(start)
            async with asyncio.timeout(5):
                with contextlib.suppress(ConnectionError):
                    while await reader.read(4096):
                        pass
            writer.close()
        assert door.heard == []


async def test_only_so_many_callers_at_once(monkeypatch):
    monkeypatch.setattr(webhook, "MOST_CONNECTIONS", 2)
    async with opened() as door:
        held = [await asyncio.open_connection("127.0.0.1", door.server.port) for _ in range(3)]
        with contextlib.suppress(ConnectionError):
            assert await held[2][0].read(1) == b""
        assert len(door.server._connections) <= 2
        for _, writer in held:
            writer.close()


@pytest.mark.parametrize("missing", ["encrypt_key", "verification_token"])
def test_without_key_or_token_it_does_not_start(missing):
    settings = {"listen": "127.0.0.1:0", "encrypt_key": KEY, "verification_token": TOKEN, missing: ""}
    with pytest.raises(ValueError):
        Webhook(WebhookSettings(**settings), app_id=APP, clock=Stopped(), encode_reply=codec.encode_reply)
