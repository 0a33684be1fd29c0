"""Questionnaires at rest (问卷): their terms, their frozen audience, who took part, and at the end the counts.

What is answered anonymously is in ``bot/store/ballots.py``; here stand only the counts of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, or_, select, update

from bot.store import marks
from bot.store.dialect import insert_into
from bot.store.poll_tables import (
    named_answers,
    poll_audience,
    poll_texts,
    questionnaires,
    tallies,
    took_part,
)
from bot.store.tables import outbox
from policies.model import Account, Person, PersonId
from policies.questionnaire import life
from policies.questionnaire import model as words
from policies.questionnaire.life import Act, State
from policies.questionnaire.model import Answers, Ending, Result, Tally, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One occurrence of a questionnaire.

    Attributes:
        run: its id, the questionnaire's and the day: ``weekly@2026-09-11``.
        terms: while planned as they would be now; from opening on as they were sealed.
        fingerprint: of the terms at opening, ``""`` before; ``shows``: of the terms as they stand there now.
        took_part: how many, written at closing.
    """

    run: str
    state: State
    terms: Terms
    fingerprint: str = ""
    shows: str = field(default="", compare=False)
    remind_at: datetime | None = None
    ending: Ending | None = None
    took_part: int = 0

    @property
    def is_as_sealed(self) -> bool:
        """Whether the terms are those that people were shown; ``False``: somebody has written into the database."""
        return self.fingerprint == self.shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One person of the frozen audience, the account that is asked, and the cell they count for."""

    person: PersonId
    account: Account
    cell: str = ""


CHAT = "chat-"
"""Questionnaires that somebody asked for in the chat begin so; no configuration knows them."""
_DAY_OFF = "poll-day-off:"
LIVING = (State.PLANNED, State.OPEN, State.CLOSED)


def plan(conn: Connection, poll: Poll) -> bool:
    """Write a coming occurrence, or its present shape while it is only planned; ``False``: it lives already."""
    values = _values(poll)
    found = conn.execute(
        insert_into(conn, questionnaires)
        .values(**values)
        .on_conflict_do_update(
            index_elements=["run"], set_=values, where=questionnaires.c.state == State.PLANNED.value
        )
    )
    return found.rowcount == 1


def day_of(run: str) -> date:
    """The day that its rhythm means, which names the run even where it was moved; of one from the chat: none."""
    _, at, day = run.rpartition("@")
    return date.fromisoformat(day) if at else date.min


def get(conn: Connection, run: str) -> Poll | None:
    row = conn.execute(select(questionnaires).where(questionnaires.c.run == run)).first()
    return None if row is None else _poll(row)


def living(conn: Connection) -> tuple[Poll, ...]:
    """Those that have not come to their end, the earliest first."""
    found = conn.execute(
        select(questionnaires)
        .where(questionnaires.c.state.in_([state.value for state in LIVING]))
        .order_by(questionnaires.c.opens_at, questionnaires.c.run)
    )
    return tuple(_poll(row) for row in found)


def read_by(conn: Connection, person: PersonId) -> tuple[Poll, ...]:
    """Living ones whose result this person gets."""
    return tuple(one for one in living(conn) if str(person) in one.terms.reader_ids)


def read_instead(poll: Poll, old: Person, new: Person) -> Poll:
    """With another reader; pure, and only for one that is planned: what was opened is sealed."""
    readers = dict(zip(poll.terms.reader_ids, poll.terms.readers, strict=True))
    named = {
        str(new.id) if one == str(old.id) else one: new.name if one == str(old.id) else name
        for one, name in readers.items()
    }
    terms = replace(poll.terms, readers=tuple(named.values()), reader_ids=tuple(named))
    return replace(poll, terms=terms)


def of_questionnaire(conn: Connection, questionnaire: str, limit: int = 20) -> tuple[Poll, ...]:
    """Every occurrence, the latest first."""
    found = conn.execute(
        select(questionnaires)
        .where(questionnaires.c.questionnaire == questionnaire)
        .order_by(questionnaires.c.opens_at.desc())
        .limit(limit)
    )
    return tuple(_poll(row) for row in found)


def latest(conn: Connection, limit: int = 20) -> tuple[Poll, ...]:
    """The newest of all, by their opening."""
    found = conn.execute(
        select(questionnaires).order_by(questionnaires.c.opens_at.desc(), questionnaires.c.run).limit(limit)
    )
    return tuple(_poll(row) for row in found)


def forget_planned(conn: Connection, keep: Iterable[str]) -> int:
    """Planned ones that the configuration no longer means."""
    return conn.execute(
        delete(questionnaires).where(
            questionnaires.c.state == State.PLANNED.value,
            questionnaires.c.run.not_in(list(keep)),
            ~questionnaires.c.run.startswith(CHAT),
        )
    ).rowcount


def open_(
    conn: Connection, run: str, terms: Terms, remind_at: datetime | None, asked: Iterable[Asked]
) -> bool:
    """Freeze terms and audience; ``False``: it is open already, or not planned any more."""
    found = conn.execute(
        update(questionnaires)
        .where(questionnaires.c.run == run, questionnaires.c.state == State.PLANNED.value)
        .values(
            state=life.advance(State.PLANNED, Act.OPEN).value,
            terms=words.to_json(terms),
            fingerprint=terms.fingerprint,
            remind_at=remind_at,
            closes_at=terms.closes_at,
        )
    )
    if found.rowcount != 1:
        return False
    rows = [
        {"run": run, "person": one.person, "account": str(one.account), "cell": one.cell} for one in asked
    ]
    if rows:
        conn.execute(poll_audience.insert(), rows)
    return True


def retime(conn: Connection, run: str, opens_at: datetime, closes_at: datetime) -> bool:
    """Of one that is only planned."""
    poll = get(conn, run)
    if poll is None or poll.state is not State.PLANNED:
        return False
    return plan(conn, replace(poll, terms=replace(poll.terms, opens_at=opens_at, closes_at=closes_at)))


def ask_about(conn: Connection, run: str) -> bool:
    """The admins are being asked about a day off; ``False``: they have been."""
    if marks.get(conn, _DAY_OFF + run) is not None:
        return False
    marks.put(conn, _DAY_OFF + run, "")
    return True


def choose(conn: Connection, run: str, choice: str, moments: tuple[datetime, datetime] | None) -> None:
    """An admin has said what becomes of a day off: it opens and closes then, or (``None``) is left out."""
    marks.put(conn, _DAY_OFF + run, choice)
    if moments is None:
        move(conn, run, Act.SKIP)
    else:
        retime(conn, run, *moments)


def chosen(conn: Connection) -> Mapping[str, str]:
    """What admins have said of days off, by run."""
    return {run: str(choice) for run, choice in marks.beginning(conn, _DAY_OFF).items() if choice}


def reminded(conn: Connection, run: str) -> bool:
    """The one reminder is being sent; ``False``: it has been."""
    found = conn.execute(
        update(questionnaires)
        .where(questionnaires.c.run == run, questionnaires.c.remind_at.is_not(None))
        .where(questionnaires.c.state == State.OPEN.value)
        .values(remind_at=None)
    )
    return found.rowcount == 1


def move(
    conn: Connection, run: str, act: Act, ending: Ending | None = None, participants: int | None = None
) -> bool:
    """``False``: it is not in a state in which this can happen; nothing was written."""
    allowed = [state.value for state, acts in life.LIFE.items() if act in acts]
    target = next(acts[act] for acts in life.LIFE.values() if act in acts)
    values: dict[str, Any] = {"state": target.value}
    if ending is not None:
        values["ending"] = ending.value
    if participants is not None:
        values["took_part"] = participants
    found = conn.execute(
        update(questionnaires)
        .where(questionnaires.c.run == run, questionnaires.c.state.in_(allowed))
        .values(**values)
    )
    return found.rowcount == 1


# ── Who ───────────────────────────────────────────────────────────────────────────────────────────


def audience(conn: Connection, run: str) -> tuple[Asked, ...]:
    """The frozen audience, in the order of the persons' ids."""
    found = conn.execute(
        select(poll_audience).where(poll_audience.c.run == run).order_by(poll_audience.c.person)
    )
    return tuple(
        Asked(person=PersonId(row.person), account=Account.parse(row.account), cell=row.cell) for row in found
    )


