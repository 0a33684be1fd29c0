"""PostgreSQL: the engine that several machines share; every transaction is SERIALIZABLE and repeated on conflict."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.store.errors import StoreUnavailable
from bot.store.line import Done, Job, Line, carry_out, desert, settle

if TYPE_CHECKING:
    from asyncpg import Connection as Driver
    from sqlalchemy.engine.interfaces import DBAPIConnection

log = logging.getLogger(__name__)
T = TypeVar("T")

GIVE_UP_S = 30.0
"""How long a transaction is begun anew after conflicts: of those in conflict one always gets through, but nothing
says which, so the loser steps aside for a moment that is drawn, longer each time."""

FIRST_PAUSE_S = 0.002
LONGEST_PAUSE_S = 0.25

CONNECT_S = 10
COMMAND_S = 30
POOL = 5

NAME = "yizhan"
"""What our sessions are called on the server. A migration has another name: its steps may think for long."""

FROZEN_S = 10
"""A process that stops in the middle of a transaction, or that a router has forgotten, must not keep its locks: after so
long without a word it is ended, and the other instance goes on. Ours never pause so long between two statements."""

_END_SILENT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND application_name = $1
  AND pid <> pg_backend_pid() AND state <> 'idle' AND wait_event = 'ClientRead'
  AND state_change < clock_timestamp() - make_interval(secs => $2)
"""
"""The server ends what is idle within a transaction by itself. Between preparing a statement and carrying it out it counts
as active, though it only waits for the client: the driver asks for a flush there, not for the end of the exchange, and no
timeout of PostgreSQL 16 ends that. So whoever listens ends it; a role may end its own sessions.
https://www.postgresql.org/docs/16/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY (read 2026-11)."""

NEWS = "yizhan"
"""The channel on which every commit is told to the other instances; it carries who wrote, and no more."""

LISTEN_AGAIN_S = 2.0
"""Between questions on the listening connection, which else says nothing and would not notice that a router has
forgotten it; what was missed is looked for at once. The question is for transactions that have fallen silent."""
ANSWER_S = 5.0
"""So long an answer to such a question is waited for. One that does not come shows sooner than a command's deadline that
the way to the server is lost, and so when the other instance has died too somebody still sends within the lease."""

_CONFLICTS = frozenset({"40001", "40P01"})
"""serialization_failure, deadlock_detected."""

_AWAY = ("08", "25P03", "53", "57P", "58")
"""Classes of SQLSTATE that speak of the server, not of the statement: connection, a transaction that was silent
for too long, resources (disk full), shutdown, system error. https://www.postgresql.org/docs/current/errcodes-appendix.html (read 2026-11)."""


def asyncpg_url(url: str) -> URL:
    """What an admin writes (libpq's ``sslmode`` included) as the driver wants it."""
    parsed = make_url(url).set(drivername="postgresql+asyncpg")
    mode = parsed.query.get("sslmode")
    if mode is None:
        return parsed
    return parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": str(mode)})


def make_engine(url: str, frozen_s: float | None = None, **options: Any) -> AsyncEngine:
    """A connection on which no answer came in time is taken for dead: a ROLLBACK would wait as long again.

    Args:
        frozen_s: instead of ``FROZEN_S``; 0 is for ever.
    """
    frozen_s = FROZEN_S if frozen_s is None else frozen_s
    engine = create_async_engine(
        asyncpg_url(url),
        isolation_level="SERIALIZABLE",
        connect_args={
            "timeout": CONNECT_S,
            "command_timeout": COMMAND_S,
            "server_settings": {
                "application_name": NAME if frozen_s else f"{NAME}-migration",
                "idle_in_transaction_session_timeout": str(round(frozen_s * 1000)),
            },
        },
        **options,
    )
    event.listen(engine.sync_engine, "handle_error", _take_for_dead)
    return engine


def _take_for_dead(context: ExceptionContext) -> None:
    if isinstance(context.original_exception, TimeoutError | OSError):
        context.is_disconnect = True


def is_conflict(error: BaseException) -> bool:
    """Another transaction was in the way, or wrote the same next number of the audit chain first."""
    if not isinstance(error, DBAPIError):
        return False
    return _state(error) in _CONFLICTS or (
        isinstance(error, IntegrityError) and "pk_audit" in str(error.orig)
    )


def is_away(error: BaseException) -> bool:
    """The server is gone, full or not answering."""
    if isinstance(error, OSError | TimeoutError | PoolTimeout):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, InterfaceError) and "closed" in str(error.orig):
        return True
    return _state(error).startswith(_AWAY)


def is_away_for_writing(error: BaseException) -> bool:
    """The same, or it is a stand-by that has not been promoted yet and only reads (read_only_sql_transaction)."""
    return is_away(error) or _state(error) == "25006"


