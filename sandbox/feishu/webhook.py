"""将事件发送至开发者服务器 (webhook): challenge, encryption and signature of what is posted to a web address.

https://open.feishu.cn/document/ukTMukTMukTM/uYDNxYjL2QTM24iN0EjN/event-subscription-configure-/encrypt-key-encryption-configuration-case
(read 2026-11)
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any

import aiohttp
from Crypto.Cipher import AES
from Crypto.Util.Padding import pad

from sandbox.fields import to_json

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 3.0
CONNECT_WITHIN_S = 2.0
CHALLENGE_WITHIN_S = 1.0
NOT_CONFIGURED, NO_ANSWER, NO_CONNECTION, NO_HOST, NOT_OK, BAD_BODY = (
    200340,
    200341,
    200342,
    200343,
    200671,
    200672,
)
NO_DATA = 108002
"""What people read in the client when a press goes nowhere.

https://open.feishu.cn/document/uAjLw4CM/ukzMukzMukzM/feishu-cards/card-callback-communication (read 2026-11)
"""


class Webhook:
    """Posts to the address of the setting ``feishu.webhook_url``; a new address is challenged first."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town
        self._http: aiohttp.ClientSession | None = None
        self._good_url = ""
        self._challenge = asyncio.Lock()

    async def post(self, body: dict[str, Any]) -> dict[str, Any] | int:
        """The receiver's answer, an empty one being ``{}``; a code unless it is HTTP 200 in time."""
        url = self._town.setting("feishu.webhook_url")
        if not await self._is_accepted(url):
            return NOT_CONFIGURED
        return await self._send(url, body, ANSWER_WITHIN_S)

    async def _is_accepted(self, url: str) -> bool:
        async with self._challenge:
            if url == self._good_url:
                return True
            challenge = self._town.new_id("", "challenge")
            body = {
                "challenge": challenge, "token": self._app.verification_token, "type": "url_verification",
            }  # fmt: skip
            answer = await self._send(url, body, CHALLENGE_WITHIN_S, signed=False)
            if isinstance(answer, dict) and answer.get("challenge") == challenge:
                self._good_url = url
                return True
            log.warning("challenge failed", extra={"url": url})
            return False

    async def _send(
        self, url: str, body: dict[str, Any], within_s: float, *, signed: bool = True
    ) -> dict[str, Any] | int:
        raw = to_json(body).encode()
        headers = {"Content-Type": "application/json;charset=utf-8"}
        if self._town.setting("feishu.webhook_encrypted"):
            raw = json.dumps({"encrypt": self.encrypt(raw)}).encode()
            if signed:
                headers |= self._signature(raw)
        if self._http is None:
            self._http = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=within_s, connect=CONNECT_WITHIN_S)
        try:
            async with self._http.post(
                url, data=raw, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                text = await answer.text()
                if answer.status != 200:
                    return NOT_OK
                said = json.loads(text) if text.strip() else {}
                return said if isinstance(said, dict) else BAD_BODY
        except TimeoutError:
            return NO_ANSWER
        except aiohttp.ClientConnectorDNSError:
            return NO_HOST
        except aiohttp.ClientError:
            return NO_CONNECTION
        except (ValueError, RecursionError):
            return BAD_BODY

    def encrypt(self, raw: bytes) -> str:
        """AES-256-CBC under SHA-256 of the encrypt key, base64 of iv and ciphertext."""
        key = hashlib.sha256(self._app.encrypt_key.encode()).digest()
        iv = bytes.fromhex(self._town.new_id("", "iv"))
        sealed: bytes = AES.new(key, AES.MODE_CBC, iv).encrypt(pad(raw, AES.block_size))
        return base64.b64encode(iv + sealed).decode()

    def _signature(self, raw: bytes) -> dict[str, str]:
        timestamp = str(self._town.clock.now_ms() // 1000)
        nonce = self._town.new_id("", "nonce", length=16)
        text = (timestamp + nonce + self._app.encrypt_key).encode() + raw
        return {
            "X-Lark-Request-Timestamp": timestamp,
            "X-Lark-Request-Nonce": nonce,
            "X-Lark-Signature": hashlib.sha256(text).hexdigest(),
        }

    def clear(self) -> None:
        self._good_url = ""

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
