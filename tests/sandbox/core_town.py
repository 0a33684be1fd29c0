"""A town on a free port, and the control door as a test speaks to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import datetime

import aiohttp

from sandbox import app
from sandbox.clock import ZONE

PATIENCE_S = 60
"""Real seconds until a test gives up: a machine under load is slow, not wrong."""
MONDAY = datetime(2026, 9, 7, 8, 30, tzinfo=ZONE)


def at(text):
    return datetime.fromisoformat(f"2026-09-07 {text}").replace(tzinfo=ZONE)


class Talk:
    """The control door over a real socket."""

    def __init__(self, town, http):
        self.town = town
        self.http = http

    async def get(self, path, status=200, **query):
        async with self.http.get(self.town.url + path, params=query) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def post(self, path, body, status=200):
        async with self.http.post(self.town.url + path, json=body) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def lines(self, **query):
        async with self.http.get(self.town.url + "/_sandbox/requests", params=query) as answer:
            return [json.loads(line) for line in (await answer.text()).splitlines()]


@contextlib.asynccontextmanager
async def living_town(*, start=MONDAY, seed=1, company="small"):
    town = app.build_town(start=start, seed=seed, company=company)
    runner = await app.start(town)
    try:
        async with aiohttp.ClientSession() as http:
            yield Talk(town, http)
    finally:
        await runner.cleanup()


class Follower:
    """Does what it has to do at its moments, at once, and writes down when it did."""

    def __init__(self, talk, name, due=(), lanes=()):
        self.talk = talk
        self.name = name
        self.due = [at(each) for each in due]
        self.lanes = [at(each) for each in lanes]
        self.woken = []
        self.looked = asyncio.Event()

    async def live(self):
        seen = epoch = None
        while True:
            next_due = min(self.due, default=None)
            lane = min(self.lanes, default=None)
            report = {
                "name": self.name,
                "seen": seen.isoformat() if seen else None,
                "next_due": next_due.isoformat() if next_due else None,
                "lane_due": lane.isoformat() if lane else None,
                "idle": lane is None,
                "epoch": epoch,
            }
            answer = await self.talk.post("/_sandbox/clock/followers", report)
            seen, epoch = datetime.fromisoformat(answer["now"]), answer["epoch"]
            self.looked.set()
            for waiting in (self.due, self.lanes):
                for moment in [each for each in waiting if each <= seen]:
                    waiting.remove(moment)
                    self.woken.append((moment.strftime("%H:%M:%S"), seen.strftime("%H:%M:%S")))


@contextlib.asynccontextmanager
async def following(talk, name, **what):
    follower = Follower(talk, name, **what)
    task = asyncio.create_task(follower.live())
    try:
        async with asyncio.timeout(PATIENCE_S):
            await follower.looked.wait()
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition):
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)
