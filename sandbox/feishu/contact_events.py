"""通讯录事件 (contact events): people and departments that come, change and go, within the app's range.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/contact-v3/department/events/created (read 2026-11)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.feishu import contact_fields
from sandbox.model import Department, Person

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform


class ContactEvents:
    """Each method tells one thing that happened to somebody the app may read."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app

    def person_created(self, person: Person) -> None:
        if self._app.reads_person(person):
            self._app.deliveries.send(
                "contact.user.created_v3", {"object": contact_fields.user(self._app, person, event=True)}
            )

    def person_updated(self, person: Person, before: Mapping[str, Any]) -> None:
        """``before``: the fields as they were; only those that changed are told."""
        after = contact_fields.user(self._app, person, event=True)
        changed = {key: value for key, value in before.items() if after.get(key) != value}
        if changed and self._app.reads_person(person):
            self._app.deliveries.send("contact.user.updated_v3", {"object": after, "old_object": changed})

    def person_deleted(self, person: Person, departments: Sequence[str]) -> None:
        gone = contact_fields.user(self._app, person, event=True)
        for key in ("department_ids", "orders"):
            gone.pop(key, None)
        old = {"department_ids": list(departments), "open_id": person.id}
        self._app.deliveries.send("contact.user.deleted_v3", {"object": gone, "old_object": old})

    def department_updated(self, department: Department, before: Mapping[str, Any]) -> None:
        after = contact_fields.department_in_event(self._app, department)
        changed = {key: value for key, value in before.items() if after.get(key) != value}
        if changed and self._app.reads_department(department.id):
            self._app.deliveries.send(
                "contact.department.updated_v3", {"object": after, "old_object": changed}
            )

    def department_created(self, department: Department) -> None:
        if self._app.reads_department(department.id):
            made = contact_fields.department_in_event(self._app, department)
            self._app.deliveries.send("contact.department.created_v3", {"object": made})

    def department_deleted(self, department: Department, gone: dict[str, Any]) -> None:
        """``gone``: the department as events showed it before."""
        old = {"open_department_id": department.id, "status": {"is_deleted": False}}
        event = {"object": {**gone, "status": {"is_deleted": True}}, "old_object": old}
        self._app.deliveries.send("contact.department.deleted_v3", event)

    def range_changed(self, before: Sequence[str], after: Sequence[str]) -> None:
        """The 通讯录权限范围 was set anew; both are as the setting writes them, empty being 全部成员."""
        old, new = self._tops(before), self._tops(after)
        if old == new:
            return
        self._app.deliveries.send("contact.scope.updated_v3", {
            "added": self._part(new, old), "removed": self._part(old, new),
        })  # fmt: skip

    def _tops(self, wanted: Sequence[str]) -> dict[str, dict[str, None]]:
        """Departments and people of a range; 全部成员 is the first level and the root's own people."""
        root = self._app.town.departments["feishu"]["0"]
        if not wanted:
            return {"departments": dict.fromkeys(root.children), "users": dict(root.members)}
        side = self._app.town.departments["feishu"].values()
        return {
            "departments": {each.id: None for each in side if {each.id, each.name} & set(wanted)},
            "users": {},
        }

    def _part(
        self, there: dict[str, dict[str, None]], not_there: dict[str, dict[str, None]]
    ) -> dict[str, Any]:
        app = self._app
        departments, people = app.town.departments["feishu"], app.town.people["feishu"]
        return {
            "departments": [
                contact_fields.department(app, departments[each])
                for each in there["departments"] if each not in not_there["departments"]
            ],
            "users": [
                contact_fields.user(app, people[each], event=True)
                for each in there["users"] if each not in not_there["users"]
            ],
            "user_groups": [],
        }  # fmt: skip
