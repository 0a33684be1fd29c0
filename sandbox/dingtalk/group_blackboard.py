"""Announcements of a group (群公告), by owner and administrators; each stands in the chat as well.

SDK group_blackboard_1_0 only, without a page: permission, rights and error codes are guesses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.robot import offset_of
from sandbox.model import Chat, Message, Person

SCOPE = "qyapi_chat_manage"
PAGE = 50


@dataclass(slots=True)
class Notice:
    id: str
    chat: str
    author: str
    content: str
    sticky: bool
    at: int
    changed_at: int
    message: Message


class GroupBlackboard(Part):
    """Made, changed, read, deleted; all for one group."""

    def clear(self) -> None:
        self._all: dict[str, Notice] = {}
        self._unique: dict[tuple[str, str], str] = {}

    def apis(self) -> list[Api]:
        base = "/v1.0/groupBlackboard/blackboards"
        calls = (
            ("create", self.create),
            ("edit", self.edit),
            ("delete", self.delete),
            ("get", self.get),
            ("list", self.list),
        )
        return [Api("POST", f"{base}/{name}", call, SCOPE, documented=False) for name, call in calls]  # fmt: skip

    def _member(self, call: Call) -> tuple[Chat, Person]:
        chat = self._platform.robot.group(call)
        person = self._platform.groups.member(call.body.text("userId"))
        if person.id not in chat.members:
            raise NewError("userNotInGroup", "用户不在群内")
        return chat, person

    def _admin(self, call: Call) -> tuple[Chat, Person]:
        chat, person = self._member(call)
        if person.id != chat.owner and person.id not in chat.admins:
            raise NewError("permissionDenied", "只有群主和群管理员可以发群公告", status=403)
        return chat, person

    def _notice(self, call: Call, chat: Chat) -> Notice:
        notice = self._all.get(call.body.text("dataId"))
        if notice is None or notice.chat != chat.id:
            raise NewError("dataNotExist", "群公告不存在")
        return notice

    def _posted(self, call: Call, chat: Chat, person: Person, content: str) -> Message:
        message = self._town.post(
            "dingtalk", id=self._platform.new_message_id(), sender=person.id, text=f"群公告\n{content}", chat=chat.id,
            kind="markdown", extra={"via": "groupBlackboard"},
        )  # fmt: skip
        call.made(message.id)
        return message

    async def create(self, call: Call) -> dict[str, Any]:
        """``uniqueId`` again makes no second one."""
        chat, person = self._admin(call)
        content, unique = call.body.text("content"), (chat.id, call.body.text("uniqueId", ""))
        sticky = call.body.flag("sticky", default=False)
        call.body.flag("sendDing", default=False)
        known = self._unique.get(unique) if unique[1] else None
        if known is None:
            known, now = self._town.new_id("", "group-blackboard"), self._town.clock.now_ms()
            message = self._posted(call, chat, person, content)
            self._all[known] = Notice(known, chat.id, person.id, content, sticky, now, now, message)
            self._unique[unique] = known
        return {"dataId": known, "success": True}

    async def edit(self, call: Call) -> dict[str, Any]:
        chat, person = self._admin(call)
        notice = self._notice(call, chat)
        notice.content = call.body.text("content")
        notice.sticky = call.body.flag("sticky", default=notice.sticky)
        notice.changed_at = self._town.clock.now_ms()
        notice.message = self._posted(call, chat, person, notice.content)
        return {"dataId": notice.id, "success": True}

    async def delete(self, call: Call) -> dict[str, Any]:
        chat, _ = self._admin(call)
        del self._all[self._notice(call, chat).id]
        return {"isDeleted": True, "success": True}

    async def get(self, call: Call) -> dict[str, Any]:
        chat, _ = self._member(call)
        return {"success": True, "result": self._shown(self._notice(call, chat))}

    async def list(self, call: Call) -> dict[str, Any]:
        """Sticky ones first, then the newest."""
        chat, _ = self._member(call)
        size = call.body.number("pageSize", 20, least=1, most=PAGE)
        start = offset_of(call.body, "nextPageCursor")
        every = [each for each in reversed(self._all.values()) if each.chat == chat.id]
        every.sort(key=lambda each: not each.sticky)
        more = len(every) > start + size
        shown = [self._shown(each) for each in every[start : start + size]]
        answer: dict[str, Any] = {"success": True, "blackboardList": shown, "hasMore": more}
        return {**answer, "nextPageCursor": str(start + size)} if more else answer

    def _shown(self, notice: Notice) -> dict[str, Any]:
        return {
            "dataId": notice.id, "title": "群公告", "content": notice.content, "sticky": notice.sticky,
            "readCount": len(notice.message.read_by), "gmtCreate": notice.at, "gmtModified": notice.changed_at,
            "userId": notice.author, "userName": self._town.people["dingtalk"][notice.author].name,
        }  # fmt: skip
