"""送审 (review): a second person lets through just these words, for just these people, at just this time, or does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from adapters.port import Reply, ToastTone
from bot.facts import Scene
from bot.store import announcement_codec
from bot.store.keys import derive
from bot.store.rows import Action, AnnouncementRow, AuditEntry, Dialog, NewOutbox, OutboxRow, Timer
from bot.turns import draft, leaving, spoken, tell
from bot.turns.outcome import Cancel, Outcome, StopTimer
from policies import announcement as life
from policies import engine
from policies.announcement import Act, State
from policies.card import Card
from policies.decision import Decision, Verdict
from policies.effects import Effect, UpdateCard, card_to_json
from policies.model import Account, Announcement, Due, Person, Pressed, Said, Weight
from policies.wording import counts, findings
from policies.wording import due as due_words
from policies.wording import pressed as toasts
from policies.wording import review as words
from policies.wording.refusal import AFRESH

REMIND_AFTER = timedelta(hours=2)
MOST_REMINDERS = 2

STEP = "review"
FACE = "face"
"""The step of an update of somebody's card: a chore, given up after a few tries."""


def ask_for(
    scene: Scene, row: AnnouncementRow, changed: Announcement, author: Person, cause: str
) -> Outcome | None:
    """The author pressed 请…放行一次: asked at once; ``None`` when it would still not be theirs to judge."""
    changed = engine.normalise(changed)
    decision = engine.explain(changed, scene.judging(changed, author), scene.now, scene.world.ruleset)
    if decision.verdict is not Verdict.REVIEW:
        return None
    newer = draft.row_of(scene, changed, decision, row.asked_from, cause, row)
    newer = replace(newer, card_key=row.card_key)
    return ask(scene, newer, decision, author, cause) + Outcome(audit=(draft.judged(scene, newer, decision),))


def ask(scene: Scene, row: AnnouncementRow, decision: Decision, author: Person, cause: str) -> Outcome:
    """The reviewers get a card each, and the author's says whom it waits for."""
    able = _able(scene, row)
    seal = _seal(row.announcement)
    pair = _pair(scene, row, able, seal)
    view = draft.view_of(scene, row.announcement, decision, author)
    card = words.card(view, author.name, lambda choice: pair[choice.id].id)
    asked = tell.tell(
        scene,
        able,
        card,
        cause=row.announcement.id,
        step=_step(row, 0),
        kind=STEP,
        actions=tuple(pair.values()),
        urgency=row.announcement.urgency,
        group=_group(row),
    )
    waiting = replace(
        row,
        state=life.advance(row.state, Act.ASK_REVIEW),
        decision={**row.decision, "asked": [str(_account(scene, person)) for person in able]},
    )
    names = [person.name for person in able]
    own = _own_choices(scene, waiting, author)
    face = words.waiting(row.announcement.text, names, lambda choice: own[choice.id].id)
    offers = tuple((action.label, action.id) for action in own.values())
    return asked + Outcome(
        announcements=(waiting,),
        changes=(StopTimer(key=f"unconfirmed:{row.announcement.id}"),),
        timers=(_reminder(scene, waiting, 1),),
        actions=tuple(own.values()),
        dialogs=(
            replace(draft.waiting_for(scene, "", waiting), offers=offers),
            *_numbered(scene, waiting, able, tuple(pair.values())),
        ),
        audit=(_line(scene, str(author.id), "asked-review", row, cause=cause, reviewers=len(able)),),
        reply=Reply(toast=toasts.asked(counts.names(names, limit=2)), tone=ToastTone.SUCCESS, card=face),
    )


def void(
    scene: Scene, row: AnnouncementRow, *, but: Account | None = None, face: Card | None = None
) -> Outcome:
    """What the reviewers were asked is no question any more: changed, taken back, or answered by one of them."""
    if row.state is not State.IN_REVIEW:
        return Outcome()
    faded = face or words.changed_face()
    accounts = [Account.parse(str(written)) for written in row.decision.get("asked", ())]
    updates = [
        _update(scene, row, tell.key_of(scene, row.announcement.id, _step(row, 0), account), account, faded)
        for account in accounts
        if account != but
        and account.platform in scene.world.channels
        and scene.world.channels[account.platform].cards
    ]
    return Outcome(
        changes=(Cancel(group=_group(row)), *(StopTimer(key=_timer(row, nth)) for nth in _NTHS)),
        outbox=tuple(updates),
    )


