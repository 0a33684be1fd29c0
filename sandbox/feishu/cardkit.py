"""卡片实体 (CardKit): cards that are made first and sent by their id.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/cardkit-v1/card/create (read 2026-11)
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.feishu import card_ways, cards, content
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.errors import ApiError, code_of_card, wrong_field
from sandbox.feishu.state import KitCard

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

BASE = "/open-apis/cardkit/v1/cards"
SCOPE = (("cardkit:card:write",),)
LIVES = timedelta(days=14)
LONGEST_UUID, LARGEST_SEQUENCE = 64, 2**31 - 1
NO_CARD, EXPIRED, UUID_CONFLICT, PRESSED, NOT_MADE, TOO_LARGE = 200740, 200750, 200770, 200810, 200220, 200860
TWICE, NOT_SHARED, OLD_SCHEMA, TOO_MANY, NOT_GROWN = 300301, 300302, 300303, 300305, 300317


class CardKit:
    """Create and replace a card as a whole; what changes a part of it comes through ``change`` as well."""

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
        if kind not in ("card_json", "template") or not isinstance(data, str):
            raise wrong_field("data", "type must be card_json or template, and data a JSON string", kind)
        try:
            card = json.loads(data)
        except (ValueError, RecursionError):
            raise ApiError(NOT_MADE, "data is not JSON") from None
        if kind == "template":
            card = self._of_template(card)
        if not isinstance(card, dict) or not cards.is_v2(card):
            raise ApiError(OLD_SCHEMA)
        self._check(card)
        return card

    def _of_template(self, data: Any) -> dict[str, Any]:
        """The card behind a template with its variables filled in; only making a card takes one."""
        try:
            return card_ways.resolve(self._app, {"type": "template", "data": data})
        except ApiError as error:
            raise ApiError(NOT_MADE, error.ext) from error

    def _check(self, card: dict[str, Any]) -> None:
        """As for a card that is sent, but with this area's own codes."""
        config = card.get("config")
        if isinstance(config, dict) and config.get("update_multi") is False:
            raise ApiError(NOT_SHARED)
        try:
            cards.check(self._app, card)
        except ApiError as error:
            if "element_id must be a unique" in error.ext:
                raise ApiError(TWICE) from error
            code = {11310: TOO_MANY, TOO_LARGE: TOO_LARGE}.get(code_of_card(error), NOT_MADE)
            raise ApiError(code, error.ext) from error

    def create(self, call: Call) -> dict[str, Any]:
        card = self._card(call.body.get("type"), call.body.get("data"))
        return {"card_id": self.keep(card)}

    def keep(self, card: dict[str, Any]) -> str:
        """A new card's number."""
        card_id = self._town.digits(19, "card", self._town.new_id("", "cardkit"))
        self._app.state.cards[card_id] = KitCard(card=card, made_at=self._town.clock.now())
        return card_id

    def update(self, call: Call) -> dict[str, Any]:
        """``sequence`` must grow; the messages that show the card change with it."""
        wanted, stored = call.object("card"), self.stored(call)
        if wanted.get("type") != "card_json":
            raise wrong_field("card.type", "options: [card_json]", wanted.get("type"))
        self.show(call, stored, self._card(wanted["type"], wanted.get("data")))
        return {}

    def stored(self, call: Call) -> KitCard:
        """The card that is to change; raises for one that is gone, a uuid used before, a number that does not grow."""
        sequence, uuid = call.body.get("sequence"), call.text("uuid", default="", longest=LONGEST_UUID)
        if (
            not isinstance(sequence, int)
            or isinstance(sequence, bool)
            or not 1 <= sequence <= LARGEST_SEQUENCE
        ):
            raise wrong_field("sequence", "sequence is required", sequence)
        stored = self._app.state.cards.get(call.path("card_id"))
        if stored is None:
            raise ApiError(NO_CARD)
        if self._town.clock.now() - stored.made_at > LIVES:
            raise ApiError(EXPIRED)
        if stored.presses:
            raise ApiError(PRESSED)
        if uuid and uuid in stored.uuids:
            raise ApiError(UUID_CONFLICT)
        if sequence <= stored.sequence:
            raise ApiError(NOT_GROWN)
        return stored

    def show(self, call: Call, stored: KitCard, card: dict[str, Any]) -> None:
        """Keep it, and change the messages that show it."""
        self._check(card)
        stored.card, stored.sequence = card, call.body["sequence"]
        stored.uuids.add(call.text("uuid", default=""))
        for message in self._town.messages_in("feishu"):
            if message.extra.get("card_id") == call.path("card_id") and not message.recalled:
                self._app.messages.replace(message, content.from_card(self._app, card))
