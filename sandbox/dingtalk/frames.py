"""Frames (帧) of the stream: what is pushed, and what counts as its acknowledgement.

PROTO, the page ``learn/stream/protocol`` of open-dingtalk/developerpedia (read 2026-11): all header values are
strings, ``data`` is a JSON string.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import Timer
from sandbox.dingtalk.params import as_object
from sandbox.frames import Frame as NotedFrame

ROBOT = "/v1.0/im/bot/messages/get"
CARD = "/v1.0/card/instances/callback"
EVENT = "*"
TOPICS = frozenset({ROBOT, CARD, "/v1.0/im/bot/messages/delegate", "/v1.0/graph/api/invoke"})


@dataclass(slots=True, eq=False)
class Delivery:
    """Something that shall reach the app once; it may take several frames.

    Attributes:
        retries_s: town seconds until the next attempt, one for each that is left.
        failed: called when all attempts went without an answer.
        answer: of a card's callback only; its result is the ack's ``response``, ``None`` if there was none.
    """

    type: str
    topic: str
    headers: dict[str, str]
    data: dict[str, Any]
    retries_s: list[float] = field(default_factory=list)
    on_failed: Any = None
    answer: asyncio.Future[Any] | None = None
    acked: bool = False
    is_answered: bool = False
    timer: Timer | None = None

    def settle(self, response: Any = None, *, answered: bool = False) -> None:
        """Nothing more will come of it: it was consumed, or nobody waits for it any longer."""
        self.acked = True
        self.is_answered = answered
        if self.timer is not None:
            self.timer.cancel()
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(response)


@dataclass(slots=True, eq=False)
class Frame:
    """One frame on one connection; ``counted`` while the clock must stand for it."""

    id: str
    delivery: Delivery
    noted: NotedFrame
    counted: bool = True
    timer: asyncio.TimerHandle | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """What a client said to a frame."""

    message_id: str
    is_ok: bool
    response: Any


def read_ack(text: str) -> Ack | None:
    """``None`` for what is no ack.

    An event is consumed if the code is 200 and ``data`` names no status or
    SUCCESS: the vendor's Python client echoes the event's data back instead of
    a status, those for Node and Go send one.
    """
    said = as_object(text)
    if not isinstance(said, dict) or not isinstance(said.get("headers"), dict):
        return None
    message_id = said["headers"].get("messageId")
    if not isinstance(message_id, str):
        return None
    data = said.get("data")
    inner = as_object(data) if isinstance(data, str) else data
    inner = inner if isinstance(inner, dict) else {}
    is_ok = said.get("code") == 200 and inner.get("status", "SUCCESS") == "SUCCESS"
    return Ack(message_id, is_ok, inner.get("response"))
