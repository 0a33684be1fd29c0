"""The town on a real socket, through its control door."""

import json

import aiohttp

from adapters.dingtalk.adapter import DingTalkSettings
from sandbox import app


class Town:
    async def __aenter__(self):
        town = app.build_town(seed=1)
        self._runner = await app.start(town)
        self.facts = town.platforms["dingtalk"].ready_info()
        self._session = aiohttp.ClientSession(town.url)
        self.people = {one["name"]: one for one in await self.get("people", platform="dingtalk")}
        self.chats = {one["name"]: one for one in await self.get("chats", platform="dingtalk")}
        return self

    async def __aexit__(self, *args):
        await self._session.close()
        await self._runner.cleanup()

    def settings(self, **changes):
        return DingTalkSettings(**{**self.facts, **changes})

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

    async def frames(self):
        return await self.get("frames", platform="dingtalk")

    async def chat(self, chat):
        return await self.get("messages", platform="dingtalk", chat=chat)

    async def direct(self, person):
        return await self.get("messages", platform="dingtalk", person=person)
