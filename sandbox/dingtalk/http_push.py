"""Events by HTTP (HTTP 推送): encrypted, signed, answered with an encrypted ``success``; the second choice.

D/http-callback-overview, D/callback-event-message-body-encryption-and-decryption (read 2026-11). The body is
AES-256-CBC: 16 random bytes, length, JSON, owner key; the envelope of an event is PascalCase, its fields flat.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import struct
from typing import TYPE_CHECKING, Any

import aiohttp
from Crypto.Cipher import AES

from sandbox.dingtalk.params import as_object
from sandbox.dingtalk.part import Part
from sandbox.fields import to_json

if TYPE_CHECKING:
    from sandbox.dingtalk.platform import DingTalkPlatform

log = logging.getLogger(__name__)

ANSWER_S = 2.5
BLOCK = 32
UPPER = {"openConversationId": "OpenConversationId", "userId": "UserId", "processQueryKey": "ProcessQueryKey"}
"""Fields of ``robot_msg_read`` change their case here."""


class HttpPush(Part):
    """Pushes each event up to three times, then leaves it in the failed list."""

    def __init__(self, platform: DingTalkPlatform) -> None:
        super().__init__(platform)
        self.token = self._town.derive("", "event-token", length=16)
        self.aes_key = base64.b64encode(
            bytes.fromhex(self._town.derive("", "event-key", length=64))
        ).decode()[:43]
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, kind: str, event_id: str, born: int, data: dict[str, Any]) -> None:
        """Push an event; attempts as in ``dingtalk.event_retries_s``."""
        if kind == "robot_msg_read":
            data = {UPPER.get(key, key): value for key, value in data.items()}
        plain = {
            "EventType": kind,
            "EventTime": born,
            "CorpId": self._platform.corp_id,
            "BizId": event_id[:12],
            "eventId": event_id,
            **data,
        }
        waits = [float(each) for each in self._town.setting("dingtalk.event_retries_s")]
        self._begin(plain, waits)

    def check(self) -> asyncio.Task[None]:
        """The validation that the console makes of an address."""
        return self._begin({"EventType": "check_url"}, [])

    def _begin(self, plain: dict[str, Any], waits: list[float]) -> asyncio.Task[None]:
        self._town.frame_sent()
        task = asyncio.ensure_future(self._attempt(plain, waits))
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._town.frame_done()

    async def _attempt(self, plain: dict[str, Any], waits: list[float]) -> None:
        url = str(self._town.setting("dingtalk.event_url"))
        noted = self._town.frames.sent(
            "dingtalk", url, kind="http", topic=plain["EventType"], message_id="", body=plain
        )
        accepted = await self._post(plain)
        if accepted:
            self._town.frames.answered(noted, "success")
        else:
            self._town.frames.unanswered(noted)
        self._town.publish("http-push", {"platform": "dingtalk", "event": plain["EventType"], "ok": accepted})
        if accepted or plain["EventType"] == "check_url":
            return
        if waits:
            wait_s, *rest = waits
            self._town.clock.call_later(wait_s, lambda: self._again(plain, rest), "dingtalk-push")
            return
        known = {key: value for key, value in plain.items() if key[0].islower()}
        self._platform.events.note_failed(plain["EventType"], plain["EventTime"], known)

    def _again(self, plain: dict[str, Any], waits: list[float]) -> None:
        self._begin(plain, waits)

    async def _post(self, plain: dict[str, Any]) -> bool:
        url = self._town.setting("dingtalk.event_url")
        if not url:
            return False
        stamp, nonce = str(self._town.clock.now_ms()), self._town.new_id("", "nonce", length=8)
        sealed = self.encrypt(to_json(plain))
        query = {"signature": self.sign(stamp, nonce, sealed), "timestamp": stamp, "nonce": nonce}
        query["msg_signature"] = query["signature"]
        limit = aiohttp.ClientTimeout(total=ANSWER_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as http,
                http.post(url, params=query, json={"encrypt": sealed}) as answer,
            ):
                return answer.status == 200 and self._is_success(await answer.text())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.info("an event by HTTP was not taken", extra={"error": type(error).__name__})
            return False

    def _is_success(self, text: str) -> bool:
        said = as_object(text)
        if not isinstance(said, dict) or not all(isinstance(said.get(k), str) for k in ("encrypt", "nonce")):
            return False
        signature = self.sign(str(said.get("timeStamp", "")), said["nonce"], said["encrypt"])
        try:
            return said.get("msg_signature") == signature and self.decrypt(said["encrypt"]) == "success"
        except ValueError:
            return False

    # -- the cipher

    def sign(self, stamp: str, nonce: str, sealed: str) -> str:
        return hashlib.sha1("".join(sorted((self.token, stamp, nonce, sealed))).encode()).hexdigest()  # noqa: S324

    def encrypt(self, text: str) -> str:
        body = text.encode()
        start = bytes.fromhex(self._town.new_id("", "salt", length=32))
        plain = start + struct.pack(">I", len(body)) + body + self._platform.client_id.encode()
        padding = BLOCK - len(plain) % BLOCK
        return base64.b64encode(self._cipher().encrypt(plain + bytes([padding]) * padding)).decode()

    def decrypt(self, sealed: str) -> str:
        """Raises ``ValueError`` for what was not encrypted with our key."""
        plain = self._cipher().decrypt(base64.b64decode(sealed, validate=True))
        if len(plain) < 20 or not 1 <= plain[-1] <= BLOCK:
            raise ValueError("not encrypted with this key")
        (size,) = struct.unpack(">I", plain[16:20])
        return bytes(plain[20 : 20 + size]).decode()

    def _cipher(self) -> Any:
        key = base64.b64decode(self.aes_key + "=")
        return AES.new(key, AES.MODE_CBC, key[:16])

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