# ── The reviewer's answer ─────────────────────────────────────────────────────────────────────────


def _approve(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """Everything it hangs on is looked at again in the press's own transaction."""
    row = scene.row
    refused = _may_not(scene, action, asker)
    if refused is not None or row is None:
        return refused or Outcome()
    author = scene.world.directory.person(row.announcement.author)
    if author is None:
        return _toast(toasts.STALE, ToastTone.WARNING)
    before = engine.judge(
        row.announcement, scene.judging(row.announcement, author), scene.now, scene.world.ruleset
    )
    approved = engine.approve(row.announcement, before)
    decision = engine.judge(approved, scene.judging(approved, author), scene.now, scene.world.ruleset)
    used = Outcome(used=_both(action), used_by=asker.id)
    if decision.verdict > Verdict.HOLD:
        return used + _came_too_late(scene, row, decision, author, event.presser)
    there = replace(row, announcement=approved, state=life.advance(row.state, Act.APPROVE))
    left, card, _ = leaving.leave(replace(scene, row=there), there, decision, author, event.cause)
    face = words.decided(asker.name, row.announcement.text, approved=True)
    told = tell.tell(
        scene,
        (author,),
        words.approved(asker.name, row.announcement.text),
        cause=row.announcement.id,
        step=f"approved:{row.version}",
        kind="review-done",
        platform_of_first=row.asked_from,
        urgency=row.announcement.urgency,
    )
    return (
        used
        + void(scene, row, but=event.presser, face=face)
        + left
        + author_sees(scene, row, card)
        + told
        + Outcome(
            audit=(_line(scene, str(asker.id), "approved", row, why=decision.verdict.name.lower()),),
            reply=Reply(toast=words.TOAST_APPROVED, tone=ToastTone.SUCCESS, card=face),
        )
    )


def _decline(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """A refusal wants a sentence: the next thing the reviewer says is taken for it."""
    row = scene.row
    refused = _may_not(scene, action, asker)
    if refused is not None or row is None:
        return refused or Outcome()
    here = replace(scene, account=event.presser)
    question = words.ask_why(row.announcement.text)
    asked = draft.say(here, question, row.announcement.id, f"ask:refusal:{row.version}:{asker.id}")
    dialog = Dialog(
        account=event.presser,
        expects=f"refusal {action.id}",
        subject=row.announcement.id,
        until=scene.now + draft.DIALOG_LIVES,
        greeted=True,
    )
    return asked + Outcome(dialogs=(dialog,), reply=Reply(toast=question, tone=ToastTone.INFO))


def refused(event: Said, scene: Scene, asker: Person, action: Action, word: str) -> Outcome:
    """The sentence came: it goes to the author, and the question is closed for every reviewer."""
    row = scene.row
    stopped = _may_not(scene, action, asker)
    if stopped is not None or row is None:
        text = stopped.reply.toast if stopped is not None and stopped.reply is not None else toasts.USED
        return draft.say(scene, text, event.cause)
    author = scene.world.directory.person(row.announcement.author)
    face = words.decided(asker.name, row.announcement.text, approved=False)
    declined = replace(row, state=life.advance(row.state, Act.DECLINE))
    outcome = Outcome(
        announcements=(declined,),
        used=_both(action),
        used_by=asker.id,
        dialogs=(Dialog(account=event.message.author, until=scene.now + draft.DIALOG_LIVES, greeted=True),),
        audit=(_line(scene, str(asker.id), "declined", row),),
    )
    outcome += void(scene, row, face=face) + draft.say(scene, words.TOAST_DECLINED, event.cause)
    if author is None or not author.is_active:
        return outcome
    edit = _own_choices(scene, declined, author)
    card = words.declined_card(asker.name, word, row.announcement.text, lambda choice: edit[choice.id].id)
    return (
        outcome
        + author_sees(scene, row, words.closed(row.announcement.text))
        + tell.tell(
            scene,
            (author,),
            card,
            cause=row.announcement.id,
            step=f"declined:{row.version}",
            kind="review-done",
            platform_of_first=row.asked_from,
            actions=tuple(edit.values()),
            urgency=row.announcement.urgency,
        )
        + Outcome(
            dialogs=(
                replace(
                    draft.waiting_for(scene, "", row),
                    offers=tuple((action.label, action.id) for action in edit.values()),
                ),
            )
        )
    )


def _may_not(scene: Scene, action: Action, asker: Person) -> Outcome | None:
    """Four eyes, by person: who asked may not answer, nor who holds the office no more; the first answer counts."""
    row = scene.row
    if row is None:
        return _toast(toasts.EXPIRED, ToastTone.WARNING)
    if action.used_at is not None:
        first = scene.world.directory.person(action.used_by) if action.used_by else None
        mine = first is not None and first.id == asker.id
        return _toast(toasts.used_by("" if first is None or mine else first.name), ToastTone.INFO)
    if row.version != action.version or str(action.change.get("seal", "")) != _seal(row.announcement):
        return _toast(toasts.STALE, ToastTone.WARNING, words.changed_face())
    if row.state is not State.IN_REVIEW:
        return _toast(words.no_more(row.state.value), ToastTone.INFO)
    if asker.id not in {person.id for person in _able(scene, row)}:
        return _toast(toasts.NOT_ALLOWED, ToastTone.WARNING)
    return None


def _able(scene: Scene, row: AnnouncementRow) -> tuple[Person, ...]:
    """Today's reviewers without whoever wrote it, under any of their accounts."""
    author = str(row.announcement.author)
    return tuple(
        person
        for person in scene.world.reviewer_people()
        if person.id != author and author not in {str(account) for account in person.accounts}
    )


def _came_too_late(
    scene: Scene, row: AnnouncementRow, decision: Decision, author: Person, presser: Account
) -> Outcome:
    """Approved, but something else is in its way now: nothing goes, and the author is told what."""
    seen = draft.view_of(scene, row.announcement, decision, author).seen
    why = findings.sentence(decision.findings[0], seen)
    face = words.in_the_way(row.announcement.text)
    people = (author,) if author.is_active else scene.world.admin_people()
    return (
        void(scene, row, but=presser, face=face)
        + spoken.told(
            scene,
            people,
            due_words.changed_at_release(row.announcement.text, (why,)),
            cause=row.announcement.id,
            step=f"in-the-way:{row.version}",
            kind="review-done",
            platform_of_first=row.asked_from,
            acts={AFRESH.id: spoken.afresh(scene, row, people)},
        )
        + Outcome(
            announcements=(replace(row, state=life.advance(row.state, Act.REFUSE)),),
            audit=(_line(scene, "yizhan", "stopped", row, why=decision.findings[0].rule),),
            reply=Reply(toast=words.TOAST_IN_THE_WAY, tone=ToastTone.WARNING, card=face),
        )
    )


# ── Reminders ─────────────────────────────────────────────────────────────────────────────────────


def remind(event: Due, scene: Scene, _: Sequence[OutboxRow]) -> Outcome:
    """Nobody has answered: the reviewers hear of it once more, and the author that it still waits."""
    row = scene.row
    if row is None or row.state is not State.IN_REVIEW:
        return Outcome()
    nth = next((nth for nth in _NTHS if _timer(row, nth) == event.key), 0)
    if not nth:
        return Outcome()
    able = _able(scene, row)
    author = scene.world.directory.person(row.announcement.author)
    name = author.name if author else ""
    reminded = tell.tell(
        scene,
        able,
        words.reminder(name, row.announcement.text),
        cause=row.announcement.id,
        step=_step(row, nth),
        kind=STEP,
        group=_group(row),
    )
    if author is not None and author.is_active:
        reminded += tell.tell(
            scene,
            (author,),
            words.still_waiting(counts.names([person.name for person in able]), row.announcement.text),
            cause=row.announcement.id,
            step=f"still-waiting:{row.version}:{nth}",
            kind="review-done",
            platform_of_first=row.asked_from,
        )
    more = (_reminder(scene, row, nth + 1),) if nth < MOST_REMINDERS else ()
    return reminded + Outcome(timers=more)


def _reminder(scene: Scene, row: AnnouncementRow, nth: int) -> Timer:
    """In working hours: what was asked at night is asked for again in the course of the day."""
    calendar = scene.world.calendars.company
    moment = calendar.next_opening(calendar.next_opening(scene.now) + REMIND_AFTER)
    return Timer(key=_timer(row, nth), kind=STEP, subject=row.announcement.id, due_at=moment)


_NTHS = range(1, MOST_REMINDERS + 1)


# ── Small things ──────────────────────────────────────────────────────────────────────────────────


def _seal(announcement: Announcement) -> str:
    """What an approval is bound to: every word, every recipient, the time."""
    written = json.dumps(announcement_codec.to_json(announcement), sort_keys=True, ensure_ascii=False)
    return derive("", written, "seal", announcement.id)


def _pair(scene: Scene, row: AnnouncementRow, able: Sequence[Person], seal: str) -> dict[str, Action]:
    ids = {
        choice.id: draft.action_id(scene, row, f"review:{choice.id}", row.announcement.id)
        for choice in words.CHOICES
    }
    return {
        choice.id: Action(
            id=ids[choice.id],
            kind=choice.id,
            subject=row.announcement.id,
            label=choice.label,
            addressees=tuple(person.id for person in able),
            version=row.version,
            change={"seal": seal, "both": " ".join(ids.values())},
            expires_at=scene.now + draft.ACTIONS_LIVE,
            once=False,
        )
        for choice in words.CHOICES
    }


def _both(action: Action) -> tuple[str, ...]:
    return tuple(str(action.change.get("both", "")).split())


def _own_choices(scene: Scene, row: AnnouncementRow, author: Person) -> dict[str, Action]:
    """What the author may still do while it waits, or after it came back."""
    return {
        choice.id: Action(
            id=draft.action_id(scene, row, f"own:{choice.id}", row.announcement.id),
            kind=choice.id,
            subject=row.announcement.id,
            label=choice.label,
            addressees=(author.id,),
            version=row.version,
            expires_at=scene.now + draft.ACTIONS_LIVE,
            once=False,
        )
        for choice in words.OWN
    }


def _numbered(
    scene: Scene, row: AnnouncementRow, able: Sequence[Person], pair: Sequence[Action]
) -> tuple[Dialog, ...]:
    """Where there are no cards, a number says it."""
    accounts = [_account(scene, person) for person in able]
    return tuple(
        Dialog(
            account=account,
            subject=row.announcement.id,
            offers=tuple((action.label, action.id) for action in pair),
            until=scene.now + draft.ACTIONS_LIVE,
            greeted=True,
        )
        for account in accounts
        if not scene.world.channels[account.platform].cards
    )


def author_sees(scene: Scene, row: AnnouncementRow, card: Card) -> Outcome:
    """The author's own card gets another face, where there are cards."""
    account = row.asked_from
    if not row.card_key or not scene.world.channels[account.platform].cards:
        return Outcome()
    return Outcome(outbox=(_update(scene, row, row.card_key, account, card),))


def _update(scene: Scene, row: AnnouncementRow, key: str, account: Account, card: Card) -> NewOutbox:
    effect: Effect = UpdateCard(platform=account.platform, key=key, message_id="", card=card)
    return NewOutbox(
        key=derive(scene.world.tenants[account.platform], key, STEP, _shown(card), row.version),
        effect=effect,
        step=FACE,
        weight=Weight.CHORE,
        recipients=(account,),
        cause=row.announcement.id,
        created_at=scene.now,
    )


def _shown(card: Card) -> str:
    """The same face once, another face again."""
    return derive("", json.dumps(card_to_json(card), sort_keys=True, ensure_ascii=False), FACE, "")


def _account(scene: Scene, person: Person) -> Account:
    return scene.world.recipient(person).account


def _step(row: AnnouncementRow, nth: int) -> str:
    return f"{STEP}:{row.version}" + (f":{nth}" if nth else "")


def _group(row: AnnouncementRow) -> str:
    return f"{STEP}:{row.announcement.id}:{row.version}"


def _timer(row: AnnouncementRow, nth: int) -> str:
    return f"{STEP}:{row.announcement.id}:{row.version}:{nth}"


def _toast(text: str, tone: ToastTone, card: Card | None = None) -> Outcome:
    return Outcome(reply=Reply(toast=text, tone=tone, card=card))


def _line(
    scene: Scene, who: str, act: str, row: AnnouncementRow, *, why: str = "", **details: object
) -> AuditEntry:
    plain = {key: value for key, value in details.items() if isinstance(value, str | int)}
    return AuditEntry(
        at=scene.now,
        who=who,
        act=act,
        subject=row.announcement.id,
        why=why,
        details={"version": row.version, **plain},
    )


TURNS: dict[str, Callable[[Pressed, Scene, Action, Person], Outcome]] = {
    words.APPROVE.id: _approve,
    words.DECLINE.id: _decline,
}
