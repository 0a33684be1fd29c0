"""紧急 (urgent): the smallest circle first, and everybody else only when the author says so afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from adapters.port import Reply, ToastTone
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.rows import Action, AnnouncementRow, AuditEntry
from bot.turns import draft, leaving
from bot.turns.outcome import Outcome
from policies import engine
from policies.announcement import State
from policies.card import Card
from policies.decision import Verdict
from policies.model import Announcement, Audience, AudienceKind, Person, PersonId, Pressed, Recipient
from policies.wording import pressed as toasts
from policies.wording import urgent as words

NARROW = words.NARROW
WIDEN, STAY = words.WIDEN.id, words.STAY.id


def _narrow(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """只发给…: this press is the yes for these people; the rest of the audience can follow."""
    row = scene.row
    if row is None or row.state is not State.PREVIEWED:
        return Outcome(reply=Reply(toast=toasts.USED, tone=ToastTone.INFO))
    people = _people(action)
    changed = replace(
        row.announcement, audience=Audience(kind=AudienceKind.PEOPLE, people=people), mentions=()
    )
    sent, card = _send(scene, changed, row, asker, event.cause)
    if sent is None:
        return Outcome(reply=Reply(toast=toasts.STALE, tone=ToastTone.WARNING))
    before = scene.recipients(row.announcement)
    rest = [one.person for one in before if one.person not in people]
    if not rest:
        return sent.with_reply(Reply(toast=toasts.TAKEN, tone=ToastTone.SUCCESS, card=card))
    pair = _pair(scene, row, asker, rest)
    question = words.sent_to_few(_names(scene, before, people), len(rest), lambda choice: pair[choice.id].id)
    asked = draft.to_author(
        replace(scene, account=row.asked_from),
        row,
        question,
        event.cause,
        key=derive(
            scene.world.tenants[row.asked_from.platform], row.announcement.id, "widen?", "", row.version
        ),
    )
    offers = tuple((one.label, one.id) for one in pair.values())
    return (
        sent
        + Outcome(
            outbox=(asked,),
            actions=tuple(pair.values()),
            dialogs=(replace(draft.waiting_for(scene, "", row), offers=offers),),
        )
    ).with_reply(Reply(toast=toasts.TAKEN, tone=ToastTone.SUCCESS, card=card))


def _widen(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """扩大: the same words to those who have not had them; nobody gets a second copy."""
    row = scene.row
    if row is None:
        return Outcome(reply=Reply(toast=toasts.EXPIRED, tone=ToastTone.WARNING))
    if row.state in (State.CANCELLED, State.RECALLING, State.RECALLED):
        return Outcome(reply=Reply(toast=toasts.STALE, tone=ToastTone.WARNING))
    people = _people(action)
    wider = replace(
        row.announcement,
        id=derive("", row.announcement.id, "widened", "")[:20],
        audience=Audience(kind=AudienceKind.PEOPLE, people=people),
    )
    sent, card = _send(scene, wider, None, asker, event.cause, asked_from=row)
    if sent is None:
        return Outcome(reply=Reply(toast=toasts.NOT_ALLOWED, tone=ToastTone.WARNING))
    return replace(sent, used=_both(action)).with_reply(
        Reply(toast=toasts.TAKEN, tone=ToastTone.SUCCESS, card=card)
    )


def _stay(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    return Outcome(
        used=_both(action),
        used_by=asker.id,
        reply=Reply(toast=words.STAYED, tone=ToastTone.SUCCESS, card=words.stayed()),
    )


def _send(
    scene: Scene,
    changed: Announcement,
    previous: AnnouncementRow | None,
    asker: Person,
    cause: str,
    asked_from: AnnouncementRow | None = None,
) -> tuple[Outcome | None, Card | None]:
    """Judged once more as it is now, and off; ``None`` when it may not go."""
    decision = engine.judge(changed, scene.judging(changed, asker), scene.now, scene.world.ruleset)
    if decision.verdict > Verdict.HOLD:
        return None, None
    origin = previous or asked_from
    if origin is None:
        return None, None
    row = draft.row_of(scene, changed, decision, origin.asked_from, cause, previous)
    row = replace(row, card_key=origin.card_key if previous else "")
    left, card, _ = leaving.leave(replace(scene, row=row), row, decision, asker, cause)
    line = AuditEntry(
        at=scene.now,
        who=str(asker.id),
        act="confirmed",
        subject=changed.id,
        why=decision.verdict.name.lower(),
        details={"people": row.size, "rows": len(left.outbox), "version": row.version},
    )
    return left + Outcome(audit=(line,)), card


def _pair(scene: Scene, row: AnnouncementRow, asker: Person, rest: list[PersonId]) -> dict[str, Action]:
    ids = {choice.id: draft.action_id(scene, row, choice.id, row.announcement.id) for choice in words.CHOICES}
    return {
        choice.id: Action(
            id=ids[choice.id],
            kind=choice.id,
            subject=row.announcement.id,
            label=choice.label,
            addressees=(asker.id,),
            version=row.version,
            change={"people": " ".join(rest), "both": " ".join(ids.values())},
            expires_at=scene.now + draft.DIALOG_LIVES,
        )
        for choice in words.CHOICES
    }


def _both(action: Action) -> tuple[str, ...]:
    return tuple(one for one in str(action.change.get("both", "")).split() if one != action.id)


def _people(action: Action) -> tuple[PersonId, ...]:
    return tuple(PersonId(each) for each in str(action.change.get("people", "")).split())


def _names(scene: Scene, before: tuple[Recipient, ...], people: tuple[PersonId, ...]) -> list[str]:
    return [one.name for one in before if one.person in people]


TURNS: dict[str, Callable[[Pressed, Scene, Action, Person], Outcome]] = {
    NARROW: _narrow,
    WIDEN: _widen,
    STAY: _stay,
}
