"""话题 (threads): topics of a message, and groups in which every message begins one.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/thread-introduction and
…/message/reply (read 2026-11): within a thread ``parent_id`` is the root, whatever message was answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.feishu.errors import ApiError
from sandbox.model import Chat, Message, Person

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

NO_TOPIC, NOT_HERE, AGGREGATED = 230019, 230071, 230072


def is_threaded(chat: Chat) -> bool:
    """话题群, or a group that was set to topics."""
    return chat.extra.get("chat_mode") == "topic" or chat.extra.get("group_message_type") == "thread"


def beginning(app: FeishuPlatform, target: Chat | Person, message_id: str) -> dict[str, Any]:
    """What a message that answers nothing has beside its content."""
    if isinstance(target, Chat) and is_threaded(target):
        return {"thread_id": _thread_of(app, message_id)}
    return {}


def answer(app: FeishuPlatform, parent: Message, *, in_thread: bool) -> dict[str, Any]:
    """What a message that answers ``parent`` has; the thread begins with the parent if there is none yet.

    Raises:
        ApiError: 230019 the topic was taken back, 230071 no topics in this group, 230072 not of such a message.
    """
    root_id = parent.extra.get("root_id") or parent.id
    thread = parent.extra.get("thread_id")
    if not thread and not in_thread:
        return {"root_id": root_id, "parent_id": parent.id}
    if not thread:
        _may_begin(app, parent)
        thread = _thread_of(app, parent.id)
        parent.extra["thread_id"] = thread
        return {"root_id": parent.id, "parent_id": parent.id, "thread_id": thread}
    root = app.town.messages.get(root_id)
    if root is None or root.recalled:
        raise ApiError(NO_TOPIC)
    return {"root_id": root_id, "parent_id": root_id, "thread_id": thread}


def _thread_of(app: FeishuPlatform, message_id: str) -> str:
    return app.town.derive("omt_", message_id)


def _may_begin(app: FeishuPlatform, parent: Message) -> None:
    """Which messages are "aggregated" is not said; a forwarded bundle is taken for one."""
    if parent.kind == "merge_forward":
        raise ApiError(AGGREGATED, text="Aggregated messages do not support reply in thread")
    if app.named(parent.chat, "feishu.chats_without_topics"):
        raise ApiError(
            NOT_HERE, text="The group to which the message belongs does not support reply in thread"
        )


def stands_in_chat(message: Message) -> bool:
    """Whether a chat's own history lists it: of a thread only the root."""
    return not (message.extra.get("thread_id") and message.extra.get("root_id"))
