"""Scripts (习惯): what people do by themselves with what the robot sends them, drawn from the seed.

Off unless a person carries one: ``reader`` reads within an hour, ``presser``
reads and presses the first button (收到 where there is one), ``complainer``
reads and sometimes tells the robot that it is too much, ``silent`` does nothing.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from sandbox.model import BOT, Message, Person
from sandbox.platform import Refused
from sandbox.town import Town

log = logging.getLogger(__name__)

KNOWN = ("reader", "presser", "complainer", "silent")
ACKNOWLEDGE = "收到"
COMPLAINTS = ("消息太多了", "能不能少发一点", "这条和我没关系吧")
COMPLAINS = 0.2
"""How often a complainer complains: one message in five."""
WITHIN_S = 3600.0


class Scripts:
    """Listens to what the robot posts and sets timers for those who carry a script."""

    def __init__(self, town: Town) -> None:
        self._town = town
        town.on_post.append(self._posted)

    def _posted(self, message: Message) -> None:
        if message.sender != BOT:
            return
        people = self._town.people.get(message.platform, {})
        for each in self._town.audience(message):
            person = people.get(each)
            if person is not None and person.active and person.script not in (None, "silent"):
                self._set_timer(person, message)

    def _set_timer(self, person: Person, message: Message) -> None:
        wait_s = self._town.chance(f"script/{person.id}").uniform(20.0, WITHIN_S)

        async def live() -> None:
            await self._live(person, message)

        self._town.clock.call_at(self._town.clock.now() + timedelta(seconds=wait_s), live, "script")

    async def _live(self, person: Person, message: Message) -> None:
        platform = self._town.platforms[message.platform]
        if message.recalled or not person.active:
            return
        try:
            await platform.read(person, message)
            if person.script == "presser":
                await self._press(person, message)
            if person.script == "complainer":
                await self._complain(person)
        except Refused as refused:
            log.info("a script was refused", extra={"person": person.id, "reason": refused.reason})

    async def _press(self, person: Person, message: Message) -> None:
        platform = self._town.platforms[message.platform]
        buttons = platform.buttons(message)
        if buttons:
            action = next((action for action, label in buttons if ACKNOWLEDGE in label), buttons[0][0])
            await platform.press(person, message, action)

    async def _complain(self, person: Person) -> None:
        chance = self._town.chance(f"script/{person.id}")
        if chance.random() < COMPLAINS:
            await self._town.platforms[person.platform].say(person, BOT, chance.choice(COMPLAINTS))
