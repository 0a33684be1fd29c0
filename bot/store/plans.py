"""变更计划 (plans): what was shown, who applied it, and what became of every change; what people asked of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from bot.store.dialect import insert_into
from bot.store.workspace_tables import changes, group_asks, plans, runs
from policies.model import Account
from policies.workspace import codec
from policies.workspace.changes import Change, Plan


class ChangeState(StrEnum):
    """planned → applying → applied | failed(reason) | unknown."""

    PLANNED = "planned"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    UNKNOWN = "unknown"


INTERRUPTED = "interrupted"
"""The reason of a change whose run died; another plan says what is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A plan that somebody was shown; ``scope``: keys of the groups it is about, ``None``: all of them."""

    digest: str
    id: str
    made_at: datetime
    scope: tuple[str, ...] | None
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    id: str
    plan: str
    digest: str
    by: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One change of a run, at its place."""

    run: str
    seq: int
    change: str
    key: str
    kind: str
    name: str
    people: int
    state: ChangeState
    reason: str
    at: datetime


# ── Plans ─────────────────────────────────────────────────────────────────────────────────────────


def show(
    conn: Connection,
    id: str,  # noqa: A002 - the column's name
    digest: str,
    now: datetime,
    content: Mapping[str, Any],
    scope: Sequence[str] | None = None,
) -> None:
    """Remember what is shown, and when it was shown last: the same changes may stand beside another list for people.

    The same plan of all groups and of some is kept as one of all, with what was shown of all.
    """
    before = by_digest(conn, digest)
    values = {
        "digest": digest,
        "id": id,
        "made_at": now,
        "scope": None if scope is None else sorted(scope),
        "content": content,
    }
    statement = insert_into(conn, plans).values(**values)
    is_narrower = before is not None and before.scope is None and scope is not None
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=["digest"], set_={"made_at": now} if is_narrower else values
        )
    )


def shown(conn: Connection, id: str) -> Shown | None:  # noqa: A002
    """The plan of that id that was shown last; ids are short, so two plans may share one."""
    row = conn.execute(select(plans).where(plans.c.id == id).order_by(plans.c.made_at.desc())).first()
    return None if row is None else _shown(row)


def newest_whole(conn: Connection) -> Shown | None:
    """The plan of all groups that was shown last."""
    found = conn.execute(select(plans).order_by(plans.c.made_at.desc()).limit(50))
    return next((_shown(row) for row in found if row.scope is None), None)


def by_digest(conn: Connection, digest: str) -> Shown | None:
    row = conn.execute(select(plans).where(plans.c.digest == digest)).first()
    return None if row is None else _shown(row)


# ── Runs ──────────────────────────────────────────────────────────────────────────────────────────


def begin(
    conn: Connection,
    run: Run,
    wanted: Sequence[Change],
    forced: str,
    alive_until: datetime,
) -> Run | None:
    """Own these changes; ``None`` and the run is begun, else the run that still lives and owns others."""
    other = conn.execute(
        select(runs).where(runs.c.ended_at.is_(None), runs.c.alive_until > run.started_at)
    ).first()
    if other is not None:
        return _run(other)
    conn.execute(
        insert(runs).values(
            id=run.id,
            plan=run.plan,
            digest=run.digest,
            by=run.by,
            forced=forced,
            started_at=run.started_at,
            alive_until=alive_until,
        )
    )
    rows = [
        {
            "run": run.id,
            "seq": seq,
            "change": one.id,
            "key": one.key,
            "kind": one.kind.value,
            "name": one.name,
            "people": len(one.accounts),
            "state": ChangeState.PLANNED.value,
            "reason": "",
            "at": run.started_at,
        }
        for seq, one in enumerate(wanted)
    ]
    if rows:
        conn.execute(insert(changes), rows)
    return None


def mark(
    conn: Connection,
    run: str,
    seq: int,
    state: ChangeState,
    reason: str,
    now: datetime,
    alive_until: datetime,
) -> None:
    conn.execute(
        update(changes)
        .where(changes.c.run == run, changes.c.seq == seq)
        .values(state=state.value, reason=reason, at=now)
    )
    conn.execute(update(runs).where(runs.c.id == run).values(alive_until=alive_until))


