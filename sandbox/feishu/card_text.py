"""卡片上的字 (card text): what people read of a card, and the form in which the API shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

AT = re.compile(r"<at\s+(id|ids|email|user_id)\s*=\s*[\"']?([^\"'>\s]+)[\"']?\s*>(.*?)</at>", re.DOTALL)

MARKDOWN = ("markdown", "lark_md")


def is_v2(card: dict[str, Any]) -> bool:
    return card.get("schema") == "2.0"


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a card that has a tag, in order, without recursion."""
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            if "tag" in each:
                yield each
            stack.extend(reversed(list(each.values())))
        elif isinstance(each, list):
            stack.extend(reversed(each))


def _content(node: Any) -> str:
    text = node.get("content") if isinstance(node, dict) else ""
    return text if isinstance(text, str) else ""


def plain_text(card: dict[str, Any], mark_down: Callable[[str], str] = str) -> str:
    """What a person reads of a card: title, texts and labels, a line each.

    Args:
        mark_down: how a client shows markdown; in every other text an ``<at>`` is letters.
    """
    lines, skipped = [], set()
    for node in nodes(card):
        tag = node.get("tag")
        if (
            tag in ("plain_text", "markdown", "lark_md", "text")
            and id(node) not in skipped
            and _content(node)
        ):
            lines.append(mark_down(_content(node)) if tag in MARKDOWN else _content(node))
        if tag in ("button", "input", "select_static", "multi_select_static", "overflow", "checker"):
            skipped |= {id(each) for each in nodes(node) if each is not node and tag != "checker"}
        if isinstance(node.get("confirm"), dict):
            skipped |= {id(each) for each in nodes(node["confirm"])}
    return "\n".join(lines)


def simplified(card: dict[str, Any]) -> dict[str, Any]:
    """The form in which events and the history show a card, which is not the one that was sent."""
    header = card.get("header")
    title = _content(header.get("title")) if isinstance(header, dict) else ""
    body = card.get("body") if is_v2(card) else card
    elements = body.get("elements") if isinstance(body, dict) else []
    lines: list[list[dict[str, Any]]] = []
    for node in nodes(elements):
        tag = node.get("tag")
        if tag == "button":
            text = _content(node.get("text"))
            lines.append([{"tag": "button", "text": text, "type": str(node.get("type", "default"))}])
        elif tag in ("markdown", "lark_md", "text"):
            lines.append([{"tag": "text", "text": _content(node)}])
    return {"title": title, "elements": lines}
