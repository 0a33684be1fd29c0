"""Streaming cards (流式卡片): one variable of a card grows while the app is still thinking.

D/api-streamingupdate (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk.cards import STREAMING_SCOPE, Card
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part

INPUTTING, FINISHED, FAILED = "inputting", "finished", "failed"


class CardStreams(Part):
    """Each call adds, or gives the whole; the last says whether it went well."""

    def clear(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def apis(self) -> list[Api]:
        return [Api("PUT", "/v1.0/card/streaming", self.stream, STREAMING_SCOPE)]

    async def stream(self, call: Call) -> dict[str, Any]:
        """The same ``guid`` again is the same call; after an end the variable begins anew, or is refused by switch."""
        card, body = self._platform.cards.card(call.body), call.body
        guid, key, content = body.text("guid"), body.text("key"), body.text("content", "")
        whole, ends = body.flag("isFull", default=False), body.flag("isFinalize", default=False)
        fails = body.flag("isError", default=False)
        self._platform.cards.check_value(key, content)
        if (card.id, guid) in self._seen:
            return {"success": True, "result": True}
        value = content if whole or self._begins(card, key) else card.values.get(key, "") + content
        self._seen.add((card.id, guid))
        card.streaming[key] = FAILED if fails else FINISHED if ends else INPUTTING
        self._platform.cards.apply(card, {key: value}, {}, Params({"updateCardDataByKey": True}, call.host))
        return {"success": True, "result": True}

    def _begins(self, card: Card, key: str) -> bool:
        has_ended = card.streaming.get(key) in (FINISHED, FAILED)
        if has_ended and self._town.setting("dingtalk.streams_end_for_good"):
            raise NewError("param.streamingFinished", "流式更新已结束")
        return has_ended
