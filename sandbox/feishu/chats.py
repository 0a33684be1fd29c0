"""群组 (chats): create, read, change, dissolve, list.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/chat/create (read 2026-11)
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.feishu import guests, other_bots, pages, roles, scopes
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.chat_fields import ALL_OR_OWNER, FIELDS, LANGUAGES, PAIRS, check_name
from sandbox.feishu.errors import ApiError, wrong_field
from sandbox.model import BOT, Chat, Message, Person

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

BASE = "/open-apis/im/v1/chats"
SAME_UUID_FOR = timedelta(hours=10)
LINKS = {"week": 7, "year": 365, "permanently": 0}
MOST_CREATED_WITH, MOST_BOTS_AT_ONCE = 50, 5


class Chats:
    """The calls on a group as a whole."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        one = BASE + "/{chat_id}"
        return [
            Endpoint(
                method="POST", path=BASE, run=self.create, source="D64", scopes=(("im:chat", "im:chat:create"),)
            ),
            Endpoint(method="GET", path=BASE, run=self.mine, source="D68", scopes=(scopes.CHAT_READ,)),
            Endpoint(method="GET", path=BASE + "/search", run=self.search, source="D69", scopes=(scopes.CHAT_READ,)),
            Endpoint(method="GET", path=one, run=self.get, source="D65", scopes=(scopes.CHAT_READ,)),
            Endpoint(method="PUT", path=one, run=self.update, source="D66", scopes=(scopes.CHAT_UPDATE,)),
            Endpoint(
                method="DELETE", path=one, run=self.dissolve, source="D67", scopes=(("im:chat", "im:chat:delete"),)
            ),
            Endpoint(method="POST", path=one + "/link", run=self.link, source="D70", scopes=(scopes.CHAT_READ,)),
        ]  # fmt: skip

    # -- create

    def create(self, call: Call) -> dict[str, Any]:
        kind = call.user_id_type()
        uuid, as_admin = call.query("uuid", "", longest=50), call.query_flag("set_bot_manager")
        owner_id = call.text("owner_id", default="")
        key = f"{uuid}/{owner_id}" if uuid else ""
        earlier = self._app.once("chat", key, SAME_UUID_FOR)
        if earlier is not None:
            if self._town.setting("feishu.chat_uuid_repeat") != "first":
                raise ApiError(232068)
            return self._created(self._town.chats["feishu"][earlier], kind)
        chat = self._new(call, kind, owner_id)
        if as_admin and chat.owner != BOT:
            chat.admins[BOT] = None
        self._town.add_chat(chat)
        self._app.remember("chat", key, chat.id)
        return self._created(chat, kind)

    def _new(self, call: Call, kind: str, owner_id: str) -> Chat:
        owner = self._member(kind, owner_id, 232012) if owner_id else None
        people = [
            self._member(kind, each, 232043) for each in call.texts("user_id_list", most=MOST_CREATED_WITH)
        ]
        bots = [
            each for each in call.texts("bot_id_list", most=MOST_BOTS_AT_ONCE) if each != self._app.app_id
        ]
        for each in bots:
            other_bots.known(self._app, each)
        external = call.flag("external")
        if external and (owner is None or not self._town.setting("feishu.shares_externally")):
            raise ApiError(232033)
        settings = self._settings(call.body, creating=True)
        public = settings.get("chat_type") == "public"
        if public and external:
            raise ApiError(232069)
        name = check_name(self._town, call.text("name", default=""), public=public)
        members = ([owner.id] if owner else []) + [each.id for each in people]
        limit = int(self._town.setting("feishu.most_members"))
        if len(set(members)) > limit:
            raise ApiError(232044)
        return Chat(
            id=self._town.new_id("oc_", "chat"), platform="feishu", name=name, owner=owner.id if owner else BOT,
            created_at=self._town.clock.now(), members=dict.fromkeys(members), bot=True, kind="bot",
            extra={"creator": BOT, "bots": bots, "external": external, **settings},
        )  # fmt: skip

    def _member(self, kind: str, value: str, resigned: int) -> Person:
        person = self._app.ids.known(kind, value)
        if not person.active:
            raise ApiError(resigned)
        if not self._app.is_available(person):
            raise ApiError(232028 if guests.is_guest(person) else 232043)
        return person

    def _settings(self, body: dict[str, Any], *, creating: bool) -> dict[str, Any]:
        """The fields given, checked. Raises 99992402 for a value that is none of the allowed."""
        found: dict[str, Any] = {}
        for key, value in body.items():
            field = FIELDS.get(key)
            if (
                field is None
                or value is None
                or (creating and not field.creates)
                or (not creating and not field.updates)
            ):
                continue
            if not isinstance(value, field.kind) or (field.options and value not in field.options):
                allowed = ",".join(field.options) or field.kind.__name__
                raise wrong_field(key, f"options: [{allowed}]", value)
            if key == "i18n_names":
                _check_names(value)
            found[key] = value
        for a, b, pairs in PAIRS:
            if (a in found) != (b in found) or (a in found and (found[a], found[b]) not in pairs):
                raise ApiError(232001, f"{a} and {b} must be set together")
        restricted = found.get("restricted_mode_setting", {}).get("status")
        if restricted and not self._town.setting("feishu.restricted_mode"):
            raise ApiError(232057)
        if found.get("chat_type") == "public" and not self._town.setting("feishu.public_chats"):
            raise ApiError(232091)
        hides = found.get("hide_member_count_setting") == "only_owner"
        if hides and not self._town.setting("feishu.hides_member_count"):
            raise ApiError(232078)
        self._check_looks(found, body.get("name"))
        return found

    def _check_looks(self, found: dict[str, Any], name: Any) -> None:
        """The picture must have been uploaded as one of a group; words are looked at as those of messages."""
        avatar = found.get("avatar")
        if avatar is not None:
            stored = self._app.state.files.get(avatar)
            if stored is None or stored.kind != "avatar":
                raise ApiError(232041)
        words = f"{name} {found.get('description', '')}"
        if any(each in words for each in self._town.setting("feishu.sensitive_words")):
            raise ApiError(232023)

    def _created(self, chat: Chat, kind: str) -> dict[str, Any]:
        shown = self._full(chat, kind)
        for key in ("user_count", "bot_count", "user_manager_id_list", "bot_manager_id_list", "chat_status"):
            shown.pop(key, None)
        return {"chat_id": chat.id, **shown}

    # -- read

    def get(self, call: Call) -> dict[str, Any]:
        kind, chat_id = call.user_id_type(), call.path("chat_id")
        person = self._app.direct_person(chat_id)
        if person is not None:
            return {"name": "", "chat_mode": "p2p", "chat_type": "private", "external": False,
                    "owner_id_type": kind, "owner_id": self._app.ids.of(person, kind),
                    "tenant_key": self._app.ids.tenant, "chat_status": "normal"}  # fmt: skip
        chat = self._town.chats["feishu"].get(chat_id)
        if chat is None:
            raise ApiError(232006)
        if not chat.active or not chat.bot:
            known = ("name", "avatar", "user_count", "bot_count", "chat_status")
            return {key: value for key, value in self._full(chat, kind).items() if key in known}
        return self._full(chat, kind)

    def _full(self, chat: Chat, kind: str) -> dict[str, Any]:
        people, ids = self._town.people["feishu"], self._app.ids
        shown: dict[str, Any] = {
            "avatar": chat.extra.get("avatar", "https://avatar.hechuan.example/chat"), "name": chat.name,
            "description": "", "i18n_names": {}, "share_card_permission": "allowed",
            **dict.fromkeys(ALL_OR_OWNER, "all_members"),
            "group_message_type": "chat", "chat_mode": "group", "chat_type": "private", "chat_tag": chat.extra.get("chat_tag", "inner"),
            "join_message_visibility": "all_members", "leave_message_visibility": "all_members",
            "membership_approval": "no_approval_required", "restricted_mode_setting": {"status": False},
            **{key: value for key, value in chat.extra.items() if key in FIELDS},
            "moderation_permission": moderation(chat), "external": roles.is_external(chat), "tenant_key": ids.tenant,
            "user_count": str(len(chat.members)), "bot_count": str(other_bots.count(chat)),
            "user_manager_id_list": [ids.of(people[each], kind) for each in chat.admins if each != BOT],
            "bot_manager_id_list": [self._app.app_id] if BOT in chat.admins else [],
            "chat_status": "normal" if chat.active else "dissolved",
        }  # fmt: skip
        if chat.owner != BOT:
            shown |= {"owner_id_type": kind, "owner_id": ids.of(people[chat.owner], kind)}
        return shown

    def mine(self, call: Call) -> dict[str, Any]:
        kind = call.user_id_type()
        order = call.query_option("sort_type", ("ByCreateTimeAsc", "ByActiveTimeDesc"), "ByCreateTimeAsc")
        mine = [chat for chat in self._town.chats["feishu"].values() if chat.bot and chat.active]
        if order == "ByActiveTimeDesc":
            mine.sort(key=_last, reverse=True)
        page, more = pages.cut(call, mine, default=20, most=100)
        return {"items": [self._brief(each, kind) for each in page], **more}

    def search(self, call: Call) -> dict[str, Any]:
        kind, query = call.user_id_type(), call.query("query", "", longest=64)
        found = [
            chat for chat in self._town.chats["feishu"].values()
            if query and chat.active and query in chat.name
            and (chat.bot or roles.setting(chat, "chat_type", "private") == "public")
        ]  # fmt: skip
        page, more = pages.cut(call, found, default=20, most=100)
        return {"items": [self._brief(each, kind) for each in page], **more}

    def _brief(self, chat: Chat, kind: str) -> dict[str, Any]:
        keys = (
            "avatar", "name", "description", "owner_id", "owner_id_type", "external", "tenant_key", "chat_status",
        )  # fmt: skip
        full = self._full(chat, kind)
        return {"chat_id": chat.id, **{key: full[key] for key in keys if key in full}}

    def link(self, call: Call) -> dict[str, Any]:
        period = call.option("validity_period", tuple(LINKS), "week")
        chat = roles.joined(self._app, call.path("chat_id"))
        code = self._town.derive("", "link", chat.id, self._town.clock.now_ms(), length=16)
        ends = self._town.clock.now() + timedelta(days=LINKS[period])
        permanent = period == "permanently"
        return {
            "share_link": f"https://applink.feishu.cn/client/chat/chatter/add_by_link?link_token={code}",
            "expire_time": "" if permanent else str(int(ends.timestamp())), "is_permanent": permanent,
        }  # fmt: skip

    # -- change

    def update(self, call: Call) -> dict[str, Any]:
        kind = call.user_id_type()
        chat = roles.joined(self._app, call.path("chat_id"))
        if roles.setting(chat, "chat_mode", "group") != "group":
            raise ApiError(232008)
        self._app.undisturbed(chat)
        settings = self._settings(call.body, creating=False)
        owner_id, name = call.text("owner_id", default=""), call.text("name", default="")
        if settings.get("chat_type") == "public" and roles.is_external(chat):
            raise ApiError(232069)
        basic = set(settings) <= {"avatar", "description", "i18n_names"} and not owner_id
        if not roles.manages(self._app, chat):
            if roles.setting(chat, "edit_permission") != "all_members":
                raise ApiError(232002)
            if not basic:
                raise ApiError(232016)
        if name:
            public = settings.get("chat_type", roles.setting(chat, "chat_type", "private")) == "public"
            name = check_name(self._town, name, public=public, own=chat)
        before = {key: chat.extra.get(key, "") for key in settings}
        after = dict(settings)
        if owner_id:
            owner = self._new_owner(kind, owner_id, chat)
            before["owner_id"], after["owner_id"] = (
                self._app.events.user(chat.owner),
                self._app.events.user(owner),
            )
            chat.admins.pop(owner, None)
            chat.owner = owner
        if name and name != chat.name:
            before["name"], after["name"], chat.name = chat.name, name, name
        chat.extra |= settings
        self._town.publish("chat", {"platform": "feishu", "chat": chat.id, "name": chat.name})
        self._app.events.chat_updated(chat, BOT, before, after)
        return {}

    def _new_owner(self, kind: str, owner_id: str, chat: Chat) -> str:
        by_admin = bool(self._town.setting("feishu.owner_by_admin")) and roles.is_admin(chat)
        if not roles.acts_as_owner(self._app, chat) and not by_admin:
            raise ApiError(232002)
        person = self._app.ids.find(kind, owner_id)
        if person is None:
            raise ApiError(232030)
        if guests.is_guest(person):
            raise ApiError(232031)
        if person.id not in chat.members:
            raise ApiError(232012)
        return person.id

    async def dissolve(self, call: Call) -> dict[str, Any]:
        chat = roles.joined(self._app, call.path("chat_id"))
        if not roles.acts_as_owner(self._app, chat):
            raise ApiError(232017)
        self._app.events.disbanded(chat, BOT)
        await self._app.end_chat(chat)
        return {}


def _check_names(names: Any) -> None:
    if not all(isinstance(text, str) and language in LANGUAGES for language, text in names.items()):
        raise wrong_field("i18n_names", "zh_cn, en_us and ja_jp are strings")


def moderation(chat: Chat) -> str:
    return {"all": "all_members", "admins": "only_owner", "list": "moderator_list"}[chat.speak]


def _last(chat: Chat) -> int:
    last: Message | None = chat.messages[-1] if chat.messages else None
    return last.seq if last else 0
