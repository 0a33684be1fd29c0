"""问卷 (questionnaires): what is sent at the opening, the one reminder and the end; and named answers, by form or number.

Anonymous answers never come here: ``bot/ballots`` takes them before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from adapters.port import Reply, ToastTone
from bot.conversation import poll_answers
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.polls import Asked, Poll
from bot.store.rows import Action, AuditEntry, Dialog, Timer
from bot.turns import draft, tell
from bot.turns.outcome import Answered, Cancel, Outcome, Rescheduled
from policies.card import Card
from policies.model import Account, Person, Platform, Pressed, Said
from policies.questionnaire import form, tally
from policies.questionnaire.form import SEALED_PREFIX
from policies.questionnaire.life import State
from policies.questionnaire.model import Answers, Result
from policies.wording import questionnaire as words

TELL = "questionnaire"
"""The kind of these words: nobody gets them outside of their hours."""
SEALED, SEALED_NONE = "ballot", "ballot-none"
ANSWER, BEGIN, NONE, ABOUT = "poll-answer", "poll-begin", "poll-none", "poll-terms"
DAY_OFF = "poll-day-off"
EXPECTS = "poll"
ACTIONS_LIVE = timedelta(days=30)


def group_of(run: str) -> str:
    """What is taken back together at the end: cards that have not left."""
    return f"poll:{run}"


LOOK = "polls"


def look_again(scene: Scene, run: str) -> Timer:
    """Something is planned or moved: a timer of this very moment wakes whoever opens questionnaires."""
    return Timer(key=f"{LOOK}:{run}", kind=LOOK, subject="", due_at=scene.now)


def action_id(run: str, kind: str) -> str:
    """One id for all copies: what a press means hangs on who presses. Sealed ones are known by their first letters."""
    prefix = SEALED_PREFIX if kind in (SEALED, SEALED_NONE) else ""
    return prefix + derive("", run, f"action:{kind}", "", 0)[:24]


def asked(scene: Scene, poll: Poll, people: Iterable[Asked], *, is_reminder: bool = False) -> Outcome:
    """A card to each, in their hours; in their chat's own way of answering."""
    outcome = Outcome(actions=_actions(scene, poll))
    for platform in Platform:
        mine = [one for one in people if one.account.platform is platform]
        if mine:
            outcome += _to(scene, poll, mine, platform, is_reminder=is_reminder)
    return outcome


def _to(scene: Scene, poll: Poll, mine: Sequence[Asked], platform: Platform, *, is_reminder: bool) -> Outcome:
    found = ((scene.world.directory.person(one.person), one.account) for one in mine)
    people = [(person, account) for person, account in found if person is not None and person.is_active]
    card = _card(scene, poll, platform, is_reminder=is_reminder)
    return sum(
        (
            tell.tell(
                scene,
                [person],
                card,
                cause=poll.run,
                step="poll-again" if is_reminder else "poll",
                kind=TELL,
                platform_of_first=account,
                group=group_of(poll.run),
            )
            for person, account in people
        ),
        Outcome(),
    )


def _card(scene: Scene, poll: Poll, platform: Platform, *, is_reminder: bool) -> Card:
    terms, zone = poll.terms, scene.world.zone
    sealed = terms.is_anonymous
    none = action_id(poll.run, SEALED_NONE if sealed else NONE)
    about = action_id(poll.run, ABOUT)
    if not scene.world.channels[platform].forms:
        ids = (action_id(poll.run, BEGIN), none, about)
        return words.invitation(terms, ids, scene.now, zone=zone, is_reminder=is_reminder)
    ids = (action_id(poll.run, SEALED if sealed else ANSWER), none, about)
    return words.card(terms, ids, scene.now, zone=zone, platform=platform.label, is_reminder=is_reminder)


def _actions(scene: Scene, poll: Poll) -> tuple[Action, ...]:
    kinds = (SEALED, SEALED_NONE, ABOUT) if poll.terms.is_anonymous else (ANSWER, BEGIN, NONE, ABOUT)
    labels = {ABOUT: words.TERMS.label, BEGIN: words.BEGIN.label}
    none = {NONE, SEALED_NONE}
    return tuple(
        Action(
            id=action_id(poll.run, kind),
            kind=kind,
            subject=poll.run,
            label=labels.get(kind, words.ABSTAIN.label if kind in none else words.SUBMIT.label),
            expires_at=poll.terms.closes_at + ACTIONS_LIVE,
            once=False,
        )
        for kind in kinds
    )


def opened(scene: Scene, poll: Poll, people: Sequence[Asked]) -> Outcome:
    """Written in the transaction that freezes the audience."""
    line = AuditEntry(
        at=scene.now,
        who="yizhan",
        act="opened-questionnaire",
        subject=poll.run,
        details={
            "people": len(people),
            "fingerprint": poll.terms.fingerprint,
            "left_out": poll.terms.left_out,
        },
    )
    return asked(scene, poll, people) + Outcome(audit=(line,))


def reported(
    scene: Scene,
    result: Result,
    readers: Iterable[Person],
    audience: Iterable[Asked],
    before: Result | None = None,
) -> Outcome:
    """The result to those who may see it; cards that never left are taken back."""
    found = (
        [scene.world.directory.person(one.person) for one in audience] if result.terms.audience_reads else []
    )
    people = {one.id: one for one in (*readers, *(one for one in found if one is not None and one.is_active))}
    return Outcome(changes=(Cancel(group=group_of(result.run), reason="over"),)) + tell.tell(
        scene, people.values(), words.result(result, before), cause=result.run, step="poll-result", kind=TELL
    )


