"""Webhooks: the session of a message, and a group's own robot."""

import base64
import hashlib
import hmac

from dingtalk_town import living_corp, streaming

from sandbox.clock import parse_duration


async def session_of(corp, stream, to="设备部"):
    await corp.say("sunli", corp.chat(to).id, "@驿站 在吗", ["bot"])
    return (await stream.take())["data"]["sessionWebhook"]


async def post(corp, url, body, status=200):
    async with corp.talk.http.post(url, json=body) as answer:
        assert answer.status == status
        return await answer.json()


async def test_a_session_mentions_who_is_named_and_written_and_ends_after_ninety_minutes():
    async with living_corp() as corp, streaming(corp) as stream:
        chat, worker = corp.chat("设备部"), corp.person("sunli")
        url = await session_of(corp, stream)
        body = {"msgtype": "text", "text": {"content": f"收到 @{worker}"}, "at": {"atUserIds": [worker, "x"]}}
        assert (await post(corp, url, body))["errcode"] == 0
        assert (chat.messages[-1].text, chat.messages[-1].mentions) == ("收到 @孙莉", [worker])
        await post(corp, url, body | {"text": {"content": "没写出来"}})
        assert chat.messages[-1].mentions == []
        await corp.town.clock.advance(parse_duration("91m"))
        assert await post(corp, url, body) | {"request_id": ""} == {
            "errcode": 300001, "errmsg": "session 不存在", "request_id": ""
        }  # fmt: skip


async def test_a_session_of_a_single_chat_answers_there():
    async with living_corp() as corp, streaming(corp) as stream:
        await corp.say("sunli", "bot", "在吗")
        url = (await stream.take())["data"]["sessionWebhook"]
        await post(corp, url, {"msgtype": "markdown", "markdown": {"title": "t", "text": "在"}})
        assert corp.texts(person=corp.person("sunli")) == ["在"]
        assert (await post(corp, url, {"msgtype": "text"}))["errcode"] == 400202
        assert (await post(corp, url, {"msgtype": "nothing"}))["errcode"] == 400105


async def test_a_groups_own_robot_knows_a_repeat_and_has_keywords_and_a_signature():
    async with living_corp() as corp:
        chat = corp.chat("设备部")
        corp.set(custom_robots={"设备部": {"secret": "SECx", "keywords": ["通知"]}})
        stamp = str(corp.town.clock.now_ms())
        mac = hmac.new(b"SECx", f"{stamp}\nSECx".encode(), hashlib.sha256).digest()
        query = {
            "access_token": corp.ding.webhooks.token(chat),
            "timestamp": stamp,
            "sign": base64.b64encode(mac).decode(),
        }

        async def send(content, **more):
            body = {"msgtype": "text", "text": {"content": content}, "msgUuid": "once"}
            return (await corp.old("/robot/send", body, **(query | more)))["errcode"]

        codes = [await send("你好"), await send("通知"), await send("通知"), await send("通知", sign="x")]
        assert codes == [310000, 0, 0, 310000]
        assert await send("通知", access_token="x") == 300005
        assert corp.texts(chat=chat.id) == ["通知"]


async def test_more_than_twenty_a_minute_blocks_it_for_ten():
    async with living_corp() as corp:
        corp.set(custom_robots={"设备部": {}}, calls_per_second=100)
        token = corp.ding.webhooks.token(corp.chat("设备部"))

        async def send():
            body = {"msgtype": "text", "text": {"content": "x"}}
            return (await corp.old("/robot/send", body, token=token))["errcode"]

        assert [await send() for _ in range(21)] == [0] * 20 + [130101]
        await corp.town.clock.advance(parse_duration("9m"))
        assert await send() == 130101
        await corp.town.clock.advance(parse_duration("1m"))
        assert await send() == 0
