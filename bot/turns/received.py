"""收到 (received): one press instead of forty messages; counted once a person, shown as a number only."""

from __future__ import annotations

from datetime import datetime, timedelta

from adapters.port import Reply, ToastTone
from bot import reach
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.rows import (
    Action,
    AnnouncementRow,
    NewOutbox,
    OutboxRow,
    OutboxState,
    ReceiptEntry,
    ReceiptKind,
    Timer,
)
from bot.turns.outcome import Outcome
from policies.announcement import State
from policies.card import Card
from policies.effects import SendCard, UpdateCard, platform_of
from policies.model import Account, Announcement, Due, Person, Platform, Pressed, Weight
from policies.wording import notice
from policies.wording import pressed as words
from policies.wording.choice import Choice

ACTIONS_LIVE = timedelta(days=90)
"""Longer than any hold and the fourteen days in which Feishu lets a card be pressed."""
REDRAWN_EVERY = timedelta(seconds=30)
"""A group's card gets a new count at most this often."""
REDRAWN_EVERY_WHERE_COUNTED = timedelta(minutes=10)
"""The same where every update is charged to the month's pot."""
TOO_DEAR = 0.8
"""From this share of the pot on, the count in the card stays as it is: receipts are thinned first."""

_GONE = frozenset({State.RECALLING, State.RECALLED})


def action_of(announcement: Announcement, choice: Choice) -> str:
    """The opaque id of a notice's button: one for all its copies, since what a press means hangs on who presses."""
    return derive("", announcement.id, f"action:{choice.id}", "", 0)[:24]


def actions(announcement: Announcement, now: datetime) -> tuple[Action, ...]:
    """What the buttons of its copies stand for; anyone may press who was meant."""
    return tuple(
        Action(
            id=action_of(announcement, choice),
            kind=choice.id,
            subject=announcement.id,
            label=choice.label,
            expires_at=now + ACTIONS_LIVE,
            once=False,
        )
        for choice in (notice.RECEIVED, notice.WHY)
    )


def turn(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """Count it once, thank in private, and let the cards show the number soon."""
    row = scene.row
    if row is None or row.state in _GONE:
        return Outcome(reply=Reply(toast=words.RECALLED, tone=ToastTone.INFO))
    if not was_meant(scene, row, asker):
        return Outcome(reply=Reply(toast=words.NOT_YOURS, tone=ToastTone.WARNING))
    card = _own_card(scene, asker)
    return record(scene, row, asker, event.presser) + Outcome(
        reply=Reply(toast=words.RECEIVED, tone=ToastTone.SUCCESS, card=card)
    )


def record(scene: Scene, row: AnnouncementRow, person: Person, account: Account) -> Outcome:
    """The receipt, and the moment at which the groups' cards are drawn anew."""
    entry = ReceiptEntry(
        announcement=row.announcement.id,
        person=person.id,
        kind=ReceiptKind.RECEIVED,
        account=account,
        at=scene.now,
    )
    fresh = person.id not in scene.reach.received
    shared = scene.reach.shared_cards() if fresh else ()
    return Outcome(
        receipts=(entry,),
        timers=tuple(
            Timer(
                key=f"count:{platform}:{row.announcement.id}",
                kind="count",
                subject=row.announcement.id,
                due_at=_next_redraw(scene, platform),
            )
            for platform in sorted({platform_of(one.entry.effect) for one in shared})
        ),
    )


def was_meant(scene: Scene, row: AnnouncementRow, person: Person) -> bool:
    """By the copies that left, by today's audience, or by a post into a group of which nobody tells who is in it."""
    if person.id in scene.reach.copies or scene.reach.is_open():
        return True
    return any(one.person == person.id for one in scene.recipients(row.announcement))


def count_due(event: Due, scene: Scene) -> Outcome:
    """Draw the number into the groups' cards, unless the month's pot is nearly empty."""
    row = scene.row
    platform = next((one for one in Platform if event.key.startswith(f"count:{one}:")), None)
    if row is None or platform is None or row.state in _GONE or _is_dear(scene, platform):
        return Outcome()
    return Outcome(
        outbox=tuple(
            _redrawn(scene, row, one)
            for one in scene.reach.shared_cards()
            if platform_of(one.entry.effect) is platform and one.state is OutboxState.SENT
        )
    )


def _own_card(scene: Scene, asker: Person) -> Card | None:
    """The presser's own copy shows the number at once, in the answer; a group's card waits for its turn."""
    pressed = scene.outbox_row
    if pressed is None or reach.is_shared(pressed) or not isinstance(pressed.entry.effect, SendCard):
        return None
    n = len(scene.reach.received | {asker.id})
    return notice.received(pressed.entry.effect.card, n, scene.reach.size)


def _redrawn(scene: Scene, row: AnnouncementRow, card: OutboxRow) -> NewOutbox:
    platform = platform_of(card.entry.effect)
    n = len(scene.reach.received)
    if not isinstance(card.entry.effect, SendCard):
        raise TypeError("only a card can be drawn anew")
    face = notice.received(card.entry.effect.card, n, scene.reach.size)
    return NewOutbox(
        key=derive(scene.world.tenants[platform], row.announcement.id, f"count:{n}", card.entry.key, 0),
        effect=UpdateCard(
            platform=platform,
            key=card.entry.key,
            message_id=str(card.receipt.get("message_id", "")),
            card=face,
        ),
        step="card",
        weight=Weight.CHORE,
        cause=row.announcement.id,
        group=f"count:{row.announcement.id}",
        created_at=scene.now,
    )


def _next_redraw(scene: Scene, platform: Platform) -> datetime:
    """The next border of a grid, so that presses within one step share one update."""
    counted = (platform, "calls") in scene.world.pots
    step = (REDRAWN_EVERY_WHERE_COUNTED if counted else REDRAWN_EVERY).total_seconds()
    border = (scene.now.timestamp() // step + 1) * step
    return datetime.fromtimestamp(border, tz=scene.now.tzinfo)


def _is_dear(scene: Scene, platform: Platform) -> bool:
    limit = scene.world.pots.get((platform, "calls"), 0)
    return bool(limit) and scene.spent.get((platform, "calls"), 0) >= limit * TOO_DEAR
