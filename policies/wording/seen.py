"""所见 (seen): what a sentence may speak of, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from policies import tags
from policies.decision import Decision
from policies.facts import Facts
from policies.model import Announcement, AudienceKind, PersonId
from policies.wording import audience, moments


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An announcement, what was decided about it, and when that was said.

    Attributes:
        zone: the reader's clock.
        spread_minutes: how long after an opening deliveries go on.
    """

    announcement: Announcement
    decision: Decision
    facts: Facts
    now: datetime
    zone: str = moments.ZONE
    spread_minutes: int = 10

    @property
    def whom(self) -> str:
        """``研发部``, ``王芳、何佳``."""
        return audience.label(self.announcement.audience, self._named())

    @property
    def whom_and_how_many(self) -> str:
        """``研发部 41 人``; single people are named, not counted; nobody known: no number."""
        n = len(self.facts.recipients)
        return self.whom if self._named() or not n else f"{self.whom} {n} 人"

    def _named(self) -> tuple[str, ...]:
        if self.announcement.audience.kind is not AudienceKind.PEOPLE:
            return ()
        return tuple(recipient.name for recipient in self.facts.recipients if recipient.name)

    def name(self, person: PersonId) -> str:
        return tags.one_line(self.facts.names.get(person, ""))
