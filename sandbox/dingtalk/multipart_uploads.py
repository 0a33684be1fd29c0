"""Large files (分片上传): an upload in parts, each with an address of its own; the commit joins them.

SDK storage_1_0 (InitMultipartFileUpload, GetMultipartFileUploadInfos): sizes and limits are guesses.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.shelves import ROOT
from sandbox.dingtalk.storage_rights import WRITE

MOST_PARTS, PARTS_AT_ONCE = 10_000, 30
GOOD_FOR = timedelta(days=1)


class MultipartUploads(Part):
    """Begin, then ask for the addresses of parts; bytes and commit are those of ``Uploads``."""

    def clear(self) -> None:
        self._begun: dict[str, datetime] = {}

    def apis(self) -> list[Api]:
        base, scope = "/v1.0/storage/spaces", "Storage.UploadInfo.Read"
        return [
            Api("POST", base + "/{spaceId}/files/multiPartUploadInfos/init", self.begin, scope),
            Api("POST", base + "/files/multiPartUploadInfos/query", self.parts, scope),
        ]

    async def begin(self, call: Call) -> dict[str, Any]:
        storage = self._platform.storage
        space = storage.space(call.path["spaceId"])
        check = call.body.object("option", {}).object("preCheckParam", {})
        storage.allowed(call, space, WRITE, storage.dentry_id(space, check.text("parentId", ROOT)))
        key = self._town.new_id("", "multipart")
        self._begun[key] = self._town.clock.now()
        return {"uploadKey": key, "storageDriver": "DINGTALK"}

    async def parts(self, call: Call) -> dict[str, Any]:
        self._platform.storage.operator(call)
        key, numbers = call.body.text("uploadKey"), call.body.values.get("partNumbers")
        begun = self._begun.get(key)
        if begun is None or self._town.clock.now() - begun > GOOD_FOR:
            raise NewError("paramError.uploadKey", "uploadKey无效或已过期")
        if not isinstance(numbers, list) or not 1 <= len(numbers) <= PARTS_AT_ONCE:
            raise call.body.wrong("partNumbers", f"must be 1 to {PARTS_AT_ONCE} numbers")
        if not all(type(each) is int and 1 <= each <= MOST_PARTS for each in numbers):
            raise call.body.wrong("partNumbers", f"must be numbers from 1 to {MOST_PARTS}")
        infos = [
            {"partNumber": each, "headerSignatureInfo": self._platform.uploads.signature(key, each)}
            for each in dict.fromkeys(numbers)
        ]
        return {"multipartHeaderSignatureInfos": infos}
