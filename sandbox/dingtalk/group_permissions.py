"""Rights inside a scene group (群权限), one by one: SDK im_1_0 only, without a page.

``permissionGroup`` is taken to be the name of one of the group's options and ``status`` its new value, which is a guess.
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk import group_options
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.groups import WRITE
from sandbox.dingtalk.part import Part

STATUSES = {"0": 0, "1": 1, "off": 0, "on": 1, "false": 0, "true": 1}


class GroupPermissions(Part):
    """By the options that creation and update know."""

    def apis(self) -> list[Api]:
        return [Api("PUT", "/v1.0/im/sceneGroups/permissions", self.change, WRITE, documented=False)]

    async def change(self, call: Call) -> dict[str, Any]:
        chat = self._platform.scene_groups.writable(call, "openConversationId")
        name, status = call.body.text("permissionGroup"), call.body.text("status").lower()
        known = {**{each: each for each in group_options.DEFAULTS}, **group_options.ORDINARY}
        if name not in known:
            raise call.body.wrong("permissionGroup", "is unknown")
        if status not in STATUSES:
            raise call.body.wrong("status", "must be 0 or 1")
        changes = group_options.apply(chat, {known[name]: STATUSES[status]})
        self._platform.edit_chat(chat, changes, chat.owner)
        return {"success": True}
