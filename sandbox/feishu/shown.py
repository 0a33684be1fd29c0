"""消息的样子 (shown): messages as the API gives them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fields import to_json
from sandbox.model import ALL, BOT, Message

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

RECALLED = "This message was recalled"


def message(app: FeishuPlatform, found: Message, *, original: bool = False) -> dict[str, Any]:
    """One message; ``original`` gives a card as it was sent. Times are strings of milliseconds."""
    sent = str(round(found.sent_at.timestamp() * 1000))
    shown: dict[str, Any] = {
        "message_id": found.id, "msg_type": found.kind, "create_time": sent,
        "update_time": str(found.extra.get("update_time", sent)), "deleted": found.recalled,
        "updated": bool(found.extra.get("edits")), "chat_id": app.ids.chat_of(found),
        "sender": sender(app, found), "body": {"content": body(found, original=original)},
    }  # fmt: skip
    for key in ("root_id", "parent_id", "thread_id"):
        if found.extra.get(key):
            shown[key] = found.extra[key]
    mentions = [_mention(app, each) for each in found.extra.get("mentions", ()) if each["who"] != ALL]
    if mentions and not found.recalled:
        shown["mentions"] = mentions
    return shown


def body(found: Message, *, original: bool = False) -> str:
    if found.recalled:
        return RECALLED
    if original and found.card is not None:
        return to_json(found.card)
    return str(found.extra["content"])


def sender(app: FeishuPlatform, found: Message) -> dict[str, Any]:
    tenant = app.ids.tenant
    if found.sender == BOT:
        return {"id": app.app_id, "id_type": "app_id", "sender_type": "app", "tenant_key": tenant}
    if found.sender.startswith("cli_"):
        return {"id": found.sender, "id_type": "app_id", "sender_type": "app", "tenant_key": tenant}
    tenant = app.ids.tenant_of(found.sender)
    return {"id": found.sender, "id_type": "open_id", "sender_type": "user", "tenant_key": tenant}


def _mention(app: FeishuPlatform, mention: dict[str, str]) -> dict[str, Any]:
    who = app.ids.bot if mention["who"] == BOT else mention["who"]
    return {
        "key": mention["key"], "id": who, "id_type": "open_id", "name": mention["name"],
        "tenant_key": app.ids.tenant_of(who),
    }  # fmt: skip
