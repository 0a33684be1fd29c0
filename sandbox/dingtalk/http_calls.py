"""Calls by HTTP to the app (HTTP 模式): messages of people and presses of cards, posted to the app's own address.

D/receive-message, D/event-callback-card (read 2026-11). Events by HTTP are another matter: they are encrypted.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any

import aiohttp

from sandbox.dingtalk.params import as_object
from sandbox.dingtalk.part import Part
from sandbox.fields import to_json

if TYPE_CHECKING:
    from sandbox.dingtalk.platform import DingTalkPlatform

log = logging.getLogger(__name__)


def sign(key: str, text: str) -> str:
    """``base64(hmac_sha256(key, text))``."""
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


class HttpCalls(Part):
    """Posts, and the clock stands until each is answered or given up."""

    def __init__(self, platform: DingTalkPlatform) -> None:
        super().__init__(platform)
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Let it go on by itself."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def post(
        self, url: str, body: Mapping[str, Any], headers: Mapping[str, str], topic: str, limit_s: float
    ) -> dict[str, Any] | None:
        """The object that was answered, empty for an empty answer; ``None`` if there was no answer of use."""
        self._town.frame_sent()
        noted = self._town.frames.sent("dingtalk", url, kind="http", topic=topic, message_id="", body=body)
        try:
            said = await self._posted(url, body, headers, limit_s)
        finally:
            self._town.frames.unanswered(noted)
            self._town.frame_done()
        if said is not None:
            self._town.frames.answered(noted, said)
        return said

    async def _posted(
        self, url: str, body: Mapping[str, Any], headers: Mapping[str, str], limit_s: float
    ) -> dict[str, Any] | None:
        kind = {"Content-Type": "application/json; charset=utf-8"}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=limit_s)) as http,
                http.post(url, data=to_json(body).encode(), headers={**kind, **headers}) as answer,
            ):
                text = (await answer.read()).decode("utf-8", "replace")
                said = as_object(text) if text.strip() else {}
                return said if answer.status == 200 and isinstance(said, dict) else None
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.info("a call by HTTP was not taken", extra={"error": type(error).__name__})
            return None

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
