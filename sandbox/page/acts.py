"""What a person may try with a message (消息上的动作); the platform has the last word, and says why not."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.feishu.platform import FeishuPlatform
from sandbox.model import Message, Person
from sandbox.town import Town


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """``kind`` is the script's word for it."""

    kind: str
    label: str
    danger: bool = False


def of(town: Town, person: Person, message: Message) -> list[Act]:
    """In the order of the client's own menu."""
    if message.recalled:
        return []
    on_feishu, in_group = message.platform == "feishu", message.chat is not None
    acts = [Act(kind="reply", label="回复")]
    acts.append(Act(kind="forward", label="转发"))
    if on_feishu:
        acts.append(Act(kind="reply-in-thread", label="以话题回复"))
        acts.append(Act(kind="react", label="回应 ✅"))
        acts.append(
            Act(
                kind="unpin" if _is_pinned(town, message) else "pin",
                label="取消 Pin" if _is_pinned(town, message) else "Pin",
            )
        )
    if in_group:
        is_top = _is_on_top(town, message)
        acts.append(Act(kind="untop" if is_top else "top", label="取消置顶" if is_top else "置顶到群"))
        if not on_feishu or message.sender == person.id:
            acts.append(Act(kind="urge", label="加急没读的人" if on_feishu else "DING 没读的人"))
    acts.append(Act(kind="recall", label="撤回", danger=True))
    return acts


def unread(town: Town, message: Message) -> list[str]:
    """Who could be called: those who have not read it."""
    return [each for each in town.audience(message) if each not in message.read_by][:200]


def _is_pinned(town: Town, message: Message) -> bool:
    platform = town.platforms[message.platform]
    pins = platform.state.pins if isinstance(platform, FeishuPlatform) else {}
    return any(message.id in each for each in pins.values())


def on_top(town: Town, platform: str, chat: str) -> str:
    """The id of the message on top of a group, or empty."""
    extra = town.chats[platform][chat].extra
    notices = [
        each.get("message_id") for each in extra.get("top_notice", ()) if each.get("action_type") == "1"
    ]
    return str(extra.get("top") or next((each for each in notices if each), ""))


def _is_on_top(town: Town, message: Message) -> bool:
    return on_top(town, message.platform, message.chat or "") == message.id
