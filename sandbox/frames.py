"""What was pushed (帧的记录): every frame that left for a connected robot, and what came back for it.

The latest two thousand of both platforms, for those who ask why a robot did what it did.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.clock import TownClock
from sandbox.fields import to_json

KEPT = 2000
OUT, IN = "out", "in"


@dataclass(slots=True, kw_only=True, eq=False)
class Frame:
    """One frame. ``direction``: ``out`` to the robot, ``in`` from it when it answers nothing that was sent.

    ``connection`` is the line's own name for it, or the web address an event was posted to; ``kind`` and
    ``topic`` are the platform's words. ``ack`` is what the robot said, ``took_ms`` real time until then;
    ``outcome``: ``waiting``, ``acked``, ``refused``, ``lost`` (the answer came and counts for nothing), ``none``
    (no answer came in time).
    """

    id: int
    at: str
    sent_s: float
    platform: str
    connection: str
    direction: str
    kind: str
    topic: str
    message_id: str
    text: str
    outcome: str = "waiting"
    ack: Any = None
    took_ms: float | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "t": self.at, "platform": self.platform, "connection": self.connection,
            "direction": self.direction, "type": self.kind, "topic": self.topic, "message_id": self.message_id,
            "body": json.loads(self.text), "outcome": self.outcome, "ack": self.ack, "took_ms": self.took_ms,
        }  # fmt: skip


class Frames:
    """The latest frames in the order in which they left; ids count from 1 and are never used twice."""

    def __init__(self, clock: TownClock, publish: Callable[[str, dict[str, Any]], None]) -> None:
        self._clock = clock
        self._publish = publish
        self._kept: deque[Frame] = deque(maxlen=KEPT)
        self._next = 1

    def sent(
        self,
        platform: str,
        connection: str,
        *,
        kind: str,
        topic: str,
        message_id: str,
        body: Any,
        direction: str = OUT,
    ) -> Frame:
        """Keep a frame; the caller says later what came of it."""
        frame = Frame(
            id=self._next, at=self._clock.now().isoformat(), sent_s=self._clock.tick_s(), platform=platform,
            connection=connection, direction=direction, kind=kind, topic=topic, message_id=message_id,
            text=to_json(body),
        )  # fmt: skip
        self._next += 1
        self._kept.append(frame)
        self._tell(frame)
        return frame

    def came(self, platform: str, connection: str, *, message_id: str, body: Any) -> None:
        """A robot said something that answers no frame that waits."""
        frame = self.sent(
            platform, connection, kind="", topic="", message_id=message_id, body=body, direction=IN
        )
        frame.outcome = "none"

    def answered(self, frame: Frame, ack: Any, outcome: str = "acked") -> None:
        """The robot's answer; ``outcome`` says what it counts for."""
        frame.ack, frame.outcome = ack, outcome
        frame.took_ms = round((self._clock.tick_s() - frame.sent_s) * 1000, 1)
        self._tell(frame)

    def unanswered(self, frame: Frame) -> None:
        """Nobody waits for it any longer."""
        if frame.outcome == "waiting":
            frame.outcome = "none"
            self._tell(frame)

    def since(self, number: int = 0, platform: str | None = None) -> Iterator[Frame]:
        """Those after id ``number``, oldest first."""
        return (f for f in self._kept if f.id > number and platform in (None, f.platform))

    def clear(self) -> None:
        """Forget all; ids go on."""
        self._kept.clear()

    def _tell(self, frame: Frame) -> None:
        self._publish("frame", {"platform": frame.platform, "id": frame.id, "outcome": frame.outcome})
