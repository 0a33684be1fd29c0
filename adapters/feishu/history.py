"""Looks into a chat's history for a message whose answer was lost (查历史)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from adapters.calls import Call
from adapters.errors import Forbidden, NotFound, Rejected
from adapters.feishu import wire
from adapters.feishu.cards import words
from adapters.feishu.client import FeishuClient
from adapters.feishu.codec import read
from adapters.feishu.text import encode_post, post_words
from adapters.port import Probe, Receipt, Trace
from policies.effects import SendCard, SendText

_EARLIER_S = 60
"""Their clock and ours differ."""

_MOST_MESSAGES = 500


async def look_for(
    client: FeishuClient, effect: SendText | SendCard, chat_id: str, *, app_id: str, since: datetime
) -> Probe:
    """``ARRIVED`` if our app wrote these very words there since then.

    Without the right to read, or when there is more history than we read, nothing can be said.
    Pages: im-v1/message/list (read 2026-11); times are in seconds, newest come last.
    """
    call = Call(
        name="im.message.list",
        method="GET",
        path="/open-apis/im/v1/messages",
        query={
            "container_id_type": "chat",
            "container_id": chat_id,
            "start_time": str(int(since.timestamp()) - _EARLIER_S),
            "page_size": "50",
            "card_msg_content_type": "user_card_content",
        },
    )
    looked_at = 0
    try:
        async for item in client.items(call):
            looked_at += 1
            message = read(wire.SentMessage, item, call.name)
            if message.sender.id == app_id and not message.deleted and is_ours(effect, message):
                return Probe(
                    trace=Trace.ARRIVED, receipt=Receipt(message_id=message.message_id, chat_id=chat_id)
                )
            if looked_at >= _MOST_MESSAGES:
                return Probe(trace=Trace.UNKNOWN)
    except (Forbidden, NotFound, Rejected):
        return Probe(trace=Trace.UNKNOWN)
    return Probe(trace=Trace.ABSENT)


def is_ours(effect: SendText | SendCard, message: wire.SentMessage) -> bool:
    """The same words. A post comes back without its language level, a card in a simplified form."""
    content = _content(message.body.content)
    if isinstance(effect, SendText):
        return message.msg_type == "post" and post_words(content) == post_words(encode_post(effect))
    found = "\n".join(_strings(content))
    return message.msg_type == "interactive" and all(one in found for one in words(effect.card))


def _content(written: str) -> Mapping[str, Any]:
    try:
        content = json.loads(written)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _strings(value: object) -> Iterator[str]:
    """Every text in it; a card that is JSON inside a text is opened."""
    if isinstance(value, str):
        yield value
        if value.startswith("{"):
            yield from _strings(list(_content(value).values()))
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
