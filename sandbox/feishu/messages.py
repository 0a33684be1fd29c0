"""消息 (messages): send, reply, edit, update a card, recall.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/create (read 2026-11)
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.feishu import cards, content, limits, roles, scopes, shown, threads
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.content import Content
from sandbox.feishu.errors import ApiError
from sandbox.model import ALL, BOT, Chat, Message, Person

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

SAME_UUID_FOR = timedelta(hours=1)
LONGEST_UUID = 50
MOST_EDITS = 20
CARD_LIVES = timedelta(days=14)
RECALL_OF_OTHERS = timedelta(days=365)
RECEIVE_ID_TYPES = ("open_id", "union_id", "user_id", "email", "chat_id")
BASE = "/open-apis/im/v1/messages"


class Messages:
    """The calls on messages; other areas send through ``post``."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        one = BASE + "/{message_id}"
        recall = ("im:message", "im:message:recall", "im:message:send_as_bot")
        return [
            Endpoint(method="POST", path=BASE, run=self.send, source="D9", scopes=(scopes.SEND,)),
            Endpoint(method="POST", path=one + "/reply", run=self.reply, source="D45", scopes=(scopes.SEND,)),
            Endpoint(method="PUT", path=one, run=self.edit, source="D46", scopes=(scopes.UPDATE,)),
            Endpoint(method="PATCH", path=one, run=self.update_card, source="D47", scopes=(scopes.UPDATE,)),
            Endpoint(method="DELETE", path=one, run=self.recall, source="D48", scopes=(recall,)),
        ]  # fmt: skip

    # -- sending

    def send(self, call: Call) -> dict[str, Any]:
        id_type = call.query_option("receive_id_type", RECEIVE_ID_TYPES)
        receive_id = call.text("receive_id")
        kind = call.option("msg_type", content.MSG_TYPES)
        raw, uuid = call.text("content"), call.text("uuid", default="", longest=LONGEST_UUID)
        earlier = self._earlier(uuid)
        if earlier is not None:
            return shown.message(self._app, earlier)
        target = self.target(id_type, receive_id)
        message = self.post(target, content.prepare(self._app, kind, raw))
        return self._made(call, message, uuid)

    def reply(self, call: Call) -> dict[str, Any]:
        kind = call.option("msg_type", content.MSG_TYPES)
        raw, uuid = call.text("content"), call.text("uuid", default="", longest=LONGEST_UUID)
        in_thread = call.flag("reply_in_thread")
        earlier = self._earlier(uuid)
        if earlier is not None:
            return shown.message(self._app, earlier)
        parent = self.visible(call.path("message_id"))
        if parent.recalled:
            raise ApiError(230011)
        what, target = content.prepare(self._app, kind, raw), self._where(parent)
        self._may_send(target, what)
        extra = threads.answer(self._app, parent, in_thread=in_thread)
        message = self.post(target, what, extra)
        return self._made(call, message, uuid)

    def _earlier(self, uuid: str) -> Message | None:
        """What the same uuid made within the hour."""
        made = self._app.once("message", uuid, SAME_UUID_FOR)
        if made is None:
            return None
        if self._town.setting("feishu.uuid_repeat") != "first":
            raise ApiError(230049)
        return self._town.messages[made]

    def _made(self, call: Call, message: Message, uuid: str) -> dict[str, Any]:
        self._app.remember("message", uuid, message.id)
        call.made(message.id)
        return shown.message(self._app, message)

    def target(self, id_type: str, receive_id: str) -> Chat | Person:
        """Where to; raises what the platform says if there is no such receiver."""
        if id_type == "chat_id":
            chat = self._town.chats["feishu"].get(receive_id)
            person = self._app.direct_person(receive_id)
            if chat is None and person is None:
                raise content.bad("invalid receive_id") if receive_id[:3] != "oc_" else ApiError(230034)
            found: Chat | Person | None = chat or person
        else:
            found = self._app.ids.find(id_type, receive_id)
        if found is None:
            raise content.bad("invalid receive_id")
        return found

    def _where(self, message: Message) -> Chat | Person:
        if message.chat is not None:
            return self._town.chats["feishu"][message.chat]
        return self._town.people["feishu"][message.person or ""]

    def post(self, target: Chat | Person, what: Content, extra: dict[str, Any] | None = None) -> Message:
        """Put it into the chat if the platform lets the robot speak there."""
        self._may_send(target, what)
        if isinstance(target, Person):
            self._app.limits.take(f"to {target.id}", limits.PER_RECEIVER, 230020)
            self._app.meet(target.id)
        else:
            self._app.limits.take(f"to {target.id}", limits.PER_RECEIVER, 230020)
        return self.put(target, what, extra)

    def put(self, target: Chat | Person, what: Content, extra: dict[str, Any] | None = None) -> Message:
        """Without any check."""
        where = {"person": target.id} if isinstance(target, Person) else {"chat": target.id}
        number = self._app.new_message_id()
        place = extra if extra and "root_id" in extra else threads.beginning(self._app, target, number)
        return self._town.post(
            "feishu", id=number, sender=BOT, text=what.text, kind=what.kind, card=what.card, mentions=what.mentioned,
            extra={
                "content": what.stored, "mentions": what.mentions, "card_id": what.card_id, **place, **(extra or {}),
            },
            **where,
        )  # fmt: skip

    def _may_send(self, target: Chat | Person, what: Content) -> None:
        if self._town.setting("feishu.bot_off"):
            raise ApiError(230006)
        for word, code in (("feishu.sensitive_words", 230022), ("feishu.dlp_words", 230028)):
            if any(each in what.text for each in self._town.setting(word)):
                raise ApiError(code)
        if isinstance(target, Person):
            self._app.may_write_to(target)
            return
        if not target.active:
            raise ApiError(232009)
        if not target.bot:
            raise ApiError(230002)
        if what.kind == "system":
            raise content.bad("system messages go to p2p chats only")
        if not target.may_speak(BOT):
            raise ApiError(230018)
        if ALL in what.mentioned and not roles.allowed(self._app, target, "at_all_permission"):
            raise ApiError(int(self._town.setting("feishu.at_all_denied_code")))

    # -- on one message

    def visible(self, message_id: str) -> Message:
        """A message of a chat the robot is in. Raises ``ApiError``."""
        message = self._town.messages.get(message_id)
        if message is None or message.platform != "feishu":
            raise content.bad("invalid message_id")
        if message.chat is not None:
            chat = self._town.chats["feishu"][message.chat]
            if not chat.active:
                raise ApiError(232009)
            if not chat.bot:
                raise ApiError(230002)
        return message

    def own(self, message_id: str, code: int = 230012) -> Message:
        """The robot's own message, not recalled."""
        message = self.visible(message_id)
        if message.sender != BOT:
            raise ApiError(code)
        if message.recalled:
            raise ApiError(230011)
        return message

    def edit(self, call: Call) -> dict[str, Any]:
        kind, raw = call.text("msg_type"), call.text("content")
        if kind not in ("text", "post"):
            raise content.bad("msg_type: only text and post can be edited")
        message = self.own(call.path("message_id"), 230071)
        if message.kind not in ("text", "post"):
            raise ApiError(230054)
        edits = int(message.extra.get("edits", 0))
        if edits >= MOST_EDITS:
            raise ApiError(230072)
        if self._town.clock.now() - message.sent_at > self._app.seconds("feishu.edit_within_s"):
            raise ApiError(230075)
        self.replace(message, content.prepare(self._app, kind, raw))
        message.extra["edits"] = edits + 1
        return shown.message(self._app, message)

    def replace(self, message: Message, what: Content) -> None:
        """Other words or another card in the same message."""
        message.kind, message.text, message.card = what.kind, what.text, what.card
        message.mentions = what.mentioned
        message.extra |= {
            "content": what.stored, "mentions": what.mentions, "update_time": self._town.clock.now_ms(),
        }  # fmt: skip
        self._town.changed(message)

    def update_card(self, call: Call) -> dict[str, Any]:
        raw = call.text("content")
        message = self.own(call.path("message_id"))
        if message.kind != "interactive" or message.card is None:
            raise ApiError(230054)
        if message.extra.get("batch") or message.extra.get("only_for"):
            raise ApiError(230054, "batch and ephemeral cards can not be updated")
        if self._town.clock.now() - message.sent_at > CARD_LIVES:
            raise ApiError(230031)
        what = content.prepare(self._app, "interactive", raw)
        if what.card is None or not (_is_shared(message.card) and _is_shared(what.card)):
            raise content.bad("update_multi must be true in both cards")
        self._app.limits.take(f"patch {message.id}", limits.PER_RECEIVER, 230020)
        self.replace(message, what)
        return {}

    def recall(self, call: Call) -> dict[str, Any]:
        message = self.visible(call.path("message_id"))
        if message.recalled:
            raise ApiError(230110)
        age = self._town.clock.now() - message.sent_at
        kind = "message_owner"
        if message.extra.get("batch"):
            raise ApiError(230054)
        chat = self._town.chats["feishu"].get(message.chat or "")
        governs = chat is not None and (
            roles.is_owner(chat) or roles.is_admin(chat) or roles.is_creator(chat)
        )
        if message.sender == BOT:
            if age > self._app.seconds("feishu.recall_within_s") and not governs:
                raise ApiError(230009)
        else:
            if chat is None or not governs or age > RECALL_OF_OTHERS:
                raise ApiError(230026)
            kind = "group_owner" if roles.is_owner(chat) else "group_manager"
        self._town.recall(message)
        self._app.events.recalled(message, kind)
        return {}


def _is_shared(card: dict[str, Any]) -> bool:
    """``config.update_multi``: always so in schema 2.0, off unless written in 1.0."""
    if cards.is_v2(card):
        return True
    config = card.get("config")
    return isinstance(config, dict) and config.get("update_multi") is True
