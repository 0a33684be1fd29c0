"""满意度 comes from what a questionnaire may tell, and 已解决 only from who asked."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import create_engine

import bot.store.poll_tables
from bot import figures
from bot.store import pilot_tables, pilots, polls, tickets
from bot.store.mirror import Directory
from bot.store.pilots import PilotRow
from bot.store.polls import Asked, Poll
from bot.store.tables import metadata
from bot.store.tickets import TicketRow
from bot.world import World
from policies.calendar import Calendars
from policies.engine import Ruleset
from policies.feedback.life import State as TicketState
from policies.model import Account, PersonId, Platform
from policies.pilot import Asked as OfPilot
from policies.pilot import Department, Plan, State
from policies.questionnaire.life import Act
from policies.questionnaire.life import State as PollState
from policies.questionnaire.model import (
    Ask,
    Cell,
    Ending,
    Kind,
    Question,
    Secrecy,
    Tally,
    Terms,
)
from policies.rates import Met
from policies.verdict import Criterion
from policies.wording import rates

STARTS = date(2026, 9, 7)
BEGUN = datetime(2026, 9, 4, 2, 0, tzinfo=UTC)
NOW = datetime(2026, 9, 20, 1, 30, tzinfo=UTC)
PEOPLE = frozenset(PersonId(f"feishu:ou_{nth}") for nth in range(23))


def _world() -> World:
    plan = Plan(
        starts=STARTS,
        days=14,
        departments=(Department(name="市场部", people=PEOPLE),),
        questionnaires=(OfPilot(id="pulse", anonymous=True, in_pilot=True),),
        goals=dict.fromkeys(Criterion, 85),
    )
    return World(
        zone="Asia/Shanghai",
        directory=Directory(),
        chats={},
        calendars=Calendars(),
        ruleset=Ruleset(),
        channels={},
        tenants={},
        pilot=plan,
    )


def _asked(conn, day: int, cell: Cell | None, *, by: str = "pulse", people=PEOPLE, audience="市场部") -> None:
    """Counted on the next day; ``None``: still open."""
    run = f"{by}@2026-09-{day:02}"
    terms = Terms(
        questionnaire=by,
        title="",
        kind=Kind.PULSE,
        questions=(Question(id="satisfaction", text="满意吗？", kind=Ask.SCALE),),
        secrecy=Secrecy.PARTICIPATION_KNOWN,
        audience=audience,
        size=len(people),
        opens_at=datetime(2026, 9, day, 8, 0, tzinfo=UTC),
        closes_at=datetime(2026, 9, day + 1, 4, 0, tzinfo=UTC),
    )
    polls.plan(conn, Poll(run=run, state=PollState.PLANNED, terms=terms))
    asked = [Asked(person=one, account=Account.parse(one)) for one in sorted(people)]
    polls.open_(conn, run, terms, None, asked)
    if cell is None:
        return
    polls.move(conn, run, Act.CLOSE, Ending.COUNTED, cell.answered)
    polls.put_tallies(conn, run, (Tally(question="satisfaction", cells=(cell,)),), ())


def _ticket(conn, nth: int, state: TicketState, answered_as: str = "") -> None:
    tickets.put(
        conn,
        TicketRow(
            id=f"ticket-{nth}",
            asker=PersonId("feishu:ou_1"),
            account=Account(Platform.FEISHU, "ou_1"),
            text="文件找不到",
            classes=("hard-to-find",),
            opened_at=datetime(2026, 9, 9, 2, 0, tzinfo=UTC),
            state=state,
            answered_as=answered_as,
        ),
    )


def _report(fill):
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    pilot = PilotRow(
        id="p",
        state=State.RUNNING,
        starts=STARTS,
        ends=date(2026, 9, 20),
        departments=("市场部",),
        asked_at=BEGUN,
        begun_at=BEGUN,
    )
    try:
        with engine.begin() as conn:
            pilots.put(conn, pilot)
            fill(conn)
            return figures.gather(conn, _world(), pilot, NOW)
    finally:
        engine.dispose()


def test_the_last_questionnaire_is_told_with_the_silent_ones_at_both_ends():
    def fill(conn):
        _asked(conn, 8, Cell(shown=True, answered=16, score=76.0))
        _asked(conn, 15, Cell(shown=True, answered=19, score=82.0))

    figure = _report(fill).figure(Criterion.SATISFACTION)
    assert (figure.score, figure.before, figure.answered) == (82.0, 76.0, 19)
    assert (figure.rate.yes, figure.rate.unknown, figure.rate.all) == (pytest.approx(0.82 * 19), 4, 23)
    assert figure.met is Met.OPEN


def test_a_questionnaire_that_is_none_of_the_pilots_is_in_none_of_its_figures():
    def fill(conn):
        _asked(conn, 8, Cell(shown=True, answered=16, score=76.0))
        _asked(conn, 9, Cell(shown=True, answered=20, score=12.0), by="chat-1")

    assert _report(fill).figure(Criterion.SATISFACTION).score == 76.0


@pytest.mark.parametrize(("more", "before"), [(0, 76.0), (1, None), (4, None), (5, 76.0)])
def test_a_change_is_not_told_where_one_to_four_people_came_between(more, before):
    others = frozenset(PersonId(f"feishu:ou_new_{nth}") for nth in range(more))

    def fill(conn):
        _asked(conn, 8, Cell(shown=True, answered=16, score=76.0))
        _asked(conn, 15, Cell(shown=True, answered=19, score=82.0), people=PEOPLE | others)

    assert _report(fill).figure(Criterion.SATISFACTION).before == before


def test_a_figure_of_more_than_ones_own_department_says_of_whom_it_is():
    found = _report(lambda conn: _asked(conn, 8, Cell(shown=True, answered=9, score=80.0), audience="全公司"))
    assert rates.sample(found.figure(Criterion.SATISFACTION)).startswith("全公司一起")


def test_what_is_still_open_is_in_no_figure_and_says_until_when():
    def fill(conn):
        _asked(conn, 8, Cell(shown=True, answered=16, score=76.0))
        _asked(conn, 20, None)

    found = _report(fill)
    assert found.figure(Criterion.SATISFACTION).score == 76.0
    (sentence,) = rates.still_open(found)
    assert "9月21日（周一）12:00 结束，没有算进来" in sentence


def test_too_few_answers_are_not_known_at_all():
    figure = _report(lambda conn: _asked(conn, 8, Cell())).figure(Criterion.SATISFACTION)
    assert (figure.score, figure.rate.yes, figure.rate.unknown, figure.rate.all) == (None, 0, 23, 23)


def test_a_refusal_that_was_accepted_is_no_solution():
    def fill(conn):
        _ticket(conn, 1, TicketState.CONFIRMED, "solved")
        _ticket(conn, 2, TicketState.CONFIRMED, "declined")
        _ticket(conn, 3, TicketState.SOLVED, "solved")
        _ticket(conn, 4, TicketState.OPEN)

    found = _report(fill)
    rate = found.figure(Criterion.SOLVED).rate
    assert (rate.yes, rate.unknown, rate.all) == (1, 1, 4)
    assert found.classes == {"hard-to-find": 4}


def test_every_table_is_there():
    assert {"pilots", "consents", "tickets"} <= set(pilot_tables.metadata.tables)
    assert "boxes" in bot.store.poll_tables.metadata.tables
