"""频控 (rate limits): how often a call may be made, by the town's clock.

https://open.feishu.cn/document/ukTMukTMukTM/uUzN04SN3QjL1cDN (read 2026-11)
"""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime, timedelta

from sandbox.clock import TownClock
from sandbox.feishu.errors import ApiError

RATE_LIMITED = 99991400
TIERS: dict[str, tuple[tuple[int, int], ...]] = {
    "1": ((10, 60),), "2": ((20, 60),), "3": ((100, 60),), "4": ((1000, 60), (50, 1)), "5": ((1, 1),),
    "6": ((5, 1),), "7": ((10, 1),), "8": ((20, 1),), "9": ((50, 1),), "10": ((50, 1),), "11": ((100, 1),),
    "21": ((3, 1),), "none": (),
}  # fmt: skip
"""Calls and seconds by tier; where there are two windows, hitting either one limits."""
PER_RECEIVER = ((5, 1),)
"""Messages to one person, and to one group (shared by all its robots)."""


class Limits:
    """Sliding windows by key. ``take`` counts a call or refuses it; a refused call is not counted."""

    def __init__(self, clock: TownClock) -> None:
        self._clock = clock
        self._calls: dict[str, deque[datetime]] = {}

    def take(self, key: str, windows: tuple[tuple[int, int], ...], code: int = RATE_LIMITED) -> None:
        """Raises ``ApiError`` with ``code``; the gateway's own limit says in its headers how long to wait."""
        if not windows:
            return
        now = self._clock.now()
        calls = self._calls.setdefault(key, deque())
        longest = timedelta(seconds=max(seconds for _, seconds in windows))
        while calls and (now - calls[0] >= longest or calls[0] > now):
            calls.popleft()
        for most, seconds in windows:
            if len(calls) < most:
                continue
            free_at = calls[-most] + timedelta(seconds=seconds)
            if free_at > now:
                if code != RATE_LIMITED:
                    raise ApiError(code)
                wait_s = max(1, math.ceil((free_at - now).total_seconds()))
                raise ApiError(code, reset_s=wait_s, limit=most)
        calls.append(now)

    def clear(self) -> None:
        self._calls.clear()
