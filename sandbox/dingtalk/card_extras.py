"""Rarer calls of the card platform (互动卡片): streaming, further spaces, HTTP callbacks, closing a top card.

D/api-streamingupdate, D/register-card-callback-address, D/close-interactive-card-ceiling (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk.cards import SCOPE, STREAMING_SCOPE
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part


class CardExtras(Part):
    """On the cards that are there."""

    def apis(self) -> list[Api]:
        base = "/v1.0/card"
        return [
            Api("PUT", f"{base}/instances/spaces", self.add_space, SCOPE),
            Api("PUT", f"{base}/streaming", self.stream, STREAMING_SCOPE),
            Api("POST", f"{base}/callbacks/register", self.register, SCOPE),
            Api("POST", f"{base}/tops/close", self.close_top, SCOPE, needs_body=False),
        ]

    async def add_space(self, call: Call) -> dict[str, Any]:
        self._platform.cards.card(call.body)
        return {"success": True, "result": True}

    async def stream(self, call: Call) -> dict[str, Any]:
        """AI streaming: one variable grows. D/api-streamingupdate."""
        card = self._platform.cards.card(call.body)
        call.body.text("guid")
        key, content = call.body.text("key"), call.body.text("content", "")
        self._platform.cards.check_value(key, content)
        whole = call.body.flag("isFull", default=False)
        value = content if whole else card.values.get(key, "") + content
        self._platform.cards.apply(card, {key: value}, {}, Params({"updateCardDataByKey": True}, call.host))
        return {"success": True, "result": True}

    async def register(self, call: Call) -> dict[str, Any]:
        """HTTP callbacks are not simulated; the address is taken all the same."""
        call.body.text("callbackRouteKey", "")
        call.body.text("callbackUrl")
        return {"success": True, "result": {"callbackUrl": call.body.text("callbackUrl"), "apiSecret": ""}}

    async def close_top(self, call: Call) -> dict[str, Any]:
        card = self._platform.cards.find(call.query.text("outTrackId"))
        card.tops.discard(call.query.text("openConversationId"))
        return {"success": True, "result": True}
