"""卡片的改动 (card changes): what one operation does to the JSON of a card; each raises its own code if it cannot.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/cardkit-v1/card/batch_update (read 2026-11)
"""

from __future__ import annotations

from typing import Any

from sandbox.feishu.errors import ApiError

WHERE = ("insert_before", "insert_after", "append")
TAG_CHANGED, NOT_UPDATED, NOT_DELETED, NOT_ADDED = 300312, 300313, 300314, 300315
NOT_REPLACED, NOT_CONFIGURED = 300121, 300122
NOT_STREAMING, ONLY_TEXT = 300309, 300310


def add(card: dict[str, Any], where: str, target: str, elements: list[Any]) -> None:
    if where not in WHERE:
        raise ApiError(NOT_ADDED, "type")
    if where == "append" and not target:
        card["body"]["elements"].extend(elements)
        return
    place, at = _place(card, target, NOT_ADDED)
    if where == "append":
        inside = place[at].setdefault("elements", [])
        if not isinstance(inside, list):
            raise ApiError(NOT_ADDED, "the element is no container")
        inside.extend(elements)
        return
    at += where == "insert_after"
    place[at:at] = elements


def replace(card: dict[str, Any], element_id: str, element: dict[str, Any], code: int = NOT_REPLACED) -> None:
    place, at = _place(card, element_id, code)
    place[at] = element


def patch(card: dict[str, Any], element_id: str, part: dict[str, Any]) -> None:
    place, at = _place(card, element_id, NOT_UPDATED)
    if part.get("tag", place[at]["tag"]) != place[at]["tag"]:
        raise ApiError(TAG_CHANGED)
    place[at] = {**place[at], **part}


def write(card: dict[str, Any], element_id: str, text: str) -> None:
    """Word by word, as long as the card streams."""
    if card.get("config", {}).get("streaming_mode") is not True:
        raise ApiError(NOT_STREAMING)
    place, at = _place(card, element_id, NOT_UPDATED)
    element = place[at]
    if element["tag"] not in ("markdown", "plain_text"):
        raise ApiError(ONLY_TEXT)
    element["content"] = text


def remove(card: dict[str, Any], element_id: str) -> None:
    place, at = _place(card, element_id, NOT_DELETED)
    del place[at]


def configure(card: dict[str, Any], settings: Any) -> None:
    """``config`` is changed key by key, ``card_link`` as a whole; nothing else may be named."""
    if not isinstance(settings, dict) or not settings or not set(settings) <= {"config", "card_link"}:
        raise ApiError(NOT_CONFIGURED, "only config and card_link")
    config, link = settings.get("config", {}), settings.get("card_link", {})
    if not isinstance(config, dict) or not isinstance(link, dict):
        raise ApiError(NOT_CONFIGURED, "config and card_link are objects")
    if config:
        card["config"] = {**card.get("config", {}), **config}
    if link:
        card["card_link"] = link


def _place(card: dict[str, Any], element_id: str, code: int) -> tuple[list[Any], int]:
    """A list of the card and the position in it; raises ``code`` if the card has no such element."""
    left: list[Any] = [card.get("body")]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            left.extend(node.values())
        elif isinstance(node, list):
            for at, each in enumerate(node):
                if isinstance(each, dict) and "tag" in each and each.get("element_id") == element_id:
                    return node, at
            left.extend(node)
    raise ApiError(code, f"element_id {element_id[:40]}")
