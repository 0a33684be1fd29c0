"""Storage (存储 / 云盘): spaces, folders and files, all by an operator's union id.

D/add-space, D/new-space, D/add-folder, D/get-a-list-of-files-or-folders, D/add-permissions-file (read 2026-11).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.dingtalk import storage_rights
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.shelves import ROOT, Dentry, Shelves, Space
from sandbox.dingtalk.storage_rights import MEMBERS, READ, ROLES, SHARE, WRITE, Grant
from sandbox.model import Person

PAGE = 50
MEMBERS_AT_ONCE = 30
TEMPORARY_S = 3_600


class Storage(Part):
    """Spaces, folders, rights; what they keep is in ``Shelves``, and their bytes come by ``Uploads``."""

    def clear(self) -> None:
        self.shelves = Shelves(self._town)

    def apis(self) -> list[Api]:
        v1, v2 = "/v1.0/storage/spaces", "/v2.0/storage/spaces"
        dentry = v1 + "/{spaceId}/dentries/{dentryId}"
        read, write = "Storage.File.Read", "Storage.File.Write"
        return [
            Api("POST", v1, self.add_space, "Storage.Space.Write"),
            Api("POST", "/v1.0/drive/spaces", self.add_visible_space, "Drive.Space.Write"),
            Api("GET", "/v1.0/drive/spaces", self.visible_spaces, "Drive.Space.Read"),
            Api("POST", v1 + "/{spaceId}/dentries/{dentryId}/folders", self.add_folder, write),
            Api("GET", v1 + "/{spaceId}/dentries", self.list_dentries, read),
            Api("POST", dentry + "/rename", self.rename, write),
            Api("DELETE", dentry, self.delete, write),
            Api("POST", v2 + "/dentries/{dentryUuid}/permissions", self.add_permission, "Storage.Permission.Write"),
        ]  # fmt: skip

    # -- who and where

    def operator(self, call: Call) -> Person:
        """``unionId`` of somebody of the company."""
        union_id = call.query.text("unionId", "") or call.body.text("unionId")
        person = self._platform.ids.by_union(union_id)
        if person is None:
            raise NewError("paramError.unionId", "unionId不存在", status=400)
        return person

    def space(self, number: str) -> Space:
        space = self.shelves.spaces.get(number)
        if space is None:
            raise NewError("spaceNotExist", "空间不存在", status=404)
        return space

    def allowed(self, call: Call, space: Space, least: int, at: str = ROOT) -> Person:
        """The operator, who may do that much there."""
        person = self.operator(call)
        storage_rights.demand(self._platform, person, space, at, least)
        return person

    # -- spaces

    async def add_space(self, call: Call) -> dict[str, Any]:
        """The same scene and sceneId is the same space; such a space is not seen in the client."""
        person, option = self.operator(call), call.body.object("option")
        kind = option.text("ownerType", "USER")
        if kind not in ("USER", "APP"):
            raise option.wrong("ownerType", "must be USER or APP")
        scene = (option.text("scene", ""), option.text("sceneId", ""))
        space = self.shelves.add_space(option.text("name", ""), person.id, kind, scene)
        return {"space": self._shown_space(space)}

    async def add_visible_space(self, call: Call) -> dict[str, Any]:
        person = self.operator(call)
        space = self.shelves.add_space(call.body.text("name"), person.id, "ORG", ("", ""), visible=True)
        return self._shown_drive(space)

    async def visible_spaces(self, call: Call) -> dict[str, Any]:
        self.operator(call)
        call.query.query_number("maxResults", PAGE, least=1, most=PAGE)
        return {
            "spaces": [self._shown_drive(each) for each in self.shelves.spaces.values() if each.is_visible]
        }

    def _shown_space(self, space: Space) -> dict[str, Any]:
        union_id = self._platform.ids.union_id(space.owner)
        return {
            "id": space.id, "corpId": self._platform.corp_id, "name": space.name, "ownerType": space.kind,
            "ownerId": union_id, "creatorId": union_id, "scene": space.scene[0], "sceneId": space.scene[1],
            "status": "NORMAL", "usedQuota": space.used, "createTime": space.at,
        }  # fmt: skip

    @staticmethod
    def _shown_drive(space: Space) -> dict[str, Any]:
        return {
            "spaceId": space.id, "spaceName": space.name, "spaceType": "org", "usedQuota": space.used, "quota": 0,
            "permissionMode": "acl", "createTime": space.at, "modifyTime": space.at,
        }  # fmt: skip

    # -- folders and files

    async def add_folder(self, call: Call) -> dict[str, Any]:
        """``RETURN_DENTRY_IF_EXISTS`` makes it safe to repeat."""
        space = self.space(call.path["spaceId"])
        parent, option = self.dentry_id(space, call.path["dentryId"]), call.body.object("option", {})
        person = self.allowed(call, space, WRITE, parent)
        name = self.name_of(call.body)
        properties = {
            each.text("name"): each.text("value") for each in option.objects("appProperties", [], most=3)
        }
        dentry = self.place(option, space, parent, name, "FOLDER", person, b"")
        dentry.properties |= properties
        return {"dentry": self.shown(dentry)}

    @staticmethod
    def name_of(body: Params, key: str = "name") -> str:
        name = body.text(key, longest=255)
        if any(each in name for each in '\t*"<>|') or name.endswith("."):
            raise NewError("paramError.name", "名称包含非法字符")
        return name

    def place(
        self, option: Params, space: Space, parent: str, name: str, kind: str, person: Person, content: bytes
    ) -> Dentry:
        strategy = option.text("conflictStrategy", "AUTO_RENAME")
        known = self.shelves.child(space, parent, name)
        if known is not None and strategy == "RETURN_DENTRY_IF_EXISTS":
            return known
        if known is not None and strategy == "RETURN_ERROR_IF_EXISTS":
            raise NewError("dentryAlreadyExists", "同名文件已存在")
        if known is not None and strategy == "OVERWRITE" and kind == "FILE":
            known.content = content
            return known
        return self.shelves.add(space, parent, name, kind, self._platform.ids.union_id(person.id), content)

    def dentry_id(self, space: Space, number: str) -> str:
        if number == ROOT or number in space.dentries:
            return number
        raise NewError("dentryNotExist", "文件不存在", status=404)

    def file(self, call: Call, least: int) -> tuple[Space, Dentry]:
        space, number = self.space(call.path["spaceId"]), call.path["dentryId"]
        if number == ROOT:
            raise NewError("paramError.dentryId", "不能操作根目录")
        dentry = space.dentries[self.dentry_id(space, number)]
        self.allowed(call, space, least, number)
        return space, dentry

    def by_uuid(self, call: Call, key: str, least: int) -> tuple[Space, str]:
        """A folder's uuid, or that of a space's root."""
        found = self.shelves.by_uuid(call.path[key])
        if found is None:
            raise NewError("dentryNotExist", "文件不存在", status=404)
        self.allowed(call, found[0], least, found[1])
        return found

    async def list_dentries(self, call: Call) -> dict[str, Any]:
        space = self.space(call.path["spaceId"])
        parent = self.dentry_id(space, call.query.text("parentId"))
        self.allowed(call, space, READ, parent)
        size, start = (
            call.query.query_number("maxResults", PAGE, least=1, most=PAGE),
            call.query.query_number("nextToken", 0),
        )
        every = self.shelves.children(space, parent)
        more = {"nextToken": str(start + size)} if len(every) > start + size else {}
        return {"dentries": [self.shown(each) for each in every[start : start + size]], **more}

    @staticmethod
    def shown(dentry: Dentry) -> dict[str, Any]:
        return {
            "id": dentry.id, "spaceId": dentry.space, "parentId": dentry.parent, "type": dentry.kind, "name": dentry.name,
            "size": len(dentry.content), "path": dentry.path, "version": 1, "status": "NORMAL", "creatorId": dentry.creator,
            "modifierId": dentry.creator, "createTime": dentry.at, "modifiedTime": dentry.at, "uuid": dentry.uuid,
            "partitionType": "PUBLIC_OSS_PARTITION", "storageDriver": "DINGTALK",
        }  # fmt: skip

    async def rename(self, call: Call) -> dict[str, Any]:
        _, dentry = self.file(call, WRITE)
        dentry.name = self.name_of(call.body, "newName")
        return {"dentry": self.shown(dentry)}

    async def delete(self, call: Call) -> dict[str, Any]:
        space, dentry = self.file(call, WRITE)
        self.shelves.remove(space, dentry)
        return {"async": False}

    # -- rights

    async def add_permission(self, call: Call) -> dict[str, Any]:
        """A space of the app gives temporary rights only."""
        space, at = self.by_uuid(call, "dentryUuid", SHARE)
        role = call.body.text("roleId")
        if role not in ROLES:
            raise call.body.wrong("roleId", "is unknown")
        members = call.body.objects("members", most=MEMBERS_AT_ONCE)
        duration = call.body.object("option", {}).number("duration", 0, least=0)
        if space.kind == "APP" and not 0 < duration <= TEMPORARY_S:
            raise NewError("paramError.duration", "APP空间只支持临时授权，最长3600秒")
        if any(each.text("type") not in MEMBERS for each in members):
            raise call.body.wrong("members", "has an unknown type")
        until = self._town.clock.now() + timedelta(seconds=duration) if space.kind == "APP" else None
        space.grants += [Grant(at, role, each.text("type"), each.text("id"), until) for each in members]
        return {"success": True}
