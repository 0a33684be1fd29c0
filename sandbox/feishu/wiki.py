"""知识库 (wiki): spaces that a person must open to the app by hand first.

https://open.feishu.cn/document/ukTMukTMukTM/uUDN04SN0QjL1QDN/wiki-v2/space/list (read 2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.feishu import pages
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.errors import ApiError

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

BASE = "/open-apis/wiki/v2/spaces"
READ = (("wiki:wiki", "wiki:wiki:readonly", "wiki:space:retrieve"),)


class Wiki:
    """The setting ``feishu.wiki_spaces`` names the spaces the app is a member of."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        nodes, members = BASE + "/{space_id}/nodes", BASE + "/{space_id}/members"
        write, member = (("wiki:wiki", "wiki:node:create"),), (("wiki:wiki", "wiki:member:create"),)
        read = (("wiki:wiki", "wiki:wiki:readonly", "wiki:node:retrieve"),)
        return [
            Endpoint(method="GET", path=BASE, run=self.spaces, source="D106", scopes=READ, tier="3"),
            Endpoint(method="POST", path=nodes, run=self.create, source="D107", scopes=write, tier="3"),
            Endpoint(method="GET", path=nodes, run=self.nodes, source="D108", scopes=read, tier="3"),
            Endpoint(
                method="POST", path=members, run=self.add_member, source="D109", scopes=member, tier="3"
            ),
        ]

    def _known(self) -> dict[str, dict[str, Any]]:
        for name in self._town.setting("feishu.wiki_spaces"):
            number = self._town.digits(19, "wiki", name)
            self._app.state.spaces.setdefault(number, {"name": str(name), "nodes": [], "members": []})
        return self._app.state.spaces

    def _space(self, call: Call) -> dict[str, Any]:
        space = self._known().get(call.path("space_id"))
        if space is None:
            raise ApiError(131006)
        return space

    def spaces(self, call: Call) -> dict[str, Any]:
        items = [
            {"space_id": number, "name": each["name"], "description": "", "space_type": "team",
             "visibility": "private", "open_sharing": "closed"}
            for number, each in self._known().items()
        ]  # fmt: skip
        page, more = pages.cut(call, items, default=20, most=50)
        return {"items": list(page), **more}

    def create(self, call: Call) -> dict[str, Any]:
        kind = call.option("obj_type", ("doc", "docx", "sheet", "mindnote", "bitable", "file", "slides"))
        call.option("node_type", ("origin", "shortcut"))
        parent, title = call.text("parent_node_token", default=""), call.text("title", default="")
        space = self._space(call)
        if parent and parent not in [each["node_token"] for each in space["nodes"]]:
            raise ApiError(131005)
        made = str(self._town.clock.now_ms() // 1000)
        node = {
            "space_id": call.path("space_id"), "node_token": self._town.new_id("wik", "node", length=24),
            "obj_token": self._town.new_id("dox", "doc", length=24), "obj_type": kind, "parent_node_token": parent,
            "node_type": "origin", "origin_node_token": "", "origin_space_id": call.path("space_id"),
            "has_child": False, "title": title, "obj_create_time": made, "obj_edit_time": made,
            "node_create_time": made, "creator": self._app.ids.bot, "owner": self._app.ids.bot,
        }  # fmt: skip
        for each in space["nodes"]:
            each["has_child"] = each["has_child"] or each["node_token"] == parent
        space["nodes"].append(node)
        return {"node": node}

    def nodes(self, call: Call) -> dict[str, Any]:
        parent = call.query("parent_node_token", "")
        found = [each for each in self._space(call)["nodes"] if each["parent_node_token"] == parent]
        page, more = pages.cut(call, found, default=20, most=50)
        return {"items": list(page), **more}

    def add_member(self, call: Call) -> dict[str, Any]:
        kind, member = call.text("member_type"), call.text("member_id")
        role = call.option("member_role", ("admin", "member"))
        if kind == "opendepartmentid":
            raise ApiError(131006, "departments can not be added with tenant_access_token")
        if kind not in ("openchat", "userid", "email", "openid", "unionid"):
            raise ApiError(131002, "member_type")
        space = self._space(call)
        space["members"].append({"member_type": kind, "member_id": member, "member_role": role})
        return {"member": space["members"][-1]}