# ── Presses ───────────────────────────────────────────────────────────────────────────────────────


def pressed(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """Everything that is pressed openly on a questionnaire's card."""
    here = scene.poll
    if here is None or here.asked is None:
        return _toast(words.NOT_ASKED, ToastTone.WARNING)
    terms = here.poll.terms
    if action.kind == ABOUT:
        text = words.terms_page(terms, scene.now, zone=scene.world.zone, platform=event.platform.label)
        return draft.say(scene, text, event.cause, "poll-terms") + _toast("")
    if here.poll.state is not State.OPEN or terms.closes_at <= scene.now:
        return _toast(words.OVER, ToastTone.WARNING)
    if here.is_whole:
        return _toast(words.ALREADY)
    match action.kind:
        case "poll-begin":
            return _next(scene, here.poll, event.presser, 0, event.cause) + _toast("")
        case "poll-none":
            return _whole(here.poll, asker, form.nothing(terms)) + _toast(words.ABSTAINED, ToastTone.SUCCESS)
    answers = form.read(terms, event.values)
    try:
        tally.check(terms.questions, answers)
    except tally.BadAnswers:
        return _toast(words.NOT_FILLED, ToastTone.WARNING)
    return _whole(here.poll, asker, answers) + _toast(words.THANKS, ToastTone.SUCCESS)


def day_off(_: Pressed, scene: Scene, action: Action, __: Person) -> Outcome:
    """An admin says what becomes of an occurrence that falls on a day off."""
    opens, closes = str(action.change.get("opens_at", "")), str(action.change.get("closes_at", ""))
    moments = (datetime.fromisoformat(opens), datetime.fromisoformat(closes)) if opens and closes else None
    chosen = Rescheduled(run=action.subject, choice=str(action.change["choice"]), moments=moments)
    card = Card(title=words.DAY_OFF_TITLE, body=(action.label,), state=words.CHOSEN)
    return Outcome(
        changes=(chosen,),
        timers=(look_again(scene, action.subject),),
        reply=Reply(toast=words.CHOSEN, tone=ToastTone.SUCCESS, card=card),
    )


# ── By number ─────────────────────────────────────────────────────────────────────────────────────


def begun(event: Said, scene: Scene, _: Person) -> Outcome:
    """``答问卷``: the latest that waits for this person."""
    here = scene.poll
    if here is None or here.asked is None or here.poll.state is not State.OPEN:
        return draft.say(scene, words.NOTHING_OPEN, event.cause)
    if here.poll.terms.is_anonymous:
        return draft.say(scene, words.in_the_card(here.poll.terms), event.cause)
    if here.is_whole:
        return draft.say(scene, words.ALREADY, event.cause)
    return _next(scene, here.poll, event.message.author, 0, event.cause)


def said(event: Said, scene: Scene, asker: Person, place: int, text: str) -> Outcome:
    """One answer, then the next question; after the last it is whole."""
    here = scene.poll
    if here is None or here.asked is None or here.poll.state is not State.OPEN or here.is_whole:
        return draft.say(scene, words.OVER, event.cause) + Outcome(dialogs=(_silent(scene, event),))
    terms = here.poll.terms
    answer = poll_answers.read(terms.questions[place], text)
    if answer is None:
        again = _question(scene, here.poll, event.message.author, place)
        return draft.say(scene, words.not_a_number(terms, place), event.cause) + Outcome(dialogs=(again,))
    answers = tuple(
        answer if n == place else one for n, one in enumerate(here.answers or form.nothing(terms))
    )
    if place + 1 < len(terms.questions):
        return Outcome(
            answered=(Answered(run=here.poll.run, person=asker.id, answers=answers, is_whole=False),)
        ) + _next(scene, here.poll, event.message.author, place + 1, event.cause)
    return (
        _whole(here.poll, asker, answers)
        + draft.say(scene, words.THANKS, event.cause)
        + Outcome(dialogs=(_silent(scene, event),))
    )


def _next(scene: Scene, poll: Poll, account: Account, place: int, cause: str) -> Outcome:
    text = words.by_number(poll.terms, place)
    return draft.say(scene, text, cause, f"poll-{place}") + Outcome(
        dialogs=(_question(scene, poll, account, place),)
    )


def _question(scene: Scene, poll: Poll, account: Account, place: int) -> Dialog:
    return Dialog(
        account=account,
        expects=f"{EXPECTS} {place}",
        subject=poll.run,
        until=min(poll.terms.closes_at, scene.now + draft.DIALOG_LIVES),
        greeted=True,
    )


def _silent(scene: Scene, event: Said) -> Dialog:
    return Dialog(account=event.message.author, until=scene.now + draft.DIALOG_LIVES, greeted=True)


def _whole(poll: Poll, asker: Person, answers: Answers) -> Outcome:
    return Outcome(answered=(Answered(run=poll.run, person=asker.id, answers=answers, is_whole=True),))


def _toast(text: str, tone: ToastTone = ToastTone.INFO) -> Outcome:
    return Outcome(reply=Reply(toast=text, tone=tone))


TURNS = {**dict.fromkeys((ANSWER, BEGIN, NONE, ABOUT), pressed), DAY_OFF: day_off}
