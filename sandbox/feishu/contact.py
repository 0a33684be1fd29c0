"""通讯录 (contact v3): departments and people within the app's 通讯录权限范围.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/contact-v3/user/find_by_department (read 2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.feishu import contact_fields, pages, scopes
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.contact_fields import Kinds
from sandbox.feishu.errors import ApiError
from sandbox.model import Department, Person

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

BASE = "/open-apis/contact/v3"
ROOT = "0"
DEPARTMENT_ID_TYPES = ("open_department_id", "department_id")
BAD_SIZE, BAD_TOKEN, BAD = 40011, 40012, 40001


class Contact:
    """Read only; nothing outside the range is shown."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        departments, users = BASE + "/departments", BASE + "/users"
        base = (scopes.CONTACT,)
        organize = ((*scopes.CONTACT, "contact:department.organize:readonly"),)
        one = departments + "/{department_id}"
        return [
            Endpoint(method="GET", path=departments + "/batch", run=self.departments, source="D94", scopes=base),
            Endpoint(method="GET", path=departments + "/parent", run=self.parents, source="D95", scopes=base),
            Endpoint(method="GET", path=one + "/children", run=self.children, source="D90", scopes=organize),
            Endpoint(method="GET", path=one, run=self.department, source="D93", scopes=base),
            Endpoint(
                method="POST", path=departments + "/search", run=self.search, source="D96", scopes=base, caller="user"
            ),
            Endpoint(
                method="GET", path=users + "/find_by_department", run=self.people, source="D91", scopes=base
            ),
            Endpoint(method="GET", path=users + "/batch", run=self.users, source="D98", scopes=base),
            Endpoint(
                method="POST", path=users + "/batch_get_id", run=self.ids_by_contact, source="D99",
                scopes=(("contact:user.id:readonly",),),
            ),
            Endpoint(method="GET", path=users + "/{user_id}", run=self.user, source="D97", scopes=base),
            Endpoint(method="GET", path=BASE + "/scopes", run=self.range, source="D92", scopes=base),
        ]  # fmt: skip

    # -- departments

    def _id_types(self, call: Call) -> Kinds:
        department = call.query_option("department_id_type", DEPARTMENT_ID_TYPES, "open_department_id")
        return Kinds(call.user_id_type(), department)

    def _find(self, value: str, kind: str) -> Department:
        side = self._town.departments["feishu"]
        if value != ROOT and kind == "department_id":
            value = next((each for each in side if contact_fields.custom_id(self._app, each) == value), "")
        if value not in side:
            raise ApiError(40015)
        return side[value]

    def _readable(self, value: str, kind: str, code: int = 40004) -> Department:
        department = self._find(value, kind)
        if not self._app.reads_department(department.id):
            raise ApiError(code)
        return department

    def _shown(self, department: Department, kinds: Kinds) -> dict[str, Any]:
        return contact_fields.department(self._app, department, kinds)

    def children(self, call: Call) -> dict[str, Any]:
        kinds = self._id_types(call)
        top = self._readable(call.path("department_id"), kinds.department, 40014)
        side = self._town.departments["feishu"]
        if call.query_flag("fetch_child"):
            below = self._town.subtree("feishu", top.id)[1:]
            if len(below) > int(self._town.setting("feishu.largest_recursion")):
                raise ApiError(43010)
        else:
            below = [side[each] for each in top.children]
        page, more = pages.cut(call, below, default=10, most=50, bad_token=BAD_TOKEN, bad_size=BAD_SIZE)
        return {"items": [self._shown(each, kinds) for each in page], **more}

    def department(self, call: Call) -> dict[str, Any]:
        kinds = self._id_types(call)
        found = self._readable(call.path("department_id"), kinds.department)
        return {"department": self._shown(found, kinds)}

    def departments(self, call: Call) -> dict[str, Any]:
        kinds = self._id_types(call)
        wanted = call.request.query.getall("department_ids", [])
        if not wanted or len(wanted) > 50:
            raise ApiError(BAD, "department_ids: 1 to 50")
        items = []
        for each in wanted:
            try:
                found = self._readable(each, kinds.department)
            except ApiError:
                continue
            items.append(self._shown(found, kinds))
        return {"items": items}

    def parents(self, call: Call) -> dict[str, Any]:
        kinds = self._id_types(call)
        wanted = call.request.query.get("department_id", "")
        if not wanted:
            raise ApiError(44102)
        found, above = self._readable(wanted, kinds.department), []
        side = self._town.departments["feishu"]
        while found.parent not in (None, ROOT):
            found = side[str(found.parent)]
            above.append(found)
        page, more = pages.cut(call, above, default=10, most=50, bad_token=BAD_TOKEN, bad_size=BAD_SIZE)
        return {"items": [self._shown(each, kinds) for each in page], **more}

    def search(self, call: Call) -> dict[str, Any]:
        kinds, query = self._id_types(call), call.text("query")
        found = [d for d in self._town.departments["feishu"].values() if query in d.name and d.id != ROOT]
        page, more = pages.cut(call, found, default=20, most=50, bad_token=BAD_TOKEN, bad_size=BAD_SIZE)
        return {"items": [self._shown(each, kinds) for each in page], **more}

    # -- people

    def _person(self, person: Person, kinds: Kinds) -> dict[str, Any]:
        return contact_fields.user(self._app, person, kinds)

    def people(self, call: Call) -> dict[str, Any]:
        kinds = self._id_types(call)
        department = self._readable(call.query("department_id"), kinds.department)
        members = [self._town.people["feishu"][each] for each in department.members]
        page, more = pages.cut(call, members, default=10, most=50, bad_token=BAD_TOKEN, bad_size=BAD_SIZE)
        return {"items": [self._person(each, kinds) for each in page], **more}

    def user(self, call: Call) -> dict[str, Any]:
        kinds = self._id_types(call)
        person = self._app.ids.find(kinds.user, call.path("user_id"))
        if person is None:
            raise ApiError(41012)
        if not self._app.reads_person(person):
            raise ApiError(41050)
        return {"user": self._person(person, kinds)}

    def users(self, call: Call) -> dict[str, Any]:
        kinds = self._id_types(call)
        wanted = call.request.query.getall("user_ids", [])
        if not wanted or len(wanted) > 50:
            raise ApiError(BAD, "user_ids: 1 to 50")
        found = [self._app.ids.find(kinds.user, each) for each in wanted]
        items = [self._person(each, kinds) for each in found if each and self._app.reads_person(each)]
        return {"items": items}

    def ids_by_contact(self, call: Call) -> dict[str, Any]:
        kind = call.user_id_type()
        emails, mobiles = call.texts("emails", most=50), call.texts("mobiles", most=50)
        resigned = call.flag("include_resigned")
        by_mobile = {p.mobile: p for p in self._town.people["feishu"].values() if p.active or resigned}
        found: list[dict[str, Any]] = [{"email": each} for each in emails]
        for each in mobiles:
            person = by_mobile.get(each.removeprefix("+86"))
            shown: dict[str, Any] = {"mobile": each}
            if person is not None and self._app.reads_person(person):
                shown["user_id"] = self._app.ids.of(person, kind)
                shown["status"] = {
                    "is_frozen": False, "is_resigned": not person.active, "is_activated": person.active,
                    "is_exited": False, "is_unjoin": False,
                }  # fmt: skip
            found.append(shown)
        return {"user_list": found}

    # -- the range

    def range(self, call: Call) -> dict[str, Any]:
        """With 全部成员 the first level and the root's own people."""
        kinds = self._id_types(call)
        side, tops = self._town.departments["feishu"], self._app.contact_range()
        people: list[str] = []
        if tops is None:
            departments, people = list(side[ROOT].children), list(side[ROOT].members)
        else:
            departments = tops
        every = [("department", each) for each in departments] + [("user", each) for each in people]
        page, more = pages.cut(call, every, default=50, most=100, bad_token=BAD_TOKEN, bad_size=BAD_SIZE)
        known = self._town.people["feishu"]
        return {
            "department_ids": [
                contact_fields.department_id(self._app, each, kinds.department)
                for kind, each in page if kind == "department"
            ],
            "user_ids": [
                self._app.ids.of(known[each], kinds.user) for kind, each in page if kind == "user"
            ],
            "group_ids": [], **more,
        }  # fmt: skip
