"""群成员 (members): who is in a group, who leads it, who may speak in it.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/chat-members/create (read 2026-11)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.feishu import guests, other_bots, pages, roles, scopes
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.chats import BASE, moderation
from sandbox.feishu.errors import ApiError, wrong_field
from sandbox.model import BOT, Chat, Person, Speak

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

MOST_USERS, MOST_BOTS, MOST_ADMINS, MOST_ADMINS_OF_LARGE, LARGE = 50, 5, 10, 20, 5000
SPEAK: dict[str, Speak] = {"all_members": "all", "only_owner": "admins", "moderator_list": "list"}


class Members:
    """The calls on the members of one group."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        one = BASE + "/{chat_id}"
        members, managers, speak = one + "/members", one + "/managers", one + "/moderation"
        read, write = (scopes.MEMBERS_READ,), (scopes.MEMBERS_WRITE,)
        admins = (("im:chat", "im:chat.managers:write_only"),)
        return [
            Endpoint(method="POST", path=members, run=self.add, source="D11", scopes=write),
            Endpoint(method="DELETE", path=members, run=self.remove, source="D71", scopes=write),
            Endpoint(method="GET", path=members, run=self.members, source="D72", scopes=read),
            Endpoint(
                method="GET", path=members + "/list", run=self.list_all, source="CLI members-list",
                scopes=(("im:chat.members:read",),),
            ),
            Endpoint(method="GET", path=members + "/is_in_chat", run=self.is_in, source="D73", scopes=read),
            Endpoint(method="PATCH", path=members + "/me_join", run=self.join, source="D74", scopes=write),
            Endpoint(method="POST", path=managers + "/add_managers", run=self.promote, source="D75", scopes=admins),
            Endpoint(method="POST", path=managers + "/delete_managers", run=self.demote, source="D76", scopes=admins),
            Endpoint(
                method="GET", path=speak, run=self.speakers, source="D77",
                scopes=(("im:chat", "im:chat.moderation:read", "im:chat:readonly"),),
            ),
            Endpoint(
                method="PUT", path=speak, run=self.moderate, source="D78",
                scopes=(("im:chat", "im:chat:moderation:write_only"),),
            ),
        ]  # fmt: skip

    # -- members

    async def _alone(self, call: Call, run: Callable[[Call], dict[str, Any]]) -> dict[str, Any]:
        """Calls on the members of one group come one after the other."""
        chat_id, at_work = call.path("chat_id"), self._app.state.member_calls
        if chat_id in at_work:
            raise ApiError(232019)
        answer = run(call)
        at_work.add(chat_id)
        try:
            await asyncio.sleep(float(self._town.setting("feishu.member_call_s")))
        finally:
            at_work.discard(chat_id)
        return answer

    async def add(self, call: Call) -> dict[str, Any]:
        return await self._alone(call, self._add)

    async def remove(self, call: Call) -> dict[str, Any]:
        return await self._alone(call, self._remove)

    def _add(self, call: Call) -> dict[str, Any]:
        kind = call.user_id_type("member_id_type", ("app_id",))
        succeed = call.query_option("succeed_type", ("0", "1", "2"), "0")
        wanted = call.texts("id_list", required=True, most=MOST_BOTS if kind == "app_id" else MOST_USERS)
        chat = roles.joined(self._app, call.path("chat_id"))
        if roles.setting(chat, "add_member_permission") == "only_owner" and not roles.manages(
            self._app, chat
        ):
            raise ApiError(232017)
        if kind == "app_id":
            return other_bots.add(self._app, chat, wanted, succeed)
        good, missing, invalid = self._sort(kind, wanted, chat)
        if succeed != "1":
            self._all_good(succeed, kind, missing, invalid)
        room = int(self._town.setting("feishu.most_members")) - len(chat.members)
        new = [each for each in good if each not in chat.members]
        if len(new) > room:
            raise ApiError(232044)
        answer = {"invalid_id_list": invalid, "not_existed_id_list": missing, "pending_approval_id_list": []}
        if succeed == "2" and (missing or invalid):
            return answer
        if roles.setting(chat, "membership_approval") == "approval_required" and not roles.manages(
            self._app, chat
        ):
            return {**answer, "pending_approval_id_list": self._back(kind, new)}
        chat.members.update(dict.fromkeys(new))
        self._changed(chat)
        self._app.events.members("added", chat, BOT, new)
        return answer

    def _sort(self, kind: str, wanted: list[str], chat: Chat) -> tuple[list[str], list[str], list[str]]:
        """Open ids that can be added; ids of nobody; ids of people who resigned or do not see the app."""
        good: list[str] = []
        missing: list[str] = []
        invalid: list[str] = []
        for each in wanted:
            person = self._app.ids.find(kind, each)
            if person is None:
                missing.append(each)
            elif not person.active or not self._may_come(person, chat):
                invalid.append(each)
            else:
                good.append(person.id)
        return good, missing, invalid

    def _may_come(self, person: Person, chat: Chat) -> bool:
        """Somebody of another company into an external group only."""
        return roles.is_external(chat) if guests.is_guest(person) else self._app.is_available(person)

    def _all_good(self, succeed: str, kind: str, missing: list[str], invalid: list[str]) -> None:
        """With ``succeed_type`` 0 an id of nobody fails the call, a resigned person is skipped."""
        if succeed == "2":
            return
        if missing:
            raise ApiError({"open_id": 99992351, "user_id": 99992360, "union_id": 99992364}[kind])
        for each in invalid:
            person = self._app.ids.find(kind, each)
            if person is not None and person.active:
                raise ApiError(232028 if guests.is_guest(person) else 232024)

    def _back(self, kind: str, people: list[str]) -> list[str]:
        known = self._town.people["feishu"]
        return [self._app.ids.of(known[each], kind) for each in people]

    def _changed(self, chat: Chat) -> None:
        self._town.publish("chat", {"platform": "feishu", "chat": chat.id, "name": chat.name})

    def _remove(self, call: Call) -> dict[str, Any]:
        kind = call.user_id_type("member_id_type", ("app_id",))
        wanted = call.texts("id_list", required=True, most=MOST_BOTS if kind == "app_id" else MOST_USERS)
        chat = roles.joined(self._app, call.path("chat_id"))
        if kind == "app_id":
            return self._leave(chat, wanted)
        if not roles.manages(self._app, chat):
            raise ApiError(232017)
        gone, invalid = [], []
        for each in wanted:
            person = self._app.ids.find(kind, each)
            if person is None or person.id not in chat.members:
                invalid.append(each)
                continue
            if person.id == chat.owner:
                raise ApiError(232076)
            gone.append(person.id)
        for each in gone:
            for side in (chat.members, chat.admins, chat.speakers):
                side.pop(each, None)
        self._changed(chat)
        self._app.events.members("deleted", chat, BOT, gone)
        return {"invalid_id_list": invalid}

    def _leave(self, chat: Chat, wanted: list[str]) -> dict[str, Any]:
        """Anybody may remove himself, the owner excepted."""
        others = [each for each in wanted if each != self._app.app_id]
        if others and not roles.manages(self._app, chat):
            raise ApiError(232017)
        if self._app.app_id in wanted:
            if roles.is_owner(chat):
                raise ApiError(232076)
            self._app.events.bot("deleted", chat, BOT)
            chat.bot = False
            chat.admins.pop(BOT, None)
            self._changed(chat)
        return {"invalid_id_list": other_bots.take_out(chat, others)}

    def members(self, call: Call) -> dict[str, Any]:
        """People only: robots are not listed."""
        kind = call.user_id_type("member_id_type")
        chat = roles.joined(self._app, call.path("chat_id"))
        page, more = pages.cut(call, list(chat.members), default=20, most=100)
        return {"items": self._shown(kind, page), "member_total": len(chat.members), **more}

    def _shown(self, kind: str, people: Any) -> list[dict[str, Any]]:
        known, ids = self._town.people["feishu"], self._app.ids
        return [
            {"member_id_type": kind, "member_id": ids.of(known[each], kind), "name": known[each].name,
             "tenant_key": ids.tenant_of(each)}
            for each in people
        ]  # fmt: skip

    def list_all(self, call: Call) -> dict[str, Any]:
        kind = call.user_id_type("member_id_type")
        wanted = call.query("member_types", "user").split(",")
        if not set(wanted) <= {"user", "bot"}:
            raise wrong_field("member_types", "options: [user,bot]")
        chat = roles.joined(self._app, call.path("chat_id"), outside=102021)
        people = list(chat.members) if "user" in wanted else []
        page, more = pages.cut(call, people, default=20, most=100)
        bots = other_bots.shown(self._app, chat, kind) if "bot" in wanted else []
        return {
            "users": self._shown(kind, page), "bots": bots,
            "user_total": len(chat.members), "bot_total": other_bots.count(chat), "truncations": [], **more,
        }  # fmt: skip

    def is_in(self, call: Call) -> dict[str, Any]:
        return {"is_in_chat": roles.found(self._app, call.path("chat_id")).bot}

    def join(self, call: Call) -> dict[str, Any]:
        chat = roles.found(self._app, call.path("chat_id"))
        if roles.setting(chat, "chat_type", "private") != "public":
            raise ApiError(232002)
        if roles.setting(chat, "membership_approval") == "approval_required":
            raise ApiError(232075)
        chat.bot = True
        self._changed(chat)
        return {}

    # -- admins

    def promote(self, call: Call) -> dict[str, Any]:
        chat, kind, wanted = self._managers(call)
        good = [each for each in wanted if each == BOT or each in chat.members]
        most = MOST_ADMINS_OF_LARGE if len(chat.members) > LARGE else MOST_ADMINS
        if len(set(chat.admins) | set(good)) > most:
            raise ApiError(232040)
        chat.admins.update(dict.fromkeys(each for each in good if each != chat.owner))
        self._changed(chat)
        return self._admins(chat, kind)

    def demote(self, call: Call) -> dict[str, Any]:
        chat, kind, wanted = self._managers(call)
        for each in wanted:
            chat.admins.pop(each, None)
        self._changed(chat)
        return self._admins(chat, kind)

    def _managers(self, call: Call) -> tuple[Chat, str, list[str]]:
        kind = call.user_id_type("member_id_type", ("app_id",))
        wanted = call.texts("manager_ids", required=True, most=MOST_BOTS if kind == "app_id" else MOST_USERS)
        chat = roles.joined(self._app, call.path("chat_id"))
        if not roles.is_owner(chat):
            raise ApiError(232038)
        if kind == "app_id":
            return chat, "open_id", [BOT for each in wanted if each == self._app.app_id]
        return chat, kind, [self._app.ids.known(kind, each).id for each in wanted]

    def _admins(self, chat: Chat, kind: str) -> dict[str, Any]:
        if self._town.setting("feishu.managers_unlisted"):
            raise ApiError(232039)
        return {
            "chat_managers": self._back(kind, [each for each in chat.admins if each != BOT]),
            "chat_bot_managers": [self._app.app_id] if BOT in chat.admins else [],
        }  # fmt: skip

    # -- who may speak

    def speakers(self, call: Call) -> dict[str, Any]:
        kind = call.user_id_type()
        chat = roles.joined(self._app, call.path("chat_id"))
        page, more = pages.cut(call, [each for each in chat.speakers if each != BOT], default=20, most=100)
        ids, known = self._app.ids, self._town.people["feishu"]
        items = [
            {"user_id_type": kind, "user_id": ids.of(known[each], kind), "tenant_key": ids.tenant_of(each)}
            for each in page
        ]
        return {"moderation_setting": moderation(chat), "items": items, **more}

    def moderate(self, call: Call) -> dict[str, Any]:
        kind = call.user_id_type()
        given = call.body.get("moderation_setting") is not None
        setting = call.option("moderation_setting", tuple(SPEAK)) if given else ""
        added = call.texts("moderator_added_list", most=MOST_USERS)
        removed = call.texts("moderator_removed_list", most=MOST_USERS)
        chat = roles.joined(self._app, call.path("chat_id"))
        if not roles.acts_as_owner(self._app, chat):
            raise ApiError(232017)
        self._app.undisturbed(chat)
        if set(added) & set(removed):
            raise ApiError(232001, "the two lists overlap")
        before = moderation(chat)
        if setting:
            chat.speak = SPEAK[setting]
        new, old = self._inside(chat, kind, added), self._inside(chat, kind, removed)
        if chat.speak == "list":
            chat.speakers.update(dict.fromkeys(new))
            for each in old:
                chat.speakers.pop(each, None)
        self._changed(chat)
        changes = ({"moderation_permission": before}, {"moderation_permission": moderation(chat)})
        self._app.events.chat_updated(chat, BOT, *changes, (new, old))
        return {}

    def _inside(self, chat: Chat, kind: str, wanted: list[str]) -> list[str]:
        """Those of the group; others are dropped without a word."""
        found = [self._app.ids.find(kind, each) for each in wanted]
        return [each.id for each in found if each is not None and each.id in chat.members]
