"""事件 (events): what the app is told, in the shapes of the platform's own event pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.feishu import roles, scopes
from sandbox.model import BOT, Chat, Message, Person

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

READ = ("im:message", "im:message:readonly")
MEMBERS = ("im:chat", "im:chat.members:read", "im:chat:readonly")
BOTS = ("im:chat", "im:chat.members:bot_access", "im:chat:readonly")
CHATS = ("im:chat", "im:chat:read", "im:chat:readonly")

SCOPES: dict[str, tuple[str, ...]] = {
    "im.message.receive_v1": (),
    "im.message.message_read_v1": READ,
    "im.message.recalled_v1": READ,
    "im.chat.member.user.added_v1": MEMBERS,
    "im.chat.member.user.deleted_v1": MEMBERS,
    "im.chat.member.user.withdrawn_v1": MEMBERS,
    "im.chat.member.bot.added_v1": BOTS,
    "im.chat.member.bot.deleted_v1": BOTS,
    "im.chat.disbanded_v1": CHATS,
    "im.chat.updated_v1": CHATS,
    "im.chat.access_event.bot_p2p_chat_entered_v1": (),
    "application.bot.menu_v6": (),
    "contact.user.created_v3": scopes.CONTACT,
    "contact.user.updated_v3": scopes.CONTACT,
    "contact.user.deleted_v3": scopes.CONTACT,
    "contact.department.created_v3": scopes.CONTACT,
    "contact.department.updated_v3": scopes.CONTACT,
    "contact.department.deleted_v3": scopes.CONTACT,
    "contact.scope.updated_v3": scopes.CONTACT,
}
"""Subscribed unless the setting ``feishu.events`` says otherwise; the scope of which one is needed."""
OFF: dict[str, tuple[str, ...]] = {
    "p2p_chat_create": (),
    "approval_instance": ("approval:approval", "approval:approval:readonly"),
    "approval_task": ("approval:approval", "approval:approval:readonly"),
    "im.message.reaction.created_v1": ("im:message.reactions:read", "im:message:readonly"),
    "im.message.reaction.deleted_v1": ("im:message.reactions:read", "im:message:readonly"),
}
"""Not in the set-up list: only when the setting asks for them."""


class Events:
    """Each method tells one thing that happened; nothing is told that the app may not hear."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def _send(self, event_type: str, event: dict[str, Any]) -> None:
        self._app.deliveries.send(event_type, event)

    def user(self, person: str) -> dict[str, Any]:
        """``user_id`` only with its scope; a resigned person keeps the ids."""
        ids = self._app.ids
        if person == BOT:
            found = {"open_id": ids.bot, "union_id": ids.bot_union}
            return {**found, "user_id": ""} if self._sees_user_id() else found
        if person.startswith("cli_"):
            person = ids.robot(person)
        known = self._town.people["feishu"].get(person)
        shown = {"open_id": person, "union_id": ids.union(person)}
        if self._sees_user_id():
            shown["user_id"] = known.account if known else ""
        return shown

    def _sees_user_id(self) -> bool:
        return self._app.has_scope("contact:user.employee_id:readonly")

    def _time(self) -> str:
        return str(self._town.clock.now_ms())

    # -- messages

    def received(self, message: Message) -> None:
        ids, sent = self._app.ids, str(_ms(message))
        shown: dict[str, Any] = {
            "message_id": message.id, "create_time": sent, "update_time": sent,
            "chat_id": ids.chat_of(message), "chat_type": self._chat_type(message),
            "message_type": message.kind, "content": message.extra["content"],
        }  # fmt: skip
        for key in ("root_id", "parent_id", "thread_id"):
            if message.extra.get(key):
                shown[key] = message.extra[key]
        mentions = [self._mention(each) for each in message.extra.get("mentions", ())]
        if mentions:
            shown["mentions"] = mentions
        if self._app.has_scope("im:user_agent:read"):
            shown["user_agent"] = "Mozilla/5.0 Feishu/7.60"
        self._send("im.message.receive_v1", {
            "sender": {
                "sender_id": self.user(message.sender), "tenant_key": ids.tenant_of(message.sender),
                "sender_type": "bot" if message.sender.startswith("cli_") else "user",
            },
            "message": shown,
        })  # fmt: skip

    def _chat_type(self, message: Message) -> str:
        """What a 话题群 is called is not agreed upon: a setting."""
        chat = self._town.chats["feishu"].get(message.chat or "")
        if chat is None:
            return "p2p"
        is_topic = chat.extra.get("chat_mode") == "topic"
        return str(self._town.setting("feishu.topic_chat_type")) if is_topic else "group"

    def _mention(self, mention: Mapping[str, str]) -> dict[str, Any]:
        who = mention["who"]
        if who == "all":
            return {"key": mention["key"], "id": {"user_id": "all"}, "name": "所有人", "tenant_key": ""}
        return {
            "key": mention["key"], "id": self.user(who), "mentioned_type": "bot" if who == BOT else "user",
            "name": mention["name"], "tenant_key": self._app.ids.tenant_of(who),
        }  # fmt: skip

    def read(self, person: Person, message: Message) -> None:
        reader = {
            "reader_id": self.user(person.id),
            "read_time": self._time(),
            "tenant_key": self._app.ids.tenant_of(person.id),
        }
        self._send("im.message.message_read_v1", {"reader": reader, "message_id_list": [message.id]})

    def recalled(self, message: Message, recall_type: str) -> None:
        self._send("im.message.recalled_v1", {
            "message_id": message.id, "chat_id": self._app.ids.chat_of(message),
            "recall_time": self._time(), "recall_type": recall_type,
        })  # fmt: skip

    def reaction(self, kind: str, message: Message, emoji: str, person: str) -> None:
        """``kind``: created or deleted."""
        by_app = person == BOT
        event: dict[str, Any] = {
            "message_id": message.id, "reaction_type": {"emoji_type": emoji},
            "operator_type": "app" if by_app else "user", "action_time": self._time(),
            "app_id": self._app.app_id if by_app else "",
        }  # fmt: skip
        if not by_app:
            event["user_id"] = self.user(person)
        self._send(f"im.message.reaction.{kind}_v1", event)

    # -- chats

    def _by(self, chat: Chat, operator: str) -> dict[str, Any]:
        tenant = self._app.ids.tenant_of(operator)
        return {
            "chat_id": chat.id, "operator_id": self.user(operator), "external": roles.is_external(chat),
            "operator_tenant_key": tenant,
        }  # fmt: skip

    def _named(self, chat: Chat, operator: str) -> dict[str, Any]:
        names = {"zh_cn": chat.name, "en_us": "", "ja_jp": "", **chat.extra.get("i18n_names", {})}
        return {**self._by(chat, operator), "name": chat.name, "i18n_names": names}

    def members(self, kind: str, chat: Chat, operator: str, people: Sequence[str]) -> None:
        """``kind``: added, deleted or withdrawn."""
        if not chat.bot or not people:
            return
        ids = self._app.ids
        users = [
            {"name": ids.sender_name(each), "tenant_key": ids.tenant_of(each), "user_id": self.user(each)}
            for each in people
        ]
        event = {**self._named(chat, operator), "users": users}
        self._send(f"im.chat.member.user.{kind}_v1", event)

    def bot(self, kind: str, chat: Chat, operator: str) -> None:
        """``kind``: added or deleted."""
        self._send(f"im.chat.member.bot.{kind}_v1", self._named(chat, operator))

    def disbanded(self, chat: Chat, operator: str) -> None:
        self._send("im.chat.disbanded_v1", self._named(chat, operator))

    def chat_updated(
        self,
        chat: Chat,
        operator: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        moderators: tuple[Sequence[str], Sequence[str]] = ((), ()),
    ) -> None:
        """Changes hold the platform's own keys; ``moderators`` are those added and removed."""
        if not chat.bot or (before == after and not any(moderators)):
            return
        tenant_of = self._app.ids.tenant_of
        added, removed = (
            [{"tenant_key": tenant_of(p), "user_id": self.user(p)} for p in side] for side in moderators
        )
        self._send("im.chat.updated_v1", {
            **self._by(chat, operator), "before_change": dict(before), "after_change": dict(after),
            "moderator_list": {"added_member_list": added, "removed_member_list": removed},
        })  # fmt: skip

    def met(self, person: Person, last: Message | None) -> None:
        """A person opened the direct talk with the robot."""
        event = {"chat_id": self._app.ids.direct_chat(person.id), "operator_id": self.user(person.id)}
        if last is not None:
            event |= {"last_message_id": last.id, "last_message_create_time": str(_ms(last))}
        self._send("im.chat.access_event.bot_p2p_chat_entered_v1", event)

    def first_contact(self, person: Person) -> None:
        who = {key: value for key, value in self.user(person.id).items() if key != "union_id"}
        self._app.deliveries.send_v1("p2p_chat_create", {
            "chat_id": self._app.ids.direct_chat(person.id), "operator": who,
            "user": {**who, "name": person.name},
        })  # fmt: skip

    def menu(self, person: Person, event_key: str) -> None:
        """A person chose an entry of the robot's own menu."""
        operator: dict[str, Any] = {"operator_id": self.user(person.id)}
        if self._app.has_scope("application:application.bot.operator_name:readonly"):
            operator["operator_name"] = person.name
        timestamp = self._town.clock.now_ms() // 1000
        self._send(
            "application.bot.menu_v6", {"operator": operator, "event_key": event_key, "timestamp": timestamp}
        )


def _ms(message: Message) -> int:
    return round(message.sent_at.timestamp() * 1000)
