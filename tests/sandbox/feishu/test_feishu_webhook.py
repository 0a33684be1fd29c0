"""Events to a web address: challenge, encryption, signature, redelivery."""

import base64
import contextlib
import hashlib
import json

import pytest
from aiohttp import web
from Crypto.Cipher import AES
from Crypto.Util.Padding import unpad
from feishu_town import button, card, office, settled

from sandbox.clock import parse_duration


class Receiver:
    """A developer's server; ``answer`` makes the body of what is not a challenge, ``None`` is a 500."""

    def __init__(self, key, answer):
        self.key = key
        self.answer = answer
        self.heard = []
        self.signed = []
        self.url = ""

    async def take(self, request):
        raw = await request.read()
        body = json.loads(raw)
        if "encrypt" in body:
            sealed = base64.b64decode(body["encrypt"])
            cipher = AES.new(hashlib.sha256(self.key.encode()).digest(), AES.MODE_CBC, sealed[:16])
            body = json.loads(unpad(cipher.decrypt(sealed[16:]), 16))
        if body.get("type") == "url_verification":
            return web.json_response({"challenge": body["challenge"]})
        self.heard.append(body)
        self.signed.append(self.is_signed(request, raw))
        answer = self.answer(body)
        return web.json_response(answer or {}, status=200 if answer is not None else 500)

    def is_signed(self, request, raw):
        parts = [request.headers.get(f"X-Lark-Request-{each}", "") for each in ("Timestamp", "Nonce")]
        expected = hashlib.sha256(("".join(parts) + self.key).encode() + raw).hexdigest()
        return request.headers.get("X-Lark-Signature") == expected


@contextlib.asynccontextmanager
async def receiving(o, answer=lambda body: {"msg": "success"}, take=None):
    receiver = Receiver(o.feishu.encrypt_key, answer)
    app = web.Application()
    app.router.add_post("/events", take or receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/events"
    await o.set(webhook_url=receiver.url, events={"im.chat.access_event.bot_p2p_chat_entered_v1": False})
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def test_events_come_encrypted_and_signed():
    async with office() as o, receiving(o) as receiver:
        await o.say("lixiang", "bot", "早")
        await settled(o)
        [event] = receiver.heard
        assert (event["event"]["message"]["content"], event["header"]["token"]) == (
            '{"text":"早"}', o.feishu.verification_token,
        )  # fmt: skip
        assert receiver.signed == [True]


async def test_without_encryption_they_come_in_clear_and_unsigned():
    async with office() as o, receiving(o) as receiver:
        await o.set(webhook_encrypted=False)
        await o.say("lixiang", "bot", "早")
        await settled(o)
        assert (len(receiver.heard), receiver.signed) == (1, [False])


async def test_the_vendors_dispatcher_opens_what_comes(vendor):
    from lark_oapi.core.model import RawRequest

    async with office() as o:
        heard = []
        builder = vendor.EventDispatcherHandler.builder(o.feishu.encrypt_key, o.feishu.verification_token)
        handler = builder.register_p2_im_message_receive_v1(heard.append).build()

        async def take(request):
            raw = RawRequest()
            raw.uri, raw.body, raw.headers = str(request.rel_url), await request.read(), dict(request.headers)
            answer = handler.do(raw)
            return web.Response(body=answer.content, status=answer.status_code)

        async with receiving(o, take=take):
            await o.say("lixiang", "bot", "早")
            await settled(o)
        assert [each.event.message.content for each in heard] == ['{"text":"早"}']


async def test_a_failed_event_comes_again():
    async with office() as o, receiving(o, answer=lambda body: None) as receiver:
        await o.say("lixiang", "bot", "早")
        await settled(o)
        await o.town.clock.advance(parse_duration("15s"))
        await settled(o)
        assert len(receiver.heard) == 2
        assert receiver.heard[0] == receiver.heard[1]


async def test_an_address_that_fails_its_challenge_gets_nothing():
    async with office() as o:
        await o.set(webhook_url=o.town.url + "/open-apis/none")
        await o.say("lixiang", "bot", "早")
        await settled(o)
        assert o.feishu.deliveries.waiting


async def test_a_press_is_answered_by_the_web_address():
    answer = {"toast": {"type": "info", "content": "好"}}
    async with office() as o, receiving(o, answer=lambda body: answer):
        sent = (await o.sent(o.person("lixiang").id, card(button("好", {"a": 1})), "interactive"))[
            "message_id"
        ]
        assert await o.press("lixiang", sent, "好") == answer


async def test_the_cipher_is_the_one_of_the_page():
    async with office() as o:
        sealed = base64.b64decode(o.feishu.deliveries.webhook.encrypt("你好".encode()))
        cipher = AES.new(hashlib.sha256(o.feishu.encrypt_key.encode()).digest(), AES.MODE_CBC, sealed[:16])
        assert unpad(cipher.decrypt(sealed[16:]), 16).decode() == "你好"
        vector = base64.b64decode("P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=")
        cipher = AES.new(hashlib.sha256(b"test key").digest(), AES.MODE_CBC, vector[:16])
        assert unpad(cipher.decrypt(vector[16:]), 16) == b"hello world"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (None, 200671), ([1], 200672),
        ({"toast": 1}, 200672), ({"card": {"type": "raw", "data": {"schema": "2.0"}}}, 200673),
    ],
)  # fmt: skip
async def test_a_press_that_goes_wrong_shows_why(answer, code):
    async with office() as o, receiving(o, lambda _: answer):
        li = o.person("lixiang").id
        sent = (await o.sent(li, card(button("好", {"a": 1}, name="b")), "interactive"))["message_id"]
        assert str(code) in (await o.press(li, sent, "b"))["toast"]["content"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"webhook_url": "http://127.0.0.1:9/events"}, 200340),
        ({"events": {"card.action.trigger": False}}, 200340),
        ({"answers_need_data": True}, 108002),
    ],
)
async def test_a_press_of_an_app_that_is_not_set_up_shows_why(settings, code):
    async with office() as o, o.line():
        await o.set(**settings)
        li = o.person("lixiang").id
        sent = (await o.sent(li, card(button("好", {"a": 1}, name="b")), "interactive"))["message_id"]
        assert str(code) in (await o.press(li, sent, "b"))["toast"]["content"]
