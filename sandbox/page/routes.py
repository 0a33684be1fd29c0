"""The chat page's routes; all below ``/page/`` except ``/`` itself."""

from __future__ import annotations

from aiohttp import web

from sandbox.town import Town


def routes(town: Town) -> list[web.RouteDef]:
    """What the application serves to a browser."""

    async def index(_: web.Request) -> web.Response:
        text = f"town, seed {town.seed}: {town.clock.now().isoformat()}\n"
        return web.Response(text=text)

    return [web.get("/", index)]
