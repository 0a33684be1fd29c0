"""问卷的时钟 (the polls' clock): one task that opens what is due, reminds once, closes, and tells the result.

Every step is a transition of a row in one transaction, so two instances do it once; the keys are made before a
questionnaire opens and destroyed after it was counted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, time, timedelta

from bot.ballots import close as ballots_close
from bot.ballots.close import HolderKeyNeeded, TermsTampered
from bot.ballots.keys import KeyFolder
from bot.ballots.letters import Letters
from bot.clock import CivilClock
from bot.config.model import Config
from bot.polls import planning, steps
from bot.store import marks, pilots, polls
from bot.store.engine import Connection, Queue, Store
from bot.store.errors import StoreUnavailable
from bot.store.polls import Poll
from bot.world import World
from policies.pilot import State as PilotState
from policies.questionnaire import thresholds
from policies.questionnaire.life import State
from policies.questionnaire.model import Terms
from policies.wording import questionnaire as words

log = logging.getLogger(__name__)

AGAIN_S = 5.0
SHORTEST = timedelta(hours=1)
"""One that would be open for less is not opened any more."""
PLAN_AT = time(0, 10)
"""People come and go: what is planned is looked at again every night."""


class TermsChanged(Exception):
    """The configuration says other things of an open questionnaire than its card does.

    Attributes:
        found: (title, closes_at, keys) of each.
    """

    def __init__(self, found: tuple[tuple[Terms, tuple[str, ...]], ...]) -> None:
        super().__init__(", ".join(f"{terms.questionnaire}: {'/'.join(keys)}" for terms, keys in found))
        self.found = found


class Polls:
    """Args:
    on_sent: called after something was put into the outbox.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: CivilClock,
        world: Callable[[], World],
        config: Config,
        keys: KeyFolder,
        letters: Letters,
        on_sent: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._world = world
        self._config = config
        self._keys = keys
        self._letters = letters
        self._on_sent = on_sent
        self._woken = asyncio.Event()
        self._is_looking = True
        self._plan_next: datetime | None = None
        self._was_pilot_on = False
        self._wants_directory = False
        self.next_at: datetime | None = None
        self.on_change: Callable[[], None] = lambda: None

    @property
    def is_idle(self) -> bool:
        return not self._is_looking

    def looked(self) -> None:
        """The directory has been looked at; one that is due may have waited for it."""
        if self._wants_directory:
            self.wake()

    def wake(self) -> None:
        """Something may have become due, or an admin has chosen."""
        self._is_looking = True
        self._woken.set()
        self.on_change()

    async def begin(self) -> None:
        """Before the first round: keys of what has ended go, and sealed terms are held against the file.

        Raises:
            TermsChanged: nothing was opened or closed.
        """
        await ballots_close.finish(self._store, self._keys)
        await self._letters.finish()
        found = tuple(
            (poll.terms, keys)
            for poll in await self._store.read(polls.living)
            if poll.state is State.OPEN
            and (keys := planning.changed(self._config, self._world().calendars.company, poll.terms))
        )
        if found:
            raise TermsChanged(found)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._woken.clear()
            self._is_looking = True
            try:
                self.next_at = await self._round()
            except StoreUnavailable:
                log.exception("store is away; questionnaires wait")
                with suppress(TimeoutError):
                    async with asyncio.timeout(AGAIN_S):
                        await self._woken.wait()
                continue
            self._is_looking = self._woken.is_set()
            self.on_change()
            await self._wait(self.next_at)

    async def _round(self) -> datetime | None:
        """Do what is due; when to look again."""
        self._wants_directory = False
        await self._plan()
        while True:
            living = await self._store.read(polls.living)
            if not [True for poll in living if await self._step(poll)]:
                break
            self._on_sent()
        if await self._letters.release_due(self._clock.now()):
            self._on_sent()
        living = await self._store.read(polls.living)
        moments = (
            self._next(living, await self._store.read(_pause_ends, self._clock.now())),
            await self._letters.next_at(),
        )
        return min((moment for moment in moments if moment is not None), default=None)

    async def _step(self, poll: Poll) -> bool:
        """One transition, if one is due; whether something was done."""
        now = self._clock.now()
        match poll.state:
            case State.PLANNED if poll.terms.opens_at <= now:
                return await self._open(poll, now)
            case State.OPEN if poll.terms.closes_at <= now:
                return await self._close(poll, now)
            case State.OPEN if poll.remind_at is not None and poll.remind_at <= now:
                return await self._store.write(steps.remind, poll.run, self._world(), now)
            case State.CLOSED:
                return await self._store.write(steps.report, poll.run, self._world(), now)
        return False

    def _next(self, living: tuple[Poll, ...], pause_ends: datetime | None) -> datetime | None:
        now = self._clock.now()
        moments = [self._plan_next] if self._plan_next and self._config.questionnaire else []
        for poll in living:
            if poll.state is State.PLANNED:
                due = poll.terms.opens_at
                moments.append(pause_ends if due <= now and pause_ends is not None else due)
            elif poll.state is State.OPEN:
                moments += [poll.terms.closes_at, *((poll.remind_at,) if poll.remind_at else ())]
        return min((moment for moment in moments if moment > now), default=None)

    # ── Planning ──────────────────────────────────────────────────────────────────────────────────

    async def _plan(self) -> None:
        now = self._clock.now()
        is_pilot_on = await self._store.read(_is_pilot_on, self._world())
        if self._plan_next is not None and now < self._plan_next and is_pilot_on == self._was_pilot_on:
            return
        chosen = await self._store.read(polls.chosen)
        found = tuple(planning.coming(self._config, self._world(), now, chosen, is_pilot_on=is_pilot_on))
        self._was_pilot_on = is_pilot_on
        if await self._store.write(steps.plan, found, self._world(), now, queue=Queue.CHORES):
            self._on_sent()
        local = self._world().calendars.company.local(now)
        tonight = local.replace(hour=PLAN_AT.hour, minute=PLAN_AT.minute, second=0, microsecond=0)
        self._plan_next = tonight if tonight > local else tonight + timedelta(days=1)

    # ── Opening and closing ───────────────────────────────────────────────────────────────────────

    async def _open(self, poll: Poll, now: datetime) -> bool:
        if await self._store.read(_pause_ends, now) is not None:
            return False
        if self._world().unwalked:  # nobody can say yet whom it is for, nor who is to be told
            self._wants_directory = True
            return False
        line = next((one for one in self._config.questionnaire if one.id == poll.terms.questionnaire), None)
        if line is None and not poll.run.startswith(polls.CHAT):
            return await self._left_out(poll, now, "")
        if poll.terms.closes_at < now + SHORTEST:
            return await self._left_out(poll, now, words.MISSED)
        terms, asked = (
            planning.at_opening(self._config, self._world(), line, poll.terms.opens_at, poll.terms.closes_at)
            if line is not None
            else planning.said_at_opening(self._world(), poll.terms)
        )
        if not asked:
            return await self._left_out(poll, now, words.NOBODY)
        if terms.is_anonymous and not thresholds.may_be_anonymous(terms.size):
            return await self._left_out(poll, now, words.too_small(terms.size))
        if terms.is_anonymous:
            try:
                await asyncio.to_thread(self._keys.make, poll.run, line.holder_key if line else "")
            except OSError:
                log.exception("the folder of keys cannot be written")
                return await self._left_out(poll, now, words.NO_KEY_FOLDER)
        opened = await self._store.write(
            steps.open_, poll.run, terms, poll.remind_at, asked, self._world(), now
        )
        log.info("questionnaire opened", extra={"run": poll.run, "people": len(asked)})
        return opened

    async def _left_out(self, poll: Poll, now: datetime, why: str) -> bool:
        log.warning("questionnaire not opened", extra={"run": poll.run})
        return await self._store.write(steps.leave_out, poll, why, self._world(), now)

    async def _close(self, poll: Poll, now: datetime) -> bool:
        try:
            return await ballots_close.close(self._store, self._keys, poll, now) is not None
        except HolderKeyNeeded:
            return await self._store.write(steps.ask_holder, poll, self._world(), now)
        except TermsTampered:
            return await self._store.write(steps.tell_tampered, poll, self._world(), now)

    async def _sleep(self, moment: datetime) -> None:
        await self._clock.sleep_until(moment)
        self._is_looking = True

    async def _wait(self, moment: datetime | None) -> None:
        waiter = asyncio.ensure_future(self._woken.wait())
        try:
            if moment is None:
                await waiter
                return
            sleeper = asyncio.ensure_future(self._sleep(moment))
            try:
                await asyncio.wait({waiter, sleeper}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleeper.cancel()
                await asyncio.gather(sleeper, return_exceptions=True)
        finally:
            waiter.cancel()


def _is_pilot_on(conn: Connection, world: World) -> bool:
    """Its questionnaires belong to the pilot: they come with its start and go with its stop."""
    row = pilots.current(conn)
    is_this = row is not None and world.pilot is not None and row.id == world.pilot.id
    return is_this and row is not None and row.state in (PilotState.RUNNING, PilotState.ENDED)


def _pause_ends(conn: Connection, now: datetime) -> datetime | None:
    pause = marks.paused(conn, now)
    return pause.until if pause is not None else None
