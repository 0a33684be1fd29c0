"""一个人说得太快 (flood): so much a minute of one account is listened to; the rest is acknowledged and let go."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from policies.model import Account

A_MINUTE = timedelta(minutes=1)
MOST_A_MINUTE = 60
"""Nobody types a sentence a second; a script does."""
AT_ONCE = 5
"""So many sentences in one breath are taken as they come; who says more than that and one a second after it
waits behind those who say less."""
A_TURN = timedelta(seconds=1)
MOST_ACCOUNTS = 10_000
"""Who spoke longest ago is forgotten first, so that many accounts cannot fill the memory."""


class Room(Enum):
    """What becomes of one more message of this account."""

    YES = "yes"
    TOLD = "told"  # the first that is too much: said once
    NO = "no"


@dataclass(slots=True)
class _Speaker:
    spoken: deque[datetime] = field(default_factory=deque)
    turn_at: datetime | None = None
    is_told: bool = False


class Bucket:
    """Counts in memory only: a restart forgives."""

    def __init__(self) -> None:
        self._speakers: OrderedDict[Account, _Speaker] = OrderedDict()

    def take(self, account: Account, now: datetime) -> Room:
        """Room for one more; a clock put back empties the bucket rather than closing it for long."""
        speaker = self._speakers.setdefault(account, _Speaker())
        self._speakers.move_to_end(account)
        spoken = speaker.spoken
        while spoken and not now - A_MINUTE < spoken[0] <= now:
            spoken.popleft()
        if len(spoken) < MOST_A_MINUTE:
            spoken.append(now)
            speaker.is_told = False
            while len(self._speakers) > MOST_ACCOUNTS:
                self._speakers.popitem(last=False)
            return Room.YES
        if speaker.is_told:
            return Room.NO
        speaker.is_told = True
        return Room.TOLD

    def turn_at(self, account: Account, now: datetime) -> datetime:
        """Its place in the order of judging, never before that of what the same account said earlier."""
        speaker = self._speakers.setdefault(account, _Speaker())
        ahead = speaker.turn_at
        if ahead is None or not now <= ahead <= now + A_MINUTE:
            ahead = now
        speaker.turn_at = ahead + A_TURN
        return max(now, speaker.turn_at - AT_ONCE * A_TURN)
