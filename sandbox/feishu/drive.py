"""云空间 (drive): folders, uploads and who may see them.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/drive-v1/file/create_folder (read 2026-11)
"""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING, Any

from sandbox.feishu import pages, roles
from sandbox.feishu.calls import Call, Endpoint, Flat
from sandbox.feishu.content import size_bytes
from sandbox.feishu.errors import ApiError, wrong_field
from sandbox.feishu.multipart import Form
from sandbox.feishu.state import Node

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

BASE = "/open-apis/drive"
MOST_CHILDREN, LONGEST_NAME_BYTES, LONGEST_FILE_NAME, LARGEST = 1500, 256, 250, 20 * 1024 * 1024
A_DAY = 10_000
MEMBER_TYPES = (
    "email", "openid", "unionid", "openchat", "opendepartmentid", "userid", "groupid", "wikispaceid",
)  # fmt: skip
PERSON_TYPES = {"openid": "open_id", "unionid": "union_id", "userid": "user_id", "email": "email"}


class Drive:
    """The app's own space. Names are not unique."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town
        self._is_at_work = False

    def endpoints(self) -> list[Endpoint]:
        files = BASE + "/v1/files"
        read = (("drive:drive", "drive:drive:readonly", "space:document:retrieve"),)
        folder = (("drive:drive", "space:folder:create"),)
        upload = (("drive:drive", "drive:file", "drive:file:upload"),)
        member = (("docs:permission.member:create", "drive:drive"),)
        return [
            Endpoint(
                method="POST", path=files + "/create_folder", run=self.create, source="D100", scopes=folder, tier="6"
            ),
            Endpoint(method="GET", path=files, run=self.list_files, source="D101", scopes=read, tier="8"),
            Endpoint(
                method="POST", path=files + "/upload_all", run=self.upload, source="D103", scopes=upload, tier="6"
            ),
            Endpoint(
                method="GET", path=BASE + "/explorer/v2/root_folder/meta", run=self.root_meta, source="D102", scopes=read
            ),
            Endpoint(
                method="POST", path=BASE + "/v1/permissions/{token}/members", run=self.share, source="D104",
                scopes=member, tier="3",
            ),
        ]  # fmt: skip

    def _root(self) -> Node:
        token = self._town.derive("nod", "root", length=24)
        nodes = self._app.state.nodes
        if token not in nodes:
            nodes[token] = Node(token=token, name="", kind="folder", parent="", made_at=self._app.now())
        return nodes[token]

    def folder(self, token: str, code: int) -> Node:
        """Without a token the root; raises ``code`` for what is no folder."""
        root = self._root()
        node = self._app.state.nodes.get(token) if token else root
        if node is None or node.kind != "folder":
            raise ApiError(code)
        return node

    def add(self, parent: Node, name: str, kind: str, prefix: str, size: int = 0) -> Node:
        """Raises when a day's or a folder's number is reached."""
        day = f"{kind} " + self._app.now().strftime("%Y-%m-%d")
        used = self._app.state.made_by_day.get(day, 0)
        if used >= A_DAY:
            raise ApiError(1061045)
        if len(parent.children) >= MOST_CHILDREN:
            raise ApiError(1062507)
        self._app.state.made_by_day[day] = used + 1
        token = self._town.new_id(prefix, kind, length=24)
        node = Node(
            token=token, name=name, kind=kind, parent=parent.token, made_at=self._app.now(), size_bytes=size
        )
        self._app.state.nodes[token] = node
        parent.children.append(token)
        return node

    def _url(self, node: Node) -> str:
        kind = "folder" if node.kind == "folder" else "file"
        return f"https://hechuan.feishu.example/drive/{kind}/{node.token}"

    async def create(self, call: Call) -> dict[str, Any]:
        """One call after the other: of two at once the second is told to come again."""
        if self._is_at_work:
            raise ApiError(1061045)
        answer = self._create(call)
        self._is_at_work = True
        try:
            await asyncio.sleep(float(self._town.setting("feishu.folder_call_s")))
        finally:
            self._is_at_work = False
        return answer

    def _create(self, call: Call) -> dict[str, Any]:
        name, token = call.text("name"), call.body.get("folder_token")
        if not isinstance(token, str):
            raise wrong_field("folder_token", "folder_token is required", token)
        if size_bytes(name) > LONGEST_NAME_BYTES:
            raise ApiError(1061002, "name is longer than 256 bytes")
        folder = self.add(self.folder(token, 1061003), name, "folder", "fld")
        return {"token": folder.token, "url": self._url(folder)}

    def list_files(self, call: Call) -> dict[str, Any]:
        order = call.query_option("order_by", ("EditedTime", "CreatedTime"), "EditedTime")
        direction = call.query_option("direction", ("ASC", "DESC"), "DESC")
        folder = self.folder(call.query("folder_token", ""), 1061003)
        nodes = [self._app.state.nodes[each] for each in folder.children]
        nodes.sort(key=lambda node: node.made_at, reverse=order != "" and direction == "DESC")
        page, more = pages.cut(call, nodes, default=100, most=200)
        answer: dict[str, Any] = {"files": [self._shown(each) for each in page], "has_more": more["has_more"]}
        if "page_token" in more:
            answer["next_page_token"] = more["page_token"]
        return answer

    def _shown(self, node: Node) -> dict[str, Any]:
        made = str(int(node.made_at.timestamp()))
        return {
            "token": node.token, "name": node.name, "type": node.kind, "parent_token": node.parent,
            "url": self._url(node), "created_time": made, "modified_time": made, "owner_id": self._app.ids.bot,
        }  # fmt: skip

    def root_meta(self, _: Call) -> Flat:
        root = self._root()
        data = {
            "token": root.token,
            "id": self._town.digits(19, "root"),
            "user_id": self._town.digits(19, "app-user"),
        }
        return Flat(code=0, msg="Success", data=data)

    async def upload(self, call: Call) -> dict[str, Any]:
        form = await Form.of(call.request)
        name, parent = form.text("file_name"), form.text("parent_node")
        form.option("parent_type", ("explorer",))
        size, upload = call.whole("size", form.text("size")), form.file("file")
        if len(name) > LONGEST_FILE_NAME or not upload.content or size != len(upload.content):
            raise ApiError(1061002, "file_name, size and file do not fit")
        if size > LARGEST:
            raise ApiError(1061043)
        checksum = form.text("checksum", "")
        if checksum and checksum != str(zlib.adler32(upload.content)):
            raise ApiError(1061002, "checksum")
        node = self.add(self.folder(parent, 1061044), name, "file", "box", size)
        return {"file_token": node.token}

    def share(self, call: Call) -> dict[str, Any]:
        kind = call.query("type")
        member_type, member_id = call.option("member_type", MEMBER_TYPES), call.text("member_id")
        perm = call.option("perm", ("view", "edit", "full_access"))
        self._root()
        node = self._app.state.nodes.get(call.path("token"))
        if node is None or kind != node.kind:
            raise ApiError(1063001, "token and type do not fit")
        self._check_member(member_type, member_id)
        member = {"member_type": member_type, "member_id": member_id, "perm": perm}
        node.members[f"{member_type}/{member_id}"] = member
        return {"member": member}

    def _check_member(self, member_type: str, member_id: str) -> None:
        """Departments cannot be added by an app, apps not at all, groups only where the robot is."""
        if member_type == "opendepartmentid":
            raise ApiError(1063002, "departments can not be added with tenant_access_token")
        if member_type == "openchat":
            roles.joined(self._app, member_id, unknown=1063001, outside=1063002)
        elif member_type in PERSON_TYPES:
            if self._app.ids.find(PERSON_TYPES[member_type], member_id) is None:
                raise ApiError(1063001, "member_id")
        else:
            raise ApiError(1063001, "member_type")
