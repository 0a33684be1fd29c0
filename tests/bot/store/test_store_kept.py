"""What may not be kept any longer: by the days of the configuration, and the audit's chain outlives it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, select, update
from store_builders import DAY, LI, NOW, asked, outgoing

from bot.config import load
from bot.housekeeping import Housekeeping
from bot.store import announcements, audit, kept, outbox, receipts
from bot.store.rows import AuditEntry, OutboxState, ReceiptEntry, ReceiptKind
from bot.store.tables import audit as audit_table
from bot.store.tables import outbox as outbox_table
from policies.announcement import State
from policies.model import Person, PersonId

AUTHOR = Person(id=PersonId("feishu:ou_zhang"), name="张三", accounts=(), departments=())
CONFIG = """
[company]
name = "Hechuan"
admins = ["feishu:ou_1"]
[feishu]
app_id = "cli_1"
app_secret = "${APP_SECRET}"
[privacy]
keep_payloads_days = 7
keep_announcements_days = 30
keep_audit_days = 180
"""


@pytest.fixture
def nightly(store, clock, tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return Housekeeping(store=store, clock=clock, config=load.load(path, {"APP_SECRET": "s"}).config)


async def _states(store) -> dict[str, int]:
    def count(conn):
        found = conn.execute(select(outbox_table.c.state, func.count()).group_by(outbox_table.c.state))
        return {str(state): int(n) for state, n in found}

    return await store.read(count)


async def _set(store, name: str, state: OutboxState) -> None:
    await store.write(
        lambda conn: (
            conn.execute(
                update(outbox_table)
                .where(outbox_table.c.key == outgoing(name).key)
                .values(state=state.value, first_attempt_at=NOW)
            )
            and None
        )
    )


async def test_words_and_receipts_go_on_their_day_and_not_before(store, clock, nightly):
    await store.write(announcements.put, asked("old", State.SENT))
    await store.write(outbox.insert, [outgoing("gone", announcement="old")])
    await _set(store, "gone", OutboxState.SENT)
    await store.write(
        receipts.put,
        [ReceiptEntry(announcement="old", person=AUTHOR.id, kind=ReceiptKind.READ, account=LI, at=NOW)],
    )
    clock.set(NOW + 30 * DAY)
    await nightly.clean()
    assert (await store.read(kept.about, AUTHOR)).announcements == 1
    clock.set(NOW + 30 * DAY + DAY)
    await nightly.clean()
    about = await store.read(kept.about, AUTHOR)
    assert (about.announcements, about.receipts) == (0, 0)
    assert await _states(store) == {}
    [told] = [row.entry for row in await store.read(audit.tail, 1)]
    assert (told.act, told.details["messages"], told.details["announcements"]) == ("purged", 1, 1)


@pytest.mark.parametrize("state", list(OutboxState))
async def test_what_still_waits_stays_whatever_its_age_and_so_do_its_words(store, clock, nightly, state):
    waits = {OutboxState.HELD, OutboxState.DUE, OutboxState.ATTEMPTED}
    await store.write(announcements.put, asked("a1", State.SCHEDULED))
    await store.write(outbox.insert, [outgoing("row", announcement="a1", not_before=NOW + 400 * DAY)])
    await _set(store, "row", state)
    clock.set(NOW + 31 * DAY)
    await nightly.clean()
    assert (await _states(store) != {}) is (state in waits)
    assert ((await store.read(kept.about, AUTHOR)).announcements == 1) is (state in waits)


def _entry(n: int, at=NOW) -> AuditEntry:
    return AuditEntry(at=at, who="feishu:ou_zhang", act="judged", subject=f"a{n}", why="hold")


async def test_the_audit_forgets_and_its_chain_stays_whole(store, clock, nightly):
    await store.write(audit.append, [_entry(n) for n in range(5)])
    await store.write(audit.append, [_entry(n, NOW + 100 * DAY) for n in range(5, 8)])
    _, before = await store.read(audit.head)
    clock.set(NOW + 180 * DAY)
    await nightly.clean()
    assert await store.read(audit.beginning) == (0, audit.GENESIS), "not a day too early"
    clock.set(NOW + 181 * DAY)
    await nightly.clean()
    left = await store.read(audit.tail, 99)
    assert [row.seq for row in left] == [6, 7, 8, 9, 10]
    assert await store.read(audit.verify) is None
    assert left[2].hash == before, "what is left was not written anew"
    assert (await store.read(kept.about, AUTHOR)).audit == 3


async def test_however_long_the_bot_was_away_the_chain_goes_on(store, clock, nightly):
    await store.write(audit.append, [_entry(n) for n in range(5)])
    clock.set(NOW + 999 * DAY)
    await nightly.clean()
    assert [row.seq for row in await store.read(audit.tail, 99)] == [5, 6]
    assert await store.read(audit.verify) is None
    for night in (1000, 1400, 1401, 1402):
        clock.set(NOW + night * DAY)
        await nightly.clean()
        assert await store.read(audit.verify) is None
    assert len(await store.read(audit.tail, 99)) == 3


_TAMPERING = {
    "more cut off at the beginning than was told": (5, lambda conn: _cut(conn, 6)),
    "a row changed after it": (6, lambda conn: conn.execute(update(audit_table).where(audit_table.c.seq == 6).values(why="x"))),
    "the telling changed": (8, lambda conn: conn.execute(update(audit_table).where(audit_table.c.seq == 8).values(details={"audit_to": 5}))),
}  # fmt: skip


def _cut(conn, to):
    return conn.execute(delete(audit_table).where(audit_table.c.seq <= to))


@pytest.mark.parametrize("name", _TAMPERING)
async def test_nothing_else_may_be_missing(store, clock, nightly, name):
    broken_at, tamper = _TAMPERING[name]
    await store.write(audit.append, [_entry(n) for n in range(4)])
    await store.write(audit.append, [_entry(n, NOW + 100 * DAY) for n in range(4, 7)])
    clock.set(NOW + 181 * DAY)
    await nightly.clean()
    assert await store.read(audit.verify) is None
    await store.write(lambda conn: tamper(conn) and None)
    assert await store.read(audit.verify) == broken_at


async def test_a_purge_that_nobody_tells_of_is_noticed(store):
    await store.write(audit.append, [_entry(n, NOW + n * DAY) for n in range(5)])
    await store.write(lambda conn: audit.purge(conn, NOW + 3 * DAY) and None)
    assert await store.read(audit.verify) == 1
