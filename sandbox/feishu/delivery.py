"""推送 (delivery): events go out by the long connection or to a web address, and again if nobody took them.

https://open.feishu.cn/document/ukTMukTMukTM/uUTNz4SN1MjL1UzM (read 2026-11)
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.feishu import webhook
from sandbox.feishu.acks import Ack
from sandbox.feishu.webhook import Webhook
from sandbox.fields import to_json

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

log = logging.getLogger(__name__)

AGAIN_AFTER_S = (15, 300, 3600, 21600)
"""Town seconds from one try to the next; after the last the event is gone."""


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One event on its way; ``tries`` that failed so far."""

    event_id: str
    event_type: str
    body: dict[str, Any]
    tries: int = 0


class Deliveries:
    """At least once, four times more at most; callbacks once and never again."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town
        self.webhook = Webhook(app)
        self.waiting: dict[str, Delivery] = {}
        self.lost: list[Delivery] = []
        """Events that failed all their tries."""
        self._ordered: dict[str, deque[Delivery]] = {}
        """By event type: the first is on its way, the others wait for it."""
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, event_type: str, event: dict[str, Any]) -> None:
        """An event of version 2; dropped if the app has not subscribed to it."""
        if self._app.is_subscribed(event_type):
            self._start(event_type, self.envelope(event_type, event))

    def send_v1(self, event_type: str, event: dict[str, Any]) -> None:
        """An event of the old version."""
        if not self._app.is_subscribed(event_type):
            return
        known = {"type": event_type, "app_id": self._app.app_id, "tenant_key": self._app.ids.tenant}
        body = {
            "ts": f"{self._town.clock.now_ms() / 1000:.2f}", "uuid": self._town.new_id("", "event"),
            "token": self._app.verification_token, "type": "event_callback", "event": {**known, **event},
        }  # fmt: skip
        self._start(event_type, body)

    def envelope(self, event_type: str, event: dict[str, Any], *, micro: bool = False) -> dict[str, Any]:
        header = {
            "event_id": self._town.new_id("", "event"), "event_type": event_type,
            "create_time": str(self._town.clock.now_ms() * (1000 if micro else 1)),
            "token": self._app.verification_token, "app_id": self._app.app_id,
            "tenant_key": self._app.ids.tenant,
        }  # fmt: skip
        if self._town.setting("feishu.no_header_token"):
            del header["token"]
        return {"schema": "2.0", "header": header, "event": event}

    def _start(self, event_type: str, body: dict[str, Any]) -> None:
        event_id = body["uuid"] if "uuid" in body else body["header"]["event_id"]
        delivery = Delivery(event_id=event_id, event_type=event_type, body=body)
        if event_type not in self._town.setting("feishu.ordered_events"):
            self._try(delivery)
            return
        queue = self._ordered.setdefault(event_type, deque())
        queue.append(delivery)
        if len(queue) == 1:
            self._try(delivery)

    def _next(self, delivery: Delivery) -> None:
        """An ordered event was taken or given up: the one behind it is next."""
        queue = self._ordered.get(delivery.event_type)
        if queue and queue[0] is delivery:
            queue.popleft()
            if queue:
                self._try(queue[0])

    def _try(self, delivery: Delivery) -> None:
        self.waiting.pop(delivery.event_id, None)
        if self._town.setting("feishu.webhook_url"):
            self._town.frame_sent()
            self._await(self._post(delivery))
        else:
            payload = to_json(delivery.body).encode()
            self._app.line.push(payload, lambda ack: self._answered(delivery, ack))

    async def _post(self, delivery: Delivery) -> None:
        try:
            answer = await self._posted(delivery.event_type, delivery.body)
            self._answered(delivery, None if isinstance(answer, int) else Ack(200))
        finally:
            self._town.frame_done()

    async def _posted(self, event_type: str, body: dict[str, Any]) -> dict[str, Any] | int:
        url = str(self._town.setting("feishu.webhook_url"))
        noted = self._town.frames.sent(
            "feishu", url, kind="http", topic=event_type, message_id="", body=body
        )  # fmt: skip
        answer = await self.webhook.post(body)
        if isinstance(answer, int):
            self._town.frames.unanswered(noted)
        else:
            self._town.frames.answered(noted, answer)
        return answer

    def _answered(self, delivery: Delivery, ack: Ack | None) -> None:
        if ack is not None and ack.code == 200:
            self._next(delivery)
            return
        if delivery.tries >= len(AGAIN_AFTER_S):
            log.warning("event given up", extra={"event": delivery.event_id, "type": delivery.event_type})
            self.lost.append(delivery)
            self._next(delivery)
            return
        wait_s = AGAIN_AFTER_S[delivery.tries]
        delivery.tries += 1
        self.waiting[delivery.event_id] = delivery
        self._town.clock.call_later(wait_s, lambda: self._try(delivery), "redelivery")

    async def call_back(self, event_type: str, event: dict[str, Any]) -> dict[str, Any] | int:
        """A callback and its answer, or the code the person sees if there was no good one within three seconds."""
        body = self.envelope(event_type, event, micro=True)
        if self._town.setting("feishu.webhook_url"):
            self._town.frame_sent()
            try:
                return await self._posted(event_type, body)
            finally:
                self._town.frame_done()
        answered: asyncio.Future[Ack | None] = asyncio.get_running_loop().create_future()

        def done(ack: Ack | None) -> None:
            if not answered.done():
                answered.set_result(ack)

        self._app.line.push(to_json(body).encode(), done, self._town.setting("feishu.card_frames"))
        ack = await answered
        if ack is not None and ack.code == 200 and not ack.data:
            return webhook.NO_DATA if self._town.setting("feishu.answers_need_data") else {}
        answer = decode_answer(ack)
        if answer is None:
            return webhook.BAD_BODY if ack is not None and ack.code == 200 else webhook.NO_ANSWER
        return answer

    def _await(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def clear(self) -> None:
        self.waiting.clear()
        self.lost.clear()
        self._ordered.clear()
        self.webhook.clear()

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.webhook.close()


def decode_answer(ack: Ack | None) -> dict[str, Any] | None:
    """The JSON object behind a callback's acknowledgement; ``{}`` if the client sent none."""
    if ack is None or ack.code != 200:
        return None
    if not ack.data:
        return {}
    try:
        answer = json.loads(base64.b64decode(ack.data, validate=True))
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
