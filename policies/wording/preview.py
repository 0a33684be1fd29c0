"""预览 (preview): who, how many, when by whose hours, what was found, what it costs; and what can be pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from policies import fixes, tags
from policies.card import MAX_BUTTONS, Card, Style, Tone
from policies.decision import Fix, Verdict
from policies.facts import MentionCandidate
from policies.model import Everyone, PersonId, Platform, Urgency
from policies.rules import mentions as mentions_rule
from policies.rules import work_hours as work_hours_rule
from policies.wording import counts, findings, moments, notice, urgent, work_hours
from policies.wording.choice import ActionOf, Choice, buttons
from policies.wording.seen import Seen

CONFIRM = Choice(id="confirm", label="就这样", style=Style.PRIMARY)
EDIT = Choice(id="edit", label="改内容")
URGENT = Choice(id="urgent", label="这件事很急")
RETIME = Choice(id="retime", label="改时间")
CANCEL = Choice(id="cancel", label="不发了")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewView:
    """What a preview shows.

    Attributes:
        price: calls per platform, of the platforms where they are counted out.
        undo_seconds: how long it can be taken back after 就这样; 0 = not at all.
        no_mention_on: platforms where the decided mentions cannot really be made.
        smaller: of an urgent one, the smallest circle it seems to concern, when that is not everybody.
        urgent_limit: urgent ones a month; ``None`` = no limit.
        guess: the year of its moment, when nobody has published that year's days off.
        asks_on: the opening before which its author is asked again, since the words may not be true any more.
        instead: other ways for what a long rest overtakes: the words for another day, or those on duty now.
    """

    seen: Seen
    price: Mapping[Platform, int] = field(default_factory=dict)
    undo_seconds: int = 0
    no_mention_on: tuple[Platform, ...] = ()
    smaller: MentionCandidate | None = None
    urgent_limit: int | None = None
    guess: int | None = None
    asks_on: datetime | None = None
    instead: tuple[Fix, ...] = ()


def card(view: PreviewView, action_of: ActionOf) -> Card:
    """The author's card, in private."""
    return Card(
        title=title(view),
        body=body(view),
        hint=hint(view),
        buttons=buttons(choices(view), action_of),
        tone=_tone(view),
    )


def choices(view: PreviewView) -> tuple[Choice, ...]:
    """At most ``MAX_BUTTONS``, with stable ids: confirm, edit, retime, urgent, cancel, ``fix:<id>``."""
    decision = view.seen.decision
    match decision.verdict:
        case Verdict.REFUSE:
            ways = [
                Choice(id=f"fix:{fix.id}", label=fix.label or findings.label(fix)) for fix in decision.fixes
            ]
            some = ways[: MAX_BUTTONS - 2]
            return (*some, EDIT, CANCEL)
        case Verdict.REVIEW:
            return (Choice(id="confirm", label="送去审核", style=Style.PRIMARY), EDIT, CANCEL)
        case Verdict.HOLD:
            others = tuple(Choice(id=f"fix:{fix.id}", label=fix.label) for fix in view.instead)
            is_offered = any(fix.id == fixes.ON_DUTY for fix in view.instead)
            may_hurry = not is_offered and any(fix.id == "urgent" for fix in decision.fixes)
            hurry = (URGENT,) if may_hurry else ()
            return (_yes(view), *others, EDIT, _other_time(view), *hurry, CANCEL)
        case _:
            if view.smaller is not None:
                few = urgent.only(view.smaller.label, len(view.smaller.people))
                return (few, urgent.everybody(len(view.seen.facts.recipients)), EDIT, CANCEL)
            return (_yes(view), EDIT, CANCEL, _other_time(view))


def instead(text: str) -> str:
    """〔改成：10月8日下午发版〕"""
    return f"改成：{tags.one_line(text, 16)}"


def only_on_duty(people: int) -> str:
    """〔是假期里的事，只通知值班 3 人〕; 0: nobody has said who is."""
    return f"是假期里的事，只通知{f'值班 {people} 人' if people else '值班的人'}"


