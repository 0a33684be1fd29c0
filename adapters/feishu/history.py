"""Looks into a chat's history for a message whose answer was lost (查历史)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.calls import Call
from adapters.errors import Forbidden, NotFound, Rejected
from adapters.feishu import wire
from adapters.feishu.cards import words
from adapters.feishu.client import FeishuClient
from adapters.feishu.codec import read
from adapters.feishu.text import encode_post, post_words
from adapters.port import Lost, Probe, Receipt, Trace
from policies.effects import SendCard, SendText
from policies.model import Account

_EARLIER_S = 60
"""Their clock and ours differ."""

_MUCH_EARLIER_S = 86_400
"""So much a clock of ours may have been ahead that has been set since, or still is (a zone mistaken, a wrong day)."""

_LATER = timedelta(minutes=10)
"""After the last attempt; what was written later than this somebody else's request has written."""

_MOST_MESSAGES = 500


async def look_for(
    client: FeishuClient, effect: SendText | SendCard, chat_id: str, *, app_id: str, lost: Lost
) -> Probe:
    """``ARRIVED`` if our app wrote these very words there in that time, calling the same people.

    The same words at another time or to other people are another notice, likeliest: then nothing is said, for a
    human to judge, and the receipt names them, for whoever knows whose they are. A day before counts as another
    time: a clock of ours that was ahead has written down moments that were still to come.
    Neither can anything be said without the right to read, or when there is more history than we read.
    Pages: im-v1/message/list (read 2026-11); times are in seconds, in messages in milliseconds; newest come last.
    """
    since_s = int(lost.since.timestamp()) - _EARLIER_S
    then = await _look(client, effect, chat_id, app_id, lost, {"start_time": str(since_s)})
    if then.trace is not Trace.ABSENT:
        return then
    before = {"start_time": str(since_s - _MUCH_EARLIER_S), "end_time": str(since_s)}
    found = await _look(client, effect, chat_id, app_id, lost, before)
    return found if found.trace is Trace.ABSENT else Probe(trace=Trace.UNKNOWN, receipt=found.receipt)


async def _look(
    client: FeishuClient,
    effect: SendText | SendCard,
    chat_id: str,
    app_id: str,
    lost: Lost,
    between: Mapping[str, str],
) -> Probe:
    call = Call(
        name="im.message.list",
        method="GET",
        path="/open-apis/im/v1/messages",
        query={
            "container_id_type": "chat",
            "container_id": chat_id,
            **between,
            "page_size": "50",
            "card_msg_content_type": "user_card_content",
        },
    )
    looked_at = 0
    alike: Receipt | None = None
    try:
        async for item in client.items(call):
            looked_at += 1
            message = read(wire.SentMessage, item, call.name)
            is_by_us = message.sender.id == app_id and message.sender.sender_type in ("", "app")
            if is_by_us and message.message_id not in lost.others and is_ours(effect, message):
                receipt = Receipt(message_id=message.message_id, chat_id=chat_id)
                if _is_of_then(message, lost) and _calls_the_same(effect, message):
                    return Probe(trace=Trace.ARRIVED, receipt=receipt)
                alike = receipt
            if looked_at >= _MOST_MESSAGES:
                return Probe(trace=Trace.UNKNOWN)
    except (Forbidden, NotFound, Rejected):
        return Probe(trace=Trace.UNKNOWN)
    return Probe(trace=Trace.ABSENT) if alike is None else Probe(trace=Trace.UNKNOWN, receipt=alike)


def _is_of_then(message: wire.SentMessage, lost: Lost) -> bool:
    if not message.create_time.isdecimal():
        return True  # the question itself has left out what is older
    return datetime.fromtimestamp(int(message.create_time) / 1000, UTC) <= lost.until + _LATER


def _calls_the_same(effect: SendText | SendCard, message: wire.SentMessage) -> bool:
    """People only: a message that calls everybody often does not list it. A card shows no mentions of its own."""
    if isinstance(effect, SendCard):
        return True
    meant = {mention.id for mention in effect.mentions if isinstance(mention, Account)}
    return meant == {one.id for one in message.mentions or ()} - {"", "all", "@_all"}


def is_ours(effect: SendText | SendCard, message: wire.SentMessage) -> bool:
    """The same words, and still there. A post comes back without its language level, a card in a simplified form."""
    if message.deleted:
        return False
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
