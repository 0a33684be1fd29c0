"""Files of a group (群文件): its own space, and files sent from a space into a chat.

D/obtain-group-storage-space-information, D/send-file-to-specified-session,
D/sends-a-storage-file-to-a-specified-user (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk import storage_rights
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.shelves import Dentry, Space
from sandbox.dingtalk.storage_rights import FETCH
from sandbox.model import BOT, Chat, Person


class GroupFiles(Part):
    """What is between storage and chats."""

    def apis(self) -> list[Api]:
        conv = "/v1.0/convFile"
        return [
            Api("POST", conv + "/conversations/spaces/query", self.group_space, "ConvFile.Space.Read"),
            Api("POST", conv + "/conversations/files/send", self.send_to_group, "ConvFile.File.Send"),
            Api("POST", conv + "/apps/conversations/files/send", self.send_to_person, "ConvFile.File.Send"),
        ]

    def _chat(self, call: Call) -> Chat:
        return self._platform.robot.group(call)

    async def group_space(self, call: Call) -> dict[str, Any]:
        chat, person = self._chat(call), self._platform.storage.operator(call)
        if person.id not in chat.members:
            raise NewError("permissionDenied", "不是群成员", status=403)
        return {"space": self._shown_group_space(self._platform.storage.shelves.of_chat(chat.id, chat.owner))}

    def _shown_group_space(self, space: Space) -> dict[str, Any]:
        return {
            "spaceId": space.id,
            "corpId": self._platform.corp_id,
            "createTime": space.at,
            "modifiedTime": space.at,
        }

    def _sent_file(self, call: Call, person: Person | None = None) -> Dentry:
        """``person`` is the sender; ``None`` if the app sends it."""
        space = self._platform.storage.space(call.body.text("spaceId"))
        number = call.body.text("dentryId")
        if number not in space.dentries:
            raise NewError("dentryNotExist", "文件不存在", status=404)
        if person is not None:
            storage_rights.demand(self._platform, person, space, number, FETCH)
        return space.dentries[number]

    async def send_to_group(self, call: Call) -> dict[str, Any]:
        person, chat = self._platform.storage.operator(call), self._chat(call)
        dentry = self._sent_file(call, person)
        if person.id not in chat.members:
            raise NewError("permissionDenied", "不是群成员", status=403)
        posted = self._town.post(
            "dingtalk", id=self._platform.new_message_id(), sender=person.id, text=f"[文件] {dentry.name}", chat=chat.id,
            kind="file",
        )  # fmt: skip
        call.made(posted.id)
        return {"file": self._shown_sent(dentry)}

    async def send_to_person(self, call: Call) -> dict[str, Any]:
        person, dentry = self._platform.storage.operator(call), self._sent_file(call)
        posted = self._town.post(
            "dingtalk", id=self._platform.new_message_id(), sender=BOT, text=f"[文件] {dentry.name}", person=person.id,
            kind="file",
        )  # fmt: skip
        call.made(posted.id)
        return {"file": self._shown_sent(dentry)}

    @staticmethod
    def _shown_sent(dentry: Dentry) -> dict[str, Any]:
        return {
            "id": dentry.id, "spaceId": dentry.space, "parentId": dentry.parent, "type": dentry.kind, "name": dentry.name,
            "size": len(dentry.content), "uuid": dentry.uuid, "creatorId": dentry.creator, "createTime": dentry.at,
        }  # fmt: skip
