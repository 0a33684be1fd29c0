"""The stream by its protocol: tickets, acknowledgements, redelivery, and all that can go wrong with it."""

import asyncio
import contextlib
import json

import aiohttp
import pytest
from dingtalk_town import CARD, ROBOT, SUBSCRIPTIONS, living_corp, settled, streaming

from sandbox.clock import parse_duration


def fault(kind, times=1):
    return {"stream": "dingtalk", "kind": kind, "times": times}


async def order(corp, *faults):
    await corp.talk.post("/_sandbox/faults", list(faults))


async def turn(corp, by):
    await corp.town.clock.advance(parse_duration(by))


async def test_a_ticket_opens_one_connection_within_ninety_seconds():
    async with living_corp() as corp:
        body = {"clientId": corp.ding.client_id, "clientSecret": corp.ding.client_secret, "extras": {}}
        body["subscriptions"] = SUBSCRIPTIONS

        async def opened():
            return await corp.ok("POST", "/v1.0/gateway/connections/open", body, token="")

        async def connects(answer):
            try:
                async with corp.talk.http.ws_connect(f"{answer['endpoint']}?ticket={answer['ticket']}"):
                    return 101
            except aiohttp.WSServerHandshakeError as error:
                return error.status

        first = await opened()
        assert set(first["ticket"]) <= set("0123456789abcdef-")
        assert [await connects(first), await connects(first)] == [101, 401]
        second = await opened()
        await turn(corp, "91s")
        assert await connects(second) == 401


async def test_a_group_is_heard_only_when_it_mentions_the_robot():
    async with living_corp() as corp, streaming(corp) as stream:
        chat = corp.chat("设备部").id
        await corp.say("sunli", chat, "不相干")
        await corp.say("sunli", chat, "@所有人 开会", ["all"])
        await corp.say("sunli", chat, "@驿站 在吗", ["bot"])
        frame = await stream.take()
        assert frame["data"]["text"]["content"] == " 在吗"
        assert frame["data"]["sessionWebhookExpiredTime"] - frame["data"]["createAt"] == 5_400_180
        assert all(isinstance(value, str) for value in frame["headers"].values())
        await settled(lambda: corp.town.frames_open == 0)


async def test_before_publishing_nobody_has_a_staff_id():
    async with living_corp() as corp, streaming(corp) as stream:
        corp.set(published=False)
        await corp.say("sunli", "bot", "在吗")
        said = (await stream.take())["data"]
        assert said["senderId"].startswith("$:LWCP_v1:$")
        assert not {"senderStaffId", "isAdmin"} & set(said)


async def test_the_clock_stands_until_a_frame_is_acknowledged():
    async with living_corp() as corp, streaming(corp) as stream:
        await corp.say("sunli", "bot", "在吗")
        turning = asyncio.create_task(turn(corp, "1h"))
        frame = await stream.next()
        assert "frames are not acknowledged" in corp.town.clock.why_busy()
        await stream.ack(frame)
        await turning


@pytest.mark.parametrize(
    ("data", "code", "consumed"),
    [
        pytest.param({"deptId": [1]}, 200, True, id="the data echoed, as the client for Python does"),
        pytest.param({"status": "SUCCESS", "message": "ok"}, 200, True, id="as those for Node and Go do"),
        pytest.param({"status": "LATER"}, 200, False, id="later"),
        pytest.param({"status": "LATER"}, 500, False, id="later, as the client for Go says it"),
        pytest.param({}, 500, False, id="failed"),
    ],
)
async def test_an_event_comes_again_after_10_and_30_seconds_until_it_is_consumed(data, code, consumed):
    async with living_corp() as corp, streaming(corp) as stream:
        await corp.ding.rename(corp.ding.person("sunli"), "孙丽")
        frame = await stream.take(data=data, code=code)
        assert frame["headers"]["eventType"] == "user_modify_org"
        if not consumed:
            seen = []
            for wait in ("10s", "30s"):
                turning = asyncio.create_task(turn(corp, wait))
                again = await stream.take(data=data, code=code)
                seen.append(again["headers"]["eventId"])
                await turning
            assert seen == [frame["headers"]["eventId"]] * 2
        await turn(corp, "5m")
        failed = await corp.old("/call_back/get_call_back_failed_result", method="GET")
        assert (
            [each["call_back_tag"] for each in failed["failed_list"]] == []
            if consumed
            else ["user_modify_org"]
        )
        again = await corp.old("/call_back/get_call_back_failed_result", method="GET")
        assert (again["failed_list"], again["has_more"]) == ([], False)


