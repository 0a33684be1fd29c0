"""Rarer calls of the card platform (互动卡片): further spaces, addresses for callbacks, closing a top card.

D/create-and-deliver-cards, D/register-card-callback-address, D/close-interactive-card-ceiling (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk.cards import SCOPE
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.part import Part


class CardExtras(Part):
    """On the cards that are there."""

    def clear(self) -> None:
        self.addresses: dict[str, tuple[str, str]] = {}
        """Address and secret by ``callbackRouteKey``."""

    def apis(self) -> list[Api]:
        base = "/v1.0/card"
        return [
            Api("PUT", f"{base}/instances/spaces", self.add_space, SCOPE),
            Api("POST", f"{base}/callbacks/register", self.register, SCOPE),
            Api("POST", f"{base}/tops/close", self.close_top, SCOPE, needs_body=False),
        ]

    async def add_space(self, call: Call) -> dict[str, Any]:
        """Spaces the card may be delivered to from now on."""
        self._platform.cards.add_models(self._platform.cards.card(call.body), call.body)
        return {"success": True, "result": True}

    async def register(self, call: Call) -> dict[str, Any]:
        """A key that is known keeps its address unless ``forceUpdate`` says otherwise, which is a guess."""
        key, url = call.body.text("callbackRouteKey", ""), call.body.text("callbackUrl")
        secret = call.body.text("apiSecret", "") or self._town.derive("", "card-secret", key)
        if not url.startswith(("http://", "https://")):
            raise call.body.wrong("callbackUrl", "must be an address")
        if key not in self.addresses or call.body.flag("forceUpdate", default=False):
            self.addresses[key] = (url, secret)
        url, secret = self.addresses[key]
        return {"success": True, "result": {"callbackUrl": url, "apiSecret": secret}}

    async def close_top(self, call: Call) -> dict[str, Any]:
        card = self._platform.cards.find(call.query.text("outTrackId"))
        card.tops.discard(call.query.text("openConversationId"))
        return {"success": True, "result": True}
