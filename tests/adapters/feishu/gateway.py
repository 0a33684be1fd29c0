"""Feishu's long connection on a real socket, doing exactly what a test tells it to."""

import asyncio
import json
import random

from aiohttp import web

from adapters.feishu.codec import encode_reply
from adapters.line import Line, Patience
from adapters.port import Reply
from adapters.redact import Redactor
from policies.model import Platform
from sandbox.feishu import frames
from sandbox.feishu.frames import Frame
from tests.adapters.clocks import HandClock

SECRET = "the-right-secret"
CONFIG = {"ReconnectCount": -1, "ReconnectInterval": 120, "ReconnectNonce": 0, "PingInterval": 120}


class Gateway:
    def __init__(self, secret=SECRET):
        self.secret = secret
        self.elsewhere = self.named = self.moved_to = ""
        self.asked = self.knocks = 0
        self.sockets = []
        self.extensions = []
        self.acks = {}
        self.pings = 0
        self.heard = []
        self.may_pong = asyncio.Event()
        self.may_pong.set()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def endpoint(self, request):
        body = await request.json()
        self.asked += 1
        if body["AppSecret"] != SECRET:
            return web.json_response({"code": 1000040345, "msg": f"{body['AppSecret']} is invalid"})
        if self.elsewhere:
            return web.Response(status=307, headers={"Location": self.elsewhere})
        url = self.named or f"ws://{request.host}/ws?device_id=1&service_id=7&ticket=secret-ticket"
        return web.json_response({"code": 0, "msg": "", "data": {"URL": url, "ClientConfig": CONFIG}})

    async def socket(self, request):
        self.knocks += 1
        if self.moved_to:
            return web.Response(status=307, headers={"Location": self.moved_to})
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        self.extensions.append(request.headers.get("Sec-WebSocket-Extensions"))
        self.sockets.append(socket)
        async for message in socket:
            frame = frames.decode(message.data)
            if frame.header("type") == "ping":
                self.pings += 1
                await self.may_pong.wait()
                pong = Frame(service=7, headers=[("type", "pong")], payload=json.dumps(CONFIG).encode())
                await socket.send_bytes(frames.encode(pong))
            else:
                self.acks[frame.header("message_id")] = json.loads(frame.payload)
        return socket

    async def push(self, name, payload, *, kind="event", parts=1, part=0, socket=-1):
        headers = {"type": kind, "message_id": name, "trace_id": "t", "sum": str(parts), "seq": str(part)}
        frame = Frame(
            seq_id=1, log_id=1, service=7, method=frames.DATA, headers=list(headers.items()), payload=payload
        )
        await self.sockets[socket].send_bytes(frames.encode(frame))

    async def accept(self, raw):
        self.heard.append(raw)
        if "wait" in raw.body:
            await self.go_on.wait()
        return Reply(ok="bad" not in raw.body, toast="好的")

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/callback/ws/endpoint", self.endpoint)
        app.router.add_get("/ws", self.socket)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.clock = HandClock()
        self.line = Line(
            platform=Platform.FEISHU,
            module="adapters.feishu.line",
            hello={
                "app_id": "cli_0123456789abcdef",
                "app_secret": self.secret,
                "domain": f"http://127.0.0.1:{self.runner.addresses[0][1]}",
            },
            encode_reply=encode_reply,
            clock=self.clock,
            rng=random.Random(1),
            redactor=Redactor(self.secret),
            patience=Patience(backoff_s=0.01, refused_s=0.2, look_s=0.02),
        )
        self.task = asyncio.create_task(self.line.run(self.accept))
        return self

    async def __aexit__(self, *args):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.runner.cleanup()


async def until(true):
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - another process is the one to wait for
            await asyncio.sleep(0.01)
