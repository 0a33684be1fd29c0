"""Moments keep their zone, JSON is written alike, text from outside always fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import DateTime
from sqlalchemy.exc import StatementError
from store_builders import DAY, NOW, incoming

from bot.store import inbox, keys, timers
from bot.store.rows import Timer
from bot.store.tables import metadata
from bot.store.types import Moment, dumps, written

BEIJING = timezone(timedelta(hours=8))


def test_no_column_holds_a_moment_without_a_zone():
    plain = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, DateTime) and not isinstance(column.type, Moment)
    ]
    assert plain == []


async def test_a_naive_moment_is_refused(store):
    with pytest.raises(StatementError, match="naive"):
        await store.write(inbox.insert, incoming(received_at=NOW.replace(tzinfo=None)))


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(datetime(2026, 9, 29, 22, 0, tzinfo=BEIJING), id="of another zone"),
        pytest.param(datetime(2026, 9, 29, 22, 0, 0, 1, tzinfo=UTC), id="with a microsecond"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), id="long ago"),
    ],
)
async def test_a_moment_comes_back_the_same_and_in_utc(store, moment):
    await store.write(timers.put, Timer(key="k", kind="release", subject="a1", due_at=moment))
    (timer,) = await store.read(timers.due, NOW + 365 * DAY)
    assert timer.due_at == moment
    assert timer.due_at.utcoffset() == timedelta(0)


@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=2, max_size=5))
def test_the_order_of_texts_is_the_order_of_time(moments):
    assert sorted(moments) == sorted(moments, key=written)


def test_equal_values_are_written_alike_whatever_their_order():
    assert dumps({"b": 1, "a": ["部"]}) == dumps({"a": ["部"], "b": 1}) == '{"a":["部"],"b":1}'


@pytest.mark.parametrize("text", ["a\x00b", "\ud800 lone", "\ud83d", "😀 驿站 \u202e", ""])
async def test_no_text_from_outside_keeps_an_event_from_being_written(store, text):
    entry = incoming(body=text, note=text, headers={"h": text}, turn_at=NOW)
    assert await store.write(inbox.insert, entry) is not None
    (row,) = await store.read(inbox.next_new, 5)
    assert row.entry.headers == {"h": text}
    if text.isprintable() or text == "":
        assert row.entry == entry
    else:
        assert replace(row.entry, body="", note="") == replace(entry, body="", note="")


def test_keys_are_forty_hex_digits_and_differ_with_every_part():
    parts = ("t", "cause", "step", "target", 0)
    others = [
        ("tc", "ause", "step", "target", 0),
        ("t", "cause", "ste", "ptarget", 0),
        ("t", "cause", "step", "target", 1),
    ]
    found = {keys.derive(*one) for one in (parts, *others)}
    assert len(found) == 4
    assert all(len(key) == 40 and int(key, 16) >= 0 for key in found)


def test_a_key_is_the_same_in_every_process_and_for_ever():
    assert keys.derive("t", "cause", "step", "target") == "34fa7666ff499a231d06d6953aa5116f15137772"
