"""Approval (审批) basics: instances with their own approvers, decided and withdrawn, with their events.

D/create-an-approval-instance, D/obtains-the-details-of-a-single-approval-instance-pop,
D/approve-or-reject-the-approval-task, D/revoke-an-approval-instance (read 2026-11). No idempotency key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.model import Person
from sandbox.platform import Absent, Refused

WRITE, READ, FORM = "Workflow.Instance.Write", "Workflow.Instance.Read", "Workflow.Form.Write"
MOST_VALUES, MOST_STEPS, MOST_COPIES = 150, 20, 50
HEAD = "head"
NOT_BEFORE = timedelta(seconds=15)
"""An instance cannot be withdrawn sooner."""


@dataclass(slots=True)
class Task:
    id: int
    person: str
    step: int
    status: str = "NEW"
    result: str = ""


@dataclass(slots=True)
class Instance:
    id: str
    process: str
    originator: str
    department: str
    values: list[dict[str, Any]]
    rules: list[str]
    tasks: list[Task]
    copies: list[str]
    at: datetime
    status: str = "RUNNING"
    result: str = ""
    records: list[dict[str, Any]] = field(default_factory=list)


class Approvals(Part):
    """Instances of any process code; forms are taken and their code is given."""

    def clear(self) -> None:
        self._all: dict[str, Instance] = {}
        self._forms: dict[str, str] = {}

    def apis(self) -> list[Api]:
        base = "/v1.0/workflow/processInstances"
        return [
            Api("POST", base, self.create, WRITE),
            Api("GET", base, self.get, READ),
            Api("POST", base + "/execute", self.execute, WRITE),
            Api("POST", base + "/terminate", self.terminate, WRITE),
            Api("POST", "/v1.0/workflow/processes/instanceIds/query", self.list_ids, READ),
            Api("POST", "/v1.0/workflow/forms", self.create_form, FORM),
        ]

    def _person(self, number: str) -> str:
        person = self._town.people["dingtalk"].get(number)
        if person is None or not person.active:
            raise NewError("userNotExist", f"用户不存在: {number}")
        return person.id

    async def create(self, call: Call) -> dict[str, Any]:
        body = call.body
        originator, process = self._person(body.text("originatorUserId")), body.text("processCode")
        values = body.objects("formComponentValues", most=MOST_VALUES)
        for each in values:
            each.text("name")
            each.text("value", "")
        steps = body.objects("approvers", [], most=MOST_STEPS)
        if not steps and not body.has("deptId"):
            raise call.host.missing("deptId")
        rules: list[str] = []
        tasks: list[Task] = []
        for rule, people in self._given(steps) if steps else self._of_template(process, originator):
            tasks += [self._task(each, len(rules)) for each in people]
            rules.append(rule)
        copies = [self._person(each) for each in body.texts("ccList", [], most=MOST_COPIES)]
        department = str(body.number("deptId", -1))
        instance = Instance(
            self._town.new_id("", "approval", length=22), process, originator, department, [dict(each.values) for each in values],
            rules, tasks, copies, self._town.clock.now(),
        )  # fmt: skip
        self._all[instance.id] = instance
        self._tell(instance, "start")
        self._advance(instance)
        return {"instanceId": instance.id}

    def _given(self, steps: list[Params]) -> list[tuple[str, list[str]]]:
        """The call's own approvers, who stand instead of the template's."""
        found = []
        for step in steps:
            rule, people = step.text("actionType"), step.texts("userIds")
            if rule not in ("AND", "OR", "NONE") or not people:
                raise step.wrong("actionType", "must be AND, OR or NONE, with userIds")
            found.append((rule, [self._person(each) for each in people]))
        return found

    def _of_template(self, process: str, originator: str) -> list[tuple[str, list[str]]]:
        """One after the other, those whom ``dingtalk.approval_flows`` names; ``head`` is the originator's own."""
        flow = self._town.setting("dingtalk.approval_flows").get(process, ())
        return [("NONE", [self._approver(str(each), originator)]) for each in flow]

    def _approver(self, name: str, originator: str) -> str:
        people, side = self._town.people["dingtalk"], self._town.departments["dingtalk"]
        if name == HEAD:
            leaders = [side[each].leader for each in people[originator].departments]
            return next((each for each in leaders if each), originator)
        try:
            return self._platform.person(name).id
        except Absent:
            raise NewError("approverNotExist", f"模板的审批人不存在: {name}") from None

    def _task(self, person: str, step: int) -> Task:
        number = int(self._town.digits(11, "task", self._town.new_id("", "approval-task")))
        return Task(number, person, step)

    def _advance(self, instance: Instance) -> None:
        """Open the tasks of the first step that is not decided; end after the last."""
        for number, rule in enumerate(instance.rules):
            tasks = [task for task in instance.tasks if task.step == number]
            agreed = [task for task in tasks if task.result == "agree"]
            if len(agreed) == len(tasks) or (rule == "OR" and agreed):
                for task in tasks:
                    task.status = "COMPLETED" if task.result else "CANCELED"
                continue
            for task in tasks:
                if task.status == "NEW":
                    task.status = "RUNNING"
                    self._tell_task(instance, task, "start")
            return
        if instance.rules:
            self._end(instance, "COMPLETED", "agree", "finish")

    def _end(self, instance: Instance, status: str, result: str, told: str) -> None:
        instance.status, instance.result = status, result
        for task in instance.tasks:
            if task.status in ("NEW", "RUNNING"):
                task.status = "CANCELED"
        self._tell(instance, told)

    def _tell(self, instance: Instance, kind: str) -> None:
        self._platform.events.emit(
            "bpms_instance_change",
            {
                "processInstanceId": instance.id, "corpId": self._platform.corp_id, "processCode": instance.process,
                "staffId": instance.originator, "title": self._title(instance), "type": kind, "result": instance.result,
                "createTime": round(instance.at.timestamp() * 1000), "url": "",
            },
        )  # fmt: skip

    def _tell_task(self, instance: Instance, task: Task, kind: str) -> None:
        self._platform.events.emit(
            "bpms_task_change",
            {
                "processInstanceId": instance.id, "corpId": self._platform.corp_id, "processCode": instance.process,
                "staffId": task.person, "taskId": task.id, "title": self._title(instance), "type": kind,
                "result": task.result, "createTime": self._town.clock.now_ms(),
            },
        )  # fmt: skip

    def _title(self, instance: Instance) -> str:
        form = self._forms.get(instance.process, "审批")
        return f"{self._town.people['dingtalk'][instance.originator].name}提交的{form}"

    def _find(self, number: str) -> Instance:
        if number not in self._all:
            raise NewError("processInstanceNotExist", "审批实例不存在")
        return self._all[number]

    async def get(self, call: Call) -> dict[str, Any]:
        found = self._find(call.query.text("processInstanceId"))
        stamp = found.at.strftime("%Y-%m-%dT%H:%MZ")
        return {
            "success": True,
            "result": {
                "title": self._title(found), "status": found.status, "result": found.result, "createTime": stamp,
                "originatorUserId": found.originator, "originatorDeptId": found.department,
                "formComponentValues": [{"name": each["name"], "value": each.get("value", "")} for each in found.values],
                "ccUserIds": found.copies, "operationRecords": found.records,
                "tasks": [
                    {
                        "taskId": task.id, "userId": task.person, "status": task.status,
                        "result": task.result.upper() or "NONE", "createTime": stamp,
                    }
                    for task in found.tasks
                ],
            },
        }  # fmt: skip

    async def execute(self, call: Call) -> dict[str, Any]:
        body = call.body
        found, number, person = (
            self._find(body.text("processInstanceId")),
            body.number("taskId"),
            body.text("actionerUserId"),
        )
        result = body.text("result")
        if result not in ("agree", "refuse"):
            raise body.wrong("result", "must be agree or refuse")
        task = next((each for each in found.tasks if each.id == number), None)
        if task is None or task.person != person or task.status != "RUNNING" or found.status != "RUNNING":
            raise NewError("taskNotExist", "任务不存在或已处理")
        self._decided(found, task, result, body.text("remark", ""))
        return {"success": True, "result": True}

    def _decided(self, found: Instance, task: Task, result: str, remark: str) -> None:
        task.status, task.result = "COMPLETED", result
        self._record(found, task.person, "EXECUTE_TASK_NORMAL", result.upper(), remark)
        self._tell_task(found, task, "finish")
        if result == "refuse":
            self._end(found, "COMPLETED", "refuse", "finish")
        else:
            self._advance(found)

    # -- by hand

    def waiting(self) -> list[dict[str, Any]]:
        """All instances, with those whom they wait for."""
        return [self._brief(each) for each in self._all.values()]

    def _brief(self, instance: Instance) -> dict[str, Any]:
        open_tasks = [task.person for task in instance.tasks if task.status == "RUNNING"]
        return {
            "id": instance.id, "name": self._forms.get(instance.process, instance.process), "person": instance.originator,
            "status": instance.status, "result": instance.result, "waiting": open_tasks,
        }  # fmt: skip

    def decide(self, person: Person, number: str, verdict: str, remark: str) -> dict[str, Any]:
        found = self._all.get(number)
        if found is None:
            raise Absent(f"no approval {number!r} on dingtalk")
        mine = [task for task in found.tasks if task.person == person.id and task.status == "RUNNING"]
        if not mine:
            raise Refused(f"这条审批不等 {person.name} 处理")
        self._decided(found, mine[0], verdict, remark)
        return self._brief(found)

    def _record(self, instance: Instance, person: str, kind: str, result: str, remark: str) -> None:
        stamp = self._town.clock.now().strftime("%Y-%m-%dT%H:%MZ")
        instance.records.append(
            {"userId": person, "date": stamp, "type": kind, "result": result, "remark": remark}
        )

    async def terminate(self, call: Call) -> dict[str, Any]:
        found = self._find(call.body.text("processInstanceId"))
        is_system = call.body.flag("isSystem", default=False)
        if not is_system and call.body.text("operatingUserId") != found.originator:
            raise NewError("permissionDenied", "只有发起人可以撤销", status=403)
        if found.status != "RUNNING":
            raise NewError("processInstanceFinished", "审批已结束")
        if self._town.clock.now() - found.at < NOT_BEFORE:
            raise NewError("operationTooFast", "发起15秒内不能撤销")
        self._end(found, "TERMINATED", "", "terminate")
        return {"success": True, "result": True}

    async def list_ids(self, call: Call) -> dict[str, Any]:
        body = call.body
        process, start = body.text("processCode"), body.number("startTime")
        end, size = body.number("endTime", 2**53), body.number("maxResults", 20, least=1, most=20)
        offset = body.number("nextToken", 0, least=0)
        every = [
            each.id for each in self._all.values()
            if each.process == process and start <= round(each.at.timestamp() * 1000) <= end
        ]  # fmt: skip
        more = {"nextToken": str(offset + size)} if len(every) > offset + size else {}
        return {"success": True, "result": {"list": every[offset : offset + size], **more}}

    async def create_form(self, call: Call) -> dict[str, Any]:
        name = call.body.text("name")
        call.body.objects("formComponents")
        code = (
            call.body.text("processCode", "") or "PROC-" + self._town.new_id("", "process", length=32).upper()
        )
        self._forms[code] = name
        return {"result": {"processCode": code}}
