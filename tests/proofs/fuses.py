"""Where a bot dies: at one stage of the way in or out, when it carries the words it was armed for.

``FUSE=<stage>:<token>``: by SIGKILL of the whole process group, as soon as the stage is reached. The product knows nothing of it.
``PLANT=normal`` lets it commit without a sync, for the control that must lose.
"""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

INBOUND = ("I1", "I2", "I4", "I5", "I6")
PRESSED = ("P1", "P5", "P6")
OUTBOUND = ("O1", "O2", "O3", "O5", "O5b", "O6")
TIMED = ("T1", "T5", "T6")
FROM_OUTSIDE = ("I3", "O4", "O4b")
"""The harness kills by itself: the acknowledgement has just come back; the request is at the town and not carried out yet; carried out and not answered yet."""
STAGES = (*INBOUND, *PRESSED, *OUTBOUND, *TIMED, *FROM_OUTSIDE)


def die() -> None:
    os.killpg(os.getpgid(0), signal.SIGKILL)


class Fuse:
    def __init__(self, written: str) -> None:
        self.stage, _, self.token = written.partition(":")

    def at(self, stage: str, *about: Any) -> None:
        if stage == self.stage and any(self.token in str(one) for one in about):
            die()


def arm(environment: Mapping[str, str]) -> None:
    """Wrap what is wrapped; nothing at all without a fuse."""
    if environment.get("PLANT") == "normal":
        _commit_without_sync()
    if environment.get("FULL"):
        _limit_pages(environment["FULL"])
    fuse = Fuse(environment.get("FUSE", ""))
    if fuse.stage:
        _inbound(fuse)
        _presses(fuse)
        _outbound(fuse)
        _timers(fuse)


def _commit_without_sync() -> None:
    """The control of the power cuts."""
    from bot.store import sqlite

    set_up = sqlite._set_up_writer

    def lazily(dbapi: Any, record: object) -> None:
        set_up(dbapi, record)
        dbapi.execute("PRAGMA synchronous = NORMAL")

    sqlite._set_up_writer = lazily


def _limit_pages(sign: str) -> None:
    """While this file is there the database may not grow by a page."""
    from bot.store import sqlite

    perform = sqlite.Writer.perform

    def limited(self: Any, jobs: Any) -> Any:
        full = Path(sign).exists()
        if self._conn is not None:
            most = 1 if full else 2**31 - 2
            self._conn.connection.driver_connection.execute(f"PRAGMA max_page_count = {most}")
        return perform(self, jobs)

    sqlite.Writer.perform = limited  # type: ignore[method-assign]


def _inbound(fuse: Fuse) -> None:
    from bot import pipeline
    from bot.intake import Intake
    from bot.worker import Worker

    around(
        Intake,
        "_persist",
        before=lambda _, raw, *__: fuse.at("I1", raw.body),
        after=lambda _, raw, *__: fuse.at("I2", raw.body),
    )
    around(
        Worker,
        "_take",
        before=lambda _, row: fuse.at("I4", row.entry.body),
        after=lambda _, row: fuse.at("I6", row.entry.body),
    )
    inside(pipeline, "take", lambda _, row, *__: fuse.at("I5", row.entry.body))


def _presses(fuse: Fuse) -> None:
    """A press carries no words: any press is meant, since people here press once."""
    from bot import pipeline
    from bot.intake import Intake

    around(
        Intake,
        "_press",
        before=lambda *_: fuse.at("P1", fuse.token),
        after=lambda *_: fuse.at("P6", fuse.token),
    )
    inside(pipeline, "press", lambda *_: fuse.at("P5", fuse.token))


def _outbound(fuse: Fuse) -> None:
    from bot import delivery, landed
    from bot.delivery import Delivery

    def notice(row: Any) -> str:
        return str(row.entry.effect) if row is not None and row.entry.announcement else ""

    around(Delivery, "_carry", before=lambda _, row: fuse.at("O3", notice(row)))
    around(
        Delivery,
        "_sent",
        before=lambda _, row, *__: fuse.at("O5", notice(row)),
        after=lambda _, row, *__: fuse.at("O6", notice(row)),
    )
    inside(
        delivery,
        "_look",
        lambda *_, result=None, **__: [fuse.at("O1", notice(row)) for row in result[0]],
    )
    inside(delivery, "_attempt", lambda *_, result=None: fuse.at("O2", notice(result)))
    inside(landed, "mark_sent", lambda _, row, *__: fuse.at("O5b", notice(row)))


def _timers(fuse: Fuse) -> None:
    from bot import pipeline, schedule

    original = schedule._fire
    fired: list[Any] = []

    def fire(conn: Any, timer: Any, *arguments: Any) -> Any:
        if timer.kind == "release":
            fuse.at("T1", fuse.token)
        return original(conn, timer, *arguments)

    schedule._fire = fire
    inside(pipeline, "fire", lambda _, timer, *__: fired.append(timer) if timer.kind == "release" else None)
    inside(pipeline, "fire", lambda *_: fuse.at("T5", fuse.token if fired else ""))
    around(schedule.Schedule, "_fire_due", after=lambda *_: fuse.at("T6", fuse.token if fired else ""))


def around(
    owner: Any,
    name: str,
    *,
    before: Callable[..., Any] | None = None,
    after: Callable[..., Any] | None = None,
) -> None:
    """Wrap one coroutine method of a class."""
    original = getattr(owner, name)

    @functools.wraps(original)
    async def wrapped(*arguments: Any, **named: Any) -> Any:
        if before is not None:
            before(*arguments)
        result = await original(*arguments, **named)
        if after is not None:
            after(*arguments)
        return result

    setattr(owner, name, wrapped)


def inside(module: Any, name: str, after: Callable[..., Any]) -> None:
    """Wrap a function that runs within a transaction: ``after`` sees it done and not committed."""
    original = getattr(module, name)
    wants_result = "result" in after.__code__.co_varnames

    @functools.wraps(original)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        result = original(*arguments, **named)
        after(*arguments, **({"result": result} if wants_result else {}))
        return result

    setattr(module, name, wrapped)
