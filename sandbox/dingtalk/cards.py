"""Interactive cards (互动卡片): instances by ``outTrackId``, delivered into groups and single chats, pressed by people.

D/create-and-deliver-cards, D/interface-for-creating-a-card-instance, D/delivery-card-interface,
D/interactive-card-update-interface, D/event-callback-card (read 2026-11). The card platform knows one published
template, that of ``docs/dingtalk-card.md``, and those of ``dingtalk.card_templates``, of which nothing is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.dingtalk import card_face
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.model import ALL, Message

SCOPE = "Card.Instance.Write"
STREAMING_SCOPE = "Card.Streaming.Write"
SPACE = "dtv1.card//"
LONGEST_ID = 64
VALUE_BYTES = 1024
KEY_BYTES = 100
TOPS_PER_CHAT = 10


@dataclass(slots=True, eq=False)
class Card:
    """One instance; its messages, one for each space it was delivered to, share the values."""

    id: str
    template: str
    callback: str
    route_key: str
    values: dict[str, str]
    private: dict[str, dict[str, str]]
    by_union: bool = False
    messages: list[Message] = field(default_factory=list)
    delivered: dict[str, dict[str, Any]] = field(default_factory=dict)
    recipients: dict[str, list[str]] = field(default_factory=dict)
    tops: set[str] = field(default_factory=set)


class Cards(Part):
    """The card platform."""

    def clear(self) -> None:
        self.all: dict[str, Card] = {}

    def apis(self) -> list[Api]:
        base = "/v1.0/card"
        return [
            Api("POST", f"{base}/instances", self.create, SCOPE),
            Api("PUT", f"{base}/instances", self.update, SCOPE),
            Api("POST", f"{base}/instances/deliver", self.deliver, SCOPE),
            Api("POST", f"{base}/instances/createAndDeliver", self.create_and_deliver, SCOPE),
        ]

    # -- the calls

    async def create(self, call: Call) -> dict[str, Any]:
        card = self._created(call.body)
        return {"success": True, "result": card.id}

    async def deliver(self, call: Call) -> dict[str, Any]:
        """Here ``result`` is the list itself."""
        card = self.card(call.body)
        return {"success": True, "result": self._delivered(call, card)}

    async def create_and_deliver(self, call: Call) -> dict[str, Any]:
        """The same ``outTrackId`` again makes no new card; whether it is delivered again is a setting."""
        self._spaces(call.body)
        card = self._created(call.body)
        results = self._delivered(call, card)
        return {"success": True, "result": {"outTrackId": card.id, "deliverResults": results}}

    async def update(self, call: Call) -> dict[str, Any]:
        """All values anew, unless ``cardUpdateOptions`` say by key."""
        card = self.card(call.body)
        values, private = self._values(call.body), self._private(call.body, card.by_union)
        self.apply(card, values, private, call.body.object("cardUpdateOptions", {}))
        return {"success": True, "result": True}

    # -- making

    def find(self, out_track_id: str) -> Card:
        if out_track_id not in self.all:
            raise NewError("param.cardNotExist", "卡片不存在")
        return self.all[out_track_id]

    def card(self, body: Params) -> Card:
        return self.find(self._id(body))

    @staticmethod
    def _id(body: Params) -> str:
        if not body.has("outTrackId"):
            raise NewError("param.outTrackIdEmpty", "outTrackId不能为空")
        return body.text("outTrackId", longest=LONGEST_ID)

    def _created(self, body: Params) -> Card:
        """A new card, or the one of that id; then template and values are ignored."""
        number = self._id(body)
        if not body.has("cardTemplateId"):
            raise NewError("param.cardTemplateIdEmpty", "cardTemplateId不能为空")
        template = body.text("cardTemplateId")
        if template != self._platform.card_template and template not in self._town.setting(
            "dingtalk.card_templates"
        ):
            raise NewError("param.cardTemplateNotExist", "卡片模板不存在或未发布")
        callback = body.text("callbackType", "STREAM")
        if callback not in ("STREAM", "HTTP"):
            raise NewError("param.callbackTypeInvalid", "callbackType只能为STREAM或HTTP")
        by_union = body.number("userIdType", 1, least=1, most=2) == 2
        values, private = self._values(body), self._private(body, by_union)
        if number in self.all:
            return self.all[number]
        card = Card(number, template, callback, body.text("callbackRouteKey", ""), values, private, by_union)
        self.all[number] = card
        return card

    def _values(self, body: Params) -> dict[str, str]:
        return self.checked(body.object("cardData", {}).object("cardParamMap", {}).values)

    def _private(self, body: Params, by_union: bool) -> dict[str, dict[str, str]]:
        given = body.object("privateData", {})
        return {
            self._person(who, by_union): self.checked(given.object(who).object("cardParamMap", {}).values)
            for who in given.values
        }

    def _person(self, who: str, by_union: bool) -> str:
        found = self._platform.ids.by_union(who) if by_union else self._town.people["dingtalk"].get(who)
        if found is None or not found.active:
            raise NewError("param.userIdNotExist", "userId不存在")
        return found.id

    def checked(self, values: Any) -> dict[str, str]:
        """All values are strings of at most 1 KB. D/instructions-for-filling-in-api-card-data."""
        for key, value in values.items():
            self.check_value(key, value)
            if any(str(word) in value for word in self._town.setting("dingtalk.forbidden_words")):
                raise NewError("param.contentUnsafe", "内容不安全")
        return dict(values)

    @staticmethod
    def check_value(key: str, value: Any) -> None:
        if not isinstance(value, str):
            raise NewError("param.cardParamInvalid", f"{key} 的值必须为字符串")
        if len(value.encode()) > VALUE_BYTES or len(key.encode()) > KEY_BYTES:
            raise NewError("param.cardParamTooLong", f"{key[:40]} 超过长度限制")

    # -- delivering

    @staticmethod
    def _spaces(body: Params) -> list[tuple[str, str]]:
        """``dtv1.card//TYPE.id;TYPE.id``."""
        text = body.text("openSpaceId", "")
        parts = [each.partition(".") for each in text.removeprefix(SPACE).split(";") if each]
        known = ("IM_GROUP", "IM_ROBOT", "IM_SINGLE", "ONE_BOX")
        if (
            not text.startswith(SPACE)
            or not parts
            or not all(kind in known and name for kind, _, name in parts)
        ):
            raise NewError("param.openSpaceIdInvalid", "openSpaceId无效")
        return [(kind, name) for kind, _, name in parts]

    def _delivered(self, call: Call, card: Card) -> list[dict[str, Any]]:
        results = []
        for kind, name in self._spaces(call.body):
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
        if kind == "IM_GROUP":
            return self._into_group(call, card, name)
        if kind == "IM_ROBOT":
            return self._into_single(call, card, name)
        if kind == "ONE_BOX":
            return self._onto_top(call, card, name)
        raise _Undelivered("该应用不支持IM_SINGLE场域")

    def _into_group(self, call: Call, card: Card, name: str) -> str:
        model = self._model(call.body, "imGroupOpenDeliverModel")
        chat = self._town.chats["dingtalk"].get(name)
        if chat is None:
            raise NewError("param.openSpaceIdInvalid", "openConversationId无效")
        if not chat.active or not chat.bot:
            raise _Undelivered("机器人不在群内")
        if self._platform.is_muted(chat):
            raise _Undelivered("bot.forbidden.sendMessage")
        at, recipients = model.object("atUserIds", {}).values, model.texts("recipients", [])
        mentions = [ALL if each == "@ALL" else each for each in at]
        if ALL in mentions and self._platform.at_all_is_refused(chat):
            raise _Undelivered("only.groupAdmin.canAtAll")
        mentions = [each for each in mentions if each == ALL or each in chat.members]
        key = self._platform.posts.new_key("carrier")
        face = card_face.face(card.values)
        message = self._platform.posts.to_chat(
            chat, key, face["text"], kind="card", card=self._shown(card), mentions=mentions,
            extra={"outTrackId": card.id, "recipients": recipients, "notify": self._notifies(call, "imGroup")},
        )  # fmt: skip
        return self._carried(call, card, message, key)

    def _into_single(self, call: Call, card: Card, name: str) -> str:
        self._model(call.body, "imRobotOpenDeliverModel")
        person = self._person(name, card.by_union)
        key = self._platform.posts.new_key("carrier")
        face = card_face.face(card.values)
        message = self._platform.posts.to_person(
            person, key, face["text"], kind="card", card=self._shown(card),
            extra={"outTrackId": card.id, "notify": self._notifies(call, "imRobot")},
        )  # fmt: skip
        return self._carried(call, card, message, key)

    def _onto_top(self, call: Call, card: Card, name: str) -> str:
        if not call.body.object("topOpenDeliverModel", {}).values:
            raise NewError("param.openDeliverModelError", "缺少topOpenDeliverModel")
        chat = self._town.chats["dingtalk"].get(name)
        if chat is None:
            raise NewError("param.openSpaceIdInvalid", "openConversationId无效")
        if chat.kind != "scene":
            raise _Undelivered("只有场景群支持吊顶卡片")
        if sum(name in each.tops for each in self.all.values()) >= TOPS_PER_CHAT:
            raise _Undelivered("吊顶卡片超过10个")
        card.tops.add(name)
        return ""

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

    # -- changing

    def apply(
        self, card: Card, values: dict[str, str], private: dict[str, dict[str, str]], options: Params
    ) -> None:
        """Change the values and every message that shows them."""
        by_key = options.flag("updateCardDataByKey", default=False)
        private_by_key = options.flag("updatePrivateDataByKey", default=False)
        card.values = {**card.values, **values} if by_key else values
        for person, own in private.items():
            card.private[person] = {**card.private.get(person, {}), **own} if private_by_key else own
        face = card_face.face(card.values)
        for message in card.messages:
            message.card, message.text = self._shown(card), face["text"]
            self._town.changed(message)

    @staticmethod
    def _shown(card: Card) -> dict[str, Any]:
        """What stands in the record: the raw values and what everybody sees of them."""
        shown = card_face.face(card.values)
        shown.pop("text")
        return {
            "outTrackId": card.id, "cardTemplateId": card.template, "cardParamMap": dict(card.values),
            "privateData": {person: dict(own) for person, own in card.private.items()}, **shown,
        }  # fmt: skip

    def of(self, message: Message) -> Card | None:
        return self.all.get(message.extra.get("outTrackId", ""))

    def view(self, card: Card, person: str) -> dict[str, Any]:
        """What one person sees: his own values over everybody's."""
        return card_face.face({**card.values, **card.private.get(person, {})})


class _Undelivered(Exception):
    """This space did not get the card; the others may."""
