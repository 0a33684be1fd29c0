"""Frames into events, replies into acks (编解码): what DingTalk pushes and what it wants to hear back; all pure.

Which events exist: https://open.dingtalk.com/document/development/event-list (read 2026-11). There is none for
"a message was posted in a group": a robot hears only what mentions it, and everything in its direct chats.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from adapters.dingtalk import cards, limits, wire
from adapters.errors import Undecodable
from adapters.port import Raw, Reply
from policies.model import (
    Account,
    AnyEvent,
    Chat,
    ChatChanged,
    DepartmentId,
    DirectoryChanged,
    Message,
    Platform,
    Posted,
    Pressed,
    Read,
    Said,
    Scalar,
    Unrecognised,
)

ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
CARD_TOPIC = "/v1.0/card/instances/callback"
EVENT_TOPIC = "*"
"""PROTO page developerpedia ``learn/stream/protocol`` (read 2026-11)."""

QUOTA_ERROR = "20001"
"""The month's pushes are used up: the message comes without its text.
D/develop-stream-mode-push-server (read 2026-11)"""

QUOTA = "quota"
FOREIGN_ROBOT = "foreign-robot"
"""Types of ``Unrecognised`` that are ours, not the platform's."""

OPAQUE = "$"
"""An account of somebody without a staff id (another company's, or before the robot is published) begins so;
nobody can be addressed by it."""

PLACEHOLDERS: Mapping[str, str] = {
    "picture": "〔图片〕",
    "audio": "〔语音〕",
    "video": "〔视频〕",
    "file": "〔文件〕",
}
OTHER = "〔其他消息〕"

fits = cards.fits

_DIRECT = "1"
_CHAT_WORDS: Mapping[str, str] = {
    "chat_add_member": "members",
    "chat_remove_member": "members",
    "chat_quit": "members",
    "chat_update_title": "renamed",
    "chat_update_owner": "settings",
    "chat_template_change": "settings",
    "chat_disband": "disbanded",
}
_PEOPLE_EVENTS = frozenset({"user_add_org", "user_modify_org", "user_active_org"})
_DEPARTMENT_EVENTS = frozenset({"org_dept_create", "org_dept_modify", "org_dept_remove"})

_Payload = TypeVar("_Payload", bound=wire.WirePayload)


def account(user_id: str) -> Account:
    return Account(Platform.DINGTALK, user_id)


def is_opaque(someone: Account) -> bool:
    """Whether the account names nobody whom we could address or grant anything."""
    return someone.id.startswith(OPAQUE)


def is_press(headers: Mapping[str, str]) -> bool:
    """Whether the frame waits for an answer of ours."""
    return headers.get("topic") == CARD_TOPIC


def decode(raw: Raw, *, robot_code: str = "") -> AnyEvent:
    """Pure.

    Args:
        robot_code: ours; what is meant for another robot becomes ``Unrecognised``.

    Raises:
        Undecodable: the payload is not what the platform promises.
    """
    headers = _read(wire.FrameHeaders, dict(raw.headers), "headers")
    if headers.topic == ROBOT_TOPIC:
        return _said(_read_body(wire.RobotMessage, raw, ROBOT_TOPIC), headers, robot_code)
    if headers.topic == CARD_TOPIC:
        return _pressed(_read_body(wire.CardPress, raw, CARD_TOPIC), headers)
    if headers.event_type:
        return _event(raw, headers)
    return Unrecognised(type=headers.topic or "no-topic", **_base(headers))


def encode_reply(raw: Raw, reply: Reply) -> dict[str, Any]:
    """What the frame's ack carries: ``code``, ``message`` and ``data``, which becomes a JSON string.

    A press is answered with the card's new face for everybody and the toast as the presser's own hint: DingTalk
    has no toast. Other variables stay (``…ByKey``); all values are strings.
    https://open.dingtalk.com/document/development/event-callback-card (read 2026-11)
    """
    code = 200 if reply.ok else 500
    topic = raw.headers.get("topic", "")
    if topic == CARD_TOPIC:
        data: dict[str, Any] = {"response": _press_answer(reply) if reply.ok else None}
    elif topic == ROBOT_TOPIC:
        data = {"response": None}
    else:
        data = {"status": "SUCCESS" if reply.ok else "LATER", "message": "OK" if reply.ok else "later"}
    return {"code": code, "message": "OK" if reply.ok else "later", "data": data}


