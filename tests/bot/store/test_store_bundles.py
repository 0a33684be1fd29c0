"""Rows that travel together: nothing is lost, nothing leaves twice, whatever is taken out of them on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_builders import GROUP, HOUR, MINUTE, NOW, outgoing

from adapters.port import Receipt
from bot import landed, pipeline
from bot.store import bundles, groups, outbox, timers
from bot.store.rows import OutboxState, Timer
from policies.effects import SendCard
from policies.model import PersonId, Platform, Weight
from policies.wording import digest

FEISHU = Platform.FEISHU
MORNING = groups.morning(NOW + MINUTE)


def _three(conn, *, state=OutboxState.HELD):
    """Three announcements for one group, gathered and put under one carrier."""
    rows = [
        outgoing(f"n{n}", announcement=f"a{n}", state=state, not_before=NOW, group=f"release:a{n}:1")
        for n in range(3)
    ]
    outbox.insert(conn, rows)
    ids = [outbox.by_key(conn, row.key).id for row in rows]
    bundles.put(conn, ids, MORNING, NOW + MINUTE)
    carrier = outgoing("carrier", step=bundles.CARRIER, effect=SendCard(to=GROUP, card=digest.card([row.effect for row in rows])), weight=Weight.NORMAL)  # fmt: skip
    outbox.insert(conn, [carrier])
    bundles.put(conn, ids, carrier.key, NOW + MINUTE)
    return carrier.key, ids


def _states(conn, ids):
    return [outbox.get(conn, one).state for one in ids]


def _claim(conn, key):
    row = outbox.by_key(conn, key)
    [claimed] = outbox.attempt(conn, [row.id], "me", 1, NOW)
    return landed.load(conn, claimed, NOW)


@pytest.fixture
def unsettled(monkeypatch):
    """What is told to people is another test's business."""
    monkeypatch.setattr(landed, "settle", lambda *_: frozenset())


async def test_a_morning_gathers_what_is_held_and_nothing_else(store):
    def go(conn):
        _, ids = _three(conn, state=OutboxState.DUE)
        return bundles.waiting(conn, MORNING), _states(conn, ids)

    waiting, states = await store.write(go)
    assert waiting == ()
    assert states == [OutboxState.DUE] * 3


async def test_what_is_carried_leaves_and_lands_with_its_message(store, unsettled):
    def go(conn):
        key, ids = _three(conn)
        claimed = _claim(conn, key)
        under_way = _states(conn, ids)
        landed.mark_sent(conn, claimed, 1, Receipt(message_id="om_1"), None, NOW)
        proofs = [outbox.get(conn, one).receipt for one in ids]
        return under_way, _states(conn, ids), proofs, outbox.by_message(conn, FEISHU, "om_1").entry.key == key

    under_way, after, proofs, is_carrier = await store.write(go)
    assert under_way == [OutboxState.ATTEMPTED] * 3
    assert after == [OutboxState.SENT] * 3
    assert {proof["message_id"] for proof in proofs} == {"om_1"}
    assert is_carrier


@pytest.mark.parametrize(
    "take_out",
    [
        pytest.param(lambda conn, row: outbox.cancel(conn, row.entry.announcement), id="undone"),
        pytest.param(lambda conn, row: outbox.regroup(conn, [row.id], NOW + HOUR, "release:x:2"), id="retimed"),
        pytest.param(lambda conn, row: outbox.release(conn, row.entry.group, NOW), id="released by hand"),
    ],
)  # fmt: skip
async def test_what_was_taken_out_is_not_in_the_message(store, take_out):
    def go(conn):
        key, ids = _three(conn)
        take_out(conn, outbox.get(conn, ids[1]))
        return _claim(conn, key), _states(conn, ids), outbox.get(conn, ids[1]).bundle

    claimed, states, bundle = await store.write(go)
    assert bundle == ""
    assert len(claimed.entry.effect.card.body) == 2
    assert [state is OutboxState.ATTEMPTED for state in states] == [True, False, True]


async def test_one_that_is_left_alone_leaves_by_itself_and_the_message_does_not(store):
    def go(conn):
        key, ids = _three(conn)
        outbox.cancel(conn, ids=ids[:2])
        return _claim(conn, key), _states(conn, ids), outbox.by_key(conn, key).state

    claimed, states, carrier = await store.write(go)
    assert claimed is None
    assert states == [OutboxState.CANCELLED, OutboxState.CANCELLED, OutboxState.DUE]
    assert carrier is OutboxState.CANCELLED


async def test_what_may_have_left_can_not_be_taken_out_any_more(store):
    def go(conn):
        key, ids = _three(conn)
        claimed = _claim(conn, key)
        landed.mark_again(conn, claimed, 1, NOW, "OutcomeUnknown", "", True)
        held = _states(conn, ids)
        stopped = outbox.cancel(conn, "a0"), outbox.regroup(conn, ids, NOW + HOUR, "x")
        again = _claim(conn, key)
        return held, stopped, again.entry.effect == claimed.entry.effect, _states(conn, ids)

    held, stopped, is_same, states = await store.write(go)
    assert held == [OutboxState.HELD] * 3
    assert stopped == (0, 0)
    assert is_same
    assert states == [OutboxState.ATTEMPTED] * 3


