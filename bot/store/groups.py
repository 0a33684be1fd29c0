"""Names of what is released together (放行组): one announcement, one moment, and why it waits."""

from __future__ import annotations

from datetime import UTC, datetime

PAUSED = ":paused"
MORNING = "morning:"


def release(announcement: str, moment: datetime) -> str:
    """Held until people are at work, or the moment its author chose."""
    return f"release:{announcement}:{int(moment.timestamp())}"


def paused(announcement: str, until: datetime) -> str:
    """Held until a pause is over."""
    return f"{release(announcement, until)}{PAUSED}"


def morning(moment: datetime) -> str:
    """What is arranged together at this moment, whosever it is."""
    return f"{MORNING}{int(moment.timestamp())}"


def is_paused(group: str) -> bool:
    return group.endswith(PAUSED)


def opening(group: str) -> datetime | None:
    """The moment a release waits for; ``None`` for every other group."""
    head, _, moment = group.removesuffix(PAUSED).rpartition(":")
    if not head.startswith("release:") or not moment.isdigit():
        return None
    return datetime.fromtimestamp(int(moment), tz=UTC)
