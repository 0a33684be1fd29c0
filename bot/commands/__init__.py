"""命令 (commands): what the command line asks for, one body each, whether a bot lives or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.commands import explain, outbox, pilot, polls, upkeep
from bot.commands.room import Room
from bot.control import Refused


class Commands(Room):
    """Bodies over an open store."""

    async def run(self, do: str, arguments: Mapping[str, Any]) -> Any:
        """Carry one out.

        Raises:
            Refused: with the exit code and what to do instead.
        """
        body = _BODIES.get(do)
        if body is None:
            raise Refused(f"no command {do!r}", code=2)
        return await body(self, arguments)


_BODIES: Mapping[str, Callable[[Room, Mapping[str, Any]], Awaitable[Any]]] = {
    "explain": explain.explain,
    "names": explain.names,
    "outbox.list": outbox.list_,
    "outbox.release": outbox.release,
    "outbox.cancel": outbox.cancel,
    "outbox.retry": outbox.retry,
    "audit.verify": upkeep.verify,
    "backup": upkeep.backup,
    "status": upkeep.status,
    **polls.BODIES,
    "pilot.start": pilot.start,
    "pilot.status": pilot.status,
    "pilot.report": pilot.report,
    "pilot.stop": pilot.stop,
    "pilot.rehearsed": pilot.rehearsed,
    "pilot.company": pilot.company,
}
NAMES = tuple(_BODIES)