def _press_answer(reply: Reply) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "cardUpdateOptions": {"updateCardDataByKey": True, "updatePrivateDataByKey": True}
    }
    if reply.card is not None:
        answer["cardData"] = {"cardParamMap": cards.variables(reply.card)}
    words = reply.toast or (reply.card.hint if reply.card else "")
    if words or reply.card is not None:
        answer["userPrivateData"] = {"cardParamMap": cards.private_hint(words)}
    return answer


# ── Messages ──────────────────────────────────────────────────────────────────────────────────────


def _said(payload: wire.RobotMessage, headers: wire.FrameHeaders, robot_code: str) -> AnyEvent:
    message_id = payload.message_id or headers.message_id
    base = {
        **_base(headers, payload.created_at),
        "id": message_id,
        "cause": message_id,
        "tenant": payload.robot_corp_id,
    }
    if payload.robot_code and robot_code and payload.robot_code != robot_code:
        return Unrecognised(type=FOREIGN_ROBOT, **base)
    if payload.error_code == QUOTA_ERROR:
        return Unrecognised(type=QUOTA, **base)
    if not (message_id and payload.conversation_id and (payload.sender_staff_id or payload.sender_id)):
        raise Undecodable("a robot message without id, conversation or sender", call=ROBOT_TOPIC)
    direct = payload.conversation_type == _DIRECT
    to_bot = direct or payload.is_in_at_list is not False
    message = Message(
        id=message_id,
        chat=Chat(Platform.DINGTALK, payload.conversation_id),
        author=_someone(payload.sender_staff_id, payload.sender_id),
        text=_words(payload),
        sent_at=base["occurred_at"],
        mentioned=_mentioned(payload),
        to_bot=to_bot,
        direct=direct,
        author_name=payload.sender_nick,
        chat_name=payload.conversation_title,
    )
    return Said(message=message, **base) if to_bot else Posted(message=message, **base)


def _someone(staff_id: str, opaque_id: str) -> Account:
    if staff_id:
        return account(staff_id)
    return account(opaque_id if opaque_id.startswith(OPAQUE) else OPAQUE + opaque_id)


def _mentioned(payload: wire.RobotMessage) -> tuple[Account, ...]:
    """Everybody but the robot itself, which is in the list too; visible names are gone from the text."""
    others = (user for user in payload.at_users if user.staff_id or user.dingtalk_id)
    return tuple(
        dict.fromkeys(
            _someone(user.staff_id, user.dingtalk_id)
            for user in others
            if not payload.robot_id or user.dingtalk_id != payload.robot_id
        )
    )


def _words(payload: wire.RobotMessage) -> str:
    """The text; a spoken message as DingTalk understood it; a placeholder for what has no words."""
    content = payload.content
    pieces = "".join(part.text or PLACEHOLDERS.get(part.type, "") for part in content.rich_text)
    words = payload.text.content or pieces or content.recognition
    if words or payload.message_type in {"text", "richText"}:
        return words.strip()
    return PLACEHOLDERS.get(payload.message_type, OTHER)


# ── Presses ───────────────────────────────────────────────────────────────────────────────────────


def _pressed(payload: wire.CardPress, headers: wire.FrameHeaders) -> AnyEvent:
    """A press has no id of its own and is never pushed again: the frame's stands for it."""
    private = payload.content.private
    params = dict(private.params)
    action = str(params.pop(cards.PRESS_PARAMETER, "") or next(iter(private.action_ids), ""))
    return Pressed(
        **{**_base(headers), "tenant": payload.corp_id},
        presser=account(payload.user_id),
        action=action,
        card=payload.out_track_id,
        values={name: _scalar(value) for name, value in params.items()},
    )


