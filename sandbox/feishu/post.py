"""富文本 (post): titles and paragraphs of nodes.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/im-v1/message/create_json (read 2026-11)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.feishu.errors import ApiError
from sandbox.feishu.mentions import AT, Mentions, bad

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

LANGUAGES = frozenset({"zh_cn", "en_us", "ja_jp", "zh_hk", "zh_tw"})
ALONE = frozenset({"img", "media", "md"})
"""Tags that must be alone in their paragraph."""
STYLES = frozenset({"bold", "underline", "lineThrough", "italic"})


def own_file(app: FeishuPlatform, key: str, prefix: str) -> str:
    """Only what the app uploaded itself may be sent; returns the file's kind."""
    if not key.startswith(prefix):
        raise bad(f"invalid key {key[:60]}")
    stored = app.state.files.get(key)
    if stored is None or stored.by_person:
        raise ApiError(230017)
    return stored.kind


def string(node: dict[str, Any], key: str, *, empty: bool = False) -> str:
    value = node.get(key)
    if not isinstance(value, str) or not (value or empty):
        raise bad(f"{key} is required in {node.get('tag')}")
    return value


def prepare(app: FeishuPlatform, body: dict[str, Any]) -> tuple[dict[str, Any], str, list[dict[str, str]]]:
    """What is stored, what people read, and who is mentioned."""
    if not body or not set(body) <= LANGUAGES:
        raise bad(f"post needs at least one language of {sorted(LANGUAGES)}")
    for language, page in body.items():
        if not isinstance(page, dict) or not isinstance(page.get("content"), list):
            raise bad(f"{language}.content must be a list of paragraphs")
    page = body.get("zh_cn") or next(iter(body.values()))
    title = page.get("title", "")
    if not isinstance(title, str):
        raise bad("title must be a string")
    mentions, lines, paragraphs = Mentions(app), [title] if title else [], []
    for paragraph in page["content"]:
        shown, kept = _paragraph(app, paragraph, mentions)
        lines.append(shown)
        paragraphs.append(kept)
    return {"title": title, "content": paragraphs}, "\n".join(lines), mentions.found


def _paragraph(app: FeishuPlatform, paragraph: Any, mentions: Mentions) -> tuple[str, list[dict[str, Any]]]:
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


def _styles(node: dict[str, Any]) -> list[str]:
    style = node.get("style", [])
    if not isinstance(style, list) or not all(isinstance(each, str) and each in STYLES for each in style):
        raise bad("invalid style")
    return list(style)


def _node_text(_: FeishuPlatform, node: dict[str, Any], __: Mentions) -> tuple[str, dict[str, Any]]:
    text = string(node, "text", empty=True)
    return text, {"text": text, "style": _styles(node)}


def _node_link(_: FeishuPlatform, node: dict[str, Any], __: Mentions) -> tuple[str, dict[str, Any]]:
    text, href = string(node, "text"), string(node, "href")
    return text, {"href": href, "text": text, "style": _styles(node)}


def _node_at(_: FeishuPlatform, node: dict[str, Any], mentions: Mentions) -> tuple[str, dict[str, Any]]:
    key, name = mentions.add(string(node, "user_id"))
    return f"@{name}", {"user_id": key, "user_name": name, "style": _styles(node)}


def _node_image(app: FeishuPlatform, node: dict[str, Any], _: Mentions) -> tuple[str, dict[str, Any]]:
    key = string(node, "image_key")
    own_file(app, key, "img_")
    return "[图片]", {"image_key": key}


def _node_media(app: FeishuPlatform, node: dict[str, Any], _: Mentions) -> tuple[str, dict[str, Any]]:
    key = string(node, "file_key")
    own_file(app, key, "file_")
    return "[视频]", {"file_key": key, "image_key": node.get("image_key", "")}


def _node_emotion(_: FeishuPlatform, node: dict[str, Any], __: Mentions) -> tuple[str, dict[str, Any]]:
    emoji = string(node, "emoji_type")
    return f"[{emoji}]", {"emoji_type": emoji}


def _node_code(_: FeishuPlatform, node: dict[str, Any], __: Mentions) -> tuple[str, dict[str, Any]]:
    text = string(node, "text")
    return text, {"language": str(node.get("language", "")), "text": text}


def _node_hr(_: FeishuPlatform, __: dict[str, Any], ___: Mentions) -> tuple[str, dict[str, Any]]:
    return "---", {}


def _node_md(_: FeishuPlatform, node: dict[str, Any], mentions: Mentions) -> tuple[str, dict[str, Any]]:
    text = string(node, "text")
    names = [mentions.add(found[1], found[2])[1] for found in AT.finditer(text)]
    left = iter(names)
    return AT.sub(lambda _: f"@{next(left)}", text), {"text": text}


_Node = Callable[["FeishuPlatform", dict[str, Any], Mentions], tuple[str, dict[str, Any]]]
_NODES: dict[str, _Node] = {
    "text": _node_text, "a": _node_link, "at": _node_at, "img": _node_image, "media": _node_media,
    "emotion": _node_emotion, "code_block": _node_code, "hr": _node_hr, "md": _node_md,
}  # fmt: skip
