"""送审的话 (review): what a reviewer sees, and what the author hears of it."""

from __future__ import annotations

from policies import tags
from policies.card import Card, Style
from policies.wording import counts, notice
from policies.wording.choice import ActionOf, Choice, buttons
from policies.wording.preview import PreviewView, named

APPROVE = Choice(id="approve", label="发", style=Style.PRIMARY)
DECLINE = Choice(id="decline", label="不发，说一句")
CHOICES = (APPROVE, DECLINE)


def card(view: PreviewView, author_name: str, action_of: ActionOf) -> Card:
    """The original words, who asks, for whom, and why it needs a second person."""
    seen = view.seen
    whom = seen.whom
    at = named(view)
    return Card(
        title=f"请你看一眼：{tags.one_line(author_name, 12)}想发给{tags.one_line(whom, 12)}",
        body=(
            f"{tags.one_line(author_name)}想发给{whom}（{len(seen.facts.recipients)} 人），要你点头才会发。",
            f"原文：“{notice.of(seen.announcement, '').text}”{f'（{at}）' if at else ''}",
        ),
        hint="、".join(
            dict.fromkeys(_subject(finding.rule) for finding in seen.decision.findings if finding.reviewers)
        ),
        buttons=buttons(CHOICES, action_of),
    )


def approved(by: str, text: str) -> str:
    return f"{tags.one_line(by)}同意了，{counts.quoted(text, 24)}按排好的时间发。"


def declined(by: str, word: str, text: str) -> str:
    said = f"，留了一句：{counts.quoted(word, 100)}" if word.strip() else ""
    return f"{counts.quoted(text, 24)}没有发：{tags.one_line(by)}看过了{said}。\n内容给你留着，说“改内容”可以接着改。"


def still_waiting(reviewer: str, text: str) -> str:
    return (
        f"{counts.quoted(text, 24)}还没发：还在等{tags.one_line(reviewer) or '审核人'}看。说“取消”可以收回。"
    )


def changed(text: str) -> str:
    """Edited after approval."""
    return f"{counts.quoted(text, 24)}和通过时不一样了，我重新请人看一眼再发。"


def _subject(rule: str) -> str:
    return _SUBJECTS.get(rule, rule)


_SUBJECTS = {
    "announcement": "发布授权",
    "mentions": "@ 的人数",
    "important-tag": "重要标签",
    "work-hours": "紧急次数",
    "repetition": "重复内容",
}
