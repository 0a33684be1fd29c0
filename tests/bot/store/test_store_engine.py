"""The store as its callers see it: transactions, queues, groups, trouble."""

from __future__ import annotations

import asyncio
import resource
import stat
import threading

import asyncpg
import pytest
from sqlalchemy import Engine, event, make_url, text
from sqlalchemy.exc import DBAPIError
from store_builders import incoming

from bot.store import inbox, marks, postgres
from bot.store.engine import AILING_S, Queue, Store
from bot.store.errors import StoreLocked, StoreTooNew, StoreUnavailable
from bot.store.line import MOST_TOGETHER, Job, Line


def _count_up(conn):
    marks.put(conn, "counter", (marks.get(conn, "counter") or 0) + 1)


async def test_no_update_is_lost_between_concurrent_writers(store):
    async def writer():
        for _ in range(50):
            await store.write(_count_up)

    await asyncio.gather(*(writer() for _ in range(3)))
    assert await store.read(marks.get, "counter") == 150


async def test_two_instances_on_postgres_lose_no_update_either(postgres_url, clock):
    one, other = Store(postgres_url, clock), Store(postgres_url, clock)
    await one.open()
    await other.open()
    await one.write(marks.forget, "counter")
    try:
        await asyncio.gather(*(instance.write(_count_up) for instance in (one, other) for _ in range(60)))
        assert await one.read(marks.get, "counter") == 120
    finally:
        await one.close()
        await other.close()


async def test_a_frozen_instance_does_not_keep_the_others_waiting(postgres_url, clock, monkeypatch):
    monkeypatch.setattr(postgres, "FROZEN_S", 0.5)
    other = Store(postgres_url, clock)
    await other.open()
    await other.write(marks.forget, "counter")
    stopped, go_on = threading.Event(), threading.Event()

    def stop_in_the_middle(conn):
        _count_up(conn)
        stopped.set()
        go_on.wait()
        _count_up(conn)

    def freeze():
        async def write():
            one = Store(postgres_url, clock)
            await one.open()
            try:
                await one.write(stop_in_the_middle)
            finally:
                await one.close()

        with pytest.raises(StoreUnavailable):
            asyncio.run(write())

    try:
        thread = asyncio.create_task(asyncio.to_thread(freeze))
        await asyncio.to_thread(stopped.wait)
        await other.write(_count_up)
        go_on.set()
        await thread
        assert await other.read(marks.get, "counter") == 1
    finally:
        go_on.set()
        await other.close()


async def test_who_falls_silent_after_preparing_a_statement_keeps_no_locks(postgres_url, clock, monkeypatch):
    """Its session counts as active then, which no timeout of the server ends."""
    monkeypatch.setattr(postgres, "FROZEN_S", 0.5)
    monkeypatch.setattr(postgres, "LISTEN_AGAIN_S", 0.2)
    store = Store(postgres_url, clock)
    await store.open()
    await store.write(marks.put, "counter", 1)
    silent = await asyncpg.connect(postgres_url, server_settings={"application_name": postgres.NAME})
    try:
        await silent.execute("BEGIN; UPDATE marks SET value = '7' WHERE key = 'counter'")
        await silent.prepare("SELECT 1")
        async with asyncio.timeout(20):
            await store.write(_count_up)
        assert await store.read(marks.get, "counter") == 2
    finally:
        silent.terminate()
        await store.close()


async def test_a_role_that_may_end_nothing_still_hears_the_news(postgres_url, clock, monkeypatch, caplog):
    monkeypatch.setattr(postgres, "LISTEN_AGAIN_S", 0.1)
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(
        "CREATE ROLE modest LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO modest;"
        "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO modest;"
        "REVOKE EXECUTE ON FUNCTION pg_terminate_backend FROM PUBLIC"
    )
    store, other = (
        Store(str(make_url(postgres_url).set(username=name)), clock) for name in ("modest", "postgres")
    )
    told = asyncio.Event()
    try:
        await store.open()
        await other.open()
        async with asyncio.timeout(20):
            while "may not end our own sessions" not in caplog.text:
                await store.read(marks.get, "x")
            store.on_news = told.set
            await other.write(marks.put, "x", 1)
            await told.wait()
    finally:
        await store.close()
        await other.close()
        await admin.execute(
            "GRANT EXECUTE ON FUNCTION pg_terminate_backend TO PUBLIC; DROP OWNED BY modest; DROP ROLE modest"
        )
        await admin.close()


