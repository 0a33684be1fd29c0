"""卡片组件 (card elements): a card made by CardKit is changed element by element; ``sequence`` must grow.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/cardkit-v1/card/batch_update (read 2026-11) and the
vendor's models: SDK api/cardkit/v1/model/update_card_element_request.py and its siblings.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.cardkit import BASE, SCOPE, CardKit
from sandbox.feishu.errors import ApiError, wrong_field

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

NO_ELEMENT = 300313
WHERE = ("insert_before", "insert_after", "append")
Place = tuple[list[Any], int]
"""A list of the card and the position in it."""


class CardElements:
    """Each call changes a copy, checks it as a whole, and only then shows it."""

    def __init__(self, app: FeishuPlatform, kit: CardKit) -> None:
        self._app = app
        self._kit = kit

    def endpoints(self) -> list[Endpoint]:
        many, model = BASE + "/{card_id}/elements", "SDK api/cardkit/v1/model/"
        one = many + "/{element_id}"
        calls: tuple[tuple[str, str, Callable[[Call], dict[str, Any]], str], ...] = (
            ("POST", many, self.add, "create"), ("PUT", one, self.replace, "update"),
            ("PATCH", one, self.patch, "patch"), ("PUT", one + "/content", self.write, "content"),
            ("DELETE", one, self.remove, "delete"),
        )  # fmt: skip
        return [
            Endpoint(
                method=method,
                path=path,
                run=run,
                source=f"{model}{name}_card_element_request.py",
                scopes=SCOPE,
            )
            for method, path, run, name in calls
        ]

    def _change(self, call: Call, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        stored, sequence = self._kit.stored(call)
        card = copy.deepcopy(stored["card"])
        change(card)
        self._kit.show(call.path("card_id"), card, sequence)
        return {}

    def add(self, call: Call) -> dict[str, Any]:
        """Before or after an element, or at the end: of a container, or of the card without a target."""
        where, target = call.option("type", WHERE), call.text("target_element_id", default="")
        elements = _json(call, "elements", list)

        def change(card: dict[str, Any]) -> None:
            if where == "append" and not target:
                card["body"]["elements"].extend(elements)
                return
            place, at = _place(card, target)
            if where == "append":
                inside = place[at].setdefault("elements", [])
                if not isinstance(inside, list):
                    raise ApiError(NO_ELEMENT)
                inside.extend(elements)
                return
            at += where == "insert_after"
            place[at:at] = elements

        return self._change(call, change)

    def replace(self, call: Call) -> dict[str, Any]:
        element = _json(call, "element", dict)

        def change(card: dict[str, Any]) -> None:
            place, at = _place(card, call.path("element_id"))
            place[at] = element

        return self._change(call, change)

    def patch(self, call: Call) -> dict[str, Any]:
        """Properties that are given are new; the tag stays."""
        part = _json(call, "partial_element", dict)

        def change(card: dict[str, Any]) -> None:
            place, at = _place(card, call.path("element_id"))
            place[at] = {**place[at], **part, "tag": place[at].get("tag")}

        return self._change(call, change)

    def write(self, call: Call) -> dict[str, Any]:
        """The whole text of a text element, as a robot does that writes word by word."""
        text = call.text("content")

        def change(card: dict[str, Any]) -> None:
            place, at = _place(card, call.path("element_id"))
            element = place[at]
            if element.get("tag") not in ("markdown", "plain_text"):
                raise wrong_field("element_id", "the element has no text", element.get("tag"))
            element["content"] = text

        return self._change(call, change)

    def remove(self, call: Call) -> dict[str, Any]:
        def change(card: dict[str, Any]) -> None:
            place, at = _place(card, call.path("element_id"))
            del place[at]

        return self._change(call, change)


def _json(call: Call, key: str, kind: type) -> Any:
    try:
        value = json.loads(call.text(key))
    except (ValueError, RecursionError):
        raise wrong_field(key, "not JSON") from None
    if not isinstance(value, kind):
        raise wrong_field(key, f"must be the JSON of a {kind.__name__}")
    return value


def _place(card: dict[str, Any], element_id: str) -> Place:
    """Raises ``ApiError`` if the card has no such element."""
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
    raise ApiError(NO_ELEMENT)
