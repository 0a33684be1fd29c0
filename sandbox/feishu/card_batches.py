"""卡片的批量更新 (card batches): several changes of a card at once, its configuration, and the card of a message.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/cardkit-v1/card/batch_update and
…/cardkit-v1/card/settings (read 2026-11); ``id_convert`` by the vendor's models only.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.feishu import card_changes, cards
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.card_elements import of_json
from sandbox.feishu.cardkit import BASE, NO_CARD, OLD_SCHEMA, SCOPE, CardKit
from sandbox.feishu.errors import ApiError

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

BAD_PARAMETER = 10002


class CardBatches:
    """All of a batch, or nothing of it."""

    def __init__(self, app: FeishuPlatform, kit: CardKit) -> None:
        self._app = app
        self._kit = kit

    def endpoints(self) -> list[Endpoint]:
        model = "SDK api/cardkit/v1/model/"
        one = BASE + "/{card_id}"
        return [
            Endpoint(
                method="POST", path=BASE + "/id_convert", run=self.convert, source=f"{model}id_convert_card_request.py",
                scopes=SCOPE,
            ),
            Endpoint(
                method="POST", path=one + "/batch_update", run=self.batch, source=f"{model}batch_update_card_request.py",
                scopes=SCOPE,
            ),
            Endpoint(
                method="PATCH", path=one + "/settings", run=self.configure, source=f"{model}settings_card_request.py",
                scopes=SCOPE,
            ),
        ]  # fmt: skip

    def batch(self, call: Call) -> dict[str, Any]:
        actions, stored = of_json(call, "actions", list), self._kit.stored(call)
        card = copy.deepcopy(stored.card)
        for each in actions:
            params = each.get("params") if isinstance(each, dict) else None
            act = _ACTS.get(str(each.get("action"))) if isinstance(each, dict) else None
            if act is None or not isinstance(params, dict):
                raise ApiError(BAD_PARAMETER, "actions")
            act(card, params)
        self._kit.show(call, stored, card)
        return {}

    def configure(self, call: Call) -> dict[str, Any]:
        settings, stored = of_json(call, "settings", dict), self._kit.stored(call)
        card = copy.deepcopy(stored.card)
        card_changes.configure(card, settings)
        self._kit.show(call, stored, card)
        return {}

    def convert(self, call: Call) -> dict[str, Any]:
        """The card behind a message of ours; one that was sent as JSON becomes a card of CardKit from now on."""
        message = self._app.messages.own(call.text("message_id"))
        if message.card is None:
            raise ApiError(NO_CARD)
        if not message.extra.get("card_id"):
            if not cards.is_v2(message.card):
                raise ApiError(OLD_SCHEMA)
            message.extra["card_id"] = self._kit.keep(copy.deepcopy(message.card))
        return {"card_id": message.extra["card_id"]}


def _text(params: dict[str, Any], key: str, *, optional: bool = False) -> str:
    value = params.get(key, "" if optional else None)
    if not isinstance(value, str) or not (value or optional):
        raise ApiError(BAD_PARAMETER, key)
    return value


def _object(params: dict[str, Any], key: str, kind: type) -> Any:
    value = params.get(key)
    if not isinstance(value, kind):
        raise ApiError(BAD_PARAMETER, key)
    return value


def _add(card: dict[str, Any], params: dict[str, Any]) -> None:
    target = _text(params, "target_element_id", optional=True)
    card_changes.add(card, _text(params, "type"), target, _object(params, "elements", list))


def _remove(card: dict[str, Any], params: dict[str, Any]) -> None:
    for each in _object(params, "element_ids", list):
        card_changes.remove(card, str(each))


def _patch(card: dict[str, Any], params: dict[str, Any]) -> None:
    card_changes.patch(card, _text(params, "element_id"), _object(params, "partial_element", dict))


def _replace(card: dict[str, Any], params: dict[str, Any]) -> None:
    card_changes.replace(card, _text(params, "element_id"), _object(params, "element", dict))


def _configure(card: dict[str, Any], params: dict[str, Any]) -> None:
    card_changes.configure(card, params.get("settings"))


_ACTS: dict[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    "partial_update_setting": _configure,
    "add_elements": _add,
    "delete_elements": _remove,
    "partial_update_element": _patch,
    "update_element": _replace,
}