async def test_a_message_that_is_refused_lets_each_go_by_itself(store, unsettled):
    def go(conn):
        key, ids = _three(conn)
        landed.mark_dead(conn, _claim(conn, key), 1, "Rejected", "", None, NOW)
        return _states(conn, ids), [outbox.get(conn, one).bundle for one in ids]

    assert await store.write(go) == ([OutboxState.DUE] * 3, [""] * 3)


@pytest.mark.parametrize(
    ("kind", "may_have_left"),
    [("NotFound", False), ("Rejected", True)],
    ids=["gone", "perhaps there already"],
)
async def test_otherwise_it_takes_them_with_it(store, unsettled, kind, may_have_left):
    def go(conn):
        key, ids = _three(conn)
        claimed = replace(_claim(conn, key), may_have_left=may_have_left)
        landed.mark_dead(conn, claimed, 1, kind, "", None, NOW)
        return _states(conn, ids)

    assert await store.write(go) == [OutboxState.DEAD] * 3


async def test_of_an_unknown_message_each_item_is_settled_by_itself_and_the_message_never(store, unsettled):
    def go(conn):
        key, ids = _three(conn)
        claimed = _claim(conn, key)
        landed.mark_unknown(conn, claimed, 1, "no-answer", "", None, NOW)
        unknown = _states(conn, ids)
        outbox.settle_unknown(conn, ids[0], as_sent=True, by=PersonId("feishu:ou_1"), now=NOW)
        outbox.resend(conn, ids[1], NOW)
        return (
            unknown,
            _states(conn, ids),
            outbox.resend(conn, key, NOW),
            outbox.cancel(conn, ids=[claimed.id]),
        )

    unknown, states, resent, cancelled = await store.write(go)
    assert unknown == [OutboxState.UNKNOWN] * 3
    assert states == [OutboxState.SENT, OutboxState.DUE, OutboxState.UNKNOWN]
    assert not resent
    assert cancelled == 0


async def test_nobody_adopts_what_is_carried(store):
    def go(conn):
        key, _ = _three(conn)
        _claim(conn, key)
        return [row.entry.key == key for row in outbox.orphans(conn, FEISHU, "another", 2)]

    assert await store.write(go) == [True]


async def test_after_a_restore_everything_is_asked_about_row_by_row(store):
    def go(conn):
        key, ids = _three(conn)
        _claim(conn, key)
        outbox.quarantine(conn)
        return _states(conn, ids), outbox.by_key(conn, key).state

    assert await store.write(go) == ([OutboxState.QUARANTINED] * 3, OutboxState.CANCELLED)


async def test_a_pause_takes_what_is_gathered_with_it(store):
    def go(conn):
        key, ids = _three(conn)
        held = outbox.hold_leaving(conn, NOW + HOUR)
        return held, [outbox.get(conn, one).bundle for one in ids], _claim(conn, key)

    held, names, claimed = await store.write(go)
    assert sorted(held) == ["a0", "a1", "a2"]
    assert names == [""] * 3
    assert claimed is None


async def test_what_nothing_would_let_go_is_found_and_let_go(store):
    def go(conn):
        key, ids = _three(conn)
        fine = pipeline.mend(conn, NOW)
        bundles.drop(conn, outbox.by_key(conn, key).id)
        mended = pipeline.mend(conn, NOW)
        due = {timer.subject for timer in timers.due(conn, NOW)}
        outbox.insert(conn, [outgoing("late", announcement="b", state=OutboxState.HELD)])
        late = outbox.by_key(conn, outgoing("late").key).id
        bundles.put(conn, [late], "morning:7", NOW)
        timers.put(conn, Timer(key="morning:7", kind="morning", subject="", due_at=NOW + HOUR))
        return fine, mended, due, pipeline.mend(conn, NOW), [outbox.get(conn, one).bundle for one in ids]

    fine, mended, due, waits, names = await store.write(go)
    assert (fine, mended, waits) == (0, 3, 0)
    assert due == {"a0", "a1", "a2"}
    assert names == [""] * 3


async def test_who_is_rung_soon_is_known_and_new_faces_ring_nobody(store):
    def go(conn):
        for n, weight in enumerate((Weight.URGENT, Weight.NORMAL, Weight.CHORE)):
            outbox.insert(conn, [outgoing(f"b{n}", weight=weight, not_before=NOW + n * MINUTE)])
        outbox.insert(conn, [outgoing("late", not_before=NOW + HOUR)])
        return [moment for _, moment in bundles.busy(conn, FEISHU, NOW - MINUTE, NOW + 30 * MINUTE)]

    assert await store.write(go) == [NOW + MINUTE, NOW + 2 * MINUTE]
