"""审批 (approval): instances of definitions that the administrator made in the console.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/instance/create (read 2026-11)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.errors import ApiError

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

BASE = "/open-apis/approval/v4/instances"
SCOPE = (("approval:approval", "approval:instance"),)
NOT_ACTIVE, UNKNOWN, WRONG, SAME_UUID = 1390015, 1390002, 1390001, 60012


class Approval:
    """The setting ``feishu.approvals`` names the definitions and whether each is active."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        source = "SDK api/approval/v4/model/get_instance_request.py"
        return [
            Endpoint(method="POST", path=BASE, run=self.create, source="D113", scopes=SCOPE, tier="3"),
            Endpoint(
                method="GET",
                path=BASE + "/{instance_id}",
                run=self.get,
                source=source,
                scopes=SCOPE,
                tier="3",
            ),
        ]

    def create(self, call: Call) -> dict[str, Any]:
        code, form, uuid = (
            call.text("approval_code"),
            call.text("form"),
            call.text("uuid", default="", longest=64),
        )
        known = self._town.setting("feishu.approvals")
        if code not in known:
            raise ApiError(UNKNOWN)
        if not known[code]:
            raise ApiError(NOT_ACTIVE)
        person = self._person(call)
        _check(form)
        instances = self._app.state.approvals
        if uuid and any(each["uuid"] == uuid for each in instances.values()):
            raise ApiError(SAME_UUID)
        number = self._town.new_id("", "approval").upper()
        instance = f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}"
        instances[instance] = {
            "approval_name": code, "approval_code": code, "instance_code": instance, "uuid": uuid, "form": form,
            "start_time": str(self._town.clock.now_ms()), "end_time": "0", "status": "PENDING",
            "open_id": person, "user_id": self._town.people["feishu"][person].account, "serial_number": number[:14],
            "department_id": call.text("department_id", default=""), "task_list": [], "comment_list": [],
            "timeline": [],
        }  # fmt: skip
        return {"instance_code": instance}

    def _person(self, call: Call) -> str:
        for key in ("open_id", "user_id"):
            value = call.text(key, default="")
            if value:
                person = self._app.ids.find(key, value)
                if person is None or not person.active:
                    raise ApiError(WRONG, key)
                return person.id
        raise ApiError(WRONG, "open_id or user_id is required")

    def get(self, call: Call) -> dict[str, Any]:
        instance = call.path("instance_id")
        every = self._app.state.approvals
        found = every.get(instance) or next(
            (each for each in every.values() if each["uuid"] == instance), None
        )
        if found is None or not instance:
            raise ApiError(1390003)
        return found


def _check(form: str) -> None:
    """A JSON list of ``{"id", "type", "value"}``, as a string."""
    try:
        widgets = json.loads(form)
    except (ValueError, RecursionError):
        raise ApiError(WRONG, "form is not JSON") from None
    if not isinstance(widgets, list) or not all(
        isinstance(each, dict) and isinstance(each.get("id"), str) and isinstance(each.get("type"), str)
        for each in widgets
    ):
        raise ApiError(WRONG, "form must be a list of widgets with id, type and value")
