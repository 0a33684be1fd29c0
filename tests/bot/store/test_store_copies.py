"""A copy of the living store, and what may not happen again by itself in a store that was put back."""

from __future__ import annotations

import sqlite3
import stat

import pytest
from store_builders import HOUR, NOW, incoming, outgoing

from bot.store import audit, copies, inbox, outbox, timers, unsettled
from bot.store.engine import Store
from bot.store.rows import OutboxState, Timer
from policies.model import Platform


@pytest.fixture
async def living(tmp_path, clock):
    store = Store(f"sqlite:///{tmp_path}/yizhan.db", clock)
    await store.open()
    await store.write(outbox.insert, (outgoing("due"), outgoing("sent")))
    sent = await store.read(outbox.by_key, outgoing("sent").key)
    await store.write(outbox.attempt, [sent.id], "me", 1, NOW)
    await store.write(outbox.sent, sent.id, 1, {"message_id": "om_1"}, NOW)
    yield store
    await store.close()


async def test_a_copy_is_whole_and_readable_by_us_alone(living, tmp_path):
    file = tmp_path / "copy.db"
    assert await living.read(copies.copy, file) == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with sqlite3.connect(file) as conn:
        assert conn.execute("SELECT state FROM outbox ORDER BY id").fetchall() == [("due",), ("sent",)]
    conn.close()


async def test_a_copy_never_takes_the_place_of_a_file(living, tmp_path):
    file = tmp_path / "copy.db"
    file.write_text("precious")
    with pytest.raises(copies.CopyExists):
        await living.read(copies.copy, file)
    assert file.read_text() == "precious"


async def test_nothing_in_a_restored_store_happens_by_itself(living, tmp_path, clock):
    event = incoming("said")
    await living.write(inbox.insert, event)
    await living.write(timers.put, Timer(key="remind", due_at=NOW, kind="review", subject="a1"))
    await living.write(timers.put, Timer(key="later", due_at=NOW + 9 * HOUR, kind="review", subject="a1"))
    file = tmp_path / "copy.db"
    await living.read(copies.copy, file)
    await living.write(outbox.insert, (outgoing("after"),))
    await living.close()
    done = copies.restore(file, tmp_path / "yizhan.db", NOW + HOUR)
    assert (done.rows, done.events) == (1, 1)
    assert done.kept is not None and done.kept.exists()
    again = Store(f"sqlite:///{tmp_path}/yizhan.db", clock)
    await again.open()
    try:
        assert await again.read(outbox.due, Platform.FEISHU, NOW + 99 * HOUR, 9) == ()
        assert await again.read(inbox.next_new, 9) == ()
        assert [one.key for one in await again.read(timers.due, NOW + 99 * HOUR)] == ["later"]
        assert await again.read(outbox.by_key, outgoing("after").key) is None
        assert await again.read(audit.verify) is None
        left = await again.read(outbox.by_key, outgoing("due").key)
        assert left.state is OutboxState.QUARANTINED
    finally:
        await again.close()


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"x" * 4096])
async def test_what_is_no_copy_of_ours_touches_nothing(living, tmp_path, content):
    await living.close()
    before = (tmp_path / "yizhan.db").read_bytes()
    (tmp_path / "bad.db").write_bytes(content)
    with pytest.raises(copies.BadCopy):
        copies.restore(tmp_path / "bad.db", tmp_path / "yizhan.db", NOW)
    assert (tmp_path / "yizhan.db").read_bytes() == before


async def test_what_nobody_had_been_told_of_is_told_after_all(living, tmp_path, clock):
    """Its moment lies before the restore like that of every other timer, but it sends nothing: it asks a human."""
    lost = Timer(key=f"{unsettled.LOST}:a1", due_at=NOW, kind=unsettled.LOST, subject="a1")
    await living.write(timers.put, lost)
    file = tmp_path / "copy.db"
    await living.read(copies.copy, file)
    await living.close()
    copies.restore(file, tmp_path / "yizhan.db", NOW + HOUR)
    again = Store(f"sqlite:///{tmp_path}/yizhan.db", clock)
    await again.open()
    try:
        assert await again.read(timers.due, NOW + HOUR) == (lost,)
    finally:
        await again.close()
