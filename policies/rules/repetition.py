"""重复 (repetition): the same words to the same people once more are noticed before they go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from policies import audience, tags
from policies.decision import Finding, Fix, Verdict
from policies.facts import Facts, Past
from policies.model import Announcement

ID = "repetition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Attributes:
    within_hours: said by anyone so recently: a reminder.
    within_minutes: said by the same author so recently: most likely pressed twice, so it is refused.
    """

    within_hours: int = 24
    within_minutes: int = 10


def judge(announcement: Announcement, facts: Facts, now: datetime, settings: Settings) -> Finding | None:
    """Only the latest equal one counts; an announcement never repeats itself."""
    if ID in announcement.waivers:
        return None
    latest = _latest(announcement, facts, now)
    if latest is None or now - latest.decided_at > timedelta(hours=settings.within_hours):
        return None
    mine = latest.author == announcement.author
    twice = mine and now - latest.decided_at <= timedelta(minutes=settings.within_minutes)
    return Finding(
        rule=ID,
        verdict=Verdict.REFUSE if twice else Verdict.REMIND,
        evidence={
            "mine": mine,
            "by": "" if mine else facts.names.get(latest.author, ""),
            "minutes_ago": int((now - latest.decided_at).total_seconds() // 60),
            "id": latest.id,
        },
        fixes=(Fix(id="send-anyway"),),
    )


def _latest(announcement: Announcement, facts: Facts, now: datetime) -> Past | None:
    words, whom = tags.skeleton(announcement.text), audience.key(announcement.audience)
    equal = [
        past
        for past in facts.recent
        if past.skeleton == words
        and past.audience_label == whom
        and past.id != announcement.id
        and past.decided_at <= now
    ]
    return max(equal, key=lambda past: past.decided_at, default=None)
