"""Translates between Feishu's payloads and our words (飞书编解码); pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import ValidationError

from adapters.errors import Undecodable
from adapters.feishu import wire
from adapters.feishu.cards import ACTION, encode_card
from adapters.feishu.text import read_text
from adapters.port import Raw, Reply
from adapters.unseen import clean
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

LARGEST_BODY_BYTES = 1024 * 1024

PRESS = "card.action.trigger"

FOREIGN_APP = "foreign-app"
"""A type of ``Unrecognised`` that is ours, not the platform's."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Wire = TypeVar("_Wire", bound=wire.WirePayload)


def account(open_id: str) -> Account:
    return Account(Platform.FEISHU, open_id)


def chat(chat_id: str) -> Chat:
    return Chat(Platform.FEISHU, chat_id)


def department(open_department_id: str) -> DepartmentId:
    return DepartmentId(f"{Platform.FEISHU}:{open_department_id}")


# ── In ────────────────────────────────────────────────────────────────────────────────────────────


def decode(raw: Raw, *, bot_open_id: str, app_id: str = "") -> AnyEvent:
    """An event of ours; types we do not use become ``Unrecognised``.

    Args:
        bot_open_id: to know whether the bot was mentioned; while it is ``""`` any mentioned bot counts as us.
        app_id: ours; what is meant for another app becomes ``Unrecognised``.

    Raises:
        Undecodable: not the JSON that Feishu promises.
    """
    if len(raw.body.encode("utf-8", "replace")) > LARGEST_BODY_BYTES:
        raise Undecodable("a payload of more than 1 MiB", call=raw.kind)
    body = _json(raw.body)
    if "header" not in body:
        return _decode_old(body)
    envelope = read(wire.Envelope, body, "envelope")
    if app_id and envelope.header.app_id not in ("", app_id):
        return _unrecognised(envelope.header, FOREIGN_APP)
    decoder = _DECODERS.get(envelope.header.event_type)
    if decoder is None:
        return _unrecognised(envelope.header, envelope.header.event_type)
    return decoder(envelope, bot_open_id)


