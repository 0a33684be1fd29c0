"""Departments made by the app (部门管理), with their events.

D/address-book-creation-department-established-department, D/address-book-update-department (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox import company
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import OldError
from sandbox.dingtalk.part import Part
from sandbox.model import Chat, Department, Person

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

    def told(self, kind: str, department: Department) -> None:
        """``org_dept_*``."""
        self._platform.events.emit(kind, {"deptId": [int(department.id)]})

    # -- 部门群

    @staticmethod
    def _read_options(call: Call, department: Department) -> None:
        for key in ("create_dept_group", "auto_add_user"):
            if call.body.has(key):
                department.extra[key] = call.body.flag(key)

    def chat(self, department: Department) -> Chat | None:
        """The group of a department, if it has one that was not dissolved."""
        chat = self._town.chats["dingtalk"].get(department.extra.get("chat", ""))
        return chat if chat is not None and chat.active else None

    def open_chat(self, department: Department) -> Chat | None:
        """That group, made if there is none: the direct members, without the robot. Nobody makes no group."""
        chat = self.chat(department)
        if chat is None and department.members:
            owner = (
                department.leader
                if department.leader in department.members
                else next(iter(department.members))
            )
            people = list(dict.fromkeys([owner, *department.members]))
            chat = company.new_chat(self._town, "dingtalk", department.name, owner, people, bot=False)
            department.extra |= {"chat": chat.id, "create_dept_group": True}
        return chat

    def moved(self, person: Person, before: Sequence[str]) -> None:
        """Into groups of departments that take newcomers, out of those of departments that were left."""
        side = self._town.departments["dingtalk"]
        for each in (side[d] for d in person.departments if d not in before):
            chat = self.chat(each)
            if chat is None and each.extra.get("create_dept_group"):
                self.open_chat(each)
            elif chat is not None and each.extra.get("auto_add_user"):
                self._platform.edit_chat(chat, {"add": [person.id]}, chat.owner)
        for each in (side[d] for d in before if d not in person.departments):
            chat = self.chat(each)
            if chat is not None and person.id in chat.members and person.id != chat.owner:
                self._platform.edit_chat(chat, {"remove": [person.id]}, chat.owner)

    async def create(self, call: Call) -> dict[str, Any]:
        name, parent = self._name(call), self._find(call.body.text("parent_id"))
        side = self._town.departments["dingtalk"]
        if any(side[each].name == name for each in parent.children):
            raise OldError(60008, "父部门下该部门名称已存在")
        made = company.new_department(self._town, "dingtalk", name, parent.id)
        self._read_options(call, made)
        self.told("org_dept_create", made)
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
        self._read_options(call, found)
        if found.extra.get("create_dept_group"):
            self.open_chat(found)
        self.told("org_dept_modify", found)
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
        self.told("org_dept_remove", found)
        return {}
