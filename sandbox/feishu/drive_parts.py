"""云空间的大文件与协作者 (drive parts): uploads in blocks, who may see a folder, and what is thrown away.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/drive-v1/file/upload_prepare (read 2026-11);
the rest by the vendor's models: SDK api/drive/v1/model/list_permission_member_request.py and its siblings.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.drive import BASE, LONGEST_FILE_NAME, Drive
from sandbox.feishu.errors import ApiError, wrong_field
from sandbox.feishu.multipart import Form
from sandbox.feishu.state import Node

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

BLOCK_BYTES = 4 * 1024 * 1024
GOOD_FOR = timedelta(hours=24)
LARGEST = 20 * 1024 * 1024 * 1024
WRONG, NOT_FOUND = 1061002, 1061003


@dataclass(slots=True, kw_only=True)
class Upload:
    """One file on its way, its blocks by number."""

    name: str
    parent: str
    size: int
    begun: datetime
    blocks: dict[int, bytes] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return max(1, -(-self.size // BLOCK_BYTES))


class DriveParts:
    """Begin, send block by block, finish."""

    def __init__(self, app: FeishuPlatform, drive: Drive) -> None:
        self._app = app
        self._town = app.town
        self._drive = drive

    def endpoints(self) -> list[Endpoint]:
        files, model = BASE + "/v1/files", "SDK api/drive/v1/model/"
        members = BASE + "/v1/permissions/{token}/members"
        upload = (("drive:drive", "drive:file", "drive:file:upload"),)
        known: tuple[tuple[str, str, Any, str, Any, str], ...] = (
            ("POST", files + "/upload_prepare", self.prepare, "upload_prepare_file", upload, "6"),
            ("POST", files + "/upload_part", self.part, "upload_part_file", upload, "6"),
            ("POST", files + "/upload_finish", self.finish, "upload_finish_file", upload, "6"),
            (
                "DELETE", files + "/{file_token}", self.throw_away, "delete_file",
                (("drive:drive", "space:document:delete"),), "6",
            ),
            (
                "GET", members, self.members, "list_permission_member",
                (("docs:permission.member:retrieve", "docs:permission.member:readonly", "drive:drive"),), "3",
            ),
            (
                "DELETE", members + "/{member_id}", self.unshare, "delete_permission_member",
                (("docs:permission.member:delete", "docs:permission.member", "drive:drive"),), "3",
            ),
        )  # fmt: skip
        return [
            Endpoint(
                method=method,
                path=path,
                run=run,
                source=f"{model}{name}_request.py",
                scopes=scopes,
                tier=tier,
            )
            for method, path, run, name, scopes, tier in known
        ]

    # -- uploads

    def prepare(self, call: Call) -> dict[str, Any]:
        name, parent = call.text("file_name", longest=LONGEST_FILE_NAME), call.text("parent_node")
        call.option("parent_type", ("explorer",))
        size = call.body.get("size")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise wrong_field("size", "size is required", size)
        if size > LARGEST:
            raise ApiError(1061043)
        self._drive.folder(parent, 1061044)
        upload_id = self._town.digits(19, "upload", self._town.new_id("", "drive-upload"))
        upload = Upload(name=name, parent=parent, size=size, begun=self._app.now())
        self._app.state.uploads[upload_id] = upload
        return {"upload_id": upload_id, "block_size": BLOCK_BYTES, "block_num": upload.count}

    def _upload(self, upload_id: str) -> Upload:
        found: Upload | None = self._app.state.uploads.get(upload_id)
        if found is None or self._app.now() - found.begun > GOOD_FOR:
            raise ApiError(NOT_FOUND)
        return found

    async def part(self, call: Call) -> dict[str, Any]:
        """``seq`` begins with 0; every block but the last is whole."""
        form = await Form.of(call.request)
        upload = self._upload(form.text("upload_id"))
        number, size = call.whole("seq", form.text("seq")), call.whole("size", form.text("size"))
        content = form.file("file").content
        last = number == upload.count - 1
        wanted = upload.size - number * BLOCK_BYTES if last else BLOCK_BYTES
        checksum = form.text("checksum", "")
        if number >= upload.count or size != len(content) or size != wanted:
            raise ApiError(WRONG, "seq, size and file do not fit")
        if checksum and checksum != str(zlib.adler32(content)):
            raise ApiError(WRONG, "checksum")
        upload.blocks[number] = content
        return {}

    def finish(self, call: Call) -> dict[str, Any]:
        upload_id, count = call.text("upload_id"), call.body.get("block_num")
        upload = self._upload(upload_id)
        if count != upload.count or len(upload.blocks) != upload.count:
            raise ApiError(WRONG, "block_num")
        node = self._drive.add(
            self._drive.folder(upload.parent, 1061044), upload.name, "file", "box", upload.size
        )
        del self._app.state.uploads[upload_id]
        return {"file_token": node.token}

    # -- collaborators and the bin

    def _node(self, call: Call) -> Node:
        kind = call.query("type")
        node = self._app.state.nodes.get(call.path("token"))
        if node is None or node.kind != kind:
            raise ApiError(1063001, "token and type do not fit")
        return node

    def members(self, call: Call) -> dict[str, Any]:
        return {"items": [{**each, "perm_type": "container"} for each in self._node(call).members.values()]}

    def unshare(self, call: Call) -> dict[str, Any]:
        node, kind = self._node(call), call.query("member_type")
        if node.members.pop(f"{kind}/{call.path('member_id')}", None) is None:
            raise ApiError(1063001, "member_id")
        return {}

    def throw_away(self, call: Call) -> dict[str, Any]:
        """A folder goes with all that is in it; at once, though its answer names a task."""
        kind, token = call.query("type"), call.path("file_token")
        nodes = self._app.state.nodes
        node = nodes.get(token)
        if node is None or node.kind != kind or not node.parent:
            raise ApiError(NOT_FOUND)
        nodes[node.parent].children.remove(token)
        left = [token]
        while left:
            left.extend(nodes.pop(left.pop()).children)
        return {"task_id": self._town.digits(19, "task", token)} if kind == "folder" else {}
