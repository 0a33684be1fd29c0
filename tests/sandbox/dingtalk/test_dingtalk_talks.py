"""Between two people who have an app in their talk; robots added by the vendor's call; a person's own to-dos."""

import asyncio
import json

from dingtalk_town import living_corp, streaming
from generated_client import Vendor

CODE = "COOLAPP-1-0001"


async def installed(corp):
    body = {"platform": "dingtalk", "between": ["sunli", "tianbo"], "install": CODE}
    return corp.town.chats["dingtalk"][(await corp.talk.post("/_sandbox/chats", body))["id"]]


def message(corp, chat, **more):
    body = {"robotCode": corp.ding.robot_code, "openConversationId": chat.id, "coolAppCode": CODE}
    return body | {"msgKey": "sampleText", "msgParam": json.dumps({"content": "约好了"})} | more


async def test_an_app_between_two_people_is_told_and_may_speak_there():
    async with living_corp() as corp, streaming(corp) as stream:
        vendor, chat = Vendor(corp), await installed(corp)
        frame = await stream.take(data={"status": "SUCCESS"})
        first, second = corp.person("sunli"), corp.person("tianbo")
        assert frame["headers"]["eventType"] == "single_conversation_cool_app_install"
        assert (frame["data"]["operator"], frame["data"]["singleChatOtherUserId"]) == (first, second)
        sent = await vendor("robot_1_0", "PrivateChatSend", message(corp, chat))
        [posted] = chat.messages
        assert corp.town.audience(posted) == [first, second]
        await corp.ding.read(corp.ding.person("tianbo"), posted)
        which = {"robotCode": corp.ding.robot_code, "openConversationId": chat.id}
        query = which | {"processQueryKey": sent["processQueryKey"], "maxResults": 10}
        assert (await vendor("robot_1_0", "PrivateChatQuery", query))["readUserIds"] == [second]
        recall = which | {"processQueryKeys": [sent["processQueryKey"]]}
        said = await vendor("robot_1_0", "BatchRecallPrivateChat", recall)
        assert (said["successResult"], posted.recalled) == ([sent["processQueryKey"]], True)
        path = "/v1.0/robot/privateChatMessages/send"
        assert (await corp.new("POST", path, message(corp, chat, coolAppCode="x")))[1][
            "code"
        ] == "resource.not.found"
        group = message(corp, corp.chat("设备部"))
        assert (await corp.new("POST", path, group))[1]["code"] == "invalid.openConversationId"
        assert (await corp.send_to_group(chat.id))[1]["code"] == "invalid.openConversationId"
        again = {"platform": "dingtalk", "between": ["tianbo", "sunli"], "uninstall": CODE}
        assert (await corp.talk.post("/_sandbox/chats", again))["id"] == chat.id
        assert (await corp.new("POST", path, message(corp, chat)))[1]["code"] == "resource.not.found"


async def test_a_card_between_two_people_says_so_when_it_is_pressed():
    async with living_corp() as corp, streaming(corp) as stream:
        chat = await installed(corp)
        await stream.take(data={"status": "SUCCESS"})
        body = corp.card("c-1", person="x") | {
            "openSpaceId": f"dtv1.card//IM_SINGLE.{chat.id}",
            "imSingleOpenDeliverModel": {"atUserIds": {corp.person("sunli"): "孙莉"}},
        }
        del body["imRobotOpenDeliverModel"]
        said = await corp.ok("POST", "/v1.0/card/instances/createAndDeliver", body)
        [result] = said["result"]["deliverResults"]
        assert (result["success"], chat.messages[-1].mentions) == (True, [corp.person("sunli")])
        pressing = asyncio.create_task(corp.ding.press(corp.ding.person("sunli"), chat.messages[-1], "ack-1"))
        payload = (await stream.take())["data"]
        await pressing
        assert (payload["spaceType"], payload["spaceId"]) == ("IM_SINGLE", chat.id)
        wrong = body | {"outTrackId": "c-2", "openSpaceId": f"dtv1.card//IM_SINGLE.{corp.chat('设备部').id}"}
        status, said = await corp.new("POST", "/v1.0/card/instances/createAndDeliver", wrong)
        assert (status, said["code"]) == (400, "param.openSpaceIdInvalid")


async def test_the_robot_is_put_into_a_group_and_taken_out():
    async with living_corp() as corp:
        vendor, chat = Vendor(corp), corp.chat("生产一车间")
        body = {"openConversationId": chat.id, "robotCode": corp.ding.robot_code}
        robot = await vendor("im_1_0", "AddRobotToConversation", body)
        assert chat.bot
        gone = {"openConversationId": chat.id, "chatBotUserId": robot["chatBotUserId"]}
        await vendor("im_1_0", "RemoveRobotFromConversation", gone)
        assert not chat.bot


async def test_a_person_makes_a_to_do_of_their_own():
    async with living_corp() as corp:
        ding, worker = corp.ding, corp.person("sunli")
        code = ding.login.code(ding.person("sunli"), with_corp=True)
        who = {"clientId": ding.client_id, "clientSecret": ding.client_secret, "code": code}
        tokens = await corp.ok(
            "POST", "/v1.0/oauth2/userAccessToken", who | {"grantType": "authorization_code"}
        )
        made = await Vendor(corp)(
            "todo_1_0", "CreatePersonalTodoTask", {"subject": "交表"}, token=tokens["accessToken"]
        )
        assert made["taskId"]
        assert corp.texts(person=worker) == ["交表"]


async def test_two_people_are_needed():
    async with living_corp() as corp:
        for body, status in (
            ({"between": ["sunli"], "install": CODE}, 400),
            ({"between": ["sunli", "tianbo"]}, 400),
            ({"between": ["sunli", "sunli"], "install": CODE}, 403),
        ):
            await corp.talk.post("/_sandbox/chats", {"platform": "dingtalk", **body}, status)
        body = {"platform": "feishu", "between": ["lixiang", "赵小满"], "install": CODE}
        await corp.talk.post("/_sandbox/chats", body, 403)
