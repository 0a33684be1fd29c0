"""送审 (review): a second person may let through what the first may not; never the author themselves."""

from __future__ import annotations

from dataclasses import replace

from policies.decision import Finding, Fix, Verdict
from policies.facts import Facts
from policies.model import Announcement, PersonId

ASKED = "review"
"""The waiver that says: the author has asked for a review."""

FIX = "ask-review"


def reviewers(announcement: Announcement, facts: Facts) -> tuple[PersonId, ...]:
    """Who may look at it."""
    return tuple(person for person in facts.reviewers if person not in {announcement.author, facts.author.id})


def fixes(announcement: Announcement, facts: Facts) -> tuple[Fix, ...]:
    """The way out of asking, if there is somebody to ask and nobody has asked yet."""
    able = reviewers(announcement, facts)
    if not able or ASKED in announcement.waivers:
        return ()
    return (Fix(id=FIX, change={"person": able[0], "name": facts.names.get(able[0], "")}),)


def soften(finding: Finding, announcement: Announcement, facts: Facts) -> Finding:
    """A refusal that somebody else may lift becomes theirs to judge once the author has asked."""
    able = reviewers(announcement, facts)
    if ASKED not in announcement.waivers or not able or finding.verdict is not Verdict.REFUSE:
        return finding
    return replace(finding, verdict=Verdict.REVIEW, reviewers=able)
