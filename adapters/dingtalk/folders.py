"""Folders (群文件): in the files of the group they are for, made in the name of a person who is in it.

``RETURN_DENTRY_IF_EXISTS`` makes a creation harmless to repeat.
D/obtain-group-storage-space-information, D/add-folder, D/get-a-list-of-files-or-folders (read 2026-11)
"""

from __future__ import annotations

import dataclasses
from urllib.parse import quote

from adapters.dingtalk import limits, sending, wire
from adapters.dingtalk.groups import Read
from adapters.errors import NotFound, Rejected, Undecodable
from adapters.provision import Folder, Handle
from policies.model import Account

_ROOT = "0"
"""``parentId`` of a space's top. D/add-folder"""
_FOLDER = "FOLDER"
_MOST_PAGES = 100


class DingTalkFolders:
    """``adapters.provision.FolderDoor`` on DingTalk."""

    def __init__(self, read: Read) -> None:
        self._call = read
        self._unions: dict[Account, str] = {}

    def price_to_look(self, path: tuple[str, ...]) -> int:
        """The group's space, and each level; whose union id it is costs nothing."""
        return 1 + len(path)

    async def look(self, path: tuple[str, ...], group: Handle, keeper: Account | None) -> Folder | None:
        union, space = await self._space(group, keeper)
        parent = _ROOT
        for name in path:
            found = await self._child(space, parent, name, union)
            if not found:
                return None
            parent = found
        return Folder(id=parent, path=path)

    async def ensure(self, path: tuple[str, ...], group: Handle, keeper: Account | None) -> Folder:
        """Whoever is in the group may use what is in its files."""
        union, space = await self._space(group, keeper)
        parent = _ROOT
        for name in path:
            parent = await self._make(space, parent, name, union)
        return Folder(id=parent, path=path)

    async def _space(self, group: Handle, keeper: Account | None) -> tuple[str, str]:
        if keeper is None:
            raise Rejected(
                "the files of a group are opened in the name of one of its members", code="no-keeper"
            )
        union = await self._union(keeper)
        request = sending.Request(
            api=limits.GROUP_SPACE, body={"openConversationId": group.chat.id}, query={"unionId": union}
        )
        answer = sending.read_answer(wire.GroupSpaceAnswer, await self._call(request), limits.GROUP_SPACE)
        return union, answer.space.id

    async def _union(self, keeper: Account) -> str:
        if keeper not in self._unions:
            body = await self._call(sending.Request(api=limits.PERSON, body={"userid": keeper.id}))
            union = sending.read_answer(wire.UserAnswer, body, limits.PERSON).result.union_id
            if not union:
                raise NotFound("a person without a union id", call=limits.PERSON.name)
            self._unions[keeper] = union
        return self._unions[keeper]

    async def _child(self, space: str, parent: str, name: str, union: str) -> str:
        api = dataclasses.replace(
            limits.DENTRIES, path=limits.DENTRIES.path.format(space_id=quote(space, safe=""))
        )
        token = ""
        for _ in range(_MOST_PAGES):
            query = {"parentId": parent, "maxResults": str(limits.DENTRIES_PAGE), "unionId": union}
            if token:
                query["nextToken"] = token
            answer = await self._call(sending.Request(api=api, query=query))
            page = sending.read_answer(wire.Dentries, answer, api)
            for one in page.dentries:
                if one.type == _FOLDER and one.name == name:
                    return one.id
            if not page.next_token or page.next_token == token:
                return ""
            token = page.next_token
        raise Undecodable("a folder without an end", call=api.name)

    async def _make(self, space: str, parent: str, name: str, union: str) -> str:
        path = limits.FOLDER_ADD.path.format(space_id=quote(space, safe=""), parent_id=quote(parent, safe=""))
        api = dataclasses.replace(limits.FOLDER_ADD, path=path)
        body = {"name": name, "option": {"conflictStrategy": "RETURN_DENTRY_IF_EXISTS"}}
        request = sending.Request(api=api, body=body, query={"unionId": union})
        return sending.read_answer(wire.DentryAnswer, await self._call(request), api).dentry.id
