"""匿名信箱 (letters): what is written in its card is sealed until the next workday's opening, then taken out with others.

No person, no tag and no time is kept. A token, said once, lets its writer come back; of it only a slow fingerprint.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
import secrets
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta

from adapters.port import Reply, ToastTone
from bot import facts, pipeline
from bot.ballots import box, close
from bot.ballots.keys import KeyFolder, KeyLost
from bot.clock import CivilClock
from bot.conversation import complaints
from bot.store import ballots, letters
from bot.store.engine import Connection, Queue, Store
from bot.turns import letters as turns
from bot.world import World
from policies import tags
from policies.model import Person, Pressed
from policies.questionnaire import betrayal
from policies.wording import ballot as ballot_words
from policies.wording import letters as words

log = logging.getLogger(__name__)

PREFIX = "letters@"
AFTER_OPENING = timedelta(minutes=30)
MOST_IN_AN_HOUR = 5
MOST_TRIES_IN_AN_HOUR = 20
"""A token is looked for so often by one person: there are some fifty million of them, too few to be guessed at will."""
_TOKEN = re.compile(rf"([{words.WORDS}])-?(\d{{4}})-?([{words.WORDS}])")
_SALT = b"yizhan letters"


class Letters:
    """The anonymous box."""

    def __init__(
        self, *, store: Store, clock: CivilClock, world: Callable[[], World], keys: KeyFolder
    ) -> None:
        self._store = store
        self._clock = clock
        self._world = world
        self._keys = keys
        self._warned: set[str] = set()
        self._recent: dict[str, list[datetime]] = {}
        self._tried: dict[str, list[datetime]] = {}

    async def hear(self, event: Pressed, person: Person, own: betrayal.Own) -> Reply:
        """May raise; its caller says nothing of what it was about."""
        text = tags.clean(str(event.values.get(words.TEXT) or "")).strip()[: words.LONGEST]
        said = unicodedata.normalize("NFKC", str(event.values.get(words.TOKEN) or "")).strip()
        token = _TOKEN.fullmatch(said)
        if said and token is None:
            return _no(words.MISSPELT)
        if not text and token is None:
            return _no(words.EMPTY)
        if not text and token is not None:
            if self._tries_too_often(person):
                return _no(words.TOO_MANY_TRIES)
            return await self._show(event, "-".join(token.groups()))
        if refusal := self._once(person, text, own):
            return refusal
        return await self._take(event, text, "-".join(token.groups()) if token else "")

    def _once(self, person: Person, text: str, own: betrayal.Own) -> Reply | None:
        """Said once before anything is taken: whom to turn to, or by which words its writer is known."""
        now = self._clock.now()
        recent = _of_the_hour(self._recent, person, now)
        if len(recent) >= MOST_IN_AN_HOUR:
            return _no(words.TOO_MANY)
        if str(person.id) not in self._warned:
            telling = betrayal.found([text], own)
            if complaints.is_safety(text):
                self._warned.add(str(person.id))
                return _no(words.help_here(self._contacts()))
            if telling:
                self._warned.add(str(person.id))
                return _no(ballot_words.tells_who_you_are(telling))
        self._warned.discard(str(person.id))
        recent.append(now)
        return None

    def _tries_too_often(self, person: Person) -> bool:
        now = self._clock.now()
        tried = _of_the_hour(self._tried, person, now)
        if len(tried) >= MOST_TRIES_IN_AN_HOUR:
            return True
        tried.append(now)
        return False

    def _contacts(self) -> list[str]:
        world = self._world()
        found = (world.directory.person(one) for one in world.contacts)
        return [person.name for person in found if person is not None and person.is_active]

    async def _take(self, event: Pressed, text: str, token: str) -> Reply:
        fresh = not token
        token = token or draw()
        thread = await asyncio.to_thread(fingerprint, token)
        moment = self._next()
        run = PREFIX + moment.strftime("%Y-%m-%dT%H%M%z")
        key = await asyncio.to_thread(self._keys.make, run)
        plain = json.dumps([thread, text], ensure_ascii=False).encode("utf-8", "replace")
        sealed = box.seal(key.public, run, plain, box.TEXTS_BYTES)
        await self._store.write(_put, run, secrets.token_hex(16), sealed, queue=Queue.ACKS)
        if not fresh:
            return Reply(toast=words.TAKEN_AGAIN, tone=ToastTone.SUCCESS)
        world = self._world()
        lead = words.written(token, moment, self._clock.now(), zone=world.zone)
        card = words.card(event.platform.label, turns.ACTION, lead=lead)
        return Reply(toast=words.TAKEN, tone=ToastTone.SUCCESS, card=card)

    async def _show(self, event: Pressed, token: str) -> Reply:
        thread = await asyncio.to_thread(fingerprint, token)
        found = await self._store.read(letters.of_thread, thread)
        if not found:
            return _no(words.NO_SUCH)
        lead = words.conversation([(one.side, one.text) for one in found])
        return Reply(
            toast=words.SHOWN,
            tone=ToastTone.SUCCESS,
            card=words.card(event.platform.label, turns.ACTION, lead=lead),
        )

    # ── Taking out ────────────────────────────────────────────────────────────────────────────────

    async def release_due(self, now: datetime) -> bool:
        """Take out what is due; whether there was anything."""
        done = False
        for run, moment in await self._waiting():
            if moment <= now:
                done = await self._release(run, moment) or done
        return done

    async def next_at(self) -> datetime | None:
        return min((moment for _, moment in await self._waiting()), default=None)

    async def finish(self) -> None:
        """At start: keys of batches that have been taken out."""
        waiting = {run for run, _ in await self._waiting()}
        now = self._clock.now()
        for run in self._keys.runs():
            if run.startswith(PREFIX) and run not in waiting and moment_of(run) <= now:
                await close.forget(self._store, self._keys, run)

    async def _waiting(self) -> list[tuple[str, datetime]]:
        return [(run, moment_of(run)) for run in await self._store.read(ballots.runs, PREFIX)]

    async def _release(self, run: str, moment: datetime) -> bool:
        sealed = await self._store.read(ballots.sealed, run)
        found: list[tuple[str, str]] = []
        try:
            private = self._keys.get(run).private
            for one in sealed:
                thread, text = json.loads(box.unseal(private, run, one))
                found.append((str(thread), str(text)))
        except (KeyLost, box.WrongKey, ValueError):
            log.error("letters cannot be opened", extra={"run": run, "boxes": len(sealed)})
        secrets.SystemRandom().shuffle(found)
        ids = [secrets.token_hex(16) for _ in found]
        taken = await self._store.write(
            _out,
            run,
            tuple(zip(ids, found, strict=True)),
            len(sealed),
            moment,
            self._world(),
            self._clock.now(),
        )
        if taken:
            await close.forget(self._store, self._keys, run)
        return taken

    def _next(self) -> datetime:
        """Half an hour after the next workday's opening, never today's."""
        calendar = self._world().calendars.company
        local = calendar.local(self._clock.now())
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return calendar.next_opening(midnight) + AFTER_OPENING


def _of_the_hour(kept: dict[str, list[datetime]], person: Person, now: datetime) -> list[datetime]:
    """The moments of this person's last hour, in memory only: a restart forgives."""
    kept[str(person.id)] = [one for one in kept.get(str(person.id), []) if now - one < timedelta(hours=1)]
    return kept[str(person.id)]


