"""News for the browser (动静): one event stream per tab, in batches, so that a storm of news is one redraw."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from sandbox.model import BOT, Person
from sandbox.page import tools, viewer
from sandbox.town import Town

GATHER_S = 0.08
"""Real seconds in which news is gathered into one event."""
LOOK_S = 0.25
"""Real seconds after which the clock, the faults and the connection are looked at without news."""
HEARTBEAT_S = 10.0


class Batch:
    """What changed for one person since the last event."""

    def __init__(self, person: Person | None) -> None:
        self._person = person
        self.talks: set[str] = set()
        self.groups = False
        self.requests = False
        self.frames = False
        self.reset = False
        self.end = False

    def add(self, news: Mapping[str, Any]) -> None:
        kind = news["kind"]
        if kind in ("message", "changed"):
            self._add_message(news["message"])
        elif kind == "request":
            self.requests = True
        elif kind == "frame" or (kind == "line" and news.get("what") in ("frame", "ack")):
            self.frames = True
        elif kind in ("reset", "end"):
            self.reset, self.end = self.reset or kind == "reset", self.end or kind == "end"
        else:
            self.groups = True

    def _add_message(self, message: Mapping[str, Any]) -> None:
        if self._person is None or message["platform"] != self._person.platform:
            return
        if message["chat"] is not None:
            self.talks.add(message["chat"])
        elif message["person"] == self._person.id:
            self.talks.add(BOT)

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"talks": sorted(self.talks)} if self.talks else {}
        flags = {"groups": self.groups, "requests": self.requests, "frames": self.frames, "reset": self.reset}
        return shown | {name: True for name, is_so in flags.items() if is_so}


async def stream(request: web.Request, town: Town, person: Person | None) -> web.StreamResponse:
    """``/page/events``: server-sent events until the browser goes, or the town says that it ends."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    with town.subscribe() as news:
        teller = _Teller(town)
        await response.write(_event(teller.changes(Batch(person))))
        quiet_since = town.clock.tick_s()
        while request.transport is not None and not request.transport.is_closing():
            batch = await _gather(news, person)
            if batch.end:
                break
            event = teller.changes(batch)
            if not event and town.clock.tick_s() - quiet_since < HEARTBEAT_S:
                continue
            quiet_since = town.clock.tick_s()
            try:
                await response.write(_event(event) if event else b": still here\n\n")
            except ConnectionError:
                break
    return response


class _Teller:
    """Adds to a batch what the town publishes no news of: its clock, its faults and who is connected."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._clock: dict[str, Any] = {}
        self._faults: list[dict[str, Any]] | None = None
        self._robots: list[bool] | None = None

    def changes(self, batch: Batch) -> dict[str, Any]:
        event = batch.as_json()
        clock = tools.clock(self._town)
        if (self._town.clock.standing and clock != self._clock) or not self._clock:
            event["clock"] = self._clock = clock
        faults = self._town.faults.shown()
        if self._faults is not None and faults != self._faults:
            event["faults"] = True
        self._faults = faults
        robots = [viewer.robot_is_here(self._town, name) for name in self._town.platforms]
        if self._robots is not None and robots != self._robots:
            event["groups"] = True
        self._robots = robots
        return event


async def _gather(news: asyncio.Queue[dict[str, Any]], person: Person | None) -> Batch:
    """All news of a short while; empty after ``LOOK_S`` without any."""
    batch = Batch(person)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOOK_S):
            batch.add(await news.get())
        await asyncio.sleep(GATHER_S)
        while not news.empty():
            batch.add(news.get_nowait())
    return batch


def _event(event: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(event)}\n\n".encode()
