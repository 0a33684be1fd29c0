"""匿名信箱 (letters): its card to whoever asks, letters to whoever looks after them, and their answers back into it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from adapters.port import Reply, ToastTone
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.letters import Letter
from bot.store.rows import Action, Dialog
from bot.turns import draft, spoken, tell
from bot.turns.outcome import LetterAnswered, Outcome
from policies.effects import SendCard
from policies.model import Person, Pressed, Said
from policies.questionnaire.form import SEALED_PREFIX
from policies.wording import letters as words
from policies.wording import pressed as press_words

ACTION = SEALED_PREFIX + derive("", "letters", "action:letter", "", 0)[:24]
"""The one id of the card's button: a press of it is never written down."""
ANSWER = words.ANSWER.id
EXPECTS = "letter-answer"
KIND = "feedback"
LIVES = timedelta(days=90)


def card(scene: Scene, cause: str) -> Outcome:
    """The card to write in, where the chat has forms."""
    account = scene.account
    if account is None:
        return Outcome()
    if not scene.world.channels[account.platform].forms:
        return spoken.refuse(scene, cause, words.NO_FORM)
    effect = SendCard(to=account, card=words.card(account.platform.label, ACTION))
    return Outcome(outbox=(draft.answer(scene, effect, cause, "letter-card", str(account)),))


def asked(event: Pressed, scene: Scene, _: Action, __: Person) -> Outcome:
    """〔匿名〕."""
    return card(scene, event.cause).with_reply(Reply(toast=press_words.TOLD, tone=ToastTone.INFO))


def to_readers(scene: Scene, found: Sequence[Letter], readers: Iterable[Person]) -> Outcome:
    """A card each, in their hours, with a way to answer."""
    people = list(readers)
    outcome = Outcome()
    for letter in found:
        action = Action(
            id=derive("", f"{letter.thread}:{letter.place}", "action:letter-answer", "", 0)[:24],
            kind=ANSWER,
            subject=letter.thread,
            label=words.ANSWER.label,
            addressees=tuple(one.id for one in people),
            expires_at=scene.now + LIVES,
            once=False,
        )
        outcome += tell.tell(
            scene,
            people,
            words.for_reader(letter.number, letter.place, letter.text, action.id),
            cause=f"letter:{letter.thread}:{letter.place}",
            step="letter",
            kind=KIND,
            actions=(action,),
        )
    return outcome


def answering(event: Pressed, scene: Scene, action: Action, _: Person) -> Outcome:
    """〔答复〕: the next thing said goes into the box."""
    waiting = Dialog(
        account=event.presser,
        expects=f"{EXPECTS} {action.id}",
        subject=action.subject,
        until=scene.now + draft.DIALOG_LIVES,
        greeted=True,
    )
    reply = Reply(toast=press_words.TOLD, tone=ToastTone.INFO)
    said = draft.say(scene, words.ASK_ANSWER, event.cause, "letter-answer")
    return said + Outcome(dialogs=(waiting,), reply=reply)


def said(event: Said, scene: Scene, asker: Person, thread: str, text: str) -> Outcome:
    """The answer; whoever wrote comes for it with the token."""
    over = Dialog(account=event.message.author, until=scene.now + draft.DIALOG_LIVES, greeted=True)
    day = scene.world.calendars.company.local(scene.now).strftime("%Y-%m-%d")
    written = LetterAnswered(
        thread=thread,
        id=derive("", event.cause, "letter-answer", str(asker.id), 0)[:32],
        batch=day,
        text=text,
    )
    return draft.say(scene, words.ANSWERED, event.cause) + Outcome(changes=(written,), dialogs=(over,))


TURNS = {"feedback-anonymous": asked, ANSWER: answering}
