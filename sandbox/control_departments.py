"""The control door's departments: what an administrator does with them by hand."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.fields import Fields
from sandbox.model import Department
from sandbox.platform import Platform
from sandbox.town import Town

CHANGES = ("rename", "drop", "chat")


class DepartmentsDoor:
    """``/_sandbox/departments``."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def _platform(self, fields: Fields) -> Platform:
        return self._town.platforms[fields.choice("platform", tuple(self._town.platforms))]

    def _shown(self, department: Department) -> dict[str, Any]:
        return {
            "id": department.id, "platform": department.platform, "name": department.name,
            "parent": department.parent, "leader": department.leader, "children": department.children,
            "members": list(department.members),
        }  # fmt: skip

    async def departments(self, _: web.Request, fields: Fields) -> Any:
        platform = self._platform(fields).name
        return [self._shown(each) for each in self._town.departments.get(platform, {}).values()]

    async def change(self, _: web.Request, fields: Fields) -> Any:
        """``{platform, create: name, parent?}``, or ``{platform, department, …}`` with one of ``rename``,
        ``drop: true`` and ``chat: true`` (the group of the department; answered with its id).
        """
        fields.only("platform", "create", "parent", "department", *CHANGES)
        platform = self._platform(fields)
        if fields.has("create"):
            root = self._town.roots[platform.name]
            parent = platform.department(fields.text("parent")) if fields.has("parent") else root
            return self._shown(await platform.create_department(fields.text("create"), parent))
        number = platform.department(fields.text("department"))
        department = self._town.departments[platform.name][number]
        if fields.has("rename"):
            await platform.rename_department(department, fields.text("rename"))
        elif fields.flag("drop", default=False):
            await platform.drop_department(department)
        elif fields.flag("chat", default=False):
            return {**self._shown(department), "chat": (await platform.open_department_chat(department)).id}
        else:
            raise ValueError(f"one of create, {', '.join(CHANGES)} is needed")
        return self._shown(department)
