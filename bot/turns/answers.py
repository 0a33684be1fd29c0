"""问什么答什么 (answers): which question is answered by which turn; a table, so that a new one is a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.conversation.about import is_about_delay
from bot.conversation.parse import Ask, Wish
from bot.facts import Scene
from bot.turns import (
    adopting,
    draft,
    feedback,
    own,
    pausing,
    pilot,
    poll_drafts,
    polls,
    questions,
    readers,
    received,
    spoken,
)
from bot.turns.outcome import Outcome
from policies.model import Person, Said
from policies.wording import kept
from policies.wording import pressed as press_words
from policies.wording import questionnaire as poll_words
from policies.wording import questions as words

Turn = Callable[[Said, Scene, Person, Ask], Outcome | None]

OF_A_COPY = frozenset({Wish.WHY_ME, Wish.RECEIVED, Wish.WHY})
"""About the latest notice that reached who asks."""
OF_OWN = frozenset({Wish.UNREAD})
"""About one's own latest notice, or the one that is named."""


OF_A_POLL = frozenset({Wish.ANSWER_POLL, Wish.ANONYMITY})
"""About the questionnaire that whoever asks has before them."""


def answer(event: Said, scene: Scene, asker: Person, intent: Ask) -> Outcome | None:
    """``None``: not a question of this page."""
    turn = _TURNS.get(intent.wish)
    return turn(event, scene, asker, intent) if turn else None


def _why_me(event: Said, scene: Scene, asker: Person, _: Ask) -> Outcome:
    text = questions.why_me(scene, scene.row, asker) if scene.row and scene.reach.rows else words.NO_NOTICE
    return draft.say(scene, text, event.cause)


def _why(event: Said, scene: Scene, asker: Person, _: Ask) -> Outcome | None:
    """才收到 asks about a copy that came late; every other 为什么 about one's own that is not out."""
    if scene.row is None or not is_about_delay(event.message.text):
        return own.why(event, scene, asker)
    return draft.say(scene, questions.why_then(scene, scene.row, asker), event.cause)


def _received(event: Said, scene: Scene, asker: Person, _: Ask) -> Outcome | None:
    """The numbered twin of 〔收到〕: said in the direct chat it counts for the latest 【重要】 one."""
    row = scene.row
    if row is None or not row.announcement.is_important or asker.id not in scene.reach.copies:
        return None
    thanks = draft.say(scene, press_words.RECEIVED, event.cause)
    return received.record(scene, row, asker, event.message.author) + thanks


def _privacy(event: Said, scene: Scene, asker: Person, _: Ask) -> Outcome | None:
    if scene.kept is None:
        return None
    world, directory = scene.world, scene.world.directory
    there = scene.kept
    names = (directory.department(one) for one in asker.departments)
    groups = tuple(row.name for chat, row in world.chats.items() if str(chat) in world.read_groups)
    view = kept.Kept(
        name=asker.name,
        departments=tuple(one.name for one in names if one is not None),
        announcements=there.announcements,
        receipts=there.receipts,
        asked=there.asked,
        answers=there.answers,
        tickets=there.tickets,
        audit=there.audit,
        keep_announcements_days=world.keep_announcements_days,
        keep_payloads_days=world.keep_payloads_days,
        reads_groups=groups,
        shows_readers=world.show_readers,
    )
    return draft.say(scene, kept.said_of(view), event.cause)


def _identity(event: Said, scene: Scene, _: Person, __: Ask) -> Outcome:
    return spoken.refuse(scene, event.cause, kept.CANNOT_TELL)


def _announcers(event: Said, scene: Scene, asker: Person, _: Ask) -> Outcome:
    return draft.say(scene, questions.announcers(scene, asker), event.cause)


def _hours(event: Said, scene: Scene, asker: Person, intent: Ask) -> Outcome:
    return draft.say(scene, questions.hours(scene, asker, intent.when), event.cause)


def _answer_poll(event: Said, scene: Scene, asker: Person, _: Ask) -> Outcome:
    return polls.begun(event, scene, asker)


def _anonymity(event: Said, scene: Scene, _: Person, __: Ask) -> Outcome:
    open_one = scene.poll.poll.terms if scene.poll else None
    return draft.say(scene, poll_words.is_it_anonymous(open_one), event.cause)


_TURNS: Mapping[Wish, Turn] = {
    Wish.WHY_ME: _why_me,
    Wish.WHY: _why,
    Wish.RECEIVED: _received,
    Wish.UNREAD: readers.asked,
    Wish.ANNOUNCERS: _announcers,
    Wish.CLOSING: _hours,
    Wish.QUESTIONNAIRE: poll_drafts.asked,
    Wish.ANSWER_POLL: _answer_poll,
    Wish.ANONYMITY: _anonymity,
    Wish.PRIVACY: _privacy,
    Wish.IDENTITY: _identity,
    Wish.URGENT: lambda event, scene, asker, _: own.urgent(event, scene, asker),
    Wish.PAUSE: pausing.pause,
    Wish.RESUME: pausing.resume,
    Wish.STATUS: pausing.status,
    Wish.PILOT: pilot.asked,
    Wish.FEEDBACK: feedback.asked,
    Wish.ADOPT: adopting.adopt,
    Wish.LET_GO: adopting.let_go,
    Wish.NEW_GROUP: adopting.new_group,
}
