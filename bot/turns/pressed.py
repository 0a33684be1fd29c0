"""点按 (pressed): a button, decided inside its own acknowledgement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from adapters.port import Reply, ToastTone
from bot.facts import Scene
from bot.store.rows import Action, AnnouncementRow, AuditEntry, OutboxState
from bot.turns import (
    adopting,
    draft,
    feedback,
    freshness,
    keeping,
    leaving,
    letters,
    passing_on,
    pausing,
    pilot,
    pilot_end,
    poll_drafts,
    polls,
    readers,
    recall,
    received,
    retime,
    review,
    urgent,
)
from bot.turns.outcome import Cancel, Outcome, Settle, StopTimer
from bot.turns.questions import why_pressed
from policies import announcement as life
from policies import engine, fixes, four_eyes
from policies.announcement import Act, State
from policies.card import Card
from policies.decision import Fix, Verdict
from policies.effects import UpdateCard
from policies.model import Person, Pressed, Scalar
from policies.wording import due as due_words
from policies.wording import plain, progress
from policies.wording import pressed as words
from policies.wording import said as questions
from policies.wording.refusal import PASS_ON

Turn = Callable[[Pressed, Scene, Action, Person], Outcome]

EDITABLE = (State.PREVIEWED, State.REFUSED, State.IN_REVIEW, State.DECLINED, State.ASKING)
"""Its author may still change it; what a reviewer was asked is void then."""


def turn(event: Pressed, scene: Scene) -> Outcome:
    """Toast and new card for the answer; every check stands here, none in the card."""
    action, asker = scene.action, scene.asker
    if action is not None and action.kind == PASS_ON.id and (asker is None or not asker.is_active):
        return passing_on.by_a_stranger(event, scene, action)
    refused = refusal(scene, action)
    if refused is not None or action is None or asker is None:
        return refused or _toast(words.EXPIRED, ToastTone.WARNING)
    row = scene.row
    if row is not None and action.kind in _BOUND_TO_VERSION and action.version != row.version:
        return _as_it_is_now(event, scene, row, action, asker)
    outcome = TURNS[action.kind](event, scene, action, asker)
    return replace(outcome, used=(*outcome.used, action.id), used_by=asker.id) if action.once else outcome


def refusal(scene: Scene, action: Action | None) -> Outcome | None:
    """Why this button may not be pressed by who pressed it now; ``None``: it may."""
    asker = scene.asker
    if asker is None or not asker.is_active:
        return _toast(words.NOT_KNOWN, ToastTone.WARNING)
    if action is None or action.expires_at <= scene.now:
        return _toast(words.EXPIRED, ToastTone.WARNING)
    if action.addressees and asker.id not in action.addressees:
        return _toast(words.NOT_YOURS, ToastTone.WARNING)
    if action.once and action.used_at is not None:
        return _toast(_used_by(scene, action), ToastTone.INFO)
    return None


def _as_it_is_now(
    event: Pressed, scene: Scene, row: AnnouncementRow, action: Action, asker: Person
) -> Outcome:
    """A button of an earlier face: a new face travels in a press's answer alone, and that answer may have been lost.

    Whoever asked is shown the words as they are now, on the very card that was pressed, and decides again.
    """
    is_authors = action.kind not in review.TURNS and asker.id == row.announcement.author
    if not is_authors or row.state not in (State.PREVIEWED, State.REFUSED):
        return _toast(words.STALE, ToastTone.WARNING, _faded(row, action))
    return draft.show(
        scene,
        row.announcement,
        asker,
        asked_from=row.asked_from,
        cause=event.cause,
        previous=row,
        in_reply=True,
        toast=words.STALE,
    )


def _faded(row: AnnouncementRow, action: Action) -> Card | None:
    """A reviewer's card about words that have changed since; the author's old card has been given its face."""
    return progress.replaced(row.announcement, quoted=False) if action.kind in review.TURNS else None


def by_number(event: Pressed, scene: Scene) -> Outcome:
    """The plain twin: a number said instead of a button pressed. The toast becomes a message, the card a twin."""
    outcome = turn(event, scene)
    reply = outcome.reply
    if reply is None:
        return outcome
    outcome = replace(outcome, reply=None)
    cards = scene.world.channels[event.platform].cards
    if reply.card is not None and scene.row is not None and cards and scene.row.card_key:
        update = UpdateCard(platform=event.platform, key=scene.row.card_key, message_id="", card=reply.card)
        outcome += Outcome(
            outbox=(draft.answer(scene, update, event.cause, "card", scene.row.announcement.id),)
        )
        return outcome + (draft.say(scene, reply.toast, event.cause, "toast") if reply.toast else Outcome())
    text = "\n".join(filter(None, (reply.toast, plain.twin(reply.card) if reply.card else "")))
    return outcome + (draft.say(scene, text, event.cause, "toast") if text else Outcome())


def _used_by(scene: Scene, action: Action) -> str:
    person = scene.world.directory.person(action.used_by) if action.used_by else None
    mine = scene.asker is not None and action.used_by == scene.asker.id
    return words.USED if person is None or mine else words.used_by(person.name)


def _confirm(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    row = scene.row
    if row is None or row.state is not State.PREVIEWED:
        return _state_toast(row)
    facts = scene.judging(row.announcement, asker)
    decision = engine.judge(row.announcement, facts, scene.now, scene.world.ruleset)
    if decision.verdict is Verdict.REVIEW:
        return review.ask(scene, row, decision, asker, event.cause)
    if decision.verdict > Verdict.HOLD:
        return draft.show(
            scene,
            row.announcement,
            asker,
            asked_from=row.asked_from,
            cause=event.cause,
            previous=row,
            in_reply=True,
            toast=words.STALE,
        )
    outcome, card, toast = leaving.leave(scene, row, decision, asker, event.cause)
    waiting = replace(
        draft.waiting_for(scene, "", row),
        offers=tuple((button.label, button.action) for button in card.buttons),
    )
    line = _line(
        scene,
        asker,
        "confirmed",
        row,
        why=decision.verdict.name.lower(),
        people=row.size,
        rows=len(outcome.outbox),
        version=row.version,
    )
    return outcome + Outcome(
        dialogs=(waiting,),
        audit=(line,),
        reply=Reply(toast=toast, tone=ToastTone.SUCCESS, card=card),
    )


def _undo(_: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """Stop what has not left; one UPDATE in this very transaction."""
    row = scene.row
    if row is None or row.state not in (State.SCHEDULED, State.SENDING):
        return _state_toast(row)
    left = scene.rows.get(OutboxState.HELD, 0) + scene.rows.get(OutboxState.DUE, 0)
    gone = sum(scene.rows.values()) - left
    if not left:
        return _toast(words.TOO_LATE, ToastTone.WARNING)
    state = life.advance(row.state, Act.CANCEL if not gone else Act.FINISH_PARTLY)
    return Outcome(
        announcements=(replace(row, state=state),),
        changes=(Cancel(announcement=row.announcement.id, reason="author"),),
        audit=(_line(scene, asker, "cancelled", row, rows=left, gone=gone),),
        reply=Reply(
            toast=words.CANCELLED if not gone else words.sent(gone, gone + left),
            tone=ToastTone.SUCCESS,
            card=progress.taken_back(row.announcement, left, gone),
        ),
    )


def _cancel(_: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    row = scene.row
    if row is None or row.state not in EDITABLE:
        return _state_toast(row)
    left = scene.rows.get(OutboxState.HELD, 0) + scene.rows.get(OutboxState.DUE, 0)
    gone = sum(scene.rows.values()) - left - scene.rows.get(OutboxState.CANCELLED, 0)
    is_partly = row.state is State.ASKING and gone > 0
    return review.void(scene, row) + Outcome(
        announcements=(
            replace(row, state=life.advance(row.state, Act.FINISH_PARTLY if is_partly else Act.CANCEL)),
        ),
        changes=(
            Cancel(announcement=row.announcement.id, reason="author"),
            StopTimer(key=f"unconfirmed:{row.announcement.id}"),
        ),
        dialogs=(draft.waiting_for(scene, "", row),),
        audit=(_line(scene, asker, "dropped", row),),
        reply=Reply(
            toast=words.sent(gone, gone + left) if is_partly else words.CANCELLED,
            tone=ToastTone.SUCCESS,
            card=progress.taken_back(row.announcement, left, gone)
            if is_partly
            else progress.taken_back(row.announcement, 0, 0),
        ),
    )


def _fix(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    row = scene.row
    if row is None or row.state not in EDITABLE:
        return _state_toast(row)
    fix = fix_of(action)
    needs = fixes.needs(fix)
    if needs is not None:
        return _ask(scene, row, needs, action.id, fix)
    try:
        changed, _ = engine.apply_fix(row.announcement, fix, scene.judging(row.announcement, asker))
    except LookupError:
        return _toast(words.STALE, ToastTone.WARNING)
    if fix.id == four_eyes.FIX:
        asked = review.ask_for(scene, row, changed, asker, event.cause)
        if asked is not None:
            return asked
    return review.void(scene, row) + draft.show(
        scene,
        changed,
        asker,
        asked_from=row.asked_from,
        cause=event.cause,
        previous=row,
        in_reply=True,
    )


def fix_of(action: Action) -> Fix:
    """The change behind a button, as it was kept with it."""
    change: dict[str, Scalar] = {key: value for key, value in action.change.items() if key != "fix"}
    return Fix(id=str(action.change.get("fix", "")), change=change)


def _ask(scene: Scene, row: AnnouncementRow, needs: str, action: str, about: Fix | None = None) -> Outcome:
    """Some changes need words of the author: the next thing they say is taken for it."""
    question = {
        "reason": lambda: questions.ask_reason(
            scene.urgent_this_month, scene.world.ruleset.work_hours.urgent_per_author_per_month
        ),
        "people": questions.ask_on_duty
        if about is not None and about.id == fixes.ON_DUTY
        else questions.ask_people,
        "text": questions.ask_text,
    }[needs]()
    asked = draft.say(scene, question, row.announcement.id, f"ask:{needs}:{row.version}:{action}")
    return asked + Outcome(
        dialogs=(draft.waiting_for(scene, needs, row, action),),
        reply=Reply(toast=question, tone=ToastTone.INFO),
    )


def ask_further(
    scene: Scene, row: AnnouncementRow, asked: Action, fix: Fix, missing: str, cause: str
) -> Outcome:
    """One answer is in, another is still wanted: the change goes on with what is known of it."""
    further = replace(
        asked,
        id=draft.action_id(scene, row, f"{asked.kind}:{missing}", cause),
        change={"fix": fix.id, **fix.change},
        used_by=None,
        used_at=None,
    )
    return replace(_ask(scene, row, missing, further.id, fix), actions=(further,), reply=None)


def _edit(_: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    if scene.row is None or scene.row.state not in EDITABLE:
        return _state_toast(scene.row)
    return _ask(scene, scene.row, "text", "")


def _settle(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """A human's word on messages whose outcome is unknown, or that were given up; the pair is used up together."""
    arrived = action.kind == "arrived"
    keys = str(action.change.get("key", "")).split()
    subject = scene.row.announcement.id if scene.row else ""
    return Outcome(
        changes=tuple(Settle(key=one, arrived=arrived, by=asker.id) for one in keys),
        used=tuple(str(action.change.get("pair", "")).split()),
        audit=(
            AuditEntry(
                at=scene.now,
                who=str(asker.id),
                act="settled",
                subject=subject,
                why="arrived" if arrived else "resend",
                details={"key": " ".join(keys)},
            ),
        ),
        reply=Reply(
            toast=words.SENT if arrived else words.TAKEN,
            tone=ToastTone.SUCCESS,
            card=progress.settled(arrived=arrived),
        ),
    )