def asked(conn: Connection, run: str, person: PersonId) -> Asked | None:
    row = conn.execute(
        select(poll_audience).where(poll_audience.c.run == run, poll_audience.c.person == person)
    ).first()
    if row is None:
        return None
    return Asked(person=PersonId(row.person), account=Account.parse(row.account), cell=row.cell)


def count_participants(conn: Connection, run: str) -> int:
    """Of both kinds: tags of the box, and people who answered by name to the end."""
    sealed = conn.execute(select(func.count()).where(took_part.c.run == run)).scalar_one()
    named = conn.execute(
        select(func.count()).where(named_answers.c.run == run, named_answers.c.is_whole)
    ).scalar_one()
    return int(sealed) + int(named)


def participants(conn: Connection, run: str) -> frozenset[str]:
    """Person ids in 甲式 and where answers are named; tags that mean nobody in 乙式."""
    sealed = conn.execute(select(took_part.c.tag).where(took_part.c.run == run)).scalars()
    named = conn.execute(
        select(named_answers.c.person).where(named_answers.c.run == run, named_answers.c.is_whole)
    ).scalars()
    return frozenset((*sealed, *named))


def purge_participation(conn: Connection, closed_before: datetime) -> int:
    """Who was asked and who took part is forgotten a while after the end, the cards that were sent too."""
    over = (
        select(questionnaires.c.run)
        .where(questionnaires.c.closes_at < closed_before)
        .where(or_(questionnaires.c.state == "reported", questionnaires.c.state == "cancelled"))
    )
    runs = list(conn.execute(over).scalars())
    gone = 0
    for table in (took_part, poll_audience, named_answers):
        gone += conn.execute(delete(table).where(table.c.run.in_(runs))).rowcount
    return (
        gone
        + conn.execute(
            delete(outbox).where(outbox.c.cause.in_(runs), outbox.c.step.startswith("tell:poll"))
        ).rowcount
    )


