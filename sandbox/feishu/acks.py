"""回执 (acknowledgements): what a client says to a pushed message, and what was pushed."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sandbox.recorder import readable


@dataclass(frozen=True, slots=True)
class Ack:
    """What the client answered; ``data`` is the callback's answer, base64 of JSON."""

    code: int
    data: str | None = None


def read(payload: bytes) -> Ack:
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        return Ack(500)
    if not isinstance(answer, dict) or not isinstance(answer.get("code"), int):
        return Ack(500)
    data = answer.get("data")
    return Ack(answer["code"], data if isinstance(data, str) else None)


def topic_of(payload: bytes) -> str:
    """The type of an event of either version."""
    body = readable(payload)
    if not isinstance(body, dict):
        return ""
    return str(body.get("header", {}).get("event_type") or body.get("event", {}).get("type") or "")
