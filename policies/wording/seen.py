"""所见 (seen): what a sentence may speak of, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from policies import tags
from policies.decision import Decision
from policies.facts import Facts
from policies.model import Announcement, PersonId
from policies.wording import moments


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

    def name(self, person: PersonId) -> str:
        return tags.one_line(self.facts.names.get(person, ""))
