"""已读的来历 (looks): which messages are still worth a question, what the platforms told, and the answer that follows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from adapters.port import ReadState
from bot import facts, pipeline, reach
from bot.store import meter, receipts
from bot.store.rows import Look, OutboxRow, OutboxState, ReceiptEntry, ReceiptKind
from bot.turns import readers, received
from bot.world import World
from policies import metrics
from policies.effects import platform_of
from policies.model import Platform

if TYPE_CHECKING:
    from bot.store.engine import Connection


def to_be_asked(
    conn: Connection, look: Look, world: World, now: datetime, limit: int
) -> tuple[OutboxRow, ...]:
    """Messages whose platform may still tell something new, where the month's pot allows it: receipts stop first."""
    known = reach.gather(conn, world.directory, look.announcement)
    month = now.astimezone(ZoneInfo(world.zone)).strftime("%Y-%m")
    asked = []
    for row in known.rows:
        platform = platform_of(row.entry.effect)
        people = {world.directory.by_account(account) for account in row.entry.recipients}
        has_all = all(person is None or person.id in known.read for person in people)
        pot = world.pots.get((platform, "calls"), 0)
        is_dear = bool(pot) and meter.read(conn, platform, month, "calls") >= pot * received.TOO_DEAR
        if row.state is not OutboxState.SENT or row.sent_at is None or has_all or is_dear:
            continue
        if now - row.sent_at <= metrics.WINDOWS[platform] and row.receipt.get("message_id"):
            asked.append(row)
    return tuple(asked[:limit])


def seen(
    conn: Connection,
    row: OutboxRow,
    state: ReadState,
    world: World,
    now: datetime,
    pot: tuple[Platform, str],
) -> None:
    """What a platform told of one message; a reader outside its audience is nobody's business."""
    platform, month = pot
    if (platform, "calls") in world.pots:
        meter.add(conn, platform, month, "calls")
    meant = {str(person.id) for one in row.entry.recipients if (person := world.directory.by_account(one))}
    people = ((account, world.directory.by_account(account)) for account in state.readers)
    receipts.put(
        conn,
        [
            ReceiptEntry(
                announcement=row.entry.announcement,
                person=person.id,
                kind=ReceiptKind.READ,
                account=account,
                at=now,
            )
            for account, person in people
            if person is not None and person.id in meant
        ],
    )
    if state.is_complete:
        reach.looked(conn, row.entry.announcement, row.entry.key, now)


def answer_look(conn: Connection, look: Look, world: World, now: datetime) -> bool:
    """The platforms have been asked; who asked is answered in the same transaction, once."""
    if not receipts.answered(conn, look.key, now):
        return False
    scene = facts.gather(conn, world, now, account=look.asked_by, subject=look.announcement)
    pipeline.write(conn, readers.told(look, facts.with_reach(conn, scene)), now)
    return True
