"""Delivery's side of the outbox: order, claims, marks, leases that are over."""

from __future__ import annotations

import asyncio

import pytest
from store_builders import GROUP, HOUR, LI, MINUTE, NOW, ZHANG, outgoing

from bot.store import leases, outbox
from bot.store.rows import OutboxState
from policies.card import Button, Card
from policies.effects import SendBatch, SendCard, UpdateCard
from policies.model import Everyone, PersonId, Platform, Weight

FEISHU = Platform.FEISHU


async def _put(store, *rows) -> list[int]:
    await store.write(outbox.insert, rows)
    return [(await store.read(outbox.by_key, row.key)).id for row in rows]


async def _attempted(store, *rows, epoch=1) -> list[int]:
    ids = await _put(store, *rows)
    await store.write(outbox.attempt, ids, "me", epoch, NOW)
    return ids


async def _state(store, id_) -> OutboxState:
    return (await store.read(outbox.get, id_)).state


async def test_rows_come_back_as_they_were_written(store):
    card = Card(
        title="通知",
        body=("正文",),
        buttons=(Button(label="好", action="x"),),
        mentions=(Everyone.ALL, ZHANG),
    )
    rows = (
        outgoing(
            effect=SendCard(to=GROUP, card=card),
            announcement="a1",
            weight=Weight.IMPORTANT,
            not_before=NOW + HOUR,
            group="release:a1:1",
            tell=PersonId("feishu:ou_zhang"),
            cause="om_1",
            generation=2,
            expires_at=NOW + 2 * HOUR,
            recipients=(ZHANG, LI),
        ),
        outgoing(effect=SendBatch(to=(LI,), title="标题", text="正文")),
        outgoing(effect=UpdateCard(platform=FEISHU, key="k", message_id="om_2", card=card), recipients=()),
    )
    assert await store.write(outbox.insert, rows) == 3
    for row in rows:
        found = await store.read(outbox.by_key, row.key)
        assert (found.entry, found.state) == (row, OutboxState.DUE)


async def test_a_repeated_key_writes_nothing(store):
    first, second = outgoing("one"), outgoing("two")
    assert await store.write(outbox.insert, (first,)) == 1
    assert await store.write(outbox.insert, (first, second, second)) == 1
    assert await store.read(outbox.counts) == {OutboxState.DUE: 2}


async def test_many_rows_are_written_at_once(store):
    rows = tuple(outgoing(f"many-{n}") for n in range(1201))
    assert await store.write(outbox.insert, rows) == 1201
    assert await store.write(outbox.insert, rows) == 0


async def test_what_is_due_comes_by_weight_then_moment_then_number(store):
    late = outgoing("late", not_before=NOW - MINUTE)
    early = outgoing("early", not_before=NOW - HOUR)
    urgent = outgoing("urgent", weight=Weight.URGENT)
    answer = outgoing("answer", weight=Weight.ANSWER)
    not_yet = outgoing("not-yet", weight=Weight.ANSWER, not_before=NOW + MINUTE)
    held = outgoing("held", state=OutboxState.HELD, group="g")
    other = outgoing("other", effect=SendBatch(to=(LI,), title="", text=""))
    await _put(store, late, early, urgent, answer, not_yet, held, other)

    found = await store.read(outbox.due, FEISHU, NOW, 10)
    expected = [answer.key, urgent.key, early.key, late.key]
    assert [row.entry.key for row in found] == expected

    pages, after = [], None
    for _ in range(5):
        page = await store.read(_due_after, FEISHU, NOW, 1, after)
        pages += [row.entry.key for row in page]
        after = page[-1] if page else after
    assert pages == expected


def _due_after(conn, platform, now, limit, after):
    return outbox.due(conn, platform, now, limit, after=after)


async def test_the_next_moment_to_look(store):
    assert await store.read(outbox.next_due_at, FEISHU, NOW) is None
    await _put(store, outgoing(not_before=NOW + HOUR), outgoing(not_before=NOW + MINUTE, weight=Weight.CHORE))
    assert await store.read(outbox.next_due_at, FEISHU, NOW) == NOW + MINUTE
    await _put(store, outgoing(not_before=NOW - HOUR))
    assert await store.read(outbox.next_due_at, FEISHU, NOW) == NOW
    assert await store.read(outbox.next_due_after, FEISHU, NOW) == NOW + MINUTE
    assert await store.read(outbox.next_due_after, FEISHU, NOW + 2 * HOUR) is None
    assert await store.read(outbox.next_due_at, Platform.DINGTALK, NOW) is None


async def test_a_row_is_claimed_once(store):
    ids = await _put(store, outgoing(), outgoing(), outgoing(not_before=NOW + HOUR))
    claims = await asyncio.gather(*(store.write(outbox.attempt, ids, "me", 1, NOW) for _ in range(3)))
    assert sorted(len(claim) for claim in claims) == [0, 0, 2]
    row = await store.read(outbox.get, ids[0])
    assert (row.state, row.attempts, row.first_attempt_at, row.owner, row.epoch) == (
        OutboxState.ATTEMPTED,
        1,
        NOW,
        "me",
        1,
    )
    assert await _state(store, ids[2]) is OutboxState.DUE


async def test_a_retry_keeps_the_first_attempt_and_waits(store):
    (id_,) = await _attempted(store, outgoing())
    assert await store.write(outbox.retry, id_, 1, NOW + MINUTE, "unavailable", "502")
    assert await store.read(outbox.due, FEISHU, NOW, 5) == ()
    assert await store.read(outbox.next_due_at, FEISHU, NOW) == NOW + MINUTE
    (row,) = await store.write(outbox.attempt, [id_], "me", 1, NOW + MINUTE)
    assert (row.attempts, row.first_attempt_at, row.error_kind) == (2, NOW, "unavailable")


