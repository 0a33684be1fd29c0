"""健康 (health): /healthz and /metrics on loopback: green, yellow or red, and why, in words an admin can act on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.gauges import Gauges

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Colour(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing that is not as it should be."""

    colour: Colour
    what: str
    detail: str = ""


Look = Callable[[], Awaitable[tuple[tuple[Note, ...], Mapping[str, Any]]]]
"""What is wrong, and figures for whoever asks."""


class HealthServer:
    """Serves two pages to this machine only.

    Args:
        look: reads the state when asked; nothing is cached, so that red means red now.
    """

    def __init__(self, listen: str, look: Look, gauges: Gauges) -> None:
        self._listen = listen
        self._look = look
        self._gauges = gauges
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def open(self) -> None:
        """Listen. Raises ``OSError`` when the port is taken."""
        if not self._listen:
            return
        app = web.Application(middlewares=[_only_this_machine])
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        host, _, port = self._listen.rpartition(":")
        await web.TCPSite(self._runner, host.strip("[]"), int(port)).start()
        self.port = int(self._runner.addresses[0][1])

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _healthz(self, _: web.Request) -> web.Response:
        notes, figures = await self._look()
        colour = worst(notes)
        body = {
            "status": colour.value,
            "notes": [
                {"colour": note.colour.value, "what": note.what, "detail": note.detail} for note in notes
            ],
            **figures,
        }
        return web.json_response(body, status=503 if colour is Colour.RED else 200)

    async def _metrics(self, _: web.Request) -> web.Response:
        await self._look()
        return web.Response(
            body=generate_latest(self._gauges.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )


def worst(notes: tuple[Note, ...]) -> Colour:
    """Red beats yellow beats green."""
    colours = {note.colour for note in notes}
    return next((colour for colour in (Colour.RED, Colour.YELLOW) if colour in colours), Colour.GREEN)


@web.middleware
async def _only_this_machine(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """A page of a browser that was led here under another name is turned away (DNS rebinding)."""
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if host not in _LOOPBACK_NAMES:
        raise web.HTTPMisdirectedRequest
    return await handler(request)