def read(model: type[_Wire], body: object, call: str) -> _Wire:
    """Raises ``Undecodable``, without the values."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, one["loc"])) for one in error.errors(include_input=False)[:3])
        raise Undecodable(f"unexpected {places or model.__name__}", call=call) from None


def moment(written: str, *, per_s: int = 1000) -> datetime:
    """A number of milliseconds since 1970 as Feishu writes it; raises ``Undecodable``."""
    try:
        return _EPOCH + timedelta(microseconds=int(written) * 1_000_000 // per_s)
    except (ValueError, OverflowError):
        raise Undecodable("not a time", call="create_time") from None


def _json(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise Undecodable("not JSON", call="event") from None
    if not isinstance(body, dict):
        raise Undecodable("not a JSON object", call="event")
    return body


def _decode_old(body: dict[str, Any]) -> AnyEvent:
    """Version 1 events say nothing that we need; they are kept under their type."""
    old = read(wire.OldEnvelope, body, "envelope v1")
    seconds = old.ts.partition(".")[0]
    return Unrecognised(
        id=old.uuid,
        cause=old.uuid,
        platform=Platform.FEISHU,
        tenant=str(old.event.get("tenant_key", "")),
        occurred_at=moment(seconds, per_s=1) if seconds.isdecimal() else _EPOCH,
        type=str(old.event.get("type", "unknown")),
    )


def _common(header: wire.Header, *, cause: str = "", tenant: str = "") -> dict[str, Any]:
    per_s = 1_000_000 if header.event_type == PRESS else 1000
    return {
        "id": header.event_id,
        "cause": cause or header.event_id,
        "platform": Platform.FEISHU,
        "tenant": header.tenant_key or tenant,
        "occurred_at": moment(header.create_time, per_s=per_s),
    }


def _unrecognised(header: wire.Header, kind: str) -> Unrecognised:
    return Unrecognised(**_common(header), type=kind)


def _message_received(envelope: wire.Envelope, bot_open_id: str) -> AnyEvent:
    """Feishu asks to recognise repeats by the message id here, so that is the cause."""
    received = read(wire.MessageReceived, envelope.event, envelope.header.event_type)
    sender, message = received.sender, received.message
    if sender.sender_type != "user" or not sender.sender_id.open_id:
        return _unrecognised(
            envelope.header, f"{envelope.header.event_type}/{sender.sender_type or 'unknown'}"
        )
    # A message in a thread, or of a kind of chat we do not know, is a group message: the page and the field differ.
    direct = message.chat_type == "p2p" and not message.thread_id
    seen = read_text(message, bot_open_id=bot_open_id)
    to_bot = direct or seen.mentions_bot
    said = Said if to_bot else Posted
    return said(
        **_common(envelope.header, cause=message.message_id, tenant=sender.tenant_key),
        message=Message(
            id=message.message_id,
            chat=chat(message.chat_id),
            author=account(sender.sender_id.open_id),
            text=seen.text,
            sent_at=moment(message.create_time),
            mentioned=tuple(account(open_id) for open_id in seen.mentioned),
            mentions_all=seen.mentions_all,
            to_bot=to_bot,
            direct=direct,
        ),
    )


def _message_read(envelope: wire.Envelope, _bot: str) -> AnyEvent:
    event = read(wire.MessageRead, envelope.event, envelope.header.event_type)
    return Read(
        **_common(envelope.header),
        reader=account(event.reader.reader_id.open_id),
        receipts=event.message_id_list,
    )


def _card_pressed(envelope: wire.Envelope, _bot: str) -> AnyEvent:
    event = read(wire.CardPressed, envelope.event, PRESS)
    value = event.action.value
    action = value.get(ACTION) if isinstance(value, dict) else None
    if not isinstance(action, str) or not action:
        return _unrecognised(envelope.header, f"{PRESS}/foreign")
    return Pressed(
        **_common(envelope.header, tenant=event.operator.tenant_key),
        presser=account(event.operator.open_id),
        action=action,
        card=event.context.open_message_id,
        values=_values(event.action),
    )


def _values(action: wire.Action) -> dict[str, Scalar]:
    """Form values by component name; several choices are joined by a comma."""
    single = {
        "input_value": action.input_value,
        "option": action.option,
        "options": action.options,
        "checked": action.checked,
    }
    every = {
        **{name: value for name, value in single.items() if value is not None},
        **(action.form_value or {}),
    }
    return {name: _scalar(value) for name, value in every.items()}


def _scalar(value: object) -> Scalar:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, (list, tuple)):
        return ",".join(str(one) for one in value)
    return json.dumps(value, ensure_ascii=False)


def _person_changed(envelope: wire.Envelope, _bot: str) -> AnyEvent:
    person = read(wire.PersonChange, envelope.event, envelope.header.event_type).object
    who = (account(person.open_id),) if person.open_id else ()
    gone = envelope.header.event_type == "contact.user.deleted_v3"
    return DirectoryChanged(
        **_common(envelope.header),
        accounts=() if gone else who,
        left=who if gone else (),
        departments=tuple(department(one) for one in person.department_ids or ()),
    )


def _department_changed(envelope: wire.Envelope, _bot: str) -> AnyEvent:
    changed = read(wire.DepartmentChange, envelope.event, envelope.header.event_type).object
    ids = (department(changed.open_department_id),) if changed.open_department_id else ()
    return DirectoryChanged(**_common(envelope.header), departments=ids)


def _range_changed(envelope: wire.Envelope, _bot: str) -> AnyEvent:
    """What we may see changed: nobody is named, so everything is looked at again."""
    return DirectoryChanged(**_common(envelope.header))


def _chat_changed(envelope: wire.Envelope, _bot: str) -> AnyEvent:
    event = read(wire.ChatEvent, envelope.event, envelope.header.event_type)
    what = _CHAT_EVENTS[envelope.header.event_type]
    name = event.name
    if what == "settings" and event.after_change is not None and event.after_change.name:
        before = event.before_change.name if event.before_change is not None else ""
        name = event.after_change.name
        what = "renamed" if name != before else what
    return ChatChanged(**_common(envelope.header), chat=chat(event.chat_id), what=what, name=name)


_CHAT_EVENTS: Mapping[str, Any] = {
    "im.chat.member.user.added_v1": "members",
    "im.chat.member.user.deleted_v1": "members",
    "im.chat.member.user.withdrawn_v1": "members",
    "im.chat.member.bot.added_v1": "bot-added",
    "im.chat.member.bot.deleted_v1": "bot-removed",
    "im.chat.disbanded_v1": "disbanded",
    "im.chat.updated_v1": "settings",
}

_DECODERS: Mapping[str, Callable[[wire.Envelope, str], AnyEvent]] = {
    "im.message.receive_v1": _message_received,
    "im.message.message_read_v1": _message_read,
    PRESS: _card_pressed,
    "contact.user.created_v3": _person_changed,
    "contact.user.updated_v3": _person_changed,
    "contact.user.deleted_v3": _person_changed,
    "contact.department.created_v3": _department_changed,
    "contact.department.updated_v3": _department_changed,
    "contact.department.deleted_v3": _department_changed,
    "contact.scope.updated_v3": _range_changed,
    **dict.fromkeys(_CHAT_EVENTS, _chat_changed),
}


# ── Back ──────────────────────────────────────────────────────────────────────────────────────────


def encode_reply(raw: Raw, reply: Reply) -> dict[str, Any]:
    """What the frame is answered with; ``data`` only for a press, where it must be there.

    500 asks for the event again; a press is never sent again, its presser sees an error.
    """
    if not reply.ok:
        return {"code": 500}
    if raw.kind != "callback":
        return {"code": 200}
    data: dict[str, Any] = {}
    if reply.toast:
        data["toast"] = {"type": reply.tone.value, "content": clean(reply.toast)}
    if reply.card is not None:
        data["card"] = {"type": "raw", "data": encode_card(reply.card)}
    return {"code": 200, "data": data}
