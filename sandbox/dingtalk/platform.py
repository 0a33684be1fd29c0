"""钉钉 (DingTalk): the platform as the town knows it, and the parts that answer its API."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from sandbox.dingtalk import errors, group_options, settings
from sandbox.dingtalk.access import Access
from sandbox.dingtalk.approvals import Approvals
from sandbox.dingtalk.assistant import Assistant
from sandbox.dingtalk.blackboard import Blackboard
from sandbox.dingtalk.calendars import Calendars
from sandbox.dingtalk.card_delivery import CardDelivery
from sandbox.dingtalk.card_extras import CardExtras
from sandbox.dingtalk.card_streams import CardStreams
from sandbox.dingtalk.cards import SCOPE as CARD_SCOPE
from sandbox.dingtalk.cards import STREAMING_SCOPE, Cards
from sandbox.dingtalk.contacts import Contacts
from sandbox.dingtalk.departments import Departments
from sandbox.dingtalk.desk import Desk
from sandbox.dingtalk.dings import Dings
from sandbox.dingtalk.door import NEW_PREFIXES, Api, Door
from sandbox.dingtalk.events import Events
from sandbox.dingtalk.forwarding import Forwarding
from sandbox.dingtalk.group_blackboard import GroupBlackboard
from sandbox.dingtalk.group_files import GroupFiles
from sandbox.dingtalk.group_permissions import GroupPermissions
from sandbox.dingtalk.groups import Groups
from sandbox.dingtalk.hands import Hands
from sandbox.dingtalk.hearing import Hearing
from sandbox.dingtalk.http_calls import HttpCalls
from sandbox.dingtalk.http_push import HttpPush
from sandbox.dingtalk.ids import Ids
from sandbox.dingtalk.incoming import Incoming
from sandbox.dingtalk.inner_groups import InnerGroups
from sandbox.dingtalk.line import PATH as LINE_PATH
from sandbox.dingtalk.line import Line
from sandbox.dingtalk.login import Login
from sandbox.dingtalk.media import Media
from sandbox.dingtalk.multipart_uploads import MultipartUploads
from sandbox.dingtalk.notices import Notices
from sandbox.dingtalk.old_cards import OldCards
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.posts import Posts
from sandbox.dingtalk.presses import Presses
from sandbox.dingtalk.quota import Quota
from sandbox.dingtalk.robot import Robot
from sandbox.dingtalk.robot_groups import RobotGroups
from sandbox.dingtalk.roles import Roles
from sandbox.dingtalk.scene_groups import SceneGroups
from sandbox.dingtalk.storage import Storage
from sandbox.dingtalk.talks import Talks
from sandbox.dingtalk.tokens import Tokens
from sandbox.dingtalk.uploads import Uploads
from sandbox.dingtalk.webhooks import Webhooks
from sandbox.dingtalk.wiki import Wiki
from sandbox.model import BOT, Chat, Person
from sandbox.platform import Absent, Secret
from sandbox.town import Town

OLD_PREFIXES = (
    "/gettoken", "/topapi/", "/chat/", "/media/", "/robot/", "/auth/", "/call_back/", "/department/", "/user/", "/oauth2/",
)  # fmt: skip


class DingTalkPlatform(Hands):
    """The parts that answer the API, beside what people do by hand."""

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
        self.http_calls = HttpCalls(self)
        self.posts = Posts(self)
        self.webhooks = Webhooks(self)
        self.robot = Robot(self)
        self.hearing = Hearing(self)
        self.cards = Cards(self)
        self.card_delivery = CardDelivery(self)
        self.card_extras = CardExtras(self)
        self.presses = Presses(self)
        self.contacts = Contacts(self)
        self.departments = Departments(self)
        self.roles = Roles(self)
        self.access = Access(self)
        self.groups = Groups(self)
        self.scene_groups = SceneGroups(self)
        self.assistant = Assistant(self)
        self.media = Media(self)
        self.storage = Storage(self)
        self.uploads = Uploads(self)
        self.incoming = Incoming(self)
        self.login = Login(self)
        self.blackboard = Blackboard(self)
        self.office_approvals = Approvals(self)
        self.card_streams = CardStreams(self)
        self.forwarding = Forwarding(self)
        self.parts: tuple[Part, ...] = (
            self.access, self.line, self.events, self.http_push, self.posts, self.webhooks, self.robot, self.cards,
            self.presses, self.contacts, self.roles, self.groups, self.scene_groups, self.assistant,
            self.media, self.storage, self.login, Notices(self), Dings(self), self.blackboard, Calendars(self),
            self.office_approvals, self.departments, Desk(self), RobotGroups(self), GroupFiles(self),
            self.card_extras, self.card_streams, GroupPermissions(self), MultipartUploads(self), OldCards(self), self.uploads, Wiki(self), GroupBlackboard(self), InnerGroups(self),
            Talks(self),
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
        await self.http_calls.close()

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
        return any(self.is_below(department, top) for top in self.contact_range())

    def in_app_range(self, person: Person) -> bool:
        tops = self.app_range()
        return any(self.is_below(each, top) for each in person.departments for top in tops)

    def is_below(self, department: str, top: str) -> bool:
        """Whether the first is the second, or somewhere below it."""
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
