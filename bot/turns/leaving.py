"""放行 (leaving): an announcement that may go: its rows, the face its author's card gets, and the way back."""

from __future__ import annotations

from bot.facts import Scene
from bot.store.rows import Action, AnnouncementRow
from bot.turns import draft, freshness, publish
from bot.turns.outcome import Outcome, StopTimer
from policies.card import Card
from policies.decision import Decision
from policies.model import Person
from policies.wording import pressed as words
from policies.wording import progress


def leave(
    scene: Scene, row: AnnouncementRow, decision: Decision, author: Person, cause: str
) -> tuple[Outcome, Card, str]:
    """What is written, the author's card from now on, and what to tell who pressed."""
    done = publish.publish(scene, row, decision, author, cause)
    undo = undo_of(scene, row, author)
    card = progress.confirmed(
        row.announcement,
        [(part.not_before, len(part.recipients)) for part in decision.parts],
        scene.now,
        lambda _: undo.id,
        undo_until=done.undo_until,
        spread_minutes=scene.world.spread_minutes,
        zone=scene.world.zone,
    )
    outcome = Outcome(
        announcements=(done.row,),
        outbox=done.outbox,
        timers=(
            *done.timers,
            *freshness.timers(scene, row, draft.asks_on(scene, row.announcement, decision)),
        ),
        changes=(StopTimer(key=f"unconfirmed:{row.announcement.id}"),),
        actions=(undo,),
    )
    return outcome, card, _toast(scene, done)


def undo_of(scene: Scene, row: AnnouncementRow, author: Person) -> Action:
    """The way back, until everything has left."""
    return Action(
        id=draft.action_id(scene, row, "undo", row.announcement.id),
        kind="undo",
        subject=row.announcement.id,
        label=progress.UNDO.label,
        addressees=(author.id,),
        version=row.version,
        expires_at=scene.now + draft.ACTIONS_LIVE,
        once=False,
    )


def _toast(scene: Scene, done: publish.Published) -> str:
    if done.undo_until is not None and done.held_until is not None and done.held_until <= done.undo_until:
        return words.undoable(scene.world.undo_seconds)
    if done.held_until is not None:
        return words.scheduled(done.held_until, scene.now, zone=scene.world.zone)
    return words.TAKEN
