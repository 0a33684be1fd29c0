"""Work notices (工作通知): asynchronous, and past a limit silent: the call succeeds and the person gets nothing.

D/asynchronous-sending-of-enterprise-session-messages, D/message-types-and-data-format,
D/gets-the-result-of-sending-messages-asynchronously-to-the-enterprise, D/faq-robot (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sandbox.dingtalk.door import Api, Call, dumps
from sandbox.dingtalk.errors import PARAMETER, OldError
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.model import BOT, Message

USERS_AT_ONCE, DEPARTMENTS_AT_ONCE = 100, 20
RECEIVERS_AT_ONCE = RECEIVERS_PER_MINUTE = 5_000
PER_PERSON_DAY = 500
TO_ALL_PER_DAY = 3
LARGEST_BYTES = 2_048
RESULT_WINDOW = timedelta(hours=24)
SHOWN: dict[str, Callable[[Params], str]] = {
    "text": lambda part: part.text("content"),
    "markdown": lambda part: part.text("title") and part.text("text"),
    "link": lambda part: part.text("title") and part.text("messageUrl") and part.text("text"),
    "image": lambda part: f"[图片] {part.text('media_id')}",
    "voice": lambda part: f"[语音] {part.text('media_id')}",
    "file": lambda part: f"[文件] {part.text('media_id')}",
    "oa": lambda part: (
        part.object("body", {}).text("content", "") or part.object("body", {}).text("title", "")
    ),
    "action_card": lambda part: part.text("title") and part.text("markdown"),
}
DUPLICATE, DAY_LIMIT, MINUTE_LIMIT, ALL_LIMIT, TOO_LONG = "143106", "143105", "143104", "41046", "40035"


@dataclass(slots=True)
class Task:
    """One call; ``forbidden`` has the code for everybody who got nothing."""

    sent_at: datetime
    messages: dict[str, Message] = field(default_factory=dict)
    forbidden: dict[str, str] = field(default_factory=dict)
    invalid_users: list[str] = field(default_factory=list)
    invalid_departments: list[int] = field(default_factory=list)
    is_oa: bool = False
    status: dict[str, str] = field(default_factory=dict)


class Notices(Part):
    """The app's work notices."""

    def clear(self) -> None:
        self._tasks: dict[int, Task] = {}
        self._said: dict[tuple[str, date], dict[str, None]] = {}
        self._count: dict[tuple[str, date], int] = {}
        self._to_all: dict[date, int] = {}
        self._minute: list[tuple[datetime, int]] = []

    def apis(self) -> list[Api]:
        base = "/topapi/message/corpconversation"
        return [
            Api("POST", f"{base}/asyncsend_v2", self.send, "qyapi_base"),
            Api("POST", f"{base}/getsendprogress", self.progress, "qyapi_base"),
            Api("POST", f"{base}/getsendresult", self.result, "qyapi_base"),
            Api("POST", f"{base}/recall", self.recall, "qyapi_base"),
            Api("POST", f"{base}/status_bar/update", self.status_bar, "qyapi_base"),
        ]

    async def send(self, call: Call) -> dict[str, Any]:
        body = call.body
        self._check_agent(body)
        message = body.object("msg")
        kind = message.text("msgtype")
        if kind not in SHOWN:
            raise OldError(40004, "不合法的消息类型")
        text = SHOWN[kind](message.object(kind))
        task = Task(self._town.clock.now(), is_oa=kind == "oa")
        receivers = self._receivers(body, task)
        why = self._why_none(body, message, len(receivers))
        content = dumps(message.values)
        for person in receivers:
            refused = why or self._why_not(person, content)
            if refused:
                task.forbidden[person] = refused
                continue
            task.messages[person] = self._town.post(
                "dingtalk", id=self._platform.new_message_id(), sender=BOT, text=text, person=person,
                kind=f"notice:{kind}", extra={"via": "notice"},
            )  # fmt: skip
            call.made(task.messages[person].id)
        number = int(self._town.digits(12, "task", self._town.new_id("", "task")))
        self._tasks[number] = task
        return {"task_id": number}

    def _check_agent(self, body: Params) -> None:
        if body.number("agent_id") != self._platform.ids.agent_id():
            raise OldError(40056, "不合法的agentid")

    def _receivers(self, body: Params, task: Task) -> list[str]:
        people = self._town.people["dingtalk"]
        if body.flag("to_all_user", default=False):
            return [each.id for each in people.values() if each.active]
        users, departments = body.texts("userid_list", []), body.texts("dept_id_list", [])
        if len(users) > USERS_AT_ONCE or len(departments) > DEPARTMENTS_AT_ONCE:
            raise OldError(PARAMETER, "userid_list最多100个，dept_id_list最多20个")
        if not users and not departments:
            raise OldError(PARAMETER, "userid_list、dept_id_list、to_all_user不能同时为空")
        found = [each for each in users if each in people and people[each].active]
        task.invalid_users = [each for each in users if each not in found]
        for each in departments:
            if each in self._town.departments["dingtalk"]:
                found += [m for d in self._town.subtree("dingtalk", each) for m in d.members]
            else:
                task.invalid_departments.append(int(each) if each.isascii() and each.isdigit() else 0)
        return list(dict.fromkeys(found))

    def _why_none(self, body: Params, message: Params, count: int) -> str:
        """The code if a limit of the whole call is passed."""
        now = self._town.clock.now()
        self._minute = [(at, n) for at, n in self._minute if timedelta(0) <= now - at < timedelta(minutes=1)]
        if len(dumps(message.values).encode()) > LARGEST_BYTES:
            return TOO_LONG
        if count > RECEIVERS_AT_ONCE or sum(n for _, n in self._minute) + count > RECEIVERS_PER_MINUTE:
            return MINUTE_LIMIT
        if body.flag("to_all_user", default=False):
            self._to_all[now.date()] = self._to_all.get(now.date(), 0) + 1
            if self._to_all[now.date()] > TO_ALL_PER_DAY:
                return ALL_LIMIT
        self._minute.append((now, count))
        return ""

    def _why_not(self, person: str, content: str) -> str:
        """Same content to the same person once a day; 500 a day in all."""
        key = (person, self._town.clock.now().date())
        said = self._said.setdefault(key, {})
        if content in said:
            return DUPLICATE
        if self._count.get(key, 0) >= PER_PERSON_DAY:
            return DAY_LIMIT
        said[content] = None
        self._count[key] = self._count.get(key, 0) + 1
        return ""

    # -- afterwards

    def _task(self, body: Params, key: str) -> Task:
        self._check_agent(body)
        task = self._tasks.get(body.number(key))
        if task is None:
            raise OldError(400002, "无效的task_id")
        return task

    async def progress(self, call: Call) -> dict[str, Any]:
        self._task(call.body, "task_id")
        return {"progress": {"progress_in_percent": 100, "status": 2}}

    async def result(self, call: Call) -> dict[str, Any]:
        """For 24 hours, and not for more than a hundred receivers."""
        task = self._task(call.body, "task_id")
        if self._town.clock.now() - task.sent_at > RESULT_WINDOW:
            raise OldError(400002, "task_id已过期")
        if len(task.messages) + len(task.forbidden) > USERS_AT_ONCE:
            raise OldError(41052, "接收人超过100，不支持查询")
        read = [person for person, message in task.messages.items() if person in message.read_by]
        return {
            "send_result": {
                "invalid_user_id_list": task.invalid_users, "invalid_dept_id_list": task.invalid_departments,
                "forbidden_user_id_list": list(task.forbidden), "failed_user_id_list": [],
                "read_user_id_list": read,
                "unread_user_id_list": [person for person in task.messages if person not in read],
                "forbidden_list": [
                    {"code": code, "count": 1, "userid": person} for person, code in task.forbidden.items()
                ],
            }
        }  # fmt: skip

    async def recall(self, call: Call) -> dict[str, Any]:
        task = self._task(call.body, "msg_task_id")
        if self._town.clock.now() - task.sent_at > RESULT_WINDOW:
            raise OldError(400002, "超过24小时，不能撤回")
        for message in task.messages.values():
            self._town.recall(message)
        return {}

    async def status_bar(self, call: Call) -> dict[str, Any]:
        task = self._task(call.body, "task_id")
        if not task.is_oa or self._town.clock.now() - task.sent_at > timedelta(days=7):
            raise OldError(400002, "不支持更新状态栏")
        task.status = {"value": call.body.text("status_value"), "background": call.body.text("status_bg", "")}
        return {}
