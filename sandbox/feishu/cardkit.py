"""卡片实体 (CardKit): cards that are made first and sent by their id.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/cardkit-v1/card/batch_update (read 2026-11)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sandbox.feishu import cards, content
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.errors import ApiError, wrong_field

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

BASE = "/open-apis/cardkit/v1/cards"
SCOPE = (("cardkit:card:write",),)


class CardKit:
    """Create and replace a card as a whole."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        source = "SDK api/cardkit/v1/model/create_card_request.py"
        return [
            Endpoint(method="POST", path=BASE, run=self.create, source=source, scopes=SCOPE),
            Endpoint(method="PUT", path=BASE + "/{card_id}", run=self.update, source=source, scopes=SCOPE),
        ]

    def _card(self, kind: Any, data: Any) -> dict[str, Any]:
        if kind != "card_json" or not isinstance(data, str):
            raise wrong_field("data", "type must be card_json and data a JSON string", kind)
        try:
            card = json.loads(data)
        except (ValueError, RecursionError):
            raise wrong_field("data", "not JSON") from None
        if not isinstance(card, dict) or not cards.is_v2(card):
            raise ApiError(300302, "only cards of schema 2.0")
        cards.check(self._app, card)
        return card

    def create(self, call: Call) -> dict[str, Any]:
        card = self._card(call.body.get("type"), call.body.get("data"))
        card_id = self._town.digits(19, "card", self._town.new_id("", "cardkit"))
        self._app.state.cards[card_id] = {"card": card, "sequence": 0}
        return {"card_id": card_id}

    def update(self, call: Call) -> dict[str, Any]:
        """``sequence`` must grow; the messages that show the card change with it."""
        wanted = call.object("card")
        _, sequence = self.stored(call)
        self.show(
            call.path("card_id"), self._card(wanted.get("type"), wanted.get("data")), sequence, checked=True
        )
        return {}

    def stored(self, call: Call) -> tuple[dict[str, Any], int]:
        """The card that is to change and the new sequence number; raises ``ApiError`` for one that does not grow."""
        sequence = call.body.get("sequence")
        if not isinstance(sequence, int) or isinstance(sequence, bool):
            raise wrong_field("sequence", "sequence is required", sequence)
        stored = self._app.state.cards.get(call.path("card_id"))
        if stored is None:
            raise ApiError(300301, "card_id does not exist")
        if sequence <= stored["sequence"]:
            raise ApiError(300317)
        return stored, sequence

    def show(self, card_id: str, card: dict[str, Any], sequence: int, *, checked: bool = False) -> None:
        """The messages that show the card change with it."""
        if not checked:
            cards.check(self._app, card)
        self._app.state.cards[card_id] = {"card": card, "sequence": sequence}
        for message in self._town.messages_in("feishu"):
            if message.extra.get("card_id") == card_id and not message.recalled:
                self._app.messages.replace(message, content.from_card(self._app, card))
