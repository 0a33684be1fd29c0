"""发布授权 (announcement): who may speak to whom; asked when written and again when sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from policies import audience as audiences
from policies import four_eyes
from policies.decision import Finding, Fix, Verdict
from policies.facts import Facts, Grant
from policies.model import Announcement, AudienceKind, DepartmentId

ID = "announcement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Attributes:
    ways_offered: at most so many other audiences are offered to who may not use this one.
    """

    ways_offered: int = 2


def judge(announcement: Announcement, facts: Facts, now: datetime, settings: Settings) -> Finding | None:  # noqa: ARG001 (one shape for all rules)
    """Refuse an audience the author holds no grant for; being an admin is no grant.

    Whoever has left the company since is not sent for any more: the reviewers decide.
    """
    if not facts.author.is_active:
        able = four_eyes.reviewers(announcement, facts)
        verdict = Verdict.REVIEW if able else Verdict.REFUSE
        return Finding(rule=ID, verdict=verdict, evidence={"why": "left"}, reviewers=able)
    if ID in announcement.waivers or _may(announcement, facts):
        return None
    finding = Finding(
        rule=ID,
        verdict=Verdict.REFUSE,
        evidence={
            "why": "not-a-member" if announcement.audience.kind is AudienceKind.GROUP else "no-grant",
            "audience": announcement.audience.kind.value,
            "size": len(facts.recipients),
            "granted_to": "\n".join(_labels(announcement, facts)),
        },
        fixes=_other_ways(announcement, facts, settings) + four_eyes.fixes(announcement, facts),
    )
    return four_eyes.soften(finding, announcement, facts)


def _may(announcement: Announcement, facts: Facts) -> bool:
    audience = announcement.audience
    match audience.kind:
        case AudienceKind.PEOPLE:
            return True
        case AudienceKind.GROUP:
            return str(audience.chat) in facts.author_chats
        case AudienceKind.COMPANY:
            return any(_holds(grant, facts) for grant in _covering(None, facts))
        case AudienceKind.DEPARTMENT:
            return bool(audience.departments) and all(
                any(_holds(grant, facts) for grant in _covering(department, facts))
                for department in audience.departments
            )


def granting(announcement: Announcement, facts: Facts) -> tuple[Grant, ...]:
    """The grants by which this author may speak to this audience now; empty where none is needed or none is held."""
    audience = announcement.audience
    if audience.kind is AudienceKind.COMPANY:
        asked: tuple[DepartmentId | None, ...] = (None,)
    else:
        asked = audience.departments
    held = (grant for each in asked for grant in _covering(each, facts) if _holds(grant, facts))
    return tuple(dict.fromkeys(held))


def _holds(grant: Grant, facts: Facts) -> bool:
    return grant.everyone or facts.author.id in grant.holders


def _covering(department: DepartmentId | None, facts: Facts) -> list[Grant]:
    """Grants that reach this department, or the whole company (``None``)."""
    if department is None:
        return [grant for grant in facts.grants if grant.kind is AudienceKind.COMPANY]
    meant = {department} | facts.above.get(department, frozenset())
    return [
        grant
        for grant in facts.grants
        if grant.kind is AudienceKind.COMPANY
        or grant.departments & meant
        or (grant.own_department and department in facts.own_departments)
    ]


def _labels(announcement: Announcement, facts: Facts) -> list[str]:
    asked = announcement.audience.departments or (None,)
    return list(dict.fromkeys(grant.label for each in asked for grant in _covering(each, facts)))


def _other_ways(announcement: Announcement, facts: Facts, settings: Settings) -> tuple[Fix, ...]:
    asked = audiences.key(announcement.audience)
    ways = [way for way in facts.other_ways if audiences.key(way.audience) != asked]
    return tuple(
        Fix(
            id=f"send-to:{audiences.key(way.audience)}",
            change={"label": way.label, "kind": way.audience.kind.value, "n": len(way.recipients)},
        )
        for way in ways[: settings.ways_offered]
    )
