"""消息 (messages): send, reply, edit, update a card, recall.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/create (read 2026-11)
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.feishu import cards, content, identities, limits, scopes, shown, threads
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
            Endpoint(
                method="POST", path=BASE, run=self.send, source="D9", scopes=(scopes.SEND,), caller="either",
                user_scopes=identities.AS_USER,
            ),
            Endpoint(
                method="POST", path=one + "/reply", run=self.reply, source="D45", scopes=(scopes.SEND,), caller="either",
                user_scopes=identities.AS_USER,
            ),
            Endpoint(
                method="PUT", path=one, run=self.edit, source="D46", scopes=(scopes.UPDATE,), caller="either",
                user_scopes=identities.USER_UPDATES,
            ),
            Endpoint(
                method="PATCH", path=one, run=self.update_card, source="D47", scopes=(scopes.UPDATE,), caller="either",
                user_scopes=identities.USER_UPDATES,
            ),
            Endpoint(
                method="DELETE", path=one, run=self.recall, source="D48", scopes=(recall,), caller="either",
                user_scopes=identities.USER_RECALLS,
            ),
        ]  # fmt: skip

    # -- sending

    def send(self, call: Call) -> dict[str, Any]:
        id_type = call.query_option("receive_id_type", RECEIVE_ID_TYPES)
        receive_id = call.text("receive_id")
        kind = call.option("msg_type", content.MSG_TYPES)
        raw, uuid = call.text("content"), call.text("uuid", default="", longest=LONGEST_UUID)
        earlier = self.earlier(uuid)
        if earlier is not None:
            return shown.message(self._app, earlier)
        who = identities.of(call)
        target = self.target(id_type, receive_id, who)
        message = self.post(target, content.prepare(self._app, kind, raw), who=who)
        return self.made(call, message, uuid)

    def reply(self, call: Call) -> dict[str, Any]:
        kind = call.option("msg_type", content.MSG_TYPES)
        raw, uuid = call.text("content"), call.text("uuid", default="", longest=LONGEST_UUID)
        in_thread = call.flag("reply_in_thread")
        earlier = self.earlier(uuid)
        if earlier is not None:
            return shown.message(self._app, earlier)
        who = identities.of(call)
        parent = self.visible(call.path("message_id"), who)
        if parent.recalled:
            raise ApiError(230011)
        self.lasting(parent)
        what, target = content.prepare(self._app, kind, raw), self._where(parent)
        self._may_send(target, what, who)
        extra = threads.answer(self._app, parent, in_thread=in_thread)
        message = self.post(target, what, extra, who=who)
        return self.made(call, message, uuid)

    def earlier(self, uuid: str) -> Message | None:
        """What the same uuid made within the hour."""
        made = self._app.once("message", uuid, SAME_UUID_FOR)
        if made is None:
            return None
        if self._town.setting("feishu.uuid_repeat") != "first":
            raise ApiError(230049)
        return self._town.messages[made]

    def made(self, call: Call, message: Message, uuid: str) -> dict[str, Any]:
        self._app.remember("message", uuid, message.id)
        call.made(message.id)
        return shown.message(self._app, message)

    def target(self, id_type: str, receive_id: str, who: str = BOT) -> Chat | Person:
        """Where to; raises what the platform says if there is no such receiver.

        A person writes to groups and to the robot; talks of two people are not in the town.
        """
        if who != BOT and receive_id in (self._app.ids.bot, self._app.ids.direct_chat(who)):
            return self._town.people["feishu"][who]
        if id_type == "chat_id":
            chat = self._town.chats["feishu"].get(receive_id)
            person = self._app.direct_person(receive_id)
            if chat is None and person is None:
                raise content.bad("invalid receive_id") if receive_id[:3] != "oc_" else ApiError(230034)
            found: Chat | Person | None = chat or person
        else:
            found = self._app.ids.find(id_type, receive_id)
        if found is None or (who != BOT and isinstance(found, Person)):
            raise content.bad("invalid receive_id")
        return found

    def _where(self, message: Message) -> Chat | Person:
        if message.chat is not None:
            return self._town.chats["feishu"][message.chat]
        return self._town.people["feishu"][message.person or ""]

    def post(
        self, target: Chat | Person, what: Content, extra: dict[str, Any] | None = None, *, who: str = BOT
    ) -> Message:
        """Put it into the chat if the platform lets them speak there; the robot hears of what people say."""
        self._may_send(target, what, who)
        self._app.limits.take(f"to {target.id}", limits.PER_RECEIVER, 230020)
        if isinstance(target, Person):
            self._app.meet(target.id)
        message = self.put(target, what, extra, who=who)
        if who != BOT:
            self._app.by_hand.heard(message)
        return message

    def put(
        self, target: Chat | Person, what: Content, extra: dict[str, Any] | None = None, *, who: str = BOT
    ) -> Message:
        """Without any check."""
        where = {"person": target.id} if isinstance(target, Person) else {"chat": target.id}
        number = self._app.new_message_id()
        place = extra if extra and "root_id" in extra else threads.beginning(self._app, target, number)
        return self._town.post(
            "feishu", id=number, sender=who, text=what.text, kind=what.kind, card=what.card, mentions=what.mentioned,
            extra={
                "content": what.stored, "mentions": what.mentions, "card_id": what.card_id, **place, **(extra or {}),
            },
            **where,
        )  # fmt: skip

    def _may_send(self, target: Chat | Person, what: Content, who: str = BOT) -> None:
        if self._town.setting("feishu.bot_off"):
            raise ApiError(230006)
        for word, code in (("feishu.sensitive_words", 230022), ("feishu.dlp_words", 230028)):
            if any(each in what.text for each in self._town.setting(word)):
                raise ApiError(code)
        if isinstance(target, Person):
            if who == BOT:
                self._app.may_write_to(target)
            return
        identities.require_in(target, who)
        if self._app.named(target.id, "feishu.encrypted_chats"):
            raise ApiError(230075, text="Messages can not be sent to an encrypted chat")
        if what.kind == "system":
            raise content.bad("system messages go to p2p chats only")
        if not target.may_speak(who):
            raise ApiError(230018)
        if ALL in what.mentioned and not identities.may_mention_all(self._app, target, who):
            code = int(self._town.setting("feishu.at_all_denied_code"))
            if code:
                raise ApiError(code)
            what.mentions = [each for each in what.mentions if each["who"] != ALL]

    # -- on one message

    def visible(self, message_id: str, who: str = BOT) -> Message:
        """A message of a chat they are in. Raises ``ApiError``."""
        message = self._town.messages.get(message_id)
        if message is None or message.platform != "feishu":
            raise content.bad("invalid message_id")
        if message.chat is not None:
            identities.require_in(self._town.chats["feishu"][message.chat], who)
        elif who not in (BOT, message.person):
            raise ApiError(230002)
        if message.extra.get("only_for", who) != who and message.sender != who:
            raise ApiError(230050)
        return message

    def own(self, message_id: str, code: int = 230012, who: str = BOT) -> Message:
        """Their own message, not recalled."""
        message = self.visible(message_id, who)
        if message.sender != who:
            raise ApiError(code)
        if message.recalled:
            raise ApiError(230011)
        return message

    def lasting(self, message: Message) -> None:
        """Raises 230111 in a group whose messages destroy themselves; which calls say so is a guess."""
        if self._app.named(message.chat, "feishu.self_destructing_chats"):
            raise ApiError(230111)

    def edit(self, call: Call) -> dict[str, Any]:
        kind, raw = call.text("msg_type"), call.text("content")
        if kind not in ("text", "post"):
            raise content.bad("msg_type: only text and post can be edited")
        message = self.own(call.path("message_id"), 230071, identities.of(call))
        self._not_secret(message)
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

    def _not_secret(self, message: Message) -> None:
        for key, code in (("feishu.secret_chats", 230073), ("feishu.encrypted_chats", 230074)):
            if self._app.named(message.chat, key):
                raise ApiError(code)

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
        message = self.own(call.path("message_id"), who=identities.of(call))
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
        """Own ones; of others as 群主, and the robot as 群管理员 or creator too."""
        who = identities.of(call)
        message = self.visible(call.path("message_id"), who)
        if message.recalled:
            raise ApiError(230110)
        age = self._town.clock.now() - message.sent_at
        kind = "message_owner"
        if message.extra.get("batch"):
            raise ApiError(230054)
        chat = self._town.chats["feishu"].get(message.chat or "")
        governs = chat is not None and identities.leads(chat, who)
        if message.sender == who:
            if age > self._app.seconds("feishu.recall_within_s") and not governs:
                raise ApiError(230009)
        else:
            owns = chat is not None and (chat.owner == who or (governs and who == BOT))
            if chat is None or not owns or age > RECALL_OF_OTHERS:
                raise ApiError(230026)
            kind = "group_owner" if chat.owner == who else "group_manager"
        self._town.recall(message)
        if chat is None or chat.bot:
            self._app.events.recalled(message, kind)
        return {}


def _is_shared(card: dict[str, Any]) -> bool:
    """``config.update_multi``: always so in schema 2.0, off unless written in 1.0."""
    if cards.is_v2(card):
        return True
    config = card.get("config")
    return isinstance(config, dict) and config.get("update_multi") is True
