"""审批 (approval): instances of definitions that the administrator made in the console, and what apps do with them.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/instance/create,
…/instance/cancel, …/task/approve (read 2026-11)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sandbox.feishu.approval_flow import ApprovalFlow
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.errors import ApiError
from sandbox.feishu.state import Instance, Task

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

BASE = "/open-apis/approval/v4"
SCOPE = (("approval:approval", "approval:instance"),)
TASKS = (("approval:approval", "approval:approval:readonly", "approval:task"),)
WITHDRAW = (("approval:approval", "approval:approval:readonly", "approval:instance"),)
DEFINITIONS = (("approval:approval", "approval:definition", "approval:approval:readonly"),)
NOT_ACTIVE, UNKNOWN, NO_INSTANCE, NO_TASK, WRONG, SAME_UUID = (
    1390015,
    1390002,
    1390003,
    1390010,
    1390001,
    60012,
)


class Approval:
    """The setting ``feishu.approvals`` names the definitions: active or not, or who decides in turn."""

    def __init__(self, app: FeishuPlatform, flow: ApprovalFlow) -> None:
        self._app = app
        self._town = app.town
        self._flow = flow

    def endpoints(self) -> list[Endpoint]:
        one, model = BASE + "/instances/{instance_id}", "SDK api/approval/v4/model/"
        known: tuple[tuple[str, str, Any, str, Any], ...] = (
            ("POST", BASE + "/instances", self.create, "D113", SCOPE),
            ("POST", BASE + "/instances/cancel", self.cancel, model + "cancel_instance_request.py", WITHDRAW),
            ("GET", one, self.get, model + "get_instance_request.py", SCOPE),
            ("POST", BASE + "/tasks/approve", self.approve, model + "approve_task_request.py", TASKS),
            ("POST", BASE + "/tasks/reject", self.reject, model + "reject_task_request.py", TASKS),
            (
                "POST", BASE + "/approvals/{approval_code}/subscribe", self.subscribe,
                model + "subscribe_approval_request.py", DEFINITIONS,
            ),
            (
                "POST", BASE + "/approvals/{approval_code}/unsubscribe", self.unsubscribe,
                model + "unsubscribe_approval_request.py", DEFINITIONS,
            ),
        )  # fmt: skip
        return [
            Endpoint(method=method, path=path, run=run, source=source, scopes=scopes, tier="3")
            for method, path, run, source, scopes in known
        ]

    def _definition(self, code: str) -> Any:
        known = self._town.setting("feishu.approvals")
        if code not in known:
            raise ApiError(UNKNOWN)
        return known[code]

    # -- instances

    def create(self, call: Call) -> dict[str, Any]:
        code, form = call.text("approval_code"), call.text("form")
        uuid = call.text("uuid", default="", longest=64)
        definition = self._definition(code)
        if definition is False:
            raise ApiError(NOT_ACTIVE)
        person = self._originator(call)
        _check(form)
        if uuid and any(each.uuid == uuid for each in self._app.state.approvals.values()):
            raise ApiError(SAME_UUID)
        flow = self._flow.people(definition if isinstance(definition, list) else [], person)
        number = self._town.new_id("", "approval").upper()
        instance = Instance(
            id=f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}", approval=code,
            person=person, form=form, uuid=uuid, department=call.text("department_id", default=""),
            started_at_ms=self._town.clock.now_ms(), flow=flow,
        )  # fmt: skip
        self._flow.begin(instance)
        return {"instance_code": instance.id}

    def _originator(self, call: Call) -> str:
        for key in ("open_id", "user_id"):
            value = call.text(key, default="")
            if value:
                person = self._app.ids.find(key, value)
                if person is None or not person.active:
                    raise ApiError(WRONG, key)
                return person.id
        raise ApiError(WRONG, "open_id or user_id is required")

    def _instance(self, number: str) -> Instance:
        """By its code, or by the uuid it was made with."""
        every = self._app.state.approvals
        found = every.get(number) or next(
            (each for each in every.values() if number and each.uuid == number), None
        )
        if found is None:
            raise ApiError(NO_INSTANCE)
        return found

    def get(self, call: Call) -> dict[str, Any]:
        found = self._instance(call.path("instance_id"))
        return {
            "approval_name": found.approval, "approval_code": found.approval, "instance_code": found.id,
            "uuid": found.uuid, "form": found.form, "start_time": str(found.started_at_ms),
            "end_time": str(found.ended_at_ms), "status": found.status, "open_id": found.person,
            "user_id": self._account(found.person), "serial_number": found.id.replace("-", "")[:14],
            "department_id": found.department, "task_list": [self._task(each) for each in found.tasks],
            "comment_list": [], "timeline": found.timeline,
        }  # fmt: skip

    def _account(self, person: str) -> str:
        return self._town.people["feishu"][person].account

    def _task(self, task: Task) -> dict[str, Any]:
        return {
            "id": task.id, "open_id": task.person, "user_id": self._account(task.person), "status": task.status,
            "node_id": f"node{task.step}", "node_name": "审批", "type": "AND", "start_time": str(task.started_at_ms),
            "end_time": str(task.ended_at_ms),
        }  # fmt: skip

    # -- tasks

    def approve(self, call: Call) -> dict[str, Any]:
        return self._decide(call, "APPROVED")

    def reject(self, call: Call) -> dict[str, Any]:
        return self._decide(call, "REJECTED")

    def _decide(self, call: Call, verdict: str) -> dict[str, Any]:
        id_type = call.user_id_type()
        instance, person = self._named(call, id_type)
        number, comment = call.text("task_id"), call.text("comment", default="")
        task = next((each for each in instance.tasks if each.id == number), None)
        if task is None or task.person != person or task.status != "PENDING":
            raise ApiError(NO_TASK)
        self._flow.decide(instance, task, verdict, comment)
        return {}

    def _named(self, call: Call, id_type: str) -> tuple[Instance, str]:
        """The instance of that definition, and a person."""
        code, instance, who = call.text("approval_code"), call.text("instance_code"), call.text("user_id")
        self._definition(code)
        found, person = self._instance(instance), self._app.ids.find(id_type, who)
        if found.approval != code:
            raise ApiError(NO_INSTANCE)
        if person is None:
            raise ApiError(WRONG, "user_id")
        return found, person.id

    def cancel(self, call: Call) -> dict[str, Any]:
        """By the one who asked, while it is pending; one that was granted cannot be undone here."""
        instance, person = self._named(call, call.user_id_type())
        if instance.person != person or instance.status != "PENDING":
            raise ApiError(WRONG, "the instance can not be cancelled")
        self._flow.end(instance, "CANCELED")
        return {}

    # -- events

    def subscribe(self, call: Call) -> dict[str, Any]:
        """Events are told of those definitions only for which this was called."""
        self._definition(call.path("approval_code"))
        self._app.state.approval_events.add(call.path("approval_code"))
        return {}

    def unsubscribe(self, call: Call) -> dict[str, Any]:
        self._definition(call.path("approval_code"))
        self._app.state.approval_events.discard(call.path("approval_code"))
        return {}


def _check(form: str) -> None:
    """A JSON list of ``{"id", "type", "value"}``, as a string."""
    try:
        widgets = json.loads(form)
    except (ValueError, RecursionError):
        raise ApiError(WRONG, "form is not JSON") from None
    if not isinstance(widgets, list) or not all(
        isinstance(each, dict) and isinstance(each.get("id"), str) and isinstance(each.get("type"), str)
        for each in widgets
    ):
        raise ApiError(WRONG, "form must be a list of widgets")
