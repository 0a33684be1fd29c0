"""发布 (publish): from a confirmed announcement to outbox rows, now or held, each with its derived key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.facts import Scene
from bot.store import groups
from bot.store.keys import derive
from bot.store.rows import AnnouncementRow, NewOutbox, OutboxRow, OutboxState, Timer
from bot.turns import draft
from policies import announcement as life
from policies import remedy
from policies.announcement import Act
from policies.decision import Decision
from policies.effects import platform_of, target_of
from policies.facts import Facts
from policies.model import Announcement, AudienceKind, Person, Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What confirming leads to.

    Attributes:
        held_until: the first moment somebody gets it, ``None``: at once.
        undo_until: until when a press still stops all of it.
    """

    row: AnnouncementRow
    outbox: tuple[NewOutbox, ...]
    timers: tuple[Timer, ...]
    held_until: datetime | None
    undo_until: datetime | None


def publish(scene: Scene, row: AnnouncementRow, decision: Decision, author: Person, cause: str) -> Published:
    """Rows are born due, or held under one release timer per moment.

    A company-wide one that is not urgent waits ``undo_seconds`` first; the window is a hold like any other.
    """
    announcement = row.announcement
    now = scene.now
    wide = announcement.audience.kind is AudienceKind.COMPANY and announcement.urgency is not Urgency.URGENT
    undo_until = (
        now + timedelta(seconds=scene.world.undo_seconds) if wide and scene.world.undo_seconds else None
    )
    paused_until = _paused_until(scene, announcement)
    deliveries = draft.plan_of(scene, announcement, decision, scene.judging(announcement, author))
    outbox: list[NewOutbox] = []
    moments: dict[str, datetime] = {}
    for delivery in deliveries:
        moment = max(filter(None, (delivery.not_before, undo_until, paused_until)), default=None)
        group = _group(row, moment, is_paused=moment is not None and moment == paused_until)
        if moment:
            moments[group] = moment
        outbox.append(_row(scene, row, delivery, cause, moment, group))
    held = min(moments.values(), default=None) if all(one.not_before for one in outbox) else None
    state = life.advance(row.state, Act.CONFIRM)
    if held is None:
        state = life.advance(state, Act.RELEASE)
    timers = tuple(Timer.releasing(group, announcement.id, moment) for group, moment in moments.items())
    published = replace(row, state=state, confirmed_at=now, confirmed_by=author.id, undo_until=undo_until)
    return Published(
        row=published, outbox=tuple(outbox), timers=timers, held_until=held, undo_until=undo_until
    )


def release_group(row: AnnouncementRow, moment: datetime) -> str:
    """What is released together: one announcement, one moment."""
    return groups.release(row.announcement.id, moment)


def _group(row: AnnouncementRow, moment: datetime | None, *, is_paused: bool) -> str:
    if moment is None:
        return ""
    return groups.paused(row.announcement.id, moment) if is_paused else release_group(row, moment)


def _paused_until(scene: Scene, announcement: Announcement) -> datetime | None:
    """While it is paused nothing leaves but what is urgent."""
    if scene.pause is None or announcement.urgency is Urgency.URGENT:
        return None
    return scene.pause.until


def _row(
    scene: Scene,
    row: AnnouncementRow,
    delivery: remedy.Delivery,
    cause: str,
    moment: datetime | None,
    group: str,
) -> NewOutbox:
    platform = platform_of(delivery.effect)
    key = derive(
        scene.world.tenants[platform],
        row.announcement.id,
        f"{delivery.step}:{row.version}",
        target_of(delivery.effect),
        row.generation,
    )
    return NewOutbox(
        key=key,
        effect=delivery.effect,
        step=delivery.step,
        state=OutboxState.HELD if moment else OutboxState.DUE,
        announcement=row.announcement.id,
        weight=delivery.weight,
        recipients=tuple(one.account for one in delivery.recipients),
        not_before=moment,
        group=group,
        tell=row.announcement.author,
        cause=cause,
        generation=row.generation,
        created_at=scene.now,
    )


def waited(scene: Scene, rows: Sequence[OutboxRow], facts: Facts, opening: datetime) -> frozenset[int]:
    """Ids of the rows for which ``opening`` is when their people come to work."""
    people = {one.account: one for one in facts.recipients}
    return frozenset(
        row.id
        for row in rows
        if remedy.waited(
            remedy.Delivery(
                effect=row.entry.effect,
                recipients=tuple(people[account] for account in row.entry.recipients if account in people),
                not_before=opening,
                weight=row.entry.weight,
            ),
            scene.world.calendars,
        )
    )
