"""Limits (限流与额度): calls per second for each API, and the month's two pots of the whole company.

D/how-to-process-api-throttling-on-the-dingtalk-server, D/dingtalk-application-development-platform-billing-model,
D/basic-interfaces-such-as-log-off-and-address-book, D/notice-optimization--payment-metering (read 2026-11).
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from sandbox.town import Town

CALLS = "calls"
PUSHES = "pushes"
POTS = {
    "standard": {CALLS: 5_000, PUSHES: 3_000},
    "professional": {CALLS: 200_000, PUSHES: 50_000},
    "exclusive": {CALLS: 5_000_000, PUSHES: 500_000},
}
"""By edition; that of ``exclusive`` is a guess: as with one 增购包."""


class Quota:
    """What was used; months are those of the town's clock."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._recent: dict[str, deque[datetime]] = {}
        self._used: dict[tuple[str, str], int] = {}
        self._empty_since: dict[tuple[str, str], datetime] = {}

    def clear(self) -> None:
        self._recent.clear()
        self._used.clear()
        self._empty_since.clear()

    def too_fast(self, api: str) -> bool:
        """Whether this call is one too many in a second; if not, it is noted."""
        now, recent = self._town.clock.now(), self._recent.setdefault(api, deque())
        while recent and not timedelta(0) <= now - recent[0] < timedelta(seconds=1):
            recent.popleft()
        if len(recent) >= self._town.setting("dingtalk.calls_per_second"):
            return True
        recent.append(now)
        return False

    def size(self, pot: str) -> int:
        """How much the pot holds in a month."""
        wanted = self._town.setting(f"dingtalk.{pot}_per_month")
        edition = POTS.get(self._town.setting("dingtalk.edition"), POTS["standard"])
        return int(wanted) if wanted is not None else edition[pot]

    def used(self, pot: str) -> int:
        return self._used.get(self._key(pot), 0)

    def take(self, pot: str) -> bool:
        """Count one; false if the pot is empty and the days of grace are over."""
        key, now = self._key(pot), self._town.clock.now()
        if self._used.get(key, 0) >= self.size(pot):
            since = self._empty_since.setdefault(key, now)
            grace = timedelta(days=self._town.setting(f"dingtalk.{pot}_buffer_days"))
            if now - since >= grace:
                return False
        self._used[key] = self._used.get(key, 0) + 1
        return True

    def _key(self, pot: str) -> tuple[str, str]:
        return pot, self._town.clock.now().strftime("%Y-%m")
