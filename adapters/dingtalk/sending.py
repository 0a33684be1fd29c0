"""Effects into requests, answers into receipts (发送): which channel carries what; all pure.

Robot messages know no key and cannot mention anyone; cards know ours (``outTrackId``) and can. So a text that
mentions somebody in a group travels as a card, and is refused where there is no card template.
https://open.dingtalk.com/document/development/robot-reply-and-send-messages (read 2026-11)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from adapters.calls import Call
from adapters.dingtalk import cards, codec, limits, text, wire
from adapters.errors import NotFound, OutcomeUnknown, RateLimited, Rejected, Undecodable
from adapters.port import Receipt
from policies.card import Card
from policies.effects import Address, Effect, Recall, SendBatch, SendCard, SendText, UpdateCard
from policies.model import Account, Chat, Everyone, Platform

FLOW_CONTROL_PAUSE_S = 60.0
"""For one person who was flow-controlled; a guess, no number is published."""

_ALL = "@ALL"
"""``atUserIds`` of @所有人. D/create-and-deliver-cards (read 2026-11)"""

_SPACE = "dtv1.card//"

_Payload = TypeVar("_Payload", bound=wire.WirePayload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends: the robot, and the card template (``""``: there are no cards)."""

    robot_code: str
    card_template: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call with what goes into it; the host follows from the call."""

    api: limits.Api
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def call(self) -> Call:
        return self.api.call(self.body, query=self.query)


def as_sent(effect: Effect, sender: Sender) -> Effect:
    """The effect as it will travel: a mention in a group needs a card."""
    if isinstance(effect, SendText) and isinstance(effect.to, Chat) and effect.mentions:
        if not sender.card_template:
            raise Rejected(
                "a robot message cannot mention anyone; that needs a card template", code="no-card"
            )
        return SendCard(to=effect.to, card=Card(title="", body=(effect.text,), mentions=effect.mentions))
    return effect


def apis(effect: Effect, sender: Sender) -> tuple[limits.Api, ...]:
    """The calls that an effect takes."""
    match effect:
        case SendText():
            return (_text_api(effect, sender),)
        case SendBatch():
            return (limits.PERSON_SEND,)
        case SendCard():
            return (limits.CARD_SEND,)
        case UpdateCard():
            return (limits.CARD_UPDATE,)
        case Recall():
            taken = _recall_api(effect.to)
            return (limits.CARD_UPDATE, taken) if effect.was_card else (taken,)


def _text_api(effect: SendText, sender: Sender) -> limits.Api:
    if isinstance(effect.to, Account):
        return limits.PERSON_SEND
    return limits.CARD_SEND if effect.mentions and sender.card_template else limits.GROUP_SEND


def encode(effect: Effect, key: str, sender: Sender, names: Mapping[str, str] | None = None) -> Request:
    """Pure.

    Args:
        names: what mentioned people are called, by staff id; shown behind the ``@``.

    Raises:
        Rejected: it cannot be sent as it is: too long, nobody to send it to, nothing to say.
    """
    match as_sent(effect, sender):
        case SendText() as said:
            return _said(said, sender)
        case SendBatch() as batch:
            return _to_people(batch.to, batch.title, batch.text, sender)
        case SendCard() as sent:
            return Request(api=limits.CARD_SEND, body=_card(sent, key, sender, names or {}))
        case UpdateCard() as update:
            return update_card(update.key, _fitting(update.card))
        case Recall() as recall:
            return recall_message(recall.to, recall.message_id, sender)


def update_card(key: str, card: Card) -> Request:
    """All variables anew; a presser's own values stay."""
    return _put(key, cards.variables(card))


def touch_card(key: str, card: Card) -> Request:
    """An update that changes nothing, not even on a card that was pressed since: it asks whether there is one."""
    return _put(key, {"title": cards.variables(card)["title"]})


def recall_message(to: Address, message_id: str, sender: Sender) -> Request:
    """By processQueryKey, or by the carrierId of a card, of which the page does not say whether it works."""
    body: dict[str, Any] = {"robotCode": sender.robot_code, "processQueryKeys": [message_id]}
    if isinstance(to, Chat):
        body["openConversationId"] = _id(to)
    return Request(api=_recall_api(to), body=body)


