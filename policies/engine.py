"""裁决 (engine): one announcement, one snapshot of facts, one moment: one decision; and the ways out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from policies import fixes, four_eyes, tags
from policies.decision import Decision, Finding, Fix, Verdict, decide
from policies.facts import Facts
from policies.model import (
    Announcement,
    Audience,
    AudienceKind,
    Everyone,
    Mention,
    Message,
    PersonId,
    Posted,
    Tag,
    Urgency,
)
from policies.rules import announcement as announcement_rule
from policies.rules import important_tag, mentions, repetition, work_hours

MOST_FIXES = 4
MOST_STEPS = 3
MOST_TRIED = 60
"""Judgements one ``explain`` may spend on looking for ways out."""

THROUGH_BOT = "through-bot"
"""The way out of a reminder about what stands in a group already: let the bot send the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """规则集: the five rules, each with its settings; a rule named in ``off`` is silent, as in ``Facts.off``."""

    announcement: announcement_rule.Settings = field(default_factory=announcement_rule.Settings)
    important_tag: important_tag.Settings = field(default_factory=important_tag.Settings)
    mentions: mentions.Settings = field(default_factory=mentions.Settings)
    work_hours: work_hours.Settings = field(default_factory=work_hours.Settings)
    repetition: repetition.Settings = field(default_factory=repetition.Settings)
    off: frozenset[str] = frozenset()


Rule = Callable[[Announcement, Facts, datetime, Ruleset], Finding | None]

RULES: tuple[tuple[str, Rule], ...] = (
    (announcement_rule.ID, lambda it, facts, now, r: announcement_rule.judge(it, facts, now, r.announcement)),
    (important_tag.ID, lambda it, facts, now, r: important_tag.judge(it, facts, now, r.important_tag)),
    (mentions.ID, lambda it, facts, now, r: mentions.judge(it, facts, now, r.mentions)),
    (work_hours.ID, lambda it, facts, now, r: work_hours.judge(it, facts, now, r.work_hours)),
    (repetition.ID, lambda it, facts, now, r: repetition.judge(it, facts, now, r.repetition)),
)
"""In the order in which findings of the same weight are told."""

EVERY = tuple(name for name, _ in RULES)
POSTED_RULES = (important_tag.ID, mentions.ID, work_hours.ID)


def judge(subject: Announcement | Posted, facts: Facts, now: datetime, ruleset: Ruleset) -> Decision:
    """What the rules say now, and who would get it when.

    What was posted in a group stands there already, so nothing stronger than REMIND follows from it.
    A refused announcement keeps its parts too: they are what a fix or a review would lead to.
    """
    if isinstance(subject, Posted):
        return _judge_posted(subject.message, facts, now, ruleset)
    announcement = normalise(subject)
    keeps_hours = work_hours.ID not in ruleset.off | facts.off
    return decide(
        _findings(announcement, facts, now, ruleset),
        (work_hours.parts if keeps_hours else work_hours.at_wish)(announcement, facts, now),
    )


def explain(announcement: Announcement, facts: Facts, now: datetime, ruleset: Ruleset) -> Decision:
    """``judge``, with the ways out tried: each fix carries the verdict it leads to, strictly weaker than now.

    When one change alone does not help, changes of several findings are tried together and offered as one.
    At most ``MOST_FIXES``, the weakest verdict first; what leads in different directions comes before variants.
    """
    decision = judge(announcement, facts, now, ruleset)
    tried = _ways_out(normalise(announcement), facts, now, ruleset, decision)
    offered = _best(list(tried))
    alone = {fix.id for fix in offered}
    return replace(
        decision,
        offered=offered,
        findings=tuple(
            replace(finding, fixes=tuple(fix for fix in finding.fixes if fix.id in alone))
            for finding in decision.findings
        ),
    )


def normalise(announcement: Announcement) -> Announcement:
    """The announcement with every tag typed in front of its text read and taken off; does nothing twice.

    A look-alike becomes the real tag, which the bot writes itself, and stays known as ``raw_tag``.
    【紧急】 makes it urgent, so that a reason is asked for.
    """
    text, found, raw = announcement.text, announcement.tags, announcement.raw_tag
    parsed = tags.parse(text)
    while parsed.tags:
        text, found = parsed.rest, found | parsed.tags
        raw += "" if parsed.is_exact else parsed.raw
        parsed = tags.parse(text)
    urgency = Urgency.URGENT if Tag.URGENT in found else announcement.urgency
    return replace(announcement, text=text, tags=found, raw_tag=raw, urgency=urgency)


def apply_fix(announcement: Announcement, fix: Fix, facts: Facts) -> tuple[Announcement, Facts]:
    """The announcement, its tags read, with the fix applied, and the facts as they are for it.

    Raises:
        LookupError, ValueError: see ``fixes.apply``; what the author must say first is told by ``fixes.needs``.
    """
    return fixes.apply(normalise(announcement), fix, facts)


