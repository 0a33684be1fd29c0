"""卡片组件 (card elements): a card made by CardKit is changed element by element; ``sequence`` must grow.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/cardkit-v1/card-element/create and its siblings (read 2026-11).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.feishu import card_changes
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.cardkit import BASE, SCOPE, CardKit
from sandbox.feishu.errors import wrong_field

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

Change = Callable[[dict[str, Any]], None]


class CardElements:
    """Each call changes a copy, which is checked as a whole and only then shown."""

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

    def _change(self, call: Call, change: Change) -> dict[str, Any]:
        stored = self._kit.stored(call)
        card = copy.deepcopy(stored.card)
        change(card)
        self._kit.show(call, stored, card)
        return {}

    def add(self, call: Call) -> dict[str, Any]:
        """Before or after an element, or at the end: of a container, or of the card without a target."""
        where = call.option("type", card_changes.WHERE)
        target, elements = call.text("target_element_id", default=""), of_json(call, "elements", list)
        return self._change(call, lambda card: card_changes.add(card, where, target, elements))

    def replace(self, call: Call) -> dict[str, Any]:
        element = of_json(call, "element", dict)
        return self._change(
            call,
            lambda card: card_changes.replace(
                card, call.path("element_id"), element, card_changes.NOT_UPDATED
            ),
        )

    def patch(self, call: Call) -> dict[str, Any]:
        """Properties that are given are new; the tag stays."""
        part = of_json(call, "partial_element", dict)
        return self._change(call, lambda card: card_changes.patch(card, call.path("element_id"), part))

    def write(self, call: Call) -> dict[str, Any]:
        """The whole text of a text element, as a robot does that writes word by word."""
        text = call.text("content")
        return self._change(call, lambda card: card_changes.write(card, call.path("element_id"), text))

    def remove(self, call: Call) -> dict[str, Any]:
        return self._change(call, lambda card: card_changes.remove(card, call.path("element_id")))


def of_json(call: Call, key: str, kind: type) -> Any:
    """A JSON value inside a string of the body."""
    try:
        value = json.loads(call.text(key))
    except (ValueError, RecursionError):
        raise wrong_field(key, "not JSON") from None
    if not isinstance(value, kind):
        raise wrong_field(key, f"must be the JSON of a {kind.__name__}")
    return value
