"""A lane gives what the platform gives, waits alone, and never gets stuck on a clock."""

import asyncio
import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.lanes import SWEEP_AT, Lanes, Rate
from adapters.port import Budget
from tests.adapters.clocks import HandClock


def lanes(clock, **rates):
    patterns = rates or {"app": (Rate(n=2, per_s=1), Rate(n=3, per_s=60)), "chat:*": (Rate(n=5, per_s=1),)}
    return Lanes(clock, patterns, rng=random.Random(7))


APP = (Budget(lane="app"),)


def test_a_lane_is_ready_until_its_rate_is_used_up():
    clock = HandClock()
    one = lanes(clock)
    assert one.take(APP)
    assert one.take(APP)
    assert not one.take(APP)
    assert one.ready_at(APP) - clock.now() == timedelta(milliseconds=1001)


def test_the_longer_window_counts_too():
    clock = HandClock()
    one = lanes(clock)
    for _ in range(3):
        clock.turn(2)
        assert one.take(APP)
    clock.turn(2)
    assert not one.take(APP)
    assert one.ready_at(APP) - clock.now() == timedelta(seconds=54, milliseconds=1)


def _sent_within(seconds, one, clock):
    """How many leave that spare others, if one looks every tenth of a second."""
    sent = 0
    for _ in range(seconds * 10):
        while one.ready_at(APP, sparing=True) <= clock.now() and one.take(APP):
            sent += 1
        clock.turn(0.1)
    return sent


def test_what_spares_others_takes_half_a_minute_at_once_and_the_other_half_evenly():
    clock = HandClock()
    one = lanes(clock, app=(Rate(n=50, per_s=1), Rate(n=1000, per_s=60)))
    assert 500 <= _sent_within(11, one, clock) <= 600
    assert 700 <= 500 + _sent_within(20, one, clock) <= 850
    clock.turn(1)
    for _ in range(50):  # whoever does not spare has room at once
        assert one.take(APP)


def test_what_spares_others_is_slower_by_what_it_leaves_and_no_more():
    clock = HandClock()
    one = lanes(clock, app=(Rate(n=50, per_s=1), Rate(n=1000, per_s=60)))
    sent = [_sent_within(60, one, clock) for _ in range(5)]
    assert sum(sent) >= 5 * 970, sent
    assert max(sent) <= 1000


def test_a_short_window_is_used_up_whoever_spares():
    clock = HandClock()
    one = lanes(clock, app=(Rate(n=5, per_s=1),))
    for _ in range(5):
        assert one.ready_at(APP, sparing=True) == clock.now()
        assert one.take(APP)


def test_asking_takes_nothing():
    clock = HandClock()
    one = lanes(clock)
    for _ in range(10):
        assert one.ready_at(APP) == clock.now()
    assert one.take(APP)


def test_a_full_lane_leaves_its_partner_untouched():
    clock = HandClock()
    one = lanes(clock)
    both = (Budget(lane="chat:1", units=4), Budget(lane="app"))
    assert one.take(both)
    assert not one.take(both)
    assert one.take((Budget(lane="chat:1"),))
    assert one.take(APP)


def test_more_units_than_a_lane_ever_has_is_a_mistake():
    with pytest.raises(ValueError, match="never has 6 units"):
        lanes(HandClock()).ready_at((Budget(lane="chat:1", units=6),))


def test_a_pause_stops_its_own_lane_for_at_least_the_told_time():
    clock = HandClock()
    one = lanes(clock)
    until = one.pause("chat:1", clock.now() + timedelta(seconds=7))
    assert timedelta(seconds=7) <= until - clock.now() <= timedelta(seconds=8)
    assert one.ready_at((Budget(lane="chat:1"),)) == until
    assert one.ready_at((Budget(lane="chat:2"),)) == clock.now()


def test_refusals_in_a_row_make_the_pause_grow_and_a_quiet_minute_forgives():
    clock = HandClock()
    one = Lanes(clock, {}, rng=_Highest())
    grown = []
    for _ in range(4):
        until = one.pause("app", clock.now())
        grown.append((until - clock.now()).total_seconds())
        clock.turn(grown[-1])
    assert grown == [1, 2, 4, 8]
    clock.turn(61)
    assert (one.pause("app", clock.now()) - clock.now()).total_seconds() == 1


class _Highest(random.Random):
    def uniform(self, a, b):
        return b


