"""Departments made by the app (部门管理), with their events.

D/address-book-creation-department-established-department, D/address-book-update-department (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from sandbox import company
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import OldError
from sandbox.dingtalk.part import Part
from sandbox.model import Department

SCOPE = "qyapi_manage_addresslist"
LONGEST_NAME = 64
FORBIDDEN = "-,、"


class Departments(Part):
    """Writes; the reads are among the contacts."""

    def apis(self) -> list[Api]:
        base = "/topapi/v2/department"
        return [
            Api("POST", f"{base}/create", self.create, SCOPE, pot=""),
            Api("POST", f"{base}/update", self.update, SCOPE, pot=""),
            Api("POST", f"{base}/delete", self.delete, SCOPE, pot=""),
        ]

    def _find(self, number: str) -> Department:
        found = self._town.departments["dingtalk"].get(number)
        if found is None:
            raise OldError(60003, "部门不存在")
        return found

    @staticmethod
    def _name(call: Call) -> str:
        name = call.body.text("name", longest=LONGEST_NAME)
        if any(each in name for each in FORBIDDEN):
            raise OldError(60009, "部门名称含有非法字符")
        return name

    async def create(self, call: Call) -> dict[str, Any]:
        name, parent = self._name(call), self._find(call.body.text("parent_id"))
        side = self._town.departments["dingtalk"]
        if any(side[each].name == name for each in parent.children):
            raise OldError(60008, "父部门下该部门名称已存在")
        made = company.new_department(self._town, "dingtalk", name, parent.id)
        self._platform.events.emit("org_dept_create", {"deptId": [int(made.id)]})
        return {"result": {"dept_id": int(made.id)}}

    async def update(self, call: Call) -> dict[str, Any]:
        found = self._find(call.body.text("dept_id"))
        if call.body.has("name"):
            found.name = self._name(call)
        if call.body.has("dept_manager_userid_list"):
            managers = call.body.texts("dept_manager_userid_list")
            people = self._town.people["dingtalk"]
            if any(each not in people for each in managers):
                raise OldError(60121, "找不到该用户")
            found.leader = managers[0] if managers else None
        self._platform.events.emit("org_dept_modify", {"deptId": [int(found.id)]})
        return {}

    async def delete(self, call: Call) -> dict[str, Any]:
        found = self._find(call.body.text("dept_id"))
        if found.parent is None:
            raise OldError(60010, "不能删除根部门")
        if found.children:
            raise OldError(60006, "部门下存在子部门，不能删除")
        if found.members:
            raise OldError(60005, "部门下存在成员，不能删除")
        side = self._town.departments["dingtalk"]
        side[found.parent].children.remove(found.id)
        del side[found.id]
        self._platform.events.emit("org_dept_remove", {"deptId": [int(found.id)]})
        return {}
