"""重要标签 (important-tag): 【重要】 is written one way, and stays rare enough to be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from policies.decision import Finding, Fix, Verdict
from policies.facts import Facts
from policies.model import Announcement

ID = "important-tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Attributes:
    look_alikes: ``fix``: ``[重要]`` is rewritten and the author told; ``refuse``: the author does it.
    per_author_per_week: more 【重要】 than this in a calendar week are refused; ``None`` = no limit.
    """

    look_alikes: Literal["fix", "refuse"] = "fix"
    per_author_per_week: int | None = 5


def judge(announcement: Announcement, facts: Facts, now: datetime, settings: Settings) -> Finding | None:  # noqa: ARG001 (one shape for all rules)
    """The week's budget first, then how the tag was written."""
    if ID in announcement.waivers:
        return None
    limit = settings.per_author_per_week
    if announcement.is_important and limit is not None and facts.important_this_week >= limit:
        return Finding(
            rule=ID,
            verdict=Verdict.REFUSE,
            evidence={"why": "budget", "used": facts.important_this_week, "limit": limit},
            fixes=(Fix(id="drop-tag"),),
        )
    if not announcement.raw_tag:
        return None
    refuses = settings.look_alikes == "refuse"
    return Finding(
        rule=ID,
        verdict=Verdict.REFUSE if refuses else Verdict.REMIND,
        evidence={
            "why": "look-alike",
            "raw": announcement.raw_tag,
            "tags": "\n".join(sorted(tag.value for tag in announcement.tags)),
        },
        fixes=(Fix(id="fix-tag"), Fix(id="drop-tag")) if refuses else (),
    )
