"""The human's side of the outbox: held, released, cancelled, unknown, quarantined; and every row accounted for."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from store_builders import GROUP, HOUR, LI, MINUTE, NOW, ZHANG, outgoing

from bot.store import outbox, timers
from bot.store.rows import OutboxState, Timer
from policies.effects import SendText
from policies.model import PersonId, Platform

FEISHU = Platform.FEISHU
BOSS = PersonId("feishu:ou_boss")
OPENING = NOW + 11 * HOUR
HELD = OutboxState.HELD


async def _held(store, count=3, group="release:a1:1"):
    rows = tuple(
        outgoing(f"held-{n}", state=HELD, announcement="a1", group=group, not_before=OPENING)
        for n in range(count)
    )
    await store.write(outbox.insert, rows)
    return [(await store.read(outbox.by_key, row.key)).id for row in rows]


async def _unknown(store):
    row = outgoing("lost")
    await store.write(outbox.insert, (row,))
    id_ = (await store.read(outbox.by_key, row.key)).id
    await store.write(outbox.attempt, [id_], "me", 1, NOW)
    await store.write(outbox.unknown, id_, 1, "outcome-unknown", "timed out")
    return id_


async def _states(store, ids):
    return [(await store.read(outbox.get, id_)).state for id_ in ids]


async def test_held_rows_become_due_each_at_its_own_moment(store):
    first, second, third = await _held(store)
    moments = {first: OPENING + MINUTE, second: OPENING + 2 * MINUTE}
    assert await store.write(outbox.release, "release:a1:1", moments) == 2
    assert await _states(store, (first, second, third)) == [OutboxState.DUE, OutboxState.DUE, HELD]
    assert await store.read(outbox.due, FEISHU, OPENING, 9) == ()
    assert [row.id for row in await store.read(outbox.due, FEISHU, OPENING + MINUTE, 9)] == [first]
    assert await store.write(outbox.release, "release:a1:1", OPENING) == 1
    assert await store.write(outbox.release, "release:a1:1", OPENING) == 0


async def test_rows_are_held_anew_under_another_release(store):
    first, second = await _held(store, 2)
    await store.write(outbox.release, "release:a1:1", {first: OPENING})
    assert await store.write(outbox.hold, "release:a1:1", OPENING + HOUR, "release:a1:2") == 2
    assert await store.read(outbox.in_group, "release:a1:1") == ()
    assert [row.id for row in await store.read(outbox.in_group, "release:a1:2")] == [first, second]
    assert await _states(store, (first, second)) == [HELD, HELD]
    assert await store.write(outbox.regroup, [second], OPENING, "release:a1:3") == 1
    assert [row.entry.not_before for row in await store.read(outbox.in_group, "release:a1:3")] == [OPENING]


async def test_another_moment_leaves_held_rows_held(store):
    first, second = await _held(store, 2)
    assert await store.write(outbox.retime, "release:a1:1", {second: NOW}) == 1
    assert await store.write(outbox.retime, "release:a1:1", NOW + MINUTE, "release:a1:9") == 2
    rows = await store.read(outbox.in_group, "release:a1:9")
    assert [(row.id, row.state, row.entry.not_before) for row in rows] == [
        (first, HELD, NOW + MINUTE),
        (second, HELD, NOW + MINUTE),
    ]


async def test_cancelling_takes_back_only_what_has_certainly_not_left(store):
    first, second, third, fourth = await _held(store, 4)
    await store.write(outbox.release, "release:a1:1", dict.fromkeys((first, second, third), NOW))
    await store.write(outbox.attempt, [first, second], "me", 1, NOW)
    await store.write(outbox.retry, second, 1, NOW, "outcome-unknown", "timed out", True)
    assert await store.write(outbox.cancel, "a1") == 2
    assert await _states(store, (first, second, third, fourth)) == [
        OutboxState.ATTEMPTED,
        OutboxState.DUE,
        OutboxState.CANCELLED,
        OutboxState.CANCELLED,
    ]


async def test_cancelling_needs_a_name(store):
    with pytest.raises(ValueError, match="name an announcement"):
        await store.write(outbox.cancel)


async def test_undoing_and_sending_at_the_same_moment_never_does_both(store):
    ids = await _held(store, 8)
    await store.write(outbox.release, "release:a1:1", NOW)
    claimed, cancelled = await asyncio.gather(
        store.write(outbox.attempt, ids, "me", 1, NOW), store.write(outbox.cancel, "", "release:a1:1")
    )
    assert len(claimed) + cancelled == 8
    assert await store.read(outbox.counts) == {
        state: count
        for state, count in ((OutboxState.ATTEMPTED, len(claimed)), (OutboxState.CANCELLED, cancelled))
        if count
    }


# ── Unknown and dead ──────────────────────────────────────────────────────────────────────────────


async def test_an_unknown_row_waits_until_somebody_was_told(store):
    id_ = await _unknown(store)
    assert [row.id for row in await store.read(outbox.untold)] == [id_]
    assert await store.write(outbox.mark_told, [id_], NOW) == 1
    assert await store.write(outbox.mark_told, [id_], NOW + HOUR) == 0
    assert await store.read(outbox.untold) == ()
    assert (await store.read(outbox.get, id_)).told_at == NOW


async def test_sending_again_is_a_human_s_press_and_happens_once(store):
    id_ = await _unknown(store)
    before = await store.read(outbox.get, id_)
    presses = await asyncio.gather(*(store.write(outbox.resend, id_, NOW + HOUR, 1) for _ in range(3)))
    assert sorted(presses) == [False, False, True]
    after = await store.read(outbox.get, id_)
    assert (after.state, after.entry.generation, after.attempts, after.first_attempt_at) == (
        OutboxState.DUE,
        1,
        0,
        None,
    )
    assert after.entry.key != before.entry.key
    (row,) = await store.write(outbox.attempt, [id_], "me", 1, NOW + HOUR)
    assert row.first_attempt_at == NOW + HOUR


async def test_what_is_sent_again_may_say_so(store):
    id_ = await _unknown(store)
    again = SendText(to=GROUP, text="（补发，若已收到请忽略）明早例会改到十点")
    key = (await store.read(outbox.get, id_)).entry.key

    def resend(conn):
        return outbox.resend(conn, key, NOW, key="f" * 40, effect=again)

    assert await store.write(resend)
    row = await store.read(outbox.by_key, "f" * 40)
    assert (row.id, row.entry.effect, row.entry.generation) == (id_, again, 1)


@pytest.mark.parametrize(("as_sent", "state"), [(True, OutboxState.SENT), (False, OutboxState.CANCELLED)])
async def test_a_human_settles_an_unknown_row_once(store, as_sent, state):
    id_ = await _unknown(store)
    assert await store.write(outbox.settle_unknown, id_, as_sent, BOSS, NOW)
    assert not await store.write(outbox.settle_unknown, id_, not as_sent, BOSS, NOW)
    row = await store.read(outbox.get, id_)
    assert (row.state, row.settled_by) == (state, BOSS)


# ── After a restore, and the sum of it all ────────────────────────────────────────────────────────


async def test_nothing_from_a_backup_leaves_before_a_human_lets_it_go(store):
    held = await _held(store, 2)
    await store.write(timers.put, Timer(key="release:a1:1", due_at=OPENING, kind="release", subject="a1"))
    unknown = await _unknown(store)
    due = outgoing("due")
    await store.write(outbox.insert, (due,))
    due_id = (await store.read(outbox.by_key, due.key)).id
    assert await store.write(outbox.quarantine) == 3
    assert await store.read(outbox.due, FEISHU, NOW + 100 * HOUR, 9) == ()
    assert await _states(store, [unknown]) == [OutboxState.UNKNOWN]
    assert await store.write(outbox.release_quarantined, [held[0], due_id], NOW) == 2
    assert await _states(store, [*held, due_id]) == [HELD, OutboxState.QUARANTINED, OutboxState.DUE]

    def cancel(conn):
        return outbox.cancel(conn, ids=[held[1]])

    assert await store.write(cancel) == 1


async def test_a_question_with_a_moment_of_its_own_needs_no_timer_to_leave_after_a_restore(store):
    question = outgoing("question", group="review:a1", not_before=OPENING)
    await store.write(outbox.insert, (question,))
    id_ = (await store.read(outbox.by_key, question.key)).id
    await store.write(outbox.quarantine)
    assert await store.write(outbox.release_quarantined, [id_], NOW) == 1
    assert await store.read(outbox.due, FEISHU, OPENING - MINUTE, 9) == ()
    assert [row.id for row in await store.read(outbox.due, FEISHU, OPENING, 9)] == [id_]


async def test_every_row_of_an_announcement_is_counted_in_exactly_one_state(store):
    ids = await _held(store, 3)
    both = replace(outgoing("both", announcement="a1"), recipients=(ZHANG, LI))
    await store.write(outbox.insert, (both, outgoing("elsewhere")))
    await store.write(outbox.release, "release:a1:1", {ids[0]: NOW})
    await store.write(outbox.attempt, [ids[0]], "me", 1, NOW)
    await store.write(outbox.dead, ids[0], 1, "not-found", "gone")
    assert await store.read(outbox.summary, "a1") == {HELD: 2, OutboxState.DEAD: 1, OutboxState.DUE: 1}
    assert await store.read(outbox.copies, "a1") == {HELD: 2, OutboxState.DEAD: 1, OutboxState.DUE: 2}
    assert sum((await store.read(outbox.counts)).values()) == 5
    assert len(await store.read(outbox.of_announcement, "a1")) == 4
    assert [row.id for row in await store.read(outbox.listing, [OutboxState.DEAD])] == [ids[0]]
    assert len(await store.read(outbox.listing)) == 5