def draw() -> str:
    """``竹-0417-河``."""
    digits = f"{secrets.randbelow(10_000):04d}"
    return f"{secrets.choice(words.WORDS)}-{digits}-{secrets.choice(words.WORDS)}"


def fingerprint(token: str) -> str:
    """Slow on purpose: there are few tokens, and whoever has the table could try them all."""
    return hashlib.scrypt(token.encode(), salt=_SALT, n=1 << 14, r=8, p=1, dklen=32).hex()


def moment_of(run: str) -> datetime:
    """When the batch of this name is taken out."""
    return datetime.strptime(run.removeprefix(PREFIX), "%Y-%m-%dT%H%M%z")


def _put(conn: Connection, run: str, id: str, sealed: bytes) -> None:  # noqa: A002
    ballots.put_box(conn, run, id, sealed)


def _out(
    conn: Connection,
    run: str,
    found: tuple[tuple[str, tuple[str, str]], ...],
    sealed: int,
    moment: datetime,
    world: World,
    now: datetime,
) -> bool:
    """All letters of a batch at once; not if another instance has them, or one more has come."""
    if len(ballots.sealed(conn, run)) != sealed or not sealed:
        return False
    batch = moment.strftime("%Y-%m-%d")
    out = [letters.add(conn, id_, thread, batch, "writer", text) for id_, (thread, text) in found]
    ballots.burn(conn, run)
    owners = [world.directory.person(one) for one in world.feedback_owners]
    readers = [one for one in owners if one is not None and one.is_active] or list(world.admin_people())
    pipeline.write(conn, turns.to_readers(facts.gather(conn, world, now), out, readers), now)
    return True


def _no(toast: str) -> Reply:
    return Reply(toast=toast, tone=ToastTone.WARNING)
