"""对话 (dialogs): what the bot is waiting for from an account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from bot.store.dialect import insert_into
from bot.store.rows import Dialog
from bot.store.tables import dialogs
from policies.model import Account


def get(conn: Connection, account: Account, now: datetime | None = None) -> Dialog | None:
    """As it was left; with ``now``, what is over (``until``) expects nothing and offers nothing any more."""
    row = conn.execute(select(dialogs).where(dialogs.c.account == str(account))).first()
    if row is None:
        return None
    if now is not None and row.until <= now:
        return Dialog(account=account, until=row.until, greeted=row.greeted)
    return Dialog(
        account=account,
        expects=row.expects,
        subject=row.subject,
        offers=tuple((label, action) for label, action in row.offers),
        until=row.until,
        greeted=row.greeted,
    )


def put(conn: Connection, dialog: Dialog) -> None:
    """Replace whatever was there."""
    values = {
        "account": str(dialog.account),
        "expects": dialog.expects,
        "subject": dialog.subject,
        "offers": [list(offer) for offer in dialog.offers],
        "until": dialog.until,
        "greeted": dialog.greeted,
    }
    conn.execute(
        insert_into(conn, dialogs)
        .values(**values)
        .on_conflict_do_update(index_elements=["account"], set_=values)
    )


def clear(conn: Connection, account: Account) -> None:
    """Wait for nothing any more; that the person was greeted once goes with it, so put one without expectations
    where that matters."""
    conn.execute(delete(dialogs).where(dialogs.c.account == str(account)))


def purge(conn: Connection, before: datetime) -> int:
    """Forget what nobody can answer any more, except that they were greeted."""
    where = (dialogs.c.until < before, dialogs.c.greeted.is_(False))
    return conn.execute(delete(dialogs).where(*where)).rowcount
