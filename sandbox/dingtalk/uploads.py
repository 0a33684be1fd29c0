"""Bytes of files (上传与下载): an address to put them to, the commit that makes a file of them, an address to fetch them.

D/obtain-file-upload-informations, D/obtain-storage-upload-information, D/submittal-file,
D/obtains-the-download-information-about-a-file (read 2026-11), SDK storage_1_0.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.shelves import ROOT, Space
from sandbox.dingtalk.storage_rights import FETCH, WRITE

UPLOAD_S = 900


class Uploads(Part):
    """By a folder's uuid, or by a space and a parent in it."""

    def clear(self) -> None:
        self._until: dict[str, datetime] = {}
        self._bytes: dict[str, bytes] = {}

    def apis(self) -> list[Api]:
        v1, v2 = "/v1.0/storage/spaces/{spaceId}", "/v2.0/storage/spaces/files/{parentDentryUuid}"
        write, info = "Storage.File.Write", "Storage.UploadInfo.Read"
        return [
            Api("POST", v1 + "/files/uploadInfos/query", self.info_by_space, info),
            Api("POST", v1 + "/files/commit", self.commit_by_space, write),
            Api("POST", v1 + "/dentries/{dentryId}/downloadInfos/query", self.download_info, "Storage.DownloadInfo.Read", needs_body=False),
            Api("POST", v1 + "/dentries/{dentryId}/copy", self.copy, write),
            Api("POST", v2 + "/uploadInfos/query", self.info, info),
            Api("POST", v2 + "/commit", self.commit, write),
            Api("PUT", "/media/storage/{uploadKey}", self.put_bytes, token="", pot="", needs_body=False),
            Api("GET", "/media/storage/{uploadKey}", self.get_bytes, token="", pot=""),
        ]  # fmt: skip

    # -- the address

    async def info(self, call: Call) -> dict[str, Any]:
        self._platform.storage.by_uuid(call, "parentDentryUuid", WRITE)
        return self._address(call)

    async def info_by_space(self, call: Call) -> dict[str, Any]:
        """The parent is named in the check beforehand; without one it is the root."""
        storage = self._platform.storage
        space = storage.space(call.path["spaceId"])
        check = call.body.object("option", {}).object("preCheckParam", {})
        storage.allowed(call, space, WRITE, storage.dentry_id(space, check.text("parentId", ROOT)))
        return self._address(call)

    def _address(self, call: Call) -> dict[str, Any]:
        call.body.text("protocol")
        key = self._town.new_id("", "upload")
        return {
            "uploadKey": key, "storageDriver": "DINGTALK", "protocol": "HEADER_SIGNATURE",
            "headerSignatureInfo": self.signature(key),
        }  # fmt: skip

    def signature(self, key: str, part: int = 0) -> dict[str, Any]:
        """The signed address of a whole file, or of one part of it."""
        name = f"{key}-{part}" if part else key
        self._until[name] = self._town.clock.now() + timedelta(seconds=UPLOAD_S)
        headers = {"Authorization": "OSS town", "x-oss-date": self._town.clock.now().strftime("%Y%m%d")}
        urls = [f"{self._town.url}/media/storage/{name}"]
        return {"resourceUrls": urls, "headers": headers, "expirationSeconds": UPLOAD_S}

    def _content(self, key: str) -> bytes | None:
        """Of a whole file, or of the parts that came, joined by their numbers."""
        if key in self._bytes:
            return self._bytes[key]
        parts = {name.rpartition("-")[2]: name for name in self._bytes if name.rpartition("-")[0] == key}
        numbers = sorted(map(int, parts))
        if not numbers or numbers != list(range(1, len(numbers) + 1)):
            return None
        return b"".join(self._bytes[parts[str(each)]] for each in numbers)

    # -- the object store

    async def put_bytes(self, call: Call) -> web.StreamResponse:
        """Signed headers, an empty ``Content-Type``, and in time."""
        key, headers = call.path["uploadKey"], call.request.headers
        is_late = self._until.get(key, self._town.clock.now()) <= self._town.clock.now()
        if is_late or headers.get("Authorization") != "OSS town" or headers.get("Content-Type"):
            return web.Response(status=403, text="SignatureDoesNotMatch")
        self._bytes[key] = await call.request.read()
        return web.Response()

    async def get_bytes(self, call: Call) -> web.StreamResponse:
        content = self._bytes.get(call.path["uploadKey"])
        return web.Response(status=404) if content is None else web.Response(body=content)

    # -- the file

    async def commit(self, call: Call) -> dict[str, Any]:
        return self._committed(call, *self._platform.storage.by_uuid(call, "parentDentryUuid", WRITE))

    async def commit_by_space(self, call: Call) -> dict[str, Any]:
        storage = self._platform.storage
        space = storage.space(call.path["spaceId"])
        parent = storage.dentry_id(space, call.body.text("parentId"))
        storage.allowed(call, space, WRITE, parent)
        return self._committed(call, space, parent)

    def _committed(self, call: Call, space: Space, parent: str) -> dict[str, Any]:
        storage, content = self._platform.storage, self._content(call.body.text("uploadKey"))
        if content is None:
            raise NewError("paramError.uploadKey", "uploadKey无效或文件未上传")
        option, person = call.body.object("option", {}), storage.operator(call)
        name = storage.name_of(call.body)
        return {"dentry": storage.shown(storage.place(option, space, parent, name, "FILE", person, content))}

    async def copy(self, call: Call) -> dict[str, Any]:
        """At once, a file only: what the platform does with a large folder it does later."""
        storage = self._platform.storage
        _, dentry = storage.file(call, FETCH)
        if dentry.kind == "FOLDER":
            raise NewError("paramError.dentryId", "不能复制文件夹")
        space = storage.space(call.body.text("targetSpaceId"))
        parent = storage.dentry_id(space, call.body.text("targetFolderId"))
        person = storage.allowed(call, space, WRITE, parent)
        option = call.body.object("option", {})
        made = storage.place(option, space, parent, dentry.name, "FILE", person, dentry.content)
        return {"async": False, "dentry": storage.shown(made)}

    async def download_info(self, call: Call) -> dict[str, Any]:
        _, dentry = self._platform.storage.file(call, FETCH)
        if dentry.kind == "FOLDER":
            raise NewError("paramError.dentryId", "不能下载文件夹")
        self._bytes[dentry.uuid] = dentry.content
        urls = [f"{self._town.url}/media/storage/{dentry.uuid}"]
        info = {"resourceUrls": urls, "headers": {}, "expirationSeconds": UPLOAD_S}
        return {"protocol": "HEADER_SIGNATURE", "headerSignatureInfo": info}
