"""Internal groups (内部群) as a member sees them, and a mute of all: calls of the vendor's client without a page.

SDK im_1_0: what the answers mean is read off the names, ``banWordsMode`` is a guess.
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.robot import TALK, offset_of

READ, WRITE = "qyapi_chat_read", "qyapi_chat_manage"
PAGE = 200


class InnerGroups(Part):
    """Members, search, mute."""

    def apis(self) -> list[Api]:
        base = "/v1.0/im/innerGroups"
        return [
            Api("POST", f"{base}/members/query", self.members, READ, documented=False),
            Api("POST", f"{base}/search", self.search, READ, documented=False),
            Api("POST", "/v1.0/im/groups/words/ban", self.ban, WRITE, documented=False),
        ]

    async def members(self, call: Call) -> dict[str, Any]:
        """For a member only."""
        chat = self._platform.robot.group(call)
        if self._platform.groups.member(call.body.text("userId")).id not in chat.members:
            raise NewError("userNotInGroup", "用户不在群内")
        size, start = call.body.number("maxResults", 100, least=1, most=PAGE), offset_of(call.body)
        every = list(chat.members)
        more = len(every) > start + size
        answer: dict[str, Any] = {"userIds": every[start : start + size], "hasMore": more}
        return {**answer, "nextToken": str(start + size)} if more else answer

    async def search(self, call: Call) -> dict[str, Any]:
        """Among the person's own groups, by name."""
        person, word = self._platform.groups.member(call.body.text("userId")), call.body.text("searchKey")
        size = call.body.number("maxResults", 20, least=1, most=PAGE)
        chats = self._town.chats["dingtalk"].values()
        found = [
            c for c in chats if c.active and c.kind != TALK and person.id in c.members and word in c.name
        ]
        return {
            "groupInfos": [
                {
                    "openConversationId": c.id, "title": c.name, "memberAmount": len(c.members),
                    "icon": c.extra.get("icon", ""),
                }
                for c in found[:size]
            ]
        }  # fmt: skip

    async def ban(self, call: Call) -> None:
        """0 free, 1 owner and administrators only; the answer is empty."""
        chat = self._platform.robot.group(call)
        self._platform.groups.check_owner(chat.owner)
        muted = call.body.number("banWordsMode", least=0, most=1)
        self._platform.edit_chat(chat, {"speak": "admins" if muted else "all"}, chat.owner)
