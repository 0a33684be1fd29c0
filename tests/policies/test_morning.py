"""The gentle morning: what has waited leaves apart, the important first, and nobody is rung twice at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_builders import CALENDARS, at

from policies import morning
from policies.model import Weight

OPENING = at("2026-09-09 09:00")
MINUTE = timedelta(minutes=1)


def unit(name, *people, weight=Weight.NORMAL, team=""):
    return morning.Unit(id=name, weight=weight, people=frozenset(people), teams=frozenset({team}))


def minutes(units, *, spread=9, gap=5, busy=None, start=OPENING + MINUTE, calendars=CALENDARS):
    arranged = morning.arrange(units, calendars, start, spread=spread * MINUTE, gap=gap * MINUTE, busy=busy)
    return {name: (moment - OPENING) / MINUTE for name, moment in arranged.items()}


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        pytest.param([], {}, id="nothing waits"),
        pytest.param(
            [unit(n, f"p{n}") for n in range(9)], dict(enumerate(range(1, 10))), id="different people: evenly"
        ),
        pytest.param([unit("a", "p"), unit("b", "p"), unit("c", "p")], {"a": 1, "b": 6, "c": 11}, id="one person: five minutes apart"),
        pytest.param(
            [unit("a", "p"), unit("b", "p", weight=Weight.IMPORTANT)], {"b": 1, "a": 6}, id="the important first"
        ),
        pytest.param(
            [unit("group", "p", "q"), unit("a", "p"), unit("b", "q")], {"group": 1, "a": 6, "b": 7}, id="a group rings everybody in it"
        ),
    ],
)  # fmt: skip
def test_moments(units, expected):
    assert minutes(units) == expected


def test_what_rings_somebody_anyway_is_kept_apart_from():
    busy = {"p": [OPENING + 3 * MINUTE, OPENING + 10 * MINUTE]}
    assert minutes([unit("a", "p")], busy=busy) == {"a": 15}
    assert minutes([unit("a", "p")], busy=busy, gap=0) == {"a": 1}


def test_the_gap_gives_way_before_anybodys_hours_do():
    closing = replace(CALENDARS.company, closes=at("2026-09-08 09:08").time(), lunch=None)
    known = replace(CALENDARS, company=closing)
    found = minutes([unit(n, "p") for n in range(4)], calendars=known)
    assert found == {0: 1, 1: 6, 2: 5.5, 3: 7.75}
    assert minutes([unit(n, "p") for n in range(3)], calendars=known, spread=30)[2] == 1


units_to_come = st.lists(
    st.tuples(
        st.sampled_from([Weight.IMPORTANT, Weight.NORMAL]),
        st.sets(st.sampled_from("abcdefgh"), min_size=1, max_size=4),
    ),
    max_size=30,
)
rings = st.dictionaries(
    st.sampled_from("abcdefgh"), st.lists(st.integers(0, 60).map(lambda n: OPENING + n * MINUTE), max_size=4)
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(units_to_come, rings, st.integers(0, 6))
def test_nobody_is_rung_twice_within_the_gap_and_the_important_comes_first(drawn, busy, gap):
    units = [unit(n, *people, weight=weight) for n, (weight, people) in enumerate(drawn)]
    all_day = replace(CALENDARS.company, opens=at("2026-09-08 00:00").time(), lunch=None)
    known = replace(CALENDARS, company=all_day)
    arranged = morning.arrange(units, known, OPENING, spread=9 * MINUTE, gap=gap * MINUTE, busy=busy)
    assert arranged == morning.arrange(units, known, OPENING, spread=9 * MINUTE, gap=gap * MINUTE, busy=busy)
    assert set(arranged) == {one.id for one in units}
    assert all(moment >= OPENING for moment in arranged.values())
    for person in "abcdefgh":
        theirs = [(arranged[one.id], one.weight) for one in units if person in one.people]
        theirs.sort()
        assert [weight for _, weight in theirs] == sorted(weight for _, weight in theirs)
        moments = [moment for moment, _ in theirs]
        assert all(later - sooner >= gap * MINUTE for sooner, later in pairwise(moments))
        assert all(abs(ring - moment) >= gap * MINUTE for ring in busy.get(person, ()) for moment in moments)


@pytest.mark.parametrize(
    ("sizes", "room", "expected"),
    [
        pytest.param([], 0, (), id="nothing"),
        pytest.param([10], 0, (), id="one alone travels alone"),
        pytest.param([10, 10, 10], 0, ((0, 1, 2),), id="as much as one likes"),
        pytest.param([40, 40, 40, 40], 100, ((0, 1), (2, 3)), id="as much as fits"),
        pytest.param([90, 40, 40, 90], 100, ((1, 2),), id="what would stand alone is in none"),
        pytest.param([200, 10, 10], 100, ((1, 2),), id="what fits nowhere travels alone"),
        pytest.param([1] * 45, 0, (tuple(range(20)), tuple(range(20, 40)), tuple(range(40, 45))), id="twenty at most"),
    ],
)  # fmt: skip
def test_what_travels_together(sizes, room, expected):
    assert morning.together(list(enumerate(sizes)), room) == expected
