"""消息内容 (content): what may be sent by ``msg_type``, and what people then see of it.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/im-v1/message/create_json (read 2026-11)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.feishu import cards
from sandbox.feishu.errors import ApiError
from sandbox.fields import to_json
from sandbox.model import ALL, BOT

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

MSG_TYPES = (
    "text", "post", "image", "file", "audio", "media", "sticker", "interactive", "share_chat", "share_user", "system",
)  # fmt: skip
LONGEST_TEXT_BYTES = 150 * 1024
LONGEST_OTHER_BYTES = 30 * 1024
LANGUAGES = frozenset({"zh_cn", "en_us", "ja_jp", "zh_hk", "zh_tw"})
ALONE = frozenset({"img", "media", "md"})
"""Tags that must be alone in their paragraph."""
STYLES = frozenset({"bold", "underline", "lineThrough", "italic"})
AT = re.compile(r"<at\s+user_id\s*=\s*[\"']?([^\"'>\s]*)[\"']?\s*>(.*?)</at>", re.DOTALL)
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


class _Mentions:
    """Numbers the people mentioned in one message: ``@_user_1``, ``@_user_2`` …"""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self.found: list[dict[str, str]] = []

    def add(self, who: str, shown: str = "") -> tuple[str, str]:
        """The key and the name; an id nobody has stays plain text and mentions nobody."""
        if who == "all":
            if not any(each["who"] == ALL for each in self.found):
                self.found.append({"key": "@_all", "who": ALL, "name": "所有人"})
            return "@_all", "所有人"
        person = self._app.ids.any(who)
        is_bot = who == self._app.ids.bot
        if person is None and not is_bot:
            return f"@{shown or who}", shown or who
        target, name = (BOT, "驿站") if is_bot or person is None else (person.id, person.name)
        known = next((each for each in self.found if each["who"] == target), None)
        if known is None:
            number = sum(each["who"] != ALL for each in self.found) + 1
            known = {"key": f"@_user_{number}", "who": target, "name": name}
            self.found.append(known)
        return known["key"], name


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


def bad(why: str) -> ApiError:
    return ApiError(230001, why)


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
    mentions = _Mentions(app)
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
    if not body or not set(body) <= LANGUAGES:
        raise bad(f"post needs at least one language of {sorted(LANGUAGES)}")
    for language, page in body.items():
        if not isinstance(page, dict) or not isinstance(page.get("content"), list):
            raise bad(f"{language}.content must be a list of paragraphs")
    page = body.get("zh_cn") or next(iter(body.values()))
    title = page.get("title", "")
    if not isinstance(title, str):
        raise bad("title must be a string")
    mentions, lines, paragraphs = _Mentions(app), [title] if title else [], []
    for paragraph in page["content"]:
        shown, kept = _paragraph(app, paragraph, mentions)
        lines.append(shown)
        paragraphs.append(kept)
    stored = to_json({"title": title, "content": paragraphs})
    return Content(kind="post", stored=stored, text="\n".join(lines), mentions=mentions.found)


def _paragraph(app: FeishuPlatform, paragraph: Any, mentions: _Mentions) -> tuple[str, list[dict[str, Any]]]:
    if not isinstance(paragraph, list) or not all(isinstance(each, dict) for each in paragraph):
        raise bad("a paragraph must be a list of nodes")
    shown, kept = "", []
    for node in paragraph:
        tag = node.get("tag")
        if not isinstance(tag, str) or tag not in _NODES:
            raise bad(f"invalid tag {tag!r} in post")
        if tag in ALONE and len(paragraph) > 1:
            raise bad(f"{tag} must be alone in its paragraph")
        text, stored = _NODES[tag](app, node, mentions)
        shown += text
        kept.append({"tag": tag, **stored})
    return shown, kept


def _string(node: dict[str, Any], key: str, *, empty: bool = False) -> str:
    value = node.get(key)
    if not isinstance(value, str) or not (value or empty):
        raise bad(f"{key} is required in {node.get('tag')}")
    return value


def _styles(node: dict[str, Any]) -> list[str]:
    style = node.get("style", [])
    if not isinstance(style, list) or not all(isinstance(each, str) and each in STYLES for each in style):
        raise bad("invalid style")
    return list(style)


def _node_text(_: FeishuPlatform, node: dict[str, Any], __: _Mentions) -> tuple[str, dict[str, Any]]:
    text = _string(node, "text", empty=True)
    return text, {"text": text, "style": _styles(node)}


def _node_link(_: FeishuPlatform, node: dict[str, Any], __: _Mentions) -> tuple[str, dict[str, Any]]:
    text, href = _string(node, "text"), _string(node, "href")
    return text, {"href": href, "text": text, "style": _styles(node)}


def _node_at(_: FeishuPlatform, node: dict[str, Any], mentions: _Mentions) -> tuple[str, dict[str, Any]]:
    key, name = mentions.add(_string(node, "user_id"))
    return f"@{name}", {"user_id": key, "user_name": name, "style": _styles(node)}


def _node_image(app: FeishuPlatform, node: dict[str, Any], _: _Mentions) -> tuple[str, dict[str, Any]]:
    key = _string(node, "image_key")
    _own_file(app, key, "img_")
    return "[图片]", {"image_key": key}


def _node_media(app: FeishuPlatform, node: dict[str, Any], _: _Mentions) -> tuple[str, dict[str, Any]]:
    key = _string(node, "file_key")
    _own_file(app, key, "file_")
    return "[视频]", {"file_key": key, "image_key": node.get("image_key", "")}


def _node_emotion(_: FeishuPlatform, node: dict[str, Any], __: _Mentions) -> tuple[str, dict[str, Any]]:
    emoji = _string(node, "emoji_type")
    return f"[{emoji}]", {"emoji_type": emoji}


def _node_code(_: FeishuPlatform, node: dict[str, Any], __: _Mentions) -> tuple[str, dict[str, Any]]:
    text = _string(node, "text")
    return text, {"language": str(node.get("language", "")), "text": text}


def _node_hr(_: FeishuPlatform, __: dict[str, Any], ___: _Mentions) -> tuple[str, dict[str, Any]]:
    return "---", {}


def _node_md(_: FeishuPlatform, node: dict[str, Any], mentions: _Mentions) -> tuple[str, dict[str, Any]]:
    text = _string(node, "text")
    names = [mentions.add(found[1], found[2])[1] for found in AT.finditer(text)]
    left = iter(names)
    return AT.sub(lambda _: f"@{next(left)}", text), {"text": text}


_Node = Callable[["FeishuPlatform", dict[str, Any], _Mentions], tuple[str, dict[str, Any]]]
_NODES: dict[str, _Node] = {
    "text": _node_text, "a": _node_link, "at": _node_at, "img": _node_image, "media": _node_media,
    "emotion": _node_emotion, "code_block": _node_code, "hr": _node_hr, "md": _node_md,
}  # fmt: skip


def _own_file(app: FeishuPlatform, key: str, prefix: str) -> str:
    """Only what the app uploaded itself may be sent; returns the file's kind."""
    if not key.startswith(prefix):
        raise bad(f"invalid key {key[:60]}")
    stored = app.state.files.get(key)
    if stored is None:
        raise ApiError(230017)
    return stored.kind


