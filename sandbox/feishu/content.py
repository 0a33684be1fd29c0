"""消息内容 (content): what may be sent by ``msg_type``, and what people then see of it.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/im-v1/message/create_json (read 2026-11)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.feishu import card_ways, cards, post
from sandbox.feishu.errors import ApiError
from sandbox.feishu.mentions import AT, Mentions
from sandbox.feishu.mentions import bad as bad
from sandbox.feishu.post import own_file, string
from sandbox.fields import to_json

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

MSG_TYPES = (
    "text", "post", "image", "file", "audio", "media", "sticker", "interactive", "share_chat", "share_user", "system",
)  # fmt: skip
LONGEST_TEXT_BYTES = 150 * 1024
LONGEST_OTHER_BYTES = 30 * 1024
TEXT_STYLE = re.compile(r"</?[bius]>")


@dataclass(slots=True, kw_only=True)
class Content:
    """What stands in the chat: ``stored`` is the API's ``body.content``, ``text`` what people read.

    ``mentions``: ``{"key", "who", "name"}``, ``who`` being a person, ``bot`` or ``all``.
    """

    kind: str
    stored: str
    text: str
    mentions: list[dict[str, str]] = field(default_factory=list)
    card: dict[str, Any] | None = None
    card_id: str = ""
    """Of a card made by CardKit."""

    @property
    def mentioned(self) -> list[str]:
        return list(dict.fromkeys(each["who"] for each in self.mentions))


def prepare(app: FeishuPlatform, kind: str, raw: str) -> Content:
    """What is sent, checked; raises ``ApiError`` in the platform's words."""
    limit = LONGEST_TEXT_BYTES if kind == "text" else LONGEST_OTHER_BYTES
    if size_bytes(raw) > limit:
        raise ApiError(230025)
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise bad("content is not a string in json format") from None
    if not isinstance(body, dict):
        raise bad("content is not a json object")
    return _KINDS[kind](app, body)


def size_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def text_of_person(text: str, mentions: list[dict[str, str]]) -> str:
    """The ``content`` of what a person wrote: each ``@name`` becomes its key, missing ones stand in front."""
    missing = []
    for mention in mentions:
        shown = f"@{mention['name']}"
        if shown in text:
            text = text.replace(shown, mention["key"], 1)
        else:
            missing.append(mention["key"])
    return to_json({"text": " ".join([*missing, text])})


def _text(app: FeishuPlatform, body: dict[str, Any]) -> Content:
    text = body.get("text")
    if not isinstance(text, str) or not text:
        raise bad("text is required")
    mentions = Mentions(app)
    shown: list[str] = []

    def replace(found: re.Match[str]) -> str:
        key, name = mentions.add(found[1], found[2])
        shown.append(name)
        return key

    stored = AT.sub(replace, text)
    names = iter(shown)
    read = TEXT_STYLE.sub("", AT.sub(lambda _: f"@{next(names)}", text))
    return Content(kind="text", stored=to_json({"text": stored}), text=read, mentions=mentions.found)


def _post(app: FeishuPlatform, body: dict[str, Any]) -> Content:
    stored, text, mentions = post.prepare(app, body)
    return Content(kind="post", stored=to_json(stored), text=text, mentions=mentions)


def _image(app: FeishuPlatform, body: dict[str, Any]) -> Content:
    key = string(body, "image_key")
    own_file(app, key, "img_")
    return Content(kind="image", stored=to_json({"image_key": key}), text="[图片]")


def _file(kind: str) -> Callable[[FeishuPlatform, dict[str, Any]], Content]:
    needs = {"audio": "opus", "media": "mp4"}

    def make(app: FeishuPlatform, body: dict[str, Any]) -> Content:
        key = string(body, "file_key")
        file_type = own_file(app, key, "file_")
        if kind in needs and file_type != needs[kind]:
            raise ApiError(230055)
        stored = {"file_key": key, "file_name": app.state.files[key].name}
        if kind == "media":
            stored["image_key"] = str(body.get("image_key", ""))
        return Content(kind=kind, stored=to_json(stored), text=f"[{stored['file_name']}]")

    return make


def _sticker(_: FeishuPlatform, body: dict[str, Any]) -> Content:
    return Content(kind="sticker", stored=to_json({"file_key": string(body, "file_key")}), text="[表情]")


def _share_chat(app: FeishuPlatform, body: dict[str, Any]) -> Content:
    chat_id = string(body, "chat_id")
    chat = app.town.chats["feishu"].get(chat_id)
    if chat is None and app.direct_person(chat_id) is not None:
        raise ApiError(230015)
    if chat is None:
        raise bad("invalid chat_id")
    if not chat.bot:
        raise ApiError(230002)
    return Content(kind="share_chat", stored=to_json({"chat_id": chat_id}), text=f"[群名片] {chat.name}")


def _share_user(app: FeishuPlatform, body: dict[str, Any]) -> Content:
    person = app.ids.find("open_id", string(body, "user_id"))
    if person is None:
        raise bad("invalid user_id")
    return Content(
        kind="share_user", stored=to_json({"user_id": person.id}), text=f"[个人名片] {person.name}"
    )


def _system(_: FeishuPlatform, body: dict[str, Any]) -> Content:
    if body.get("type") != "divider":
        raise bad("type must be divider")
    params = body.get("params")
    divider = params.get("divider_text") if isinstance(params, dict) else None
    text = divider.get("text") if isinstance(divider, dict) else None
    if not isinstance(text, str) or not text:
        raise bad("params.divider_text.text is required")
    return Content(kind="system", stored=to_json(body), text=text)


def _interactive(app: FeishuPlatform, body: dict[str, Any]) -> Content:
    what = from_card(app, card_ways.resolve(app, body))
    if body.get("type") == "card":
        what.card_id = str(body["data"]["card_id"])
    return what


def from_card(app: FeishuPlatform, card: dict[str, Any]) -> Content:
    """A card as it stands in a chat."""
    found = cards.check(app, card)
    mentions = Mentions(app)
    for who in found.mentions:
        mentions.add(who)
    text = cards.plain_text(
        card, lambda words: cards.AT.sub(lambda at: f"@{mentions.add(at[2], at[3])[1]}", words)
    )
    stored = to_json(cards.simplified(card))
    return Content(kind="interactive", stored=stored, text=text, mentions=mentions.found, card=card)


_KINDS: dict[str, Callable[[FeishuPlatform, dict[str, Any]], Content]] = {
    "text": _text, "post": _post, "image": _image, "file": _file("file"), "audio": _file("audio"),
    "media": _file("media"), "sticker": _sticker, "interactive": _interactive, "share_chat": _share_chat,
    "share_user": _share_user, "system": _system,
}  # fmt: skip