def readers(to: Address, message_id: str, sender: Sender, next_token: str = "") -> Request:
    """Who has read: of a group page by page, of single chats all at once and for 24 h only."""
    if isinstance(to, Chat):
        body = {
            "robotCode": sender.robot_code,
            "openConversationId": _id(to),
            "processQueryKey": message_id,
            "maxResults": limits.READERS_PAGE,
            "nextToken": next_token,
        }
        return Request(api=limits.GROUP_READERS, body=body)
    query = {"robotCode": sender.robot_code, "processQueryKey": message_id}
    return Request(api=limits.PERSON_READERS, query=query)


# ── Answers ───────────────────────────────────────────────────────────────────────────────────────


def receipt(effect: Effect, sender: Sender, body: Mapping[str, Any]) -> Receipt:
    """What the platform's answer proves.

    Raises:
        NotFound: the one person it was for is unknown to the platform.
        RateLimited: the one person it was for was flow-controlled: certainly not sent.
        Rejected: the card was not delivered.
        OutcomeUnknown: the answer does not say.
    """
    match as_sent(effect, sender):
        case SendText() as said:
            return _text_receipt(said, body)
        case SendBatch():
            return _batch_receipt(_sent(wire.PersonSent, body, limits.PERSON_SEND))
        case SendCard():
            return _card_receipt(_sent(wire.CardSent, body, limits.CARD_SEND))
        case UpdateCard() | Recall() as done:
            return Receipt(message_id=done.message_id)


def _text_receipt(said: SendText, body: Mapping[str, Any]) -> Receipt:
    if isinstance(said.to, Chat):
        return Receipt(message_id=_sent(wire.GroupSent, body, limits.GROUP_SEND).query_key)
    return Receipt(message_id=_to_one(_sent(wire.PersonSent, body, limits.PERSON_SEND), said.to).query_key)


def _to_one(sent: wire.PersonSent, person: Account) -> wire.PersonSent:
    if person.id in (*sent.invalid, *sent.filtered):
        raise NotFound("the person gets nothing from this robot", call=limits.PERSON_SEND.name)
    if person.id in sent.flow_controlled:
        raise RateLimited("flow-controlled", retry_after_s=FLOW_CONTROL_PAUSE_S, call=limits.PERSON_SEND.name)
    return sent


def _batch_receipt(sent: wire.PersonSent) -> Receipt:
    """``filteredStaffIdList`` is in the vendor's client only; taken as "not sent to these" (a guess)."""
    lists = (("filteredStaffId", sent.filtered), ("invalidStaffId", sent.invalid))
    return Receipt(
        message_id=sent.query_key,
        refused={str(codec.account(user_id)): word for word, people in lists for user_id in people},
        again=tuple(map(codec.account, sent.flow_controlled)),
    )


def _card_receipt(sent: wire.CardSent) -> Receipt:
    if not sent.success:
        raise Rejected("the card was not created", call=limits.CARD_SEND.name)
    if not sent.result.delivered:
        raise OutcomeUnknown("the card was created, its delivery is not told", call=limits.CARD_SEND.name)
    first = sent.result.delivered[0]
    if not first.success:
        raise Rejected(first.error or "the card was not delivered", call=limits.CARD_SEND.name)
    return Receipt(message_id=first.carrier_id)


def _sent(model: type[_Payload], body: Mapping[str, Any], api: limits.Api) -> _Payload:
    """An unreadable answer to a send is a lost one."""
    try:
        return model.model_validate(dict(body))
    except (ValidationError, ValueError) as error:
        raise OutcomeUnknown("the answer cannot be read", call=api.name) from error


def read_answer(model: type[_Payload], body: Mapping[str, Any], api: limits.Api) -> _Payload:
    """Raises ``Undecodable``: for calls that change nothing."""
    try:
        return model.model_validate(dict(body))
    except (ValidationError, ValueError) as error:
        raise Undecodable("the answer cannot be read", call=api.name) from error


# ── Bodies ────────────────────────────────────────────────────────────────────────────────────────


def _id(address: Address) -> str:
    if address.platform is not Platform.DINGTALK or not address.id:
        raise Rejected(f"{address} is no address of this platform", code="address")
    return address.id