async def test_a_dropped_message_comes_once_a_minute_later():
    async with living_corp() as corp, streaming(corp) as stream:
        await order(corp, fault("drop"))
        message = await corp.say("sunli", "bot", "在吗")
        turning = asyncio.create_task(turn(corp, "1h"))
        frame = await stream.take()
        assert frame["data"]["msgId"] == message
        assert int(frame["headers"]["time"]) - frame["data"]["createAt"] == 60_000
        await turning


async def test_the_protocol_pages_promise_can_be_switched_on_instead():
    async with living_corp() as corp, streaming(corp) as stream:
        corp.set(robot_redelivery_s=0)
        await order(corp, fault("drop"))
        await corp.say("sunli", "bot", "第一句")
        await turn(corp, "1h")
        await corp.say("sunli", "bot", "第二句")
        assert (await stream.take())["data"]["text"]["content"] == "第二句"


async def test_a_duplicate_has_the_same_message_in_another_frame():
    async with living_corp() as corp, streaming(corp) as stream:
        await order(corp, fault("duplicate"))
        await corp.say("sunli", "bot", "在吗")
        one, two = await stream.take(), await stream.take()
        assert one["data"] == two["data"]
        assert one["headers"]["messageId"] != two["headers"]["messageId"]


async def test_a_reordered_message_comes_after_the_next_one():
    async with living_corp() as corp, streaming(corp) as stream:
        await order(corp, fault("reorder"))
        for text in ("一", "二"):
            await corp.say("sunli", "bot", text)
        assert [(await stream.take())["data"]["text"]["content"] for _ in range(2)] == ["二", "一"]
        await settled(lambda: corp.town.frames_open == 0)


async def test_a_lost_acknowledgement_brings_the_message_again():
    async with living_corp() as corp, streaming(corp) as stream:
        await order(corp, fault("lost-ack"))
        message = await corp.say("sunli", "bot", "在吗")
        await stream.take()
        turning = asyncio.create_task(turn(corp, "2m"))
        assert (await stream.take())["data"]["msgId"] == message
        await turning


async def pong(corp):
    """Whether a ping on a connection that this fault befell is answered within a moment."""
    body = {
        "clientId": corp.ding.client_id,
        "clientSecret": corp.ding.client_secret,
        "subscriptions": SUBSCRIPTIONS,
    }
    opened = await corp.ok("POST", "/v1.0/gateway/connections/open", body, token="")
    url = f"{opened['endpoint']}?ticket={opened['ticket']}"
    async with corp.talk.http.ws_connect(url, autoping=False) as socket:
        await socket.ping(b"x")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                while True:
                    if (await socket.receive()).type is aiohttp.WSMsgType.PONG:
                        return True
    return False


@pytest.mark.parametrize("kind", ["zombie", "silent"])
async def test_a_half_dead_connection_delivers_nothing_and_only_a_zombie_answers_pings(kind):
    async with living_corp() as corp, streaming(corp) as stream:
        await order(corp, fault(kind, times=2))
        await corp.say("sunli", "bot", "在吗")
        await turn(corp, "1s")
        assert await pong(corp) == (kind == "zombie")
        await stream.socket.close()
        async with streaming(corp) as healthy:
            await corp.say("sunli", "bot", "还在吗")
            assert (await healthy.take())["data"]["text"]["content"] == "还在吗"


