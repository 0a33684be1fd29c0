"""Presses (回传请求): a person presses a button of a card, the app answers within two seconds or not at all.

D/event-callback-card (read 2026-11): never pushed again; a later answer is ignored.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from sandbox.dingtalk import card_face, errors, frames, http_calls, quota
from sandbox.dingtalk.cards import Card
from sandbox.dingtalk.door import dumps
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.frames import Delivery
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.robot import TALK
from sandbox.model import Message, Person
from sandbox.platform import Refused

log = logging.getLogger(__name__)

ANSWER_S = 2.0
FAILED = "操作失败，请稍后重试"
"""What the person reads when no answer came."""


class Presses(Part):
    """From a button to the app and back onto the card."""

    def buttons(self, message: Message, person: str = "") -> list[tuple[str, str, str]]:
        """Component, action and label, as this person (``""``: everybody) sees them."""
        card = self._platform.cards.of(message)
        if card is None or message.recalled:
            return []
        return card_face.buttons({**card.values, **card.private.get(person, {})})

    async def press(
        self, person: Person, message: Message, action: str, values: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Raises ``Refused`` if the person sees no such button."""
        card = self._platform.cards.of(message)
        if card is None or message.recalled:
            raise Refused("没有可以点击的卡片")
        if not self._platform.sees(person, message):
            raise Refused(f"{person.name} 看不到这张卡片")
        known = {each: component for component, each, _ in self.buttons(message, person.id)}
        if action not in known and card.template == self._platform.card_template:
            raise Refused("卡片上没有这个按钮")
        answered = await self._ask(
            person, message, card, known.get(action, action), action, dict(values or {})
        )
        shown: dict[str, Any] = {"card": self._platform.cards.view(card, person.id)}
        return shown if answered else {"toast": FAILED, **shown}

    async def _ask(
        self,
        person: Person,
        message: Message,
        card: Card,
        component: str,
        action: str,
        values: dict[str, Any],
    ) -> bool:
        if not self._is_paid():
            return False
        data = self._payload(person, message, card, component, {**values, card_face.PARAMETER: action})
        if card.callback == "HTTP":
            return await self._ask_by_http(person, card, data)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        delivery = Delivery(
            "CALLBACK", frames.CARD, {"appId": self._platform.unified_app_id}, data, answer=answer
        )
        self._platform.line.push(delivery)
        try:
            async with asyncio.timeout(ANSWER_S):
                response = await answer
        except TimeoutError:
            return False
        finally:
            self._platform.line.forget(delivery)
        return delivery.is_answered and self._apply(card, person, response)

    async def _ask_by_http(self, person: Person, card: Card, data: dict[str, Any]) -> bool:
        """To the address of the card's ``callbackRouteKey``, signed with its secret; the answer is the body itself."""
        url, secret = self._platform.card_extras.addresses.get(card.route_key, ("", ""))
        if not url:
            return False
        stamp = str(self._town.clock.now_ms())
        headers = {
            "x-ddpaas-signature-timestamp": stamp, "x-ddpaas-signature": http_calls.sign(secret, stamp)
        }  # fmt: skip
        said = await self._platform.http_calls.post(url, data, headers, frames.CARD, ANSWER_S)
        return said is not None and self._apply(card, person, said)

    def _is_paid(self) -> bool:
        counts = self._town.setting("dingtalk.presses_count")
        return not counts or self._platform.quota.take(quota.PUSHES)

    def _payload(
        self, person: Person, message: Message, card: Card, component: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        ids = self._platform.ids
        chat = self._town.chats["dingtalk"].get(message.chat or "")
        space = (
            ("IM_SINGLE" if chat.kind == TALK else "IM_GROUP", chat.id) if chat else ("IM_ROBOT", person.id)
        )
        content = {"cardPrivateData": {"actionIds": [component], "params": params}}
        return {
            "type": "actionCallback", "outTrackId": card.id, "corpId": self._platform.corp_id,
            "userId": ids.union_id(person.id) if card.by_union else person.id,
            "userIdType": 2 if card.by_union else 1, "spaceType": space[0], "spaceId": space[1],
            "extension": "{}", "content": dumps(content),
        }  # fmt: skip

    def _apply(self, card: Card, person: Person, response: Any) -> bool:
        """An empty answer changes nothing; one that cannot be read is as none."""
        if not isinstance(response, dict):
            return response is None
        body, cards = Params(response, errors.NEW), self._platform.cards
        try:
            options = body.object("cardUpdateOptions", {})
            public = body.object("cardData", {}).object("cardParamMap", {}).values
            own = body.object("userPrivateData", {}).object("cardParamMap", {}).values
            private = {person.id: cards.checked(own)} if body.has("userPrivateData") else {}
            if not body.has("cardData"):
                options = Params({**options.values, "updateCardDataByKey": True}, errors.NEW)
            cards.apply(card, cards.checked(public), private, options)
        except NewError as error:
            log.info("a card's answer was refused", extra={"code": error.code, "reason": error.message})
            return False
        return True
