"""A world in which nobody is and nothing is configured."""

from __future__ import annotations

from bot.store.mirror import Directory
from bot.world import World
from policies.calendar import Calendars
from policies.engine import Ruleset


def empty_world() -> World:
    return World(
        zone="Asia/Shanghai",
        directory=Directory(),
        chats={},
        calendars=Calendars(),
        ruleset=Ruleset(),
        channels={},
        tenants={},
    )
