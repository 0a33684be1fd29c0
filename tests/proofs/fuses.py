"""Where a bot dies: at one stage of the way in or out, when it carries the words it was armed for.

``FUSE=<stage>:<token>``: by SIGKILL of the whole process group, as soon as the stage is reached; ``<stage>:<number>`` where nothing
carries words: after so many that pass. The product knows nothing of it.
``PLANT=normal`` lets it commit without a sync, for the control that must lose.
"""

from __future__ import annotations

import ctypes
import functools
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.proofs import scaled

INBOUND = ("I1", "I2", "I4", "I5", "I6")
PRESSED = ("P1", "P5", "P6")
OUTBOUND = ("O1", "O2", "O3", "O5", "O5b", "O6")
TIMED = ("T1", "T5", "T6")
FROM_OUTSIDE = ("I3", "O4", "O4b")
"""The harness kills by itself: the acknowledgement has just come back; the request is at the town and not carried out yet; carried out and not answered yet."""
POLLED = ("V5", "V6", "C5", "C6")
"""Of a questionnaire: an answer is written and not committed; committed and not acknowledged; the answers are counted in memory;
the counts are committed and the key is still there."""
APPLYING = ("A1", "A2", "A3")
"""Of an apply: before a change; a group is made and nobody has written down which; a change is made and marked."""
STAGES = (*INBOUND, *PRESSED, *OUTBOUND, *TIMED, *FROM_OUTSIDE, *POLLED, *APPLYING)


def die() -> None:
    os.killpg(os.getpgid(0), signal.SIGKILL)


class Fuse:
    def __init__(self, written: str) -> None:
        self.stage, _, self.token = written.partition(":")
        self.left = int(self.token) if self.token.isdigit() else 0

    def at(self, stage: str, *about: Any) -> None:
        """Something that carries words is at this stage."""
        if stage == self.stage and any(self.token in str(one) for one in about):
            die()

    def count(self, stage: str) -> None:
        """Something is at this stage, and it is told by its number."""
        if stage == self.stage:
            if not self.left:
                die()
            self.left -= 1


def arm(environment: Mapping[str, str]) -> None:
    """Wrap what is wrapped; nothing at all without a fuse."""
    scaled.shrink(environment)
    if environment.get("PLANT") == "normal":
        _commit_without_sync()
    if environment.get("FULL"):
        _limit_pages(environment["FULL"])
        _obey_modes()
    fuse = Fuse(environment.get("FUSE", ""))
    if fuse.stage:
        _inbound(fuse)
        _presses(fuse)
        _outbound(fuse)
        _timers(fuse)
        _polls(fuse)
        _applying(fuse)


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


def _obey_modes() -> None:
    """Root may write what is read-only; this process may not any more (capset without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH)."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if libc.capget(header, data) == 0:
        for field in (0, 1):
            data[field] &= ~0b110
        libc.capset(header, data)


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


def _polls(fuse: Fuse) -> None:
    from bot.ballots import close, press
    from bot.store import polls
    from bot.worker import Worker

    answered: list[Any] = []

    def named(*_: Any) -> None:
        answered.append(True)
        fuse.count("V5")

    def taken(*_: Any) -> None:
        if answered:
            answered.clear()
            fuse.count("V6")

    inside(press, "_put", lambda *_: fuse.count("V5"))
    around(press.Ballots, "_seal", after=lambda *_: fuse.count("V6"))
    inside(polls, "put_named", named)
    around(Worker, "_take", after=taken)
    around(close, "_counted", after=lambda *_: fuse.count("C5"))
    around(close, "forget", before=lambda *_: fuse.count("C6"))


def _applying(fuse: Fuse) -> None:
    from adapters.dingtalk.groups import DingTalkGroups
    from adapters.feishu.groups import FeishuGroups
    from bot.workspace.apply import _Work

    around(_Work, "_perform", before=lambda *_: fuse.count("A1"), after=lambda *_: fuse.count("A3"))
    for door in (FeishuGroups, DingTalkGroups):
        around(door, "create", after=lambda *_: fuse.count("A2"))


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
