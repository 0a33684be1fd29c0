"""The store as its own attacker reads it (攻击者手里的库): everything by which an answer could be tied to a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, inspect, or_, select, text

from bot.store import polls
from bot.store.poll_tables import boxes, letters, poll_texts, questionnaires, took_part
from bot.store.tables import audit, inbox, marks, meter, outbox
from policies.questionnaire import thresholds
from policies.questionnaire.form import SEALED_PREFIX
from policies.questionnaire.life import State

TABLES = (took_part, boxes, poll_texts, letters)
"""Those that must not keep an order or a time."""
_ALLOWED_ACTS = frozenset(
    {"opened-questionnaire", "closed-questionnaire", "left-out-questionnaire", "stopped-questionnaire"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One attempt.

    Attributes:
        name: stable; the command line has a sentence for it.
        found: what it got hold of, as counts and ids of runs; empty: nothing.
        tried: how many rows, files or questionnaires it looked at.
    """

    name: str
    tried: int
    found: tuple[str, ...] = ()


def attack(conn: Connection) -> tuple[Attack, ...]:
    """Every attack that needs SQL."""
    return (
        _order(conn),
        _times(conn),
        _raw_presses(conn),
        _cards(conn),
        _early_results(conn),
        _subtraction(conn),
        _audit(conn),
        _counters(conn),
        _reminders(conn),
        _leftovers(conn),
    )