def approve(announcement: Announcement, decision: Decision) -> Announcement:
    """The announcement after a reviewer let it through: what was theirs to judge is set aside, nothing else.

    It holds for this very content; whoever edits the text afterwards drops the waivers.
    """
    waived = {
        str(finding.evidence.get("waives", finding.rule))
        for finding in decision.findings
        if finding.verdict is Verdict.REVIEW
    }
    return replace(announcement, waivers=(announcement.waivers - {four_eyes.ASKED}) | waived)


def decided_mentions(announcement: Announcement, facts: Facts) -> tuple[Mention, ...]:
    """The mentions that will be made, and the only ones: text that looks like one stays text."""
    return mentions.effective(announcement, facts)


def _findings(
    announcement: Announcement,
    facts: Facts,
    now: datetime,
    ruleset: Ruleset,
    only: tuple[str, ...] = EVERY,
) -> list[Finding]:
    found = [
        rule(announcement, facts, now, ruleset)
        for name, rule in RULES
        if name in only and name not in ruleset.off | facts.off
    ]
    return [finding for finding in found if finding]


# ── what a person posted themselves ───────────────────────────────────────────────────────────────


def _judge_posted(message: Message, facts: Facts, now: datetime, ruleset: Ruleset) -> Decision:
    announcement, there = _as_announcement(message, facts)
    unlimited = replace(
        ruleset,
        important_tag=replace(ruleset.important_tag, per_author_per_week=None),
        work_hours=replace(ruleset.work_hours, urgent_per_author_per_month=None),
    )
    found = _findings(announcement, there, now, unlimited, POSTED_RULES)
    return decide(
        replace(
            finding,
            verdict=min(finding.verdict, Verdict.REMIND),
            hold_until=None,
            reviewers=(),
            fixes=(Fix(id=THROUGH_BOT),),
        )
        for finding in found
        if finding.evidence.get("why") != "reason"
    )


def _as_announcement(message: Message, facts: Facts) -> tuple[Announcement, Facts]:
    """A message as if it had been proposed; whom the platform says is mentioned there, is."""
    persons = {recipient.account: recipient.person for recipient in facts.recipients}
    named: tuple[Mention, ...] = tuple(
        persons.get(account, PersonId(str(account))) for account in message.mentioned
    )
    announcement = Announcement(
        id=message.id,
        author=facts.author.id,
        text=message.text,
        audience=Audience(kind=AudienceKind.GROUP, name=message.chat_name, chat=message.chat),
        mentions=((Everyone.ALL,) if message.mentions_all else ()) + named,
    )
    there = mentions.reachable(facts) | {PersonId(each) for each in named}
    return normalise(announcement), replace(facts, mentionable=there)


# ── the ways out ──────────────────────────────────────────────────────────────────────────────────


def _ways_out(
    announcement: Announcement, facts: Facts, now: datetime, ruleset: Ruleset, decision: Decision
) -> Iterator[Fix]:
    """Breadth first: single changes, then those that go on from a change that did not help yet."""
    queue: list[tuple[tuple[Fix, ...], Announcement, Facts, Decision]] = [((), announcement, facts, decision)]
    tried = 0
    while queue and tried < MOST_TRIED:
        taken, changed, known, there = queue.pop(0)
        for fix in _blocking(there, taken):
            tried += 1
            way = (*taken, fix)
            then = _tried(changed, fix, known)
            judged = decide(_findings(*then, now, ruleset))
            if judged.verdict < decision.verdict:
                yield replace(fixes.merge(way), verdict=judged.verdict)
            elif len(way) < MOST_STEPS:
                queue.append((way, *then, judged))


def _blocking(decision: Decision, taken: tuple[Fix, ...]) -> list[Fix]:
    """The fixes of what makes the decision as strict as it is, none twice; reasons to press come first."""
    before = {fix.id for fix in taken}
    return [
        fix
        for finding in decision.findings
        if finding.verdict is decision.verdict
        for fix in finding.fixes
        if fix.id not in before
    ]


def _tried(announcement: Announcement, fix: Fix, facts: Facts) -> tuple[Announcement, Facts]:
    return fixes.apply(announcement, fixes.stand_in(fix, facts), facts)


def _best(tried: list[Fix]) -> tuple[Fix, ...]:
    """The best of each direction first, then further variants; nothing that does more than a way that suffices."""
    needed: list[tuple[frozenset[str], Fix]] = []
    for fix in sorted(tried, key=lambda each: len(fixes.steps(each))):
        does = frozenset(step.id for step in fixes.steps(fix))
        if not any(less <= does for less, _ in needed):
            needed.append((does, fix))
    ranked = sorted((fix for _, fix in needed), key=_rank)
    first: dict[str, Fix] = {}
    for fix in ranked:
        first.setdefault(fixes.steps(fix)[0].id, fix)
    leaders = list(first.values())
    rest = [fix for fix in ranked if fix not in leaders]
    return tuple(sorted((leaders + rest)[:MOST_FIXES], key=_rank))


def _rank(fix: Fix) -> tuple[int, int]:
    """ALLOW and REMIND both send now, so between them the rule's own order stands: to mention before to play down."""
    verdict = Verdict.REFUSE if fix.verdict is None else fix.verdict
    return (max(verdict, Verdict.REMIND), len(fixes.steps(fix)))
