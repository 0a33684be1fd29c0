"""When a questionnaire opens, reminds and closes, on the real calendar of 2026."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from policies.calendar import DayTable, WorkCalendar
from policies.questionnaire import occasions
from policies.questionnaire.occasions import DayOff, Rhythm, When

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar(
    days=DayTable(
        known_years=frozenset({2026}),
        holidays=frozenset(
            {
                date(2026, 9, 25),
                date(2026, 9, 26),
                date(2026, 9, 27),
                *(date(2026, 10, d) for d in range(1, 8)),
            }
        ),
        make_up=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
    )
)
FRIDAYS = When(rhythm=Rhythm.WEEKLY, weekday=4, at=time(16))


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=SHANGHAI)


def test_every_week_is_every_week():
    found = list(occasions.days(FRIDAYS, date(2026, 9, 7), date(2026, 9, 25)))
    assert found == [date(2026, 9, 11), date(2026, 9, 18), date(2026, 9, 25)]


@pytest.mark.parametrize(
    ("nth", "day"),
    [(1, date(2026, 9, 7)), (14, date(2026, 9, 20))],
    ids=["the first", "the last, a Sunday at work"],
)
def test_days_of_a_pilot_are_counted_from_its_first(nth, day):
    when = When(rhythm=Rhythm.PILOT, nth=nth, at=time(9, 30))
    found = occasions.days(when, date(2026, 9, 1), date(2026, 9, 30), pilot_starts=date(2026, 9, 7))
    assert list(found) == [day]
    assert not occasions.occasion(day, CALENDAR).is_day_off


@pytest.mark.parametrize(
    ("day", "what", "opens_on"),
    [
        pytest.param(date(2026, 9, 18), DayOff.ASK, date(2026, 9, 18), id="a workday stays"),
        pytest.param(date(2026, 9, 25), DayOff.BEFORE, date(2026, 9, 24), id="the day before the festival"),
        pytest.param(date(2026, 9, 25), DayOff.AFTER, date(2026, 9, 28), id="the Monday after it"),
        pytest.param(date(2026, 9, 25), DayOff.SKIP, None, id="left out"),
        pytest.param(date(2026, 9, 25), DayOff.ASK, date(2026, 9, 28), id="nobody has said"),
        pytest.param(
            date(2026, 9, 19), DayOff.AFTER, date(2026, 9, 20), id="a Saturday, to the make-up Sunday"
        ),
        pytest.param(date(2026, 10, 2), DayOff.AFTER, date(2026, 10, 8), id="over the whole break"),
    ],
)
def test_a_day_off_moves_or_is_left_out(day, what, opens_on):
    assert occasions.settled(occasions.occasion(day, CALENDAR), what) == opens_on


@pytest.mark.parametrize(
    ("opens", "workdays", "closes"),
    [
        pytest.param("2026-09-11 16:00", 1, "2026-09-14 12:00", id="over a weekend"),
        pytest.param("2026-09-18 16:00", 1, "2026-09-20 12:00", id="the next workday is a Sunday"),
        pytest.param("2026-09-24 16:00", 1, "2026-09-28 12:00", id="over the festival"),
        pytest.param("2026-09-30 16:00", 2, "2026-10-09 12:00", id="two workdays after the break"),
        pytest.param("2026-09-14 09:30", 0, "2026-09-14 12:00", id="the same day"),
        pytest.param("2026-09-14 14:00", 0, "2026-09-15 12:00", id="noon has passed"),
    ],
)
def test_it_closes_on_a_workday(opens, workdays, closes):
    assert occasions.closing(at(opens), workdays, time(12), CALENDAR) == at(closes)


@pytest.mark.parametrize(
    ("opens", "closes", "reminds"),
    [
        ("2026-09-11 16:00", "2026-09-14 12:00", "2026-09-14 09:30"),
        ("2026-09-18 16:00", "2026-09-20 12:00", "2026-09-20 09:30"),
        ("2026-09-14 09:30", "2026-09-14 17:00", None),
        ("2026-09-11 16:00", "2026-09-14 10:00", None),
    ],
    ids=["on the last morning", "on the make-up Sunday", "not on the day it opened", "not so late"],
)
def test_it_reminds_once_on_the_last_morning(opens, closes, reminds):
    found = occasions.reminder(at(opens), at(closes), CALENDAR)
    assert found == (at(reminds) if reminds else None)


def test_one_that_is_meant_for_the_night_opens_at_its_hour_and_waits_for_people():
    when = When(rhythm=Rhythm.ONCE, day=date(2026, 9, 14), at=time(7))
    assert occasions.opening(date(2026, 9, 14), when, CALENDAR) == at("2026-09-14 09:00")
