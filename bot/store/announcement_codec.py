"""An announcement as a JSON object, and back to an equal value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.store.types import written
from policies.model import (
    Announcement,
    Audience,
    AudienceKind,
    Chat,
    DepartmentId,
    Everyone,
    Mention,
    PersonId,
    Platform,
    Tag,
    Urgency,
)

_EVERYONE = "@all"
"""No person's id begins so: theirs begin with a platform."""


def to_json(announcement: Announcement) -> dict[str, Any]:
    """Plain values only; moments as text in UTC."""
    return {
        "id": announcement.id,
        "author": announcement.author,
        "text": announcement.text,
        "audience": audience_to_json(announcement.audience),
        "tags": sorted(tag.value for tag in announcement.tags),
        "raw_tag": announcement.raw_tag,
        "urgency": announcement.urgency.value,
        "reason": announcement.reason,
        "mentions": [_EVERYONE if mention is Everyone.ALL else mention for mention in announcement.mentions],
        "not_before": None if announcement.not_before is None else written(announcement.not_before),
        "waivers": sorted(announcement.waivers),
    }


def from_json(row: Mapping[str, Any]) -> Announcement:
    """The inverse of ``to_json``."""
    return Announcement(
        id=row["id"],
        author=PersonId(row["author"]),
        text=row["text"],
        audience=audience_from_json(row["audience"]),
        tags=frozenset(Tag(tag) for tag in row["tags"]),
        raw_tag=row["raw_tag"],
        urgency=Urgency(row["urgency"]),
        reason=row["reason"],
        mentions=tuple(_mention(mention) for mention in row["mentions"]),
        not_before=None if row["not_before"] is None else datetime.fromisoformat(row["not_before"]),
        waivers=frozenset(row["waivers"]),
    )


def audience_to_json(audience: Audience) -> dict[str, Any]:
    """Plain values only."""
    return {
        "kind": audience.kind.value,
        "name": audience.name,
        "platform": None if audience.platform is None else audience.platform.value,
        "departments": list(audience.departments),
        "chat": None if audience.chat is None else str(audience.chat),
        "people": list(audience.people),
    }


def audience_from_json(row: Mapping[str, Any]) -> Audience:
    """The inverse of ``audience_to_json``."""
    return Audience(
        kind=AudienceKind(row["kind"]),
        name=row["name"],
        platform=None if row["platform"] is None else Platform(row["platform"]),
        departments=tuple(DepartmentId(department) for department in row["departments"]),
        chat=None if row["chat"] is None else Chat.parse(row["chat"]),
        people=tuple(PersonId(person) for person in row["people"]),
    )


def _mention(written_: str) -> Mention:
    return Everyone.ALL if written_ == _EVERYONE else PersonId(written_)
