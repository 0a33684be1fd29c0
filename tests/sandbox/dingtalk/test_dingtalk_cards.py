"""Cards that mention people, cards with spaces added later, and cards of the old kind."""

import asyncio
import json

import pytest
from dingtalk_town import living_corp, settled, streaming, vendor_client

SEND, UPDATE = "/v1.0/im/v1.0/robot/interactiveCards/send", "/v1.0/im/robots/interactiveCards"


def standard(title, *texts):
    return {
        "config": {"autoLayout": True},
        "header": {"title": {"type": "text", "text": title}},
        "contents": [{"type": "markdown", "text": text, "id": f"t{n}"} for n, text in enumerate(texts)],
    }


async def test_a_card_mentions_by_its_delivery_and_inside_its_values():
    async with living_corp() as corp:
        chat = corp.chat("设备部")
        first, second, third = list(chat.members)[:3]
        words = f"请 <a atId={first}>甲</a>、<a atId={third}>丙</a> 看"
        body = corp.card("c-1", chat=chat.id, body1=words) | {"cardAtUserIds": [first]}
        body["imGroupOpenDeliverModel"]["atUserIds"] = {second: "乙"}
        await corp.ok("POST", "/v1.0/card/instances/createAndDeliver", body)
        [message] = chat.messages
        assert message.mentions == [second, first]
        assert message.text == "制度确认\n请 @甲、丙 看"
        change = {
            "outTrackId": "c-1",
            "cardData": {"cardParamMap": {"title": f"<a atId={first}>甲</a> 已看"}},
        }
        await corp.ok("PUT", "/v1.0/card/instances", change)
        assert message.text == "@甲 已看"
        status, said = await corp.new(
            "POST", "/v1.0/card/instances", corp.card("c-2", chat=chat.id) | {"cardAtUserIds": ["nobody"]}
        )
        assert (status, said["code"]) == (400, "param.userIdNotExist")


async def test_a_space_is_added_before_the_card_is_delivered_there():
    async with living_corp() as corp:
        corp.set(cards_need_space_model=True)
        chat, body = corp.chat("设备部"), None
        body = corp.card("c-1", chat=chat.id)
        made = {k: body[k] for k in ("cardTemplateId", "outTrackId", "callbackType", "cardData")}
        await corp.ok("POST", "/v1.0/card/instances", made)
        where = {k: body[k] for k in ("outTrackId", "openSpaceId", "imGroupOpenDeliverModel")}
        [result] = (await corp.ok("POST", "/v1.0/card/instances/deliver", where))["result"]
        assert (result["success"], result["errorMsg"]) == (False, "param.openSpaceModelError")
        space = {
            "outTrackId": "c-1",
            "imGroupOpenSpaceModel": {"supportForward": False, "lastMessageI18n": {"ZH_CN": "x"}},
        }
        await corp.ok("PUT", "/v1.0/card/instances/spaces", space)
        [result] = (await corp.ok("POST", "/v1.0/card/instances/deliver", where))["result"]
        assert result["success"]
        assert [m.kind for m in chat.messages] == ["card"]


async def test_a_card_of_the_old_kind_is_sent_once_and_changed():
    async with living_corp() as corp:
        chat, worker = corp.chat("设备部"), corp.person("sunli")
        body = {
            "cardTemplateId": "StandardCard", "robotCode": corp.ding.robot_code, "cardBizId": "b-1",
            "openConversationId": chat.id, "cardData": json.dumps(standard("点检", "今天谁点检")),
            "sendOptions": {"atUserListJson": json.dumps([{"nickName": "孙莉", "userId": worker}]), "atAll": False},
        }  # fmt: skip
        keys = [(await corp.ok("POST", SEND, body))["processQueryKey"] for _ in range(2)]
        assert keys[0] == keys[1]
        [message] = chat.messages
        assert (message.text, message.mentions) == ("点检\n今天谁点检", [worker])
        change = {"cardBizId": "b-1", "cardData": json.dumps(standard("点检", "孙莉已点检"))}
        assert (await corp.ok("PUT", UPDATE, change))["processQueryKey"] == keys[0]
        assert message.text == "点检\n孙莉已点检"
        single = {k: v for k, v in body.items() if k != "openConversationId"} | {
            "cardBizId": "b-2", "singleChatReceiver": json.dumps({"userId": worker})
        }  # fmt: skip
        await corp.ok("POST", SEND, single)
        assert corp.texts(person=worker) == ["点检\n今天谁点检"]


