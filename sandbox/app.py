"""The town's server: one port for both platforms, the chat page and the control door."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox import control
from sandbox.clock import TownClock
from sandbox.dingtalk.platform import DingTalkPlatform
from sandbox.faults import Fault
from sandbox.feishu.platform import FeishuPlatform
from sandbox.page import routes as page
from sandbox.platform import Platform
from sandbox.recorder import Record, noted_message
from sandbox.scripts import Scripts
from sandbox.town import Town

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LARGEST_BODY_BYTES = 64 * 1024 * 1024
TOWN = web.AppKey("town", Town)


def build_town(*, start: datetime | None = None, seed: int = 1, company: str = "small") -> Town:
    """A town with both platforms and its people; must be called on a running loop.

    Raises:
        ValueError: no such company.
    """
    town = Town(clock=TownClock(start), seed=seed, company=company)
    for kind in (FeishuPlatform, DingTalkPlatform):
        platform: Platform = kind(town)
        town.platforms[platform.name] = platform
        town.settings.register(platform.settings)
        town.settings.checks.append(platform.check_settings)
    Scripts(town)
    town.populate()
    for platform in town.platforms.values():
        platform.reset()
    return town


def build_app(town: Town) -> web.Application:
    """The application that serves the town."""
    app = web.Application(middlewares=[_door(town)], client_max_size=LARGEST_BODY_BYTES)
    app[TOWN] = town
    app.router.add_routes(control.routes(town))
    app.router.add_routes(page.routes(town))
    for platform in town.platforms.values():
        app.router.add_routes(platform.routes())

    async def leave(_: web.Application) -> None:
        town.publish("end", {})
        town.clock.followers.close()
        for platform in town.platforms.values():
            await platform.close()

    async def close(_: web.Application) -> None:
        await town.clock.close()

    app.on_shutdown.append(leave)
    app.on_cleanup.append(close)
    return app


async def start(town: Town, *, host: str = "127.0.0.1", port: int = 0) -> web.AppRunner:
    """Listen; afterwards ``town.url`` is set. The caller ends it with ``await runner.cleanup()``."""
    runner = web.AppRunner(build_app(town), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    bound = runner.addresses[0][1]
    town.url = f"http://{host}:{bound}"
    return runner


def _door(town: Town) -> Any:
    """Every request comes through here: whose it is, what goes wrong with it, and the record of it."""

    @web.middleware
    async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == "/" or request.path.startswith(("/_sandbox", "/page/")):
            wrong = request.match_info.http_exception
            if wrong is not None and request.path.startswith("/_sandbox"):
                error = f"the control door has no {request.method} {request.path}"
                return web.json_response({"error": error}, status=wrong.status)
            return await handler(request)
        owner = next((p for p in town.platforms.values() if p.handles(request.path)), None)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await _guarded(town, owner, request, handler)
        return await _Call(town, owner, request, handler).answer()

    return door


async def _guarded(
    town: Town, owner: Platform | None, request: web.Request, handler: Handler
) -> web.StreamResponse:
    """The handler's answer, or the platform's own words for an unknown path and for a crash."""
    if request.match_info.http_exception is not None:
        if owner is not None:
            return await owner.unknown_path(request)
        return web.json_response({"error": f"nothing at {request.method} {request.path}"}, status=404)
    try:
        return await handler(request)
    except web.HTTPException as answer:
        return answer
    except Exception:
        log.exception("handler failed", extra={"method": request.method, "path": request.path})
        town.recorder.crashes.append(f"{request.method} {request.path}")
        if owner is not None:
            return owner.error_response(500, request.path)
        return web.json_response({"error": "internal error"}, status=500)


class _Call:
    """One call of an API on its way through faults, handler and record."""

    def __init__(self, town: Town, owner: Platform | None, request: web.Request, handler: Handler) -> None:
        self.town = town
        self.owner = owner
        self.request = request
        self.handler = handler
        self.raw: bytes | None = None

    async def answer(self) -> web.StreamResponse:
        self.town.request_started()
        try:
            await self._read()
            fault = self._fault()
            if fault is not None and fault.action == "slow":
                await asyncio.sleep(fault.wait_s)
            response = await self._execute(fault)
            self._record(response, fault)
            if fault is not None and fault.action in ("cut", "lost-answer"):
                self._hang_up()
            return response
        finally:
            self.town.request_done()

    async def _read(self) -> None:
        """Keep the body; a multipart one is left for the handler, since it can be read only once."""
        if not self.request.content_type.startswith("multipart/"):
            self.raw = await self.request.read()

    def _fault(self) -> Fault | None:
        name = self.owner.name if self.owner else ""
        if not self.town.faults:
            return None
        body = (self.raw or b"").decode("utf-8", "replace")
        return self.town.faults.take(name, self.request.method, self.request.path, body)

    async def _execute(self, fault: Fault | None) -> web.StreamResponse:
        if fault is not None and fault.action == "cut":
            return web.Response(status=503)
        if fault is not None and fault.action == "status":
            if self.owner is not None:
                return self.owner.error_response(fault.status, self.request.path)
            return web.json_response({"error": "ordered"}, status=fault.status)
        return await _guarded(self.town, self.owner, self.request, self.handler)

    def _hang_up(self) -> None:
        if self.request.transport is not None:
            self.request.transport.abort()

    def _record(self, response: web.StreamResponse, fault: Fault | None) -> None:
        town, request = self.town, self.request
        cut = fault is not None and fault.action == "cut"
        body = response.body if isinstance(response, web.Response) and not cut else b""
        number = town.recorder.add(
            Record(
                at=town.clock.now(),
                platform=self.owner.name if self.owner else "",
                method=request.method,
                path=request.path,
                query=request.rel_url.raw_query_string,
                body=self.raw,
                status=None if cut else response.status,
                response=bytes(body) if isinstance(body, bytes | bytearray) else b"",
                fault=fault.kind if fault else None,
                message_id=noted_message(request),
                unknown=request.match_info.http_exception is not None,
            )
        )
        town.publish("request", {"id": number, "method": request.method, "path": request.path})
