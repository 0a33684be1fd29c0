"""The store goes away between two steps: what was said to people still holds when it is back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.errors import Unavailable
from adapters.port import KeyUse, LineGap, LineHealth, LineState, Raw, Receipt
from bot import delivery, intake, lines
from bot.clock import ManualClock
from bot.store import inbox, insist, outbox
from bot.store.engine import Store
from bot.store.errors import StoreUnavailable
from bot.store.rows import NewOutbox, OutboxState
from policies.effects import Effect, Recall, SendText
from policies.model import Account, Platform, Pressed
from policies.wording import pressed as words
from tests.bot.empty_world import empty_world

NOW = datetime(2026, 9, 8, 2, tzinfo=UTC)
KEY = "0" * 40
ZHANG = Account(Platform.FEISHU, "ou_zhang")
WORLD = empty_world()


class Shaky(Store):
    """A store that answers some writes with ``StoreUnavailable``: before they are made, or after (nobody knows)."""

    def __init__(self) -> None:
        super().__init__("sqlite://", ManualClock(NOW), inline=True)
        self.fails: list[str] = []
        self.forgets: list[bool] = []

    async def write(self, fn: Any, *args: Any, **options: Any) -> Any:
        return await self._shaken(super().write, fn, *args, **options)

    async def write_grouped(self, fn: Any, arg: Any, **options: Any) -> Any:
        return await self._shaken(super().write_grouped, fn, arg, **options)

    async def read(self, fn: Any, *args: Any) -> Any:
        if self.forgets and fn is outbox.by_key and self.forgets.pop():
            raise StoreUnavailable("gone")
        return await super().read(fn, *args)

    async def _shaken(self, write: Any, *args: Any, **options: Any) -> Any:
        how = self.fails.pop(0) if self.fails else ""
        if how == "before":
            raise StoreUnavailable("gone")
        if how == "slow":
            await asyncio.sleep(0.05)
            raise StoreUnavailable("gone after a while")
        done = await write(*args, **options)
        if how == "after":
            raise StoreUnavailable("committed, and no answer came")
        return done


@pytest.fixture
async def store(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(insist, "AGAIN_S", 0.01)
    opened = Shaky()
    await opened.open()
    yield opened
    await opened.close()


class Adapter:
    """A platform that takes everything, or nothing; and what reached it."""

    platform = Platform.FEISHU

    def __init__(self, store: Shaky) -> None:
        self.store = store
        self.got: list[str] = []
        self.then: list[str] = []
        self.asked = False
        self.error: Exception | None = None
        self.line = LineHealth(state=LineState.OPEN)
        self.press: Pressed | None = None

    def budgets(self, _: Any) -> tuple[()]:
        return ()

    def ready_at(self, _: Any, *, sparing: bool = False) -> datetime:
        return NOW

    def key_use(self, _: Any) -> KeyUse:
        return KeyUse.NONE

    async def send(self, _: Any, key: str) -> Receipt:
        self.asked = True
        self.store.fails, self.then = self.then, []
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        self.got.append(key)
        return Receipt(message_id=f"om_{len(self.got)}")

    def line_health(self) -> LineHealth:
        return self.line

    def decode(self, _: Raw) -> Pressed:
        assert self.press is not None
        return self.press


WORDS = SendText(to=ZHANG, text="明早例会改到十点")


async def delivered(store: Shaky, adapter: Adapter, effect: Effect = WORDS) -> Any:
    """One row goes out; the row as it stands when it has come to an end."""
    row = NewOutbox(
        key=KEY,
        effect=effect,
        step="send",
        recipients=(ZHANG,),
        created_at=NOW,
    )
    await store.write(outbox.insert, [row])
    forgetful = bool(store.forgets)
    sending = delivery.Delivery(
        store=store,
        adapter=adapter,  # type: ignore[arg-type]
        clock=ManualClock(NOW),
        world=lambda: WORLD,
        owner="one",
        epoch=1,
    )
    task = asyncio.create_task(sending.run())
    try:
        await _until(lambda: (adapter.asked or (forgetful and not store.forgets)) and sending.is_idle)
        found = await store.read(outbox.by_key, KEY)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return found


@pytest.mark.parametrize("how", ["before", "after"])
async def test_a_receipt_is_written_down_when_the_store_is_back(store: Shaky, how: str) -> None:
    adapter = Adapter(store)
    adapter.then = [how, "before"]
    row = await delivered(store, adapter)
    assert (row.state, row.receipt["message_id"], adapter.got) == (OutboxState.SENT, "om_1", [KEY])


async def test_what_was_not_sent_goes_again_though_the_store_was_away(store: Shaky) -> None:
    adapter = Adapter(store)
    adapter.error, adapter.then = Unavailable("refused"), ["before"]
    row = await delivered(store, adapter)
    assert (row.state, row.error_kind, adapter.got) == (OutboxState.DUE, "Unavailable", [])


async def test_what_could_not_be_looked_up_before_it_was_sent_goes_again(store: Shaky) -> None:
    adapter = Adapter(store)
    store.forgets = [True]
    row = await delivered(
        store, adapter, Recall(platform=Platform.FEISHU, to=ZHANG, key="1" * 40, message_id="")
    )
    assert (row.state, row.error_kind, adapter.got) == (OutboxState.DUE, "Unavailable", [])


def listening(store: Shaky, adapter: Adapter) -> intake.Intake:
    heard = intake.Intake(
        store=store,
        clock=ManualClock(NOW),
        world=lambda: WORLD,
        on_event=lambda: None,
        on_written=lambda: None,
    )
    heard.adapters[Platform.FEISHU] = adapter  # type: ignore[assignment]
    return heard


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "ANSWER_WITHIN_S", 0.01)


def press(platform: Platform, action: str = "unknown-card") -> Pressed:
    return Pressed(
        id="ev-1",
        cause="ev-1",
        platform=platform,
        tenant="",
        occurred_at=NOW,
        presser=ZHANG,
        action=action,
        card="om_1",
    )


@pytest.mark.usefixtures("quick")
async def test_a_press_that_was_told_received_is_decided_when_the_store_is_back(store: Shaky) -> None:
    adapter = Adapter(store)
    adapter.press = press(Platform.FEISHU)
    heard = listening(store, adapter)
    store.fails = ["slow", "before", "after"]
    reply = await heard.accept(Raw(platform=Platform.FEISHU, body="{}", kind="callback"))
    assert reply.toast == words.TAKEN
    await _until(lambda: heard.is_idle)
    assert sum((await store.read(inbox.counts)).values()) == 1


@pytest.mark.usefixtures("quick")
async def test_a_slow_ballot_is_not_told_that_it_was_received(store: Shaky) -> None:
    adapter = Adapter(store)
    adapter.press = press(Platform.FEISHU, action=f"{intake.SEALED_PREFIX}week")
    heard = listening(store, adapter)

    async def slow(_: Pressed) -> Any:
        await asyncio.sleep(0.05)

    heard.on_sealed = slow
    reply = await heard.accept(Raw(platform=Platform.FEISHU, body="{}", kind="callback"))
    assert "收到" not in reply.toast
    await heard.drain()


async def test_a_line_that_died_while_the_store_was_away_is_written_down_once_it_is_back(
    store: Shaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LOOK_EVERY_S", 0.01)
    adapter = Adapter(store)
    watch = lines.LineWatch(
        store=store,
        clock=ManualClock(NOW),
        world=lambda: WORLD,
        adapters={Platform.FEISHU: adapter},  # type: ignore[dict-item]
    )
    task = asyncio.create_task(watch.run())
    try:
        await asyncio.sleep(0.03)
        store.fails = ["before"]
        adapter.line = LineHealth(state=LineState.DEAD)
        await _until(lambda: not store.fails)
        store.fails = ["before", "before"]
        over = LineGap(since=NOW, until=NOW, lasted_s=60.0)
        adapter.line = LineHealth(state=LineState.OPEN, last_gap=over)
        await _until(lambda: not store.fails)
        await asyncio.sleep(0.05)
        assert not task.done()
        assert await store.read(_audited) == ["line-gap"]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - anything may be waited for
            await asyncio.sleep(0.005)


def _audited(conn: Any) -> list[str]:
    from bot.store.tables import audit

    return [row.act for row in conn.execute(audit.select())]


def test_a_standby_is_away_and_not_at_fault() -> None:
    """A read-only server answers until it is promoted: nothing is acknowledged and nothing is given up meanwhile."""
    from sqlalchemy.exc import DBAPIError

    from bot.store import postgres

    class ReadOnly(Exception):
        sqlstate = "25006"

    assert postgres.is_away_for_writing(DBAPIError("INSERT", {}, ReadOnly()))
