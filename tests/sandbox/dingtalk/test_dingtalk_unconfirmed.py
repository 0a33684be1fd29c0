"""What the fact base leaves open is a switch, and each switch changes what an app meets."""

import asyncio

import pytest
from dingtalk_town import living_corp, settled, streaming

from sandbox.clock import parse_duration
from sandbox.platform import Refused

READERS = "/v1.0/robot/groupMessages/query"


async def turn(corp, wait):
    await corp.town.clock.advance(parse_duration(wait))


async def test_a_connection_may_be_greeted():
    async with living_corp() as corp:
        corp.set(opening_frames=["CONNECTED", "REGISTERED"])
        async with streaming(corp) as stream:
            topics = [(await stream.next())["headers"]["topic"] for _ in range(2)]
            assert topics == ["CONNECTED", "REGISTERED"]


async def test_there_may_be_a_most_of_connections():
    async with living_corp() as corp, streaming(corp):
        corp.set(max_connections=1)
        body = {
            "clientId": corp.ding.client_id, "clientSecret": corp.ding.client_secret,
            "subscriptions": [{"type": "EVENT", "topic": "*"}],
        }  # fmt: skip
        status, said = await corp.new("POST", "/v1.0/gateway/connections/open", body, token="")
        assert (status, said["code"]) == (503, "system.busy")


async def test_what_is_answered_to_an_event_may_count_for_nothing():
    async with living_corp() as corp, streaming(corp) as stream:
        corp.set(event_acks_are_read=False)
        await corp.ding.rename(corp.ding.person("sunli"), "孙丽")
        await stream.take(data={"status": "LATER"}, code=500)
        await settled(lambda: list(corp.town.frames.since(0, "dingtalk"))[-1].outcome == "acked")
        await turn(corp, "10m")
        failed = await corp.old("/call_back/get_call_back_failed_result", method="GET")
        assert failed["failed_list"] == []


async def test_a_robot_message_may_come_again_more_than_once():
    async with living_corp() as corp, streaming(corp) as stream:
        corp.set(robot_redeliveries=2)
        message = await corp.say("sunli", "bot", "在吗")
        seen = [(await stream.take(code=500))["data"]["msgId"]]
        for _ in range(2):
            turning = asyncio.create_task(turn(corp, "1m"))
            seen.append((await stream.take(code=500))["data"]["msgId"])
            await turning
        assert seen == [message] * 3


async def test_readers_may_be_objects_and_for_a_day_only():
    async with living_corp() as corp:
        chat = corp.chat("苏州工厂").id
        key = (await corp.send_to_group(chat))[1]["processQueryKey"]
        corp.set(readers_as_objects=True)
        reader = corp.ding.person("sunli")
        await corp.ding.read(reader, corp.town.messages_in("dingtalk", chat=chat)[-1])
        body = {"openConversationId": chat, "robotCode": corp.ding.robot_code, "processQueryKey": key}
        said = await corp.ok("POST", READERS, body)
        assert said["readUsers"] == [{"userId": reader.id, "unionId": corp.ding.ids.union_id(reader.id)}]
        corp.set(group_readers_within_24h=True, token_lifetime_s=10**6)
        await corp.login()
        await turn(corp, "25h")
        assert (await corp.new("POST", READERS, body))[1]["code"] == "processQueryKey.expireTime"


async def test_administrators_may_have_to_leave_other_peoples_words():
    async with living_corp() as corp:
        corp.set(admins_recall=False)
        chat = corp.chat("苏州工厂").id
        owners = corp.town.messages[await corp.say("heqiang", chat, "我的话")]
        admin = corp.ding.person("sunli")
        with pytest.raises(Refused):
            await corp.ding.recall(admin, owners)
        own = corp.town.messages[await corp.say("sunli", chat, "自己的")]
        await corp.ding.recall(admin, own)
        assert (owners.recalled, own.recalled) == (False, True)


async def test_a_group_may_be_made_by_the_sibling_call_and_has_a_most_of_members():
    async with living_corp() as corp:
        people = list(corp.chat("苏州工厂").members)[:3]
        body = {
            "groupName": "二号机", "groupOwnerId": people[0], "templateId": corp.ding.group_template,
            "userIdList": people, "uuid": "u-1", "managementOptions": {"chatBannedType": 1},
        }  # fmt: skip
        made = await corp.ok("POST", "/v1.0/im/sceneGroups", body)
        chat = corp.chat(made["openConversationId"])
        assert (chat.name, list(chat.members), chat.speak) == ("二号机", people, "admins")
        assert await corp.ok("POST", "/v1.0/im/sceneGroups", body) == made
        corp.set(most_members=2)
        assert (await corp.new("POST", "/v1.0/im/sceneGroups", body | {"uuid": "u-2"}))[1][
            "code"
        ] == "member.exceed"


async def test_a_robot_dings_fewer_than_six_thousand_a_minute():
    async with living_corp() as corp:
        corp.set(calls_per_second=1000)
        body = {
            "robotCode": corp.ding.robot_code, "remindType": 1, "content": "x",
            "receiverUserIdList": [f"n{each}" for each in range(200)],
        }  # fmt: skip
        path = "/v1.0/robot/ding/send"
        codes = [(await corp.new("POST", path, body))[1].get("code", "") for _ in range(30)]
        assert codes == [""] * 29 + ["toomuch.msg"]
        await turn(corp, "1m")
        assert (await corp.new("POST", path, body))[0] == 200


async def test_the_key_of_a_webhook_message_may_be_forgotten():
    async with living_corp() as corp:
        corp.set(custom_robots={"设备部": {}}, msg_uuid_hours=1)
        chat = corp.chat("设备部").id
        token = corp.ding.webhooks.token(corp.chat("设备部"))
        body = {"msgtype": "text", "text": {"content": "x"}, "msgUuid": "once"}
        for wait in ("0s", "59m", "2h"):
            await turn(corp, wait)
            await corp.old("/robot/send", body, token=token)
        assert corp.texts(chat=chat) == ["x", "x"]
