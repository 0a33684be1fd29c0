"""转发 (forwarding): a person puts a message that they see into another chat.

A card goes on only if its space was given ``supportForward``; it is the same card there, with its buttons and all
later changes. Of what it cannot read the robot gets ``unknownMsgType``. D/createanddeliver, D/receive-message.
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk.incoming import KINDS
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.robot import TALK
from sandbox.model import BOT, Message, Person
from sandbox.platform import Refused


class Forwarding(Part):
    """From one chat to another."""

    async def forward(self, person: Person, message: Message, to: str) -> str:
        """The new message's id. Raises ``Refused``."""
        platform = self._platform
        if message.recalled or (message.sender != person.id and not platform.sees(person, message)):
            raise Refused(f"{person.name} 看不到这条消息")
        card = platform.cards.of(message)
        if message.card is not None and (card is None or self._space(message) not in card.forwards):
            raise Refused("这张卡片不支持转发")
        if message.kind == "text":
            return await platform.say(person, to, message.text)
        if to == BOT and (message.sender == BOT or message.kind not in KINDS):
            return await platform.send(person, to, "unknownMsgType", {"unknownMsgType": "转发的消息"})
        where = {"person": person.id}
        if to != BOT:
            chat = platform.chat(to)
            platform.may_say(person, chat)
            where = {"chat": chat.id}
        kept: dict[str, Any] = {
            key: message.extra[key] for key in ("content", "outTrackId") if key in message.extra
        }
        copy = self._town.post(
            "dingtalk", id=platform.new_message_id(), sender=person.id, text=message.text, kind=message.kind,
            card=message.card, extra={**kept, "forwarded_from": message.id}, **where,
        )  # fmt: skip
        if card is not None:
            card.messages.append(copy)
        await platform.heard(copy)
        return copy.id

    def _space(self, message: Message) -> str:
        chat = self._town.chats["dingtalk"].get(message.chat or "")
        if chat is None:
            return "IM_ROBOT"
        return "IM_SINGLE" if chat.kind == TALK else "IM_GROUP"
