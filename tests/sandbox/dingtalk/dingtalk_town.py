"""The town as DingTalk's callers see it: plain HTTP calls, a plain stream client, and the vendor's in a process."""

import asyncio
import contextlib
import json
import sys
from pathlib import Path

import vendor_models
from core_town import MONDAY, PATIENCE_S, Talk, living_town

CARD = "/v1.0/card/instances/callback"
ROBOT = "/v1.0/im/bot/messages/get"
SUBSCRIPTIONS = [
    {"type": "EVENT", "topic": "*"},
    {"type": "CALLBACK", "topic": ROBOT},
    {"type": "CALLBACK", "topic": CARD},
]
CHILD = Path(__file__).parent / "stream_child.py"


class Corp:
    """Calls with the app's token; answers are ``(status, body)``."""

    def __init__(self, talk: Talk):
        self.talk = talk
        self.town = talk.town
        self.ding = talk.town.platforms["dingtalk"]
        self.token = ""

    def person(self, name):
        return self.ding.person(name).id

    def chat(self, name):
        return self.ding.chat(name)

    def set(self, **values):
        self.town.settings.update({f"dingtalk.{key}": value for key, value in values.items()})

    async def login(self):
        body = {"appKey": self.ding.client_id, "appSecret": self.ding.client_secret}
        status, said = await self.new("POST", "/v1.0/oauth2/accessToken", body, token="")
        assert status == 200, said
        self.token = said["accessToken"]
        return said

    async def new(self, method, path, body=None, *, token=None, **query):
        headers = {
            "x-acs-dingtalk-access-token": self.token if token is None else token,
            "Accept": "application/json",
        }
        async with self.talk.http.request(
            method, self.town.url + path, json=body, params=query, headers=headers
        ) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def ok(self, method, path, body=None, **query):
        status, said = await self.new(method, path, body, **query)
        assert status == 200, said
        return said

    async def old(self, path, body=None, *, method="POST", token=None, **query):
        query = {"access_token": self.token if token is None else token, **query}
        async with self.talk.http.request(method, self.town.url + path, json=body, params=query) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def say(self, who, to, text, mentions=()):
        return await self.ding.say(self.ding.person(who), to, text, mentions)

    def texts(self, *, chat=None, person=None):
        found = self.town.messages_in("dingtalk", chat=chat, person=person)
        return [message.text for message in found if message.sender == "bot"]

    async def send_to_group(self, chat, content="大家好", **more):
        body = {"robotCode": self.ding.robot_code, "openConversationId": chat, "msgKey": "sampleText"}
        return await self.new(
            "POST",
            "/v1.0/robot/groupMessages/send",
            {**body, "msgParam": json.dumps({"content": content}), **more},
        )

    async def send_to_people(self, people, content="你好"):
        body = {
            "robotCode": self.ding.robot_code,
            "userIds": people,
            "msgKey": "sampleText",
            "msgParam": json.dumps({"content": content}),
        }
        return await self.new("POST", "/v1.0/robot/oToMessages/batchSend", body)

    def card(self, number, *, chat=None, person=None, **values):
        values = {"title": "制度确认", "b1_text": "收到", "b1_show": "true", "b1_id": "ack-1"} | values
        body = {
            "cardTemplateId": self.ding.card_template,
            "outTrackId": number,
            "callbackType": "STREAM",
            "userIdType": 1,
            "cardData": {"cardParamMap": values},
        }
        if chat:
            model = {"robotCode": self.ding.robot_code}
            space = {"openSpaceId": f"dtv1.card//IM_GROUP.{chat}", "imGroupOpenDeliverModel": model}
        else:
            model = {"spaceType": "IM_ROBOT", "robotCode": self.ding.robot_code}
            space = {"openSpaceId": f"dtv1.card//IM_ROBOT.{person}", "imRobotOpenDeliverModel": model}
        return body | space


@contextlib.asynccontextmanager
async def living_corp(*, start=MONDAY, judged=True, **more):
    """A town and its app; what was called and answered is shown to the vendor's models at the end."""
    async with living_town(start=start, **more) as talk:
        corp = Corp(talk)
        await corp.login()
        yield corp
    if judged:
        told = [each for entry in corp.town.recorder.entries() for each in vendor_models.problems(entry)]
        assert not told, told


class Stream:
    """A client of the stream that a test steers: it acknowledges only when told."""

    def __init__(self, socket):
        self.socket = socket

    async def next(self):
        """The next frame that is no ping, with its data read."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                frame = json.loads(await self.socket.receive_str())
                frame["data"] = json.loads(frame["data"])
                if frame["headers"]["topic"] != "ping":
                    return frame

    async def ack(self, frame, data=None, *, code=200):
        headers = {"contentType": "application/json", "messageId": frame["headers"]["messageId"]}
        data = json.dumps({"response": None} if data is None else data)
        await self.socket.send_str(
            json.dumps({"code": code, "headers": headers, "message": "OK", "data": data})
        )

    async def take(self, **how):
        frame = await self.next()
        await self.ack(frame, **how)
        return frame


@contextlib.asynccontextmanager
async def streaming(corp, subscriptions=SUBSCRIPTIONS):
    ding = corp.ding
    body = {"clientId": ding.client_id, "clientSecret": ding.client_secret, "subscriptions": subscriptions}
    opened = await corp.ok("POST", "/v1.0/gateway/connections/open", body, token="")
    async with corp.talk.http.ws_connect(f"{opened['endpoint']}?ticket={opened['ticket']}") as socket:
        known = len(ding.line.connections)
        await settled(lambda: known <= len(ding.line.connections))
        yield Stream(socket)


async def settled(condition):
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


class Vendor:
    """The vendor's ``dingtalk_stream`` client in a process of its own; it tells what its handlers get."""

    def __init__(self, process):
        self.process = process

    async def told(self):
        async with asyncio.timeout(PATIENCE_S):
            line = await self.process.stdout.readline()
        assert line, "the vendor's client ended"
        return json.loads(line)


@contextlib.asynccontextmanager
async def vendor_client(corp, **how):
    ding = corp.ding
    told = {
        "api": corp.town.url, "client_id": ding.client_id, "client_secret": ding.client_secret, "card": None, **how
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(CHILD),
        json.dumps(told),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Vendor(process)
    finally:
        process.kill()
        await process.communicate()
