"""What the robot saw (机器人看到什么): whether it is told of a message, and the frames and calls that speak of it."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.frames import IN, Frame
from sandbox.model import BOT, Message, Person
from sandbox.page import viewer
from sandbox.page.tools import CALLS_SHOWN, Call, pretty, read
from sandbox.town import Town


def heard(town: Town, message: Message) -> str:
    """Whether the robot is told of the message, in a sentence."""
    if message.sender == BOT:
        return "这是驿站自己发的，平台不会再推给它；有人已读、点按，才会有动静。"
    if message.chat is None:
        return "单聊里的话，平台会推给驿站。"
    if not town.chats[message.platform][message.chat].bot:
        return "驿站不在这个群里，听不到。"
    if BOT in message.mentions:
        return "@ 了驿站，平台会推给它。"
    if message.platform == "dingtalk":
        return "没有 @ 驿站，钉钉不会把它交给机器人。"
    return "没有 @ 驿站；只有开了“读取群里全部消息”的权限，飞书才会推给它。"


def calls_about(town: Town, *ids: str) -> list[Call]:
    """The latest calls in which one of these ids occurs, in the address, the body or the answer."""
    wanted = [each for each in ids if each]
    raw = [each.encode("utf-8", "replace") for each in wanted]
    return read(town.recorder.latest(CALLS_SHOWN, lambda record: record.speaks_of(wanted, raw)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A frame as the page shows it; ``look`` is as that of a call."""

    id: int
    at: str
    platform: str
    topic: str
    connection: str
    status: str
    look: str
    body: str
    ack: str


OUTCOMES = {
    "waiting": ("等回执", "lost"), "acked": ("收下", "good"), "refused": ("不要", "bad"), "lost": ("回执丢了", "lost"),
    "none": ("没有回执", "bad"),
}  # fmt: skip


def frames_about(town: Town, platform: str, *ids: str) -> list[Pushed]:
    """The latest frames in which one of these ids occurs, newest first."""
    wanted = [each for each in ids if each]
    found = (f for f in town.frames.since(platform=platform) if any(each in f.text for each in wanted))
    return [_pushed(frame) for frame in reversed(deque(found, maxlen=CALLS_SHOWN))]


def _pushed(frame: Frame) -> Pushed:
    status, look = ("它说的", "good") if frame.direction == IN else OUTCOMES[frame.outcome]
    took = f" {frame.took_ms:g} ms" if frame.took_ms is not None else ""
    return Pushed(
        id=frame.id, at=datetime.fromisoformat(frame.at).strftime("%m-%d %H:%M:%S"), platform=frame.platform,
        topic=frame.topic or frame.kind or "帧", connection=frame.connection, status=status + took, look=look,
        body=pretty(json.loads(frame.text)), ack=pretty(frame.ack),
    )  # fmt: skip


def conversation_ids(town: Town, person: Person, key: str) -> list[str]:
    """The ids by which the API speaks of a conversation."""
    if key == BOT:
        return [person.id]
    chat = town.chats[person.platform].get(key)
    return [key, *(_strings(chat.extra) if chat else [])]


def message_ids(message: Message) -> list[str]:
    """The ids by which the API speaks of a message: its own and its card's, as far as we know them."""
    known = [message.id, *_strings(message.extra)]
    card = message.card or {}
    known += [
        card[key] for key in ("outTrackId", "card_id", "out_track_id") if isinstance(card.get(key), str)
    ]
    return known


def _strings(extra: dict[str, Any]) -> list[str]:
    """Ids among the platform's own notes: long enough, and of letters that ids are made of."""
    return [
        v
        for k, v in extra.items()
        if isinstance(v, str) and len(v) >= 8 and ("id" in k.lower() or k == "key")
    ]


def raw(message: Message) -> str:
    """The message as the town keeps it."""
    return pretty({**message.as_json(), **({"extra": _plain(message.extra)} if message.extra else {})})


def _plain(extra: dict[str, Any]) -> dict[str, Any]:
    return {key: value if _is_json(value) else str(value) for key, value in extra.items()}


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def visible(town: Town, person: Person, message_id: str) -> Message | None:
    """The message, if this person sees it."""
    message = town.messages.get(message_id)
    if message is None or message.platform != person.platform:
        return None
    inside = message.person == person.id if message.chat is None else (
        person.id in town.chats[message.platform][message.chat].members
    )  # fmt: skip
    return message if inside and viewer.sees(message, person.id) else None
