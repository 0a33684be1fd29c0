"""飞书 (Feishu): the platform as the town knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.feishu import areas, calls, card_press, errors, events, guests, people, scopes, settings, stream
from sandbox.feishu.acts import Acts
from sandbox.feishu.approval_flow import ApprovalFlow
from sandbox.feishu.auth import Tokens
from sandbox.feishu.calls import Endpoint
from sandbox.feishu.contact_events import ContactEvents
from sandbox.feishu.delivery import Deliveries
from sandbox.feishu.department_chats import DepartmentChats
from sandbox.feishu.errors import ApiError
from sandbox.feishu.ids import Ids
from sandbox.feishu.interactions import Interactions
from sandbox.feishu.limits import Limits
from sandbox.feishu.messages import Messages
from sandbox.feishu.more_by_hand import MoreByHand
from sandbox.feishu.state import State
from sandbox.fields import to_json
from sandbox.model import Chat, Person
from sandbox.platform import Platform, Secret
from sandbox.town import Town

UUIDS_KEPT = timedelta(days=1)
UUIDS_SWEPT_AT = 10_000
PATHS = ("/open-apis/", "/callback/ws/", stream.PATH)


class FeishuPlatform(Acts):
    """Holds the parts together: tokens, limits, line, events and the areas of the API."""

    name = "feishu"
    message_prefix = "om_"
    settings = settings.DEFAULTS

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        self.app_id = town.derive("cli_", "feishu-app", length=16)
        self.app_secret = town.derive("", "feishu-app-secret")
        self.verification_token = town.derive("", "feishu-verification-token")
        self.encrypt_key = town.derive("", "feishu-encrypt-key")
        self.service_id = int(town.digits(8, "feishu-service"))
        self.ids = Ids(town)
        self.state = State()
        self.limits = Limits(town.clock)
        self.tokens = Tokens(self)
        self.line = stream.Line(self)
        self.connections = self.line.connections
        self.deliveries = Deliveries(self)
        self.events = events.Events(self)
        self.contact_events = ContactEvents(self)
        self.department_chats = DepartmentChats(self)
        self.messages = Messages(self)
        self.presses = card_press.Presses(self)
        self.interactions = Interactions(self)
        self.by_hand = people.ByHand(self)
        self.by_hand_more = MoreByHand(self)
        self.approval_flow = ApprovalFlow(self)

    # -- the server

    def endpoints(self) -> list[Endpoint]:
        """Every call of the API that the town knows."""
        return areas.endpoints(self)

    def routes(self) -> list[web.RouteDef]:
        calls_ = [web.route(each.method, each.path, calls.answer(self, each)) for each in self.endpoints()]
        return [*calls_, web.get(stream.PATH, self.line.connect)]

    def handles(self, path: str) -> bool:
        return path.startswith(PATHS)

    async def unknown_path(self, request: web.Request) -> web.StreamResponse:
        error = request.match_info.http_exception
        code = 99991301 if error is not None and error.status == 405 else 99991201
        return calls.failure(ApiError(code), calls.new_log_id(self))

    def error_body(self, status: int, path: str) -> dict[str, Any]:
        return self._failure(status, path, calls.new_log_id(self))

    def _failure(self, status: int, path: str, log_id: str) -> dict[str, Any]:
        if path.startswith("/callback/"):
            return {"code": 1, "msg": "system busy"}
        code = {429: 99991400, 404: 99991201, 405: 99991301}.get(status, 2200)
        return errors.envelope(code, errors.TEXT[code], log_id)

    def error_response(self, status: int, path: str) -> web.Response:
        log_id = calls.new_log_id(self)
        headers = {calls.LOG_ID_HEADER: log_id}
        if status == 429:
            headers |= {"x-ogw-ratelimit-limit": "50", "x-ogw-ratelimit-reset": "1"}
        body = self._failure(status, path, log_id)
        return web.json_response(body, status=status, headers=headers, dumps=to_json)

    def ready_info(self) -> dict[str, Any]:
        return {
            "domain": self.town.url, "app_id": self.app_id, "app_secret": self.app_secret,
            "verification_token": self.verification_token, "encrypt_key": self.encrypt_key,
        }  # fmt: skip

    def config_section(self) -> dict[str, Any]:
        return {
            "app_id": self.app_id, "app_secret": Secret(self.app_secret), "mode": "stream", "domain": self.town.url
        }  # fmt: skip

    def reset(self) -> None:
        self.line.close()
        self.deliveries.clear()
        self.tokens.clear()
        self.limits.clear()
        self.ids.clear()
        self.state = State()

    def faults_changed(self) -> None:
        self.line.strike()

    async def close(self) -> None:
        self.line.close()
        await self.deliveries.close()

    def check_settings(self, values: Mapping[str, Any]) -> None:
        settings.check(values)

    # -- what the app may

    def has_scope(self, scope: str) -> bool:
        return scopes.has(self.town.setting("feishu.scopes"), scope)

    def is_subscribed(self, event_type: str) -> bool:
        """To the event, with one of the scopes it needs."""
        needed = events.SCOPES.get(event_type, events.OFF.get(event_type))
        if needed is None or (needed and not any(self.has_scope(each) for each in needed)):
            return False
        return bool(self.town.setting("feishu.events").get(event_type, event_type in events.SCOPES))

    def use_quota(self) -> None:
        """Count a call of this month; raises 99991403 when the month's calls are used up."""
        quota = int(self.town.setting("feishu.monthly_quota"))
        month = self.town.clock.now().strftime("%Y-%m")
        used = self.state.calls_by_month.get(month, 0)
        if self.town.setting("feishu.quota_used_up") or (quota and used >= quota):
            raise ApiError(99991403)
        self.state.calls_by_month[month] = used + 1

    def is_available(self, person: Person) -> bool:
        """Whether the person is in the app's 可用范围, which holds nobody of another company."""
        if guests.is_guest(person):
            return False
        wanted = self.town.setting("feishu.availability")
        if not wanted:
            return True
        return person.account in wanted or person.id in wanted or self._is_below(person.departments, wanted)

    def contact_range(self) -> list[str] | None:
        """The departments of the 通讯录权限范围; ``None`` is 全部成员."""
        wanted = self.town.setting("feishu.contact_range")
        return [self.department(each) for each in wanted] if wanted else None

    def reads_department(self, department: str) -> bool:
        wanted = self.town.setting("feishu.contact_range")
        return not wanted or self._is_below([department], wanted)

    def reads_person(self, person: Person) -> bool:
        wanted = self.town.setting("feishu.contact_range")
        is_ours = person.active and not guests.is_guest(person)
        return is_ours and (not wanted or self._is_below(person.departments, wanted))

    def _is_below(self, departments: Sequence[str], tops: Sequence[str]) -> bool:
        side = self.town.departments["feishu"]
        for each in departments:
            at: str | None = each
            while at is not None:
                if at in tops or side[at].name in tops:
                    return True
                at = side[at].parent
        return False

    def may_write_to(self, person: Person) -> None:
        """Raises ``ApiError`` if the robot cannot write to that person."""
        if guests.is_guest(person):
            raise ApiError(230038)
        if not person.active:
            raise ApiError(int(self.town.setting("feishu.resigned_code")))
        if not self.is_available(person):
            raise ApiError(230013)
        if person.account in self.town.setting("feishu.stopped_by"):
            raise ApiError(230053)
        if person.account in self.town.setting("feishu.blocked_by"):
            raise ApiError(230035)

    # -- what is remembered

    def once(self, scope: str, uuid: str, life: timedelta) -> str | None:
        """What the same uuid made within ``life``; nothing for an empty uuid."""
        made, at = self.state.uuids.get((scope, uuid), ("", None))
        return made if uuid and at is not None and self.town.clock.now() - at < life else None

    def remember(self, scope: str, uuid: str, made: str) -> None:
        if not uuid:
            return
        uuids, now = self.state.uuids, self.town.clock.now()
        if len(uuids) % UUIDS_SWEPT_AT == UUIDS_SWEPT_AT - 1:
            for key in [each for each, (_, at) in uuids.items() if now - at > UUIDS_KEPT]:
                del uuids[key]
        uuids[scope, uuid] = made, now

    def named(self, chat_id: str | None, key: str) -> bool:
        """Whether the setting, a list of groups by id or name, holds that group."""
        chat = self.town.chats["feishu"].get(chat_id or "")
        return chat is not None and bool({chat.id, chat.name} & set(self.town.setting(key)))

    def undisturbed(self, chat: Chat) -> None:
        """Raises 232060 for a group that was banned, 232092 for one in which a meeting runs."""
        for key, code in (("feishu.banned_chats", 232060), ("feishu.meeting_chats", 232092)):
            if self.named(chat.id, key):
                raise ApiError(code)

    def direct_person(self, chat_id: str) -> Person | None:
        """Whose direct talk with the robot that is."""
        return self.town.people["feishu"].get(self.state.met.get(chat_id, ""))

    def meet(self, person: str) -> bool:
        """The direct talk exists from now on; true if it did not before."""
        chat_id = self.ids.direct_chat(person)
        is_new = chat_id not in self.state.met
        self.state.met[chat_id] = person
        return is_new

    def seconds(self, key: str) -> timedelta:
        return timedelta(seconds=float(self.town.setting(key)))

    def now(self) -> datetime:
        return self.town.clock.now()

    async def end_chat(self, chat: Chat) -> None:
        """Dissolve it, without a word."""
        await Platform.dissolve_chat(self, chat)

    def settings_changed(self, before: Mapping[str, Any]) -> None:
        key = "feishu.contact_range"
        self.contact_events.range_changed(before[key], self.town.setting(key))
