"""The nouns of the town: people, departments, chats and messages, the same for both platforms.

What only one platform knows (a union_id, an openConversationId's sibling) is in ``extra``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

BOT = "bot"
"""The robot 驿站 where a person's id could stand: sender, owner, admin, mention."""
ALL = "all"
"""Everybody, in a message's mentions."""

Speak = Literal["all", "admins", "list"]
"""Who may speak in a chat: everybody, owner and admins only, or those of ``speakers`` as well."""


@dataclass(slots=True, kw_only=True)
class Person:
    """One account on one platform; ``id`` is the open_id on Feishu and the userid on DingTalk."""

    id: str
    platform: str
    name: str
    account: str
    departments: list[str]
    head: bool = False
    title: str = ""
    city: str = "杭州"
    zone: str = "Asia/Shanghai"
    mobile: str = ""
    script: str | None = None
    active: bool = True
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Department:
    """``parent`` is ``None`` for the root only; ``members`` are the direct, active ones in order."""

    id: str
    platform: str
    name: str
    parent: str | None
    leader: str | None = None
    children: list[str] = field(default_factory=list)
    members: dict[str, None] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Chat:
    """A group. ``owner`` and ``admins`` may be ``BOT``; ``kind`` is the platform's generation of groups.

    ``kind``: ``natural`` (made by a person in the client), ``bot`` (made by a
    call of the app), ``scene`` (DingTalk's scene group). ``bot``: the robot is in it.
    """

    id: str
    platform: str
    name: str
    owner: str
    created_at: datetime
    admins: dict[str, None] = field(default_factory=dict)
    members: dict[str, None] = field(default_factory=dict)
    bot: bool = False
    speak: Speak = "all"
    speakers: dict[str, None] = field(default_factory=dict)
    kind: str = "natural"
    active: bool = True
    messages: list[Message] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def may_speak(self, person: str) -> bool:
        """Whether the chat's own setting lets this member (or ``BOT``) speak."""
        if self.speak == "all" or person == self.owner or person in self.admins:
            return True
        return self.speak == "list" and person in self.speakers


@dataclass(slots=True, kw_only=True)
class Message:
    """One message; ``chat`` is ``None`` in the direct talk of ``person`` with the robot. Moments are aware."""

    id: str
    seq: int
    platform: str
    chat: str | None
    person: str | None
    sender: str
    kind: str
    text: str
    sent_at: datetime
    card: dict[str, Any] | None = None
    mentions: list[str] = field(default_factory=list)
    recalled: bool = False
    read_by: dict[str, datetime] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As the control door and the page show it."""
        shown: dict[str, Any] = {
            "id": self.id, "platform": self.platform, "chat": self.chat, "person": self.person,
            "sender": self.sender, "kind": self.kind, "text": self.text, "mentions": self.mentions,
            "sent_at": self.sent_at.isoformat(), "recalled": self.recalled,
            "read_by": {person: at.isoformat() for person, at in self.read_by.items()},
        }  # fmt: skip
        if self.card is not None:
            shown["card"] = self.card
        return shown
