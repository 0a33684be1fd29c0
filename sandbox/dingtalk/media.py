"""Media (媒体文件): uploads of the app, and the files that people send to the robot.

D/upload-media-files, D/download-the-file-content-of-the-robot-receiving-message (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError, OldError
from sandbox.dingtalk.part import Part

MB = 1024 * 1024
KINDS = {
    "image": (20 * MB, ("jpg", "jpeg", "gif", "png", "bmp")),
    "voice": (2 * MB, ("amr", "mp3", "wav")),
    "video": (20 * MB, ("mp4",)),
    "file": (20 * MB, ("doc", "docx", "xls", "xlsx", "ppt", "pptx", "zip", "pdf", "rar")),
}
KEPT = 50


class Media(Part):
    """Uploads by id; downloads by code."""

    def clear(self) -> None:
        self.uploads: dict[str, tuple[str, bytes]] = {}
        self._files: dict[str, tuple[str, bytes]] = {}

    def apis(self) -> list[Api]:
        return [
            Api("POST", "/media/upload", self.upload),
            Api("POST", "/v1.0/robot/messageFiles/download", self.download, "qyapi_robot_sendmsg"),
            Api("GET", "/media/files/{code}", self.content, token="", pot=""),
        ]

    async def upload(self, call: Call) -> dict[str, Any]:
        """Multipart; the type may stand in the form or in the query."""
        try:
            form = await call.request.post()
        except (ValueError, LookupError, AssertionError):
            raise OldError(40035, "不合法的参数") from None
        part, kind = form.get("media"), str(form.get("type", call.query.text("type", "")))
        if kind not in KINDS:
            raise OldError(40004, "不合法的媒体文件类型")
        if not isinstance(part, web.FileField):
            raise OldError(40035, "缺少参数 media")
        content, (most, endings) = part.file.read(), KINDS[kind]
        if not content or len(content) > most:
            raise OldError(40009 if kind == "image" else 40006, "不合法的文件大小")
        if part.filename.rpartition(".")[2].lower() not in endings:
            raise OldError(40005, "不合法的文件类型")
        media = "@lAD" + self._town.new_id("", "media")
        self.uploads[media] = (part.filename, content)
        if len(self.uploads) > KEPT:
            del self.uploads[next(iter(self.uploads))]
        return {"type": kind, "media_id": media, "created_at": self._town.clock.now_ms()}

    def add_file(self, name: str, content: bytes) -> str:
        """A file that somebody sent to the robot; returns its ``downloadCode``."""
        code = self._town.new_id("", "download")
        self._files[code] = (name, content)
        return code

    async def download(self, call: Call) -> dict[str, Any]:
        self._platform.robot.check_robot(call.body)
        code = call.body.text("downloadCode")
        if code not in self._files:
            raise NewError("invalidParameter.robotCode.downloadCode", "downloadCode无效或已过期")
        return {
            "downloadUrl": f"{self._town.url}/media/files/{code}?Expires={self._town.clock.now_ms() // 1000 + 3600}"
        }

    async def content(self, call: Call) -> web.StreamResponse:
        if call.path["code"] not in self._files:
            return web.Response(status=404)
        return web.Response(body=self._files[call.path["code"]][1], content_type="application/octet-stream")
