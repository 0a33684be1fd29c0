"""点到人 (mentions): 【重要】 reaches the people concerned by name, and ``@所有人`` stays for small circles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from policies import four_eyes
from policies.decision import Finding, Fix, Verdict
from policies.facts import Facts
from policies.model import Announcement, AudienceKind, Everyone, Mention, PersonId, Scalar

ID = "mentions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Attributes:
    needs_mention: 【重要】 without a mention is refused.
    all_up_to: ``@所有人`` in audiences up to this size.
    at_most: persons mentioned in one announcement.
    candidates_offered: at most so many groups of people are offered to be mentioned.
    """

    needs_mention: bool = True
    all_up_to: int = 20
    at_most: int = 30
    candidates_offered: int = 2


def judge(announcement: Announcement, facts: Facts, now: datetime, settings: Settings) -> Finding | None:  # noqa: ARG001 (one shape for all rules)
    """The first of: ``@所有人`` too wide, nobody mentioned, too many mentioned, somebody who is not there.

    Whoever writes to single people has named them already.
    """
    reached = effective(announcement, facts)
    outside = [each for each in announcement.mentions if each not in reached]
    if ID not in announcement.waivers:
        for finding in (
            _all(announcement, facts, settings),
            _nobody(announcement, facts, settings, reached),
            _many(announcement, facts, settings, reached),
        ):
            if finding:
                return four_eyes.soften(finding, announcement, facts)
    if not outside:
        return None
    return Finding(
        rule=ID,
        verdict=Verdict.REMIND,
        evidence={
            "why": "outside",
            "outside": len(outside),
            "of": len(announcement.mentions),
            "names": "\n".join(facts.names.get(PersonId(each), "") for each in outside),
        },
    )


def effective(announcement: Announcement, facts: Facts) -> tuple[Mention, ...]:
    """The mentions that will really be made: of people who are there, each once."""
    there = reachable(facts)
    return tuple(
        dict.fromkeys(each for each in announcement.mentions if each is Everyone.ALL or each in there)
    )


def reachable(facts: Facts) -> frozenset[PersonId]:
    """Who can be mentioned in this audience."""
    return facts.mentionable or frozenset(recipient.person for recipient in facts.recipients)


def _all(announcement: Announcement, facts: Facts, settings: Settings) -> Finding | None:
    size = len(facts.recipients)
    if Everyone.ALL not in announcement.mentions or facts.all_exempt or size <= settings.all_up_to:
        return None
    others = len(announcement.mentions) > 1
    less = Fix(id="plain") if announcement.is_important and not others else Fix(id="no-all")
    return Finding(
        rule=ID,
        verdict=Verdict.REFUSE,
        evidence={"why": "all", "size": size, "limit": settings.all_up_to},
        fixes=(*_candidates(facts, settings), less, *four_eyes.fixes(announcement, facts)),
    )


def _nobody(
    announcement: Announcement, facts: Facts, settings: Settings, reached: tuple[Mention, ...]
) -> Finding | None:
    by_name = announcement.audience.kind is AudienceKind.PEOPLE
    if not settings.needs_mention or not announcement.is_important or reached or by_name:
        return None
    return Finding(
        rule=ID,
        verdict=Verdict.REFUSE,
        evidence={"why": "nobody", "size": len(facts.recipients), "outside": len(announcement.mentions)},
        fixes=(*_candidates(facts, settings), *_choose(facts), Fix(id="drop-tag")),
    )


def _many(
    announcement: Announcement, facts: Facts, settings: Settings, reached: tuple[Mention, ...]
) -> Finding | None:
    persons = sum(each is not Everyone.ALL for each in reached)
    if persons <= settings.at_most:
        return None
    return Finding(
        rule=ID,
        verdict=Verdict.REFUSE,
        evidence={"why": "many", "n": persons, "limit": settings.at_most},
        fixes=(*_choose(facts), Fix(id="plain" if announcement.is_important else "no-mentions")),
    )


def _candidates(facts: Facts, settings: Settings) -> tuple[Fix, ...]:
    there = reachable(facts)
    found = []
    for candidate in facts.candidates:
        people = [person for person in dict.fromkeys(candidate.people) if person in there]
        if people and len(people) <= settings.at_most:
            change: dict[str, Scalar] = {
                "label": candidate.label,
                "n": len(people),
                "people": " ".join(people),
            }
            found.append(Fix(id=f"mention:{candidate.label}", change=change))
    return tuple(found[: settings.candidates_offered])


def _choose(facts: Facts) -> tuple[Fix, ...]:
    return (Fix(id="mention:choose"),) if reachable(facts) else ()
