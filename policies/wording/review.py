"""送审的话 (review): what a reviewer sees, and what the author hears of it."""

from __future__ import annotations

from collections.abc import Sequence

from policies import tags
from policies.card import Card, Style, Tone
from policies.wording import counts, moments, notice
from policies.wording.choice import ActionOf, Choice, buttons
from policies.wording.preview import CANCEL, EDIT, PreviewView, named

APPROVE = Choice(id="approve", label="发", style=Style.PRIMARY)
DECLINE = Choice(id="decline", label="不发，说一句")
CHOICES = (APPROVE, DECLINE)
OWN = (EDIT, CANCEL)
"""What its author may do while it waits."""

TOAST_APPROVED = "好，按排好的时间发"
TOAST_DECLINED = "好，这条不发，你的话我转给对方了。"
TOAST_IN_THE_WAY = "你同意了，但现在有别的原因还不能发，我会告诉发起人"


def card(view: PreviewView, author_name: str, action_of: ActionOf) -> Card:
    """The original words, who asks, for whom, and why it needs a second person."""
    seen = view.seen
    whom = seen.whom
    at = named(view)
    return Card(
        title=f"请你看一眼：{tags.one_line(author_name, 12)}想发给{tags.one_line(whom, 12)}",
        body=(
            f"{tags.one_line(author_name)}想发给{whom}（{len(seen.facts.recipients)} 人），要你点头才会发。{_when(view)}",
            f"原文：“{notice.of(seen.announcement, '').text}”{f'（{at}）' if at else ''}",
        ),
        hint="、".join(
            dict.fromkeys(_subject(finding.rule) for finding in seen.decision.findings if finding.reviewers)
        ),
        buttons=buttons(CHOICES, action_of),
    )


def _when(view: PreviewView) -> str:
    """The hour belongs to what is agreed to."""
    seen = view.seen
    moment = seen.decision.hold_until
    if moment is None:
        return "你点头就发。"
    return f"你点头后，{moments.at(moment, seen.now, zone=seen.zone)} 起发。"


def waiting(text: str, reviewers: Sequence[str], action_of: ActionOf) -> Card:
    """The author's card meanwhile."""
    return Card(
        title="等人点头",
        body=(f"{counts.quoted(text)}已送给{counts.names(reviewers)}看，点头才会发。",),
        hint="改一个字就要重新送审。",
        buttons=buttons(OWN, action_of),
    )


def closed(text: str) -> Card:
    """The author's card when it came back."""
    return Card(title="没有通过", body=(counts.quoted(text),), tone=Tone.GONE, state="没有发")


def declined_card(by: str, word: str, text: str, action_of: ActionOf) -> Card:
    return Card(title="还没有发出去", body=(declined(by, word, text),), buttons=buttons(OWN, action_of))


def decided(by: str, text: str, *, approved: bool) -> Card:
    """What every reviewer's card says afterwards."""
    said = "同意发出" if approved else "看过了，没有发"
    state = "已同意" if approved else "没有发"
    return Card(
        title="已处理",
        body=(f"{tags.one_line(by)}{said}：{counts.quoted(text, 24)}",),
        tone=Tone.DONE,
        state=state,
    )


def changed_face() -> Card:
    """Of a request whose words were changed, or that was taken back."""
    return Card(
        title="这条后来改过或收回了", body=("不用再看，要看的话会有新的一张。",), tone=Tone.GONE, state="已改"
    )


def in_the_way(text: str) -> Card:
    return Card(
        title="还不能发",
        body=(f"{counts.quoted(text, 24)}排好以后情况变了。",),
        tone=Tone.GONE,
        state="没有发",
    )


def no_more(state: str) -> str:
    return {"cancelled": "发起人已经收回了", "declined": "已经有人看过，没有发"}.get(state, "已经处理过了")


def ask_why(text: str) -> str:
    return f"{counts.quoted(text, 24)}为什么不发？写一句给我，我转给发起人。"


def reminder(author: str, text: str) -> str:
    return (
        f"{tags.one_line(author, 12) or '同事'}的{counts.quoted(text, 24)}还在等你点头，上面那张卡片可以按。"
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
