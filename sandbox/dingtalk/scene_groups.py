"""Scene groups (场景群): made from a template, with an idempotency key; the 2026 calls are in snake_case.

D/create-a-scene-group, D/api-updatescenegroup, D/api-addscenegroupmember, D/query-group-members,
D/query-group-information, D/update-group-administrators, D/set-group-members-access-control (read 2026-11).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.dingtalk import group_options
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError, OldError
from sandbox.dingtalk.groups import ADMIN, MEMBER, READ, WRITE
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.model import BOT, Chat

LONGEST_TITLE = 30
LONGEST_UUID = 64
MOST_AT_ONCE = 999
CAMEL = {
    "groupName": "title", "groupOwnerId": "owner_user_id", "templateId": "template_id", "userIdList": "user_ids",
    "uuid": "uuid", "icon": "icon",
}  # fmt: skip


class SceneGroups(Part):
    """Groups of our one template."""

    def clear(self) -> None:
        self._by_uuid: dict[str, tuple[Chat, datetime]] = {}

    def apis(self) -> list[Api]:
        new, old = "/v1.0/im", "/topapi/im/chat/scenegroup"
        return [
            Api("POST", f"{new}/sceneGroup/create", self.create, WRITE),
            Api("POST", f"{new}/sceneGroups", self.create_conversation, WRITE, documented=False),
            Api("POST", f"{new}/sceneGroup/update", self.update, WRITE),
            Api("POST", f"{new}/sceneGroup/member/add", self.add_members, WRITE),
            Api("POST", f"{new}/sceneGroup/member/delete", self.remove_members, WRITE),
            Api("POST", f"{new}/sceneGroups/members/batchQuery", self.members, WRITE),
            Api("POST", f"{new}/sceneGroups/query", self.query, WRITE),
            Api("PUT", f"{new}/sceneGroups/subAdmins", self.sub_admins, WRITE),
            Api("POST", f"{new}/sceneGroups/muteMembers/set", self.mute_members, WRITE),
            Api("GET", f"{new}/sceneGroups/muteSettings", self.mute_settings, READ),
            Api("PUT", f"{new}/sceneGroups/members/groupNicks", self.nick, WRITE),
            Api("POST", f"{new}/chat/scenegroup/disband", self.disband, WRITE),
            Api("GET", f"{new}/sceneGroups/templates/robots", self.template_robots, WRITE),
            Api("POST", f"{old}/get", self.get, READ),
            Api("POST", f"{old}/template/apply", self.apply_template, WRITE),
            Api("POST", f"{old}/template/close", self.close_template, WRITE),
        ]

    # -- finding

    def _scene(self, call: Call, key: str = "open_conversation_id") -> Chat:
        """Raises unless it is a group with a template."""
        chat = self._platform.robot.group(call, key)
        if chat.kind != "scene":
            raise NewError("groupPermissionDenied", "该群未安装群模板", status=403)
        return chat

    def writable(self, call: Call, key: str = "open_conversation_id") -> Chat:
        """As ``_scene``, with an owner inside the app's 可见范围."""
        chat = self._scene(call, key)
        self._platform.groups.check_owner(chat.owner)
        return chat

    def _check_template(self, template: str) -> None:
        if template != self._platform.group_template:
            raise NewError("groupTemplate.notFound", "群模板不存在")

    # -- making and changing

    async def create(self, call: Call) -> dict[str, Any]:
        """The same ``uuid`` is the same group; for how long is not said."""
        chat = self._made(call.body, group_options.read(call.body.object("management_options", {})))
        return {"open_conversation_id": chat.id, "chat_id": self._platform.ids.chat_id(chat)}

    async def create_conversation(self, call: Call) -> dict[str, Any]:
        """The sibling that only the vendor's client knows, in camelCase: taken for the same. SDK im_1_0."""
        given = call.body
        options = group_options.read(given.object("managementOptions", {}), group_options.ORDINARY)
        named = {snake: given.values[camel] for camel, snake in CAMEL.items() if camel in given.values}
        return {"openConversationId": self._made(Params(named, call.host), options).id}

    def _made(self, body: Params, options: dict[str, int]) -> Chat:
        groups = self._platform.groups
        title, uuid = body.text("title", longest=LONGEST_TITLE), body.text("uuid", "", longest=LONGEST_UUID)
        self._check_template(body.text("template_id"))
        owner = groups.member(body.text("owner_user_id")).id
        members = groups.members(body)
        if len(members) > MOST_AT_ONCE:
            raise NewError("member.exceed", "群成员数量超过上限")
        groups.check_owner(owner)
        admins = groups.members(body, "subadmin_ids", "")
        if any(each not in (*members, owner) for each in admins):
            raise NewError("userNotInGroup", "群管理员不在群内")
        chat = self._known(uuid)
        if chat is None:
            robot = bool(self._town.setting("dingtalk.scene_groups_have_robot"))
            chat = groups.new(title, owner, members, "scene", bot=robot)
            chat.admins = dict.fromkeys(admins)
            chat.extra |= {"template": self._platform.group_template, "icon": body.text("icon", "")}
            self._platform.edit_chat(chat, group_options.apply(chat, options), owner)
            if uuid:
                self._by_uuid[uuid] = (chat, self._town.clock.now())
        return chat

    def _known(self, uuid: str) -> Chat | None:
        chat, made_at = self._by_uuid.get(uuid, (None, self._town.clock.now()))
        hours = self._town.setting("dingtalk.scene_uuid_hours")
        is_old = bool(hours) and self._town.clock.now() - made_at > timedelta(hours=hours)
        return None if is_old else chat

    async def update(self, call: Call) -> dict[str, Any]:
        chat, body, groups = self.writable(call), call.body, self._platform.groups
        changes: dict[str, Any] = {}
        if body.has("title"):
            changes["name"] = body.text("title", longest=LONGEST_TITLE)
        if body.has("owner_user_id"):
            changes["owner"] = groups.member(body.text("owner_user_id")).id
        elif body.has("owner_union_id"):
            found = self._platform.ids.by_union(body.text("owner_union_id"))
            changes["owner"] = found.id if found else ""
        if "owner" in changes:
            if changes["owner"] not in chat.members:
                raise NewError("member.notFound", "新群主不在群内")
            groups.check_owner(changes["owner"])
        options = group_options.read(body.object("management_options", {}))
        if body.has("icon"):
            chat.extra["icon"] = body.text("icon")
        self._platform.edit_chat(chat, {**changes, **group_options.apply(chat, options)}, chat.owner)
        return {"success": True}

    async def add_members(self, call: Call) -> dict[str, Any]:
        chat = self.writable(call)
        people = self._platform.groups.members(call.body)
        self._platform.groups.check_size(len({*chat.members, *people}))
        self._platform.edit_chat(chat, {"add": people}, chat.owner)
        return {"success": True}

    async def remove_members(self, call: Call) -> dict[str, Any]:
        chat = self.writable(call)
        people = self._platform.groups.members(call.body)
        if chat.owner in people:
            raise NewError("parameter.invalid", "不能删除群主")
        self._platform.edit_chat(chat, {"remove": people}, chat.owner)
        return {"success": True}

    async def sub_admins(self, call: Call) -> dict[str, Any]:
        chat = self.writable(call, "openConversationId")
        people = self._platform.groups.members(call.body, "userIds", "unionIds")
        self._platform.groups.set_admins(chat, people, call.body.number("role", least=ADMIN, most=MEMBER))
        return {"success": True}

    async def disband(self, call: Call) -> dict[str, Any]:
        chat = self.writable(call, "openConversationId")
        await self._platform.dissolve_chat(chat)
        return {"success": True}

    async def apply_template(self, call: Call) -> dict[str, Any]:
        """An existing internal group becomes a scene group; the template must be 灰度 to the company."""
        chat = self._old_chat(call)
        if call.body.text("template_id") != self._platform.group_template:
            raise OldError(665033, "群模板不存在")
        if call.body.text("owner_user_id") not in (chat.owner, *chat.admins):
            raise OldError(660036, "没有权限")
        if not self._town.setting("dingtalk.group_template_is_open"):
            raise OldError(665036, "企业不在群模板灰度范围内")
        self._template(chat, call.body.text("owner_user_id"), "on")
        return {"success": True}

    async def close_template(self, call: Call) -> dict[str, Any]:
        chat = self._old_chat(call)
        self._template(chat, call.body.text("owner_user_id"), "off")
        return {"success": True}

    def _template(self, chat: Chat, operator: str, status: str) -> None:
        chat.kind = "scene" if status == "on" else "natural"
        chat.extra["template"] = self._platform.group_template if status == "on" else ""
        if status == "on" and self._town.setting("dingtalk.scene_groups_have_robot"):
            chat.bot = True
        stamp, template = self._town.clock.now_ms(), self._platform.group_template
        self._platform.events.chat(
            "chat_template_change", chat, operator, changedTimeStamp=stamp, templateId=template, status=status
        )

    # -- muting

    async def mute_members(self, call: Call) -> None:
        """The answer's body is empty."""
        chat, body = self.writable(call, "openConversationId"), call.body
        people = self._platform.groups.members(body, "userIdList", "unionIds")
        if len(people) > MOST_AT_ONCE:
            raise body.wrong("userIdList", "has more than 999")
        muted = body.number("muteStatus", least=0, most=1)
        if any(each == chat.owner or each in chat.admins for each in people):
            raise NewError("cannot.ban.owner", "不能禁言群主或管理员")
        until = self._town.clock.now()
        if muted:
            until += timedelta(milliseconds=body.number("muteDuration", least=1, most=366 * 86_400_000))
        now, known = self._town.clock.now(), chat.extra.setdefault("muted", {})
        for each in people:
            known[each] = until
            chat.extra.setdefault("muted_from", {})[each] = now

    async def mute_settings(self, call: Call) -> dict[str, Any]:
        query = Params({"openConversationId": call.query.text("openConversationId")}, call.host)
        chat = self._scene(Call(call.request, call.host, query, call.query, call.path), "openConversationId")
        person = call.query.text("userId", "")
        until = chat.extra.get("muted", {}).get(person)
        is_muted = until is not None and self._town.clock.now() < until
        answer: dict[str, Any] = {"groupMuteMode": 0 if chat.speak == "all" else 1}
        if person:
            answer["userMuteResult"] = {"userMuteMode": int(is_muted)}
        if is_muted:
            started = chat.extra["muted_from"][person]
            answer["userMuteResult"] |= {"muteStartTime": _ms(started), "muteEndTime": _ms(until)}
        return answer

    # -- reading

    async def members(self, call: Call) -> dict[str, Any]:
        """Up to 1,000 come at once, whatever ``maxResults`` says."""
        chat, ids = self._scene(call, "openConversationId"), self._platform.ids
        call.body.number("maxResults", 1000, least=1, most=1000)
        people, nicks = [each for each in chat.members if each != BOT], chat.extra.get("nicks", {})
        names = {each: nicks.get(each) or self._town.people["dingtalk"][each].name for each in people}
        return {
            "success": True, "memberUserIds": people, "unionIdList": [ids.union_id(each) for each in people],
            "staffIdNickMap": names, "unionIdNickMap": {ids.union_id(each): name for each, name in names.items()},
            "hasMore": False,
        }  # fmt: skip

    async def query(self, call: Call) -> dict[str, Any]:
        """A disbanded group is told by its status here."""
        chat = self._town.chats["dingtalk"].get(call.body.text("openConversationId"))
        if chat is None:
            raise NewError("invalid.openConversationId", "无效的openConversationId")
        if chat.kind != "scene":
            raise NewError("groupPermissionDenied", "该群未安装群模板", status=403)
        return {
            "success": True, "openConversationId": chat.id, "templateId": chat.extra.get("template", ""),
            "title": chat.name, "ownerUserId": chat.owner, "icon": chat.extra.get("icon", ""),
            "groupUrl": self._group_url(chat), "status": 1 if chat.active else 2,
        }  # fmt: skip

    def _group_url(self, chat: Chat) -> str:
        return f"https://qr.dingtalk.com/action/joingroup?code={self._town.derive('', 'join', chat.id, chat.name, chat.owner)}"

    def _old_chat(self, call: Call) -> Chat:
        chat = self._town.chats["dingtalk"].get(call.body.text("open_conversation_id"))
        if chat is None or not chat.active:
            raise OldError(400001, "无效的open_conversation_id")
        return chat

    async def get(self, call: Call) -> dict[str, Any]:
        """Values of the options are strings here."""
        chat = self._old_chat(call)
        if chat.kind != "scene":
            raise OldError(400020, "没有该群的访问权限")
        options = group_options.of(chat)
        named = (
            "mention_all_authority", "show_history_type", "validation_type", "searchable", "chat_banned_type",
            "management_type",
        )  # fmt: skip
        return {
            "success": True,
            "result": {
                "title": chat.name, "owner_staff_id": chat.owner, "open_conversation_id": chat.id,
                "sub_admin_staff_ids": [each for each in chat.admins if each != BOT],
                "template_id": chat.extra.get("template", ""), "icon": chat.extra.get("icon", ""),
                "group_url": self._group_url(chat), "management_options": {name: str(options[name]) for name in named},
            },
        }  # fmt: skip

    async def nick(self, call: Call) -> dict[str, Any]:
        chat = self.writable(call, "openConversationId")
        person = call.body.text("userId")
        if person not in chat.members:
            raise NewError("userNotInGroup", "用户不在群内")
        chat.extra.setdefault("nicks", {})[person] = call.body.text("groupNick", longest=30)
        return {"success": True}

    async def template_robots(self, call: Call) -> dict[str, Any]:
        """SDK im_1_0: a robot by the ids of its account."""
        call.query.text("openConversationId")
        return {
            "success": True,
            "result": {"userId": "", "unionId": self._platform.ids.union_id("template-robot")},
        }


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
