"""What the robot posts (机器人消息): into a group or into single chats, found again by its processQueryKey."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.params import Params, as_object
from sandbox.dingtalk.part import Part
from sandbox.model import BOT, Chat, Message

MSG_PARAM_BYTES = 15_000
READ_WINDOW = timedelta(hours=24)
"""Single chats: read state and recall. D/chatbot-batch-query-the-read-status-of-messages (read 2026-11)."""

TEMPLATES = {
    "sampleText": ("content",),
    "sampleMarkdown": ("title", "text"),
    "sampleImageMsg": ("photoURL",),
    "sampleLink": ("text", "title", "picUrl", "messageUrl"),
    "sampleActionCard": ("title", "text", "singleTitle", "singleURL"),
    **{
        f"sampleActionCard{n}": ("title", "text", *(f"action{what}{i}" for i in range(1, n + 1) for what in ("Title", "URL")))
        for n in (2, 3, 4, 5)
    },
    "sampleActionCard6": ("title", "text", "buttonTitle1", "buttonUrl1", "buttonTitle2", "buttonUrl2"),
    "sampleAudio": ("mediaId", "duration"),
    "sampleFile": ("mediaId", "fileName", "fileType"),
    "sampleVideo": ("duration", "videoMediaId", "videoType", "picMediaId"),
}  # fmt: skip
"""``msgKey`` and what ``msgParam`` must hold. D/robot-message-type (read 2026-11)."""


class Posts(Part):
    """All that the robot sent, by key; a batch to twenty people is twenty messages with one key."""

    def clear(self) -> None:
        self._by_key: dict[str, list[Message]] = {}

    def by_key(self, key: str) -> list[Message]:
        return self._by_key.get(key, [])

    def new_key(self, kind: str = "key") -> str:
        """With ``/``, ``+`` and ``=`` in it, as the real ones have."""
        return self._town.new_id("", kind, length=20) + "/+" + self._town.derive("", kind, length=4) + "="

    def to_chat(self, chat: Chat, key: str, text: str, **more: Any) -> Message:
        message = self._town.post(
            "dingtalk",
            id=self._platform.new_message_id(),
            sender=BOT,
            text=text,
            chat=chat.id,
            **self._more(key, more),
        )
        return self._kept(key, message)

    def to_person(self, person: str, key: str, text: str, **more: Any) -> Message:
        message = self._town.post(
            "dingtalk",
            id=self._platform.new_message_id(),
            sender=BOT,
            text=text,
            person=person,
            **self._more(key, more),
        )
        return self._kept(key, message)

    @staticmethod
    def _more(key: str, more: dict[str, Any]) -> dict[str, Any]:
        return {**more, "extra": {"key": key, **more.get("extra", {})}}

    def _kept(self, key: str, message: Message) -> Message:
        self._by_key.setdefault(key, []).append(message)
        return message

    def is_old(self, message: Message) -> bool:
        """Too old for the calls about single chats."""
        return self._town.clock.now() - message.sent_at > READ_WINDOW

    def recall(self, keys: Sequence[str], *, chat: str | None) -> dict[str, Any]:
        """The answer of both recall calls; ``chat`` is ``None`` for single chats."""
        done: list[str] = []
        failed: dict[str, str] = {}
        for key in keys:
            why = self._why_not(key, chat)
            if why:
                failed[key] = why
                continue
            for message in self.by_key(key):
                self._town.recall(message)
            done.append(key)
        return {"successResult": done, "failedResult": failed}

    def _why_not(self, key: str, chat: str | None) -> str:
        messages = self.by_key(key)
        if not messages or messages[0].chat != chat:
            return "processQueryKey.notExist"
        if messages[0].card is not None and not self._town.setting("dingtalk.cards_can_be_recalled"):
            return "message.notSupport.recall"
        if self.is_old(messages[0]) and (
            chat is None or self._town.setting("dingtalk.group_recall_within_24h")
        ):
            return "processQueryKey.expireTime"
        return ""


def read_template(body: Params, most_bytes: int = MSG_PARAM_BYTES) -> tuple[str, str, dict[str, Any]]:
    """``msgKey`` and ``msgParam``: the kind of message, what a person reads, all parameters.

    Raises:
        NewError: unknown template, no JSON, a parameter missing, too long.
    """
    key, packed = body.text("msgKey"), body.text("msgParam")
    if len(packed.encode()) > most_bytes:
        raise NewError("invalidParameter.msgParam.tooLong", "msgParam过长")
    if key not in TEMPLATES:
        raise NewError("resource.not.found", f"msgKey {key} 不存在")
    given = as_object(packed)
    if not isinstance(given, dict):
        raise NewError("invalidParameter.msgParam.invalid", "msgParam不是JSON对象")
    for name in TEMPLATES[key]:
        if not isinstance(given.get(name), str | int | float):
            raise NewError("invalidParameter.msgParam.invalid", f"msgParam缺少{name}")
    return key, _readable(key, given), given


def _readable(key: str, given: dict[str, Any]) -> str:
    """A markdown message shows its text; the title stands in the list of conversations only."""
    if key == "sampleText":
        return str(given["content"])
    if key in ("sampleMarkdown", "sampleLink") or key.startswith("sampleActionCard"):
        return str(given["text"])
    return {"sampleImageMsg": "[图片]", "sampleAudio": "[语音]", "sampleVideo": "[视频]"}.get(
        key, f"[文件] {given.get('fileName', '')}"
    )
