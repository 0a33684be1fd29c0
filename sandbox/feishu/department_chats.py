"""部门群 (department groups): a group that holds the people of a department and follows them.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/chat/get (read 2026-11): ``chat_tag`` department.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import company
from sandbox.model import BOT, Chat, Department
from sandbox.platform import Refused

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform


class DepartmentChats:
    """One for each department at most; the robot is not in it until somebody puts it there."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def open(self, department: Department) -> Chat:
        """The group of the department, made now if there is none. Its leader, or somebody of it, owns it."""
        known = self._town.chats["feishu"].get(department.extra.get("chat", ""))
        if known is not None and known.active:
            return known
        people = self._people(department)
        if not people:
            raise Refused(f"{department.name} has no people")
        owner = department.leader if department.leader in people else people[0]
        chat = company.new_chat(self._town, "feishu", department.name, str(owner), people, bot=False)
        chat.extra["chat_tag"] = "department"
        department.extra["chat"] = chat.id
        return chat

    def _people(self, department: Department) -> list[str]:
        below = self._town.subtree("feishu", department.id)
        return list(dict.fromkeys(each for d in below for each in d.members))

    def follow(self) -> None:
        """Who came into a department is in its group; who left it is not."""
        chats = self._town.chats["feishu"]
        for department in self._town.departments["feishu"].values():
            chat = chats.get(department.extra.get("chat", ""))
            if chat is not None and chat.active:
                self._follow(chat, self._people(department))

    def _follow(self, chat: Chat, people: list[str]) -> None:
        new = [each for each in people if each not in chat.members]
        old = [each for each in chat.members if each not in people]
        chat.members.update(dict.fromkeys(new))
        for each in old:
            for side in (chat.members, chat.admins, chat.speakers):
                side.pop(each, None)
        if chat.owner not in chat.members and chat.owner != BOT and chat.members:
            chat.owner = next(iter(chat.members))
        self._app.events.members("added", chat, chat.owner, new)
        self._app.events.members("deleted", chat, chat.owner, old)
