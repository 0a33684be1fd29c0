"""工作时间 (work-hours): what is not urgent reaches everyone inside their own hours, lunch left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from policies import calendar, confusables, four_eyes, tags
from policies.decision import Finding, Fix, Part, Verdict
from policies.facts import Facts
from policies.model import Announcement, Recipient, Urgency

ID = "work-hours"

SPENT = "urgent-budget"
"""The waiver of a reviewer who lets one more urgent announcement through this month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Attributes:
    longest_hold_days: what waits longer is asked about again before it goes.
    urgent_per_author_per_month: more urgent ones than this need a second person; ``None`` = no limit.
    """

    longest_hold_days: int = 14
    urgent_per_author_per_month: int | None = 10


def judge(announcement: Announcement, facts: Facts, now: datetime, settings: Settings) -> Finding | None:
    """Hold until each recipient's next opening; urgent passes if it says why.

    Evidence of a hold: ``held`` of ``of`` recipients wait, ``why`` they are closed (of the earliest),
    ``asks``: held so long that the author is asked again, ``is_guess``: some opening is a 推算.
    """
    if announcement.urgency is Urgency.URGENT:
        return _urgent(announcement, facts, settings)
    wanted = _wanted(announcement, now)
    groups = _by_moment(announcement, facts, now)
    held = [(moment, who) for moment, who in groups if moment > wanted]
    if not held:
        return None
    first, waiting = held[0]
    return Finding(
        rule=ID,
        verdict=Verdict.HOLD,
        hold_until=first,
        evidence={
            "why": _calendar(facts, waiting).closed_because(wanted),
            "held": sum(len(who) for _, who in held),
            "of": len(facts.recipients),
            "asks": held[-1][0] - wanted > timedelta(days=settings.longest_hold_days),
            "is_guess": any(_is_guess(facts, moment, who) for moment, who in held),
        },
        fixes=(Fix(id="urgent"),),
    )


def parts(announcement: Announcement, facts: Facts, now: datetime) -> tuple[Part, ...]:
    """The recipients gathered by the moment their copies become due, the earliest first.

    Nobody known (a group whose members the platform does not tell): one part without recipients.
    """
    return tuple(
        Part(recipients=who, not_before=None if moment <= now else moment)
        for moment, who in _by_moment(announcement, facts, now)
    )


def at_wish(announcement: Announcement, facts: Facts, now: datetime) -> tuple[Part, ...]:
    """The parts without this rule: everybody when the author asked for it."""
    wanted = _wanted(announcement, now)
    return (Part(recipients=facts.recipients, not_before=None if wanted <= now else wanted),)


def guessed(parts: Sequence[Part], calendars: calendar.Calendars) -> int | None:
    """The year of a moment that is only likely (推算), since nobody has published its days; ``None``: all are sure."""
    for part in parts:
        teams = {recipient.team for recipient in part.recipients} or {""}
        for each in (calendars.of(team) for team in sorted(teams)):
            if part.not_before is not None and each.is_guess(each.local(part.not_before).date()):
                return each.local(part.not_before).year
    return None


def is_reason(text: str) -> bool:
    """Whether this says why it cannot wait: 急急急, 非常紧急 and 哈哈哈 do not."""
    letters = [each for each in tags.skeleton(text) if each.isalpha()]
    said = [each for each in letters if each not in confusables.NO_REASON]
    if all(each.isascii() for each in said):
        return len(said) >= 6 and len(set(said)) >= 4
    return len(letters) >= 3 and len(set(said)) >= 2


def _urgent(announcement: Announcement, facts: Facts, settings: Settings) -> Finding | None:
    if not is_reason(announcement.reason):
        return Finding(
            rule=ID,
            verdict=Verdict.REFUSE,
            evidence={"why": "reason", "given": bool(announcement.reason.strip())},
            fixes=(Fix(id="reason"), Fix(id="not-urgent")),
        )
    limit = settings.urgent_per_author_per_month
    if limit is None or facts.urgent_this_month < limit or SPENT in announcement.waivers:
        return None
    able = four_eyes.reviewers(announcement, facts)
    return Finding(
        rule=ID,
        verdict=Verdict.REVIEW if able else Verdict.REFUSE,
        evidence={"why": "budget", "used": facts.urgent_this_month, "limit": limit, "waives": SPENT},
        reviewers=able,
        fixes=(Fix(id="not-urgent"),),
    )


def _wanted(announcement: Announcement, now: datetime) -> datetime:
    return max(now, announcement.not_before or now)


Group = tuple[datetime, tuple[Recipient, ...]]


def _by_moment(announcement: Announcement, facts: Facts, now: datetime) -> list[Group]:
    """With nobody to look at, the company's hours stand for everybody's."""
    wanted = _wanted(announcement, now)
    if announcement.urgency is Urgency.URGENT and is_reason(announcement.reason):
        return [(wanted, facts.recipients)]
    opening_of: dict[str, datetime] = {}
    gathered: dict[datetime, list[Recipient]] = {}
    for recipient in facts.recipients:
        team = recipient.team
        if facts.hours_for is not None and recipient.person not in facts.hours_for:
            gathered.setdefault(wanted.astimezone(UTC), []).append(recipient)  # outside a pilot
            continue
        if team not in opening_of:
            opening_of[team] = facts.calendars.of(team).next_opening(wanted).astimezone(UTC)
            gathered.setdefault(opening_of[team], [])
        gathered[opening_of[team]].append(recipient)
    if not gathered and facts.hours_for is not None:
        return [(wanted, ())]
    if not gathered:
        gathered[facts.calendars.company.next_opening(wanted).astimezone(UTC)] = []
    groups = [(_calendar(facts, who).local(moment), tuple(who)) for moment, who in gathered.items()]
    return sorted(groups, key=lambda group: group[0].astimezone(UTC))


def _calendar(facts: Facts, who: Sequence[Recipient]) -> calendar.WorkCalendar:
    return facts.calendars.of(who[0].team if who else "")


def _is_guess(facts: Facts, moment: datetime, who: Sequence[Recipient]) -> bool:
    teams = {recipient.team for recipient in who} or {""}
    each = [facts.calendars.of(team) for team in teams]
    return any(one.is_guess(one.local(moment).date()) for one in each)