async def test_a_step_of_a_migration_may_be_silent_for_longer(postgres_url, clock, monkeypatch):
    monkeypatch.setattr(postgres, "FROZEN_S", 0.1)
    monkeypatch.setattr(postgres, "LISTEN_AGAIN_S", 0.1)
    store, engine = Store(postgres_url, clock), postgres.make_engine(postgres_url, frozen_s=0)
    ends = asyncio.Event()
    await store.open()
    try:
        async with engine.connect() as conn:
            await conn.exec_driver_sql("SELECT 1")
            asyncio.get_running_loop().call_later(1, ends.set)
            await ends.wait()
            assert await conn.scalar(text("SELECT 2")) == 2
    finally:
        await engine.dispose()
        await store.close()


async def test_an_error_reaches_its_caller_and_leaves_nothing_behind(store):
    def half(conn):
        marks.put(conn, "half", 1)
        raise KeyError("no")

    with pytest.raises(KeyError):
        await store.write(half)
    assert await store.read(marks.get, "half") is None
    assert store.trouble == ""


async def test_of_those_who_share_a_commit_one_failing_undoes_only_itself(store):
    def insert(conn, number):
        marks.put(conn, f"n{number}", number)
        if number % 7 == 3:
            raise ValueError(number)
        return number

    found = await asyncio.gather(
        *(store.write_grouped(insert, number) for number in range(40)), return_exceptions=True
    )
    for number, outcome in enumerate(found):
        kept = await store.read(marks.get, f"n{number}")
        if number % 7 == 3:
            assert isinstance(outcome, ValueError)
            assert kept is None
        else:
            assert (outcome, kept) == (number, number)


async def test_what_waits_while_a_commit_runs_shares_the_next_one(store):
    commits = []

    def note(conn):
        commits.append(conn)

    event.listen(Engine, "commit", note)
    try:
        await asyncio.gather(*(store.write_grouped(inbox.insert, incoming(f"e{n}")) for n in range(100)))
    finally:
        event.remove(Engine, "commit", note)
    assert len(commits) <= 3
    assert await store.read(inbox.open_count) == 100


async def test_a_repeat_inside_one_group_is_recognised(store):
    found = await asyncio.gather(*(store.write_grouped(inbox.insert, incoming("same")) for _ in range(5)))
    assert sorted(found, key=str) == [1, None, None, None, None]


async def test_what_waits_is_served_by_priority_and_grouped_up_to_a_bound():
    loop = asyncio.get_running_loop()
    line = Line()

    def put(name, queue, grouped=False):
        line.put(Job(lambda conn: name, loop.create_future(), grouped), queue)

    put("chore", Queue.CHORES)
    put("decision", Queue.DECISIONS)
    for number in range(MOST_TOGETHER + 1):
        put(number, Queue.ACKS, grouped=True)
    put("press", Queue.ACKS)
    served = []
    while jobs := line.take_now():
        served.append([job.run(None) for job in jobs])
    assert served == [list(range(MOST_TOGETHER)), [MOST_TOGETHER], ["press"], ["decision"], ["chore"]]


async def test_a_caller_who_has_left_is_not_served(sqlite_store):
    gate = threading.Event()
    slow = asyncio.ensure_future(sqlite_store.write(lambda conn: gate.wait(10)))
    await asyncio.sleep(0)
    left = asyncio.ensure_future(sqlite_store.write(marks.put, "left", 1))
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    gate.set()
    await slow
    assert await sqlite_store.read(marks.get, "left") is None


async def test_the_loop_and_the_readers_go_on_while_a_write_takes_long(sqlite_store):
    gate = threading.Event()
    slow = asyncio.ensure_future(sqlite_store.write(lambda conn: gate.wait(10)))
    await asyncio.sleep(0)
    assert await sqlite_store.read(inbox.open_count) == 0
    gate.set()
    assert await slow is True


async def test_a_reader_cannot_write(store):
    with pytest.raises(DBAPIError):
        await store.read(marks.put, "x", 1)


async def test_nobody_waits_for_ever_when_the_writer_breaks(store):
    class Broken(BaseException):
        """What no transaction can catch."""

    def break_it(conn):
        raise Broken

    waiting = [asyncio.ensure_future(store.write(break_it))]
    waiting += [asyncio.ensure_future(store.write(_count_up)) for _ in range(3)]
    found = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
    assert {type(one) for one in found} == {StoreUnavailable}
    with pytest.raises(StoreUnavailable):
        await store.write(_count_up)


