"""人发来的 (sent by people): pictures, files and all else that people put into a chat, as the robot gets it.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/im-v1/message/events/message_content (read 2026-11)
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.feishu.state import StoredFile
from sandbox.fields import Fields, to_json
from sandbox.model import Message, Person

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

SMALLEST_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""What a picture is whose bytes nobody gave."""
FORWARDED = "Merged and Forwarded Message"
MOST_FORWARDED = 100
OPAQUE = {
    "hongbao": "[红包]",
    "video_chat": "[视频会议]",
    "share_calendar_event": "[日程]",
    "system": "[系统消息]",
}
"""Their content is taken as it is given."""

Made = tuple[str, str, dict[str, Any]]
"""The content as the API shows it, what people read, and what else the town keeps with the message."""


class SentByPeople:
    """From the control door's words to a message's content. Raises ``ValueError``, saying what is allowed."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town
        self._kinds: dict[str, Callable[[Person, Fields], Made]] = {
            "image": self._image, "file": self._file, "folder": self._folder, "audio": self._audio,
            "media": self._media, "sticker": self._sticker, "post": self._post, "location": self._location,
            "todo": self._todo, "vote": self._vote, "share_chat": self._share_chat, "share_user": self._share_user,
            "merge_forward": self._merge_forward,
        }  # fmt: skip

    def make(self, person: Person, kind: str, content: Mapping[str, Any]) -> Made:
        if kind in OPAQUE:
            return to_json(dict(content)), OPAQUE[kind], {}
        if kind not in self._kinds:
            known = ", ".join([*self._kinds, *OPAQUE])
            raise ValueError(f"kind: one of text, {known} is needed, not {kind!r}")
        return self._kinds[kind](person, Fields(content))

    # -- files

    def _keep(self, prefix: str, kind: str, name: str, fields: Fields, otherwise: bytes = b"town") -> str:
        """``data`` is base64; without it the town makes something up."""
        raw = otherwise
        if fields.has("data"):
            try:
                raw = base64.b64decode(fields.text("data"), validate=True)
            except (binascii.Error, ValueError):
                raise ValueError("data: base64 is needed") from None
        content_type = "image/png" if kind == "message" else "application/octet-stream"
        key = self._town.new_id(prefix, "received")
        self._app.state.files[key] = StoredFile(
            kind=kind, name=name, content=raw, content_type=content_type, by_person=True
        )
        return key

    def _picture(self, fields: Fields) -> str:
        return self._keep("img_v3_", "message", "picture.png", fields, SMALLEST_PNG)

    def _name(self, fields: Fields, otherwise: str) -> str:
        return fields.text("file_name") if fields.has("file_name") else otherwise

    def _duration(self, fields: Fields) -> int:
        value = fields.number("duration")
        if value is not None and value < 1:
            raise ValueError("duration: milliseconds are needed")
        return value or 2000

    def _image(self, _: Person, fields: Fields) -> Made:
        fields.only("data")
        return to_json({"image_key": self._picture(fields)}), "[图片]", {}

    def _file(self, _: Person, fields: Fields) -> Made:
        fields.only("data", "file_name")
        name = self._name(fields, "文件.txt")
        key = self._keep("file_v3_", "stream", name, fields)
        return to_json({"file_key": key, "file_name": name}), f"[{name}]", {}

    def _folder(self, _: Person, fields: Fields) -> Made:
        fields.only("file_name")
        name = self._name(fields, "文件夹")
        key = self._town.new_id("file_v3_", "received")
        return to_json({"file_key": key, "file_name": name}), f"[{name}]", {}

    def _audio(self, _: Person, fields: Fields) -> Made:
        fields.only("data", "duration")
        duration = self._duration(fields)
        key = self._keep("file_v3_", "opus", "语音.opus", fields)
        return to_json({"file_key": key, "duration": duration}), "[语音]", {}

    def _media(self, _: Person, fields: Fields) -> Made:
        fields.only("data", "file_name", "duration")
        name, duration = self._name(fields, "视频.mp4"), self._duration(fields)
        key = self._keep("file_v3_", "mp4", name, fields)
        cover = self._picture(Fields({}))
        shown = {"file_key": key, "image_key": cover, "file_name": name, "duration": duration}
        return to_json(shown), f"[{name}]", {}

    def _sticker(self, _: Person, fields: Fields) -> Made:
        fields.only("file_key")
        key = fields.text("file_key") if fields.has("file_key") else self._town.new_id("file_v3_", "sticker")
        return to_json({"file_key": key}), "[表情]", {}

    # -- words

    def _post(self, _: Person, fields: Fields) -> Made:
        """``title`` and paragraphs of nodes as they are received; a node of a picture gets a picture."""
        fields.only("title", "content")
        title = fields.text("title", empty=True) if fields.has("title") else ""
        paragraphs = fields.all().get("content")
        if not isinstance(paragraphs, list) or not all(isinstance(each, list) for each in paragraphs):
            raise ValueError("content: a list of paragraphs, each a list of nodes, is needed")
        lines, kept = [title] if title else [], []
        for paragraph in paragraphs:
            if not all(isinstance(node, Mapping) and isinstance(node.get("tag"), str) for node in paragraph):
                raise ValueError("content: each node is an object with a tag")
            kept.append([self._node(node) for node in paragraph])
            lines.append("".join(str(node.get("text", "")) for node in kept[-1]))
        return to_json({"title": title, "content": kept}), "\n".join(lines), {}

    def _node(self, node: Mapping[str, Any]) -> dict[str, Any]:
        if node["tag"] == "img" and "image_key" not in node:
            return {"tag": "img", "image_key": self._picture(Fields({}))}
        return {**node, "style": node.get("style", [])} if node["tag"] in ("text", "a", "at") else dict(node)

    def _location(self, _: Person, fields: Fields) -> Made:
        fields.only("name", "longitude", "latitude")
        shown = {key: fields.text(key) for key in ("name", "longitude", "latitude")}
        return to_json(shown), f"[位置] {shown['name']}", {}

    def _todo(self, _: Person, fields: Fields) -> Made:
        fields.only("title", "due_time")
        title = fields.text("title")
        summary = {"title": "", "content": [[{"tag": "text", "text": title, "style": []}]]}
        due = fields.text("due_time") if fields.has("due_time") else ""
        shown = {"task_id": self._town.new_id("", "task"), "summary": summary, "due_time": due}
        return to_json(shown), f"[任务] {title}", {}

    def _vote(self, _: Person, fields: Fields) -> Made:
        fields.only("topic", "options")
        topic, options = fields.text("topic"), fields.texts("options")
        if len(options) < 2:
            raise ValueError("options: two or more are needed")
        return to_json({"topic": topic, "options": options}), f"[投票] {topic}", {}

    # -- what stands elsewhere

    def _share_chat(self, person: Person, fields: Fields) -> Made:
        fields.only("chat")
        chat = self._app.chat(fields.text("chat"))
        if person.id not in chat.members:
            raise ValueError("chat: one the person is in is needed")
        return to_json({"chat_id": chat.id}), f"[群名片] {chat.name}", {}

    def _share_user(self, _: Person, fields: Fields) -> Made:
        fields.only("person")
        shared = self._app.person(fields.text("person"))
        return to_json({"user_id": shared.id}), f"[个人名片] {shared.name}", {}

    def _merge_forward(self, person: Person, fields: Fields) -> Made:
        """``message_ids``: messages the person sees, shown under the new one to who reads it back."""
        fields.only("message_ids")
        wanted = fields.texts("message_ids")
        if not 1 <= len(wanted) <= MOST_FORWARDED:
            raise ValueError(f"message_ids: 1 to {MOST_FORWARDED} are needed")
        messages = [self._app.message(each) for each in wanted]
        if any(each.recalled or not self._sees(person, each) for each in messages):
            raise ValueError("message_ids: messages the person sees are needed")
        return FORWARDED, "[聊天记录]", {"forwarded": [each.id for each in messages]}

    def _sees(self, person: Person, message: Message) -> bool:
        return person.id in (*self._town.audience(message), message.sender)