class Pool:
    """Served on the loop: one transaction at a time as on SQLite, reads beside it."""

    def __init__(
        self,
        url: str,
        line: Line,
        on_outcome: Callable[[list[Done]], None],
        on_news: Callable[[], None],
    ) -> None:
        self._me = secrets.token_hex(8)
        self._on_news = on_news
        self._engine = make_engine(url, pool_size=POOL + 1, max_overflow=0, pool_pre_ping=True)
        self._snapshot = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._may_end = True
        self._standing: WeakSet[Driver] = WeakSet()
        event.listen(self._engine.sync_engine, "connect", self._stands)
        self._line = line
        self._on_outcome = on_outcome
        self._news = asyncio.Event()
        line.wake = self._news.set
        self._task = asyncio.create_task(self._serve(), name="store-writer")
        self._listening = asyncio.create_task(self._listen(), name="store-news")

    async def read(self, fn: Callable[[Connection], T]) -> T:
        try:
            async with self._snapshot.connect() as conn:
                return await conn.run_sync(_in_transaction, fn)
        except Exception as error:
            self._distrust(error)
            if is_away(error):
                raise StoreUnavailable(str(error)) from error
            raise

    async def close(self) -> None:
        """Serve what waits, then end; the line must be closed."""
        await asyncio.wait([self._task])
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        if not self._task.cancelled() and (error := self._task.exception()) is not None:
            log.critical("the store's writer broke", exc_info=error)
        await self._engine.dispose()

    async def _serve(self) -> None:
        jobs: list[Job] = []
        try:
            while not self._line.is_over:
                self._news.clear()
                while jobs := self._line.take_now():
                    done = await self._perform(jobs)
                    settle(jobs, done)
                    self._on_outcome(done)
                if not self._line.is_over:
                    await self._news.wait()
        finally:
            desert([*jobs, *self._line.abandon()])

    async def _perform(self, jobs: list[Job]) -> list[Done]:
        loop, longest = asyncio.get_running_loop(), FIRST_PAUSE_S
        began = loop.time()
        while True:
            try:
                async with self._engine.connect() as conn:
                    return await conn.run_sync(self._carry_out, jobs)
            except Exception as error:  # noqa: BLE001 - it is the caller's, who is told
                self._distrust(error)
                if not is_conflict(error):
                    return [Done(error=_explained(error))] * len(jobs)
            if loop.time() - began > GIVE_UP_S:
                return [Done(error=StoreUnavailable(f"in conflict for {GIVE_UP_S:g} s"))] * len(jobs)
            await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - a pause, not a secret
            longest = min(LONGEST_PAUSE_S, 2 * longest)

    def _stands(self, connection: DBAPIConnection, _: object) -> None:
        self._standing.add(connection.driver_connection)

    def _distrust(self, error: BaseException) -> None:
        """Where one connection fell silent a router may have forgotten all: asked one by one, each would keep us waiting
        for the whole deadline to be found dead too."""
        if isinstance(error, TimeoutError):
            for one in list(self._standing):
                one.terminate()

    def _carry_out(self, conn: Connection, jobs: list[Job]) -> list[Done]:
        """With word to the others, which leaves with the commit or not at all."""
        return carry_out(conn, jobs, _must_stop, last=self._tell)

    def _tell(self, conn: Connection) -> None:
        conn.execute(text("SELECT pg_notify(:channel, :who)"), {"channel": NEWS, "who": self._me})

    async def _listen(self) -> None:
        """Until cancelled. A connection that was lost is replaced; then everything may be news."""
        while True:
            try:
                async with self._engine.connect() as conn:
                    try:
                        await self._listen_on(conn)
                    finally:
                        await conn.invalidate()
            except Exception as error:  # noqa: BLE001 - whatever it was, listening goes on
                self._distrust(error)
                log.warning("not told of the others' work", extra={"error": type(error).__name__})
            await asyncio.sleep(LISTEN_AGAIN_S)

    async def _listen_on(self, conn: AsyncConnection) -> None:
        """Until it does not answer any more."""
        driver: Driver = (await conn.get_raw_connection()).driver_connection  # type: ignore[assignment]
        await driver.add_listener(NEWS, self._heard)
        self._on_news()
        while True:
            await asyncio.sleep(LISTEN_AGAIN_S)
            await self._end_silent(driver)

    async def _end_silent(self, driver: Driver) -> None:
        """Where the role may not, the question alone: the way to the server is asked for all the same."""
        if not self._may_end:
            await driver.execute("SELECT 1", timeout=ANSWER_S)
            return
        try:
            ended = await driver.fetchval(_END_SILENT, NAME, float(FROZEN_S), timeout=ANSWER_S)
        except Exception as error:
            if _state(error) != "42501":
                raise
            self._may_end = False
            log.warning(
                "may not end our own sessions on the server (pg_terminate_backend); one that falls silent keeps its locks"
            )
            return
        if ended:
            log.warning("ended transactions that said nothing any more", extra={"sessions": ended})

    def _heard(self, _connection: Any, _pid: int, _channel: str, who: object) -> None:
        if who != self._me:
            self._on_news()


def _in_transaction(conn: Connection, fn: Callable[[Connection], T]) -> T:
    with conn.begin():
        return fn(conn)


def _must_stop(error: BaseException) -> bool:
    return is_conflict(error) or is_away_for_writing(error)


def _explained(error: Exception) -> Exception:
    if not is_away_for_writing(error):
        return error
    unavailable = StoreUnavailable(str(getattr(error, "orig", error)) or type(error).__name__)
    unavailable.__cause__ = error
    return unavailable


def _state(error: BaseException) -> str:
    origin = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(origin, "sqlstate", None) or "")
