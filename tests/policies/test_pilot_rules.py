"""Whom a pilot binds, what keeps it from starting, and on which day it ends."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import pilot
from policies.calendar import DayTable, WorkCalendar
from policies.model import Account, Person, PersonId
from policies.pilot import Act, Asked, Department, Need, Plan, State

STARTS = date(2026, 9, 7)
INSIDE, OUTSIDE = PersonId("feishu:ou_in"), PersonId("feishu:ou_out")


def person(identity: PersonId) -> Person:
    return Person(id=identity, name="某人", accounts=(Account.parse(identity),))


def plan(**change) -> Plan:
    values = {
        "starts": STARTS,
        "days": 14,
        "departments": (Department(name="市场部", people=frozenset({INSIDE}), head=INSIDE),),
        "notice_published": date(2026, 9, 4),
    }
    return Plan(**{**values, **change})


@pytest.mark.parametrize(
    ("state", "today", "who", "off", "hours_for"),
    [
        pytest.param(None, STARTS, INSIDE, pilot.OF_THE_PILOT, None, id="nothing before it was started"),
        pytest.param(State.ASKING, STARTS, INSIDE, pilot.OF_THE_PILOT, None, id="nor while heads are asked"),
        pytest.param(
            State.RUNNING, date(2026, 9, 6), INSIDE, pilot.OF_THE_PILOT, None, id="nor before its first day"
        ),
        pytest.param(
            State.RUNNING, STARTS, INSIDE, frozenset(), None, id="its people are bound by every rule"
        ),
        pytest.param(
            State.RUNNING,
            STARTS,
            OUTSIDE,
            pilot.OF_THE_PILOT - {"work-hours"},
            frozenset({INSIDE}),
            id="others only by its people's hours",
        ),
        pytest.param(State.ENDED, date(2026, 9, 22), INSIDE, frozenset(), None, id="until somebody decides"),
        pytest.param(State.ROLLED_OUT, date(2026, 9, 22), OUTSIDE, frozenset(), None, id="then everybody"),
        pytest.param(State.STOPPED, date(2026, 9, 22), INSIDE, pilot.OF_THE_PILOT, None, id="or nobody"),
    ],
)
def test_the_rules_bind_its_own_people_while_it_lasts(state, today, who, off, hours_for):
    bounds = pilot.bounds(plan(), state, STARTS, today, person(who))
    assert (bounds.off, bounds.hours_for) == (off, hours_for)


def test_without_a_pilot_the_rules_bind_everybody():
    assert pilot.bounds(None, None, STARTS, STARTS, person(OUTSIDE)) == pilot.EVERYBODY


@given(
    st.sampled_from(State), st.sampled_from([INSIDE, OUTSIDE]), st.dates(date(2026, 9, 1), date(2026, 10, 1))
)
def test_a_grant_is_no_trial_and_holds_always(state, who, today):
    assert "announcement" not in pilot.bounds(plan(), state, STARTS, today, person(who)).off


@pytest.mark.parametrize(
    ("change", "consents", "needs"),
    [
        pytest.param({}, {"市场部": "yes"}, [], id="nothing is missing"),
        pytest.param({}, {}, [Need.CONSENT], id="nobody has said yes"),
        pytest.param({}, {"市场部": "question"}, [Need.QUESTION], id="the head asks first"),
        pytest.param({"notice_published": None}, {"市场部": "yes"}, [Need.NOTICE], id="no notice"),
        pytest.param(
            {"notice_published": date(2026, 9, 9)},
            {"市场部": "yes"},
            [Need.NOTICE],
            id="a notice of tomorrow",
        ),
        pytest.param({"departments": (Department(name="没有"),)}, {}, [Need.NOBODY], id="no such department"),
        pytest.param(
            {"departments": (Department(name="甲", people=frozenset({INSIDE})),)},
            {},
            [Need.HEAD],
            id="no head",
        ),
        pytest.param({"days": 1}, {"市场部": "yes"}, [Need.OVER], id="its day has passed"),
        pytest.param(
            {"questionnaires": (Asked(id="q", anonymous=True, audience="市场部", size=7),)},
            {"市场部": "yes"},
            [Need.TOO_SMALL],
            id="seven cannot be anonymous",
        ),
        pytest.param(
            {"questionnaires": (Asked(id="q", anonymous=True, audience="市场部", size=8),)},
            {"市场部": "yes"},
            [],
            id="eight can",
        ),
        pytest.param(
            {"questionnaires": (Asked(id="q", anonymous=True, size=23, cells={"设计组": 4}),)},
            {"市场部": "yes"},
            [Need.TOO_SMALL],
            id="four of a department are never shown",
        ),
        pytest.param(
            {"questionnaires": (Asked(id="q", anonymous=True),)},
            {"市场部": "yes"},
            [],
            id="the company is large",
        ),
    ],
)
def test_everything_that_is_missing_is_said_at_once(change, consents, needs):
    found = pilot.missing(plan(**change), date(2026, 9, 8), consents)
    assert [one.need for one in found] == needs


def test_it_ends_on_a_make_up_sunday_and_leaves_a_free_saturday_alone():
    days = DayTable(known_years=frozenset({2026}), make_up=frozenset({date(2026, 9, 20)}))
    calendar = WorkCalendar(days=days)
    assert pilot.verdict_day(STARTS, date(2026, 9, 20), calendar) == date(2026, 9, 20)
    assert pilot.verdict_day(STARTS, date(2026, 9, 19), calendar) == date(2026, 9, 18)


@pytest.mark.parametrize(
    ("closing", "told"),
    [
        pytest.param(None, "2026-09-20T09:30", id="nothing is open"),
        pytest.param("2026-09-18T12:00", "2026-09-20T09:30", id="the last one has closed"),
        pytest.param("2026-09-20T17:00", "2026-09-20T17:30", id="it closes that afternoon"),
        pytest.param(
            "2026-09-21T12:00", "2026-09-21T14:00", id="at noon the day after: when it has been told"
        ),
        pytest.param("2026-09-20T18:00", "2026-09-21T09:30", id="at closing time"),
    ],
)
def test_the_verdict_comes_after_the_last_questionnaire_has_closed_and_was_told(closing, told):
    days = DayTable(known_years=frozenset({2026}), make_up=frozenset({date(2026, 9, 20)}))
    calendar = WorkCalendar(days=days)
    closings = [datetime.fromisoformat(f"{closing}+08:00")] if closing else []
    found = pilot.verdict_at(STARTS, date(2026, 9, 20), calendar, closings)
    assert found == datetime.fromisoformat(f"{told}+08:00")


def test_a_late_press_changes_nothing():
    with pytest.raises(pilot.IllegalMove):
        pilot.advance(State.STOPPED, Act.EXTEND)
