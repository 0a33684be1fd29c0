"""Contacts (通讯录): people, departments and administrators; free of the monthly quota.

D/query-user-details, D/queries-the-complete-information-of-a-department-user,
D/user-management-acquires-the-list-departments, D/query-department-details0-v2 (read 2026-11). JSON types are true
ones, empty fields are left out, children are the direct ones only.
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import OldError
from sandbox.dingtalk.part import Part
from sandbox.model import Department, Person

DEPARTMENTS = "qyapi_get_department_list"
MEMBERS = "qyapi_get_department_member"
MEMBER = "qyapi_get_member"
MOBILE = "fieldMobile"
"""企业员工手机号信息; without it the field is missing."""
PAGE = 100


class Contacts(Part):
    """The old host's calls about people."""

    def clear(self) -> None:
        self._main = self._main_for = ""

    def apis(self) -> list[Api]:
        table: list[tuple[str, Any, str]] = [
            ("/topapi/v2/department/listsub", self.sub_departments, DEPARTMENTS),
            ("/topapi/v2/department/listsubid", self.sub_department_ids, DEPARTMENTS),
            ("/topapi/v2/department/get", self.department, DEPARTMENTS),
            ("/topapi/v2/department/listparentbyuser", self.parents_of_user, DEPARTMENTS),
            ("/topapi/v2/department/listparentbydept", self.parents_of_department, DEPARTMENTS),
            ("/topapi/v2/user/get", self.user, MEMBER),
            ("/topapi/v2/user/list", self.users, MEMBERS),
            ("/topapi/user/listsimple", self.simple_users, MEMBERS),
            ("/topapi/user/listid", self.user_ids, MEMBER),
            ("/topapi/v2/user/getbymobile", self.by_mobile, "qyapi_get_member_by_mobile"),
            ("/topapi/user/getbyunionid", self.by_union_id, MEMBER),
            ("/topapi/user/listadmin", self.admins, MEMBER),
            ("/topapi/user/count", self.count, MEMBER),
        ]
        return [
            *(Api("POST", path, handler, scope, pot="") for path, handler, scope in table),
            Api("GET", "/auth/scopes", self.scopes, pot=""),
            Api("GET", "/department/list", self.all_departments, DEPARTMENTS, pot=""),
        ]

    # -- looked up

    def _department(self, call: Call, default: Any = "") -> Department:
        number = call.body.text("dept_id", default) or "1"
        found = self._town.departments["dingtalk"].get(number)
        if found is None:
            raise OldError(60003, "部门不存在")
        if not self._platform.in_contact_range(found.id):
            raise OldError(50004, "部门不在权限范围内")
        return found

    def active(self, user_id: str) -> Person:
        """Raises 60121 for whoever is not or no longer in the company."""
        found = self._town.people["dingtalk"].get(user_id)
        if found is None or not found.active:
            raise OldError(60121, "找不到该用户")
        return found

    def _in_range(self, user_id: str) -> Person:
        person = self.active(user_id)
        if not any(self._platform.in_contact_range(each) for each in person.departments):
            raise OldError(50002, "员工不在权限范围内")
        return person

    def is_admin(self, person: Person) -> bool:
        return bool(self.admin_level(person))

    def admin_level(self, person: Person) -> int:
        """1 主管理员, 2 子管理员, 0 none: the IT administrator, and those of ``dingtalk.admins``."""
        if person.id == self._main_admin():
            return 1
        return 2 if person.account in self._town.setting("dingtalk.admins") else 0

    def _main_admin(self) -> str:
        """The account the setting names, or the first person of a company that has no such account."""
        account, people = self._town.setting("dingtalk.main_admin"), self._town.people["dingtalk"]
        known = people.get(self._main)
        if known is None or not known.active or self._main_for != account:
            active = [person for person in people.values() if person.active]
            named = [person.id for person in active if person.account == account]
            self._main, self._main_for = (named or [person.id for person in active] or [""])[0], account
        return self._main

    # -- departments

    async def sub_departments(self, call: Call) -> dict[str, Any]:
        side = self._town.departments["dingtalk"]
        children = [side[each] for each in self._department(call).children]
        return {
            "result": [self._brief(each) for each in children if self._platform.in_contact_range(each.id)]
        }

    @staticmethod
    def _brief(department: Department) -> dict[str, Any]:
        return {
            "dept_id": int(department.id), "name": department.name, "parent_id": int(department.parent or 0),
            "create_dept_group": bool(department.extra.get("create_dept_group")),
            "auto_add_user": bool(department.extra.get("auto_add_user")),
        }  # fmt: skip

    async def sub_department_ids(self, call: Call) -> dict[str, Any]:
        """Not bound by the contact range."""
        found = self._town.departments["dingtalk"].get(call.body.text("dept_id"))
        if found is None:
            raise OldError(60003, "部门不存在")
        return {"result": {"dept_id_list": [int(each) for each in found.children]}}

    async def department(self, call: Call) -> dict[str, Any]:
        found = self._department(call)
        brief = self._brief(found)
        if found.parent is None:
            del brief["parent_id"]
        side = self._town.departments["dingtalk"]
        order = side[found.parent].children.index(found.id) + 1 if found.parent else 0
        members = {m for each in self._town.subtree("dingtalk", found.id) for m in each.members}
        chat = self._platform.departments.chat(found)
        group = {"dept_group_chat_id": self._platform.ids.chat_id(chat)} if chat else {}
        return {
            "result": {
                **brief, **group, "order": order, "hide_dept": False, "outer_dept": False, "group_contain_sub_dept": False,
                "dept_manager_userid_list": [found.leader] if found.leader else [], "member_count": len(members),
                "dept_permits": [], "user_permits": [], "outer_permit_depts": [], "outer_permit_users": [],
            }
        }  # fmt: skip

    async def all_departments(self, _: Call) -> dict[str, Any]:
        """Old and without a page today: all at once, with ``id, name, parentid``."""
        every = self._town.departments["dingtalk"].values()
        return {
            "department": [
                {"id": int(d.id), "name": d.name, **({"parentid": int(d.parent)} if d.parent else {})}
                for d in every if self._platform.in_contact_range(d.id)
            ]
        }  # fmt: skip

    def _path(self, department: str) -> list[int]:
        side, path = self._town.departments["dingtalk"], []
        at: str | None = department
        while at is not None:
            path.append(int(at))
            at = side[at].parent
        return path

    async def parents_of_user(self, call: Call) -> dict[str, Any]:
        person = self._in_range(call.body.text("userid"))
        return {
            "result": {"parent_list": [{"parent_dept_id_list": self._path(d)} for d in person.departments]}
        }

    async def parents_of_department(self, call: Call) -> dict[str, Any]:
        return {"result": {"parent_id_list": self._path(self._department(call).id)}}

    # -- people

    def shown(self, person: Person, *, details: bool = True) -> dict[str, Any]:
        """v2/user/get; in lists a little less."""
        side = self._town.departments["dingtalk"]
        leads = [{"dept_id": int(d), "leader": side[d].leader == person.id} for d in person.departments]
        user: dict[str, Any] = {
            "userid": person.id, "unionid": self._platform.ids.union_id(person.id), "name": person.name,
            "dept_id_list": [int(each) for each in person.departments], "hide_mobile": False, "active": True,
            "admin": self.is_admin(person), "boss": False, "leader": any(each["leader"] for each in leads),
            "exclusive_account": False,
        }  # fmt: skip
        if person.title:
            user["title"] = person.title
        if person.mobile and self._platform.has_scope(MOBILE):
            user |= {"mobile": person.mobile, "state_code": "86"}
        if not details:
            return {**user, "dept_order": 0}
        del user["leader"]
        user |= {
            "leader_in_dept": leads, "senior": False, "real_authed": True,
            "dept_order_list": [{"dept_id": int(each), "order": 0} for each in person.departments],
            "role_list": self._platform.roles.of(person),
        }  # fmt: skip
        manager = self._manager(person)
        return {**user, "manager_userid": manager} if manager else user

    def _manager(self, person: Person) -> str:
        """The head of the first department, or of the one above for a head."""
        side = self._town.departments["dingtalk"]
        at: str | None = person.departments[0] if person.departments else None
        while at is not None:
            leader = side[at].leader
            if leader and leader != person.id:
                return leader
            at = side[at].parent
        return ""

    async def user(self, call: Call) -> dict[str, Any]:
        return {"result": self.shown(self._in_range(call.body.text("userid")))}

    def _page(self, call: Call) -> tuple[list[Person], dict[str, Any]]:
        department = self._department(call, default=None) if call.body.has("dept_id") else None
        if department is None:
            raise call.host.missing("dept_id")
        size = call.body.number("size", least=1, most=PAGE)
        cursor = call.body.number("cursor", least=0)
        members = [self._town.people["dingtalk"][each] for each in department.members]
        page = members[cursor : cursor + size]
        more = len(members) > cursor + size
        return page, {"has_more": more, **({"next_cursor": cursor + size} if more else {})}

    async def users(self, call: Call) -> dict[str, Any]:
        """This department only, not those below."""
        page, more = self._page(call)
        return {"result": {**more, "list": [self.shown(person, details=False) for person in page]}}

    async def simple_users(self, call: Call) -> dict[str, Any]:
        page, more = self._page(call)
        return {"result": {**more, "list": [{"userid": person.id, "name": person.name} for person in page]}}

    async def user_ids(self, call: Call) -> dict[str, Any]:
        """Not bound by the contact range; no pages."""
        found = self._town.departments["dingtalk"].get(call.body.text("dept_id"))
        if found is None:
            raise OldError(60003, "部门不存在")
        return {"result": {"userid_list": list(found.members)}}

    async def by_mobile(self, call: Call) -> dict[str, Any]:
        mobile = call.body.text("mobile")
        if not mobile.removeprefix("+").isdecimal():
            raise OldError(40104, "无效的手机号")
        for person in self._town.people["dingtalk"].values():
            if person.active and person.mobile == mobile:
                return {"result": {"userid": person.id}}
        raise OldError(60121, "找不到该用户")

    async def by_union_id(self, call: Call) -> dict[str, Any]:
        found = self._platform.ids.by_union(call.body.text("unionid"))
        if found is None:
            raise OldError(60121, "找不到该用户")
        return {"result": {"contact_type": 0, "userid": found.id}}

    async def admins(self, _: Call) -> dict[str, Any]:
        people = [p for p in self._town.people["dingtalk"].values() if p.active]
        return {"result": [{"userid": p.id, "sys_level": n} for p in people if (n := self.admin_level(p))]}

    async def count(self, call: Call) -> dict[str, Any]:
        call.body.flag("only_active")
        return {"result": {"count": sum(p.active for p in self._town.people["dingtalk"].values())}}

    async def scopes(self, _: Call) -> dict[str, Any]:
        """What the app may see, at top level. D/obtain-corpsecret-authorization-scope."""
        fields = ["userid", "name", *(["mobile"] if self._platform.has_scope(MOBILE) else [])]
        departments = [int(each) for each in self._platform.contact_range()]
        return {
            "auth_user_field": fields, "condition_field": [],
            "auth_org_scopes": {"authed_dept": departments, "authed_user": []},
        }  # fmt: skip
