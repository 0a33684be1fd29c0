"""试卡 (card trial): a card is sent to an administrator, and comes back as a press; nothing of it is kept."""

from __future__ import annotations

import asyncio
from datetime import datetime

from adapters.port import ChatAdapter, Reply, ToastTone
from bot.store.keys import derive
from policies.card import Button, Card, Style, Tone
from policies.effects import SendCard
from policies.model import Account, Pressed
from policies.wording import doctor as words

PREFIX = "t."
"""Action ids of trial cards begin so: recognised before anything is persisted."""


class CardTrial:
    """Holds the cards whose press is awaited."""

    def __init__(self) -> None:
        self._awaited: dict[str, asyncio.Future[Account]] = {}

    def hears(self, event: Pressed) -> Reply:
        """The answer to a press whose action begins with ``PREFIX``."""
        waiting = self._awaited.get(event.action)
        if waiting is None:
            return Reply(toast=words.OVER, tone=ToastTone.WARNING)
        if not waiting.done():
            waiting.set_result(event.presser)
        card = Card(title=words.TITLE, body=(words.BODY,), state=words.STATE, tone=Tone.DONE)
        return Reply(toast=words.TOAST, tone=ToastTone.SUCCESS, card=card)

    async def run(self, adapter: ChatAdapter, to: Account, now: datetime, within_s: float) -> bool:
        """Whether the press came back in time.

        Raises:
            PlatformError: the card could not be sent.
        """
        key = derive(str(to), f"trial:{now.isoformat()}", "trial", str(to), 0)
        action = PREFIX + key[:24]
        self._awaited[action] = asyncio.get_running_loop().create_future()
        try:
            button = Button(label=words.BUTTON, action=action, style=Style.PRIMARY)
            card = Card(title=words.TITLE, body=(words.BODY,), buttons=(button,))
            await adapter.send(SendCard(to=to, card=card), key)
            async with asyncio.timeout(within_s):
                await self._awaited[action]
        except TimeoutError:
            return False
        finally:
            del self._awaited[action]
        return True
