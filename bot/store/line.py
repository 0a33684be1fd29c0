"""The waiting line before the writer: three queues served by priority, and groups that share one commit."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import Connection

from bot.store.errors import StoreUnavailable

MOST_TOGETHER = 200
"""So many grouped jobs share one commit."""


class Queue(IntEnum):
    """What is served first when several wait."""

    ACKS = 0
    """Somebody's ack, press or receipt waits for it."""
    DECISIONS = 1
    CHORES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A function to run in a transaction, and where its outcome goes.

    ``outside``: what the engine does not do within one; the function sees to it that none begins.
    """

    run: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    grouped: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a job: its value, or the error it raised."""

    value: Any = None
    error: BaseException | None = None


class Line:
    """Jobs go in on the loop; the writer takes them out, in its own thread or on the loop."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queues: dict[Queue, deque[Job]] = {queue: deque() for queue in Queue}
        self._closed = False
        self.wake: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    def put(self, job: Job, queue: Queue) -> bool:
        """``False`` after ``close``."""
        with self._changed:
            if self._closed:
                return False
            self._queues[queue].append(job)
            self._changed.notify()
        self.wake()
        return True

    def close(self) -> None:
        """Take no more; what waits is still served."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.wake()

    def take(self) -> list[Job] | None:
        """Wait for the next transaction's jobs; ``None`` after ``close`` when nothing is left."""
        with self._changed:
            while True:
                jobs = self._next()
                if jobs or self._closed:
                    return jobs or None
                self._changed.wait()

    def take_now(self) -> list[Job]:
        """The next transaction's jobs, ``[]`` if nothing waits."""
        with self._changed:
            return self._next()

    def abandon(self) -> list[Job]:
        """Close, and take out what nobody will serve any more."""
        self.close()
        with self._changed:
            left = [job for queue in self._queues.values() for job in queue]
            for queue in self._queues.values():
                queue.clear()
        return left

    @property
    def is_over(self) -> bool:
        return self._closed and not len(self)

    def _next(self) -> list[Job]:
        for queue in self._queues.values():
            while queue and queue[0].future.cancelled():
                queue.popleft()
            if queue:
                return _first_group(queue)
        return []


def _first_group(queue: deque[Job]) -> list[Job]:
    jobs = [queue.popleft()]
    while jobs[0].grouped and queue and queue[0].grouped and len(jobs) < MOST_TOGETHER:
        jobs.append(queue.popleft())
    return jobs


def carry_out(
    conn: Connection,
    jobs: Sequence[Job],
    must_stop: Callable[[BaseException], bool],
    last: Callable[[Connection], None] = lambda _: None,
) -> list[Done]:
    """One transaction: of grouped jobs none can undo another.

    They run as they are, since they nearly always succeed; where one fails, all run again, each behind a savepoint.

    Args:
        must_stop: whether an error is the transaction's (disk full, serialisation) and not the job's own.
        last: done at the end of the same transaction.

    Raises:
        a single job's error, and errors of the transaction; then nothing was committed, or nobody knows.
    """
    if jobs[0].outside:
        return [Done(value=jobs[0].run(conn))]
    try:
        with conn.begin():
            done = [Done(value=job.run(conn)) for job in jobs]
            last(conn)
            return done
    except Exception as error:
        if len(jobs) == 1 or must_stop(error):
            raise
    with conn.begin():
        done = [_behind_savepoint(conn, job, must_stop) for job in jobs]
        last(conn)
        return done


def _behind_savepoint(conn: Connection, job: Job, must_stop: Callable[[BaseException], bool]) -> Done:
    try:
        with conn.begin_nested():
            return Done(value=job.run(conn))
    except Exception as error:
        if must_stop(error):
            raise
        return Done(error=error)


def desert(jobs: Sequence[Job]) -> None:
    """The writer has ended, which only a mistake of ours can bring about: nobody may wait for it for ever."""
    settle(jobs, [Done(error=StoreUnavailable("the writer has ended"))] * len(jobs))


def settle(jobs: Sequence[Job], done: Sequence[Done]) -> None:
    """Give every caller its own outcome; on the loop only."""
    for job, outcome in zip(jobs, done, strict=True):
        if job.future.done():
            continue
        if outcome.error is not None:
            job.future.set_exception(outcome.error)
        else:
            job.future.set_result(outcome.value)
