"""Ordinary groups (群管理): made by the app with a ``chatid``, and what the old host says of any group.

D/create-common-group-new-version-v2, D/api-updategroup, D/obtain-a-group-session,
D/batch-setup-group-administrator, D/obtain-group-openconversationid (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from sandbox import company
from sandbox.dingtalk import group_options
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError, OldError
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.robot import TALK
from sandbox.model import BOT, Chat, Person

WRITE = "qyapi_chat_manage"
READ = "qyapi_chat_read"
LONGEST_NAME = 20
ADMIN, MEMBER = 2, 3
MOST_ADMINS = 12
PERMISSION = "permession.checkFailed"
"""Their spelling."""


class Groups(Part):
    """Ordinary groups, and rules that scene groups share."""

    def apis(self) -> list[Api]:
        return [
            Api("POST", "/v1.0/im/group/create", self.create, WRITE),
            Api("POST", "/v1.0/im/group/update", self.update, WRITE),
            Api("POST", "/v1.0/im/subAdministrators", self.sub_administrators, WRITE),
            Api(
                "POST", "/v1.0/im/chat/{chatId}/convertToOpenConversationId", self.convert, READ, needs_body=False
            ),
            Api("GET", "/chat/get", self.get, READ),
            Api("POST", "/topapi/chat/member/friendswitch/update", self.friend_switch, WRITE),
            Api("POST", "/topapi/chat/updategroupnick", self.nick, WRITE),
            Api("POST", "/topapi/chat/qrcode/get", self.join_link, "qyapi_chat_base_read"),
            Api("GET", "/v1.0/exclusive/securities/orgGroupInfos", self.every_group, "Custom.Group.Read"),
            Api(
                "PUT", "/v1.0/exclusive/enterpriseSecurities/banOrOpenGroupWords", self.ban_words,
                "Custom.Group.Write",
            ),
        ]  # fmt: skip

    # -- rules of all groups

    def member(self, person: str) -> Person:
        found = self._town.people["dingtalk"].get(person)
        if found is None or not found.active:
            raise NewError("member.notFound", f"成员不存在: {person}")
        return found

    def members(self, body: Params, ids: str = "user_ids", unions: str = "union_ids") -> list[str]:
        """By user ids and union ids; all must be of the company."""
        people = [self.member(each).id for each in body.texts(ids, [])]
        for each in body.texts(unions, []) if unions else []:
            found = self._platform.ids.by_union(each)
            if found is None:
                raise NewError("member.notFound", f"成员不存在: {each}")
            people.append(found.id)
        return list(dict.fromkeys(people))

    def check_owner(self, owner: str) -> None:
        """Nearly every write: the owner must be in the app's 可见范围."""
        person = self._town.people["dingtalk"].get(owner)
        if person is not None and not self._platform.in_app_range(person):
            raise NewError(PERMISSION, "群主不在应用可见性内")

    def check_size(self, members: int) -> None:
        if members > int(self._town.setting("dingtalk.most_members")):
            raise NewError("member.exceed", "群成员数量超过上限")

    def new(self, name: str, owner: str, members: list[str], kind: str, *, bot: bool) -> Chat:
        people = list(dict.fromkeys([owner, *members]))
        self.check_size(len(people))
        chat = company.new_chat(self._town, "dingtalk", name, owner, people, bot=bot)
        chat.kind = kind
        return chat

    def set_admins(self, chat: Chat, people: list[str], role: int) -> None:
        if any(each not in chat.members for each in people):
            raise NewError("userNotInGroup", "用户不在群内")
        if role == ADMIN:
            admins = list(dict.fromkeys([*chat.admins, *people]))
            if len([each for each in admins if each != BOT]) > MOST_ADMINS:
                raise NewError("subAdminNumberExcessive", "群管理员数量超过上限")
        else:
            admins = [each for each in chat.admins if each not in people]
        self._platform.edit_chat(chat, {"admins": admins}, chat.owner)

    def made_by_app(self, chat_id: str) -> Chat:
        """Only a ``chatid`` from a creation by the API is taken."""
        chat = self._platform.ids.by_chat_id(chat_id)
        if chat is None or chat.kind == "natural":
            raise NewError("parameter.invalid", "chatid无效")
        if not chat.active:
            raise NewError("group.disbanded", "群已解散")
        return chat

    # -- the new host

    async def create(self, call: Call) -> dict[str, Any]:
        """Knows no idempotency key: the same body again makes another group. The robot is not in it."""
        body = call.body
        name = body.text("name", longest=LONGEST_NAME)
        owner = self.member(body.text("owner")).id
        members = self.members(body, "useridlist", "")
        if not members:
            raise call.host.missing("useridlist")
        self.check_owner(owner)
        options = group_options.read(body.object("managementOptions", {}), group_options.ORDINARY)
        chat = self.new(name, owner, members, "bot", bot=False)
        self._platform.edit_chat(chat, group_options.apply(chat, options), owner)
        tag = body.number("conversationTag", 2)
        return {
            "conversationTag": tag, "openConversationId": chat.id, "chatid": self._platform.ids.chat_id(chat)
        }  # fmt: skip

    async def update(self, call: Call) -> dict[str, Any]:
        body = call.body
        chat = self.made_by_app(body.text("chatid"))
        changes: dict[str, Any] = {}
        if body.has("name"):
            changes["name"] = body.text("name", longest=LONGEST_NAME)
        if body.has("owner"):
            changes["owner"] = self.member(body.text("owner")).id
            if changes["owner"] not in chat.members:
                raise NewError("userNotInGroup", "新群主不在群内")
        changes["add"] = self.members(body, "add_useridlist", "")
        changes["remove"] = self.members(body, "del_useridlist", "")
        if changes.get("owner", chat.owner) in changes["remove"]:
            raise NewError("parameter.invalid", "不能删除群主")
        self.check_owner(chat.owner)
        self.check_size(len({*chat.members, *changes["add"]} - set(changes["remove"])))
        options = group_options.read(body.object("managementOptions", {}), group_options.ORDINARY)
        self._platform.edit_chat(chat, {**changes, **group_options.apply(chat, options)}, chat.owner)
        return {"success": True}

    async def sub_administrators(self, call: Call) -> dict[str, Any]:
        """``success`` is a string here."""
        chat = self._platform.robot.group(call)
        self.check_owner(chat.owner)
        people = [self.member(each).id for each in call.body.texts("userIds")]
        self.set_admins(chat, people, call.body.number("role", least=ADMIN, most=MEMBER))
        return {"success": "true"}

    async def convert(self, call: Call) -> dict[str, Any]:
        chat = self._platform.ids.by_chat_id(call.path["chatId"])
        if chat is None:
            raise NewError("parameter.invalid", "chatId无效")
        return {"openConversationId": chat.id}

    # -- the old host

    def _old(self, chat_id: str) -> Chat:
        chat = self._platform.ids.by_chat_id(chat_id)
        if chat is None or not chat.active:
            raise OldError(34001, "无效的会话id")
        return chat

    async def get(self, call: Call) -> dict[str, Any]:
        if not call.query.has("chatid"):
            raise OldError(40016, "不合法的chatid")
        chat = self._old(call.query.text("chatid"))
        options = group_options.of(chat)
        shown = {name: options[snake] for name, snake in group_options.ORDINARY.items()}
        return {
            "chat_info": {
                **shown, "name": chat.name, "owner": chat.owner, "useridlist": list(chat.members),
                "conversationTag": 2, "status": 1, "icon": chat.extra.get("icon", ""), "chatid": call.query.text("chatid"),
                "agentidlist": [], "extidlist": [],
            }
        }  # fmt: skip

    async def friend_switch(self, call: Call) -> dict[str, Any]:
        chat = self._old(call.body.text("chatid"))
        group_options.apply(chat, {"add_friend_forbidden": int(call.body.flag("is_prohibit"))})
        return {"success": True}

    async def nick(self, call: Call) -> dict[str, Any]:
        chat = self._old(call.body.text("chatid"))
        person = call.body.text("userid")
        if person not in chat.members:
            raise OldError(49000, "用户不在群内")
        chat.extra.setdefault("nicks", {})[person] = call.body.text("group_nick", longest=30)
        return {"success": True}

    async def join_link(self, call: Call) -> dict[str, Any]:
        chat = self._old(call.body.text("chatid"))
        if call.body.text("userid") not in chat.members:
            raise OldError(49000, "用户不在群内")
        return {
            "result": f"https://qr.dingtalk.com/action/joingroup?code={self._town.derive('', 'join', chat.id, chat.name, chat.owner)}"
        }

    # -- 专属版 only

    def _check_exclusive(self) -> None:
        if self._town.setting("dingtalk.edition") != "exclusive":
            raise NewError("Forbidden.AccessDenied.OrgHasNoBenefit", "企业没有该接口的权益", status=403)

    async def every_group(self, call: Call) -> dict[str, Any]:
        """All internal groups of the company."""
        self._check_exclusive()
        size = call.query.query_number("pageSize", 20, least=1, most=100)
        start = call.query.query_number("pageStart", 0)
        every = [chat for chat in self._town.chats["dingtalk"].values() if chat.active and chat.kind != TALK]
        people = self._town.people["dingtalk"]
        return {
            "totalCount": len(every), "itemCount": len(every[start : start + size]),
            "items": [
                {
                    "openConversationId": c.id, "groupName": c.name, "groupOwnerUserId": c.owner,
                    "groupOwner": people[c.owner].name if c.owner in people else "",
                    "groupMembersCount": len(c.members), "status": 1,
                }
                for c in every[start : start + size]
            ],
        }  # fmt: skip

    async def ban_words(self, call: Call) -> dict[str, Any]:
        """``openConverationId`` is their spelling."""
        self._check_exclusive()
        chat = self._platform.robot.group(call, "openConverationId")
        muted = call.body.number("banWordsType", least=0, most=1)
        self._platform.edit_chat(chat, {"speak": "admins" if muted else "all"}, chat.owner)
        return {"code": "200", "cause": "成功"}
