"""A figure is an interval that holds every possible truth, and nobody moves from 不知道 to 未读."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import rates
from policies.calendar import Calendars, WorkCalendar
from policies.metrics import WINDOWS
from policies.model import PersonId, Platform
from policies.rates import InTime, Met, Rate, Sent, Timely

CALENDARS = Calendars()
TUESDAY = datetime(2026, 9, 8, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
spans = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=12))
moments = st.none() | spans.map(lambda span: TUESDAY + span)


@st.composite
def copies(draw) -> Sent:
    return Sent(
        person=PersonId("feishu:ou_1"),
        platform=draw(st.sampled_from(Platform)),
        due_at=TUESDAY,
        sent_at=draw(moments),
        is_lost=draw(st.booleans()),
        is_important=draw(st.booleans()),
        is_active=draw(st.booleans()),
        read_at=draw(moments),
        looked_at=draw(moments),
    )


@given(st.lists(copies(), max_size=12), spans)
def test_everybody_of_the_audience_stands_in_exactly_one_place(those, later):
    now = TUESDAY + later
    stands = [rates.read(copy, CALENDARS, now) for copy in those]
    rate = rates.read_in_time(those, CALENDARS, now)
    outside = sum(one in (Timely.WAITING, Timely.LEFT) for one in stands)
    assert rate.all + outside == len(those)
    assert 0 <= rate.low <= rate.high <= 1


@given(copies(), spans, spans)
def test_time_alone_never_makes_anybody_late_who_was_not_known_to_be(copy, now, later):
    """No look of the platform lies in the future: what it has told by then stays all it has told."""
    at = TUESDAY + now
    seen = replace(
        copy,
        looked_at=copy.looked_at if copy.looked_at and copy.looked_at <= at else None,
        read_at=copy.read_at if copy.read_at and copy.read_at <= at else None,
    )
    before = rates.read(seen, CALENDARS, at)
    after = rates.read(seen, CALENDARS, at + later)
    if before is not after:
        assert before is Timely.WAITING
        assert after is not Timely.NO


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.floats(0, 1))
def test_a_goal_is_only_met_or_missed_when_no_truth_says_otherwise(yes, unknown, no, goal):
    rate = Rate(yes=yes, unknown=unknown, all=yes + unknown + no)
    truths = {(yes + k) / rate.all >= goal for k in range(unknown + 1)} if rate.all else set()
    found = rate.against(goal)
    if found is not Met.OPEN:
        assert truths == {found is Met.MET}
    if len(truths) == 2:
        assert found is Met.OPEN


@pytest.mark.parametrize(
    ("sent", "important", "until"),
    [
        pytest.param("2026-09-08T10:00", True, "2026-09-08T15:30", id="four hours, without the rest at noon"),
        pytest.param("2026-09-08T16:00", True, "2026-09-09T11:00", id="over the night"),
        pytest.param("2026-09-08T10:00", False, "2026-09-09T10:00", id="one workday"),
        pytest.param("2026-09-11T17:00", True, "2026-09-14T12:00", id="over the weekend"),
        pytest.param(
            "2026-09-08T21:00", True, "2026-09-09T14:30", id="an urgent one counts from the opening"
        ),
    ],
)
def test_reading_has_so_much_of_the_readers_own_hours(sent, important, until):
    calendars = Calendars(company=WorkCalendar())
    zone = "+08:00"
    copy = Sent(
        person=PersonId("p"),
        platform=Platform.FEISHU,
        due_at=TUESDAY,
        sent_at=datetime.fromisoformat(sent + zone),
        is_important=important,
    )
    assert rates.deadline(copy, calendars) == datetime.fromisoformat(until + zone)


def test_a_window_that_closes_before_the_deadline_leaves_only_not_known():
    friday = datetime(2026, 9, 11, 9, 0, tzinfo=UTC)
    copy = Sent(
        person=PersonId("p"),
        platform=Platform.DINGTALK,
        due_at=friday,
        sent_at=friday,
        looked_at=friday + WINDOWS[Platform.DINGTALK] - timedelta(hours=1),
    )
    assert rates.read(copy, CALENDARS, friday + timedelta(days=5)) is Timely.UNKNOWN


@pytest.mark.parametrize(("minutes", "stands"), [(5, Timely.YES), (6, Timely.NO), (None, Timely.UNKNOWN)])
def test_delivery_in_time_is_five_minutes_after_due(minutes, stands):
    sent = None if minutes is None else TUESDAY + timedelta(minutes=minutes)
    copy = Sent(person=PersonId("p"), platform=Platform.FEISHU, due_at=TUESDAY, sent_at=sent)
    assert rates.delivered(copy, TUESDAY + timedelta(hours=1)) is stands


def test_a_company_may_call_something_else_in_time():
    slower = InTime(delivered=timedelta(minutes=10), important_read=timedelta(hours=2), read_workdays=2)
    copy = Sent(
        person=PersonId("p"),
        platform=Platform.FEISHU,
        due_at=TUESDAY,
        sent_at=TUESDAY + timedelta(minutes=6),
    )
    important = replace(copy, is_important=True)
    assert rates.delivered(copy, TUESDAY + timedelta(hours=1), slower) is Timely.YES
    assert rates.deadline(copy, CALENDARS, slower) == datetime.fromisoformat("2026-09-10T10:06+08:00")
    assert rates.deadline(important, CALENDARS, slower) == datetime.fromisoformat("2026-09-08T13:36+08:00")


@pytest.mark.parametrize(("minutes", "stands"), [(15, Timely.YES), (16, Timely.NO)])
def test_a_look_a_quarter_of_an_hour_after_the_deadline_still_counts(minutes, stands):
    """The platform tells who has read and not when, so whoever asks at the deadline learns it a little later."""
    until = datetime.fromisoformat("2026-09-09T10:00+08:00")
    seen = until + timedelta(minutes=minutes)
    copy = Sent(
        person=PersonId("p"),
        platform=Platform.FEISHU,
        due_at=TUESDAY,
        sent_at=TUESDAY,
        read_at=seen,
        looked_at=until,
    )
    assert rates.read(copy, CALENDARS, seen + timedelta(hours=1)) is stands


def test_satisfaction_of_those_who_kept_silent_is_anything():
    rate = rates.satisfaction(81.0, answered=16, asked=23)
    assert rate.low == pytest.approx(0.81 * 16 / 23)
    assert rate.high == pytest.approx((0.81 * 16 + 7) / 23)
    assert rate.against(0.85) is Met.OPEN
    assert rates.satisfaction(None, answered=4, asked=23).against(0.85) is Met.OPEN
    assert rates.satisfaction(92.0, answered=22, asked=23).against(0.85) is Met.MET
    assert rates.satisfaction(70.0, answered=23, asked=23).against(0.85) is Met.MISSED


def test_an_answer_nobody_confirmed_is_not_known_to_be_a_solution():
    rate = rates.solved({"open": 2, "taken": 1, "solved": 3, "declined": 1, "confirmed": 7})
    assert (rate.yes, rate.unknown, rate.all) == (7, 3, 14)


def test_nobody_asked_is_never_met():
    assert Rate(yes=0, unknown=0, all=0).against(0.0) is Met.OPEN
