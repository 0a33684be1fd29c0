"""The record of frames: what was pushed to a robot, and what it answered."""

import asyncio
import json

import aiohttp
from core_town import living_town

from sandbox.feishu import frames as feishu_frames
from sandbox.frames import KEPT, Frames


async def open_feishu(talk):
    app = talk.town.platforms["feishu"]
    asked = {"AppID": app.app_id, "AppSecret": app.app_secret}
    found = await talk.post("/callback/ws/endpoint", asked)
    return await talk.http.ws_connect(found["data"]["URL"])


async def open_dingtalk(talk):
    app = talk.town.platforms["dingtalk"]
    topic = {"type": "CALLBACK", "topic": "/v1.0/im/bot/messages/get"}
    asked = {"clientId": app.client_id, "clientSecret": app.client_secret, "subscriptions": [topic]}
    wish = {"Accept": "application/json"}
    path = "/v1.0/gateway/connections/open"
    async with talk.http.post(talk.town.url + path, json=asked, headers=wish) as answer:
        found = await answer.json()
    return await talk.http.ws_connect(f"{found['endpoint']}?ticket={found['ticket']}")


async def answer_feishu(socket, code=200):
    frame = feishu_frames.decode((await socket.receive(5)).data)
    frame.payload = json.dumps({"code": code}).encode()
    await socket.send_bytes(feishu_frames.encode(frame))


async def answer_dingtalk(socket, code=200):
    frame = json.loads((await socket.receive(5)).data)
    headers = {"messageId": frame["headers"]["messageId"], "contentType": "application/json"}
    await socket.send_str(json.dumps({"code": code, "headers": headers, "message": "OK", "data": "{}"}))


async def settled(talk, platform):
    async with asyncio.timeout(5):
        while True:
            *_, frame = await talk.get("/_sandbox/frames", platform=platform)
            if frame["outcome"] != "waiting":
                return frame


async def test_a_frame_on_either_line_stands_in_the_record_with_its_answer():
    lines = {"feishu": (open_feishu, answer_feishu), "dingtalk": (open_dingtalk, answer_dingtalk)}
    topics = {"feishu": "im.message.receive_v1", "dingtalk": "/v1.0/im/bot/messages/get"}
    async with living_town() as talk:
        for platform, (opens, answers) in lines.items():
            socket = await opens(talk)
            assert len(talk.town.platforms[platform].connections) == 1
            person = next(iter(talk.town.people[platform]))
            say = {"platform": platform, "person": person, "to": "bot", "text": f"你好{platform}"}
            await talk.post("/_sandbox/say", say)
            *earlier, waiting = await talk.get("/_sandbox/frames", platform=platform)
            assert (waiting["outcome"], waiting["direction"]) == ("waiting", "out")
            assert f"你好{platform}" in json.dumps(waiting["body"], ensure_ascii=False)
            for _ in (*earlier, waiting):
                await answers(socket)
            frame = await settled(talk, platform)
            assert (frame["outcome"], frame["topic"], frame["ack"]["code"]) == (
                "acked",
                topics[platform],
                200,
            )
            assert frame["took_ms"] >= 0
            await socket.close()
        both = await talk.get("/_sandbox/frames")
        assert [both[0]["platform"], both[-1]["platform"]] == ["feishu", "dingtalk"]
        assert await talk.get("/_sandbox/frames", since=both[0]["id"]) == both[1:]
        refused = await talk.get("/_sandbox/frames", 400, since="yesterday")
        assert "since" in refused["error"]


async def test_a_lost_answer_and_a_refusing_one_are_told_apart():
    async with living_town() as talk:
        socket = await open_dingtalk(talk)
        person = next(iter(talk.town.people["dingtalk"]))
        say = {"platform": "dingtalk", "person": person, "to": "bot", "text": "一"}
        await talk.post("/_sandbox/faults", [{"stream": "dingtalk", "kind": "lost-ack"}])
        await talk.post("/_sandbox/say", say)
        await answer_dingtalk(socket)
        assert (await settled(talk, "dingtalk"))["outcome"] == "lost"
        await talk.post("/_sandbox/reset", {})
        assert await talk.get("/_sandbox/frames") == []
        socket = await open_dingtalk(talk)
        await talk.post("/_sandbox/say", say)
        await answer_dingtalk(socket, code=500)
        assert (await settled(talk, "dingtalk"))["outcome"] == "refused"
        await socket.close()


async def test_a_connection_that_breaks_leaves_its_frame_without_an_answer():
    async with living_town() as talk:
        socket = await open_feishu(talk)
        say = {"platform": "feishu", "person": "lixiang", "to": "bot", "text": "喂"}
        await talk.post("/_sandbox/say", say)
        await socket.close()
        assert (await settled(talk, "feishu"))["outcome"] == "none"


async def test_only_the_latest_frames_are_kept():
    async with living_town() as talk:
        kept = Frames(talk.town.clock, talk.town.publish)
        for number in range(KEPT + 5):
            kept.sent("feishu", "c", kind="event", topic="t", message_id=str(number), body={})
        found = list(kept.since())
        assert (len(found), found[0].message_id, found[-1].id) == (KEPT, "5", KEPT + 5)


async def test_an_open_event_stream_does_not_hold_up_the_end_of_the_town():
    async with aiohttp.ClientSession() as http:
        async with living_town() as talk:
            stream = await http.get(talk.town.url + "/page/events")
            await stream.content.readline()
            loop = asyncio.get_running_loop()
            began = loop.time()
        assert loop.time() - began < 1.5
        stream.close()
