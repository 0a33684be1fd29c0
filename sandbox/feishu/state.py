"""状态 (state): what the platform remembers beside people, chats and messages; gone at a reset."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True, kw_only=True)
class CardToken:
    """What a press hands to the app for a later change of the card."""

    message: str
    expires_at: datetime
    uses_left: int = 2
    is_answered: bool = False


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """An upload; ``kind`` is the image_type or the file_type."""

    kind: str
    name: str
    content: bytes
    content_type: str = "application/octet-stream"
    by_person: bool = False
    """Sent by somebody in the client: it can be fetched, not sent again."""


@dataclass(slots=True, kw_only=True)
class Batch:
    """A batch message; each copy is a message of its own in the town."""

    copies: list[str]
    total: int
    sent_at: datetime
    recalled: bool = False


@dataclass(slots=True, kw_only=True)
class Node:
    """A folder or file of the drive."""

    token: str
    name: str
    kind: str
    parent: str
    made_at: datetime
    size_bytes: int = 0
    children: list[str] = field(default_factory=list)
    members: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Task:
    """One person's turn in an approval; ``ended_at_ms`` is 0 while it is open."""

    id: str
    person: str
    step: int
    started_at_ms: int
    status: str = "PENDING"
    ended_at_ms: int = 0


@dataclass(slots=True, kw_only=True)
class Instance:
    """An approval on its way; ``flow`` is who decides one after the other."""

    id: str
    approval: str
    person: str
    form: str
    uuid: str
    department: str
    started_at_ms: int
    flow: list[str]
    status: str = "PENDING"
    ended_at_ms: int = 0
    tasks: list[Task] = field(default_factory=list)
    timeline: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class KitCard:
    """A card of CardKit; ``uuids`` are those of the changes it has seen."""

    card: dict[str, Any]
    made_at: datetime
    sequence: int = 0
    presses: int = 0
    """Presses of it that the app has not answered yet."""
    uuids: set[str] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class State:
    """Everything by its id. ``uuids`` maps scope and uuid to what was made and when."""

    uuids: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    met: dict[str, str] = field(default_factory=dict)
    """People whose direct talk with the robot exists, by the chat_id of that talk."""
    card_tokens: dict[str, CardToken] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    pins: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    reactions: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    urgent: dict[str, set[str]] = field(default_factory=dict)
    """Unread urgent messages by person."""
    batches: dict[str, Batch] = field(default_factory=dict)
    cards: dict[str, KitCard] = field(default_factory=dict)
    announcements: dict[str, dict[str, Any]] = field(default_factory=dict)
    tabs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    menus: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    uploads: dict[str, Any] = field(default_factory=dict)
    """Of ``drive_parts``."""
    spaces: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    approvals: dict[str, Instance] = field(default_factory=dict)
    approval_events: set[str] = field(default_factory=set)
    """Codes of definitions whose events the app asked for."""
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    refreshes: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls_by_month: dict[str, int] = field(default_factory=dict)
    member_calls: set[str] = field(default_factory=set)
    """Groups whose members are being changed by a call."""
    made_by_day: dict[str, int] = field(default_factory=dict)
    """What has a daily ceiling: copies of batch messages, folders, files."""
