"""The town as Feishu's callers see it: plain HTTP calls, a plain line, and the vendor's two clients."""

import asyncio
import base64
import contextlib
import json

from core_town import MONDAY, PATIENCE_S, living_town

from sandbox.feishu import frames

BASE = "/open-apis/im/v1"


class Office:
    """Calls with the app's token; answers are ``(status, body)``."""

    def __init__(self, talk):
        self.talk = talk
        self.town = talk.town
        self.feishu = talk.town.platforms["feishu"]
        self.token = None
        self.headers = {}

    def person(self, name):
        return self.feishu.person(name)

    def chat(self, name):
        return self.feishu.chat(name)

    async def call(self, method, path, body=None, *, token=None, data=None, **query):
        if token is None:
            token = self.token = self.token or self.feishu.tokens.of_app("t-")[0]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = self.town.url + path
        async with self.talk.http.request(
            method, url, json=body, data=data, params=query, headers=headers
        ) as answer:
            self.headers = dict(answer.headers)
            return answer.status, await answer.json(content_type=None)

    async def ok(self, method, path, body=None, **query):
        status, answer = await self.call(method, path, body, **query)
        assert (status, answer["code"]) == (200, 0), answer
        return answer.get("data", answer)

    async def code(self, method, path, body=None, **query):
        """The code of a call that must fail."""
        _, answer = await self.call(method, path, body, **query)
        return answer["code"]

    async def send(self, to, content, kind="text", id_type=None, **more):
        body = {"receive_id": to, "msg_type": kind, "content": json.dumps(content), **more}
        id_type = id_type or ("chat_id" if to.startswith("oc_") else "open_id")
        return await self.call("POST", BASE + "/messages", body, receive_id_type=id_type)

    async def sent(self, to, content, kind="text", **more):
        status, answer = await self.send(to, content, kind, **more)
        assert (status, answer["code"]) == (200, 0), answer
        return answer["data"]

    async def refusal(self, to, content, kind="text", **more):
        return (await self.send(to, content, kind, **more))[1]["code"]

    async def set(self, **settings):
        await self.talk.post(
            "/_sandbox/settings", {f"feishu.{key}": value for key, value in settings.items()}
        )

    async def say(self, person, to, text, *mentions, status=200):
        body = {"platform": "feishu", "person": person, "to": to, "text": text, "mentions": list(mentions)}
        return await self.talk.post("/_sandbox/say", body, status)

    async def press(self, person, message_id, action, status=200, **values):
        body = {"platform": "feishu", "person": person, "message_id": message_id, "action": action}
        return await self.talk.post("/_sandbox/press", {**body, "values": values}, status)

    async def fault(self, *kinds, times=1):
        faults = [{"stream": "feishu", "kind": each, "times": times} for each in kinds]
        await self.talk.post("/_sandbox/faults", faults)

    @contextlib.asynccontextmanager
    async def line(self, **options):
        """An open connection that answers every event."""
        body = {"AppID": self.feishu.app_id, "AppSecret": self.feishu.app_secret}
        _, answer = await self.call("POST", "/callback/ws/endpoint", body, token="")
        async with self.talk.http.ws_connect(answer["data"]["URL"]) as socket:
            line = Line(socket, **options)
            task = asyncio.create_task(line.live())
            try:
                yield line
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


class Line:
    """A client of the long connection; ``answer`` gives the code, and the callback's answer if there is one."""

    def __init__(self, socket, answer=lambda event: (200, None)):
        self.socket = socket
        self.answer = answer
        self.frames = []
        self.parts = {}
        self.events = asyncio.Queue()
        self.pongs = asyncio.Queue()

    async def live(self):
        async for message in self.socket:
            frame = frames.decode(message.data)
            if frame.method == frames.CONTROL:
                self.pongs.put_nowait(json.loads(frame.payload))
                continue
            self.frames.append(frame)
            payload = self.join(frame)
            if payload is None:
                continue
            event = json.loads(payload)
            code, data = self.answer(event)
            self.events.put_nowait(event)
            if code is not None:
                body = {"code": code}
                if data is not None:
                    body["data"] = base64.b64encode(json.dumps(data).encode()).decode()
                frame.payload = json.dumps(body).encode()
                await self.socket.send_bytes(frames.encode(frame))

    def join(self, frame):
        parts = self.parts.setdefault(frame.header("message_id"), {})
        parts[int(frame.header("seq"))] = frame.payload
        if len(parts) < int(frame.header("sum")):
            return None
        return b"".join(parts[each] for each in sorted(parts))

    async def next(self, event_type=None):
        """The next event (of that type; others are passed over)."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                event = await self.events.get()
                if event_type is None or event["header"]["event_type"] == event_type:
                    return event

    async def ping(self, service=1):
        frame = frames.Frame(service=service, headers=[("type", "ping")])
        await self.socket.send_bytes(frames.encode(frame))


@contextlib.asynccontextmanager
async def office(**options):
    async with living_town(**{"start": MONDAY, **options}) as talk:
        yield Office(talk)


async def settled(office):
    """All frames are acknowledged or given up."""
    async with asyncio.timeout(PATIENCE_S):
        while office.town.frames_open:  # noqa: ASYNC110
            await asyncio.sleep(0)


def card(*elements, title="停电通知"):
    head = {"title": {"tag": "plain_text", "content": title}, "template": "orange"}
    return {"schema": "2.0", "header": head, "body": {"elements": list(elements)}}


def button(label, value, **more):
    text = {"tag": "plain_text", "content": label}
    return {"tag": "button", "text": text, "behaviors": [{"type": "callback", "value": value}], **more}