def end(conn: Connection, run: str, now: datetime, reason: str = "") -> None:
    """What was not begun stays undone, and says why."""
    conn.execute(
        update(changes)
        .where(changes.c.run == run, changes.c.state == ChangeState.PLANNED.value)
        .values(state=ChangeState.FAILED.value, reason=reason or INTERRUPTED, at=now)
    )
    conn.execute(update(runs).where(runs.c.id == run).values(ended_at=now))


def interrupt(conn: Connection, now: datetime, all_are_dead: bool) -> int:
    """At start: whatever a dead run had begun or owned is failed, and nothing of it is sent; another plan mends it.

    Args:
        all_are_dead: this process owns the store alone, so nobody else can be at work.
    """
    statement = select(runs.c.id).where(runs.c.ended_at.is_(None))
    if not all_are_dead:
        statement = statement.where(runs.c.alive_until <= now)
    dead = list(conn.execute(statement).scalars())
    for run in dead:
        conn.execute(
            update(changes)
            .where(changes.c.run == run, changes.c.state == ChangeState.APPLYING.value)
            .values(state=ChangeState.FAILED.value, reason=INTERRUPTED, at=now)
        )
        end(conn, run, now)
    return len(dead)


def of_run(conn: Connection, run: str) -> tuple[ChangeRow, ...]:
    found = conn.execute(select(changes).where(changes.c.run == run).order_by(changes.c.seq))
    return tuple(_change(row) for row in found)


def newest_runs(conn: Connection, limit: int = 20) -> tuple[Run, ...]:
    found = conn.execute(select(runs).order_by(runs.c.started_at.desc(), runs.c.id).limit(limit))
    return tuple(_run(row) for row in found)


def applied_since(conn: Connection, since: datetime) -> tuple[Change, ...]:
    """What was carried out since then by plans that somebody was shown, in that order.

    A call of which nobody knows may have been carried out, so it counts. What was done quietly follows the directory,
    and is nobody's plan.
    """
    found: list[Change] = []
    ours = conn.execute(select(runs).where(runs.c.started_at >= since).order_by(runs.c.started_at, runs.c.id))
    for run in ours.fetchall():
        plan = by_digest(conn, run.digest)
        if plan is None:
            continue
        wanted = codec.from_json(Plan, plan.content).changes
        found += [
            wanted[row.seq]
            for row in of_run(conn, run.id)
            if row.state in (ChangeState.APPLIED, ChangeState.UNKNOWN) and row.seq < len(wanted)
        ]
    return tuple(found)


# ── What people asked in chat ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAsk:
    """Something that needs a look at the platform before it can be answered.

    Attributes:
        kind: ``adopt``, ``release``, ``apply``, ``hand-over``.
        about: a group as it was called, the digest of a plan, or who hands over to whom as JSON.
    """

    id: str
    kind: str
    about: str
    account: Account
    person: str
    asked_at: datetime


def ask(conn: Connection, one: GroupAsk) -> None:
    conn.execute(
        insert_into(conn, group_asks)
        .values(
            id=one.id,
            kind=one.kind,
            about=one.about,
            account=str(one.account),
            person=one.person,
            asked_at=one.asked_at,
        )
        .on_conflict_do_nothing()
    )


def open_asks(conn: Connection) -> tuple[GroupAsk, ...]:
    found = conn.execute(
        select(group_asks)
        .where(group_asks.c.done_at.is_(None))
        .order_by(group_asks.c.asked_at, group_asks.c.id)
    )
    return tuple(
        GroupAsk(
            id=row.id,
            kind=row.kind,
            about=row.about,
            account=Account.parse(row.account),
            person=row.person,
            asked_at=row.asked_at,
        )
        for row in found
    )


def answer(conn: Connection, id: str, now: datetime) -> bool:  # noqa: A002
    found = conn.execute(
        update(group_asks).where(group_asks.c.id == id, group_asks.c.done_at.is_(None)).values(done_at=now)
    )
    return found.rowcount == 1


# ── Rows ──────────────────────────────────────────────────────────────────────────────────────────


def _shown(row: Row[Any]) -> Shown:
    scope = None if row.scope is None else tuple(row.scope)
    return Shown(digest=row.digest, id=row.id, made_at=row.made_at, scope=scope, content=row.content)


def _run(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        plan=row.plan,
        digest=row.digest,
        by=row.by,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def _change(row: Row[Any]) -> ChangeRow:
    values = {name: getattr(row, name) for name in ChangeRow.__dataclass_fields__}
    return ChangeRow(**{**values, "state": ChangeState(row.state)})
