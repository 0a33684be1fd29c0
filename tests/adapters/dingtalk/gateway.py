"""A gateway on a real socket that does exactly what a test tells it to; the town is for everything else."""

import asyncio
import itertools
import json

from aiohttp import WSMsgType, web


class Gateway:
    """``connections``: the open sockets, oldest first; ``acks``: what came back, by message id."""

    def __init__(self):
        self.opens = []
        self.tickets = set()
        self.connections = []
        self.gone = 0
        self.acks = {}
        self.refuse = None
        self.endpoint = None
        self.elsewhere = self.moved_to = ""
        self.knocks = 0
        self.answers_pings = True
        self._numbers = itertools.count(1)
        self._runner = None

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/v1.0/gateway/connections/open", self._open)
        app.router.add_get("/connect", self._connect)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *args):
        await self._runner.cleanup()

    async def _open(self, request):
        self.opens.append((await request.json(), dict(request.headers)))
        if self.refuse is not None:
            status, body = self.refuse
            return web.json_response(body, status=status)
        if self.elsewhere:
            return web.Response(status=307, headers={"Location": self.elsewhere})
        ticket = f"7724109a-{next(self._numbers)}"
        self.tickets.add(ticket)
        endpoint = self.endpoint or self.url.replace("http", "ws") + "/connect"
        return web.json_response({"endpoint": endpoint, "ticket": ticket})

    async def _connect(self, request):
        self.knocks += 1
        if self.moved_to:
            return web.Response(status=307, headers={"Location": self.moved_to})
        ticket = request.query.get("ticket")
        if ticket not in self.tickets:
            return web.Response(status=401)
        self.tickets.discard(ticket)
        socket = web.WebSocketResponse(max_msg_size=0, autoping=self.answers_pings)
        await socket.prepare(request)
        self.connections.append(socket)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                ack = json.loads(message.data)
                self.acks[ack["headers"]["messageId"]] = ack
        self.gone += 1
        return socket

    async def push(self, kind, topic, data, *, on=-1, **headers):
        """Returns the id of the frame."""
        number = f"m{next(self._numbers)}"
        base = {
            "topic": topic,
            "messageId": number,
            "contentType": "application/json",
            "time": "1690362102194",
        }
        frame = {"specVersion": "1.0", "type": kind, "headers": {**base, **headers}, "data": json.dumps(data)}
        await self.connections[on].send_str(json.dumps(frame))
        return number

    async def ack_of(self, number):
        await until(lambda: number in self.acks)
        return self.acks[number]


async def until(true, within_s=20):
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - what is waited for lives in another process
            await asyncio.sleep(0.01)
