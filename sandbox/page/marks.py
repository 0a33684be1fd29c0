"""What hangs on a message (标记): what it answers, reactions, a pin, a call for attention, an attachment's name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.feishu.platform import FeishuPlatform
from sandbox.model import BOT, Message
from sandbox.page import look
from sandbox.town import Town

EMOJI = {
    "THUMBSUP": "👍", "OK": "👌", "SMILE": "🙂", "LAUGH": "😄", "HEART": "❤️", "DONE": "✅", "APPLAUSE": "👏", "PARTY": "🎉",
    "JIAYI": "+1", "ThumbsDown": "👎", "CRY": "😢", "THANKS": "🙏", "PRAISE": "💯", "MUSCLE": "💪", "FIREWORKS": "🎆",
}  # fmt: skip
"""Of Feishu's emoji types those that have a sign; another one is shown by its name."""
URGENT = {"urgent_app": "应用内加急", "urgent_sms": "短信加急", "urgent_phone": "电话加急"}
DING = {1: "DING 应用内", 2: "DING 短信", 3: "DING 电话"}
URGED = {"app": 1, "sms": 2, "phone": 3}
NAMES = ("file_name", "fileName", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One sign; ``who`` are the names of those who set it."""

    sign: str
    who: str
    count: int
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """All of one message; what it has not is empty."""

    answers: Message | None
    reactions: tuple[Reaction, ...]
    pinned: bool
    urgent: str
    file: str


def of(town: Town, message: Message, me: str) -> Marks:
    """As the person ``me`` sees them."""
    parent = town.messages.get(str(message.extra.get("parent_id") or message.extra.get("reply_to", "")))
    platform = town.platforms[message.platform]
    reactions: tuple[Reaction, ...] = ()
    pinned = False
    if isinstance(platform, FeishuPlatform):
        reactions = _reactions(town, platform, message, me)
        pinned = any(message.id in pins for pins in platform.state.pins.values())
    return Marks(
        answers=parent,
        reactions=reactions,
        pinned=pinned,
        urgent=_urgent(message, me),
        file=file_of(message),
    )


def _reactions(town: Town, platform: FeishuPlatform, message: Message, me: str) -> tuple[Reaction, ...]:
    by_sign: dict[str, list[str]] = {}
    for made in platform.state.reactions.get(message.id, {}).values():
        operator = made["operator"]
        who = BOT if operator["operator_type"] == "app" else operator["operator_id"]
        by_sign.setdefault(made["reaction_type"]["emoji_type"], []).append(who)
    return tuple(
        Reaction(
            sign=EMOJI.get(sign, sign), count=len(who), mine=me in who,
            who="、".join(look.name_of(town, message.platform, each) or "不认识的人" for each in who),
        )
        for sign, who in by_sign.items()
    )  # fmt: skip


def _urgent(message: Message, me: str) -> str:
    """For those who are called, and for who sent it."""
    called = message.extra.get("urgent")
    if isinstance(called, Mapping) and called:
        if me in called:
            return URGENT.get(called[me], "加急")
        return f"已加急 {len(called)} 人" if message.sender == me else ""
    urged = message.extra.get("urged")
    if isinstance(urged, Mapping) and urged:
        if me in urged:
            return DING[URGED[urged[me]]]
        return f"已 DING {len(urged)} 人" if message.sender == me else ""
    if message.kind == "ding":
        return DING.get(message.extra.get("remindType", 0), "DING")
    return ""


def file_of(message: Message) -> str:
    """The name of a file that is attached, wherever the platform keeps it."""
    for value in message.extra.values():
        content = value
        if isinstance(value, str) and value.startswith("{"):
            try:
                content = json.loads(value)
            except ValueError:
                continue
        if isinstance(content, Mapping):
            name = next((content[key] for key in NAMES if isinstance(content.get(key), str)), "")
            if name:
                return str(name)
    return ""
