"""Words in and out of a Feishu message (飞书正文): mentions as values, never as typed text; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.errors import Undecodable
from adapters.feishu.cards import mention_id
from adapters.feishu.wire import Mention, ReceivedMessage
from adapters.unseen import clean
from policies.effects import SendText

_KEY = re.compile(r"@_user_[0-9]+|@_all(?![0-9A-Za-z_])")
_US = "\x00"
"""Stands where the bot was mentioned, until the blanks around it are settled."""

_ALL = "@_all"

PLACEHOLDERS: Mapping[str, str] = {
    "image": "〔图片〕",
    "file": "〔文件〕",
    "folder": "〔文件夹〕",
    "audio": "〔语音〕",
    "media": "〔视频〕",
    "sticker": "〔表情〕",
    "interactive": "〔卡片〕",
    "share_chat": "〔群名片〕",
    "share_user": "〔个人名片〕",
    "merge_forward": "〔合并转发〕",
    "location": "〔位置〕",
    "system": "〔系统消息〕",
}
_OTHER = "〔其他消息〕"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenText:
    """``mentioned``: open_ids in the order of the text, without the bot."""

    text: str
    mentioned: tuple[str, ...] = ()
    mentions_all: bool = False
    mentions_bot: bool = False


# ── In ────────────────────────────────────────────────────────────────────────────────────────────


def read_text(message: ReceivedMessage, *, bot_open_id: str) -> SeenText:
    """The words of a received message; raises ``Undecodable`` where ``content`` is not what its type promises."""
    mentions = {mention.key: mention for mention in message.mentions or ()}
    raw = _words(message).replace(_US, "")
    seen = _Seen(mentions, bot_open_id)
    text = _KEY.sub(seen.shown, raw)
    for key in mentions:  # a mention that stands nowhere in the text counts too
        seen.note(key)
    return SeenText(
        text=_tidy(text),
        mentioned=tuple(dict.fromkeys(seen.people)),
        mentions_all=seen.all,
        mentions_bot=seen.bot,
    )


class _Seen:
    def __init__(self, mentions: Mapping[str, Mention], bot_open_id: str) -> None:
        self._mentions = mentions
        self._bot_open_id = bot_open_id
        self._noted: set[str] = set()
        self.people: list[str] = []
        self.all = False
        self.bot = False

    def shown(self, match: re.Match[str]) -> str:
        """The key as a reader should see it; what only looks like a key stays."""
        key = match.group()
        mention = self._mentions.get(key)
        self.note(key)
        if key == _ALL or (mention is not None and mention.id.open_id == "all"):
            return "@所有人"
        if mention is None:
            return key
        return _US if self._is_us(mention) else f"@{' '.join(clean(mention.name).split())}"

    def note(self, key: str) -> None:
        if key in self._noted:
            return
        self._noted.add(key)
        mention = self._mentions.get(key)
        if key == _ALL or (mention is not None and mention.id.open_id == "all"):
            self.all = True
        elif mention is None:
            return
        elif self._is_us(mention):
            self.bot = True
        elif mention.id.open_id and mention.mentioned_type != "bot":
            self.people.append(mention.id.open_id)

    def _is_us(self, mention: Mention) -> bool:
        if self._bot_open_id:
            return mention.id.open_id == self._bot_open_id
        return mention.mentioned_type == "bot"


def _words(message: ReceivedMessage) -> str:
    content = _content(message)
    match message.message_type:
        case "text":
            return _required(content, "text")
        case "post":
            return _post(content)
        case "file":
            name = content.get("file_name")
            return f"{PLACEHOLDERS['file']}{name}" if isinstance(name, str) else PLACEHOLDERS["file"]
        case other:
            return PLACEHOLDERS.get(other, _OTHER)


def _content(message: ReceivedMessage) -> dict[str, Any]:
    """``content`` is JSON inside a text; some of the rarer types have none."""
    if message.message_type not in ("text", "post", "file"):
        return {}
    try:
        content = json.loads(message.content)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Undecodable("content is not a JSON object", call=f"message/{message.message_type}")
    return content


def _required(content: Mapping[str, Any], key: str) -> str:
    value = content.get(key)
    if not isinstance(value, str):
        raise Undecodable(f"content has no {key}", call="message/text")
    return value


def _post(content: Mapping[str, Any]) -> str:
    """Title and paragraphs, a line each."""
    paragraphs = content.get("content")
    if not isinstance(paragraphs, list):
        raise Undecodable("content has no paragraphs", call="message/post")
    title = content.get("title")
    lines = [title] if isinstance(title, str) and title else []
    for paragraph in paragraphs:
        nodes = paragraph if isinstance(paragraph, list) else []
        lines.append("".join(_node(node) for node in nodes if isinstance(node, dict)))
    return "\n".join(lines)


def _node(node: Mapping[str, Any]) -> str:
    text, tag = node.get("text"), node.get("tag")
    words = text if isinstance(text, str) else ""
    match tag:
        case "a":
            return f"[{words}]({node.get('href', '')})"
        case "at":
            return str(node.get("user_id", ""))
        case "img":
            return PLACEHOLDERS["image"]
        case "media":
            return PLACEHOLDERS["media"]
        case "emotion":
            return f"[{node.get('emoji_type', '')}]"
        case _:
            return words


def _tidy(text: str) -> str:
    """Where the bot's own mention stood, its blanks go too; between words one stays."""
    text = re.sub(rf"[ \t]*{_US}[ \t]*", _US, text)
    text = re.sub(rf"(?m)^{_US}+|{_US}+$", "", text)
    return re.sub(rf"{_US}+", " ", text).strip()


# ── Out ───────────────────────────────────────────────────────────────────────────────────────────


def encode_post(effect: SendText) -> dict[str, Any]:
    """``content`` of a ``post``: mentions as nodes in front, then a paragraph for each line.

    A ``text`` message would turn a typed ``<at user_id="all">`` into a mention; a text node of a post stays text
    (im-v1/message/create_json, read 2026-11).
    """
    lines = [_paragraph(line) for line in clean(effect.text).split("\n")]
    mentions = _at_nodes(mention_id(mention) for mention in effect.mentions)
    if mentions:
        lines = [[*mentions, *lines[0]], *lines[1:]]
    return {"zh_cn": {"content": lines}}


def post_words(content: Mapping[str, Any]) -> str:
    """The plain words of a post, ours or one from the history, for comparing; mentions left out."""
    body = content.get("zh_cn", content)
    paragraphs: Sequence[Any] = body.get("content") or () if isinstance(body, dict) else ()
    texts = (
        "".join(
            str(node.get("text", ""))
            for node in paragraph
            if isinstance(node, dict) and node.get("tag") != "at"
        )
        for paragraph in paragraphs
        if isinstance(paragraph, list)
    )
    return "\n".join(text.strip() for text in texts)


def _at_nodes(ids: Iterable[str]) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    for one in ids:
        nodes.extend(({"tag": "at", "user_id": one}, {"tag": "text", "text": " "}))
    return nodes


def _paragraph(line: str) -> list[dict[str, Any]]:
    """An empty line keeps a blank: whether an empty text node is accepted is not said anywhere (guess: no)."""
    return [{"tag": "text", "text": line or " "}]
