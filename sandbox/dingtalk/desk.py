"""Smaller things (其他): to-dos, searches, the app's visible range, top boxes.

D/add-dingtalk-to-do-task, D/address-book-search-user-id, D/obtains-the-application-visible-range,
D/send-group-helper-message, D/close-interactive-card-ceiling (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk.door import PERSON, Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.part import Part
from sandbox.model import BOT

LONGEST_SUBJECT = 1_024
TOPS_PER_CHAT = 10
PRIORITIES = (10, 20, 30, 40)


class Desk(Part):
    """Calls without a state worth a part of their own."""

    def clear(self) -> None:
        self._todos: dict[str, dict[str, Any]] = {}
        self._tops: dict[str, dict[str, None]] = {}

    def apis(self) -> list[Api]:
        return [
            Api("POST", "/v1.0/todo/users/{unionId}/tasks", self.add_todo, "Todo.Todo.Write"),
            Api("POST", "/v1.0/todo/users/me/personalTasks", self.add_own_todo, "Todo.Todo.Write", token=PERSON),
            Api("POST", "/v1.0/contact/users/search", self.search_users, "qyapi_addresslist_search", pot=""),
            Api("POST", "/v1.0/contact/departments/search", self.search_departments, "qyapi_addresslist_search", pot="", documented=False),
            Api("GET", "/v1.0/microApp/apps/{agentId}/scopes", self.app_scopes, "qyapi_microapp_manage"),
            Api("POST", "/v2.0/im/topBoxes", self.open_top, "qyapi_chat_manage"),
            Api("POST", "/v2.0/im/topBoxes/close", self.close_top, "qyapi_chat_manage"),
        ]  # fmt: skip

    # -- to-dos

    def _person(self, union_id: str) -> str:
        person = self._platform.ids.by_union(union_id)
        if person is None:
            raise NewError("invalidParameter.unionId", "unionId不存在")
        return person.id

    async def add_todo(self, call: Call) -> dict[str, Any]:
        """One task for each ``sourceId``; ``detailUrl`` is needed since 2024."""
        body = call.body
        self._person(call.path["unionId"])
        subject = body.text("subject", longest=LONGEST_SUBJECT)
        detail = body.object("detailUrl")
        detail.text("appUrl")
        detail.text("pcUrl")
        if body.has("priority") and body.number("priority") not in PRIORITIES:
            raise body.wrong("priority", "must be 10, 20, 30 or 40")
        due = body.number("dueTime", 0)
        executors = body.texts("executorIds", [], most=1_000)
        source = body.text("sourceId", "")
        if source and source in self._todos:
            return self._todos[source]
        for each in executors:
            posted = self._town.post(
                "dingtalk", id=self._platform.new_message_id(), sender=BOT, text=subject, person=self._person(each),
                kind="todo", extra={"via": "todo"},
            )  # fmt: skip
            call.made(posted.id)
        task: dict[str, Any] = {
            "id": self._town.new_id("", "todo"), "subject": subject, "sourceId": source, "executorIds": executors,
            "creatorId": body.text("creatorId", call.path["unionId"]), "done": False, "source": "town",
            "createdTime": self._town.clock.now_ms(), "modifiedTime": self._town.clock.now_ms(),
            **({"dueTime": due} if due else {}),
        }  # fmt: skip
        self._todos[source or task["id"]] = task
        return task

    async def add_own_todo(self, call: Call) -> dict[str, Any]:
        """With a person's token: for that person, or for those named by union id."""
        own = self._platform.ids.union_id(call.person)
        subject = call.body.text("subject", longest=LONGEST_SUBJECT)
        for each in [
            self._person(union_id) for union_id in call.body.texts("executorIds", [], most=1_000) or [own]
        ]:
            posted = self._town.post(
                "dingtalk", id=self._platform.new_message_id(), sender=BOT, text=subject, person=each, kind="todo",
                extra={"via": "todo"},
            )  # fmt: skip
            call.made(posted.id)
        return {"taskId": self._town.new_id("", "todo"), "createdTime": self._town.clock.now_ms()}

    # -- searches

    async def search_users(self, call: Call) -> dict[str, Any]:
        word = call.body.text("queryWord")
        people = [p.id for p in self._town.people["dingtalk"].values() if p.active and word in p.name]
        return self._page(call, people, 100)

    async def search_departments(self, call: Call) -> dict[str, Any]:
        word = call.body.text("queryWord")
        found = [int(d.id) for d in self._town.departments["dingtalk"].values() if word in d.name]
        return self._page(call, found, 20)

    @staticmethod
    def _page(call: Call, every: list[Any], most: int) -> dict[str, Any]:
        start, size = call.body.number("offset", least=0), call.body.number("size", least=1, most=most)
        return {
            "hasMore": len(every) > start + size,
            "totalCount": len(every),
            "list": every[start : start + size],
        }

    # -- the app

    async def app_scopes(self, call: Call) -> dict[str, Any]:
        if call.path["agentId"] != str(self._platform.ids.agent_id()):
            raise NewError("resource.not.found", "应用不存在")
        departments = [int(each) for each in self._platform.app_range()]
        return {"result": {"userIds": [], "deptIds": departments, "roleIds": [], "onlyAdminVisible": False}}

    # -- top boxes

    async def open_top(self, call: Call) -> dict[str, Any]:
        """Scene groups, and groups with a 群聊酷应用; ten open ones in a conversation."""
        chat = self._platform.robot.group(call)
        call.body.text("cardTemplateId")
        number = call.body.text("outTrackId")
        if chat.kind != "scene" and "cool_app" not in chat.extra:
            raise NewError("groupPermissionDenied", "该群未安装群模板", status=403)
        open_now = self._tops.setdefault(chat.id, {})
        if number not in open_now and len(open_now) >= TOPS_PER_CHAT:
            raise NewError("topbox.exceed", "吊顶卡片超过10个")
        open_now[number] = None
        return {"success": True}

    async def close_top(self, call: Call) -> dict[str, Any]:
        chat = self._platform.robot.group(call)
        self._tops.get(chat.id, {}).pop(call.body.text("outTrackId"), None)
        return {"success": True}
