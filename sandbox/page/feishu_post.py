"""飞书富文本 (post): paragraphs of nodes as lines of spans.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/im-v1/message/events/message_content (read 2026-11)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.model import Message
from sandbox.page import spans
from sandbox.page.cards import as_list, as_map, as_text
from sandbox.page.spans import Span

STYLES: tuple[tuple[str, spans.Kind], ...] = (
    ("bold", "bold"),
    ("lineThrough", "strike"),
    ("italic", "italic"),
)
PICTURES = {"img": "图片", "media": "视频", "emotion": "表情"}


def lines(message: Message, name_of: spans.NameOf, *, me: str) -> tuple[tuple[Span, ...], ...]:
    """The title in bold, then each paragraph; what cannot be read as a post is shown as its words."""
    try:
        post = as_map(json.loads(as_text(message.extra.get("content"))))
    except ValueError:
        post = {}
    paragraphs = as_list(post.get("content"))
    if not paragraphs:
        return (tuple(spans.of_text(message.text, message.mentions, name_of, me=me)),)
    people = {each["key"]: each["who"] for each in as_list(message.extra.get("mentions"))}
    title = as_text(post.get("title"))
    read = [_paragraph(as_list(each), people, name_of, me) for each in paragraphs]
    return ((Span(title, "bold"),), *read) if title else tuple(read)


def _paragraph(
    nodes: list[Any], people: Mapping[str, str], name_of: spans.NameOf, me: str
) -> tuple[Span, ...]:
    return tuple(span for node in nodes for span in _node(as_map(node), people, name_of, me))


def _node(
    node: Mapping[str, Any], people: Mapping[str, str], name_of: spans.NameOf, me: str
) -> tuple[Span, ...]:
    tag, text = as_text(node.get("tag")), as_text(node.get("text"))
    if tag == "at":
        who = people.get(as_text(node.get("user_id")), as_text(node.get("user_id")).removeprefix("@_"))
        name = name_of(who) or as_text(node.get("user_name")) or who
        return (Span(f"@{name}", "me" if who in (me, "all") else "at"),)
    if tag == "a":
        href = as_text(node.get("href"))
        return (Span(text or href, "link", href) if href.startswith(("https://", "http://")) else Span(text),)
    if tag in PICTURES:
        return (Span(f"〔{PICTURES[tag]}〕"),)
    if tag == "hr":
        return (Span("———"),)
    if tag == "code_block":
        return (Span(text, "code"),)
    style = as_list(node.get("style"))
    return (Span(text, next((kind for name, kind in STYLES if name in style), "text")),)
