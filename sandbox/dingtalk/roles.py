"""Roles (角色) of the contacts: who leads and who administers, and those that an administrator made by hand.

D/obtains-a-list-of-enterprise-roles, D/obtain-the-list-of-employees-of-a-role (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import OldError
from sandbox.dingtalk.part import Part
from sandbox.model import Person
from sandbox.platform import Absent, Refused

GROUP = "默认"
NAMES = ("主管理员", "子管理员", "主管")


class Roles(Part):
    """Three roles of one group that the town fills by itself, and those made by hand."""

    def clear(self) -> None:
        self._made: dict[str, dict[str, None]] = {}
        self._numbers: dict[str, int] = {}

    @property
    def _names(self) -> list[str]:
        return [*NAMES, *self._made]

    def apis(self) -> list[Api]:
        return [
            Api("POST", "/topapi/role/list", self.roles, "qyapi_get_department_list", pot=""),
            Api("POST", "/topapi/role/simplelist", self.people, "qyapi_get_department_member", pot=""),
        ]

    def _number(self, name: str) -> int:
        """A role keeps its number when it is renamed."""
        return self._numbers.get(name) or int(self._town.digits(9, "role", name))

    def _has(self, person: Person, name: str) -> bool:
        if name in self._made:
            return person.id in self._made[name]
        level = self._platform.contacts.admin_level(person)
        return {"主管理员": level == 1, "子管理员": level == 2, "主管": person.head}[name]

    def of(self, person: Person) -> list[dict[str, Any]]:
        return [
            {"id": self._number(name), "name": name, "group_name": GROUP}
            for name in self._names
            if self._has(person, name)
        ]

    # -- by hand, in the console

    def give(self, person: Person, roles: Sequence[str]) -> None:
        """Make these, of those made by hand, the person's roles; a name that is new makes a role."""
        if any(each in NAMES for each in roles):
            raise Refused(f"{'、'.join(NAMES)} 由组织架构决定")
        for each in dict.fromkeys(roles):
            if each not in self._made:
                self._made[each] = {}
                self._numbers[each] = int(self._town.digits(9, "role", self._town.new_id("", "role")))
                self._platform.events.role("label_conf_add", self._number(each))
        before = [each for each, people in self._made.items() if person.id in people]
        added = [each for each in dict.fromkeys(roles) if each not in before]
        gone = [each for each in before if each not in roles]
        for each in added:
            self._made[each][person.id] = None
        self.forget(person, gone)
        for action, which in (("add", added), ("remove", gone)):
            if which:
                self._platform.events.role_of(person, action, [self._number(each) for each in which])

    def forget(self, person: Person, roles: Sequence[str] | None = None) -> None:
        """Out of these roles, or of all."""
        for each in self._made if roles is None else roles:
            self._made[each].pop(person.id, None)

    def change(self, name: str, *, rename: str, drop: bool) -> None:
        """Raises ``Absent`` for a role that nobody made by hand."""
        if name not in self._made:
            raise Absent(f"no role {name!r} on dingtalk; there are {list(self._made)}")
        number = self._number(name)
        if drop:
            del self._made[name], self._numbers[name]
            self._platform.events.role("label_conf_del", number)
            return
        if rename in self._names:
            raise Refused("角色名称已存在")
        self._made = {rename if each == name else each: members for each, members in self._made.items()}
        self._numbers[rename] = self._numbers.pop(name)
        self._platform.events.role("label_conf_modify", number)

    async def roles(self, call: Call) -> dict[str, Any]:
        size, offset = call.body.number("size", 20, least=1, most=200), call.body.number("offset", 0, least=0)
        every = [{"id": self._number(name), "name": name} for name in self._names]
        page = every[offset : offset + size]
        group = {"groupId": self._number(GROUP), "name": GROUP, "roles": page}
        return {"result": {"hasMore": len(every) > offset + size, "list": [group] if page else []}}

    async def people(self, call: Call) -> dict[str, Any]:
        number = call.body.number("role_id", least=1)
        size, offset = call.body.number("size", 20, least=1, most=200), call.body.number("offset", 0, least=0)
        name = next((each for each in self._names if self._number(each) == number), None)
        if name is None:
            raise OldError(60019, "角色不存在")
        people = [p for p in self._town.people["dingtalk"].values() if p.active and self._has(p, name)]
        more = len(people) > offset + size
        page = [{"userid": p.id, "name": p.name} for p in people[offset : offset + size]]
        return {"result": {"hasMore": more, "list": page, **({"nextCursor": offset + size} if more else {})}}