def _let_be(_: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """What was given up stays so."""
    row = scene.row
    return Outcome(
        used=tuple(str(action.change.get("pair", "")).split()),
        audit=(
            AuditEntry(
                at=scene.now,
                who=str(asker.id),
                act="settled",
                subject=row.announcement.id if row else "",
                why="let-be",
                details={"key": str(action.change.get("key", ""))},
            ),
        ),
        reply=Reply(
            toast=words.CANCELLED,
            tone=ToastTone.SUCCESS,
            card=due_words.let_be(row.announcement.text if row else ""),
        ),
    )


def _line(
    scene: Scene, asker: Person, act: str, row: AnnouncementRow, why: str = "", **details: Scalar
) -> AuditEntry:
    return AuditEntry(
        at=scene.now, who=str(asker.id), act=act, subject=row.announcement.id, why=why, details=details
    )


def _toast(text: str, tone: ToastTone, card: Card | None = None) -> Outcome:
    return Outcome(reply=Reply(toast=text, tone=tone, card=card))


def _state_toast(row: AnnouncementRow | None) -> Outcome:
    """The press comes late: say what has become of it meanwhile."""
    state = row.state if row else State.CANCELLED
    return _toast(_ALREADY.get(state, words.USED), ToastTone.INFO)


_ALREADY = {
    State.CANCELLED: words.CANCELLED,
    State.SENT: words.SENT,
    State.SENDING: words.TAKEN,
    State.SCHEDULED: words.TAKEN,
}

TURNS: dict[str, Turn] = {
    "confirm": _confirm,
    "cancel": _cancel,
    "edit": _edit,
    "urgent": _fix,
    "fix": _fix,
    "undo": _undo,
    "arrived": _settle,
    "not-arrived": _settle,
    due_words.RETRY.id: _settle,
    due_words.LET_BE.id: _let_be,
    **review.TURNS,
    **recall.TURNS,
    **retime.TURNS,
    **freshness.TURNS,
    **urgent.TURNS,
    "received": received.turn,
    "why": why_pressed,
    **readers.TURNS,
    "resume": pausing.resume_pressed,
    **polls.TURNS,
    **poll_drafts.TURNS,
    **pilot.TURNS,
    **pilot_end.TURNS,
    **feedback.TURNS,
    **letters.TURNS,
    **adopting.TURNS,
    **keeping.TURNS,
    **passing_on.TURNS,
}
_BOUND_TO_VERSION = frozenset(
    {"confirm", "fix", "edit", "urgent", *review.TURNS, *retime.TURNS, urgent.NARROW}
)
