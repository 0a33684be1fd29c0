"""What came in: once, in order, and not for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from store_builders import DAY, NOW, incoming

from bot.store import inbox
from bot.store.rows import InboxClass, InboxState
from policies.model import Platform


async def test_an_event_comes_back_as_it_was_written(store):
    entry = incoming(klass=InboxClass.SEALED, headers={"b": "2", "a": "1"}, note="note", turn_at=NOW + DAY)
    number = await store.write(inbox.insert, entry)
    row = await store.read(inbox.get, number)
    assert (row.id, row.entry, row.attempts) == (number, entry, 0)


@pytest.mark.parametrize(
    ("changes", "is_new"),
    [
        pytest.param({}, False, id="the same event"),
        pytest.param({"event_id": "frame-2"}, False, id="the same message in another frame"),
        pytest.param(
            {"event_id": "frame-2", "kind": "posted"}, False, id="the same message taken for a group's"
        ),
        pytest.param(
            {"event_id": "frame-2", "kind": "read"}, True, id="another kind of event about the message"
        ),
        pytest.param({"event_id": "frame-2", "cause": "om-2"}, True, id="another message"),
        pytest.param({"tenant": "t2"}, True, id="another tenant's"),
        pytest.param({"platform": Platform.DINGTALK}, True, id="another platform's"),
    ],
)
async def test_a_repeat_is_recognised(store, changes, is_new):
    first = incoming("frame-1", cause="om-1")
    assert await store.write(inbox.insert, first) is not None
    again = await store.write(inbox.insert, incoming(**({"event_id": "frame-1", "cause": "om-1"} | changes)))
    assert (again is not None) is is_new


async def test_what_nobody_has_judged_comes_oldest_first_until_it_is_marked(store):
    first, second, third = [await store.write(inbox.insert, incoming(f"e{n}")) for n in range(3)]
    assert [row.id for row in await store.write(inbox.next_new, 2)] == [first, second]
    assert await store.write(inbox.mark, first, InboxState.DONE, "ok")
    assert not await store.write(inbox.mark, first, InboxState.DEAD, "late")
    assert [row.id for row in await store.read(inbox.next_new, 5)] == [second, third]
    assert await store.read(inbox.open_count) == 2
    assert await store.read(inbox.counts) == {InboxState.NEW: 2, InboxState.DONE: 1}


async def test_whose_turn_is_earlier_comes_first_however_late_they_spoke(store):
    loud = [
        await store.write(inbox.insert, incoming(f"l{n}", turn_at=NOW + n * timedelta(seconds=1)))
        for n in range(3)
    ]
    quiet = await store.write(inbox.insert, incoming("q", turn_at=NOW))
    assert [row.id for row in await store.read(inbox.next_new, 9)] == [loud[0], quiet, *loud[1:]]


async def test_failed_judgements_are_counted(store):
    number = await store.write(inbox.insert, incoming())
    assert [await store.write(inbox.attempted, number) for _ in range(3)] == [1, 2, 3]


async def test_purging_leaves_what_is_young_or_waits(store):
    old_done = await store.write(inbox.insert, incoming("old", received_at=NOW - 40 * DAY))
    await store.write(inbox.mark, old_done, InboxState.DONE)
    old_new = await store.write(inbox.insert, incoming("waits", received_at=NOW - 40 * DAY))
    young = await store.write(inbox.insert, incoming("young"))
    await store.write(inbox.mark, young, InboxState.DONE)
    assert await store.write(inbox.purge, NOW - 30 * DAY) == 1
    assert [await store.read(inbox.get, number) is None for number in (old_done, old_new, young)] == [
        True,
        False,
        False,
    ]


async def test_shedding_empties_bodies_but_goes_on_knowing_repeats(store):
    number = await store.write(inbox.insert, incoming(received_at=NOW - 10 * DAY))
    await store.write(inbox.mark, number, InboxState.DONE)
    assert await store.write(inbox.shed, NOW - 7 * DAY) == 1
    row = await store.read(inbox.get, number)
    assert (row.entry.body, row.entry.headers) == ("", {})
    assert await store.write(inbox.insert, incoming()) is None
