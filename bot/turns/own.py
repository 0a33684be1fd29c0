"""自己那一条 (own): 为什么, 改内容 and 急 said about the newest of one's own that has not left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation.parse import Ask, Wish
from bot.facts import Scene
from bot.store.rows import Action, AnnouncementRow
from bot.turns import draft, spoken
from bot.turns.outcome import Outcome
from policies import engine
from policies.announcement import State
from policies.decision import Verdict
from policies.model import Account, Person, Said, Urgency
from policies.wording import findings, preview
from policies.wording import own as words
from policies.wording import said as said_words

WISHES = (Wish.WHY, Wish.EDIT, Wish.URGENT)
EDITABLE = (State.PREVIEWED, State.REFUSED, State.IN_REVIEW, State.DECLINED, State.ASKING, State.SCHEDULED)
"""Nothing of it has left: new words begin again at a preview, and what was held for the old ones never leaves."""
_HURRIES = (State.PREVIEWED, State.SCHEDULED)


def meant(own: Sequence[AnnouncementRow]) -> AnnouncementRow | None:
    """The newest that has not left, else the newest."""
    return next((row for row in own if row.state in EDITABLE), next(iter(own), None))


def why(event: Said, scene: Scene, asker: Person) -> Outcome:
    """The rules, asked again at this moment, in the words of the preview."""
    row = scene.row
    if row is None or row.announcement.author != asker.id:
        return spoken.refuse(scene, event.cause, words.NOTHING_OPEN)
    text = words.why(
        row.announcement.text,
        said_words.STATES.get(row.state.value, row.state.value),
        tuple(filter(None, (*_reasons(scene, row, asker), draft.paused(scene)))),
        due_at=scene.next_moments.get(row.announcement.id) if row.state in _WAITS else None,
        now=scene.now,
        zone=scene.world.zone,
    )
    return draft.say(scene, text, event.cause)


_WAITS = (State.SCHEDULED, State.SENDING)
_JUDGED = (State.PREVIEWED, State.REFUSED, State.SCHEDULED)


def _reasons(scene: Scene, row: AnnouncementRow, asker: Person) -> tuple[str, ...]:
    match row.state:
        case State.IN_REVIEW:
            return (words.in_review(_reviewers(scene, row)),)
        case State.DECLINED:
            return (words.DECLINED,)
        case State.ASKING:
            return (words.ASKING,)
        case State.CANCELLED:
            return (words.CANCELLED,)
        case _ if row.state not in _JUDGED:
            return ()
    decision = engine.explain(
        row.announcement, scene.judging(row.announcement, asker), scene.now, scene.world.ruleset
    )
    seen = draft.view_of(scene, row.announcement, decision, asker).seen
    said = tuple(
        findings.sentence(one, seen) for one in decision.findings if one.verdict is not Verdict.ALLOW
    )
    return said or ((words.WAITS_FOR_YOU if row.state is State.PREVIEWED else words.NO_RULE),)


def _reviewers(scene: Scene, row: AnnouncementRow) -> tuple[str, ...]:
    accounts = [Account.parse(str(written)) for written in row.decision.get("asked", ())]
    found = (scene.world.directory.by_account(account) for account in accounts)
    return tuple(person.name for person in found if person is not None)


def edited(event: Said, scene: Scene, asker: Person, intent: Ask) -> Outcome | str:
    """What to say, or the new words as a string."""
    row = scene.row
    if row is None or row.announcement.author != asker.id:
        return spoken.refuse(scene, event.cause, words.NOTHING_TO_EDIT)
    if row.state is State.SENDING:
        return spoken.refuse(scene, event.cause, words.ON_ITS_WAY)
    if row.state not in EDITABLE:
        return spoken.refuse(scene, event.cause, words.NOTHING_TO_EDIT)
    if intent.about and intent.text:
        if intent.about not in row.announcement.text:
            return spoken.refuse(scene, event.cause, words.NOT_THERE)
        return row.announcement.text.replace(intent.about, intent.text)
    if intent.text:
        return intent.text
    return draft.say(scene, said_words.ask_text(), event.cause) + Outcome(
        dialogs=(draft.waiting_for(scene, "text", row),)
    )


def urgent(event: Said, scene: Scene, asker: Person) -> Outcome:
    """这件事很急: as if the button had been pressed; what waits goes on waiting until the reason is there."""
    row = scene.row
    if row is None or row.announcement.author != asker.id or row.state not in _HURRIES:
        return spoken.refuse(scene, event.cause, words.NOTHING_TO_HURRY)
    if row.announcement.urgency is Urgency.URGENT:
        return draft.say(scene, words.WAITS_FOR_YOU, event.cause)
    action = Action(
        id=draft.action_id(scene, row, preview.URGENT.id, event.cause),
        kind=preview.URGENT.id,
        subject=row.announcement.id,
        label=preview.URGENT.label,
        addressees=(asker.id,),
        version=row.version,
        change={"fix": "urgent"},
        expires_at=scene.now + draft.ACTIONS_LIVE,
        once=False,
    )
    question = said_words.ask_reason(
        scene.urgent_this_month, scene.world.ruleset.work_hours.urgent_per_author_per_month
    )
    here = replace(row, asked_from=event.message.author)
    return draft.say(scene, question, event.cause) + Outcome(
        actions=(action,), dialogs=(draft.waiting_for(scene, "reason", here, action.id),)
    )
