"""Values for the store's tests: each with everything filled in, so that a test names only what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from bot.store import keys
from bot.store.rows import AnnouncementRow, InboxClass, NewInbox, NewOutbox
from policies.announcement import State
from policies.effects import SendText
from policies.model import Account, Announcement, Audience, AudienceKind, Chat, PersonId, Platform

NOW = datetime(2026, 9, 29, 13, 40, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

ZHANG = Account(Platform.FEISHU, "ou_zhang")
LI = Account(Platform.DINGTALK, "li4")
GROUP = Chat(Platform.FEISHU, "oc_rd")
AUTHOR = PersonId("feishu:ou_zhang")

_numbers = count(1)


def incoming(event_id: str = "ev-1", **changes) -> NewInbox:
    entry = NewInbox(
        platform=Platform.FEISHU,
        tenant="t1",
        event_id=event_id,
        cause=f"om-{event_id}",
        klass=InboxClass.FULL,
        kind="said",
        headers={"type": "im.message.receive_v1"},
        body='{"text":"通知研发部"}',
        received_at=NOW,
    )
    return replace(entry, **changes)


def outgoing(name: str = "", **changes) -> NewOutbox:
    name = name or f"row-{next(_numbers)}"
    row = NewOutbox(
        key=keys.derive("t1", name, "send", str(GROUP)),
        effect=SendText(to=GROUP, text="明早例会改到十点"),
        step="send",
        recipients=(ZHANG,),
        created_at=NOW,
    )
    return replace(row, **changes)


def asked(name: str = "a1", state: State = State.SCHEDULED, **changes) -> AnnouncementRow:
    content = {part: changes.pop(part) for part in ("author", "text", "tags", "urgency") if part in changes}
    announcement = Announcement(
        id=name,
        author=AUTHOR,
        text="明早例会改到十点",
        audience=Audience(kind=AudienceKind.DEPARTMENT, name="研发部"),
    )
    row = AnnouncementRow(
        announcement=replace(announcement, **content), state=state, asked_from=ZHANG, created_at=NOW
    )
    return replace(row, **changes)
