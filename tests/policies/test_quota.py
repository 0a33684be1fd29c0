"""A pot that runs low is told of in time, with the day it lasts to."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import quota

ZONE = "Asia/Shanghai"


def on(day: int) -> datetime:
    return datetime(2026, 9, day, 11, 0, tzinfo=ZoneInfo(ZONE))


@pytest.mark.parametrize(
    ("spent", "mark"),
    [(0, 0), (3999, 0), (4000, 80), (4749, 80), (4750, 95), (6000, 95)],
)
def test_the_marks_are_reached_at_their_share(spent, mark):
    assert quota.reached(spent, 5000) == mark


@pytest.mark.parametrize(
    ("spent", "day", "dry"),
    [
        pytest.param(4000, 20, date(2026, 9, 25), id="two hundred a day"),
        pytest.param(4000, 30, None, id="it lasts the month"),
        pytest.param(5000, 12, date(2026, 9, 12), id="empty now"),
        pytest.param(0, 3, None, id="nothing spent"),
    ],
)
def test_the_forecast_follows_the_pace_so_far(spent, day, dry):
    assert quota.dry_on(spent, 5000, on(day), ZONE) == dry


@given(st.integers(0, 5000), st.integers(1, 30))
def test_it_is_never_forecast_for_the_past(spent, day):
    dry = quota.dry_on(spent, 5000, on(day), ZONE)
    assert dry is None or dry >= date(2026, 9, day)
