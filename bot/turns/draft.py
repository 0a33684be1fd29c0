"""预览 (preview): an announcement judged, and shown to its author with everything that can be pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.port import Reply, ToastTone
from bot.conversation import redating, staleness
from bot.facts import Scene, skeleton
from bot.store.keys import derive
from bot.store.rows import Action, AnnouncementRow, AuditEntry, ChatRow, Dialog, NewOutbox, Timer
from bot.turns import received
from bot.turns.outcome import Outcome, StopTimer
from bot.world import COMPANY
from policies import engine, fixes, remedy
from policies.announcement import State
from policies.card import Card
from policies.decision import Decision, Fix, Verdict
from policies.effects import Effect, SendCard, SendText, UpdateCard
from policies.facts import Facts, MentionCandidate
from policies.model import (
    Account,
    Announcement,
    AudienceKind,
    Chat,
    DepartmentId,
    Person,
    PersonId,
    Platform,
    Scalar,
    Urgency,
    Weight,
)
from policies.rules import mentions, work_hours
from policies.wording import audience as audience_words
from policies.wording import counts, findings, notice, plain, preview, progress, urgent
from policies.wording import pausing as pause_words
from policies.wording.seen import Seen

ACTIONS_LIVE = timedelta(days=14)
"""Feishu lets a card be pressed for 14 days; a preview older than that is asked for anew."""

DIALOG_LIVES = timedelta(hours=12)


def show(
    scene: Scene,
    announcement: Announcement,
    author: Person,
    *,
    asked_from: Account,
    cause: str,
    previous: AnnouncementRow | None = None,
    in_reply: bool = False,
    toast: str = "",
    lead: str = "",
) -> Outcome:
    """Judge ``announcement`` and show its author what would happen.

    Args:
        previous: the row this is a newer version of.
        in_reply: the card goes back in the answer of a press instead of being sent.
        lead: a sentence in front, e.g. that it has not been sent yet.
    """
    announcement = engine.normalise(announcement)
    decision = engine.explain(
        announcement, scene.judging(announcement, author), scene.now, scene.world.ruleset
    )
    row = row_of(scene, announcement, decision, asked_from, cause, previous)
    if in_reply and previous is not None:
        row = replace(row, card_key=previous.card_key)  # the same card, with a new face
    card, offered = _card(scene, row, decision, author, cause, lead)
    outcome = Outcome(
        announcements=(row,),
        actions=(*offered, *received.actions(announcement, scene.now)),
        dialogs=(
            Dialog(
                account=asked_from,
                subject=announcement.id,
                offers=tuple((action.label, action.id) for action in offered),
                until=scene.now + DIALOG_LIVES,
                greeted=True,
            ),
        ),
        timers=_timers(row, decision),
        audit=(judged(scene, row, decision),),
    )
    if previous is not None:
        outcome += Outcome(changes=(StopTimer(key=f"unconfirmed:{announcement.id}"),))
    if in_reply:
        return outcome.with_reply(Reply(toast=toast, tone=ToastTone.SUCCESS, card=card))
    outcome += Outcome(outbox=(to_author(scene, row, card, cause, key=row.card_key),))
    if previous is not None and previous.card_key and scene.world.channels[asked_from.platform].cards:
        faded = UpdateCard(
            platform=asked_from.platform,
            key=previous.card_key,
            message_id="",
            card=progress.replaced(announcement),
        )
        outcome += Outcome(outbox=(answer(scene, faded, cause, "fade", row.announcement.id),))
    return outcome


def row_of(
    scene: Scene,
    announcement: Announcement,
    decision: Decision,
    asked_from: Account,
    cause: str,
    previous: AnnouncementRow | None,
) -> AnnouncementRow:
    """The announcement as it is kept: judged, previewed or refused, a version newer than ``previous``."""
    version = previous.version + 1 if previous else 1
    state = State.REFUSED if decision.verdict is Verdict.REFUSE else State.PREVIEWED
    return AnnouncementRow(
        announcement=announcement,
        state=state,
        asked_from=asked_from,
        created_at=previous.created_at if previous else scene.now,
        version=version,
        label=audience_words.label(announcement.audience),
        size=sum(len(part.recipients) for part in decision.parts),
        card_key=derive(scene.world.tenants[asked_from.platform], cause, "preview", announcement.id, version),
        skeleton=skeleton(announcement),
        decision={
            "verdict": decision.verdict.name.lower(),
            "rules": [finding.rule for finding in decision.findings],
            "departments": [str(one) for one in _departments(scene, announcement.author)],
            "guess": work_hours.guessed(decision.parts, scene.world.calendars),
        },
    )


def _departments(scene: Scene, author: PersonId) -> tuple[DepartmentId, ...]:
    """Where its author was when they wrote it: who leaves has no department any more."""
    person = scene.world.directory.person(author)
    return person.departments if person is not None else ()


def view_of(
    scene: Scene, announcement: Announcement, decision: Decision, author: Person
) -> preview.PreviewView:
    """What the preview may speak of."""
    facts = scene.judging(announcement, author)
    channels = scene.world.channels
    plan = plan_of(scene, announcement, decision, facts)
    prices = remedy.price(plan)
    wide = announcement.audience.kind is AudienceKind.COMPANY and announcement.urgency is not Urgency.URGENT
    return preview.PreviewView(
        seen=Seen(
            announcement=announcement,
            decision=findings.labelled(decision),
            facts=facts,
            now=scene.now,
            zone=scene.world.zone,
            spread_minutes=scene.world.spread_minutes,
        ),
        smaller=smaller(scene, announcement, facts) if decision.verdict <= Verdict.HOLD else None,
        urgent_limit=scene.world.ruleset.work_hours.urgent_per_author_per_month,
        price={
            platform: calls for platform, calls in prices.items() if (platform, "calls") in scene.world.pots
        },
        guess=work_hours.guessed(decision.parts, scene.world.calendars),
        asks_on=asks_on(scene, announcement, decision) if decision.verdict <= Verdict.HOLD else None,
        instead=_instead(scene, announcement, decision, facts),
        undo_seconds=scene.world.undo_seconds if wide and decision.verdict <= Verdict.HOLD else 0,
        no_mention_on=tuple(
            platform
            for platform, channel in channels.items()
            if not channel.group_mentions
            and any(one.account.platform is platform for one in facts.recipients)
        ),
    )


def asks_on(scene: Scene, announcement: Announcement, decision: Decision) -> datetime | None:
    """The opening before which its author is asked again; some may get it before, whose hours are others."""
    calendar = scene.world.calendars.company
    moments = (part.not_before for part in decision.parts)
    stale = (one for one in moments if staleness.asks_first(announcement, one, scene.now, calendar))
    return min((one for one in stale if one is not None), default=None)


def _instead(scene: Scene, announcement: Announcement, decision: Decision, facts: Facts) -> tuple[Fix, ...]:
    """What else a long rest leaves: the same words for the day it leaves on, or now to those on duty alone."""
    opening = asks_on(scene, announcement, decision)
    if opening is None or decision.verdict > Verdict.HOLD:
        return ()
    calendar = scene.world.calendars.company
    text = announcement.text
    found: list[Fix] = []
    fresh = redating.redated(text, opening, scene.now, calendar)
    if fresh is not None:
        change = {"text": fresh, "fresh": staleness.fresh_for(opening, calendar)}
        found.append(Fix(id=fixes.REDATE, label=preview.instead(fresh), change=change))
    day = redating.day_off(text, opening, scene.now, calendar)
    if day is not None:
        there = {one.person for one in facts.recipients}
        people = [one for one in scene.world.on_duty(day) if one.id in there]
        who = {"people": " ".join(one.id for one in people), "names": "、".join(one.name for one in people)}
        label = preview.only_on_duty(len(people))
        found.append(Fix(id=fixes.ON_DUTY, label=label, change=who if people else {}))
    return tuple(found)


def plan_of(
    scene: Scene, announcement: Announcement, decision: Decision, facts: Facts
) -> tuple[remedy.Delivery, ...]:
    """The deliveries a decision leads to, by the channel table."""
    written = notice.of(
        announcement, facts.author.name, lambda choice: received.action_of(announcement, choice)
    )
    groups = groups_of(scene, announcement, facts)
    return remedy.release_plan(announcement, decision, facts, scene.world.channels, groups, written)


def groups_of(scene: Scene, announcement: Announcement, facts: Facts) -> dict[Platform, Chat]:
    """For each platform the one group whose members are just the audience there, so that one post reaches them."""
    audience = announcement.audience
    found: dict[Platform, Chat] = {}
    for chat, row in scene.world.chats.items():
        serves = row.managed_for == audience.name if audience.kind is AudienceKind.DEPARTMENT else False
        serves = serves or (audience.kind is AudienceKind.COMPANY and row.managed_for == COMPANY)
        if not row.is_alive or not row.is_inside or not (chat == audience.chat or serves):
            continue
        there = {one.account for one in facts.recipients if one.account.platform is chat.platform}
        if _is_just(row, there, asked_for=chat == audience.chat):
            found[chat.platform] = chat
    return found


def _is_just(row: ChatRow, there: set[Account], *, asked_for: bool) -> bool:
    """Whether a post into the group reaches those, and nobody whom it is not for.

    Where the platform does not tell who is in a group (DingTalk's ordinary ones), the configuration's word counts.
    """
    if row.members is None:
        return True
    return there <= set(row.members) if asked_for else there == set(row.members)


def _card(
    scene: Scene, row: AnnouncementRow, decision: Decision, author: Person, cause: str, lead: str
) -> tuple[Card, tuple[Action, ...]]:
    view = view_of(scene, row.announcement, decision, author)
    ways = {fix.id: fix for fix in (*view.seen.decision.fixes, *view.instead)}
    choices = preview.choices(view)
    offered = {
        choice.id: Action(
            id=action_id(scene, row, choice.id, cause),
            kind="fix" if choice.id.startswith("fix:") else choice.id,
            subject=row.announcement.id,
            label=choice.label,
            addressees=(author.id,),
            version=row.version,
            change=_change(ways, choice.id) or _few(view, choice.id),
            expires_at=scene.now + ACTIONS_LIVE,
            once=False,
        )
        for choice in choices
    }
    card = preview.card(view, lambda choice: offered[choice.id].id)
    hint = "；".join(filter(None, (card.hint, paused(scene))))
    return replace(card, title=lead or card.title, hint=hint), tuple(offered.values())


def paused(scene: Scene) -> str:
    """Who has stopped sending until when, for everybody who asks or sends; ``""`` while nothing is paused."""
    if scene.pause is None or scene.pause.until is None:
        return ""
    by = scene.world.directory.person(PersonId(scene.pause.by))
    return pause_words.state(by.name if by else "", scene.pause.until, scene.now, zone=scene.world.zone)


def action_id(scene: Scene, row: AnnouncementRow, kind: str, cause: str) -> str:
    """The opaque id of one button of one version of one announcement."""
    tenant = scene.world.tenants[row.asked_from.platform]
    return derive(tenant, cause, f"action:{kind}", row.announcement.id, row.version)[:24]


def _change(ways: Mapping[str, Fix], choice: str) -> dict[str, Scalar]:
    fix = ways.get("urgent" if choice == "urgent" else choice.removeprefix("fix:"))
    return {"fix": fix.id, **fix.change} if fix else {}


def _few(view: preview.PreviewView, choice: str) -> dict[str, Scalar]:
    """Whom 〔只发给…〕 is about."""
    if choice != urgent.NARROW or view.smaller is None:
        return {}
    return {"people": " ".join(view.smaller.people)}


def smaller(scene: Scene, announcement: Announcement, facts: Facts) -> MentionCandidate | None:
    """Of an urgent one to many: the people it mentions, else the team it speaks of or comes from."""
    if announcement.urgency is not Urgency.URGENT or announcement.audience.kind is AudienceKind.PEOPLE:
        return None
    there = {one.person for one in facts.recipients}
    named = tuple(PersonId(each) for each in mentions.effective(announcement, facts) if each in there)
    if named and len(named) < len(there):
        names = [facts.names.get(person, "") for person in named]
        return MentionCandidate(label=counts.names(names, limit=2), people=named)
    known = {department.name for department in scene.world.directory.departments()}
    teams = [one for one in facts.candidates if one.label in known and 0 < len(one.people) < len(there)]
    return min(teams, key=lambda one: len(one.people), default=None)


def _timers(row: AnnouncementRow, decision: Decision) -> tuple[Timer, ...]:
    opening = decision.hold_until
    if row.state is not State.PREVIEWED or opening is None:
        return ()
    return (
        Timer(
            key=f"unconfirmed:{row.announcement.id}",
            kind="unconfirmed",
            subject=row.announcement.id,
            due_at=opening,
        ),
    )


def judged(scene: Scene, row: AnnouncementRow, decision: Decision) -> AuditEntry:
    """The audit's line for one judgement: rules and figures, never the text."""
    strictest = decision.findings[0] if decision.findings else None
    return AuditEntry(
        at=scene.now,
        who=str(row.announcement.author),
        act="judged",
        subject=row.announcement.id,
        rule=strictest.rule if strictest else "",
        why=decision.verdict.name.lower(),
        details={
            "audience": row.label,
            "people": row.size,
            "version": row.version,
            "rules": ",".join(finding.rule for finding in decision.findings),
        },
    )


def to_author(scene: Scene, row: AnnouncementRow, card: Card, cause: str, *, key: str) -> NewOutbox:
    """A card to the one who asked; its numbered twin where there are no cards."""
    cards = scene.world.channels[row.asked_from.platform].cards
    effect: Effect = (
        SendCard(to=row.asked_from, card=card)
        if cards
        else SendText(to=row.asked_from, text=plain.twin(card))
    )
    return NewOutbox(
        key=key,
        effect=effect,
        step="preview",
        weight=Weight.ANSWER,
        recipients=(row.asked_from,),
        cause=cause,
        created_at=scene.now,
    )


def answer(scene: Scene, effect: Effect, cause: str, step: str, target: str) -> NewOutbox:
    """An answer to what a person just did: leaves at once, whatever the hour."""
    platform = (
        effect.platform
        if isinstance(effect, UpdateCard)
        else scene.account.platform
        if scene.account
        else None
    )
    if platform is None:
        raise ValueError("an answer goes to somebody")
    return NewOutbox(
        key=derive(scene.world.tenants[platform], cause, step, target, 0),
        effect=effect,
        step=step,
        weight=Weight.ANSWER,
        recipients=(scene.account,) if scene.account else (),
        cause=cause,
        created_at=scene.now,
    )


CHARACTER_BYTES = 3
"""A Chinese character in UTF-8."""
ROOM_AROUND_BYTES = 900
"""What title, tag, reason, and the sentences of a preview take beside the author's own words."""


def longest_text(scene: Scene, announcement: Announcement, asked_from: Account) -> int:
    """How many bytes of the author's words every message and card about it can hold; 0 = no limit."""
    platforms = {one.account.platform for one in scene.recipients(announcement)} | {asked_from.platform}
    holds = [
        scene.world.channels[one].text_bytes for one in platforms if scene.world.channels[one].text_bytes
    ]
    return max(min(holds) - ROOM_AROUND_BYTES, 0) if holds else 0


def say(scene: Scene, text: str, cause: str, step: str = "say") -> Outcome:
    """A plain answer to who spoke."""
    if scene.account is None:
        return Outcome()
    return Outcome(
        outbox=(answer(scene, SendText(to=scene.account, text=text), cause, step, str(scene.account)),)
    )


def show_to_asker(
    scene: Scene,
    card: Card,
    offered: tuple[Action, ...],
    cause: str,
    step: str,
    *,
    beside: Dialog | None = None,
) -> Outcome:
    """A card as an answer to who spoke, its numbered twin where there are none; numbers stand for its buttons.

    Args:
        beside: a question of ours that stays open; the new numbers go on behind its own, and where there are
            buttons an answer in words is never taken for one of them.
    """
    if scene.account is None:
        return Outcome()
    cards = scene.world.channels[scene.account.platform].cards
    before = beside.offers if beside is not None else ()
    effect: Effect = (
        SendCard(to=scene.account, card=card)
        if cards
        else SendText(to=scene.account, text=plain.twin(card, len(before) + 1))
    )
    is_waited_for = cards and beside is not None and bool(beside.expects)
    offers = () if is_waited_for else tuple((action.label, action.id) for action in offered)
    dialog = replace(
        beside or Dialog(account=scene.account, until=scene.now + DIALOG_LIVES),
        offers=(*before, *offers),
        greeted=True,
    )
    return Outcome(
        outbox=(answer(scene, effect, cause, step, str(scene.account)),),
        actions=offered,
        dialogs=(dialog,),
    )


def waiting_for(scene: Scene, expects: str, row: AnnouncementRow, action: str = "") -> Dialog:
    """The next thing said by the author is taken for ``expects``; ``action``: the fix that asked for it."""
    return Dialog(
        account=row.asked_from,
        expects=f"{expects} {action}".strip(),
        subject=row.announcement.id,
        until=scene.now + DIALOG_LIVES,
        greeted=True,
    )