async def test_close_finishes_what_waits_and_takes_nothing_more(store):
    waiting = [asyncio.ensure_future(store.write(_count_up)) for _ in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert all(task.exception() is None for task in waiting)
    with pytest.raises(StoreUnavailable):
        await store.write(_count_up)
    with pytest.raises(StoreUnavailable):
        await store.read(inbox.open_count)


# ── Trouble ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_full_disk_stops_acknowledging_says_so_and_resumes_by_itself(sqlite_store):
    told = []
    sqlite_store.on_trouble = told.append
    big = "x" * 200_000

    def limit(conn, pages):
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    used = await sqlite_store.read(lambda conn: conn.execute(text("PRAGMA page_count")).scalar())
    await sqlite_store.write(limit, used + 2)
    found = await asyncio.gather(
        *(sqlite_store.write_grouped(inbox.insert, incoming(f"e{n}", body=big)) for n in range(6)),
        return_exceptions=True,
    )
    assert [type(one) for one in found] == [StoreUnavailable] * 6
    with pytest.raises(StoreUnavailable):
        await sqlite_store.write(inbox.insert, incoming("e7", body=big))
    assert await sqlite_store.read(inbox.open_count) == 0
    assert "full" in sqlite_store.trouble

    await sqlite_store.write(limit, 1_000_000)
    assert await sqlite_store.write(inbox.insert, incoming("e7", body=big)) is not None
    assert sqlite_store.trouble == ""
    assert [bool(reason) for reason in told] == [True, False]
    assert await sqlite_store.integrity() == ()


async def test_a_disk_that_takes_one_row_and_refuses_the_next_is_ailing_for_a_while(sqlite_store, clock):
    await sqlite_store.write(inbox.insert, incoming("before"))
    await sqlite_store.write(lambda conn: conn.exec_driver_sql("PRAGMA max_page_count = 1"))
    with pytest.raises(StoreUnavailable):
        await sqlite_store.write(inbox.insert, incoming("during", body="x" * 200_000))
    await sqlite_store.write(lambda conn: conn.exec_driver_sql("UPDATE inbox SET body = 'short'"))
    assert sqlite_store.trouble == ""
    assert "full" in sqlite_store.ailment

    clock.advance_ticks(AILING_S)
    assert sqlite_store.ailment == ""


async def test_after_an_input_or_output_error_the_file_is_opened_anew(sqlite_store):
    await sqlite_store.write(inbox.insert, incoming("before"))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    wal = sqlite_store.path.with_name(sqlite_store.path.name + "-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size + 5000, limits[1]))
    try:
        with pytest.raises(StoreUnavailable):
            await sqlite_store.write(inbox.insert, incoming("during", body="x" * 100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sqlite_store.trouble != ""
    await sqlite_store.write(inbox.insert, incoming("after"))
    assert sqlite_store.trouble == ""
    rows = await sqlite_store.read(inbox.next_new, 9)
    assert [row.entry.event_id for row in rows] == ["before", "after"]
    assert await sqlite_store.integrity() == ()


async def test_an_unreachable_server_is_unavailable(clock):
    with pytest.raises(StoreUnavailable):
        await Store("postgresql://nobody@127.0.0.1:1/none", clock).open()


async def test_postgres_resumes_by_itself_after_its_connections_were_cut(postgres_url, clock):
    store = Store(postgres_url, clock)
    await store.open()
    other = Store(postgres_url, clock)
    await other.open()

    def cut(conn):
        conn.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND application_name = 'yizhan'"
            )
        )

    try:
        await store.write(marks.put, "before", 1)
        await other.write(cut)
        await store.write(marks.put, "after", 2)
        assert await store.read(marks.get, "after") == 2
        assert store.trouble == ""
    finally:
        await store.close()
        await other.close()


# ── One owner ─────────────────────────────────────────────────────────────────────────────────────


async def test_folder_and_files_are_ours_alone(tmp_path, clock):
    path = tmp_path / "new" / "yizhan.db"
    store = Store(f"sqlite:///{path}", clock)
    await store.open()
    await store.write(marks.put, "x", 1)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    await store.close()
    assert set(modes.values()) == {0o600}
    assert {"yizhan.db", "yizhan.db-wal", "yizhan.db.lock"} <= modes.keys()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_store_of_a_later_program_is_refused_and_let_go(sqlite_url, clock):
    store = Store(sqlite_url, clock)
    await store.open()
    await store.write(lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    await store.close()
    for _ in range(2):
        with pytest.raises(StoreTooNew, match="9999"):
            await Store(sqlite_url, clock).open()


async def test_a_second_owner_in_the_same_process_is_refused_too(sqlite_store, clock):
    with pytest.raises(StoreLocked):
        await Store(sqlite_store.url, clock).open()


async def test_inline_everything_runs_on_the_loop_in_the_order_of_the_calls(tmp_path, clock):
    here = threading.current_thread()
    threads = []

    def note(conn, number):
        threads.append(threading.current_thread())
        marks.put(conn, "last", number)
        return number

    for url in ("sqlite://", f"sqlite:///{tmp_path}/yizhan.db"):
        store = Store(url, clock, inline=True)
        await store.open()
        found = await asyncio.gather(*(store.write(note, number, queue=Queue.CHORES) for number in range(5)))
        assert found == [0, 1, 2, 3, 4]
        assert await store.read(marks.get, "last") == 4
        await store.close()
    assert set(threads) == {here}
