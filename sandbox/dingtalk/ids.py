"""Ids (标识) that DingTalk gives the same thing beside the one the town knows it by; all derived, none stored."""

from __future__ import annotations

from sandbox.model import Chat, Person
from sandbox.town import Town

ROBOT_NAME = "驿站"


class Ids:
    """From the seed and the id alone, with an index for the way back."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def union_id(self, person: str) -> str:
        return self._town.derive("", "union", person, length=22) + "iE"

    def opaque_id(self, person: str) -> str:
        """What ``senderId`` and ``dingtalkId`` are: never a staff id."""
        return self._town.derive("$:LWCP_v1:$", "opaque", person, length=24)

    def open_id(self, person: str) -> str:
        return self._town.derive("", "open", person, length=22)

    @property
    def robot(self) -> str:
        """``chatbotUserId``."""
        return self.opaque_id("robot")

    def direct(self, person: str) -> str:
        """The conversation of a person with the robot."""
        return "cid" + self._town.derive("", "direct", person, length=22) + "=="

    def chat_id(self, chat: Chat) -> str:
        """``chatid``, the older id of a group."""
        return self._town.derive("chat", "chatid", chat.id)

    def by_union(self, union_id: str) -> Person | None:
        side = self._town.people.get("dingtalk", {})
        return next((p for p in side.values() if p.active and self.union_id(p.id) == union_id), None)

    def by_chat_id(self, chat_id: str) -> Chat | None:
        side = self._town.chats.get("dingtalk", {})
        return next((chat for chat in side.values() if self.chat_id(chat) == chat_id), None)

    def agent_id(self) -> int:
        return int(self._town.digits(9, "agent"))
