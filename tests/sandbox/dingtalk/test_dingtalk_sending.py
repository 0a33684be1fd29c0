"""What the robot may say, to whom, and what becomes of it."""

import json

import pytest
from dingtalk_town import living_corp, streaming

from sandbox.clock import parse_duration

CREATE = "/v1.0/card/instances/createAndDeliver"


async def test_a_batch_is_split_into_those_who_get_it_and_those_who_do_not():
    async with living_corp() as corp:
        corp.set(messages_per_person_minute=1)
        one, two = corp.person("sunli"), corp.person("heqiang")
        await corp.send_to_people([one])
        status, said = await corp.send_to_people([one, two, "nobody"])
        assert (status, said["invalidStaffIdList"], said["flowControlledStaffIdList"]) == (
            200,
            ["nobody"],
            [one],
        )
        assert (corp.texts(person=one), corp.texts(person=two)) == (["你好"], ["你好"])
        await corp.town.clock.advance(parse_duration("1m"))
        assert (await corp.send_to_people([one]))[1]["flowControlledStaffIdList"] == []


async def test_people_outside_the_visible_range_get_nothing():
    async with living_corp() as corp:
        corp.set(app_range=["设备部"])
        people = [corp.person("sunli"), corp.person("zhoumin")]
        assert (await corp.send_to_people(people))[1]["invalidStaffIdList"] == [people[1]]
        scopes = await corp.ok("GET", f"/v1.0/microApp/apps/{corp.ding.ids.agent_id()}/scopes")
        assert scopes["result"]["deptIds"] == [int(corp.ding.department("设备部"))]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"robotCode": "other"}, "invalidParameter.robotCode.notExsit", id="another robot"),
        pytest.param({"robotCode": None}, "MissingrobotCode", id="a field is missing"),
        pytest.param({"openConversationId": "cidnone=="}, "invalid.openConversationId", id="no such group"),
        pytest.param({"openConversationId": None}, "miss.openConversationId", id="no group"),
        pytest.param({"msgParam": "x"}, "invalidParameter.msgParam.invalid", id="no JSON"),
        pytest.param({"msgParam": json.dumps({"content": "长" * 5000})}, "invalidParameter.msgParam.tooLong", id="too long"),
        pytest.param({"msgKey": "sampleNothing"}, "resource.not.found", id="no such template"),
    ],
)  # fmt: skip
async def test_a_group_message_that_is_refused(change, code):
    async with living_corp() as corp:
        chat = corp.chat("设备部").id
        status, said = await corp.send_to_group(chat, **change)
        assert (status, said["code"]) == (400, code)
        assert corp.texts(chat=chat) == []


async def test_more_than_twenty_people_are_refused_although_the_words_say_a_hundred():
    async with living_corp() as corp:
        status, said = await corp.send_to_people([str(n) for n in range(21)])
        assert (status, said["code"]) == (400, "invalidParameter.userIds.overMax")


async def test_the_robot_speaks_only_where_it_is_and_not_in_a_disbanded_group():
    async with living_corp() as corp:
        assert (await corp.send_to_group(corp.chat("生产一车间").id))[1]["code"] == "resource.not.found"
        chat = corp.chat("设备部")
        await corp.ding.dissolve_chat(chat)
        assert (await corp.send_to_group(chat.id))[1]["code"] == "group.disbanded"


async def test_a_mute_stops_the_robot_only_if_the_town_is_set_so():
    async with living_corp() as corp:
        chat = corp.chat("设备部")
        await corp.ding.change_chat(chat, {"speak": "admins"})
        assert (await corp.send_to_group(chat.id))[0] == 200
        corp.set(muted_group_stops_robot=True)
        assert (await corp.send_to_group(chat.id))[1]["code"] == "bot.forbidden.sendMessage"
        said = await corp.ok("POST", CREATE, corp.card("c-1", chat=chat.id))
        [result] = said["result"]["deliverResults"]
        assert (result["success"], result["errorMsg"]) == (False, "bot.forbidden.sendMessage")