def _staff_id(person: Account) -> str:
    if codec.is_opaque(person):
        raise Rejected("somebody without a staff id cannot be addressed", code="address")
    return _id(person)


def _robot_message(title: str, words: str) -> dict[str, str]:
    """``msgKey`` and ``msgParam``, itself a JSON string."""
    shown = text.plain(words).strip()
    if not shown:
        raise Rejected("there is nothing to say", code="empty")
    key, param = (
        ("sampleMarkdown", {"title": text.name(title), "text": text.markdown(title, shown)})
        if title
        else ("sampleText", {"content": shown})
    )
    packed = json.dumps(param, ensure_ascii=False, separators=(",", ":"))
    if len(packed.encode()) > limits.MSG_PARAM_BYTES:
        raise Rejected(f"more than {limits.MSG_PARAM_BYTES} bytes", code="invalidParameter.msgParam.tooLong")
    return {"msgKey": key, "msgParam": packed}


def _said(said: SendText, sender: Sender) -> Request:
    if isinstance(said.to, Account):
        return _to_people((said.to,), "", said.text, sender)
    body = {"robotCode": sender.robot_code, "openConversationId": _id(said.to)}
    return Request(api=limits.GROUP_SEND, body={**body, **_robot_message("", said.text)})


def _to_people(people: tuple[Account, ...], title: str, words: str, sender: Sender) -> Request:
    if not 1 <= len(people) <= limits.BATCH_SIZE:
        raise Rejected(f"1 to {limits.BATCH_SIZE} people, not {len(people)}", code="batch")
    body = {"robotCode": sender.robot_code, "userIds": [_staff_id(person) for person in people]}
    return Request(api=limits.PERSON_SEND, body={**body, **_robot_message(title, words)})


def _fitting(card: Card) -> Card:
    if not cards.fits(card):
        raise Rejected(f"the card has more than {limits.CARD_TEXT_BYTES} bytes", code="card-too-long")
    return card


def _card(sent: SendCard, key: str, sender: Sender, names: Mapping[str, str]) -> dict[str, Any]:
    """``userIdType`` 1 = staff ids; forwarding is off, because a forwarded card keeps its buttons."""
    if not sender.card_template:
        raise Rejected("no card template is configured", code="no-card")
    if not 1 <= len(key) <= limits.OUT_TRACK_ID_CHARS:
        raise Rejected("a key has 1 to 64 characters", code="key")
    card = _fitting(sent.card)
    alert = cards.preview(card)
    space = {
        "supportForward": False,
        "lastMessageI18n": {"ZH_CN": alert},
        "notification": {"alertContent": alert, "notificationOff": False},
    }
    common = {
        "cardTemplateId": sender.card_template,
        "outTrackId": key,
        "callbackType": "STREAM",
        "userIdType": 1,
        "cardData": {"cardParamMap": cards.variables(card)},
    }
    robot = {"robotCode": sender.robot_code}
    if isinstance(sent.to, Chat):
        return {
            **common,
            "openSpaceId": f"{_SPACE}IM_GROUP.{_id(sent.to)}",
            "imGroupOpenSpaceModel": space,
            "imGroupOpenDeliverModel": {**robot, **_at(card, names)},
        }
    return {
        **common,
        "openSpaceId": f"{_SPACE}IM_ROBOT.{_staff_id(sent.to)}",
        "imRobotOpenSpaceModel": space,
        "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", **robot},
    }


def _at(card: Card, names: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """``atUserIds`` from the structured mentions and from nothing else; values are what stands behind the ``@``."""
    at: dict[str, str] = {}
    for mention in card.mentions:
        if isinstance(mention, Everyone):
            at[_ALL] = _ALL
        else:
            at[_staff_id(mention)] = text.name(names.get(mention.id, "")) or mention.id
    return {"atUserIds": at} if at else {}


def _put(key: str, variables: Mapping[str, str]) -> Request:
    body = {
        "outTrackId": key,
        "cardData": {"cardParamMap": dict(variables)},
        "cardUpdateOptions": {"updateCardDataByKey": True, "updatePrivateDataByKey": True},
    }
    return Request(api=limits.CARD_UPDATE, body=body)


def _recall_api(to: Address) -> limits.Api:
    return limits.GROUP_RECALL if isinstance(to, Chat) else limits.PERSON_RECALL
