"""口径 (metrics): what a figure means; what nobody can know stays 不知道, and is never counted as no."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from policies.model import PersonId, Platform

WINDOWS: Mapping[Platform, timedelta] = {
    Platform.FEISHU: timedelta(days=7),
    Platform.DINGTALK: timedelta(hours=24),
}
"""How long after sending a platform tells who has read (read 2026-11).

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/read_users
https://open.dingtalk.com/document/development/chatbot-batch-query-the-read-status-of-messages
"""


class Standing(StrEnum):
    READ = "read"
    UNREAD = "unread"
    UNKNOWN = "unknown"
    LEFT = "left"


class Because(StrEnum):
    """Why nobody can say. NOT_ASKED: the platform was not asked, or gave no answer."""

    NOT_SENT = "not-sent"
    TOO_LATE = "too-late"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One person's copy of an announcement.

    Attributes:
        sent_at: the platform's receipt, ``None`` while there is none.
        looked_at: when the platform last told, completely, who has read this message.
    """

    person: PersonId
    platform: Platform
    sent_at: datetime | None
    is_read: bool = False
    is_active: bool = True
    looked_at: datetime | None = None


def standing(copy: Copy, now: datetime) -> tuple[Standing, Because | None]:
    """Where one person stands; a window that closes moves 未读 to 不知道, since they may have read since.

    What was read once stays read, also of those who have left.
    """
    if copy.is_read:
        return Standing.READ, None
    if not copy.is_active:
        return Standing.LEFT, None
    if copy.sent_at is None:
        return Standing.UNKNOWN, Because.NOT_SENT
    if now - copy.sent_at > WINDOWS[copy.platform]:
        return Standing.UNKNOWN, Because.TOO_LATE
    if copy.looked_at is None or copy.looked_at < copy.sent_at:
        return Standing.UNKNOWN, Because.NOT_ASKED
    return Standing.UNREAD, None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """受众 = 已读 + 未读 + 不知道 + 已离开, always."""

    read: tuple[PersonId, ...] = ()
    unread: tuple[PersonId, ...] = ()
    unknown: tuple[PersonId, ...] = ()
    left: tuple[PersonId, ...] = ()
    because: Mapping[tuple[Platform, Because], int] = field(default_factory=dict)

    @property
    def all(self) -> int:
        return len(self.read) + len(self.unread) + len(self.unknown) + len(self.left)

    @property
    def rate(self) -> tuple[float, float] | None:
        """已读率 as an interval: those known, and those with everybody nobody can tell of; ``None``: no audience."""
        present = self.all - len(self.left)
        if not present:
            return None
        read = min(len(self.read), present)
        return read / present, min(read + len(self.unknown), present) / present


def readers(copies: Iterable[Copy], now: datetime) -> Readers:
    """Everybody once, whatever the order."""
    found: dict[Standing, list[PersonId]] = {one: [] for one in Standing}
    because: Counter[tuple[Platform, Because]] = Counter()
    for copy in {copy.person: copy for copy in copies}.values():
        stands, why = standing(copy, now)
        found[stands].append(copy.person)
        if why is not None:
            because[copy.platform, why] += 1
    ordered = {stands: tuple(sorted(people)) for stands, people in found.items()}
    return Readers(
        read=ordered[Standing.READ],
        unread=ordered[Standing.UNREAD],
        unknown=ordered[Standing.UNKNOWN],
        left=ordered[Standing.LEFT],
        because=dict(because),
    )