async def test_what_was_looked_for_and_is_not_there_begins_anew(store):
    (id_,) = await _attempted(store, outgoing())
    assert await store.write(outbox.retry, id_, 1, NOW + MINUTE, "outcome-unknown", "", True)
    await store.write(outbox.attempt, [id_], "me", 1, NOW + HOUR)
    assert await store.write(outbox.afresh, id_, 1, NOW + 2 * HOUR, "outcome-unknown", "")
    (row,) = await store.write(outbox.attempt, [id_], "me", 1, NOW + 2 * HOUR)
    assert (row.attempts, row.first_attempt_at, row.may_have_left) == (3, NOW + 2 * HOUR, False)


async def test_a_receipt_ends_a_row_and_finds_it_again(store):
    row = outgoing()
    (id_,) = await _attempted(store, row)
    assert await store.write(outbox.sent, id_, 1, {"message_id": "om_9", "chat_id": "oc"}, NOW + MINUTE)
    found = await store.read(outbox.by_message, FEISHU, "om_9")
    assert (found.id, found.state, found.sent_at, found.receipt["chat_id"]) == (
        id_,
        OutboxState.SENT,
        NOW + MINUTE,
        "oc",
    )
    assert (await store.read(outbox.by_message, FEISHU, row.key)).id == id_
    assert await store.read(outbox.by_message, FEISHU, "") is None
    assert not await store.write(outbox.sent, id_, 1, {}, NOW)


_MARKS = {
    "sent": lambda conn, id_, epoch: outbox.sent(conn, id_, epoch, {"message_id": "om"}, NOW),
    "retry": lambda conn, id_, epoch: outbox.retry(conn, id_, epoch, NOW, "unavailable", ""),
    "afresh": lambda conn, id_, epoch: outbox.afresh(conn, id_, epoch, NOW, "outcome-unknown", ""),
    "unknown": lambda conn, id_, epoch: outbox.unknown(conn, id_, epoch, "outcome-unknown", ""),
    "dead": lambda conn, id_, epoch: outbox.dead(conn, id_, epoch, "rejected", ""),
}


@pytest.mark.parametrize("mark", _MARKS.values(), ids=_MARKS)
@pytest.mark.parametrize("what", ["the lease went on", "the row was taken over", "another epoch"])
async def test_marks_of_an_instance_whose_lease_is_over_are_refused(store, mark, what):
    (id_,) = await _attempted(store, outgoing(), epoch=1)
    epoch = 1
    if what == "the lease went on":
        await store.write(leases.acquire_lease, FEISHU, "me", 30, NOW)
        await store.write(leases.release_lease, FEISHU, "me", 1)
        assert await store.write(leases.acquire_lease, FEISHU, "other", 30, NOW) == 2
    elif what == "the row was taken over":
        assert len(await store.write(outbox.adopt_orphans, FEISHU, "other", 2)) == 1
    else:
        epoch = 2
    assert not await store.write(mark, id_, epoch)
    row = await store.read(outbox.get, id_)
    assert (row.state, row.receipt, row.error_kind) == (OutboxState.ATTEMPTED, {}, "")


async def test_an_instance_whose_lease_is_over_claims_nothing(store):
    ids = await _put(store, outgoing())
    await store.write(leases.acquire_lease, FEISHU, "me", 30, NOW)
    await store.write(leases.release_lease, FEISHU, "me", 1)
    await store.write(leases.acquire_lease, FEISHU, "other", 30, NOW)
    assert await store.write(outbox.attempt, ids, "me", 1, NOW) == ()
    assert len(await store.write(outbox.attempt, ids, "other", 2, NOW)) == 1


async def test_attempts_without_an_end_are_found_by_the_next_life(store):
    mine, earlier = await _attempted(store, outgoing(), outgoing(), epoch=1)
    await store.write(outbox.sent, mine, 1, {}, NOW)
    (now_mine,) = await _attempted(store, outgoing(), epoch=2)
    assert [row.id for row in await store.read(outbox.orphans, FEISHU, "me", 2)] == [earlier]
    assert {row.id for row in await store.read(outbox.orphans, FEISHU, "you")} == {earlier, now_mine}
    (adopted,) = await store.write(outbox.adopt_orphans, FEISHU, "me", 2)
    assert (adopted.id, adopted.epoch) == (earlier, 2)
    assert await store.read(outbox.orphans, FEISHU, "me", 2) == ()
    assert await store.write(outbox.unknown, earlier, 2, "outcome-unknown", "the program ended")


async def test_a_row_without_room_in_its_lane_waits_without_an_attempt(store):
    ids = await _put(store, outgoing(), outgoing())
    assert await store.write(outbox.defer, ids[:1], NOW + MINUTE) == 1
    assert [row.id for row in await store.read(outbox.due, FEISHU, NOW, 5)] == ids[1:]
    row = await store.read(outbox.get, ids[0])
    assert (row.attempts, row.entry.not_before, row.ready_at) == (0, None, NOW + MINUTE)


async def test_an_answer_that_comes_too_late_is_not_sent(store):
    ids = await _put(store, outgoing(expires_at=NOW - MINUTE), outgoing(expires_at=NOW + MINUTE), outgoing())
    assert await store.write(outbox.expire, NOW) == 1
    assert [await _state(store, id_) for id_ in ids] == [
        OutboxState.CANCELLED,
        OutboxState.DUE,
        OutboxState.DUE,
    ]
