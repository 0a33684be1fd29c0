"""处置 (remedy): what a decision means on each channel; the only page that knows what was posted from what was proposed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from policies import engine
from policies.calendar import Calendars
from policies.card import Card
from policies.decision import Decision, Part, Verdict
from policies.effects import Effect, SendBatch, SendCard, SendText, platform_of
from policies.facts import Facts
from policies.model import (
    Account,
    Announcement,
    Chat,
    Everyone,
    PersonId,
    Platform,
    Recipient,
    Urgency,
    Weight,
)

STEP = "notice"
"""The step of a notice's copies in derived keys; the target tells them apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What one platform can do for us, in the words this page needs.

    Attributes:
        cards: a card can be sent (on DingTalk: a template is configured).
        forms: a card can be filled in, and comes back with what was filled in.
        group_mentions: a message into a group can really mention people.
        batch_size: so many people of one call get the same words; 1 = one call each.
        text_bytes: what one message holds, in UTF-8; 0 = more than anybody writes.
    """

    platform: Platform
    cards: bool = True
    forms: bool = False
    group_mentions: bool = True
    batch_size: int = 1
    text_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One announcement as its readers see it, without mentions: those are added here, structured.

    Attributes:
        everyone: what a mention of everybody is called.
    """

    title: str
    text: str
    card: Card
    everyone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One effect to come, and whom it reaches."""

    effect: Effect
    recipients: tuple[Recipient, ...]
    not_before: datetime | None
    weight: Weight
    step: str = STEP


# ── the channel table ─────────────────────────────────────────────────────────────────────────────


def release_plan(
    announcement: Announcement,
    decision: Decision,
    facts: Facts,
    channels: Mapping[Platform, Channel],
    groups: Mapping[Platform, Chat],
    notice: Notice,
) -> tuple[Delivery, ...]:
    """The parts of a decision as deliveries; nothing for what is refused or still in review.

    Exactly one managed group and one moment for a platform's recipients: one post into it. Everything else
    is a message each, or batches where the platform has them and the announcement is not 【重要】.
    A group whose members nobody knows gets its post in the company's hours.

    Args:
        groups: for a platform, the one managed group whose members are just this audience.
    """
    if decision.verdict >= Verdict.REVIEW:
        return ()
    plan: list[Delivery] = []
    for platform, channel in sorted(channels.items()):
        parts = [on for part in decision.parts if (on := _on(platform, part)).recipients]
        group = groups.get(platform)
        if not facts.recipients:
            parts = list(decision.parts) if group else []
        if group and len(parts) == 1:
            plan.append(_into_group(announcement, parts[0], facts, channel, group, notice))
            continue
        for part in parts:
            plan.extend(_to_each(announcement, part, channel, notice))
    return tuple(plan)


def mentions_on(announcement: Announcement, facts: Facts, channel: Channel) -> tuple[Account | Everyone, ...]:
    """The decided mentions as this platform's accounts; none where it cannot mention, which is said aloud."""
    if not channel.group_mentions:
        return ()
    accounts = {
        recipient.person: recipient.account
        for recipient in facts.recipients
        if recipient.account.platform is channel.platform
    }
    named: list[Account | Everyone] = []
    for each in engine.decided_mentions(announcement, facts):
        if each is Everyone.ALL:
            named.append(Everyone.ALL)
        elif each in accounts:
            named.append(accounts[each])
    return tuple(named)


def names_of(announcement: Announcement, facts: Facts, everyone: str) -> tuple[str, ...]:
    """What the mentioned are called, in the order of the mentions; who has no name there is left out."""
    mentioned = engine.decided_mentions(announcement, facts)
    names = (
        everyone if one is Everyone.ALL else facts.names.get(PersonId(str(one)), "") for one in mentioned
    )
    return tuple(name for name in names if name)


def weight_of(announcement: Announcement) -> Weight:
    if announcement.urgency is Urgency.URGENT:
        return Weight.URGENT
    return Weight.IMPORTANT if announcement.is_important else Weight.NORMAL


def price(deliveries: Iterable[Delivery]) -> dict[Platform, int]:
    """Calls per platform, as far as the plan alone can say."""
    calls: dict[Platform, int] = {}
    for delivery in deliveries:
        platform = platform_of(delivery.effect)
        calls[platform] = calls.get(platform, 0) + 1
    return calls


