"""HTTP 模式: a receiver that knows the pages alone checks the signatures, and what it answers is done."""

import base64
import contextlib
import hashlib
import hmac
import json

import pytest
from aiohttp import web
from dingtalk_town import living_corp, settled


def signed(key, text):
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


class Receiver:
    """Keeps what was posted; answers as told."""

    def __init__(self, answer):
        self.answer = answer
        self.calls = []
        self.url = ""

    async def handle(self, request):
        self.calls.append((request.headers.copy(), await request.json()))
        if isinstance(self.answer, int):
            return web.Response(status=self.answer)
        return web.Response(text=self.answer if isinstance(self.answer, str) else json.dumps(self.answer))


@contextlib.asynccontextmanager
async def receiving(answer):
    receiver, app = Receiver(answer), web.Application()
    app.router.add_post("/callback", receiver.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/callback"
    try:
        yield receiver
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        ({"msgtype": "text", "text": {"content": "收到"}}, ["收到"]),
        ({"msgtype": "empty"}, []),
        ("", []),
        (500, []),
        ("{", []),
        ({"msgtype": "text"}, []),
    ],
)
async def test_a_message_is_posted_signed_and_the_answer_stands_in_the_chat(answer, texts):
    async with living_corp() as corp, receiving(answer) as receiver:
        corp.set(robot_webhook_url=receiver.url)
        message = await corp.say("sunli", "bot", "帮我发通知")
        await settled(lambda: receiver.calls and corp.town.frames_open == 0)
        [(headers, said)] = receiver.calls
        secret, stamp = corp.ding.client_secret, headers["timestamp"]
        assert headers["sign"] == signed(secret, f"{stamp}\n{secret}")
        assert abs(int(stamp) - corp.town.clock.now_ms()) < 3_600_000
        assert (said["msgId"], said["text"], said["msgtype"]) == (message, {"content": "帮我发通知"}, "text")
        await settled(lambda: corp.texts(person=corp.person("sunli")) == texts)
        assert corp.town.recorder.crashes == []


@pytest.mark.parametrize(
    ("answer", "state", "fails"),
    [
        ({"cardUpdateOptions": {"updateCardDataByKey": True}, "cardData": {"cardParamMap": {"state": "1 人已确认"}}}, "1 人已确认", False),
        ("", "", False),
        (500, "", True),
        ({"cardData": 1}, "", True),
    ],
)  # fmt: skip
async def test_a_press_is_posted_to_the_registered_address(answer, state, fails):
    async with living_corp() as corp, receiving(answer) as receiver:
        route = {"callbackRouteKey": "yz", "callbackUrl": receiver.url, "apiSecret": "card-secret"}
        said = await corp.ok("POST", "/v1.0/card/callbacks/register", route)
        assert said["result"] == {"callbackUrl": receiver.url, "apiSecret": "card-secret"}
        chat = corp.chat("设备部")
        body = {**corp.card("c-1", chat=chat.id), "callbackType": "HTTP", "callbackRouteKey": "yz"}
        await corp.ok("POST", "/v1.0/card/instances/createAndDeliver", body)
        [card] = [m for m in chat.messages if m.kind == "card"]
        seen = await corp.ding.press(corp.ding.person("sunli"), card, "ack-1", {})
        [(headers, told)] = receiver.calls
        stamp = headers["x-ddpaas-signature-timestamp"]
        assert headers["x-ddpaas-signature"] == signed("card-secret", stamp)
        assert (told["type"], told["outTrackId"], told["userId"]) == (
            "actionCallback",
            "c-1",
            corp.person("sunli"),
        )
        assert json.loads(told["content"])["cardPrivateData"]["params"] == {"id": "ack-1"}
        assert (seen["card"]["state"], "toast" in seen) == (state, fails)


async def test_an_address_stays_unless_it_is_to_be_replaced_and_without_one_a_press_fails():
    async with living_corp() as corp:
        path, first = (
            "/v1.0/card/callbacks/register",
            {"callbackRouteKey": "yz", "callbackUrl": "http://127.0.0.1:1/a"},
        )
        made = (await corp.ok("POST", path, first))["result"]
        second = {**first, "callbackUrl": "http://127.0.0.1:1/b"}
        assert (await corp.ok("POST", path, second))["result"] == made
        replaced = (await corp.ok("POST", path, {**second, "forceUpdate": True}))["result"]
        assert replaced["callbackUrl"].endswith("/b")
        chat = corp.chat("设备部")
        for number, key in (("c-1", "yz"), ("c-2", "unknown")):
            body = {**corp.card(number, chat=chat.id), "callbackType": "HTTP", "callbackRouteKey": key}
            await corp.ok("POST", "/v1.0/card/instances/createAndDeliver", body)
            seen = await corp.ding.press(corp.ding.person("sunli"), chat.messages[-1], "ack-1", {})
            assert seen["toast"]