@pytest.mark.parametrize("back_s", [0.5, 3600, 30 * 86400])
def test_a_clock_that_goes_back_neither_empties_nor_blocks_a_lane(back_s):
    clock = HandClock()
    one = lanes(clock)
    assert one.take(APP)
    assert one.take(APP)
    clock.jump(-back_s)
    assert not one.take(APP)
    assert one.ready_at(APP) - clock.now() == timedelta(milliseconds=1001)
    clock.turn(1.001)
    assert one.take(APP)


async def test_entering_waits_in_civil_time():
    clock = HandClock()
    one = lanes(clock)
    assert one.take((Budget(lane="app", units=2),))
    waiting = asyncio.create_task(one.enter(APP))
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.turn(1.001)
    await waiting


def test_a_call_counts_from_its_start_and_its_window_begins_with_its_answer():
    clock = HandClock()
    one = lanes(clock)
    with one.hold(APP) as first, one.hold(APP) as second, one.hold(APP) as third:
        assert (first, second, third) == (True, True, False)
        assert one.ready_at(APP) > clock.now()
        clock.turn(5)
        assert not one.take(APP)
    assert one.ready_at(APP) - clock.now() == timedelta(milliseconds=1001)


async def test_who_waits_for_a_lane_enters_when_a_call_is_answered():
    clock = HandClock()
    one = lanes(clock)

    async def call():
        async with one.entered(APP):
            return clock.now()

    assert one.take((Budget(lane="app", units=2),))
    waiting = asyncio.create_task(call())
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.turn(1.001)
    assert await waiting == clock.now()


def test_a_call_that_fails_counts_too():
    clock = HandClock()
    one = lanes(clock)
    for _ in range(2):
        with pytest.raises(KeyError), one.hold(APP):
            raise KeyError
    assert not one.take(APP)


@given(st.lists(st.tuples(st.floats(0, 0.4), st.floats(0, 1.5)), max_size=40))
def test_wherever_the_platform_counts_no_window_holds_too_many(calls):
    """Each call starts a while after the one before and takes its time; it may be counted at its start or its end."""
    clock = HandClock()
    one = lanes(clock, app=(Rate(n=3, per_s=1),))
    elapsed, open_calls, spans = 0.0, [], []

    def end(until):
        for ends, started, holding in sorted(open_calls, key=lambda each: each[0]):
            if ends <= until:
                nonlocal elapsed
                clock.turn(max(0.0, ends - elapsed))
                elapsed = max(elapsed, ends)
                holding.__exit__(None, None, None)
                spans.append((started, elapsed))
        open_calls[:] = [each for each in open_calls if each[0] > until]

    for pause, takes in calls:
        begins = elapsed + pause
        end(begins)
        clock.turn(max(0.0, begins - elapsed))
        elapsed = max(elapsed, begins)
        holding = one.hold(APP)
        if holding.__enter__():
            open_calls.append((elapsed + takes, elapsed, holding))
    end(1e9)
    for counted in ("first", "last"):
        moments = sorted(span[0] if counted == "first" else span[1] for span in spans)
        for start in moments:
            assert sum(start <= each < start + 0.998 for each in moments) <= 3
    starts_late = sorted((span[1] if n % 2 else span[0]) for n, span in enumerate(spans))
    for start in starts_late:
        assert sum(start <= each < start + 0.998 for each in starts_late) <= 3


def test_a_lane_without_a_rate_knows_only_pauses():
    clock = HandClock()
    one = lanes(clock)
    free = (Budget(lane="else", units=1000), Budget(lane="", pot="calls"))
    assert one.take(free)
    one.pause("else", clock.now() + timedelta(seconds=3))
    assert not one.take(free)


def test_idle_lanes_are_forgotten_and_paused_ones_kept():
    clock = HandClock()
    one = lanes(clock)
    one.pause("chat:sore", clock.now() + timedelta(hours=1))
    for number in range(3 * SWEEP_AT):
        assert one.take((Budget(lane=f"chat:{number}"),))
        clock.turn(0.1)
    assert len(one) <= SWEEP_AT + 1
    assert one.ready_at((Budget(lane="chat:sore"),)) > clock.now()


@given(st.lists(st.floats(min_value=-5, max_value=5), max_size=60))
def test_no_window_ever_holds_more_than_its_rate(steps):
    clock = HandClock()
    one = lanes(clock, app=(Rate(n=2, per_s=1), Rate(n=5, per_s=10)))
    elapsed, taken = 0.0, []
    for step in steps:
        clock.turn(step)
        elapsed += max(step, 0)
        if one.take(APP):
            taken.append(elapsed)
    for moment in taken:
        assert sum(moment <= other < moment + 0.999 for other in taken) <= 2
        assert sum(moment <= other < moment + 9.999 for other in taken) <= 5
