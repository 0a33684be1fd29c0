"""判定的话 (findings): which page speaks for which rule, and what the buttons say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from policies import fixes, tags
from policies.decision import Decision, Finding, Fix, Verdict
from policies.rules import announcement as announcement_rule
from policies.rules import important_tag as important_tag_rule
from policies.rules import mentions as mentions_rule
from policies.rules import repetition as repetition_rule
from policies.rules import work_hours as work_hours_rule
from policies.wording import announcement, important_tag, mentions, repetition, work_hours
from policies.wording.seen import Seen

LONGEST_LABEL = 40

SENTENCES: Mapping[str, Callable[[Finding, Seen], str]] = {
    announcement_rule.ID: announcement.sentence,
    important_tag_rule.ID: important_tag.sentence,
    mentions_rule.ID: mentions.sentence,
    work_hours_rule.ID: work_hours.sentence,
    repetition_rule.ID: repetition.sentence,
}

_BUTTONS = (
    announcement.button,
    important_tag.button,
    mentions.button,
    work_hours.button,
    repetition.button,
)

_IN_A_CHAIN = {"drop-tag": "去掉【重要】", "plain": "不 @ 人", "not-urgent": "等上班再发"}

VERDICTS = {
    Verdict.ALLOW: "放行",
    Verdict.REMIND: "提醒",
    Verdict.HOLD: "暂缓",
    Verdict.REVIEW: "送审",
    Verdict.REFUSE: "拒绝",
}


def sentence(finding: Finding, seen: Seen) -> str:
    """What one rule has to say to the author, in private."""
    return SENTENCES[finding.rule](finding, seen)


def sentences(seen: Seen) -> tuple[str, ...]:
    """Of all findings, strictest first."""
    return tuple(sentence(finding, seen) for finding in seen.decision.findings)


def label(fix: Fix) -> str:
    """What the button of a fix says; of merged steps, one after the other: ``发到研发部（41 人）并@组长 3 人``."""
    steps = fixes.steps(fix)
    if len(steps) == 1:
        return _label_of_one(fix)
    written = "并".join(_IN_A_CHAIN.get(step.id) or _label_of_one(step) for step in steps)
    return tags.one_line(written, LONGEST_LABEL)


def labelled(decision: Decision) -> Decision:
    """The decision with every fix's label filled."""
    return replace(
        decision,
        offered=None if decision.offered is None else tuple(_with_label(fix) for fix in decision.offered),
        findings=tuple(
            replace(finding, fixes=tuple(_with_label(fix) for fix in finding.fixes))
            for finding in decision.findings
        ),
    )


def _with_label(fix: Fix) -> Fix:
    return replace(fix, label=label(fix))


def _label_of_one(fix: Fix) -> str:
    if fix.id == "through-bot":
        return "下次由我来发"
    return next((said for button in _BUTTONS if (said := button(fix))), tags.one_line(fix.id))
