"""A town in this process, an adapter that talks to it over real sockets, and the control door in hand."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from adapters.dingtalk.adapter import DingTalkAdapter, DingTalkSettings
from adapters.feishu.adapter import FeishuAdapter, FeishuSettings
from adapters.line import Patience
from adapters.port import ChatAdapter, Raw, Reply
from bot.clock import SystemClock
from policies.model import Account, Chat, Platform
from sandbox import app

PATIENCE = Patience(backoff_s=0.05, refused_s=0.2, look_s=0.05)


def feishu(ready: dict[str, Any], **changes: Any) -> ChatAdapter:
    """What the town printed about Feishu, as settings; ``changes`` replace some (a wrong secret)."""
    known = {key: ready["feishu"][key] for key in ("app_id", "app_secret", "domain")}
    settings = FeishuSettings(**{**known, **changes})
    return FeishuAdapter(settings, SystemClock(), random.Random(5), patience=PATIENCE)


def dingtalk(ready: dict[str, Any], **changes: Any) -> ChatAdapter:
    """What the town printed about DingTalk, with its card template."""
    settings = DingTalkSettings(**{**ready["dingtalk"], **changes})
    return DingTalkAdapter(settings, SystemClock(), random.Random(5), patience=PATIENCE)


ADAPTERS: dict[str, Callable[..., ChatAdapter]] = {"dingtalk": dingtalk, "feishu": feishu}

SECRET_FIELD = {"feishu": "app_secret", "dingtalk": "client_secret"}
TOKENS = {
    "feishu": lambda adapter: adapter._client._api._tokens,
    "dingtalk": lambda adapter: adapter._client._tokens,
}


@dataclass(slots=True)
class Bench:
    """One platform of the town, with an adapter in front of it."""

    platform: Platform
    adapter: ChatAdapter
    ready: dict[str, Any]
    session: aiohttp.ClientSession

    def another(self, **changes: Any) -> ChatAdapter:
        return ADAPTERS[self.platform](self.ready, **changes)

    async def door(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """The control door; raises on 4xx."""
        url = f"{self.ready['url']}/_sandbox/{path}"
        async with self.session.request(method, url, json=body, params=query) as response:
            text = await response.text()
            if response.status >= 400:
                raise AssertionError(f"{response.status} {text}")
            return json.loads(text) if response.content_type == "application/json" else text

    async def people(self) -> list[dict[str, Any]]:
        return await self.door("GET", "people", platform=self.platform)

    async def person(self, nth: int = 0) -> Account:
        return Account(self.platform, (await self.people())[nth]["id"])

    async def group(self, members: int = 3) -> Chat:
        """A new group with the bot in it."""
        ids = [one["id"] for one in (await self.people())[:members]]
        body = {"platform": self.platform, "create": "测试群", "owner": ids[0], "members": ids, "bot": True}
        return Chat(self.platform, (await self.door("POST", "chats", body))["id"])

    async def messages(self, where: Account | Chat) -> list[dict[str, Any]]:
        key = "chat" if isinstance(where, Chat) else "person"
        return await self.door("GET", "messages", platform=self.platform, **{key: where.id})

    async def faults(self, *wanted: dict[str, Any]) -> None:
        await self.door("POST", "faults", list(wanted))

    async def requests(self, path: str = "") -> list[dict[str, Any]]:
        lines = await self.door("GET", "requests", platform=self.platform)
        return [one for one in map(json.loads, lines.splitlines()) if path in one["path"]]

    async def say(self, person: Account, text: str, to: str = "bot", mentions: tuple[str, ...] = ()) -> str:
        body = {
            "platform": self.platform,
            "person": person.id,
            "to": to,
            "text": text,
            "mentions": list(mentions),
        }
        return (await self.door("POST", "say", body))["message_id"]


class Ear:
    """What the long connection brought, and what is answered."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._news = asyncio.Event()
        self.heard: list[Raw] = []
        self.replies: Callable[[Raw], Reply] = lambda _: Reply()
        self.task: asyncio.Task[None] | None = None

    async def accept(self, raw: Raw) -> Reply:
        self.heard.append(raw)
        self._news.set()
        return self.replies(raw)

    async def hears(self, kind: type, count: int = 1, within_s: float = 20.0) -> list[Any]:
        """Wait until so many events of a kind have come; they are decoded."""
        async with asyncio.timeout(within_s):
            while True:
                self._news.clear()
                events = [self._bench.adapter.decode(raw) for raw in self.heard]
                found = [event for event in events if isinstance(event, kind)]
                if len(found) >= count:
                    return found
                await self._news.wait()


async def until(true: Callable[[], Any], within_s: float = 30.0) -> None:
    """Another process is the one to wait for."""
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - another process is the one to wait for
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def bench_in_town(platform: str, start: datetime | None = None) -> AsyncIterator[Bench]:
    town = app.build_town(seed=7, start=start)
    runner = await app.start(town)
    ready = {"url": town.url, **{name: one.ready_info() for name, one in town.platforms.items()}}
    adapter = ADAPTERS[platform](ready)
    await adapter.open()
    try:
        async with aiohttp.ClientSession() as session:
            yield Bench(Platform(platform), adapter, ready, session)
    finally:
        await adapter.close()
        await runner.cleanup()


@contextlib.asynccontextmanager
async def open_line(bench: Bench) -> AsyncIterator[Ear]:
    """The adapter's line, standing."""
    one = Ear(bench)
    one.task = asyncio.create_task(bench.adapter.source(one.accept))
    try:
        await until(lambda: bench.adapter.line_health().state == "open" or one.task.done())
        yield one
    finally:
        one.task.cancel()
        await asyncio.gather(one.task, return_exceptions=True)


@pytest.fixture(params=sorted(ADAPTERS))
async def bench(request):
    """In a town that lives in real time."""
    async with bench_in_town(request.param) as one:
        yield one


@pytest.fixture(params=sorted(ADAPTERS))
async def still_bench(request):
    """In a town whose clock stands until it is turned; the adapter itself lives in real time."""
    async with bench_in_town(request.param, datetime.fromisoformat("2026-09-07T08:30+08:00")) as one:
        yield one


@pytest.fixture
async def ear(bench):
    async with open_line(bench) as one:
        yield one