def _yes(view: PreviewView) -> Choice:
    """The same press, in words that say what follows from it."""
    if view.asks_on is not None:
        seen = view.seen
        day = moments.short_day(view.asks_on, seen.now, zone=seen.zone)
        at_once = sum(len(part.recipients) for part in seen.decision.parts if part.not_before is None)
        if at_once:
            return replace(CONFIRM, label=f"先发 {at_once} 人，其余{day}早上先问我")
        return replace(CONFIRM, label=f"{day}早上先问我再发")
    return replace(CONFIRM, label="先这样排") if view.guess else CONFIRM


def _other_time(view: PreviewView) -> Choice:
    return replace(RETIME, label="改成指定日期") if view.guess else RETIME


def title(view: PreviewView) -> str:
    return {
        Verdict.REFUSE: "还没有发出去",
        Verdict.REVIEW: "要请人看一眼",
        Verdict.HOLD: "收好了，等你点头",
    }.get(view.seen.decision.verdict, "收好了，等你点头")


def body(view: PreviewView) -> tuple[str, ...]:
    """The result and its reason, the words themselves, then what else was noticed."""
    return (first_line(view), *_asides(view), _content(view))


def first_line(view: PreviewView) -> str:
    """What will happen, and why."""
    seen = view.seen
    if seen.decision.verdict >= Verdict.HOLD:
        return findings.sentence(seen.decision.findings[0], seen)
    if view.smaller is not None:
        return urgent.few_or_all(view.smaller.label, len(view.smaller.people), seen.whom_and_how_many)
    whom = seen.whom_and_how_many
    later = [part for part in seen.decision.parts if part.not_before]
    if later and later[0].not_before:
        when = moments.at(later[0].not_before, seen.now, zone=seen.zone)
        return f"{'推算是 ' if view.guess else ''}{when} 发给{whom}。"
    return f"按〔就这样〕就发给{whom}。"


def hint(view: PreviewView) -> str:
    """Price and undo, in the grey line."""
    said = []
    if view.price:
        calls = "、".join(f"{platform.label} {n} 次" for platform, n in sorted(view.price.items()))
        said.append(f"约用接口：{calls}")
    if view.seen.announcement.urgency is Urgency.URGENT and view.seen.decision.verdict < Verdict.REVIEW:
        said.append("紧急公告按下就发，没有撤销的时间")
    elif view.undo_seconds:
        said.append(f"按下后 {view.undo_seconds} 秒内可以撤销")
    return "；".join(said)


def named(view: PreviewView) -> str:
    """``@王芳、何佳``: the mentions that will really be made, or ``""``."""
    seen = view.seen
    reached = mentions_rule.effective(seen.announcement, seen.facts)
    names = [seen.name(PersonId(each)) for each in reached if each is not Everyone.ALL]
    everyone = ["所有人"] if Everyone.ALL in reached else []
    if not names:
        return f"@{everyone[0]}" if everyone else ""
    return f"@{'、'.join([*everyone, counts.names(names, limit=6)])}"


def _content(view: PreviewView) -> str:
    shown = notice.of(view.seen.announcement, "").text
    at = named(view)
    return f"内容：“{shown}”{f'（{at}）' if at else ''}"


def _asides(view: PreviewView) -> list[str]:
    seen = view.seen
    said = [
        findings.sentence(finding, seen)
        for finding in (
            seen.decision.findings[1:] if seen.decision.verdict >= Verdict.HOLD else seen.decision.findings
        )
        if not (finding.rule == work_hours_rule.ID and seen.decision.verdict is Verdict.REFUSE)
    ]
    if seen.announcement.urgency is Urgency.URGENT and seen.decision.verdict < Verdict.REVIEW:
        said.append(urgent.which_this_month(seen.facts.urgent_this_month, view.urgent_limit))
    if view.guess and seen.decision.verdict < Verdict.HOLD:
        said.append(work_hours.guess(view.guess))
    if view.no_mention_on and named(view):
        said.append(notice.NO_MENTION)
    return said


def _tone(view: PreviewView) -> Tone:
    return Tone.URGENT if view.seen.announcement.urgency is Urgency.URGENT else Tone.CALM


def closed(view: PreviewView, state: str, tone: Tone = Tone.DONE) -> Card:
    """The same card after it was used: what was decided stays readable, nothing can be pressed."""
    return Card(title=tags.one_line(title(view)), body=body(view), state=state, tone=tone)
