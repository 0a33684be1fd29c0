"""群公告 (announcements): the new kind made of blocks, and the old one that refuses to be the new one.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/group/upgraded-group-announcement/group-announcement-overview
(read 2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.feishu import roles
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.errors import ApiError, wrong_field
from sandbox.model import BOT, Chat

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

NEW = "/open-apis/docx/v1/chats/{chat_id}/announcement"
OLD = "/open-apis/im/v1/chats/{chat_id}/announcement"
READ = ("im:chat.announcement:read",)
WRITE = ("im:chat.announcement:write_only",)
PER_ANNOUNCEMENT = ((3, 1),)
MOST_BLOCKS = 50
WRONG, NO_BLOCK, NO_RIGHT, IS_NEW, IS_OLD = 232001, 232001, 232002, 232097, 232097
NO_RIGHT_ON_DOCUMENT = 232066


class Announcements:
    """The setting ``feishu.announcement`` says which kind the groups have."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        blocks = NEW + "/blocks"
        children = blocks + "/{block_id}/children"
        read, write = (READ,), (WRITE,)
        return [
            Endpoint(method="GET", path=NEW, run=self.get, source="D83", scopes=read, tier="8"),
            Endpoint(method="GET", path=blocks, run=self.blocks, source="D86", scopes=read, tier="6"),
            Endpoint(
                method="PATCH", path=blocks + "/batch_update", run=self.update, source="D86", scopes=write, tier="6"
            ),
            Endpoint(method="POST", path=children, run=self.add, source="D85", scopes=write, tier="6"),
            Endpoint(
                method="DELETE", path=children + "/batch_delete", run=self.delete, source="D86", scopes=write, tier="6"
            ),
            Endpoint(method="GET", path=OLD, run=self.get_old, source="D87", scopes=read),
            Endpoint(method="PATCH", path=OLD, run=self.patch_old, source="D88", scopes=write),
        ]  # fmt: skip

    def _of(self, call: Call) -> tuple[Chat, dict[str, Any]]:
        chat = roles.joined(self._app, call.path("chat_id"))
        known = self._app.state.announcements
        if chat.id not in known:
            made = str(self._town.clock.now_ms() // 1000)
            owner = self._app.app_id if chat.owner == BOT else chat.owner
            known[chat.id] = {
                "revision": 1,
                "made": made,
                "changed": made,
                "owner": owner,
                "blocks": [],
                "old": "",
            }
        return chat, known[chat.id]

    def _writable(self, call: Call) -> dict[str, Any]:
        chat, found = self._of(call)
        if self._is_old():
            raise ApiError(IS_OLD, "this chat has the old announcement")
        if not roles.allowed(self._app, chat, "edit_permission"):
            raise ApiError(NO_RIGHT)
        revision = call.query("revision_id", "-1")
        if revision not in ("-1", str(found["revision"])):
            raise wrong_field("revision_id", "the revision is not the latest", revision)
        self._app.limits.take(f"announcement {chat.id}", PER_ANNOUNCEMENT)
        return found

    def _is_old(self) -> bool:
        return bool(self._town.setting("feishu.announcement") == "doc")

    def _changed(self, call: Call, found: dict[str, Any]) -> dict[str, Any]:
        found["revision"] += 1
        found["changed"] = str(self._town.clock.now_ms() // 1000)
        return {"revision_id": found["revision"], "client_token": call.query("client_token", "")}

    def _who(self, found: dict[str, Any]) -> dict[str, Any]:
        kind = "app_id" if found["owner"] == self._app.app_id else "open_id"
        return {
            "owner_id": found["owner"], "owner_id_type": kind, "modifier_id": found["owner"],
            "modifier_id_type": kind,
        }  # fmt: skip

    def get(self, call: Call) -> dict[str, Any]:
        _, found = self._of(call)
        return {
            "revision_id": found["revision"], "create_time": int(found["made"]),
            "update_time": int(found["changed"]), "create_time_v2": found["made"],
            "update_time_v2": found["changed"], **self._who(found),
            "announcement_type": "doc" if self._is_old() else "docx",
        }  # fmt: skip

    def blocks(self, call: Call) -> dict[str, Any]:
        chat, found = self._of(call)
        if self._is_old():
            raise ApiError(IS_OLD)
        ids = [each["block_id"] for each in found["blocks"]]
        root = {
            "block_id": chat.id,
            "parent_id": "",
            "block_type": 1,
            "children": ids,
            "page": {"elements": []},
        }
        return {"items": [root, *found["blocks"]], "has_more": False}

    def add(self, call: Call) -> dict[str, Any]:
        children, index = call.objects("children", most=MOST_BLOCKS), call.body.get("index", -1)
        if not isinstance(index, int) or isinstance(index, bool) or index < -1:
            raise wrong_field("index", "index must be a whole number", index)
        found = self._writable(call)
        if call.path("block_id") != call.path("chat_id"):
            raise ApiError(NO_BLOCK, "only the root block can have children here")
        new = [self._block(call.path("chat_id"), each) for each in children]
        at = len(found["blocks"]) if index == -1 else min(index, len(found["blocks"]))
        found["blocks"][at:at] = new
        return {"children": new, **self._changed(call, found)}

    def _block(self, parent: str, wanted: dict[str, Any]) -> dict[str, Any]:
        kind = wanted.get("block_type")
        if not isinstance(kind, int) or isinstance(kind, bool):
            raise wrong_field("children.block_type", "block_type is required", kind)
        kept = {key: value for key, value in wanted.items() if isinstance(value, dict)}
        return {
            "block_id": self._town.new_id("dox", "block", length=24), "parent_id": parent, "block_type": kind, **kept,
        }  # fmt: skip

    def update(self, call: Call) -> dict[str, Any]:
        requests = call.objects("requests", most=200)
        found = self._writable(call)
        by_id, updated = {each["block_id"]: each for each in found["blocks"]}, []
        for each in requests:
            block = by_id.get(str(each.get("block_id")))
            elements = each.get("update_text_elements")
            if (
                block is None
                or not isinstance(elements, dict)
                or not isinstance(elements.get("elements"), list)
            ):
                raise ApiError(NO_BLOCK, "block_id and update_text_elements.elements are required")
            block["text"] = {"elements": elements["elements"]}
            updated.append(block)
        return {"blocks": updated, **self._changed(call, found)}

    def delete(self, call: Call) -> dict[str, Any]:
        start, end = (call.whole(key, str(call.body.get(key, ""))) for key in ("start_index", "end_index"))
        found = self._writable(call)
        if not start < end <= len(found["blocks"]):
            raise wrong_field("end_index", "out of range", end)
        del found["blocks"][start:end]
        return self._changed(call, found)

    def get_old(self, call: Call) -> dict[str, Any]:
        _, found = self._of(call)
        if not self._is_old():
            raise ApiError(IS_NEW)
        return {
            "content": found["old"], "revision": str(found["revision"]), "create_time": found["made"],
            "update_time": found["changed"], **self._who(found),
        }  # fmt: skip

    def patch_old(self, call: Call) -> dict[str, Any]:
        revision, requests = call.text("revision"), call.texts("requests", required=True)
        chat, found = self._of(call)
        if not self._is_old():
            raise ApiError(IS_NEW)
        if not roles.allowed(self._app, chat, "edit_permission"):
            raise ApiError(NO_RIGHT_ON_DOCUMENT)
        if revision != str(found["revision"]):
            raise ApiError(WRONG, "the revision is not the latest")
        found["old"] += "".join(requests)
        found["revision"] += 1
        return {}
