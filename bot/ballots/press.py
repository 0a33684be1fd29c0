"""投票 (press): an anonymous press becomes a tag and a sealed box in one transaction; nothing else of it is kept.

Nobody logs here, and no error carries what was pressed: a caller learns only the kind of what went wrong. The reply is
the same sentence for every choice.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from datetime import datetime

from adapters.port import Reply, ToastTone
from bot.ballots import box
from bot.ballots.keys import Key, KeyFolder, KeyLost
from bot.ballots.letters import Letters
from bot.clock import CivilClock
from bot.store import actions, ballots, polls
from bot.store.engine import Connection, Queue, Store
from bot.store.errors import StoreUnavailable
from bot.store.polls import Asked, Poll
from bot.turns import letters as letter_turns
from bot.world import World
from policies.model import Person, Pressed
from policies.questionnaire import betrayal, form, tally
from policies.questionnaire.life import State
from policies.questionnaire.model import Answers, Secrecy
from policies.wording import ballot as words

log = logging.getLogger(__name__)

SUBMIT, ABSTAIN = "ballot", "ballot-none"
"""Kinds of the two sealed actions: answers, and 不参加, which is kept like an answer."""


class Ballots:
    """Takes what is pressed anonymously.

    Args:
        on_letter: called after a letter may have been written.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: CivilClock,
        world: Callable[[], World],
        keys: KeyFolder,
        letters: Letters | None = None,
        on_letter: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._world = world
        self._keys = keys
        self._letters = letters
        self._on_letter = on_letter
        self._warned: set[tuple[str, str]] = set()
        """Whom we have asked once whether their words may stay as they are; forgotten with the process."""

    async def hear(self, event: Pressed) -> Reply:
        """Never raises, and never says in a log what it was about."""
        try:
            return await self._hear(event)
        except StoreUnavailable:
            log.error("ballot not persisted")
            return Reply(toast=words.NOT_TAKEN, tone=ToastTone.ERROR)
        except Exception as error:  # noqa: BLE001 - a traceback could hold what was pressed
            log.error("ballot failed", extra={"kind": type(error).__name__})
            return Reply(toast=words.NOT_TAKEN, tone=ToastTone.ERROR)

    async def _hear(self, event: Pressed) -> Reply:
        person = self._world().directory.by_account(event.presser)
        if person is None or not person.is_active:
            return _no(words.NOT_ASKED)
        if event.action == letter_turns.ACTION and self._letters is not None:
            reply = await self._letters.hear(event, person, self._own_words(person))
            self._on_letter()
            return reply
        found = await self._store.read(_about, event.action, person)
        if found is None:
            return _no(words.OVER)
        kind, poll, asked = found
        if asked is None:
            return _no(words.NOT_ASKED)
        if poll.state is not State.OPEN or poll.terms.closes_at <= self._clock.now():
            return _no(words.OVER)
        answers = form.nothing(poll.terms) if kind == ABSTAIN else form.read(poll.terms, event.values)
        if kind == SUBMIT and (refusal := self._refusal(poll, person, answers)):
            return refusal
        return await self._seal(poll, person, asked, answers)

    def _refusal(self, poll: Poll, person: Person, answers: Answers) -> Reply | None:
        """Said before anything is written, and only about words, never about a choice."""
        if not any(answers):
            return _no(words.NOTHING_CHOSEN)
        try:
            tally.check(poll.terms.questions, answers)
        except tally.BadAnswers:
            return _no(words.OTHER_QUESTIONS)
        written = [one for one in answers if isinstance(one, str) and one]
        telling = betrayal.found(written, self._own_words(person))
        asked_before = (poll.run, str(person.id)) in self._warned
        if telling and not asked_before:
            self._warned.add((poll.run, str(person.id)))
            return _no(words.tells_who_you_are(telling))
        return None

    def _own_words(self, person: Person) -> betrayal.Own:
        directory = self._world().directory
        departments = [found.name for one in person.departments if (found := directory.department(one))]
        names = frozenset(one.name for one in directory.everyone())
        return betrayal.Own(name=person.name, departments=tuple(departments), names=names)

    async def _seal(self, poll: Poll, person: Person, asked: Asked, answers: Answers) -> Reply:
        try:
            key = self._keys.get(poll.run)
        except KeyLost:
            return _no(words.NOT_TAKEN)
        sealer = box.Sealer(key.public, poll.run, box.size_of(poll.terms))
        try:
            sealed = sealer.paper(answers, asked.cell)
        except box.TooMuch:
            return _no(words.TOO_LONG)
        tag = tag_of(key, poll, str(person.id))
        fresh = await self._store.write(
            _put, poll.run, tag, secrets.token_hex(16), sealed, self._clock.now(), queue=Queue.ACKS
        )
        if fresh is None:
            return _no(words.OVER)
        return Reply(toast=words.TAKEN, tone=ToastTone.SUCCESS) if fresh else _no(words.ONCE)


def tag_of(key: Key, poll: Poll, person: str) -> str:
    """Who took part: the person in 甲式, in 乙式 what only this key can make of them."""
    return key.tag(poll.run, person) if poll.terms.secrecy is Secrecy.PARTICIPATION_HIDDEN else person


def _about(conn: Connection, action: str, person: Person) -> tuple[str, Poll, Asked | None] | None:
    pressed = actions.get(conn, action)
    poll = polls.get(conn, pressed.subject) if pressed is not None else None
    if pressed is None or poll is None:
        return None
    return pressed.kind, poll, polls.asked(conn, poll.run, person.id)


def _put(
    conn: Connection,
    run: str,
    tag: str,
    id: str,  # noqa: A002
    sealed: bytes,
    now: datetime,
) -> bool | None:
    """``None``: it has closed meanwhile; ``False``: this person has taken part already."""
    poll = polls.get(conn, run)
    if poll is None or poll.state is not State.OPEN or poll.terms.closes_at <= now:
        return None
    return ballots.put(conn, run, tag, id, sealed)


def _no(toast: str) -> Reply:
    return Reply(toast=toast, tone=ToastTone.WARNING)
