"""取回一条 (recalling): what stays of a message that carries several notices, when some of them are taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store import announcements, bundles, outbox
from policies.announcement import State
from policies.card import Card
from policies.wording import digest

if TYPE_CHECKING:
    from bot.store.engine import Connection

_GONE = (State.RECALLING, State.RECALLED)


def face(conn: Connection, key: str) -> Card | None:
    """The card without the words of what was taken back; ``None``: the message as a whole is to go.

    Read when the update is about to leave, so that of two taken back at once the later face hides both.
    """
    carrier = outbox.by_key(conn, key)
    if carrier is None or carrier.entry.step != bundles.CARRIER:
        return None
    items = bundles.carried(conn, key)
    gone = {nth for nth, item in enumerate(items) if _is_gone(conn, item.entry.announcement)}
    if len(gone) == len(items):
        return None
    return digest.card([item.entry.effect for item in items], gone)


def _is_gone(conn: Connection, announcement: str) -> bool:
    row = announcements.get(conn, announcement)
    return row is None or row.state in _GONE