def _scalar(value: Any) -> Scalar:
    """What a form field holds; lists and objects stay JSON."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return json.dumps(value, ensure_ascii=False)


# ── Events ────────────────────────────────────────────────────────────────────────────────────────


def _event(raw: Raw, headers: wire.FrameHeaders) -> AnyEvent:
    kind, base = headers.event_type, _base(headers)
    if kind in _PEOPLE_EVENTS:
        people = _read_body(wire.PeopleEvent, raw, kind).user_ids
        return DirectoryChanged(accounts=tuple(map(account, people)), **base)
    if kind == "user_leave_org":
        people = _read_body(wire.PeopleEvent, raw, kind).user_ids
        return DirectoryChanged(left=tuple(map(account, people)), **base)
    if kind in _DEPARTMENT_EVENTS:
        departments = _read_body(wire.DepartmentEvent, raw, kind).department_ids
        return DirectoryChanged(departments=tuple(map(department_id, departments)), **base)
    if kind in _CHAT_WORDS:
        return _chat_changed(_read_body(wire.ChatEvent, raw, kind), kind, base)
    if kind == "robot_msg_read":
        return _read_by(_read_body(wire.ReadEvent, raw, kind), kind, headers, base)
    return Unrecognised(type=kind, **base)


def department_id(number: str) -> DepartmentId:
    return DepartmentId(f"{Platform.DINGTALK}:{number}")


def _chat_changed(payload: wire.ChatEvent, kind: str, base: Mapping[str, Any]) -> AnyEvent:
    if not payload.conversation_id:
        return Unrecognised(type=kind, **base)
    name = payload.title if kind == "chat_update_title" else ""
    what: Any = _CHAT_WORDS[kind]
    return ChatChanged(chat=Chat(Platform.DINGTALK, payload.conversation_id), what=what, name=name, **base)


def _read_by(
    payload: wire.ReadEvent, kind: str, headers: wire.FrameHeaders, base: Mapping[str, Any]
) -> AnyEvent:
    if not payload.user_ids:
        return Unrecognised(type=kind, **base)
    moved = {**base, "occurred_at": payload.at or headers.event_born_time or base["occurred_at"]}
    return Read(reader=account(payload.user_ids[0]), receipts=(payload.query_key,), **moved)


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────


def _base(headers: wire.FrameHeaders, moment: datetime | None = None) -> dict[str, Any]:
    """What every event has; an event's id outlives a repeated push, a frame's does not."""
    occurred_at = moment or headers.event_born_time or headers.time
    identity = headers.event_id or headers.message_id
    if occurred_at is None or not identity:
        raise Undecodable("a frame without time or id", call=headers.topic)
    return {
        "id": identity,
        "cause": identity,
        "platform": Platform.DINGTALK,
        "tenant": headers.event_corp_id,
        "occurred_at": occurred_at,
    }


def _read_body(model: type[_Payload], raw: Raw, call: str) -> _Payload:
    if len(raw.body) > limits.BODY_BYTES or len(raw.body.encode("utf-8", "replace")) > limits.BODY_BYTES:
        raise Undecodable("the payload is larger than 1 MiB", call=call)
    return _guarded(lambda: model.model_validate_json(raw.body), call)


def _read(model: type[_Payload], value: Mapping[str, Any], call: str) -> _Payload:
    return _guarded(lambda: model.model_validate(value), call)


def _guarded(read: Callable[[], _Payload], call: str) -> _Payload:
    """Never the payload itself in the error: it may be a press that nobody may keep."""
    try:
        return read()
    except ValidationError as error:
        fields = sorted(
            {".".join(map(str, one["loc"])) or "json" for one in error.errors(include_input=False)}
        )
        raise Undecodable(", ".join(fields)[:200], call=call) from None
    except (ValueError, OverflowError, RecursionError, TypeError) as error:
        raise Undecodable(type(error).__name__, call=call) from None
