"""Roles (角色) of the contacts, made from what the town knows: who leads, who administers.

D/obtains-a-list-of-enterprise-roles, D/obtain-the-list-of-employees-of-a-role (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import OldError
from sandbox.dingtalk.part import Part
from sandbox.model import Person

GROUP = "默认"
NAMES = ("主管理员", "子管理员", "主管")


class Roles(Part):
    """Three roles of one group."""

    def apis(self) -> list[Api]:
        return [
            Api("POST", "/topapi/role/list", self.roles, "qyapi_get_department_list", pot=""),
            Api("POST", "/topapi/role/simplelist", self.people, "qyapi_get_department_member", pot=""),
        ]

    def _number(self, name: str) -> int:
        return int(self._town.digits(9, "role", name))

    def _has(self, person: Person, name: str) -> bool:
        level = self._platform.contacts.admin_level(person)
        return {"主管理员": level == 1, "子管理员": level == 2, "主管": person.head}[name]

    def of(self, person: Person) -> list[dict[str, Any]]:
        return [
            {"id": self._number(name), "name": name, "group_name": GROUP}
            for name in NAMES
            if self._has(person, name)
        ]

    async def roles(self, call: Call) -> dict[str, Any]:
        size, offset = call.body.number("size", 20, least=1, most=200), call.body.number("offset", 0, least=0)
        every = [{"id": self._number(name), "name": name} for name in NAMES]
        page = every[offset : offset + size]
        group = {"groupId": self._number(GROUP), "name": GROUP, "roles": page}
        return {"result": {"hasMore": len(every) > offset + size, "list": [group] if page else []}}

    async def people(self, call: Call) -> dict[str, Any]:
        number = call.body.number("role_id", least=1)
        size, offset = call.body.number("size", 20, least=1, most=200), call.body.number("offset", 0, least=0)
        name = next((each for each in NAMES if self._number(each) == number), None)
        if name is None:
            raise OldError(60019, "角色不存在")
        people = [p for p in self._town.people["dingtalk"].values() if p.active and self._has(p, name)]
        more = len(people) > offset + size
        page = [{"userid": p.id, "name": p.name} for p in people[offset : offset + size]]
        return {"result": {"hasMore": more, "list": page, **({"nextCursor": offset + size} if more else {})}}
