"""Do a million held rows slow down what is due, and what does it cost to say first what will be sent?

``python -m bench.held [--held 1000000] [--due 600]``, on SQLite and, where there is one, on PostgreSQL. The store's part
of delivery without a network: look, claim, mark, each with the commit that delivery waits for; first beside a thousand
held rows, then beside a million. The reference of the claim is the same with the mark alone. Medians of three rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
import statistics
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, text, update

from bot.clock import ManualClock
from bot.store import migrate, outbox
from bot.store.engine import Store
from bot.store.rows import NewOutbox, OutboxState
from bot.store.tables import metadata
from bot.store.tables import outbox as table
from policies.effects import SendText
from policies.model import Account, Chat, Platform

NOW = datetime(2026, 9, 29, 2, 0, tzinfo=UTC)
FEISHU = Platform.FEISHU
ROUNDS = 3


def _row(key: str, state: OutboxState) -> NewOutbox:
    """One notice to a group, due now or tomorrow."""
    later = state is OutboxState.HELD
    return NewOutbox(
        key=key,
        effect=SendText(to=Chat(FEISHU, "oc_rd"), text="明早例会改到十点"),
        step="notice",
        recipients=(Account(FEISHU, "ou_zhang"),),
        created_at=NOW,
        state=state,
        group="release:a1:1" if later else "",
        not_before=NOW + timedelta(days=1) if later else NOW,
    )


def _hold(conn: Connection, held: int) -> None:
    """So many like the first one, by the engine itself."""
    outbox.insert(conn, (_row("h" * 40, OutboxState.HELD),))
    columns = [column.name for column in table.c if column.name not in ("id", "key")]
    named = ", ".join(f'"{name}"' for name in columns)
    numbers = (
        f"SELECT n FROM generate_series(1, {held}) AS n"
        if conn.dialect.name == "postgresql"
        else f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {held}) SELECT n FROM c"
    )
    made = (
        "lpad(numbers.n::text, 40, '0')"
        if conn.dialect.name == "postgresql"
        else "printf('%040d', numbers.n)"
    )
    conn.exec_driver_sql(
        f"INSERT INTO outbox (key, {named}) SELECT {made}, {named}"
        f" FROM outbox CROSS JOIN ({numbers}) AS numbers WHERE key = '{'h' * 40}'"
    )


def _due(conn: Connection, number: int, due: int) -> None:
    outbox.insert(conn, [_row(f"d{number:09d}{n:030d}", OutboxState.DUE) for n in range(due)])


def _mark_alone(conn: Connection, id_: int) -> None:
    """What a channel that knows our key could do with: nothing is said before it is sent."""
    conn.execute(update(table).where(table.c.id == id_).values(state=OutboxState.SENT.value, sent_at=NOW))


async def _with_intent(store: Store, limit: int) -> int:
    rows = await store.read(outbox.due, FEISHU, NOW, limit)
    claims = (store.write_grouped(_claim, row.id) for row in rows)
    await asyncio.gather(*claims)
    await asyncio.gather(*(store.write_grouped(_sent, row.id) for row in rows))
    return len(rows)


async def _without(store: Store, limit: int) -> int:
    rows = await store.read(outbox.due, FEISHU, NOW, limit)
    await asyncio.gather(*(store.write_grouped(_mark_alone, row.id) for row in rows))
    return len(rows)


def _claim(conn: Connection, id_: int) -> None:
    outbox.attempt(conn, (id_,), "bench", 1, NOW)


def _sent(conn: Connection, id_: int) -> None:
    assert outbox.sent(conn, id_, 1, {"message_id": f"om_{id_}"}, NOW)


IN_FLIGHT = 6


async def _rate(store: Store, due: int, number: int, how: Callable[..., Awaitable[int]]) -> float:
    """Rows a second."""
    await store.write(_due, number, due)
    began_s, done = time.perf_counter(), 0
    while done < due:
        done += await how(store, IN_FLIGHT)
    return done / (time.perf_counter() - began_s)


async def _measure(url: str, held: int, due: int) -> None:
    store = Store(url, ManualClock(NOW))
    await store.open()
    if store.is_postgres:
        await store.write(_emptied)
    rates: dict[str, float] = {}
    number = 0
    for name, rows in (("few", 1000), ("many", held)):
        await store.write(_hold, rows) if name == "few" else await store.write(_more, rows)
        for what, how in (("with", _with_intent), ("without", _without)):
            found = []
            for _ in range(ROUNDS):
                number += 1
                found.append(await _rate(store, due, number, how))
            rates[f"{what} {name}"] = statistics.median(found)
    await store.close()
    print(f"{'PostgreSQL' if store.is_postgres else 'SQLite'}, rows a second:")
    print(f"  beside 1,000 held {rates['with few']:.0f}, beside {held:,} {rates['with many']:.0f}", end="")
    print(f", ratio {rates['with many'] / rates['with few']:.2f} (goal 0.8)")
    print(f"  intent first {rates['with few']:.0f}, the mark alone {rates['without few']:.0f}", end="")
    print(f", ratio {rates['with few'] / rates['without few']:.2f} (goal 0.33)")


def _more(conn: Connection, held: int) -> None:
    conn.execute(text("DELETE FROM outbox WHERE state = 'held'"))
    _hold(conn, held)


def _emptied(conn: Connection) -> None:
    conn.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY"))


@contextmanager
def _postgres() -> Iterator[str]:
    """The address of a server of our own, ``""`` where there is none."""
    folder = Path(tempfile.mkdtemp(prefix="yizhan-pg-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pgserver

            server = pgserver.get_server(folder, cleanup_mode="stop")
        except Exception as error:  # noqa: BLE001 - whatever it is, there is none
            print(f"no PostgreSQL here: {error}")
            yield ""
            return
    try:
        url: str = server.get_uri()
        migrate.upgrade_postgres(url)
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=600)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(f"sqlite:///{Path(folder) / 'yizhan.db'}", asked.held, asked.due))
    with _postgres() as url:
        if url:
            asyncio.run(_measure(url, asked.held, asked.due))


if __name__ == "__main__":
    main()
