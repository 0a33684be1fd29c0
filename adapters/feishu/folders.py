"""Folders (飞书云空间): in the app's own space, shared with the group they are for.

Names are not unique and ``create_folder`` makes a second one, so every name is looked for before it is made, one call
after the other. Pages: drive-v1/file/create_folder, list; drive-v1/permission-member/create (read 2026-11).
"""

from __future__ import annotations

from urllib.parse import quote

from adapters.calls import Call
from adapters.errors import Undecodable
from adapters.feishu import wire
from adapters.feishu.client import FeishuClient
from adapters.feishu.codec import read
from adapters.provision import Folder, Handle
from policies.model import Account

_FILES = "/open-apis/drive/v1/files"
_PAGE = "200"
"""At most 200 files a page (drive-v1/file/list, read 2026-11)."""
_MOST_PAGES = 100


class FeishuFolders:
    """``adapters.provision.FolderDoor`` on Feishu; the app owns the folders, the group may do all in them."""

    def __init__(self, client: FeishuClient) -> None:
        self._client = client

    def price_to_look(self, path: tuple[str, ...]) -> int:
        return len(path)

    async def look(self, path: tuple[str, ...], group: Handle, keeper: Account | None) -> Folder | None:  # noqa: ARG002
        token = ""
        for name in path:
            found = await self._child(token, name)
            if not found:
                return None
            token = found
        return Folder(id=token, path=path)

    async def ensure(self, path: tuple[str, ...], group: Handle, keeper: Account | None) -> Folder:  # noqa: ARG002
        """The group's right is given at the top; it reaches down. Giving it twice is the same as once."""
        token = ""
        for depth, name in enumerate(path):
            token = await self._child(token, name) or await self._make(token, name)
            if not depth:
                await self._share(token, group)
        return Folder(id=token, path=path)

    async def _child(self, parent: str, name: str) -> str:
        """The oldest of that name; ``""`` when there is none."""
        call = Call(
            name="drive.files.list",
            method="GET",
            path=_FILES,
            query={
                "folder_token": parent,
                "page_size": _PAGE,
                "order_by": "CreatedTime",
                "direction": "ASC",
            },
        )
        token = ""
        for _ in range(_MOST_PAGES):
            query = {**call.query, **({"page_token": token} if token else {})}
            data = await self._client.read(Call(name=call.name, method="GET", path=call.path, query=query))
            page = read(wire.FilesPage, data, call.name)
            for one in page.files or ():
                if one.type == "folder" and one.name == name:
                    return one.token
            if not page.has_more or not page.next_page_token:
                return ""
            token = page.next_page_token
        raise Undecodable("a folder without an end", call=call.name)

    async def _make(self, parent: str, name: str) -> str:
        """A lost answer is not repeated: whoever asks again looks first."""
        call = Call(
            name="drive.files.create_folder",
            method="POST",
            path=f"{_FILES}/create_folder",
            body={"name": name, "folder_token": parent},
        )
        return read(wire.FolderMade, await self._client.act(call), call.name).token

    async def _share(self, token: str, group: Handle) -> None:
        call = Call(
            name="drive.permission_member.create",
            method="POST",
            path=f"/open-apis/drive/v1/permissions/{quote(token, safe='')}/members",
            query={"type": "folder"},
            body={"member_type": "openchat", "member_id": group.chat.id, "perm": "full_access"},
            repeatable=True,
        )
        await self._client.act(call)
