"""An outbox row, between the database and the value."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from bot.store.rows import NewOutbox, OutboxRow, OutboxState
from policies import effects
from policies.model import Account, PersonId, Weight


def values(row: NewOutbox) -> dict[str, Any]:
    """A new row as the database takes it."""
    return {
        "key": row.key,
        "former_keys": [],
        "platform": effects.platform_of(row.effect).value,
        "effect": effects.to_json(row.effect),
        "step": row.step,
        "state": row.state.value,
        "announcement": row.announcement,
        "weight": int(row.weight),
        "copies": len(row.recipients),
        "message_id": "",
        "recipients": [str(account) for account in row.recipients],
        "not_before": row.not_before,
        "release_group": row.group,
        "tell": row.tell,
        "cause": row.cause,
        "generation": row.generation,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "ready_at": row.not_before or row.created_at,
        "receipt": {},
    }


def read(row: Row[Any]) -> OutboxRow:
    """A database row as a value."""
    return OutboxRow(
        id=row.id,
        entry=NewOutbox(
            key=row.key,
            effect=effects.from_json(row.effect),
            step=row.step,
            state=OutboxState(row.state),
            announcement=row.announcement,
            weight=Weight(row.weight),
            recipients=tuple(Account.parse(account) for account in row.recipients),
            not_before=row.not_before,
            group=row.release_group,
            tell=None if row.tell is None else PersonId(row.tell),
            cause=row.cause,
            generation=row.generation,
            created_at=row.created_at,
            expires_at=row.expires_at,
        ),
        state=OutboxState(row.state),
        attempts=row.attempts,
        first_attempt_at=row.first_attempt_at,
        attempted_at=row.attempted_at,
        next_attempt_at=row.next_attempt_at,
        sent_at=row.sent_at,
        receipt=row.receipt,
        error_kind=row.error_kind,
        error=row.error,
        owner=row.owner,
        epoch=row.epoch,
        ready_at=row.ready_at,
        may_have_left=row.may_have_left,
        told_at=row.told_at,
        settled_by=row.settled_by,
        bundle=row.bundle,
    )