async def test_readers_of_single_chats_are_told_for_a_day_and_messages_recalled_likewise():
    async with living_corp() as corp:
        worker = corp.ding.person("sunli")
        key = (await corp.send_to_people([worker.id]))[1]["processQueryKey"]
        [message] = corp.town.messages_in("dingtalk", person=worker.id)
        await corp.ding.read(worker, message)
        query = {"robotCode": corp.ding.robot_code, "processQueryKey": key}
        said = await corp.ok("GET", "/v1.0/robot/oToMessages/readStatus", **query)
        assert [each["readStatus"] for each in said["messageReadInfoList"]] == ["READ"]
        await corp.town.clock.advance(parse_duration("24h1s"))
        await corp.login()
        status, said = await corp.new("GET", "/v1.0/robot/oToMessages/readStatus", **query)
        assert (status, said["code"]) == (400, "processQueryKey.expireTime")
        recall = {"robotCode": corp.ding.robot_code, "processQueryKeys": [key, "unknown"]}
        said = await corp.ok("POST", "/v1.0/robot/otoMessages/batchRecall", recall)
        assert (said["successResult"], set(said["failedResult"])) == ([], {key, "unknown"})
        assert not message.recalled


async def test_readers_of_a_group_come_page_by_page():
    async with living_corp() as corp:
        chat = corp.chat("设备部")
        key = (await corp.send_to_group(chat.id))[1]["processQueryKey"]
        readers = list(chat.members)[:5]
        for each in readers:
            await corp.ding.read(corp.ding.person(each), chat.messages[0])
        body = {
            "robotCode": corp.ding.robot_code,
            "openConversationId": chat.id,
            "processQueryKey": key,
            "maxResults": 3,
        }
        first = await corp.ok("POST", "/v1.0/robot/groupMessages/query", body)
        second = await corp.ok(
            "POST", "/v1.0/robot/groupMessages/query", body | {"nextToken": first["nextToken"]}
        )
        assert (first["hasMore"], second["hasMore"]) == (True, False)
        assert first["readUserIds"] + second["readUserIds"] == readers


@pytest.mark.parametrize("again", [False, True])
async def test_the_same_card_id_again_makes_no_new_card_and_is_delivered_again_only_if_set_so(again):
    async with living_corp() as corp:
        corp.set(redeliver_same_out_track_id=again)
        chat = corp.chat("设备部")
        for title in ("第一", "第二"):
            await corp.ok("POST", CREATE, corp.card("c-1", chat=chat.id, title=title))
        assert [message.text for message in chat.messages] == ["第一"] * (2 if again else 1)


async def test_created_and_delivered_in_two_steps():
    async with living_corp() as corp:
        chat = corp.chat("设备部")
        body = corp.card("c-1", chat=chat.id)
        space = {key: body.pop(key) for key in ("openSpaceId", "imGroupOpenDeliverModel")}
        assert await corp.ok("POST", "/v1.0/card/instances", body) == {"success": True, "result": "c-1"}
        assert chat.messages == []
        said = await corp.ok("POST", "/v1.0/card/instances/deliver", space | {"outTrackId": "c-1"})
        assert [each["spaceType"] for each in said["result"]] == ["IM_GROUP"]
        assert len(chat.messages) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"outTrackId": ""}, "param.outTrackIdEmpty", id="no id"),
        pytest.param({"outTrackId": "x" * 65}, "parameter.invalid", id="id too long"),
        pytest.param({"cardTemplateId": None}, "param.cardTemplateIdEmpty", id="no template"),
        pytest.param({"openSpaceId": "cidabc"}, "param.openSpaceIdInvalid", id="no space"),
        pytest.param({"openSpaceId": "dtv1.card//IM_ROBOT.nobody"}, "param.openDeliverModelError", id="model of another space"),
        pytest.param({"imGroupOpenDeliverModel": {"robotCode": "x"}}, "param.openDeliverModelError", id="another robot"),
        pytest.param({"cardData": {"cardParamMap": {"title": 1}}}, "param.cardParamInvalid", id="a value that is no string"),
        pytest.param({"cardData": {"cardParamMap": {"title": "长" * 342}}}, "param.cardParamTooLong", id="more than 1 KB"),
        pytest.param({"privateData": {"nobody": {}}}, "param.userIdNotExist", id="values for nobody"),
    ],
)  # fmt: skip
async def test_a_card_that_is_refused(change, code):
    async with living_corp() as corp:
        chat = corp.chat("设备部")
        status, said = await corp.new("POST", CREATE, corp.card("c-1", chat=chat.id) | change)
        assert (status, said["code"]) == (400, code)
        assert chat.messages == []


