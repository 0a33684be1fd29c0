"""送达之后 (landed): what delivery found out about a row, written with all that follows from it, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters.port import Receipt
from bot.pipeline import Told, settle
from bot.store import bundles, outbox
from bot.store.rows import OutboxRow, OutboxState
from bot.turns import again
from bot.world import World
from policies.effects import Effect, SendCard, SendText, platform_of
from policies.wording import digest

if TYPE_CHECKING:
    from bot.store.engine import Connection

FEWEST = 2
"""So many notices at least travel together; one alone leaves by itself."""


def mark_sent(
    conn: Connection,
    row: OutboxRow,
    epoch: int,
    receipt: Receipt,
    world: World,
    now: datetime,
    taken: Mapping[str, Any] | None = None,
) -> Told | None:
    """The receipt, with what a recall found out (``taken``), and what follows from it.

    ``None``: somebody else owns the row now, nothing was written.
    """
    proof = {
        "message_id": receipt.message_id,
        "chat_id": receipt.chat_id,
        "refused": dict(receipt.refused),
        "again": [str(account) for account in receipt.again],
        **(taken or {}),
    }
    if not outbox.sent(conn, row.id, epoch, proof, now):
        return None
    rest = again.rest(row.entry, receipt.again, now)
    if rest is not None:
        outbox.insert(conn, (rest,))
    if row.entry.step == bundles.CARRIER:
        carried = bundles.follow(
            conn,
            row.entry.key,
            OutboxState.SENT,
            receipt={
                **proof,
                "bundle": row.entry.key,
                bundles.PLAIN: isinstance(row.entry.effect, SendText),
            },
            sent_at=now,
            may_have_left=False,
            error_kind="",
            error="",
        )
        return _settle_each(conn, carried, world, now)
    return settle(conn, row, world, now)


def _settle_each(conn: Connection, rows: Sequence[OutboxRow], world: World, now: datetime) -> Told:
    """What one message carried: each item's author and readers see their own."""
    return frozenset().union(*(settle(conn, row, world, now) for row in rows))


REFUSED = "Rejected"
"""The platform did not take it as it is: one item may be at fault, so each is tried by itself."""


def mark_unknown(
    conn: Connection, row: OutboxRow, epoch: int, kind: str, detail: str, world: World, now: datetime
) -> Told | None:
    """It may have arrived; author and admins are told in the same transaction."""
    if not outbox.unknown(conn, row.id, epoch, kind, detail, {"trace": kind}):
        return None
    if row.entry.step == bundles.CARRIER:
        carried = bundles.follow(
            conn,
            row.entry.key,
            OutboxState.UNKNOWN,
            error_kind=kind,
            error=detail,
            receipt={"trace": kind, "bundle": row.entry.key},
        )
        outbox.mark_told(conn, (row.id,), now)
        return _settle_each(conn, carried, world, now)
    return settle(conn, row, world, now)


def mark_dead(
    conn: Connection, row: OutboxRow, epoch: int, kind: str, detail: str, world: World, now: datetime
) -> Told | None:
    """Given up; those who must know are told in the same transaction."""
    if not outbox.dead(conn, row.id, epoch, kind, detail):
        return None
    if row.entry.step == bundles.CARRIER:
        outbox.mark_told(conn, (row.id,), now)
        if kind == REFUSED and not row.may_have_left:
            bundles.part(conn, row.entry.key, now)
            return frozenset({platform_of(row.entry.effect)})
        carried = bundles.follow(conn, row.entry.key, OutboxState.DEAD, error_kind=kind, error=detail)
        return _settle_each(conn, carried, world, now)
    return settle(conn, row, world, now)


def mark_again(
    conn: Connection, row: OutboxRow, epoch: int, moment: datetime, kind: str, code: str, may_have_left: bool
) -> bool:
    """It goes again later; what it carries waits with it, and cannot be taken out any more if it may have left."""
    done = outbox.retry(conn, row.id, epoch, moment, kind, code, may_have_left=may_have_left)
    if done and row.entry.step == bundles.CARRIER:
        left = may_have_left or row.may_have_left
        bundles.follow(conn, row.entry.key, OutboxState.HELD, ready_at=moment, may_have_left=left)
    return done


def mark_absent(conn: Connection, row: OutboxRow, epoch: int, moment: datetime, kind: str, code: str) -> bool:
    """It was looked for and has not arrived: nothing of it has left, and what it carries neither."""
    done = outbox.afresh(conn, row.id, epoch, moment, kind, code)
    if done and row.entry.step == bundles.CARRIER:
        bundles.follow(conn, row.entry.key, OutboxState.HELD, ready_at=moment, may_have_left=False)
    return done


def load(conn: Connection, row: OutboxRow, now: datetime) -> OutboxRow | None:
    """A claimed row as it leaves: one that carries others is put together from what still waits for it.

    ``None``: too little is left in it; what is leaves by itself, and is due now.
    """
    if row.entry.step != bundles.CARRIER:
        return row
    leaving = bundles.leave(conn, row.entry.key, now)
    if len(leaving) < FEWEST and not row.may_have_left:
        bundles.part(conn, row.entry.key, now)
        bundles.drop(conn, row.id)
        return None
    if row.may_have_left:
        return row
    effects = [one.entry.effect for one in leaving]
    whole: Effect
    match row.entry.effect:
        case SendCard() as sent:
            whole = replace(sent, card=digest.card(effects))
        case SendText() as sent:
            whole = replace(sent, text=digest.text(effects))
        case _:
            raise TypeError("only a card or a text carries others")
    bundles.reword(conn, row.id, whole)
    return replace(row, entry=replace(row.entry, effect=whole))


FEWEST = 2
