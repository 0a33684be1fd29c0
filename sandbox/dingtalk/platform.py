"""钉钉 (DingTalk): the platform as the town knows it; what people do here, and what the app is told of it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from sandbox.dingtalk import errors, group_options, settings
from sandbox.dingtalk.access import Access
from sandbox.dingtalk.approvals import Approvals
from sandbox.dingtalk.assistant import Assistant
from sandbox.dingtalk.blackboard import Blackboard
from sandbox.dingtalk.calendars import Calendars
from sandbox.dingtalk.card_extras import CardExtras
from sandbox.dingtalk.cards import SCOPE as CARD_SCOPE
from sandbox.dingtalk.cards import STREAMING_SCOPE, Cards
from sandbox.dingtalk.contacts import Contacts
from sandbox.dingtalk.departments import Departments
from sandbox.dingtalk.desk import Desk
from sandbox.dingtalk.dings import Dings
from sandbox.dingtalk.door import NEW_PREFIXES, Api, Door
from sandbox.dingtalk.events import Events
from sandbox.dingtalk.group_files import GroupFiles
from sandbox.dingtalk.groups import Groups
from sandbox.dingtalk.http_push import HttpPush
from sandbox.dingtalk.ids import Ids
from sandbox.dingtalk.line import PATH as LINE_PATH
from sandbox.dingtalk.line import Line
from sandbox.dingtalk.login import Login
from sandbox.dingtalk.media import Media
from sandbox.dingtalk.notices import Notices
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.posts import Posts
from sandbox.dingtalk.presses import Presses
from sandbox.dingtalk.quota import Quota
from sandbox.dingtalk.robot import Robot
from sandbox.dingtalk.robot_groups import RobotGroups
from sandbox.dingtalk.roles import Roles
from sandbox.dingtalk.scene_groups import SceneGroups
from sandbox.dingtalk.storage import Storage
from sandbox.dingtalk.tokens import Tokens
from sandbox.dingtalk.webhooks import Webhooks
from sandbox.model import ALL, BOT, Chat, Message, Person
from sandbox.platform import Absent, Platform, Refused, Secret
from sandbox.town import Town

OLD_PREFIXES = (
    "/gettoken", "/topapi/", "/chat/", "/media/", "/robot/", "/auth/", "/call_back/", "/department/", "/user/", "/oauth2/",
)  # fmt: skip


class DingTalkPlatform(Platform):
    """The people's side of DingTalk, and the parts that answer its API."""

    name = "dingtalk"
    message_prefix = "msg"
    settings = settings.DEFAULTS

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        self.client_id = town.derive("ding", "dingtalk-app", length=16)
        self.client_secret = town.derive("", "dingtalk-app-secret", length=64)
        self.robot_code = self.client_id
        self.corp_id = town.derive("ding", "dingtalk-corp")
        self.card_template = town.derive("", "dingtalk-card-template") + ".schema"
        self.group_template = town.derive("", "dingtalk-group-template")
        self.template_robot_code = town.derive("ding", "dingtalk-template-robot", length=16)
        self.unified_app_id = town.derive("", "dingtalk-unified-app", length=32)
        self.ids = Ids(town)
        self.tokens = Tokens(town)
        self.quota = Quota(town)
        self.door = Door(self)
        self.line = Line(self)
        self.events = Events(self)
        self.http_push = HttpPush(self)
        self.posts = Posts(self)
        self.webhooks = Webhooks(self)
        self.robot = Robot(self)
        self.cards = Cards(self)
        self.presses = Presses(self)
        self.contacts = Contacts(self)
        self.roles = Roles(self)
        self.access = Access(self)
        self.groups = Groups(self)
        self.scene_groups = SceneGroups(self)
        self.assistant = Assistant(self)
        self.media = Media(self)
        self.storage = Storage(self)
        self.login = Login(self)
        self.parts: tuple[Part, ...] = (
            self.access, self.line, self.events, self.http_push, self.posts, self.webhooks, self.robot, self.cards,
            self.presses, self.contacts, self.roles, self.groups, self.scene_groups, self.assistant,
            self.media, self.storage, self.login, Notices(self), Dings(self), Blackboard(self), Calendars(self),
            Approvals(self), Departments(self), Desk(self), RobotGroups(self), GroupFiles(self),
            CardExtras(self),
        )  # fmt: skip

    # -- the server

    def apis(self) -> list[Api]:
        """Every endpoint."""
        return [api for part in self.parts for api in part.apis()]

    def routes(self) -> list[web.RouteDef]:
        return [web.get(LINE_PATH, self.line.connect), *(self.door.route(api) for api in self.apis())]

    def handles(self, path: str) -> bool:
        return path.startswith((*NEW_PREFIXES, *OLD_PREFIXES, LINE_PATH))

    async def unknown_path(self, request: web.Request) -> web.StreamResponse:
        """The status of both is a guess."""
        if request.path.startswith(NEW_PREFIXES):
            message = "Specified api is not found, please check your url and method."
            return self.door.refuse(
                errors.NewError(
                    errors.NOT_FOUND, message, status=self.town.setting("dingtalk.unknown_path_status")
                )
            )
        return self.door.refuse(errors.by_status(404, new=False))

    def error_response(self, status: int, path: str) -> web.Response:
        return self.door.refuse(errors.by_status(status, new=path.startswith(NEW_PREFIXES)))

    def ready_info(self) -> dict[str, Any]:
        return {
            "api": self.town.url, "oapi": self.town.url, "client_id": self.client_id,
            "client_secret": self.client_secret, "robot_code": self.robot_code, "corp_id": self.corp_id,
            "card_template": self.card_template, "group_template": self.group_template,
        }  # fmt: skip

    def config_section(self) -> dict[str, Any]:
        return {**self.ready_info(), "client_secret": Secret(self.client_secret), "edition": "standard"}

    def reset(self) -> None:
        self.tokens.clear()
        self.quota.clear()
        for part in self.parts:
            part.clear()

    def faults_changed(self) -> None:
        self.line.faults_changed()

    async def close(self) -> None:
        await self.line.close()
        await self.http_push.close()

    def check_settings(self, values: Mapping[str, Any]) -> None:
        settings.check(values)

    # -- what the administrator has set

    @property
    def robot_codes(self) -> tuple[str, ...]:
        return (self.robot_code, self.template_robot_code)

    def has_scope(self, scope: str) -> bool:
        if scope in (CARD_SCOPE, STREAMING_SCOPE) and not self.town.setting("dingtalk.cards"):
            return False
        return bool(self.town.setting("dingtalk.scopes").get(scope, True))

    def contact_range(self) -> list[str]:
        """Departments the app may look into; the root stands for all."""
        if not self.town.setting("dingtalk.contact_range"):
            return [self.town.roots["dingtalk"]]
        return self._departments("dingtalk.contact_range")

    def app_range(self) -> list[str]:
        """Departments of the app's 可见范围; the root stands for all."""
        if not self.town.setting("dingtalk.app_range"):
            return [self.town.roots["dingtalk"]]
        return self._departments("dingtalk.app_range")

    def _departments(self, setting: str) -> list[str]:
        """Names that are nobody's are passed over."""
        found = []
        for each in self.town.setting(setting):
            with contextlib.suppress(Absent):
                found.append(self.department(each))
        return found

    def in_contact_range(self, department: str) -> bool:
        return any(self._is_below(department, top) for top in self.contact_range())

    def in_app_range(self, person: Person) -> bool:
        tops = self.app_range()
        return any(self._is_below(each, top) for each in person.departments for top in tops)

    def _is_below(self, department: str, top: str) -> bool:
        at: str | None = department
        while at is not None and at != top:
            at = self.town.departments["dingtalk"][at].parent
        return at is not None

    def at_all_is_refused(self, chat: Chat) -> bool:
        """Whether the robot may not say @所有人 there."""
        owner_only = group_options.only_owner_may_at_all(chat) and chat.owner != BOT
        return owner_only and bool(self.town.setting("dingtalk.owner_only_at_all_stops_robot"))

    def is_muted(self, chat: Chat) -> bool:
        """Whether 全员禁言 stops the robot there."""
        return bool(self.town.setting("dingtalk.muted_group_stops_robot")) and not chat.may_speak(BOT)

    # -- what people do

    def may_say(self, person: Person, chat: Chat) -> None:
        super().may_say(person, chat)
        until = chat.extra.get("muted", {}).get(person.id)
        if until is not None and self.town.clock.now() < until:
            raise Refused("你已被群主或管理员禁言")

    async def say(self, person: Person, to: str, text: str, mentions: Sequence[str] = ()) -> str:
        if to != BOT and ALL in mentions:
            chat = self.chat(to)
            if group_options.only_owner_may_at_all(chat) and person.id != chat.owner:
                raise Refused("仅群主可以@所有人")
        return await super().say(person, to, text, mentions)

    async def heard(self, message: Message) -> None:
        if self.robot.hears(message):
            self.robot.hear(message)

    async def press(
        self, person: Person, message: Message, action: str, values: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return await self.presses.press(person, message, action, values)

    def buttons(self, message: Message) -> list[tuple[str, str]]:
        return [(action, label) for _, action, label in self.presses.buttons(message)]

    async def read(self, person: Person, message: Message) -> None:
        if not self.sees(person, message):
            raise Refused(f"{person.name} 看不到这条消息")
        is_new = person.id not in message.read_by
        await super().read(person, message)
        if is_new and message.sender == BOT and "key" in message.extra:
            self.events.message("robot_msg_read", message, person.id)

    async def recall(self, person: Person, message: Message) -> None:
        await super().recall(person, message)
        if message.sender == BOT and "key" in message.extra:
            self.events.message("robot_msg_recall", message, person.id)

    def sees(self, person: Person, message: Message) -> bool:
        """A card may be for some members only."""
        only_for = message.extra.get("recipients")
        return person.id in self.town.audience(message) and (not only_for or person.id in only_for)

    async def join(self, name: str, departments: Sequence[str], account: str = "") -> Person:
        person = await super().join(name, departments, account)
        self.events.people("user_add_org", [person])
        self.events.emit("user_active_org", {"userId": [person.id]})
        return person

    async def leave(self, person: Person) -> None:
        """Out of all groups; a group he owned goes to the member who has been there longest, which is a guess."""
        owned = [
            chat for chat in self.town.chats["dingtalk"].values() if chat.owner == person.id and chat.active
        ]
        await super().leave(person)
        for chat in owned:
            if chat.members:
                chat.owner = next(iter(chat.members))
                self.events.chat("chat_update_owner", chat, chat.owner, owner=chat.owner)
        self.events.people("user_leave_org", [person])

    async def move(self, person: Person, departments: Sequence[str], *, head: bool | None = None) -> None:
        before = {"dept_id_list": [int(each) for each in person.departments], "is_leader": person.head}
        await super().move(person, departments, head=head)
        after = {"dept_id_list": [int(each) for each in person.departments], "is_leader": person.head}
        self._modified(person, before, after)

    async def rename(self, person: Person, name: str) -> None:
        before = {"name": person.name}
        await super().rename(person, name)
        self._modified(person, before, {"name": name})

    def _modified(self, person: Person, before: dict[str, Any], after: dict[str, Any]) -> None:
        diff = {"userid": person.id, "prev": before, "curr": after}
        self.events.people("user_modify_org", [person], diffInfo=diff)

    async def change_chat(self, chat: Chat, changes: Mapping[str, Any]) -> None:
        """By hand, as the owner; there is no event for a mute or for administrators."""
        self.edit_chat(chat, changes, operator=chat.owner)

    def edit_chat(self, chat: Chat, changes: Mapping[str, Any], operator: str) -> None:
        """Change and tell."""
        old_name, old_owner, members = chat.name, chat.owner, set(chat.members)
        told = [each for each in changes.get("remove", ()) if each in members]
        chat.name, chat.owner = changes.get("name", chat.name), changes.get("owner", chat.owner)
        chat.speak, chat.bot = changes.get("speak", chat.speak), changes.get("bot", chat.bot)
        if "admins" in changes:
            chat.admins = dict.fromkeys(changes["admins"])
        added = [each for each in dict.fromkeys(changes.get("add", ())) if each not in members]
        chat.members.update(dict.fromkeys(added))
        for each in told:
            chat.members.pop(each, None)
            chat.admins.pop(each, None)
        self.town.publish("chat", {"platform": self.name, "chat": chat.id, "name": chat.name})
        if chat.name != old_name:
            self.events.chat("chat_update_title", chat, operator, title=chat.name)
        if chat.owner != old_owner:
            self.events.chat("chat_update_owner", chat, operator, owner=chat.owner)
        self.events.members("chat_add_member", chat, operator, added)
        self.events.members("chat_remove_member", chat, operator, told)

    async def dissolve_chat(self, chat: Chat) -> None:
        self.events.chat("chat_disband", chat, chat.owner)
        await super().dissolve_chat(chat)
