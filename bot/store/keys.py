"""Derived keys: the same cause, step and target give the same key, for ever, so a repeat writes nothing new."""

from __future__ import annotations

import hashlib
import json

LENGTH = 40
"""Hex digits; fits Feishu's ``uuid`` (50) and DingTalk's ``outTrackId``."""


def derive(tenant: str, cause: str, step: str, target: str, generation: int = 0) -> str:
    """The first 40 hex digits of SHA-256 over the parts.

    The parts are a JSON array before they are hashed, so no two lists of parts read the same
    (``("ab", "c")`` is not ``("a", "bc")``).

    Args:
        cause: the message id for messages, the event id else.
        generation: grows only when a human sends again (补发).
    """
    parts = json.dumps([tenant, cause, step, target, generation], separators=(",", ":"))
    return hashlib.sha256(parts.encode()).hexdigest()[:LENGTH]