def _image(app: FeishuPlatform, body: dict[str, Any]) -> Content:
    key = _string(body, "image_key")
    _own_file(app, key, "img_")
    return Content(kind="image", stored=to_json({"image_key": key}), text="[图片]")


def _file(kind: str) -> Callable[[FeishuPlatform, dict[str, Any]], Content]:
    needs = {"audio": "opus", "media": "mp4"}

    def make(app: FeishuPlatform, body: dict[str, Any]) -> Content:
        key = _string(body, "file_key")
        file_type = _own_file(app, key, "file_")
        if kind in needs and file_type != needs[kind]:
            raise ApiError(230055)
        stored = {"file_key": key, "file_name": app.state.files[key].name}
        if kind == "media":
            stored["image_key"] = str(body.get("image_key", ""))
        return Content(kind=kind, stored=to_json(stored), text=f"[{stored['file_name']}]")

    return make


def _sticker(_: FeishuPlatform, body: dict[str, Any]) -> Content:
    return Content(kind="sticker", stored=to_json({"file_key": _string(body, "file_key")}), text="[表情]")


def _share_chat(app: FeishuPlatform, body: dict[str, Any]) -> Content:
    chat_id = _string(body, "chat_id")
    chat = app.town.chats["feishu"].get(chat_id)
    if chat is None and app.direct_person(chat_id) is not None:
        raise ApiError(230015)
    if chat is None:
        raise bad("invalid chat_id")
    if not chat.bot:
        raise ApiError(230002)
    return Content(kind="share_chat", stored=to_json({"chat_id": chat_id}), text=f"[群名片] {chat.name}")


def _share_user(app: FeishuPlatform, body: dict[str, Any]) -> Content:
    person = app.ids.find("open_id", _string(body, "user_id"))
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
    what = from_card(app, resolve_card(app, body))
    if body.get("type") == "card":
        what.card_id = str(body["data"]["card_id"])
    return what


def resolve_card(app: FeishuPlatform, body: dict[str, Any]) -> dict[str, Any]:
    """The card itself, whichever of the three ways names it."""
    kind, data = body.get("type"), body.get("data")
    if kind not in ("template", "card"):
        return body
    if not isinstance(data, dict):
        raise ApiError(230099, "ErrCode: 200621; ErrMsg: data is required; ")
    if kind == "card":
        stored = app.state.cards.get(str(data.get("card_id")))
        if stored is None:
            raise ApiError(230099, "ErrCode: 200740; ErrMsg: card_id does not exist; ")
        return dict(stored["card"])
    template = app.town.setting("feishu.templates").get(str(data.get("template_id")))
    if not isinstance(template, dict):
        raise ApiError(230099, "ErrCode: 200380; ErrMsg: template does not exist; ")
    return template


def from_card(app: FeishuPlatform, card: dict[str, Any]) -> Content:
    """A card as it stands in a chat."""
    found = cards.check(app, card)
    mentions = _Mentions(app)
    for who in found.mentions:
        mentions.add(who)
    text = cards.AT.sub(lambda at: f"@{mentions.add(at[2], at[3])[1]}", cards.plain_text(card))
    stored = to_json(cards.simplified(card))
    return Content(kind="interactive", stored=stored, text=text, mentions=mentions.found, card=card)


_KINDS: dict[str, Callable[[FeishuPlatform, dict[str, Any]], Content]] = {
    "text": _text, "post": _post, "image": _image, "file": _file("file"), "audio": _file("audio"),
    "media": _file("media"), "sticker": _sticker, "interactive": _interactive, "share_chat": _share_chat,
    "share_user": _share_user, "system": _system,
}  # fmt: skip
