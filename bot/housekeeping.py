"""保存期限 (housekeeping): what may not be kept any longer goes, every night, and the audit says so."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bot.clock import CivilClock
from bot.config.model import Config
from bot.store import actions, audit, dialogs, inbox, kept, letters, polls, receipts, tickets, timers
from bot.store.engine import Connection, Queue, Store
from bot.store.rows import AuditEntry
from policies.model import Scalar

log = logging.getLogger(__name__)

KEEP_PARTICIPATION_DAYS = 30
"""Who was asked and who took part in a questionnaire is forgotten so long after its end."""
KEEP_IDS_DAYS = 30
"""Ids of events stay this long at least, so that a repeat is known; their payloads may go earlier."""


class Housekeeping:
    """The nightly purge, by the days of ``[privacy]``."""

    def __init__(self, *, store: Store, clock: CivilClock, config: Config) -> None:
        self._store = store
        self._clock = clock
        self._payload_days = config.privacy.keep_payloads_days
        self._receipt_days = config.privacy.keep_announcements_days
        self._audit_days = config.privacy.keep_audit_days

    async def clean(self) -> None:
        """Payloads first (they hold people's words), then what only ids are left of; then the write-ahead log, in which
        what was emptied would stand until the day has written over it."""
        gone = await self._store.write(
            _clean,
            self._clock.now(),
            self._payload_days,
            self._receipt_days,
            self._audit_days,
            queue=Queue.CHORES,
        )
        emptied = await self._store.truncate_log()
        log.info("retention", extra={**gone, "log_emptied": emptied})


def _clean(
    conn: Connection, now: datetime, payload_days: int, receipt_days: int, audit_days: int
) -> dict[str, Scalar]:
    payloads_before = now - timedelta(days=payload_days)
    ids_before = now - timedelta(days=max(payload_days, KEEP_IDS_DAYS))
    gone: dict[str, Scalar] = {
        "payloads": inbox.shed(conn, payloads_before),
        "events": inbox.purge(conn, ids_before),
        "actions": actions.expire(conn, ids_before),
        "dialogs": dialogs.purge(conn, ids_before),
        "timers": timers.purge(conn, ids_before),
        "receipts": receipts.purge(conn, now - timedelta(days=receipt_days)),
        "letters": letters.purge(conn, (now - timedelta(days=receipt_days)).strftime("%Y-%m-%d")),
        "tickets": tickets.purge(conn, now - timedelta(days=receipt_days)),
        **kept.purge(conn, now - timedelta(days=receipt_days)),
        "participation": polls.purge_participation(conn, now - timedelta(days=KEEP_PARTICIPATION_DAYS)),
        **audit.purge(conn, now - timedelta(days=audit_days)),
    }
    audit.append(conn, (AuditEntry(at=now, who="yizhan", act=audit.PURGED, details=gone),))
    return gone
