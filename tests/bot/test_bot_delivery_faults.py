"""An unexpected exception in a send, and a refusal with a queue behind it: the row comes to an end without a restart, nothing is lost, doubled or hushed up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.errors import PlatformError, RateLimited, Unavailable
from adapters.port import Capabilities, KeyUse, Lost, Probe, Receipt, Trace
from bot import delivery, landed
from bot.clock import ManualClock
from bot.store import outbox
from bot.store.engine import Store
from bot.store.rows import NewOutbox, OutboxRow, OutboxState
from policies.effects import SendText
from policies.model import Account, Platform
from tests.bot.empty_world import empty_world

NOW = datetime(2026, 9, 8, 2, tzinfo=UTC)
KEY, EARLIER = "0" * 40, "1" * 40
ZHANG = Account(Platform.FEISHU, "ou_zhang")
LI = Account(Platform.FEISHU, "ou_li")


class Bug(Exception):
    """Something that nobody has thought of."""


class Adapter:
    """A platform behind a door with a bug: before or after it has sent."""

    platform = Platform.FEISHU
    capabilities = Capabilities(
        platform=Platform.FEISHU,
        cards=True,
        group_mentions=True,
        group_key=KeyUse.SAME_KEY_AGAIN,
        person_key=KeyUse.SAME_KEY_AGAIN,
        batch_size=1,
        hears_groups=False,
        retry_window_s=3000,
        max_text_bytes=30_000,
    )

    def __init__(self, key_use: KeyUse) -> None:
        self._key_use = key_use
        self.faults = 0
        self.refusals: list[PlatformError] = []
        self.got: list[str] = []
        self.looked: list[Lost] = []
        self.there: list[str] = []
        self.alike: list[str] = []

    def budgets(self, _: Any) -> tuple[()]:
        return ()

    def ready_at(self, _: Any, *, sparing: bool = False) -> datetime:
        return NOW

    def key_use(self, _: Any) -> KeyUse:
        return self._key_use

    async def send(self, _: Any, key: str) -> Receipt:
        self.got.append(key)
        if self.faults:
            self.faults -= 1
            raise Bug
        if self.refusals:
            raise self.refusals.pop()
        return Receipt(message_id=f"om_{key[0]}", chat_id="oc_zhang")

    async def probe(self, _: Any, __: str, lost: Lost) -> Probe:
        self.looked.append(lost)
        for trace, there in ((Trace.ARRIVED, self.there), (Trace.UNKNOWN, self.alike)):
            left = [one for one in there if one not in lost.others]
            if left:
                return Probe(trace=trace, receipt=Receipt(message_id=left[0], chat_id="oc_zhang"))
        return Probe(trace=Trace.ABSENT)


def row(key: str = KEY, to: Account = ZHANG) -> NewOutbox:
    effect = SendText(to=to, text="明早例会改到十点")
    return NewOutbox(key=key, effect=effect, step="send", recipients=(to,), created_at=NOW)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = Store("sqlite://", ManualClock(NOW), inline=True)
    await opened.open()
    yield opened
    await opened.close()


MANY = [f"{number:040x}" for number in range(1, 101)]
"""More than one look goes through."""


async def test_many_behind_one_that_was_refused_leave_after_it_and_in_their_order(store: Store) -> None:
    adapter = Adapter(KeyUse.SAME_KEY_AGAIN)
    adapter.refusals = [RateLimited("too many", retry_after_s=1)]
    await store.write(outbox.insert, [row(key) for key in MANY])
    await ended(store, adapter, SETTLED, MANY[-1])
    assert adapter.got == [MANY[0], *MANY]


async def test_one_that_pauses_keeps_its_place_in_the_next_life(store: Store) -> None:
    adapter = Adapter(KeyUse.SAME_KEY_AGAIN)
    await store.write(outbox.insert, [row(key) for key in MANY[:2]])
    (first, _) = await store.read(outbox.due, Platform.FEISHU, NOW, 2)
    await store.write(outbox.attempt, (first.id,), "an earlier life", 0, NOW)
    await store.write(outbox.retry, first.id, 0, NOW + timedelta(seconds=2), "Unavailable", "")
    await ended(store, adapter, SETTLED, MANY[1], timedelta(seconds=0.2))
    assert adapter.got == MANY[:2]


async def test_nobody_else_waits_for_many_behind_one_that_was_refused(store: Store) -> None:
    adapter = Adapter(KeyUse.SAME_KEY_AGAIN)
    adapter.refusals = [Unavailable("away")]
    await store.write(outbox.insert, [*(row(key) for key in MANY), row(KEY, LI)])
    await ended(store, adapter, SETTLED, MANY[-1], timedelta(seconds=0.2))
    assert adapter.got.index(KEY) < 3


async def test_one_that_is_taken_back_while_it_pauses_holds_nobody_up(store: Store) -> None:
    adapter = Adapter(KeyUse.SAME_KEY_AGAIN)
    adapter.refusals = [Unavailable("away")]
    await store.write(outbox.insert, [row(key) for key in MANY[:3]])
    (first, *_) = await store.read(outbox.due, Platform.FEISHU, NOW, 1)

    async def taken_back() -> None:
        # While it is on its way nothing is cancelled.
        while not (adapter.got and await store.write(outbox.cancel, "", "", (first.id,), "x")):  # noqa: ASYNC110
            await asyncio.sleep(0)

    taking = asyncio.create_task(taken_back())
    await ended(store, adapter, SETTLED, MANY[2], timedelta(seconds=0.2))
    await taking
    assert adapter.got == MANY[:3]


async def ended(
    store: Store,
    adapter: Adapter,
    states: set[OutboxState],
    key: str = KEY,
    step: timedelta = timedelta(seconds=5),
) -> OutboxRow:
    """As it stands when it has come to one of these; the clock is walked on."""
    clock = ManualClock(NOW)
    sending = delivery.Delivery(
        store=store,
        adapter=adapter,  # type: ignore[arg-type]
        clock=clock,
        world=empty_world,
        owner="one",
        epoch=1,
    )
    task = asyncio.create_task(sending.run())
    try:
        async with asyncio.timeout(30):
            while True:
                found = await store.read(outbox.by_key, key)
                assert found is not None
                if found.state in states:
                    return found
                clock.set(clock.now() + step)
                await asyncio.sleep(0.005)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


SETTLED = {OutboxState.SENT, OutboxState.UNKNOWN, OutboxState.DEAD}


async def test_where_the_platform_knows_our_key_it_goes_again_under_the_same_one(store: Store) -> None:
    adapter = Adapter(KeyUse.SAME_KEY_AGAIN)
    adapter.faults = 1
    await store.write(outbox.insert, [row()])
    found = await ended(store, adapter, SETTLED)
    assert (found.state, adapter.got) == (OutboxState.SENT, [KEY, KEY])


async def test_without_a_key_it_is_unknown_and_never_sent_again(store: Store) -> None:
    adapter = Adapter(KeyUse.NONE)
    adapter.faults = 1
    await store.write(outbox.insert, [row()])
    found = await ended(store, adapter, SETTLED)
    assert (found.state, adapter.got) == (OutboxState.UNKNOWN, [KEY])


@pytest.mark.parametrize("key_use", [KeyUse.SAME_KEY_AGAIN, KeyUse.PROBE_FIRST])
async def test_a_fault_that_stays_ends_as_unknown_for_a_human(store: Store, key_use: KeyUse) -> None:
    adapter = Adapter(key_use)
    adapter.faults = 1000
    await store.write(outbox.insert, [row()])
    found = await ended(store, adapter, SETTLED)
    assert (found.state, found.error_kind) == (OutboxState.UNKNOWN, delivery.FAULT)
    assert len(adapter.got) == delivery.MOST_FAULTS


async def test_a_fault_after_the_answer_neither_loses_nor_doubles(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, faults = landed.settle, [Bug]

    def settle(*arguments: Any) -> Any:
        if faults:
            raise faults.pop()
        return real(*arguments)

    monkeypatch.setattr(landed, "settle", settle)
    adapter = Adapter(KeyUse.SAME_KEY_AGAIN)
    await store.write(outbox.insert, [row()])
    found = await ended(store, adapter, SETTLED)
    assert (found.state, found.receipt["message_id"], set(adapter.got)) == (OutboxState.SENT, "om_0", {KEY})


async def test_when_even_the_telling_fails_the_row_is_left_for_a_human_to_see(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settle(*_: Any) -> Any:
        raise Bug

    monkeypatch.setattr(landed, "settle", settle)
    await store.write(outbox.insert, [row()])
    found = await ended(store, Adapter(KeyUse.SAME_KEY_AGAIN), SETTLED)
    assert (found.state, found.error_kind) == (OutboxState.UNKNOWN, delivery.FAULT)


async def one_sent_and_one_left_open(store: Store, adapter: Adapter) -> None:
    """Two notices with the same words; of the second nobody knows what became of it."""
    await store.write(outbox.insert, [row(EARLIER)])
    await ended(store, adapter, SETTLED, EARLIER)
    await store.write(outbox.insert, [row()])
    (left,) = await store.read(outbox.due, Platform.FEISHU, NOW, 10)
    await store.write(outbox.attempt, (left.id,), "an earlier life", 0, NOW)


async def test_what_an_earlier_life_left_open_is_looked_for_where_the_last_receipt_says(store: Store) -> None:
    """And another notice with the same words, which has a row of its own, is not taken for it."""
    adapter = Adapter(KeyUse.PROBE_FIRST)
    await one_sent_and_one_left_open(store, adapter)
    adapter.there = ["om_1", "om_9"]
    found = await ended(store, adapter, SETTLED)
    assert {one.chat_id for one in adapter.looked} == {"oc_zhang"}
    assert (found.state, found.receipt["message_id"]) == (OutboxState.SENT, "om_9")
    assert adapter.got == [EARLIER]


@pytest.mark.parametrize(
    ("alike", "state"),
    [(["om_1"], OutboxState.SENT), (["om_1", "om_9"], OutboxState.UNKNOWN)],
    ids=["of another notice", "nobody's"],
)
async def test_the_same_words_at_another_time_stop_a_repeat_unless_they_are_known_to_be_others(
    store: Store, alike: list[str], state: OutboxState
) -> None:
    adapter = Adapter(KeyUse.PROBE_FIRST)
    await one_sent_and_one_left_open(store, adapter)
    adapter.alike = alike
    found = await ended(store, adapter, SETTLED)
    assert found.state is state
    assert adapter.got == [EARLIER, *([KEY] if state is OutboxState.SENT else [])]
