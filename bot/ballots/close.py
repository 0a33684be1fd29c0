"""拆箱 (close): the boxes are opened in memory, shuffled and counted; one transaction leaves counts and no ballots.

A crash before that transaction: nothing has happened. After it and before the key is destroyed: the next start
destroys it (``finish``). The order is always counts, write-ahead log, key.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime

from bot.ballots import box
from bot.ballots.keys import Key, KeyFolder, KeyLost, belong_together
from bot.store import audit, ballots, polls
from bot.store.engine import Connection, Queue, Store
from bot.store.polls import Poll
from bot.store.rows import AuditEntry
from policies.questionnaire import tally, thresholds
from policies.questionnaire.life import Act, State
from policies.questionnaire.model import Ending, Secrecy, Tally
from policies.questionnaire.tally import Paper

log = logging.getLogger(__name__)


class HolderKeyNeeded(Exception):
    """A second person keeps the key; the boxes wait, closed, until it is handed in."""


class WrongHolderKey(Exception):
    """This key does not open these boxes."""


class TermsTampered(Exception):
    """The terms are not those that were sealed at opening: a threshold, a reader, a question was changed since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    run: str
    ending: Ending
    took_part: int
    sealed: int
    tallies: tuple[Tally, ...] = ()
    text_ids: tuple[str, ...] = ()
    tags_go: bool = False


async def close(
    store: Store, keys: KeyFolder, poll: Poll, now: datetime, holder_key: bytes = b""
) -> Ending | None:
    """Count, write, destroy.

    Args:
        holder_key: the private half, where a second person keeps it.

    Returns:
        ``None``: another instance has closed it.

    Raises:
        HolderKeyNeeded, WrongHolderKey, TermsTampered: nothing was done.
    """
    if not poll.is_as_sealed:
        raise TermsTampered(poll.run)
    count = await _counted(store, keys, poll, holder_key)
    if count is None or not await store.write(_write, count, now, queue=Queue.DECISIONS):
        return None
    await forget(store, keys, poll.run)
    log.info("questionnaire closed", extra={"run": poll.run, "ending": count.ending.value})
    return count.ending


async def stop(store: Store, keys: KeyFolder, run: str) -> None:
    """Of one that was stopped: what was put in is burnt unread."""
    await store.write(ballots.burn, run, queue=Queue.DECISIONS)
    await forget(store, keys, run)


async def finish(store: Store, keys: KeyFolder) -> None:
    """At start: keys of what has ended are destroyed, whatever a crash has left of them."""
    for run in sorted(keys.runs()):
        poll = await store.read(polls.get, run)
        if poll is not None and poll.state in (State.CLOSED, State.REPORTED, State.CANCELLED):
            await forget(store, keys, run)


async def forget(store: Store, keys: KeyFolder, run: str) -> None:
    """First the write-ahead log, in which the boxes stand, then the key that opens them."""
    await store.truncate_log()
    keys.destroy(run)


async def _counted(store: Store, keys: KeyFolder, poll: Poll, holder_key: bytes) -> _Count | None:
    sealed = await store.read(ballots.sealed, poll.run)
    took_part = await store.read(polls.count_participants, poll.run)
    hidden = poll.terms.secrecy is Secrecy.PARTICIPATION_HIDDEN
    if not poll.terms.is_anonymous:
        named = await store.read(polls.named, poll.run)
        papers = [Paper(answers=answers) for answers, _ in named.values() if any(answers)]
        return _count(poll, papers, took_part, 0, tags_go=False)
    try:
        private = _private(keys.get(poll.run), poll, holder_key)
    except KeyLost:
        return _Count(
            run=poll.run, ending=Ending.KEY_LOST, took_part=took_part, sealed=len(sealed), tags_go=hidden
        )
    papers = [paper for one in sealed if (paper := _paper(private, poll.run, one)) is not None]
    secrets.SystemRandom().shuffle(papers)
    return _count(poll, papers, took_part, len(sealed), tags_go=hidden)


def _paper(private: bytes, run: str, sealed: bytes) -> Paper | None:
    """``None``: nobody who pressed put this in; somebody has written into the database."""
    try:
        return box.paper(private, run, sealed)
    except (box.WrongKey, ValueError):
        log.error("a box that was not sealed for this questionnaire", extra={"run": run})
        return None


def _private(key: Key, poll: Poll, holder_key: bytes) -> bytes:
    if not poll.terms.holder:
        return key.private
    if not holder_key:
        raise HolderKeyNeeded(poll.run)
    if not belong_together(key.public, holder_key):
        raise WrongHolderKey(poll.run)
    return holder_key


def _count(poll: Poll, papers: list[Paper], took_part: int, sealed: int, *, tags_go: bool) -> _Count:
    answered = [paper for paper in papers if any(paper.answers)]
    enough = len(answered) >= thresholds.of(poll.terms)[0]
    tallies = tally.count(poll.terms, answered) if enough else ()
    return _Count(
        run=poll.run,
        ending=Ending.COUNTED if enough else Ending.TOO_FEW,
        took_part=took_part,
        sealed=sealed,
        tallies=tallies,
        text_ids=tuple(secrets.token_hex(16) for one in tallies for _ in one.texts),
        tags_go=tags_go,
    )


def _write(conn: Connection, count: _Count, now: datetime) -> bool:
    """All of it or nothing; not if somebody closed it, or put another box in, since we counted."""
    if len(ballots.sealed(conn, count.run)) != count.sealed:
        return False
    if not polls.move(conn, count.run, Act.CLOSE, count.ending, count.took_part):
        return False
    polls.put_tallies(conn, count.run, count.tallies, count.text_ids)
    ballots.burn(conn, count.run)
    if count.tags_go:
        ballots.forget_tags(conn, (count.run,))
    details = {"ending": count.ending.value, "took_part": count.took_part}
    audit.append(
        conn,
        (AuditEntry(at=now, who="yizhan", act="closed-questionnaire", subject=count.run, details=details),),
    )
    return True
