"""The audit chain, the meter, marks and leases."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import delete, insert, select, update
from store_builders import DAY, HOUR, MINUTE, NOW

from bot import audit as audit_log
from bot.store import audit, leases, marks, meter
from bot.store.engine import Store
from bot.store.rows import AuditEntry
from bot.store.tables import audit as table
from bot.store.tables import leases as leases_table
from bot.store.tables import marks as marks_table
from policies.model import Platform

FEISHU, DINGTALK = Platform.FEISHU, Platform.DINGTALK


def _entry(n=0) -> AuditEntry:
    return AuditEntry(
        at=NOW + n * MINUTE,
        who="feishu:ou_zhang",
        act="hold",
        subject=f"a{n}",
        rule="work-hours",
        why="非工作时间",
        details={"n": n, "until": "2026-09-30", "share": 0.5, "none": None, "yes": True},
    )


# ── Audit ─────────────────────────────────────────────────────────────────────────────────────────


async def test_entries_come_back_in_their_order_and_the_chain_is_whole(store):
    assert await store.read(audit.verify) is None
    assert await store.write(audit.append, [_entry(0), _entry(1)]) == 2
    assert await store.write(audit.append, [_entry(2)]) == 3
    assert await store.write(audit.append, []) == 3
    newest = await audit_log.newest(store, 2)
    assert [(row.seq, row.entry) for row in newest] == [(2, _entry(1)), (3, _entry(2))]
    assert [row.seq for row in await audit_log.newest(store, 9, "a0")] == [1]
    verdict = await audit_log.verify(store)
    assert (verdict.is_whole, verdict.rows, verdict.head) == (True, 3, newest[-1].hash)
    assert audit_log.line(newest[0]).startswith(
        "2 2026-09-29T13:41:00+00:00 feishu:ou_zhang hold a1 work-hours"
    )


async def test_concurrent_writers_make_one_chain(store):
    await asyncio.gather(*(store.write(audit.append, [_entry(n)]) for n in range(20)))
    assert await store.read(audit.verify) is None
    assert [row.seq for row in await store.read(audit.tail, 50)] == list(range(1, 21))


async def test_two_instances_make_one_chain_too(postgres_url, clock):
    one, other = Store(postgres_url, clock), Store(postgres_url, clock)
    await one.open()
    await other.open()
    await one.write(_forget_everything)
    try:
        await asyncio.gather(
            *(instance.write(audit.append, [_entry(n)]) for n in range(10) for instance in (one, other))
        )
        assert await one.read(audit.verify) is None
    finally:
        await one.close()
        await other.close()


def _forget_everything(conn):
    conn.execute(delete(table))
    conn.execute(delete(marks_table))


def _copy_of(conn, seq):
    return dict(conn.execute(select(table).where(table.c.seq == seq)).one()._mapping)


_TAMPERING = {
    "a word changed": (
        3,
        lambda conn: conn.execute(update(table).where(table.c.seq == 3).values(why="别的")),
    ),
    "a moment changed": (
        3,
        lambda conn: conn.execute(update(table).where(table.c.seq == 3).values(at=NOW - DAY)),
    ),
    "a detail changed": (
        3,
        lambda conn: conn.execute(update(table).where(table.c.seq == 3).values(details={"n": 9})),
    ),
    "details that are no JSON": (
        3,
        lambda conn: conn.exec_driver_sql("UPDATE audit SET details = '{' WHERE seq = 3"),
    ),
    "a row removed": (3, lambda conn: conn.execute(delete(table).where(table.c.seq == 3))),
    "the first row removed": (1, lambda conn: conn.execute(delete(table).where(table.c.seq == 1))),
    "the end cut off": (4, lambda conn: conn.execute(delete(table).where(table.c.seq >= 4))),
    "everything removed": (1, lambda conn: conn.execute(delete(table))),
    "a row put in at the end": (
        6,
        lambda conn: conn.execute(insert(table).values(_copy_of(conn, 5) | {"seq": 6})),
    ),
    "the head forgotten": (5, lambda conn: conn.execute(delete(marks_table))),
}


@pytest.mark.parametrize("name", _TAMPERING)
async def test_tampering_is_found_where_it_begins(store, name):
    broken_at, tamper = _TAMPERING[name]
    await store.write(audit.append, [_entry(n) for n in range(5)])

    def quietly(conn):
        tamper(conn)

    await store.write(quietly)
    assert await store.read(audit.verify) == broken_at


# ── The meter ─────────────────────────────────────────────────────────────────────────────────────


async def test_the_meter_adds_up_by_platform_month_and_pot(store):
    await asyncio.gather(*(store.write(meter.add, DINGTALK, "2026-09", "calls", 3) for _ in range(10)))
    await store.write(meter.add, DINGTALK, "2026-09", "pushes")
    assert await store.write(meter.add, DINGTALK, "2026-10", "calls") == 1
    assert await store.read(meter.read, DINGTALK, "2026-09", "calls") == 30
    assert await store.read(meter.read, FEISHU, "2026-09", "calls") == 0
    assert await store.read(meter.month_of, DINGTALK, "2026-09") == {"calls": 30, "pushes": 1}


# ── Marks ─────────────────────────────────────────────────────────────────────────────────────────


async def test_the_latest_time_seen_never_goes_back(store):
    assert await store.read(marks.last_seen) is None
    assert await store.write(marks.see, NOW) == NOW
    assert await store.write(marks.see, NOW - DAY) == NOW
    assert await store.write(marks.see, NOW + MINUTE) == NOW + MINUTE
    assert await store.read(marks.last_seen) == NOW + MINUTE


async def test_a_pause_lasts_until_somebody_resumes(store):
    assert await store.read(marks.paused) is None
    await store.write(marks.pause, "feishu:ou_boss", NOW, "出事了")
    await store.write(marks.pause, "feishu:ou_other", NOW + HOUR)
    assert await store.read(marks.paused) == marks.Pause(by="feishu:ou_boss", since=NOW, why="出事了")
    assert await store.write(marks.resume)
    assert not await store.write(marks.resume)


async def test_a_gap_of_the_line_is_one_until_it_ends_and_is_told(store):
    await store.write(marks.open_gap, DINGTALK, NOW)
    await store.write(marks.open_gap, DINGTALK, NOW + MINUTE)
    await store.write(marks.open_gap, FEISHU, NOW + MINUTE)
    gap = await store.write(marks.close_gap, DINGTALK, NOW + 2 * MINUTE)
    assert gap == marks.Gap(platform=DINGTALK, since=NOW, until=NOW + 2 * MINUTE)
    assert await store.write(marks.close_gap, DINGTALK, NOW + HOUR) is None
    await store.write(marks.gap_told, DINGTALK, NOW, NOW + HOUR)
    assert await store.read(marks.gaps_since, NOW) == (
        replace(gap, told_at=NOW + HOUR),
        marks.Gap(platform=FEISHU, since=NOW + MINUTE),
    )
    assert len(await store.read(marks.gaps_since, NOW + DAY)) == 1


# ── Leases ────────────────────────────────────────────────────────────────────────────────────────


async def test_every_acquisition_has_a_greater_epoch(store):
    assert await store.write(leases.acquire_lease, FEISHU, "me", 30, NOW) == 1
    assert await store.write(leases.acquire_lease, FEISHU, "me", 30, NOW) == 2
    assert await store.write(leases.acquire_lease, DINGTALK, "me", 30, NOW) == 1
    assert await store.write(leases.renew_lease, FEISHU, "me", 2, 30, NOW)
    assert not await store.write(leases.renew_lease, FEISHU, "me", 1, 30, NOW)
    assert await store.write(leases.release_lease, FEISHU, "me", 2)
    assert await store.write(leases.acquire_lease, FEISHU, "other", 30, NOW) == 3


async def test_on_sqlite_a_dead_owner_s_lease_is_taken_back_at_once(sqlite_store):
    assert await sqlite_store.write(leases.acquire_lease, FEISHU, "dead", 3600, NOW) == 1
    assert await sqlite_store.write(leases.acquire_lease, FEISHU, "me", 30, NOW) == 2


@pytest.mark.parametrize("engine", ["postgres"])
async def test_on_postgres_a_lease_is_kept_until_it_has_run_out_by_the_database_s_clock(store):
    assert await store.write(leases.acquire_lease, FEISHU, "one", 30, NOW) == 1
    far_ahead = NOW + 1000 * DAY
    assert await store.write(leases.acquire_lease, FEISHU, "two", 30, far_ahead) is None
    run_out = update(leases_table).values(expires_at=NOW - 10_000 * DAY)
    await store.write(lambda conn: conn.execute(run_out).rowcount)
    assert not await store.write(leases.renew_lease, FEISHU, "one", 1, 30, NOW)
    found = await asyncio.gather(
        *(store.write(leases.acquire_lease, FEISHU, owner, 30, NOW) for owner in ("two", "three"))
    )
    assert sorted(found, key=str) == [2, None]
    assert not await store.write(leases.renew_lease, FEISHU, "one", 1, 30, NOW)
