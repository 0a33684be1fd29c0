"""出路 (fixes): what each offered change does to an announcement, and to the facts it is judged by."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from policies import audience, four_eyes
from policies.decision import Fix
from policies.facts import Facts
from policies.model import Announcement, Audience, AudienceKind, Everyone, PersonId, Tag, Urgency
from policies.rules import mentions, repetition

REDATE, ON_DUTY = "redate", "on-duty"
"""Other words for the day it leaves on; at once, and only to those who are on duty."""
_GIVES_REASON = frozenset({"urgent", "reason", ON_DUTY})
_CHOOSES_PEOPLE = frozenset({"mention:choose", ON_DUTY})

STAND_IN_REASON = "the reason that is asked for when it is pressed"
"""Only for trying a fix out; it never gets into an announcement that is sent."""

Pair = tuple[Announcement, Facts]


def apply(announcement: Announcement, fix: Fix, facts: Facts) -> Pair:
    """The announcement with the fix applied, and the facts as they are for it.

    Raises:
        LookupError: no such fix, or the audience it leads to is none of ``facts.other_ways`` any more.
        ValueError: it needs what a person must say first, see ``needs``.
    """
    for step in steps(fix):
        missing = needs(step)
        if missing:
            raise ValueError(f"{step.id} needs {missing} from the author first")
        announcement, facts = _apply_one(announcement, step, facts)
    return announcement, facts


def needs(fix: Fix) -> Literal["reason", "people", None]:
    """What must be in ``fix.change`` before ``apply``: a written reason, or chosen people (ids, by spaces)."""
    for step in steps(fix):
        if step.id in _CHOOSES_PEOPLE and not step.change.get("people"):
            return "people"
        if step.id in _GIVES_REASON and not step.change.get("reason"):
            return "reason"
    return None


def fill(fix: Fix, *, reason: str = "", people: tuple[PersonId, ...] = ()) -> Fix:
    """The fix with what a person said put in."""
    filled = []
    for step in steps(fix):
        change = dict(step.change)
        if step.id in _GIVES_REASON and reason:
            change["reason"] = reason
        if step.id in _CHOOSES_PEOPLE and people:
            change |= {"people": " ".join(people), "n": len(people)}
        filled.append(replace(step, change=change))
    return merge(tuple(filled), fix)


def stand_in(fix: Fix, facts: Facts) -> Fix:
    """The fix as if a good reason were written and one person chosen: for judging what it would lead to."""
    return fill(fix, reason=STAND_IN_REASON, people=tuple(sorted(mentions.reachable(facts))[:1]))


def steps(fix: Fix) -> tuple[Fix, ...]:
    """A merged fix taken apart; a plain one is its own only step."""
    written = fix.change.get("steps")
    if not isinstance(written, str):
        return (fix,)
    return tuple(Fix(id=one["id"], change=one["change"]) for one in json.loads(written))


def merge(parts: tuple[Fix, ...], like: Fix | None = None) -> Fix:
    """Several steps as one thing to press; label and verdict are those of ``like``."""
    if len(parts) == 1:
        merged = parts[0]
    else:
        written = json.dumps(
            [{"id": one.id, "change": dict(one.change)} for one in parts], ensure_ascii=False
        )
        merged = Fix(id="+".join(one.id for one in parts), change={"steps": written})
    return replace(merged, label=like.label, verdict=like.verdict) if like else merged


def _apply_one(announcement: Announcement, fix: Fix, facts: Facts) -> Pair:
    if fix.id.startswith("send-to:"):
        return _send_to(announcement, fix.id.removeprefix("send-to:"), facts)
    if fix.id.startswith("mention:"):
        people = tuple(PersonId(each) for each in str(fix.change.get("people", "")).split())
        kept = tuple(each for each in announcement.mentions if each in mentions.reachable(facts))
        if fix.id == "mention:choose":
            kept = ()
        return replace(announcement, mentions=tuple(dict.fromkeys(kept + people))), facts
    if fix.id not in _CHANGES:
        raise LookupError(f"no fix is called {fix.id!r}")
    return _CHANGES[fix.id](announcement, fix.change), facts


def _send_to(announcement: Announcement, wanted: str, facts: Facts) -> Pair:
    for way in facts.other_ways:
        if audience.key(way.audience) == wanted:
            there = frozenset(recipient.person for recipient in way.recipients)
            kept = tuple(each for each in announcement.mentions if each is Everyone.ALL or each in there)
            return (
                replace(announcement, audience=way.audience, mentions=kept),
                replace(facts, recipients=way.recipients, mentionable=there),
            )
    raise LookupError(f"{wanted} is no way for this author any more")


def _without_all(announcement: Announcement) -> Announcement:
    kept = tuple(each for each in announcement.mentions if each is not Everyone.ALL)
    return replace(announcement, mentions=kept)


def _without(announcement: Announcement, tag: Tag) -> Announcement:
    return replace(announcement, tags=announcement.tags - {tag}, raw_tag="")


def _urgent(announcement: Announcement, reason: str) -> Announcement:
    return replace(announcement, urgency=Urgency.URGENT, reason=reason)


def _on_duty(announcement: Announcement, change: Mapping[str, object]) -> Announcement:
    people = tuple(PersonId(each) for each in str(change["people"]).split())
    few = Audience(kind=AudienceKind.PEOPLE, people=people, name=str(change.get("names", "")))
    kept = tuple(each for each in announcement.mentions if each in people)
    return replace(_urgent(announcement, str(change["reason"])), audience=few, mentions=kept)


def _redated(announcement: Announcement, change: Mapping[str, object]) -> Announcement:
    waivers = announcement.waivers | {str(change["fresh"])}
    return replace(announcement, text=str(change["text"]), waivers=waivers)


def _not_urgent(announcement: Announcement) -> Announcement:
    return replace(_without(announcement, Tag.URGENT), urgency=Urgency.NORMAL, reason="")


def _waive(announcement: Announcement, waiver: str) -> Announcement:
    return replace(announcement, waivers=announcement.waivers | {waiver})


_CHANGES: Mapping[str, Callable[[Announcement, Mapping[str, object]], Announcement]] = {
    four_eyes.FIX: lambda it, _: _waive(it, four_eyes.ASKED),
    "drop-tag": lambda it, _: _without(it, Tag.IMPORTANT),
    "fix-tag": lambda it, _: replace(it, raw_tag=""),
    "no-all": lambda it, _: _without_all(it),
    "no-mentions": lambda it, _: replace(it, mentions=()),
    "plain": lambda it, _: replace(_without(it, Tag.IMPORTANT), mentions=()),
    "urgent": lambda it, change: _urgent(it, str(change["reason"])),
    "reason": lambda it, change: _urgent(it, str(change["reason"])),
    "not-urgent": lambda it, _: _not_urgent(it),
    REDATE: _redated,
    ON_DUTY: _on_duty,
    "send-anyway": lambda it, _: _waive(it, repetition.ID),
}
