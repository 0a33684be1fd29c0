"""改时间 (retime): another moment for what is previewed or waits; the words and the people stay, so the yes stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.port import Reply, ToastTone
from bot.conversation import times
from bot.facts import Scene
from bot.store.rows import Action, AnnouncementRow, AuditEntry, OutboxRow, OutboxState, Timer
from bot.turns import draft, freshness, leaving, publish, review, spoken
from bot.turns.outcome import Outcome, Regroup, StopTimer
from policies import announcement as life
from policies import engine
from policies.announcement import Act, State
from policies.calendar import WorkCalendar
from policies.decision import Decision, Verdict
from policies.model import Person, Pressed, Said
from policies.rules import work_hours
from policies.wording import findings, moments, progress
from policies.wording import pressed as toasts
from policies.wording import said as words
from policies.wording.preview import RETIME
from policies.wording.refusal import Refusal

WISH = "retime"
EXPECTS = "time"
_PREVIEWED = (State.PREVIEWED, State.REFUSED)
_WAITING = (State.SCHEDULED, State.ASKING, State.SENDING)


def meant(own: Sequence[AnnouncementRow]) -> AnnouncementRow | None:
    """The newest of one's own whose moment can still be changed."""
    return next((row for row in own if row.state in (*_PREVIEWED, *_WAITING)), None)


def when(text: str, now: datetime, calendar: WorkCalendar) -> datetime | Refusal:
    """The moment these words mean, or what to ask back; a day alone means its opening."""
    found = times.find(text, now, calendar)
    if isinstance(found, times.Ask):
        if found.kind == "past":
            return words.past()
        return words.which_moment(text, tuple(label for label, _ in found.options))
    moment = None
    if found is not None:
        moment = found.moment or found.deadline
        if found.span is not None:
            opening = calendar.next_opening(found.span[0])
            moment = opening if opening < found.span[1] else found.span[0]
    if moment is None:
        return words.unclear_moment(text)
    return moment if moment > now else words.past_moment(moment, now, zone=calendar.zone)


def asked(event: Said, scene: Scene, asker: Person, text: str) -> Outcome:
    """改到明天十点, 改时间: about ``scene.row``, whose rows are ``scene.carried``."""
    row = scene.row
    if row is None or row.announcement.author != asker.id or row.state not in (*_PREVIEWED, *_WAITING):
        return spoken.refuse(scene, event.cause, words.nothing_to_retime())
    if not text.strip():
        return draft.say(scene, words.ask_moment(), event.cause) + Outcome(
            dialogs=(draft.waiting_for(scene, EXPECTS, row),)
        )
    return said(event, scene, asker, row, text)


def said(event: Said, scene: Scene, asker: Person, row: AnnouncementRow, text: str) -> Outcome:
    """The words of a moment came."""
    moment = when(text, scene.now, scene.world.calendars.company)
    if isinstance(moment, Refusal):
        waiting = draft.waiting_for(scene, EXPECTS, row)
        return spoken.refuse(scene, event.cause, moment, beside=waiting)
    changed = replace(row.announcement, not_before=moment)
    if row.state in _PREVIEWED:
        return draft.show(scene, changed, asker, asked_from=row.asked_from, cause=event.cause, previous=row)
    if row.state not in _WAITING:
        return spoken.refuse(scene, event.cause, words.nothing_to_retime())
    if "asked" in row.decision:
        return spoken.refuse(scene, event.cause, words.reviewed_time())
    return _move(event, scene, asker, replace(row, announcement=changed), moment)


def _move(event: Said, scene: Scene, asker: Person, row: AnnouncementRow, moment: datetime) -> Outcome:
    """What waits is held until its people's hours after the new moment; one transaction, and nobody is asked again."""
    decision = engine.judge(
        row.announcement, scene.judging(row.announcement, asker), scene.now, scene.world.ruleset
    )
    if decision.verdict > Verdict.HOLD:
        seen = draft.view_of(scene, row.announcement, decision, asker).seen
        why = findings.sentence(decision.findings[0], seen)
        return spoken.refuse(scene, event.cause, words.not_moved(why))
    waiting = [
        one
        for one in scene.carried
        if one.state in (OutboxState.HELD, OutboxState.DUE) and not one.may_have_left
    ]
    if not waiting:
        return spoken.refuse(scene, event.cause, words.on_its_way())
    row = replace(
        row,
        decision={**row.decision, "guess": work_hours.guessed(decision.parts, scene.world.calendars)},
    )
    later = by_moment(row, decision, waiting, moment)
    groups = {one: publish.release_group(row, one) for one in later}
    undo = leaving.undo_of(scene, row, asker)
    card = progress.confirmed(
        row.announcement,
        [(part.not_before or moment, len(part.recipients)) for part in decision.parts],
        scene.now,
        lambda _: undo.id,
        spread_minutes=scene.world.spread_minutes,
        zone=scene.world.zone,
    )
    answered = life.advance(row.state, Act.CONFIRM) if row.state is State.ASKING else row.state
    toast = toasts.scheduled(min(later), scene.now, zone=scene.world.zone)
    return (
        Outcome(
            announcements=(replace(row, state=life.advance(answered, Act.HOLD)),),
            changes=(
                *(StopTimer(key=one.entry.group) for one in waiting if one.entry.group),
                *(Regroup(ids=tuple(ids), not_before=one, group=groups[one]) for one, ids in later.items()),
            ),
            timers=tuple(Timer.releasing(group, row.announcement.id, one) for one, group in groups.items()),
            actions=(undo,),
            dialogs=(replace(draft.waiting_for(scene, "", row), offers=((undo.label, undo.id),)),),
            audit=(
                AuditEntry(
                    at=scene.now,
                    who=str(asker.id),
                    act="retimed",
                    subject=row.announcement.id,
                    details={"rows": len(waiting), "to": moments.written(min(later))},
                ),
            ),
        )
        + freshness.moved(scene, row, min(later))
        + review.author_sees(scene, row, card)
        + draft.say(scene, toast, event.cause)
    )


def by_moment(
    row: AnnouncementRow, decision: Decision, waiting: Sequence[OutboxRow], moment: datetime
) -> dict[datetime, list[int]]:
    """Ids of the rows by the moment at which their people's hours open after ``moment``."""
    opens = {one.account: part.not_before for part in decision.parts for one in part.recipients}
    undo = row.undo_until
    later: dict[datetime, list[int]] = {}
    for one in waiting:
        known = [opens.get(account) or moment for account in one.entry.recipients]
        wanted = max([*known, *([undo] if undo else [])], default=None) or decision.hold_until or moment
        later.setdefault(wanted, []).append(one.id)
    return later


def _ask(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    row = scene.row
    if row is None or row.state not in (*_PREVIEWED, State.ASKING):
        return Outcome(reply=Reply(toast=toasts.USED, tone=ToastTone.INFO))
    question = words.ask_moment()
    return draft.say(scene, question, row.announcement.id, f"ask:{EXPECTS}:{row.version}") + Outcome(
        dialogs=(draft.waiting_for(scene, EXPECTS, row),),
        reply=Reply(toast=question, tone=ToastTone.INFO),
    )


TURNS: dict[str, Callable[[Pressed, Scene, Action, Person], Outcome]] = {RETIME.id: _ask}
