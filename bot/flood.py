"""一个人说得太快 (flood): so much a minute of one account is listened to; the rest is acknowledged and let go."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from enum import Enum

from policies.model import Account

A_MINUTE = timedelta(minutes=1)
MOST_A_MINUTE = 60
"""Nobody types a sentence a second; a script does."""
MOST_ACCOUNTS = 10_000
"""Who spoke longest ago is forgotten first, so that many accounts cannot fill the memory."""


class Room(Enum):
    """What becomes of one more message of this account."""

    YES = "yes"
    TOLD = "told"  # the first that is too much: said once
    NO = "no"


class Bucket:
    """Counts in memory only: a restart forgives."""

    def __init__(self) -> None:
        self._spoken: OrderedDict[Account, deque[datetime]] = OrderedDict()
        self._told: dict[Account, datetime] = {}

    def take(self, account: Account, now: datetime) -> Room:
        """Room for one more; a clock put back empties the bucket rather than closing it for long."""
        spoken = self._spoken.setdefault(account, deque())
        self._spoken.move_to_end(account)
        while spoken and not now - A_MINUTE < spoken[0] <= now:
            spoken.popleft()
        if len(spoken) < MOST_A_MINUTE:
            spoken.append(now)
            self._told.pop(account, None)
            self._forget()
            return Room.YES
        if account in self._told:
            return Room.NO
        self._told[account] = now
        return Room.TOLD

    def _forget(self) -> None:
        while len(self._spoken) > MOST_ACCOUNTS:
            account, _ = self._spoken.popitem(last=False)
            self._told.pop(account, None)
