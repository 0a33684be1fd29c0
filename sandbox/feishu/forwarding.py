"""转发 (forwarding): a person puts a message that they see into another chat.

A card says by ``config`` whether it may be (``enable_forward``, true unless said) and whether it can be pressed
there (``enable_forward_interaction``, false unless said). The copy lives on its own: what changes the card that was
sent leaves it as it is. https://open.feishu.cn/document/feishu-cards/card-json-v2-structure (read 2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.model import Message, Person
from sandbox.platform import Refused

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

NEVER = ("system", "hongbao", "video_chat", "share_calendar_event")


def forward(app: FeishuPlatform, person: Person, message: Message, to: str) -> str:
    """The new message's id. Raises ``Refused``."""
    if message.recalled or person.id not in (*app.town.audience(message), message.sender):
        raise Refused(f"{person.name} does not see this message")
    if message.kind in NEVER or "only_for" in message.extra:
        raise Refused("这条消息不能转发")
    if not is_open(message):
        raise Refused("这张卡片不支持转发")
    if is_closed(app, message):
        raise Refused("本群开启了防泄密模式，不能转发消息")
    return app.by_hand.pass_on(person, to, message)


def may_press(message: Message) -> bool:
    """Whether the buttons of this card answer here."""
    return "forwarded_from" not in message.extra or _config(message).get("enable_forward_interaction") is True


def _config(message: Message) -> dict[str, Any]:
    config = (message.card or {}).get("config")
    return config if isinstance(config, dict) else {}


def is_open(message: Message) -> bool:
    """A card says whether it may be passed on."""
    return message.card is None or _config(message).get("enable_forward", True) is not False


def is_closed(app: FeishuPlatform, message: Message) -> bool:
    """防泄密模式: what is said in the group stays there."""
    chat = app.town.chats["feishu"].get(message.chat or "")
    mode = chat.extra.get("restricted_mode_setting") if chat is not None else None
    return (
        isinstance(mode, dict)
        and mode.get("status") is True
        and mode.get("message_has_permission_setting") == "not_anyone"
    )