async def test_without_the_permission_for_cards_every_card_call_fails_and_says_which_is_missing():
    async with living_corp() as corp:
        corp.set(cards=False)
        status, said = await corp.new("POST", CREATE, corp.card("c-1", chat=corp.chat("设备部").id))
        assert (status, said["accessdenieddetail"]) == (403, {"requiredScopes": ["Card.Instance.Write"]})


async def test_mentions_of_a_card_are_members_and_everybody_only_where_the_owner_lets_it():
    async with living_corp() as corp:
        chat = corp.chat("设备部")
        body = corp.card("c-1", chat=chat.id, title="@所有人")
        model = {
            "robotCode": corp.ding.robot_code,
            "atUserIds": {"@ALL": "@ALL", chat.owner: "孙莉", "x": "x"},
        }
        await corp.ok("POST", CREATE, body | {"imGroupOpenDeliverModel": model})
        assert chat.messages[0].mentions == ["all", chat.owner]
        chat.extra["options"] = {"mention_all_authority": 1}
        said = await corp.ok("POST", CREATE, body | {"outTrackId": "c-2", "imGroupOpenDeliverModel": model})
        assert said["result"]["deliverResults"][0]["errorMsg"] == "only.groupAdmin.canAtAll"


async def test_a_persons_own_values_stand_over_everybodys():
    async with living_corp() as corp:
        chat = corp.chat("设备部")
        body = corp.card("c-1", chat=chat.id)
        body["privateData"] = {chat.owner: {"cardParamMap": {"b1_show": "false"}}}
        await corp.ok("POST", CREATE, body)
        [message] = chat.messages
        assert corp.ding.buttons(message) == [("ack-1", "收到")]
        with pytest.raises(Exception, match="没有这个按钮"):
            await corp.ding.press(corp.ding.person(chat.owner), message, "ack-1")


async def test_only_recipients_see_a_card_that_names_them():
    async with living_corp() as corp:
        chat = corp.chat("设备部")
        model = {"robotCode": corp.ding.robot_code, "recipients": [chat.owner]}
        await corp.ok("POST", CREATE, corp.card("c-1", chat=chat.id) | {"imGroupOpenDeliverModel": model})
        other = corp.ding.person(next(each for each in chat.members if each != chat.owner))
        with pytest.raises(Exception, match="看不到"):
            await corp.ding.read(other, chat.messages[0])
        await corp.ding.read(corp.ding.person(chat.owner), chat.messages[0])


async def test_a_read_is_an_event_if_it_is_ticked_and_a_recall_by_the_owner_always():
    async with living_corp() as corp, streaming(corp) as stream:
        chat, worker = corp.chat("设备部"), corp.person("sunli")
        key = (await corp.send_to_group(chat.id))[1]["processQueryKey"]
        said = {"platform": "dingtalk", "person": "sunli", "message_id": chat.messages[0].id}
        await corp.talk.post("/_sandbox/read", said)
        await corp.talk.post("/_sandbox/recall", said)
        frame = await stream.take(data={})
        assert (frame["headers"]["eventType"], frame["data"]["processQueryKey"]) == ("robot_msg_recall", key)
        corp.set(events={"robot_msg_read": True})
        await corp.send_to_people([worker])
        [message] = corp.town.messages_in("dingtalk", person=worker)
        await corp.talk.post("/_sandbox/read", said | {"message_id": message.id})
        frame = await stream.take(data={})
        assert (frame["headers"]["eventType"], frame["data"]["userId"]) == ("robot_msg_read", worker)