def sealed_actions(conn: Connection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Runs of anonymous questionnaires that live, and of those that have ended; for whoever searches files."""
    every = [_state_of(row) for row in conn.execute(select(questionnaires))]
    anonymous = [(run, state) for run, state, is_anonymous in every if is_anonymous]
    living = tuple(run for run, state in anonymous if state in (State.PLANNED, State.OPEN))
    return living, tuple(run for run, _ in anonymous if run not in living)


def _state_of(row: Any) -> tuple[str, State, bool]:
    return row.run, State(row.state), row.terms["secrecy"] != "named"


def _order(conn: Connection) -> Attack:
    """(a) A hidden row number would keep the order in which people pressed."""
    if conn.dialect.name != "sqlite":
        return _versions(conn)
    found = []
    for table in TABLES:
        sql = conn.execute(
            text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table.name}
        ).scalar()
        if "WITHOUT ROWID" not in str(sql).upper():
            found.append(table.name)
    return Attack(name="order", tried=len(TABLES), found=tuple(found))


def _versions(conn: Connection) -> Attack:
    """(b) On PostgreSQL ``xmin`` ties tag and box of one transaction; that is why the box is sealed.

    What is left after the count may not share a transaction with a tag.
    """
    pairs = conn.execute(
        text(
            "SELECT count(*) FROM took_part t JOIN poll_texts p ON p.run = t.run"
            " AND p.xmin::text = t.xmin::text"
        )
    ).scalar_one()
    return Attack(name="order", tried=len(TABLES), found=("poll_texts",) if pairs else ())


def _times(conn: Connection) -> Attack:
    """(g) A time beside participation or a text says who it was to whoever watched."""
    inspector = inspect(conn)
    found = tuple(
        f"{table.name}.{column['name']}"
        for table in TABLES
        for column in inspector.get_columns(table.name)
        if column["name"].endswith("_at") or "TIME" in str(column["type"]).upper()
    )
    return Attack(name="times", tried=len(TABLES), found=found)


def _raw_presses(conn: Connection) -> Attack:
    """(c) The event as the platform sent it holds person and answer."""
    pattern = f'%"{SEALED_PREFIX}%'
    bodies = select(func.count()).where(inbox.c.body.like(pattern))
    held = int(conn.execute(bodies).scalar_one())
    tried = int(conn.execute(select(func.count()).select_from(inbox)).scalar_one())
    return Attack(name="raw-presses", tried=tried, found=(f"inbox {held}",) if held else ())


def _cards(conn: Connection) -> Attack:
    """(k) A card that was changed after a press keeps on the platform what it shows."""
    changed = conn.execute(
        select(outbox.c.step).where(
            outbox.c.effect.like('%"do":"update"%'), outbox.c.effect.like(f'%"{SEALED_PREFIX}%')
        )
    ).fetchall()
    tried = conn.execute(select(func.count()).where(outbox.c.effect.like(f'%"{SEALED_PREFIX}%'))).scalar_one()
    return Attack(name="cards", tried=int(tried), found=("outbox",) * bool(changed))


def _early_results(conn: Connection) -> Attack:
    """(e, f) Two totals before the end, one person between them, are an answer."""
    found = []
    living = [one for one in polls.living(conn) if one.state is State.OPEN]
    for poll in living:
        if not poll.terms.is_anonymous:
            continue
        has_texts = conn.execute(select(poll_texts.c.run).where(poll_texts.c.run == poll.run)).first()
        if poll.ending is not None or poll.took_part or has_texts or polls.has_tallies(conn, poll.run):
            found.append(poll.run)
    return Attack(name="early-results", tried=len(living), found=tuple(found))


def _subtraction(conn: Connection) -> Attack:
    """(i) A hidden department is the whole less those that are shown."""
    found, tried = [], 0
    for row in conn.execute(select(questionnaires.c.run, questionnaires.c.terms)):
        result = polls.result(conn, row.run)
        if result is None or not result.terms.is_anonymous:
            continue
        tried += 1
        for tally in result.tallies:
            least = result.terms.least
            shown = [cell for cell in tally.cells[1:] if cell.shown]
            left = tally.whole.answered - sum(cell.answered for cell in shown)
            small = any(cell.shown and cell.answered < least for cell in tally.cells)
            exact = any(cell.counts and cell.answered < thresholds.EXACT_FROM for cell in tally.cells)
            if small or exact or (shown and 0 < left < least):
                found.append(f"{row.run} {tally.question}")
            if tally.texts and len(tally.texts) < result.terms.least_texts:
                found.append(f"{row.run} {tally.question} texts")
    return Attack(name="subtraction", tried=tried, found=tuple(found))


def _audit(conn: Connection) -> Attack:
    """(j) The log of who did what may know a questionnaire, but nobody who answered it."""
    runs = select(questionnaires.c.run)
    rows = conn.execute(select(audit.c.act, audit.c.who, audit.c.subject).where(audit.c.subject.in_(runs)))
    every = rows.fetchall()
    found = tuple(sorted({row.act for row in every if row.act not in _ALLOWED_ACTS}))
    return Attack(name="audit", tried=len(every), found=found)


def _counters(conn: Connection) -> Attack:
    """(j) Small things that are remembered: none may be about a press of a sealed card."""
    pattern = or_(marks.c.key.like("%ballot%"), marks.c.key.like(f"{SEALED_PREFIX}%"))
    kept = conn.execute(select(marks.c.key).where(pattern)).scalars().all()
    pots = conn.execute(select(meter.c.pot).distinct()).scalars().all()
    found = (*kept, *(pot for pot in pots if "ballot" in pot))
    return Attack(name="counters", tried=len(pots) + 1, found=tuple(found))


def _reminders(conn: Connection) -> Attack:
    """(h) Reminding one and watching the box: reminders go to all at the same moment, once."""
    rows = conn.execute(
        select(outbox.c.cause, func.count(func.distinct(outbox.c.created_at)).label("moments"))
        .where(outbox.c.step == "tell:poll-again")
        .group_by(outbox.c.cause)
    ).fetchall()
    found = tuple(row.cause for row in rows if row.moments > 1)
    return Attack(name="reminders", tried=len(rows), found=found)


def _leftovers(conn: Connection) -> Attack:
    """(d) Boxes and tags of what has ended."""
    living, ended = sealed_actions(conn)
    del living
    found = [
        row.run for row in conn.execute(select(boxes.c.run).where(boxes.c.run.in_(list(ended))).distinct())
    ]
    hidden = [
        row.run
        for row in conn.execute(select(questionnaires).where(questionnaires.c.run.in_(list(ended))))
        if row.terms["secrecy"] == "participation-hidden"
    ]
    found += [
        row.run for row in conn.execute(select(took_part.c.run).where(took_part.c.run.in_(hidden)).distinct())
    ]
    return Attack(name="leftovers", tried=len(ended), found=tuple(found))


def to_json(found: Attack) -> Mapping[str, Any]:
    return {"name": found.name, "tried": found.tried, "found": list(found.found)}


def from_json(row: Mapping[str, Any]) -> Attack:
    return Attack(name=row["name"], tried=row["tried"], found=tuple(row["found"]))
