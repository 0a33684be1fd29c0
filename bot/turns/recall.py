"""撤回 (recall): taken back without a trace while it waits, and as far as the platforms let us once it is out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import timedelta

from adapters.port import Reply, ToastTone
from bot.facts import Scene
from bot.store import bundles
from bot.store.keys import derive
from bot.store.rows import Action, AnnouncementRow, AuditEntry, NewOutbox, OutboxRow, OutboxState
from bot.turns import draft, review, spoken
from bot.turns.outcome import Cancel, Outcome, StopTimer
from policies import announcement as life
from policies import remedy
from policies.announcement import BEFORE_SENDING, Act, State
from policies.effects import Recall, SendBatch, SendCard, SendText, platform_of
from policies.model import (
    Account,
    Announcement,
    Audience,
    AudienceKind,
    Person,
    PersonId,
    Pressed,
    Said,
    Weight,
)
from policies.wording import pressed as toasts
from policies.wording import progress
from policies.wording import recall as words
from policies.wording import said as answers

STEP = "recall"
A_DAY = timedelta(days=1)
WISHES = ("recall", "cancel")

_OUT = (State.SENDING, State.SENT, State.PARTLY_SENT)
_ON_ITS_WAY = (OutboxState.DUE, OutboxState.ATTEMPTED, OutboxState.HELD)


def about(announcement: str) -> str:
    """What the rows that take copies back are counted under, apart from the copies themselves."""
    return f"{STEP}:{announcement}" if announcement else ""


def meant(own: Sequence[AnnouncementRow], wish: str, nth: str) -> AnnouncementRow | None:
    """``nth`` of 我的消息, or the newest that can be taken back; 取消 looks among what has not left first."""
    able = [row for row in own if row.state in BEFORE_SENDING or row.state in _OUT]
    if nth:
        place = _number(nth)
        listed = own[place - 1] if 0 < place <= len(own) else None
        return listed if listed in able else None
    if wish == "cancel":
        waits = [row for row in able if row.state in BEFORE_SENDING]
        return next(iter(waits or able), None)
    confirmed = [row for row in able if row.confirmed_at is not None]
    return next(iter(confirmed or able), None)


def asked(event: Said, scene: Scene, asker: Person, wish: str) -> Outcome:
    """撤回, 撤回 2, 不发了: about ``scene.row``, whose rows are ``scene.carried``."""
    row = scene.row
    if row is None or row.announcement.author != asker.id:
        return spoken.refuse(scene, event.cause, answers.nothing_to_recall())
    if wish == "cancel" and row.state not in BEFORE_SENDING and not _waiting(scene):
        return spoken.refuse(scene, event.cause, words.GONE_ALREADY)
    if row.state in BEFORE_SENDING and row.state is not State.SCHEDULED and not _has_left(scene):
        return _dropped(scene, row, asker) + draft.say(
            scene, answers.cancelled(row.announcement.text), event.cause
        )
    if not _has_left(scene) and not _may_have_left(scene):
        return _dropped(scene, row, asker) + draft.say(scene, answers.undone(), event.cause)
    return _take_back(scene, row, asker, event.cause)


def _dropped(scene: Scene, row: AnnouncementRow, asker: Person) -> Outcome:
    """Nothing has left: it never was."""
    return (
        review.void(scene, row)
        + Outcome(
            announcements=(replace(row, state=life.advance(row.state, _end(row))),),
            changes=(
                Cancel(announcement=row.announcement.id, reason="author"),
                StopTimer(key=f"unconfirmed:{row.announcement.id}"),
            ),
            audit=(_line(scene, str(asker.id), "cancelled", row.announcement.id),),
        )
        + review.author_sees(scene, row, progress.taken_back(row.announcement, 0, 0))
    )


def _end(row: AnnouncementRow) -> Act:
    return Act.CANCEL if life.may(row.state, Act.CANCEL) else Act.FINISH_PARTLY


def _take_back(scene: Scene, row: AnnouncementRow, asker: Person, cause: str) -> Outcome:
    """Every copy that is out is asked back; what has not left never does; what is on its way follows when it is out."""
    recalls = tuple(
        one
        for sent in scene.carried
        if sent.state is OutboxState.SENT and (one := of_row(scene, sent, row)) is not None
    )
    state = life.advance(row.state, Act.RELEASE) if row.state is State.SCHEDULED else row.state
    copies = sum(max(len(one.recipients), 1) for one in recalls)
    outcome = Outcome(
        announcements=(replace(row, state=life.advance(state, Act.RECALL)),),
        changes=(Cancel(announcement=row.announcement.id, reason="author"),),
        outbox=recalls,
        audit=(_line(scene, str(asker.id), "recalled", row.announcement.id, rows=len(recalls)),),
    )
    if not recalls and not _may_have_left(scene):
        return _ended(replace(scene, row=outcome.announcements[0]), (), outcome)
    return outcome + draft.say(scene, words.under_way(row.announcement.text, copies), cause)


def of_row(scene: Scene, sent: OutboxRow, row: AnnouncementRow) -> NewOutbox | None:
    """The row that takes one message back; once, however often it is asked for."""
    effect = sent.entry.effect
    if sent.entry.step != remedy.STEP or not isinstance(effect, SendText | SendCard | SendBatch):
        return None
    if sent.receipt.get(bundles.PLAIN):
        return None  # others' notices stand in the same words
    platform = platform_of(effect)
    shared = str(sent.receipt.get("bundle", ""))
    return NewOutbox(
        key=derive(scene.world.tenants[platform], sent.entry.key, STEP, "", row.generation),
        effect=Recall(
            platform=platform,
            to=effect.to[0] if isinstance(effect, SendBatch) else effect.to,
            key=shared or sent.entry.key,
            message_id=str(sent.receipt.get("message_id", "")),
            was_card=bool(shared) or isinstance(effect, SendCard),
        ),
        step=STEP,
        announcement=about(row.announcement.id),
        weight=Weight.ANSWER,
        recipients=sent.entry.recipients,
        group=f"{STEP}:{sent.id}",
        cause=row.announcement.id,
        created_at=scene.now,
    )


# ── What became of it ─────────────────────────────────────────────────────────────────────────────


def settled(scene: Scene, takings: Sequence[OutboxRow]) -> Outcome:
    """A copy was taken back or could not be; when none is on its way any more, the author hears the figures."""
    row = scene.row
    if row is None or row.state is not State.RECALLING:
        return Outcome()
    late = tuple(
        one
        for sent in scene.carried
        if sent.state is OutboxState.SENT
        and (one := of_row(scene, sent, row)) is not None
        and one.key not in {taking.entry.key for taking in takings}
    )
    if late:
        return Outcome(outbox=late)
    if any(one.state in _ON_ITS_WAY for one in (*scene.carried, *takings)):
        return Outcome()
    return _ended(scene, takings, Outcome())


def _ended(scene: Scene, takings: Sequence[OutboxRow], before: Outcome) -> Outcome:
    row = scene.row
    if row is None:
        return before
    figures, readers = _figures(scene, takings)
    author = scene.world.directory.person(row.announcement.author)
    told: dict[str, Action] = {}
    if readers and author is not None:
        told = {
            choice.id: Action(
                id=draft.action_id(scene, row, choice.id, row.announcement.id),
                kind=choice.id,
                subject=row.announcement.id,
                label=choice.label,
                addressees=(author.id,),
                version=row.version,
                change={"people": " ".join(readers), "figures": json.dumps(asdict(figures))},
                expires_at=scene.now + draft.ACTIONS_LIVE,
                once=choice.id == words.LEAVE.id,
            )
            for choice in words.CHOICES
        }
    card = words.done(row.announcement.text, figures, (lambda choice: told[choice.id].id) if told else None)
    here = replace(scene, account=row.asked_from)
    sent = draft.to_author(
        here,
        row,
        card,
        row.announcement.id,
        key=derive(
            scene.world.tenants[row.asked_from.platform], row.announcement.id, "recalled", "", row.version
        ),
    )
    ended = replace(row, state=life.advance(row.state, Act.FINISH_RECALL))
    return (
        before
        + Outcome(
            announcements=(ended,),
            outbox=(sent,),
            actions=tuple(told.values()),
            dialogs=(
                replace(
                    draft.waiting_for(here, "", row),
                    offers=tuple((action.label, action.id) for action in told.values()),
                ),
            )
            if told
            else (),
        )
        + review.author_sees(scene, row, words.face(row.announcement.text, figures))
    )


def _figures(scene: Scene, takings: Sequence[OutboxRow]) -> tuple[words.Figures, tuple[PersonId, ...]]:
    count = {"gone": 0, "emptied": 0, "kept": 0, "lost": 0}
    readers: dict[PersonId, None] = {}
    may_have_read: dict[PersonId, None] = {}
    is_known, why = bool(takings), ""
    for one in takings:
        copies = max(len(one.entry.recipients), 1)
        if one.state is OutboxState.SENT:
            count["gone" if one.receipt.get("gone", True) else "emptied"] += copies
        elif one.state is OutboxState.DEAD:
            count["kept"] += copies
            why = why or ("" if _is_old(scene, one) else one.error)
        else:
            count["lost"] += copies
        read = one.receipt.get("read")
        if read is None:
            is_known = False
            continue
        there = {str(account) for account in one.entry.recipients}
        for written in read:
            person = scene.world.directory.by_account(Account.parse(str(written)))
            if person is not None and (str(written) in there or not there):
                readers[person.id] = None
    for sent in scene.carried:
        if sent.state is OutboxState.SENT and sent.receipt.get(bundles.PLAIN):
            count["kept"] += max(len(sent.entry.recipients), 1)
            why = why or words.SHARED
            is_known = False
            found = (scene.world.directory.by_account(account) for account in sent.entry.recipients)
            may_have_read |= {person.id: None for person in found if person is not None}
    count["lost"] += sum(
        max(len(one.entry.recipients), 1) for one in scene.carried if one.state is OutboxState.UNKNOWN
    )
    author = scene.row.announcement.author if scene.row else None
    others = tuple(person for person in readers | may_have_read if person != author)
    return words.Figures(**count, read=len(readers) if is_known or readers else None, why=why), others


def _is_old(scene: Scene, taking: OutboxRow) -> bool:
    """Both platforms take nothing back after a day."""
    sent = next((one.sent_at for one in scene.carried if f"{STEP}:{one.id}" == taking.entry.group), None)
    return sent is None or taking.entry.created_at - sent >= A_DAY


# ── 更正 ──────────────────────────────────────────────────────────────────────────────────────────


def _correct(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    row = scene.row
    if row is None:
        return Outcome(reply=Reply(toast=toasts.EXPIRED, tone=ToastTone.WARNING))
    here = replace(scene, account=row.asked_from)
    question = words.ask_correction()
    return draft.say(here, question, row.announcement.id, f"ask:correction:{row.version}") + Outcome(
        dialogs=(draft.waiting_for(scene, "correction", row, action.id),),
        reply=Reply(toast=question, tone=ToastTone.INFO),
    )


def _leave(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """The figures stay as they were told; nothing can be pressed any more."""
    row = scene.row
    figures = words.Figures(**json.loads(str(action.change["figures"])))
    card = words.done(row.announcement.text, figures) if row else None
    return Outcome(reply=Reply(toast=words.LEFT_AS_IT_IS, tone=ToastTone.SUCCESS, card=card))


def correction(event: Said, scene: Scene, asker: Person, action: Action, text: str) -> Outcome:
    """A new announcement to those who had read the wrong one; previewed like every other."""
    people = tuple(PersonId(each) for each in str(action.change.get("people", "")).split())
    announcement = Announcement(
        id=derive(event.tenant, event.cause, "correction", str(asker.id))[:20],
        author=asker.id,
        text=words.correction(text),
        audience=Audience(kind=AudienceKind.PEOPLE, people=people),
    )
    return draft.show(scene, announcement, asker, asked_from=event.message.author, cause=event.cause)


# ── Small things ──────────────────────────────────────────────────────────────────────────────────


def _waiting(scene: Scene) -> bool:
    return any(one.state in (OutboxState.HELD, OutboxState.DUE) for one in scene.carried)


def _has_left(scene: Scene) -> bool:
    """Of an announcement about whose other part its author is being asked, some may be out."""
    waits = (OutboxState.HELD, OutboxState.DUE, OutboxState.CANCELLED)
    return any(one.state not in waits for one in scene.carried)


def _may_have_left(scene: Scene) -> bool:
    return any(one.state is OutboxState.ATTEMPTED or one.may_have_left for one in scene.carried)


def _number(written: str) -> int:
    if written.isdecimal():
        return int(written)
    return _CHINESE.index(written) if written in _CHINESE else 0


_CHINESE = answers.NUMERALS


def _line(scene: Scene, who: str, act: str, subject: str, **details: int) -> AuditEntry:
    return AuditEntry(at=scene.now, who=who, act=act, subject=subject, details=details)


TURNS: dict[str, Callable[[Pressed, Scene, Action, Person], Outcome]] = {
    words.CORRECT.id: _correct,
    words.LEAVE.id: _leave,
}
