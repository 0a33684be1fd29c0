"""The work calendar: when people are at work."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_builders import CALENDARS, COMPANY_HOURS, DAYS_2026, MAKE_UP_2026, URUMQI_HOURS, at

from policies.calendar import Calendars, DayTable, WorkCalendar


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        pytest.param("2026-09-08 08:59:59", "before", id="one second before opening"),
        pytest.param("2026-09-08 09:00", None, id="the opening minute is open"),
        pytest.param("2026-09-08 11:59", None, id="the last minute before lunch"),
        pytest.param("2026-09-08 12:00", "lunch", id="lunch is rest"),
        pytest.param("2026-09-08 13:30", None, id="lunch is over"),
        pytest.param("2026-09-08 17:59:59", None, id="the last second"),
        pytest.param("2026-09-08 18:00", "after", id="closing time is already after hours"),
        pytest.param("2026-09-12 10:00", "day-off", id="an ordinary Saturday"),
        pytest.param("2026-09-20 10:00", None, id="a make-up Sunday is a workday"),
        pytest.param("2026-10-02 10:00", "day-off", id="National Day"),
    ],
)
def test_people_are_at_work_in_their_hours_only(moment, why):
    assert COMPANY_HOURS.closed_because(at(moment)) == why
    assert COMPANY_HOURS.is_open(at(moment)) is (why is None)


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        pytest.param("2026-09-08 10:00", "2026-09-08 10:00", id="open already"),
        pytest.param("2026-09-08 07:00", "2026-09-08 09:00", id="early in the morning"),
        pytest.param("2026-09-08 12:30", "2026-09-08 13:30", id="lunch ends the same day"),
        pytest.param("2026-09-08 21:40", "2026-09-09 09:00", id="next morning"),
        pytest.param("2026-09-11 18:20", "2026-09-14 09:00", id="over a weekend"),
        pytest.param("2026-09-18 18:20", "2026-09-20 09:00", id="a make-up Sunday ends the weekend"),
        pytest.param("2026-02-14 18:00", "2026-02-24 09:00", id="the whole Spring Festival"),
        pytest.param("2026-09-30 18:00", "2026-10-08 09:00", id="the whole National Day break"),
        pytest.param("2026-12-31 18:00", "2027-01-04 09:00", id="into a year nobody has published"),
    ],
)
def test_the_next_opening_is_the_first_moment_people_are_back(moment, opening):
    assert COMPANY_HOURS.next_opening(at(moment)) == at(opening)


def test_a_team_on_the_same_clock_may_open_two_hours_later():
    assert URUMQI_HOURS.next_opening(at("2026-09-08 09:30")) == at("2026-09-08 10:00")
    assert URUMQI_HOURS.is_open(at("2026-09-08 19:00"))
    assert not COMPANY_HOURS.is_open(at("2026-09-08 19:00"))


def test_a_team_in_another_zone_is_asked_on_its_own_clock():
    berlin = WorkCalendar(zone="Europe/Berlin", days=DAYS_2026)
    assert berlin.next_opening(at("2026-09-08 10:00")) == at("2026-09-08 15:00")
    assert berlin.next_opening(at("2026-12-08 10:00")) == at("2026-12-08 16:00")


def test_an_opening_the_clock_skips_moves_to_what_it_was_skipped_to():
    night = WorkCalendar(
        zone="Europe/Berlin",
        opens=time(2, 30),
        closes=time(6),
        lunch=None,
        days_on=frozenset({date(2026, 3, 29)}),
    )
    opening = night.next_opening(datetime(2026, 3, 29, 0, 0, tzinfo=UTC))
    assert opening == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_team_without_own_hours_keeps_those_of_the_company():
    assert CALENDARS.of("") == CALENDARS.of("nobody described") == COMPANY_HOURS
    assert CALENDARS.of("乌鲁木齐") == URUMQI_HOURS
    assert Calendars().of("x") == WorkCalendar()


@pytest.mark.parametrize("ask", ["is_open", "closed_because", "next_opening", "closing", "break_after"])
def test_a_moment_without_a_zone_is_refused(ask):
    with pytest.raises(ValueError, match="zone"):
        getattr(COMPANY_HOURS, ask)(datetime(2026, 9, 8, 10))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("moment", "closing"),
    [("2026-09-08 10:00", "2026-09-08 18:00"), ("2026-09-08 18:00", None), ("2026-09-12 10:00", None)],
)
def test_the_bot_knows_when_the_day_ends(moment, closing):
    assert COMPANY_HOURS.closing(at(moment)) == (closing and at(closing))


def test_a_year_nobody_has_published_is_a_guess_and_never_plain_monday_to_friday():
    assert not COMPANY_HOURS.is_guess(date(2026, 12, 31))
    assert COMPANY_HOURS.is_guess(date(2027, 1, 4))
    off = [date(2027, 1, 1), date(2027, 10, 1)]
    assert not any(COMPANY_HOURS.is_workday(day) for day in off)
    assert all(COMPANY_HOURS.is_guess(day) for day in off)
    told = replace(COMPANY_HOURS, days_on=frozenset({date(2027, 1, 4)}))
    assert not told.is_guess(date(2027, 1, 4))


def test_an_overlay_makes_single_days_of_an_unknown_year_certain():
    some = DayTable(holidays=frozenset({date(2027, 2, 8)}), make_up=frozenset({date(2027, 2, 14)}))
    assert not some.is_workday(date(2027, 2, 8))
    assert some.is_workday(date(2027, 2, 14))
    assert not some.is_guess(date(2027, 2, 8))
    assert some.is_guess(date(2027, 2, 9))


def test_a_known_year_is_taken_as_published_even_on_the_fixed_days():
    assert DayTable(known_years=frozenset({2026})).is_workday(date(2026, 5, 1))


def test_a_team_has_its_own_days_off_and_on():
    local = replace(
        COMPANY_HOURS, days_off=frozenset({date(2026, 9, 8)}), days_on=frozenset({date(2026, 9, 12)})
    )
    assert not local.is_workday(date(2026, 9, 8))
    assert local.is_workday(date(2026, 9, 12))


def test_the_break_ahead_is_named_by_its_days():
    assert COMPANY_HOURS.break_after(at("2026-09-30 18:25")) == (date(2026, 10, 1), date(2026, 10, 7))
    assert COMPANY_HOURS.break_after(at("2026-09-08 21:40")) is None


def test_every_day_of_2026_is_as_the_state_council_said():
    year = [date(2026, 1, 1) + timedelta(n) for n in range(365)]
    assert sum(COMPANY_HOURS.is_workday(day) for day in year) == 248
    assert [day.isoformat() for day in year if day.weekday() >= 5 and COMPANY_HOURS.is_workday(day)] == list(
        MAKE_UP_2026
    )


@pytest.mark.parametrize(
    "hours",
    [
        {"opens": time(18), "closes": time(9)},
        {"lunch": (time(13), time(12))},
        {"lunch": (time(8), time(10))},
        {"lunch": (time(17), time(19))},
    ],
)
def test_hours_out_of_order_are_a_mistake(hours):
    with pytest.raises(ValueError, match="must"):
        WorkCalendar(**hours)


def test_a_calendar_that_never_opens_is_said_instead_of_searched_for_ever():
    never = WorkCalendar(days_off=frozenset(date(2026, 1, 1) + timedelta(n) for n in range(1200)))
    with pytest.raises(LookupError, match="no opening"):
        never.next_opening(at("2026-01-02 10:00"))


minutes = st.integers(0, 24 * 60 - 1)


@st.composite
def calendars(draw):
    opens, closes = sorted(draw(st.sets(minutes, min_size=2, max_size=2)))
    clock = [time(minute // 60, minute % 60) for minute in (opens, closes)]
    lunch = None
    if closes - opens > 10 and draw(st.booleans()):
        start, end = sorted(draw(st.sets(st.integers(opens + 1, closes - 1), min_size=2, max_size=2)))
        lunch = (time(start // 60, start % 60), time(end // 60, end % 60))
    return WorkCalendar(
        zone=draw(st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "Asia/Kolkata", "UTC", "Asia/Tokyo"])),
        opens=clock[0],
        closes=clock[1],
        lunch=lunch,
        days=draw(st.sampled_from([DAYS_2026, DayTable()])),
    )


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=60, deadline=None, derandomize=True)
@given(calendars(), moments)
def test_the_next_opening_is_open_and_nothing_between_is(calendar, moment):
    opening = calendar.next_opening(moment)
    assert opening >= moment
    assert calendar.is_open(opening)
    assert opening == moment or not calendar.is_open(moment)
    assert opening == moment or not calendar.is_open(opening - timedelta(seconds=1))
    for share in (0.25, 0.5, 0.9):
        between = moment + (opening - moment) * share
        assert between >= opening or not calendar.is_open(between)
