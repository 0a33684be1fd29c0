"""What lies on the disk: nobody else's to read, kept no longer than said, and noticed when it was changed."""

from __future__ import annotations

import json
import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from polls_village import everything_on_disk, query
from village import Village, village

from bot import control
from bot.cli import doctor
from bot.clock import ManualClock
from bot.config import load
from bot.housekeeping import Housekeeping
from bot.store import inbox
from bot.store.engine import Store
from bot.store.rows import InboxClass, NewInbox
from policies.model import Platform

pytestmark = pytest.mark.timeout(240)
NOW = datetime(2026, 9, 8, 2, tzinfo=UTC)
CANARY = "我想请假去面试金丝雀"


def readable_by_others(folder: Path) -> list[str]:
    found = [folder, *folder.rglob("*")]
    return [str(path) for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077]


async def examined(place: Village) -> dict[str, Any]:
    """What the living bot's examination says of the audit log."""
    asked = doctor.request(load.load(place.config))
    async for line in control.ask(place.folder / "data", "doctor", asked):
        if "answer" in line:
            return next(one for one in line["answer"] if one["what"].startswith("audit-"))
    raise AssertionError("no answer")


COLUMNS = {
    "at": "2026-09-08 00:00:00.000000",
    "who": "feishu:ou_somebody",
    "act": "judged",
    "subject": "x",
    "rule": "x",
    "why": "x",
    "details": '{"x":1}',
    "previous": "0" * 64,
    "hash": "0" * 64,
}


async def test_nobody_else_reads_it_and_every_change_of_the_audit_log_shows(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00") as place:
        author = place.person("feishu", "李想")
        await author.tells_the_bot("通知接口组：十点半过一下接口")
        await author.presses("就这样")
        await place.pass_time(minutes=5)
        copy = tmp_path / "copy.db"
        assert (await place.run("backup", str(copy)))[0] == 0
        assert readable_by_others(tmp_path / "data") == []
        assert readable_by_others(copy) == []
        assert (await examined(place))["what"] == "audit-whole"
        store = tmp_path / "data" / "yizhan.db"
        kept = query(place, "SELECT * FROM audit ORDER BY seq")
        assert len(kept) >= 2
        for column, value in COLUMNS.items():
            with sqlite3.connect(store, timeout=10) as conn:
                ((before,),) = conn.execute(f"SELECT {column} FROM audit WHERE seq = 2").fetchall()
                assert before != value
                conn.execute(f"UPDATE audit SET {column} = ? WHERE seq = 2", (value,))
            found = await examined(place)
            assert (found["what"], found["mark"], found["at"]) == ("audit-broken", "missing", 2), column
            with sqlite3.connect(store, timeout=10) as conn:
                conn.execute(f"UPDATE audit SET {column} = ? WHERE seq = 2", (before,))
            conn.close()
        assert (await examined(place))["what"] == "audit-whole"
        with sqlite3.connect(store, timeout=10) as conn:
            conn.execute("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
        conn.close()
        assert (await examined(place))["what"] == "audit-broken"
        code, said = await place.run("doctor")
        assert code == 1
        assert "审计日志被改过" in said


async def test_what_was_said_in_private_is_gone_from_every_file_when_its_days_are_over(
    tmp_path: Path,
) -> None:
    """Out of the rows, the pages that nobody uses, and the log of the store."""
    clock = ManualClock(NOW)
    store = Store(f"sqlite:///{tmp_path}/data/x.db", clock, inline=True)
    await store.open()
    try:
        for number in range(200):
            entry = NewInbox(
                platform=Platform.FEISHU,
                tenant="t",
                event_id=f"e{number}",
                cause=f"e{number}",
                klass=InboxClass.FULL,
                kind="event",
                headers={},
                body=json.dumps({"text": CANARY * 20}, ensure_ascii=False),
                received_at=clock.now(),
            )
            row = await store.write(inbox.insert, entry)
            assert row is not None
            await store.write(inbox.mark, row, inbox.InboxState.DONE)
        assert any(CANARY.encode() in body for body in everything_on_disk(tmp_path).values())
        clock.advance(timedelta(days=31))
        kept: Any = SimpleNamespace(
            privacy=SimpleNamespace(keep_payloads_days=30, keep_announcements_days=180, keep_audit_days=400)
        )
        await Housekeeping(store=store, clock=clock, config=kept).clean()
        left = [name for name, body in everything_on_disk(tmp_path).items() if CANARY.encode() in body]
        assert left == []
    finally:
        await store.close()
