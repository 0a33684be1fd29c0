"""Hot queries go through their partial indexes, however much is held, done or sent."""

from __future__ import annotations

import pytest
from sqlalchemy import event, insert, text
from store_builders import HOUR, MINUTE, NOW, outgoing

from bot.store import bundles, inbox, outbox, timers
from bot.store.outbox_codec import values
from bot.store.rows import InboxState, OutboxState
from bot.store.tables import inbox as inbox_table
from bot.store.tables import outbox as outbox_table
from bot.store.tables import timers as timers_table
from policies.model import Platform, Weight

FEISHU = Platform.FEISHU


def _fill(conn):
    """Much that is over or held, little that is hot: as in a company after a year."""
    rows = [
        values(
            outgoing(
                f"plan-{n}",
                state=OutboxState.HELD if n % 2 else OutboxState.SENT,
                announcement=f"a{n // 50}",
                group=f"g{n // 50}" if n % 2 else "",
                not_before=NOW + n * MINUTE,
            )
        )
        for n in range(1200)
    ]
    for n in range(40):
        due = outgoing(
            f"due-{n}", weight=Weight(n % 5), not_before=NOW + (n - 20) * MINUTE, expires_at=NOW + HOUR
        )
        rows.append(values(due))
    conn.execute(insert(outbox_table), rows)
    conn.execute(
        insert(inbox_table),
        [
            {
                "platform": "feishu",
                "tenant": "t1",
                "event_id": f"e{n}",
                "cause": f"c{n}",
                "family": "message",
                "klass": "full",
                "kind": "said",
                "headers": {},
                "body": "",
                "received_at": NOW - n * MINUTE,
                "state": (InboxState.NEW if n % 1000 == 0 else InboxState.DONE).value,
                "note": "",
                "turn_at": NOW - n * MINUTE,
            }
            for n in range(6000)
        ],
    )
    conn.execute(
        insert(timers_table),
        [
            {
                "key": f"k{n}",
                "due_at": NOW + n * MINUTE,
                "kind": "release",
                "subject": f"a{n}",
                "catch_up": "late",
                "state": "pending" if n % 100 == 0 else "done",
            }
            for n in range(600)
        ],
    )
    conn.execute(text("ANALYZE"))


HOT = {
    "due rows": (lambda conn: outbox.due(conn, FEISHU, NOW, 50), "ix_outbox_due"),
    "the next page of due rows": (
        lambda conn: outbox.due(conn, FEISHU, NOW, 50, after=outbox.due(conn, FEISHU, NOW, 1)[0]),
        "ix_outbox_due",
    ),
    "the next due moment": (lambda conn: outbox.next_due_at(conn, FEISHU, NOW), "ix_outbox_due"),
    "the next moment after now": (lambda conn: outbox.next_due_after(conn, FEISHU, NOW), "ix_outbox_due"),
    "orphans": (lambda conn: outbox.orphans(conn, FEISHU, "me", 2), "ix_outbox_attempted"),
    "rows that nobody was told of": (lambda conn: outbox.untold(conn), "ix_outbox_untold"),
    "answers that are too late": (lambda conn: outbox.expire(conn, NOW), "ix_outbox_"),
    "a release": (lambda conn: outbox.release(conn, "g3", NOW), "ix_outbox_waiting"),
    "the rows of a release": (lambda conn: outbox.in_group(conn, "g3"), "ix_outbox_waiting"),
    "what a morning gathers": (lambda conn: bundles.waiting(conn, "morning:1"), "ix_outbox_bundle"),
    "what a message carries": (lambda conn: bundles.carried(conn, "k" * 40), "ix_outbox_bundle"),
    "undoing": (lambda conn: outbox.cancel(conn, "a3"), "ix_outbox_announcement"),
    "the states of an announcement": (lambda conn: outbox.summary(conn, "a3"), "ix_outbox_announcement"),
    "a row by what the platform shows": (
        lambda conn: outbox.by_message(conn, FEISHU, "om_1"),
        ("ix_outbox_message", "uq_outbox_key", "sqlite_autoindex_outbox"),
    ),
    "what came in": (lambda conn: inbox.next_new(conn, 20), "ix_inbox_new"),
    "how much came in": (lambda conn: inbox.open_count(conn), "ix_inbox_new"),
    "due timers": (lambda conn: timers.due(conn, NOW, 20), "ix_timers_pending"),
    "the next timer": (lambda conn: timers.next_at(conn), "ix_timers_pending"),
}


@pytest.mark.parametrize("name", HOT)
async def test_the_plan_of_a_hot_query_goes_through_its_index(filled, name):
    ask, indexes = HOT[name]
    wanted = (indexes,) if isinstance(indexes, str) else indexes
    for plan in await filled.write(_plans, ask):
        assert any(index in plan for index in wanted), plan
        assert "SCAN outbox\n" not in plan
        assert "Seq Scan on outbox" not in plan
        assert "TEMP B-TREE" not in plan, plan


def _plans(conn, ask):
    asked = []

    def note(_conn, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    event.listen(conn, "before_cursor_execute", note)
    ask(conn)
    event.remove(conn, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if conn.dialect.name == "sqlite" else "EXPLAIN "
    return [
        "\n".join(str(row[-1]) for row in conn.exec_driver_sql(explain + statement, parameters)) + "\n"
        for statement, parameters in asked
    ]


@pytest.fixture
async def filled(store):
    await store.write(_fill)
    return store
