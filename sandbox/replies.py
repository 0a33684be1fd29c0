"""What a message of a person answers (回复)."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.model import Message


@dataclass(frozen=True, slots=True)
class Reply:
    """``in_thread``: as a topic of that message, where the platform has topics."""

    to: Message
    in_thread: bool = False
