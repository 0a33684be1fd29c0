"""图片与文件 (files): uploads for messages, and what can be fetched back.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/image/create (read 2026-11)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.feishu import pictures
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.content import bad
from sandbox.feishu.errors import ApiError
from sandbox.feishu.multipart import Form
from sandbox.feishu.scopes import RESOURCE
from sandbox.feishu.state import StoredFile

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

LARGEST_IMAGE, LARGEST_FILE = 10 * 1024 * 1024, 30 * 1024 * 1024
FILE_TYPES = ("opus", "mp4", "pdf", "doc", "xls", "ppt", "stream")


class Files:
    """Keys belong to the app that uploaded."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        read = ("im:message", "im:message:readonly", "im:message.history:readonly")
        base = "/open-apis/im/v1/"
        return [
            Endpoint(method="POST", path=base + "images", run=self.image, source="D62", scopes=(RESOURCE,)),
            Endpoint(method="POST", path=base + "files", run=self.file, source="D63", scopes=(RESOURCE,)),
            Endpoint(
                method="GET", path=base + "messages/{message_id}/resources/{file_key}", run=self.resource,
                source="D56", scopes=(read,),
            ),
        ]  # fmt: skip

    async def image(self, call: Call) -> dict[str, Any]:
        form = await Form.of(call.request)
        kind, upload = form.option("image_type", ("message", "avatar")), form.file("image")
        _size(upload.content, LARGEST_IMAGE)
        content_type = pictures.kind_of(upload.content)
        pictures.check_size(upload.content, content_type, avatar=kind == "avatar")
        key = self._town.new_id("img_v3_", "image")
        stored = StoredFile(kind=kind, name=upload.name, content=upload.content, content_type=content_type)
        self._app.state.files[key] = stored
        return {"image_key": key}

    async def file(self, call: Call) -> dict[str, Any]:
        form = await Form.of(call.request)
        kind, name, upload = form.option("file_type", FILE_TYPES), form.text("file_name"), form.file("file")
        if form.text("duration", "0").isdigit() is False:
            raise ApiError(234001, "duration")
        _size(upload.content, LARGEST_FILE)
        key = self._town.new_id("file_v3_", "file")
        self._app.state.files[key] = StoredFile(kind=kind, name=name, content=upload.content)
        return {"file_key": key}

    def resource(self, call: Call) -> web.Response:
        kind = call.query_option("type", ("image", "file"))
        message = self._app.messages.visible(call.path("message_id"))
        if message.recalled:
            raise ApiError(230011)
        key = call.path("file_key")
        if message.kind in ("interactive", "merge_forward", "sticker", "folder"):
            raise ApiError(234001, "resources of this message type can not be fetched")
        stored = self._app.state.files.get(key)
        if stored is None or not _names(json.loads(message.extra["content"]), key):
            raise bad("invalid file_key")
        if key.startswith("img_") != (kind == "image"):
            raise ApiError(234001, "type does not fit the file_key")
        return web.Response(body=stored.content, content_type=stored.content_type)


def _size(raw: bytes, most: int) -> None:
    if not raw:
        raise ApiError(234010)
    if len(raw) > most:
        raise ApiError(234006)


def _names(value: Any, key: str) -> bool:
    """Whether a message's content has this key anywhere."""
    if isinstance(value, dict):
        return any(_names(each, key) for each in value.values())
    if isinstance(value, list):
        return any(_names(each, key) for each in value)
    return bool(value == key)