def _on(platform: Platform, part: Part) -> Part:
    there = [recipient for recipient in part.recipients if recipient.account.platform is platform]
    return replace(part, recipients=tuple(sorted(there, key=lambda recipient: recipient.account)))


def _into_group(
    announcement: Announcement, part: Part, facts: Facts, channel: Channel, group: Chat, notice: Notice
) -> Delivery:
    named = mentions_on(announcement, facts, channel)
    effect: Effect
    if channel.cards and (announcement.is_important or channel.platform is Platform.DINGTALK):
        names = names_of(announcement, facts, notice.everyone) if named else ()
        effect = SendCard(to=group, card=replace(notice.card, mentions=named, names=names))
    else:
        effect = SendText(to=group, text=notice.text, mentions=named)
    return _delivery(announcement, effect, part.recipients, part.not_before)


def _to_each(announcement: Announcement, part: Part, channel: Channel, notice: Notice) -> Iterable[Delivery]:
    as_card = announcement.is_important and channel.cards
    size = 1 if as_card else channel.batch_size
    for start in range(0, len(part.recipients), size):
        some = part.recipients[start : start + size]
        effect: Effect
        if as_card:
            effect = SendCard(to=some[0].account, card=notice.card)
        elif size > 1:
            effect = SendBatch(to=tuple(each.account for each in some), title=notice.title, text=notice.text)
        else:
            effect = SendText(to=some[0].account, text=notice.text)
        yield _delivery(announcement, effect, some, part.not_before)


def _delivery(
    announcement: Announcement, effect: Effect, who: tuple[Recipient, ...], not_before: datetime | None
) -> Delivery:
    return Delivery(effect=effect, recipients=who, not_before=not_before, weight=weight_of(announcement))


# ── when exactly ──────────────────────────────────────────────────────────────────────────────────


def waited(delivery: Delivery, calendars: Calendars) -> bool:
    """Whether its moment is an opening of somebody it is for; one that its author chose inside the hours is none.

    What is urgent waits for nobody.
    """
    if delivery.not_before is None or delivery.weight <= Weight.URGENT:
        return False
    before = delivery.not_before - timedelta(seconds=1)
    teams = {recipient.team for recipient in delivery.recipients} or {""}
    return not any(calendars.of(team).is_open(before) for team in teams)


AT_ONCE = frozenset({"answer", "unknown", "safety", "dead-line", "asked-for"})
"""Kinds of words to one person that do not wait: answers to what they just did, alarms (an unknown outcome,
safety, a dead line), and what they asked to be told at that very moment."""


def hours_for_tell(
    kind: str, urgency: Urgency, recipient: Recipient, calendars: Calendars, now: datetime
) -> datetime | None:
    """When the bot may say this unasked; ``None``: at once, else the recipient's next opening."""
    if kind in AT_ONCE or urgency is Urgency.URGENT:
        return None
    opening = calendars.of(recipient.team).next_opening(now)
    return None if opening <= now else opening


# ── what can be done about it ─────────────────────────────────────────────────────────────────────


class Source(StrEnum):
    """Whether it came through the bot, or stands in a group already."""

    PROPOSED = "proposed"
    POSTED = "posted"


class Step(StrEnum):
    """What follows from a verdict."""

    NOTHING = "nothing"
    SEND = "send"
    SEND_AND_TELL = "send-and-tell"
    HOLD = "hold"
    ASK_REVIEWERS = "ask-reviewers"
    REFUSE = "refuse"
    REMIND_PRIVATELY = "remind-privately"


_PROPOSED = {
    Verdict.ALLOW: Step.SEND,
    Verdict.REMIND: Step.SEND_AND_TELL,
    Verdict.HOLD: Step.HOLD,
    Verdict.REVIEW: Step.ASK_REVIEWERS,
    Verdict.REFUSE: Step.REFUSE,
}


def step(source: Source, verdict: Verdict) -> Step:
    """A posted message cannot be held or refused any more: its author is told in private, nobody else."""
    if source is Source.PROPOSED:
        return _PROPOSED[verdict]
    return Step.NOTHING if verdict is Verdict.ALLOW else Step.REMIND_PRIVATELY
