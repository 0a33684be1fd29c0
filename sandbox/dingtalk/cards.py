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
from sandbox.model import Message

SCOPE = "Card.Instance.Write"
STREAMING_SCOPE = "Card.Streaming.Write"
SPACE_MODELS = {
    "IM_GROUP": "imGroupOpenSpaceModel", "IM_ROBOT": "imRobotOpenSpaceModel", "IM_SINGLE": "imSingleOpenSpaceModel",
    "ONE_BOX": "topOpenSpaceModel", "CO_FEED": "coFeedOpenSpaceModel",
}  # fmt: skip
LONGEST_ID = 64
VALUE_BYTES = 1024
KEY_BYTES = 100


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
    at: list[str] = field(default_factory=list)
    """Who may be mentioned by ``<a atId=…>`` in the values."""
    models: set[str] = field(default_factory=set)
    """Kinds of spaces whose model the card has."""
    forwards: set[str] = field(default_factory=set)
    """Kinds of spaces out of which people may forward it (``supportForward``)."""
    messages: list[Message] = field(default_factory=list)
    delivered: dict[str, dict[str, Any]] = field(default_factory=dict)
    recipients: dict[str, list[str]] = field(default_factory=dict)
    tops: set[str] = field(default_factory=set)
    streaming: dict[str, str] = field(default_factory=dict)
    """Variables that grow, or did: inputting, finished or failed."""


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
        return {"success": True, "result": self._platform.card_delivery.into_spaces(call, card)}

    async def create_and_deliver(self, call: Call) -> dict[str, Any]:
        """The same ``outTrackId`` again makes no new card; whether it is delivered again is a setting."""
        self._platform.card_delivery.spaces(call.body)
        card = self._created(call.body)
        results = self._platform.card_delivery.into_spaces(call, card)
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
        route, at = body.text("callbackRouteKey", ""), body.texts("cardAtUserIds", [])
        at = [self.person(each, by_union) for each in at]
        card = Card(number, template, callback, route, values, private, by_union, at)
        self.add_models(card, body)
        self.all[number] = card
        return card

    @staticmethod
    def add_models(card: Card, body: Params) -> None:
        """The models of spaces that stand in a body."""
        given = {kind for kind, key in SPACE_MODELS.items() if body.object(key, {}).values}
        card.models |= given
        for kind in given:
            if body.object(SPACE_MODELS[kind], {}).flag("supportForward", False):
                card.forwards.add(kind)

    def _values(self, body: Params) -> dict[str, str]:
        return self.checked(body.object("cardData", {}).object("cardParamMap", {}).values)

    def _private(self, body: Params, by_union: bool) -> dict[str, dict[str, str]]:
        given = body.object("privateData", {})
        return {
            self.person(who, by_union): self.checked(given.object(who).object("cardParamMap", {}).values)
            for who in given.values
        }

    def person(self, who: str, by_union: bool) -> str:
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
        face = card_face.face(card.values, card.at)
        for message in card.messages:
            message.card, message.text = self.shown(card), face["text"]
            self._town.changed(message)

    @staticmethod
    def shown(card: Card) -> dict[str, Any]:
        """What stands in the record: the raw values and what everybody sees of them."""
        shown = card_face.face(card.values, card.at)
        shown.pop("text")
        streaming = {"streaming": dict(card.streaming)} if card.streaming else {}
        return {
            "outTrackId": card.id, "cardTemplateId": card.template, "cardParamMap": dict(card.values),
            "cardAtUserIds": list(card.at), "privateData": {person: dict(own) for person, own in card.private.items()}, **shown,
            **streaming,
        }  # fmt: skip

    def of(self, message: Message) -> Card | None:
        return self.all.get(message.extra.get("outTrackId", ""))

    def view(self, card: Card, person: str) -> dict[str, Any]:
        """What one person sees: his own values over everybody's."""
        return card_face.face({**card.values, **card.private.get(person, {})}, card.at)
