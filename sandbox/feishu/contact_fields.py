"""通讯录字段 (contact fields): users and departments as the API and the events show them, field by scope.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/contact-v3/user/find_by_department (read 2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.feishu.ids import MAIL_HOST
from sandbox.model import Department, Person

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

ALWAYS = ("open_id", "union_id")
BY_SCOPE: dict[str, tuple[str, ...]] = {
    "contact:user.employee_id:readonly": ("user_id",),
    "contact:user.base:readonly": ("name", "en_name", "nickname", "avatar"),
    "contact:user.department:readonly": ("department_ids", "leader_user_id", "orders"),
    "contact:user.employee:readonly": (
        "status", "city", "country", "work_station", "join_time", "is_tenant_manager", "employee_type",
        "enterprise_email", "job_title", "custom_attrs", "employee_no",
    ),
    "contact:user.employee_number:read": ("employee_no",),
    "contact:user.email:readonly": ("email",),
    "contact:user.phone:readonly": ("mobile", "mobile_visible"),
    "contact:user.gender:readonly": ("gender",),
    "contact:user.dotted_line_leader_info.read": ("dotted_line_leader_user_ids",),
}  # fmt: skip
"""A missing scope leaves its fields out; it is no error."""
DEPARTMENT_BY_SCOPE: dict[str, tuple[str, ...]] = {
    "contact:department.base:readonly": (
        "name", "i18n_name", "department_id", "open_department_id", "chat_id", "status",
    ),
    "contact:department.organize:readonly": (
        "parent_department_id", "leader_user_id", "leaders", "order", "member_count", "primary_member_count",
        "unit_ids", "group_chat_employee_types", "department_id", "open_department_id",
    ),
    "contact:department.hrbp:readonly": ("department_hrbps",),
}  # fmt: skip
OLD = ("contact:contact:readonly", "contact:contact:readonly_as_app", "contact:contact:access_as_app")
"""The old scopes that show all fields but mail, phone and gender."""
JOINED_AT = 1614556800
"""2021-03-01: everybody joined on one day."""


class Kinds(NamedTuple):
    """In which ids people and departments are named."""

    user: str = "open_id"
    department: str = "open_department_id"


DEFAULT_KINDS = Kinds()


def custom_id(app: FeishuPlatform, department: str) -> str:
    """The tenant's own department_id beside the ``od-…``."""
    return "0" if department == "0" else app.town.derive("", "department", department, length=16)


def department_id(app: FeishuPlatform, department: str, kind: str) -> str:
    return custom_id(app, department) if kind == "department_id" else department


def user(
    app: FeishuPlatform,
    person: Person,
    kinds: Kinds = DEFAULT_KINDS,
    *,
    event: bool = False,
) -> dict[str, Any]:
    """What the app may see of a person."""
    town = app.town
    leader = _leader(app, person)
    avatar = {
        f"avatar_{size}": f"https://avatar.hechuan.example/{size}/{person.id}"
        for size in ("72", "240", "640", "origin")
    }
    departments = [department_id(app, each, kinds.department) for each in person.departments]
    every: dict[str, Any] = {
        "open_id": person.id, "union_id": app.ids.union(person.id), "user_id": person.account,
        "name": person.name, "en_name": "", "nickname": "", "avatar": avatar,
        "email": "", "enterprise_email": f"{person.account}@{MAIL_HOST}",
        "mobile": f"+86{person.mobile}", "mobile_visible": True, "gender": 0,
        "status": {
            "is_frozen": False, "is_resigned": not person.active, "is_activated": person.active,
            "is_exited": False, "is_unjoin": False,
        },
        "department_ids": departments,
        "leader_user_id": app.ids.of(leader, kinds.user) if leader else "",
        "city": person.city, "country": "CN", "work_station": "", "join_time": JOINED_AT,
        "is_tenant_manager": person.account == "zhoumin",
        "employee_no": str(1000 + int(town.digits(6, "employee", person.id)) % 9000), "employee_type": 1,
        "orders": [
            {"department_id": each, "user_order": 0, "department_order": len(departments) - at,
             "is_primary_dept": at == 0}
            for at, each in enumerate(departments)
        ],
        "custom_attrs": [], "job_title": person.title, "dotted_line_leader_user_ids": [],
    }  # fmt: skip
    if event:
        del every["mobile_visible"], every["is_tenant_manager"]
    return _visible(app, every, BY_SCOPE, {"email", "mobile", "mobile_visible", "gender"})


def department(
    app: FeishuPlatform,
    found: Department,
    kinds: Kinds = DEFAULT_KINDS,
) -> dict[str, Any]:
    """What the app may see of a department; counts include what is below it."""
    leader = app.town.people["feishu"].get(found.leader or "")
    leader_id = app.ids.of(leader, kinds.user) if leader else ""
    people = {each for d in app.town.subtree("feishu", found.id) for each in d.members}
    every: dict[str, Any] = {
        "name": found.name, "i18n_name": {"zh_cn": found.name, "en_us": "", "ja_jp": ""},
        "parent_department_id": department_id(app, found.parent or "0", kinds.department),
        "department_id": custom_id(app, found.id), "open_department_id": found.id,
        "leader_user_id": leader_id, "chat_id": found.extra.get("chat", ""), "order": str(_order(app, found)), "unit_ids": [],
        "member_count": len(people), "primary_member_count": len(people),
        "status": {"is_deleted": False},
        "leaders": [{"leaderType": 1, "leaderID": leader_id}] if leader else [],
        "group_chat_employee_types": [], "department_hrbps": [],
    }  # fmt: skip
    return _visible(app, every, DEPARTMENT_BY_SCOPE, set())


def department_in_event(app: FeishuPlatform, found: Department) -> dict[str, Any]:
    """As ``department``, with the order as a number and without the counts."""
    shown = department(app, found)
    for key in ("member_count", "primary_member_count", "i18n_name", "group_chat_employee_types"):
        shown.pop(key, None)
    if "order" in shown:
        shown["order"] = int(shown["order"])
    return shown


def _visible(
    app: FeishuPlatform, every: dict[str, Any], table: dict[str, tuple[str, ...]], private: set[str]
) -> dict[str, Any]:
    keys = {key for scope, names in table.items() if app.has_scope(scope) for key in names} | set(ALWAYS)
    if any(app.has_scope(scope) for scope in OLD):
        keys |= set(every) - private
    return {key: value for key, value in every.items() if key in keys}


def _leader(app: FeishuPlatform, person: Person) -> Person | None:
    """The leader of the first department, or of the next one above who is somebody else."""
    side = app.town.departments["feishu"]
    at = person.departments[0] if person.departments else None
    while at is not None and at in side:
        leader = side[at].leader
        if leader and leader != person.id:
            return app.town.people["feishu"].get(leader)
        at = side[at].parent
    return None


def _order(app: FeishuPlatform, found: Department) -> int:
    if found.parent is None:
        return 0
    siblings = app.town.departments["feishu"][found.parent].children
    return len(siblings) - siblings.index(found.id)
