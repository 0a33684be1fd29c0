"""过时 (freshness): what waited over a long rest, or speaks of a time that will be over, is asked about before it leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.port import Reply, ToastTone
from bot.conversation import times
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.rows import Action, AnnouncementRow, AuditEntry, OutboxRow, OutboxState, Timer
from bot.turns import draft, tell
from bot.turns.outcome import Outcome, Regroup, StopTimer
from policies import announcement as life
from policies.announcement import Act, State
from policies.model import Due, Person, Pressed
from policies.wording import due as words
from policies.wording import pressed as toasts

ASK = "freshness"
LATE = "freshness-late"
GO_AHEAD = "go-ahead"
BEFORE_OPENING = timedelta(minutes=10)
PATIENCE = timedelta(minutes=30)
LONG_REST = timedelta(days=2)
"""Between the first and the last day off: three days; an ordinary weekend alone asks nobody."""


def timers(scene: Scene, row: AnnouncementRow, opening: datetime | None) -> tuple[Timer, ...]:
    """When its author must be asked, if at all; set with the yes."""
    if opening is None or opening - BEFORE_OPENING <= scene.now or not is_stale(scene, row, opening):
        return ()
    subject = row.announcement.id
    return (
        Timer(key=f"{ASK}:{subject}", kind=ASK, subject=subject, due_at=opening - BEFORE_OPENING),
        Timer(key=f"{LATE}:{subject}", kind=LATE, subject=subject, due_at=opening + PATIENCE),
    )


def is_stale(scene: Scene, row: AnnouncementRow, opening: datetime) -> bool:
    """Whether the words may not be true any more when they leave."""
    calendar = scene.world.calendars.company
    rest = calendar.break_after(max(scene.now, row.announcement.not_before or scene.now))
    if rest is not None and rest[1] - rest[0] >= LONG_REST:
        return True
    found = times.find(row.announcement.text, scene.now, calendar)
    if not isinstance(found, times.Found):
        return False
    over = found.moment or found.deadline or (found.span[1] if found.span else None)
    return over is not None and over <= opening


def ask(event: Due, scene: Scene, _: Sequence[OutboxRow]) -> Outcome:
    """Ten minutes before the opening: once, and at once, for the answer is wanted by then."""
    row = scene.row
    if row is None or row.state is not State.SCHEDULED:
        return Outcome()
    author = scene.world.directory.person(row.announcement.author)
    if author is None or not author.is_active:
        return Outcome()
    asked = {
        choice.id: Action(
            id=draft.action_id(scene, row, f"fresh:{choice.id}", row.announcement.id),
            kind=GO_AHEAD if choice is words.SEND_NOW else choice.id,
            subject=row.announcement.id,
            label=choice.label,
            addressees=(author.id,),
            version=row.version,
            expires_at=scene.now + draft.ACTIONS_LIVE,
            once=False,
        )
        for choice in words.ASK
    }
    card = words.ask_before_release(
        row.announcement.text,
        row.label,
        row.created_at,
        scene.now,
        lambda choice: asked[choice.id].id,
        zone=scene.world.zone,
    )
    key = derive(scene.world.tenants[row.asked_from.platform], row.announcement.id, ASK, "", row.version)
    return Outcome(
        announcements=(replace(row, state=life.advance(row.state, Act.ASK)),),
        outbox=(draft.to_author(scene, row, card, event.cause, key=key),),
        actions=tuple(asked.values()),
        dialogs=(
            replace(
                draft.waiting_for(scene, "", row),
                offers=tuple((one.label, one.id) for one in asked.values()),
            ),
        ),
        audit=(AuditEntry(at=scene.now, who="yizhan", act="asked-author", subject=row.announcement.id),),
    )


def late(event: Due, scene: Scene, _: Sequence[OutboxRow]) -> Outcome:
    """Half an hour after the opening nobody has answered: said once, and it stays where it is."""
    row = scene.row
    if row is None or row.state is not State.ASKING:
        return Outcome()
    author = scene.world.directory.person(row.announcement.author)
    if author is None or not author.is_active:
        return Outcome()
    return tell.tell(
        scene,
        (author,),
        words.still_not_sent(row.announcement.text),
        cause=row.announcement.id,
        step=f"{LATE}:{row.version}",
        kind=LATE,
        platform_of_first=row.asked_from,
    )


def _go_ahead(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """照发: it leaves at its opening, or now when that has passed."""
    row = scene.row
    if row is None or row.state is not State.ASKING:
        return Outcome(reply=Reply(toast=toasts.USED, tone=ToastTone.INFO))
    passed = [
        one.id
        for one in scene.carried
        if one.state is OutboxState.HELD and (one.entry.not_before or scene.now) <= scene.now
    ]
    moment = scene.now.replace(microsecond=0) + timedelta(
        seconds=1
    )  # this second's own release may have fired
    group = f"release:{row.announcement.id}:{int(moment.timestamp())}"
    now_due = (
        Outcome(
            changes=(Regroup(ids=tuple(passed), not_before=moment, group=group),),
            timers=(Timer(key=group, kind="release", subject=row.announcement.id, due_at=moment),),
        )
        if passed
        else Outcome()
    )
    return now_due + Outcome(
        announcements=(replace(row, state=life.advance(row.state, Act.CONFIRM)),),
        changes=(StopTimer(key=f"{LATE}:{row.announcement.id}"),),
        audit=(
            AuditEntry(at=scene.now, who=str(asker.id), act="confirmed-again", subject=row.announcement.id),
        ),
        reply=Reply(toast=toasts.TAKEN, tone=ToastTone.SUCCESS, card=words.goes_ahead(row.announcement.text)),
    )


TURNS: dict[str, Callable[[Pressed, Scene, Action, Person], Outcome]] = {GO_AHEAD: _go_ahead}
DUE = {ASK: ask, LATE: late}
