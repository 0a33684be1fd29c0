"""Where cards go (卡片投放): groups, single chats, the top of a group; one message for each space.

D/create-and-deliver-cards, D/delivery-card-interface (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk import card_face
from sandbox.dingtalk.cards import SPACE_MODELS, Card
from sandbox.dingtalk.door import Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.robot import TALK
from sandbox.model import ALL, Message

SPACE = "dtv1.card//"
SPACES = ("IM_GROUP", "IM_ROBOT", "IM_SINGLE", "ONE_BOX", "CO_FEED", "DOC")
TOPS_PER_CHAT = 10


class CardDelivery(Part):
    """From an ``openSpaceId`` to messages."""

    @staticmethod
    def spaces(body: Params) -> list[tuple[str, str]]:
        """``dtv1.card//TYPE.id;TYPE.id``."""
        text = body.text("openSpaceId", "")
        parts = [each.partition(".") for each in text.removeprefix(SPACE).split(";") if each]
        if (
            not text.startswith(SPACE)
            or not parts
            or not all(kind in SPACES and name for kind, _, name in parts)
        ):
            raise NewError("param.openSpaceIdInvalid", "openSpaceId无效")
        return [(kind, name) for kind, _, name in parts]

    def into_spaces(self, call: Call, card: Card) -> list[dict[str, Any]]:
        results = []
        for kind, name in self.spaces(call.body):
            known = card.delivered.get(f"{kind}.{name}")
            if known is not None and not self._town.setting("dingtalk.redeliver_same_out_track_id"):
                results.append(known)
                continue
            result = {"spaceType": kind, "spaceId": name, "success": False, "carrierId": "", "errorMsg": ""}
            try:
                result["carrierId"] = self._into(call, card, kind, name)
                result["success"] = True
                card.delivered[f"{kind}.{name}"] = result
            except _Undelivered as why:
                result["errorMsg"] = why.args[0]
            results.append(result)
        return results

    def _into(self, call: Call, card: Card, kind: str, name: str) -> str:
        needs_model = kind in SPACE_MODELS and self._town.setting("dingtalk.cards_need_space_model")
        if needs_model and kind not in card.models:
            raise _Undelivered("param.openSpaceModelError")
        if kind == "IM_GROUP":
            return self._into_group(call, card, name)
        if kind == "IM_ROBOT":
            return self._into_single(call, card, name)
        if kind == "ONE_BOX":
            return self._onto_top(call, card, name)
        if kind == "CO_FEED":
            return self._into_feed(call, card, name)
        if kind == "DOC":
            return self._into_document(call, name)
        return self._into_talk(call, card, name)

    def _into_group(self, call: Call, card: Card, name: str) -> str:
        model = self._model(call.body, "imGroupOpenDeliverModel")
        chat = self._town.chats["dingtalk"].get(name)
        if chat is None or chat.kind == TALK:
            raise NewError("param.openSpaceIdInvalid", "openConversationId无效")
        if not chat.active or not chat.bot:
            raise _Undelivered("机器人不在群内")
        if self._platform.is_muted(chat):
            raise _Undelivered("bot.forbidden.sendMessage")
        at, recipients = model.object("atUserIds", {}).values, model.texts("recipients", [])
        mentions = [ALL if each == "@ALL" else each for each in at]
        if ALL in mentions and self._platform.at_all_is_refused(chat):
            raise _Undelivered("only.groupAdmin.canAtAll")
        mentions += [each for each in card_face.mentioned(card.values, card.at) if each not in mentions]
        mentions = [each for each in mentions if each == ALL or each in chat.members]
        key = self._platform.posts.new_key("carrier")
        face = card_face.face(card.values, card.at)
        message = self._platform.posts.to_chat(
            chat, key, face["text"], kind="card", card=self._platform.cards.shown(card), mentions=mentions,
            extra={"outTrackId": card.id, "recipients": recipients, "notify": self._notifies(call, "imGroup")},
        )  # fmt: skip
        return self._carried(call, card, message, key)

    def _into_single(self, call: Call, card: Card, name: str) -> str:
        self._model(call.body, "imRobotOpenDeliverModel")
        person = self._platform.cards.person(name, card.by_union)
        key = self._platform.posts.new_key("carrier")
        face = card_face.face(card.values, card.at)
        message = self._platform.posts.to_person(
            person, key, face["text"], kind="card", card=self._platform.cards.shown(card),
            extra={"outTrackId": card.id, "notify": self._notifies(call, "imRobot")},
        )  # fmt: skip
        return self._carried(call, card, message, key)

    def _into_talk(self, call: Call, card: Card, name: str) -> str:
        """Between two people who have a 单聊酷应用 there."""
        chat = self._town.chats["dingtalk"].get(name)
        if chat is None or chat.kind != TALK or not chat.active:
            raise NewError("param.openSpaceIdInvalid", "openConversationId无效")
        if "cool_app" not in chat.extra:
            raise _Undelivered("该单聊未安装酷应用")
        at = call.body.object("imSingleOpenDeliverModel", {}).object("atUserIds", {}).values
        key = self._platform.posts.new_key("carrier")
        face = card_face.face(card.values, card.at)
        message = self._platform.posts.to_chat(
            chat, key, face["text"], kind="card", card=self._platform.cards.shown(card),
            mentions=[each for each in at if each in chat.members],
            extra={"outTrackId": card.id, "notify": self._notifies(call, "imSingle")},
        )  # fmt: skip
        return self._carried(call, card, message, key)

    def _onto_top(self, call: Call, card: Card, name: str) -> str:
        if not call.body.object("topOpenDeliverModel", {}).values:
            raise NewError("param.openDeliverModelError", "缺少topOpenDeliverModel")
        chat = self._town.chats["dingtalk"].get(name)
        if chat is None:
            raise NewError("param.openSpaceIdInvalid", "openConversationId无效")
        if chat.kind != "scene" and "cool_app" not in chat.extra:
            raise _Undelivered("只有场景群和装有酷应用的群支持吊顶卡片")
        if sum(name in each.tops for each in self._platform.cards.all.values()) >= TOPS_PER_CHAT:
            raise _Undelivered("吊顶卡片超过10个")
        card.tops.add(name)
        return ""

    def _into_feed(self, call: Call, card: Card, name: str) -> str:
        """协作 (the feed of one person): no message, so it has no carrier; what it needs is the vendor's models'."""
        model = self._needed(call, "coFeedOpenDeliverModel")
        if not model.has("bizTag") or not model.has("gmtTimeLine"):
            raise NewError("param.openDeliverModelError", "coFeedOpenDeliverModel缺少bizTag或gmtTimeLine")
        model.text("bizTag")
        model.number("gmtTimeLine")
        self._platform.cards.person(name, card.by_union)
        return ""

    def _into_document(self, call: Call, _: str) -> str:
        """Into a document: nobody sees documents in the town, the envelope is all."""
        model = self._needed(call, "docOpenDeliverModel")
        if not model.has("userId"):
            raise NewError("param.openDeliverModelError", "docOpenDeliverModel缺少userId")
        self._platform.cards.person(model.text("userId"), by_union=False)
        return ""

    def _needed(self, call: Call, key: str) -> Params:
        model = call.body.object(key, {})
        if not model.values:
            raise NewError("param.openDeliverModelError", f"缺少{key}")
        return model

    def _model(self, body: Params, key: str) -> Params:
        """The deliver model, with our robot in it."""
        model = body.object(key, {})
        if model.text("robotCode", "") not in self._platform.robot_codes:
            raise NewError("param.openDeliverModelError", f"{key}.robotCode无效")
        return model

    @staticmethod
    def _notifies(call: Call, space: str) -> bool:
        model = call.body.object(f"{space}OpenSpaceModel", {}).object("notification", {})
        return not model.flag("notificationOff", default=False)

    def _carried(self, call: Call, card: Card, message: Message, key: str) -> str:
        card.messages.append(message)
        call.made(message.id)
        return key


class _Undelivered(Exception):
    """This space did not get the card; the others may."""
