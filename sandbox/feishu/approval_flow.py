"""审批的流转 (approval flow): one person after the other decides, by a call or by hand, and the app is told.

https://open.feishu.cn/document/ukTMukTMukTM/uIDO24iM4YjLygjN/event/common-event/approval-instance-event and
…/approval-task-event (read 2026-11)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sandbox.feishu.errors import ApiError
from sandbox.feishu.state import Instance, Task
from sandbox.model import Person
from sandbox.platform import Absent, Refused

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

HEAD = "head"
WRONG = 1390001
VERDICTS = {"agree": "APPROVED", "refuse": "REJECTED"}


class ApprovalFlow:
    """From step to step, to the end."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def people(self, wanted: Sequence[Any], originator: str) -> list[str]:
        """Open ids; ``head`` is the leader of the originator's department. Raises for a name that is nobody's."""
        return [self._approver(str(each), originator) for each in wanted]

    def _approver(self, name: str, originator: str) -> str:
        people, side = self._town.people["feishu"], self._town.departments["feishu"]
        if name == HEAD:
            leaders = [side[each].leader for each in people[originator].departments]
            return next((each for each in leaders if each), originator)
        try:
            return self._app.person(name).id
        except Absent:
            raise ApiError(WRONG, f"approver {name}") from None

    def begin(self, instance: Instance) -> None:
        self._app.state.approvals[instance.id] = instance
        self._note(instance, "START", instance.person)
        self._tell(instance)
        if instance.flow:
            self._open(instance, 0)

    def _open(self, instance: Instance, step: int) -> None:
        number = self._town.digits(19, "task", self._town.new_id("", "approval-task"))
        task = Task(id=number, person=instance.flow[step], step=step, started_at_ms=self._town.clock.now_ms())
        instance.tasks.append(task)
        self._tell_task(instance, task)

    def decide(self, instance: Instance, task: Task, verdict: str, comment: str) -> None:
        task.status, task.ended_at_ms = verdict, self._town.clock.now_ms()
        self._note(instance, "PASS" if verdict == "APPROVED" else "REJECT", task.person, task.id, comment)
        self._tell_task(instance, task)
        if verdict == "REJECTED" or task.step + 1 == len(instance.flow):
            self.end(instance, verdict)
        else:
            self._open(instance, task.step + 1)

    def end(self, instance: Instance, status: str) -> None:
        for task in instance.tasks:
            if task.status == "PENDING":
                task.status, task.ended_at_ms = "DONE", self._town.clock.now_ms()
                self._tell_task(instance, task)
        instance.status, instance.ended_at_ms = status, self._town.clock.now_ms()
        if status == "CANCELED":
            self._note(instance, "CANCEL", instance.person)
        self._tell(instance)

    def _note(self, instance: Instance, kind: str, person: str, task: str = "", comment: str = "") -> None:
        entry: dict[str, Any] = {
            "type": kind, "create_time": str(self._town.clock.now_ms()), "open_id": person,
            "user_id": self._town.people["feishu"][person].account, "ext": "{}",
        }  # fmt: skip
        instance.timeline.append(entry | ({"task_id": task, "comment": comment} if task else {}))

    # -- events

    def _tell(self, instance: Instance) -> None:
        stamp = str(self._town.clock.now_ms())
        event = {
            "approval_code": instance.approval, "instance_code": instance.id, "status": instance.status,
            "operate_time": stamp, "instance_operate_time": stamp, "uuid": instance.uuid,
        }  # fmt: skip
        self._send(instance, "approval_instance", event)

    def _tell_task(self, instance: Instance, task: Task) -> None:
        event = {
            "approval_code": instance.approval, "instance_code": instance.id, "task_id": task.id,
            "open_id": task.person, "user_id": self._town.people["feishu"][task.person].account,
            "status": task.status, "operate_time": str(self._town.clock.now_ms()), "custom_key": "",
            "def_key": f"node{task.step}", "extra": "",
        }  # fmt: skip
        self._send(instance, "approval_task", event)

    def _send(self, instance: Instance, kind: str, event: dict[str, Any]) -> None:
        if instance.approval in self._app.state.approval_events:
            self._app.deliveries.send_v1(kind, event)

    # -- by hand

    def waiting(self) -> list[dict[str, Any]]:
        return [self._brief(each) for each in self._app.state.approvals.values()]

    @staticmethod
    def _brief(instance: Instance) -> dict[str, Any]:
        return {
            "id": instance.id, "name": instance.approval, "person": instance.person, "status": instance.status,
            "waiting": [task.person for task in instance.tasks if task.status == "PENDING"],
        }  # fmt: skip

    def by_hand(self, person: Person, number: str, verdict: str, remark: str) -> dict[str, Any]:
        instance = self._app.state.approvals.get(number)
        if instance is None:
            raise Absent(f"no approval {number!r} on feishu")
        mine = [each for each in instance.tasks if each.person == person.id and each.status == "PENDING"]
        if not mine:
            raise Refused(f"这条审批不等 {person.name} 处理")
        self.decide(instance, mine[0], VERDICTS[verdict], remark)
        return self._brief(instance)
