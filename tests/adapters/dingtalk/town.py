"""The town on a real socket, in a process of its own, through its control door."""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime

import aiohttp

from adapters.dingtalk.adapter import DingTalkSettings


class RealClock:
    def now(self):
        return datetime.fromtimestamp(time.time_ns() / 1e9, UTC)

    def tick_s(self):
        return time.monotonic()

    async def sleep_until(self, moment, *, lane=False):
        await asyncio.sleep(max((moment - self.now()).total_seconds(), 0))


class Town:
    async def __aenter__(self):
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sandbox", "--port", "0", "--seed", "1", "--company", "small",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        self.facts = json.loads(await self._process.stdout.readline())
        self._session = aiohttp.ClientSession(self.facts["url"])
        self.people = {one["name"]: one for one in await self.get("people", platform="dingtalk")}
        self.chats = {one["name"]: one for one in await self.get("chats", platform="dingtalk")}
        return self

    async def __aexit__(self, *args):
        await self._session.close()
        self._process.terminate()
        await self._process.wait()

    def settings(self, **changes):
        return DingTalkSettings(**{**self.facts["dingtalk"], **changes})

    async def get(self, what, **query):
        async with self._session.get(f"/_sandbox/{what}", params=query) as answer:
            return json.loads(await answer.read())

    async def post(self, what, body):
        async with self._session.post(f"/_sandbox/{what}", json=body) as answer:
            return json.loads(await answer.read() or "null")

    async def requests(self):
        async with self._session.get("/_sandbox/requests") as answer:
            return [json.loads(line) for line in (await answer.text()).splitlines()]

    async def calls(self, path):
        return sum(one["path"].endswith(path) for one in await self.requests())

    async def chat(self, chat):
        return await self.get("messages", platform="dingtalk", chat=chat)

    async def direct(self, person):
        return await self.get("messages", platform="dingtalk", person=person)