async def test_a_connection_that_is_asked_to_leave_gets_nothing_more_and_is_closed_after_ten_seconds():
    async with living_corp() as corp, streaming(corp) as old, streaming(corp) as new:
        await order(corp, fault("disconnect"))
        frame = await old.next()
        assert (frame["type"], frame["headers"]["topic"]) == ("SYSTEM", "disconnect")
        for _ in range(5):
            await corp.say("sunli", "bot", "在吗")
            await new.take()
        await turn(corp, "10s")
        assert (await old.socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert len(corp.ding.line.connections) == 1


async def test_a_refused_opening_and_then_not():
    async with living_corp() as corp:
        await order(corp, fault("refuse"))
        body = {"clientId": corp.ding.client_id, "clientSecret": corp.ding.client_secret}
        body["subscriptions"] = SUBSCRIPTIONS
        statuses = [(await corp.new("POST", "/v1.0/gateway/connections/open", body))[0] for _ in range(2)]
        assert statuses == [503, 200]


async def test_each_push_goes_to_one_connection_and_only_to_who_subscribed():
    only_events = [{"type": "EVENT", "topic": "*"}]
    async with (
        living_corp() as corp,
        streaming(corp) as one,
        streaming(corp) as two,
        streaming(corp, only_events) as events,
    ):
        got = []

        async def listen(stream, name):
            while True:
                got.append((name, (await stream.take())["headers"]["topic"]))

        listening = [asyncio.create_task(listen(s, n)) for s, n in ((one, "1"), (two, "2"), (events, "e"))]
        for _ in range(12):
            await corp.say("sunli", "bot", "在吗")
        await settled(lambda: len(got) == 12 and corp.town.frames_open == 0)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        assert {name for name, _ in got} == {"1", "2"}
        assert {topic for _, topic in got} == {ROBOT}


async def test_a_press_is_answered_within_two_seconds_or_shows_an_error():
    async with living_corp() as corp, streaming(corp) as stream:
        chat, worker = corp.chat("设备部"), corp.ding.person("sunli")
        await corp.ok("POST", "/v1.0/card/instances/createAndDeliver", corp.card("c-1", chat=chat.id))
        [card] = chat.messages
        pressing = asyncio.create_task(corp.ding.press(worker, card, "ack-1"))
        frame = await stream.next()
        assert frame["headers"]["topic"] == CARD
        assert json.loads(frame["data"]["content"])["cardPrivateData"] == {
            "actionIds": ["b1"],
            "params": {"id": "ack-1"},
        }
        assert (await pressing)["toast"]
        late = {"response": {"cardData": {"cardParamMap": {"state": "太晚"}}}}
        await stream.ack(frame, late)
        assert corp.town.frames_open == 0
        await turn(corp, "10m")
        assert card.card["state"] == ""


async def test_an_answer_without_options_overwrites_the_whole_card():
    async with living_corp() as corp, streaming(corp) as stream:
        chat, worker = corp.chat("设备部"), corp.ding.person("sunli")
        await corp.ok(
            "POST", "/v1.0/card/instances/createAndDeliver", corp.card("c-1", chat=chat.id, body1="内容")
        )
        [card] = chat.messages
        pressing = asyncio.create_task(corp.ding.press(worker, card, "ack-1"))
        await stream.take(data={"response": {"cardData": {"cardParamMap": {"state": "好"}}}})
        assert (await pressing)["card"] == {
            "title": "", "body": "", "hint": "", "state": "好", "buttons": [], "text": "",
        }  # fmt: skip


async def test_without_a_line_a_press_fails_and_a_message_is_lost():
    async with living_corp() as corp:
        chat, worker = corp.chat("设备部"), corp.ding.person("sunli")
        await corp.ok("POST", "/v1.0/card/instances/createAndDeliver", corp.card("c-1", chat=chat.id))
        assert "toast" in await corp.ding.press(worker, chat.messages[0], "ack-1")
        await corp.say("sunli", "bot", "有人吗")
        async with streaming(corp) as stream:
            await turn(corp, "10m")
            await corp.say("sunli", "bot", "现在呢")
            assert (await stream.take())["data"]["text"]["content"] == "现在呢"