@pytest.mark.parametrize(
    ("method", "path", "change", "code"),
    [
        ("POST", SEND, {"cardTemplateId": "Other"}, "param.cardTemplateNotExist"),
        ("POST", SEND, {"cardData": "["}, "parameter.invalid"),
        ("POST", SEND, {"openConversationId": None}, "miss.openConversationId"),
        ("POST", SEND, {"openConversationId": None, "singleChatReceiver": "{}"}, "param.userIdNotExist"),
        ("POST", SEND, {"sendOptions": {"atUserListJson": "{}"}}, "parameter.invalid"),
        ("PUT", UPDATE, {"cardBizId": "unknown"}, "param.cardNotExist"),
    ],
)
async def test_old_cards_that_are_refused(method, path, change, code):
    async with living_corp() as corp:
        body = {
            "cardTemplateId": "StandardCard", "robotCode": corp.ding.robot_code, "cardBizId": "b-1",
            "openConversationId": corp.chat("设备部").id, "cardData": json.dumps(standard("点检")),
        }  # fmt: skip
        status, said = await corp.new(
            method, path, {k: v for k, v in (body | change).items() if v is not None}
        )
        assert (status, said["code"]) == (400, code)


async def test_the_vendors_client_sends_and_changes_a_card_of_the_old_kind():
    cards = [standard("在办", "正在处理"), standard("办好了", "明天到")]
    async with living_corp() as corp, vendor_client(corp, old_card=cards) as vendor:
        await settled(lambda: corp.ding.line.connections)
        await corp.say("sunli", "bot", "要一副手套")
        assert (await vendor.told())["kind"] == "robot"
        await settled(lambda: corp.texts(person=corp.person("sunli")) == ["办好了\n明天到"])


async def test_a_card_goes_on_only_where_its_space_says_so_and_stays_the_same_card():
    async with living_corp() as corp, streaming(corp) as stream:
        worker, chat = corp.person("sunli"), corp.chat("设备部")
        [group] = [each for each in corp.town.chats["dingtalk"].values() if each.name == "苏州工厂"]

        async def forward(number, to, status=200, **space):
            body = corp.card(number, person=worker) | {"imRobotOpenSpaceModel": space}
            await corp.ok("POST", "/v1.0/card/instances/createAndDeliver", body)
            sent = corp.town.messages_in("dingtalk", person=worker)[-1].id
            asked = {"platform": "dingtalk", "person": "sunli", "message_id": sent, "to": to}
            return (await corp.talk.post("/_sandbox/forward", asked, status)).get("message_id")

        await forward("c-1", group.id, 403, supportForward=False)
        number = await forward("c-2", group.id, supportForward=True)
        copy = corp.town.messages[number]
        assert (copy.sender, copy.chat, chat.messages) == (worker, group.id, [])
        other = next(each for each in group.members if each != worker)
        press = {"platform": "dingtalk", "person": other, "message_id": number, "action": "ack-1"}
        answer = {
            "cardData": {"cardParamMap": {"title": "已确认"}},
            "cardUpdateOptions": {"updateCardDataByKey": True},
        }
        pressed, frame = await asyncio.gather(
            corp.talk.post("/_sandbox/press", press), stream.take(data={"response": answer})
        )
        data = frame["data"]
        assert (data["outTrackId"], data["userId"], data["spaceType"], data["spaceId"]) == (
            "c-2",
            other,
            "IM_GROUP",
            group.id,
        )
        assert pressed["card"]["title"] == "已确认"
        assert copy.text.startswith("已确认")
        await forward("c-3", "bot", supportForward=True)
        frame = await stream.take(data={})
        assert (frame["data"]["msgtype"], frame["data"]["senderStaffId"]) == ("unknownMsgType", worker)