# ── Answers with names ────────────────────────────────────────────────────────────────────────────


def put_named(conn: Connection, run: str, person: PersonId, answers: Answers, *, is_whole: bool) -> None:
    """What this person has answered so far, in place of what they had."""
    values = {
        "run": run,
        "person": person,
        "answers": [list(one) if not isinstance(one, str) else one for one in answers],
        "is_whole": is_whole,
    }
    conn.execute(
        insert_into(conn, named_answers)
        .values(**values)
        .on_conflict_do_update(
            index_elements=["run", "person"],
            set_={"answers": values["answers"], "is_whole": is_whole},
            where=named_answers.c.is_whole.is_(False),
        )
    )


def named(conn: Connection, run: str) -> Mapping[PersonId, tuple[Answers, bool]]:
    """Everybody's answers, and whether they have come to the end."""
    found = conn.execute(select(named_answers).where(named_answers.c.run == run))
    return {PersonId(row.person): (_answers(row.answers), row.is_whole) for row in found}


def named_of(conn: Connection, run: str, person: PersonId) -> tuple[Answers, bool]:
    """What this person has answered by name, and whether to the end."""
    row = conn.execute(
        select(named_answers).where(named_answers.c.run == run, named_answers.c.person == person)
    ).first()
    return ((), False) if row is None else (_answers(row.answers), bool(row.is_whole))


def _answers(written: Any) -> Answers:
    return tuple(one if isinstance(one, str) else tuple(one) for one in written)


# ── Results ───────────────────────────────────────────────────────────────────────────────────────


def put_tallies(conn: Connection, run: str, counted: Iterable[Tally], text_ids: Iterable[str]) -> None:
    """Counts, and texts under random ids (``text_ids``, one for each) so that their order is nobody's."""
    ids = iter(text_ids)
    for tally in counted:
        conn.execute(
            tallies.insert().values(run=run, question=tally.question, tally=words.tally_to_json(tally))
        )
        for text in tally.texts:
            conn.execute(
                poll_texts.insert().values(run=run, question=tally.question, id=next(ids), text=text)
            )


def has_tallies(conn: Connection, run: str) -> bool:
    return conn.execute(select(tallies.c.run).where(tallies.c.run == run)).first() is not None


def result(conn: Connection, run: str) -> Result | None:
    """What a closed one says; ``None``: unknown, or not closed yet."""
    poll = get(conn, run)
    if poll is None or poll.ending is None:
        return None
    found = conn.execute(select(tallies).where(tallies.c.run == run))
    by_question = {row.question: row.tally for row in found}
    return Result(
        run=run,
        terms=poll.terms,
        ending=poll.ending,
        took_part=poll.took_part,
        tallies=tuple(
            words.tally_from_json(by_question[one.id], _texts(conn, run, one.id))
            for one in poll.terms.questions
            if one.id in by_question
        ),
    )


def _texts(conn: Connection, run: str, question: str) -> tuple[str, ...]:
    found = conn.execute(
        select(poll_texts.c.text)
        .where(poll_texts.c.run == run, poll_texts.c.question == question)
        .order_by(poll_texts.c.id)
    )
    return tuple(found.scalars())


def _values(poll: Poll) -> dict[str, Any]:
    return {
        "run": poll.run,
        "questionnaire": poll.terms.questionnaire,
        "state": poll.state.value,
        "terms": words.to_json(poll.terms),
        "fingerprint": poll.fingerprint,
        "opens_at": poll.terms.opens_at,
        "remind_at": poll.remind_at,
        "closes_at": poll.terms.closes_at,
        "ending": poll.ending.value if poll.ending else "",
        "took_part": poll.took_part,
    }


def _poll(row: Row[Any]) -> Poll:
    return Poll(
        run=row.run,
        state=State(row.state),
        terms=words.from_json(row.terms),
        fingerprint=row.fingerprint,
        shows=words.fingerprint(row.terms),
        remind_at=row.remind_at,
        ending=Ending(row.ending) if row.ending else None,
        took_part=row.took_part,
    )
