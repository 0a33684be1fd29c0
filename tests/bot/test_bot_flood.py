"""Who speaks much waits behind who speaks little, and nobody is heard out of order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.flood import AT_ONCE, MOST_A_MINUTE, Bucket, Room
from policies.model import Account, Platform

NOW = datetime(2026, 9, 8, 2, tzinfo=UTC)
LOUD, QUIET = Account(Platform.FEISHU, "ou_loud"), Account(Platform.FEISHU, "ou_quiet")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_breath_is_taken_as_it_comes_and_what_is_more_waits_a_second_each():
    bucket = Bucket()
    turns = [bucket.turn_at(LOUD, NOW) for _ in range(AT_ONCE + 3)]
    assert turns == [NOW] * AT_ONCE + [after(1), after(2), after(3)]
    assert bucket.turn_at(QUIET, NOW) == NOW


def test_silence_makes_it_good_again():
    bucket = Bucket()
    for _ in range(20):
        bucket.turn_at(LOUD, NOW)
    assert bucket.turn_at(LOUD, after(16)) == after(16)


@given(st.lists(st.integers(0, 4000), max_size=120))
def test_one_person_is_heard_in_their_own_order(pauses_ms):
    bucket, now, turns = Bucket(), NOW, []
    for pause in pauses_ms:
        now += timedelta(milliseconds=pause)
        if bucket.take(LOUD, now) is Room.YES:
            turns.append(bucket.turn_at(LOUD, now))
            assert now <= turns[-1] <= now + timedelta(seconds=MOST_A_MINUTE)
    assert turns == sorted(turns)


def test_a_clock_put_back_sends_nobody_to_the_end_of_the_line():
    bucket = Bucket()
    for _ in range(MOST_A_MINUTE):
        bucket.take(LOUD, after(86_400))
        bucket.turn_at(LOUD, after(86_400))
    assert bucket.take(LOUD, NOW) is Room.YES
    assert bucket.turn_at(LOUD, NOW) == NOW


def test_beyond_a_sentence_a_second_nothing_is_listened_to_and_it_is_said_once():
    bucket = Bucket()
    found = [bucket.take(LOUD, NOW) for _ in range(MOST_A_MINUTE + 3)]
    assert found == [Room.YES] * MOST_A_MINUTE + [Room.TOLD, Room.NO, Room.NO]
    assert bucket.take(QUIET, NOW) is Room.YES
    assert bucket.take(LOUD, after(61)) is Room.YES
