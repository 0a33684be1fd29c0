"""The vendor's generated client sends, delivers, updates and is refused as with DingTalk."""

import asyncio
import json

import pytest
from alibabacloud_dingtalk.card_1_0 import models as card
from alibabacloud_dingtalk.card_1_0.client import Client as CardClient
from alibabacloud_dingtalk.oauth2_1_0 import models as oauth
from alibabacloud_dingtalk.oauth2_1_0.client import Client as OauthClient
from alibabacloud_dingtalk.robot_1_0 import models as robot
from alibabacloud_dingtalk.robot_1_0.client import Client as RobotClient
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions
from dingtalk_town import living_corp

from sandbox.clock import parse_duration


def client(kind, corp):
    config = Config(protocol="http", region_id="central")
    config.endpoint = corp.town.url.removeprefix("http://")
    return kind(config)


async def call(method, request, headers=None):
    """The generated client blocks, so it has a thread of its own."""
    rest = (headers, RuntimeOptions()) if headers is not None else (None, RuntimeOptions())
    answer = await asyncio.to_thread(method, request, *rest)
    return answer.body


async def token_of(corp):
    request = oauth.GetAccessTokenRequest(app_key=corp.ding.client_id, app_secret=corp.ding.client_secret)
    method = client(OauthClient, corp).get_access_token_with_options
    body = await asyncio.to_thread(method, request, {}, RuntimeOptions())
    return body.body


async def test_the_token_is_the_same_while_it_is_valid_and_a_new_one_after():
    async with living_corp() as corp:
        first = await token_of(corp)
        assert first.expire_in == 7200
        await corp.town.clock.advance(parse_duration("1h59m"))
        assert (await token_of(corp)).access_token == first.access_token
        await corp.town.clock.advance(parse_duration("1h59m"))
        assert (await corp.old("/topapi/user/listadmin", {}, token=first.access_token))["errcode"] == 0
        await corp.town.clock.advance(parse_duration("2m"))
        assert (await token_of(corp)).access_token != first.access_token


async def test_messages_to_people_and_to_a_group():
    async with living_corp() as corp:
        token = (await token_of(corp)).access_token
        vendor, code = client(RobotClient, corp), corp.ding.robot_code
        people = [corp.person("sunli"), corp.person("heqiang"), "nobody"]
        body = await call(
            vendor.batch_send_otowith_options,
            robot.BatchSendOTORequest(
                robot_code=code, user_ids=people, msg_key="sampleMarkdown",
                msg_param=json.dumps({"title": "通知", "text": "#### 今日值日"}),
            ),
            robot.BatchSendOTOHeaders(x_acs_dingtalk_access_token=token),
        )  # fmt: skip
        assert body.invalid_staff_id_list == ["nobody"]
        assert corp.texts(person=people[0]) == ["#### 今日值日"]
        chat = corp.chat("设备部")
        sent = await call(
            vendor.org_group_send_with_options,
            robot.OrgGroupSendRequest(
                robot_code=code, open_conversation_id=chat.id, msg_key="sampleText",
                msg_param=json.dumps({"content": "@所有人 大家好"}),
            ),
            robot.OrgGroupSendHeaders(x_acs_dingtalk_access_token=token),
        )  # fmt: skip
        [message] = chat.messages
        assert (message.text, message.mentions) == ("@所有人 大家好", [])
        await corp.ding.read(corp.ding.person("sunli"), message)
        readers = await call(
            vendor.org_group_query_with_options,
            robot.OrgGroupQueryRequest(
                robot_code=code, open_conversation_id=chat.id, process_query_key=sent.process_query_key
            ),
            robot.OrgGroupQueryHeaders(x_acs_dingtalk_access_token=token),
        )
        assert readers.read_user_ids == [people[0]]
        recalled = await call(
            vendor.org_group_recall_with_options,
            robot.OrgGroupRecallRequest(
                robot_code=code, open_conversation_id=chat.id, process_query_keys=[sent.process_query_key]
            ),
            robot.OrgGroupRecallHeaders(x_acs_dingtalk_access_token=token),
        )
        assert recalled.success_result == [sent.process_query_key]
        assert message.recalled
        read = await call(
            vendor.batch_otoquery_with_options,
            robot.BatchOTOQueryRequest(robot_code=code, process_query_key=body.process_query_key),
            robot.BatchOTOQueryHeaders(x_acs_dingtalk_access_token=token),
        )
        assert [each.read_status for each in read.message_read_info_list] == ["UNREAD", "UNREAD"]


async def test_a_card_is_delivered_once_and_updated():
    async with living_corp() as corp:
        token = (await token_of(corp)).access_token
        vendor, chat, worker = client(CardClient, corp), corp.chat("设备部"), corp.person("sunli")
        request = card.CreateAndDeliverRequest(
            card_template_id=corp.ding.card_template, out_track_id="yz-1", callback_type="STREAM", user_id_type=1,
            card_data=card.CreateAndDeliverRequestCardData(card_param_map={"title": "会议", "body1": "改到十点"}),
            open_space_id=f"dtv1.card//IM_GROUP.{chat.id}",
            im_group_open_space_model=card.CreateAndDeliverRequestImGroupOpenSpaceModel(support_forward=False),
            im_group_open_deliver_model=card.CreateAndDeliverRequestImGroupOpenDeliverModel(
                robot_code=corp.ding.robot_code, at_user_ids={worker: "孙莉"}
            ),
        )  # fmt: skip
        headers = card.CreateAndDeliverHeaders(x_acs_dingtalk_access_token=token)
        bodies = [await call(vendor.create_and_deliver_with_options, request, headers) for _ in range(2)]
        carriers = [body.result.deliver_results[0].carrier_id for body in bodies]
        [message] = chat.messages
        assert carriers == [message.extra["key"]] * 2
        assert (message.text, message.mentions) == ("会议\n改到十点", [worker])

        options = card.UpdateCardRequestCardUpdateOptions(update_card_data_by_key=True)
        update = card.UpdateCardRequest(
            out_track_id="yz-1", card_update_options=options,
            card_data=card.UpdateCardRequestCardData(card_param_map={"body1": "改到十一点"}),
        )  # fmt: skip
        done = await call(
            vendor.update_card_with_options, update, card.UpdateCardHeaders(x_acs_dingtalk_access_token=token)
        )
        assert done.success
        assert message.text == "会议\n改到十一点"
        update.card_update_options = None
        await call(
            vendor.update_card_with_options, update, card.UpdateCardHeaders(x_acs_dingtalk_access_token=token)
        )
        assert message.text == "改到十一点"


async def test_an_expired_token_and_an_unknown_card_are_refused_in_the_platforms_words():
    async with living_corp() as corp:
        token = (await token_of(corp)).access_token
        vendor = client(CardClient, corp)
        update = card.UpdateCardRequest(
            out_track_id="never", card_data=card.UpdateCardRequestCardData(card_param_map={"title": "x"})
        )
        headers = card.UpdateCardHeaders(x_acs_dingtalk_access_token=token)
        with pytest.raises(Exception, match="卡片不存在") as caught:
            await call(vendor.update_card_with_options, update, headers)
        assert caught.value.code == "param.cardNotExist"
        await corp.town.clock.advance(parse_duration("2h"))
        with pytest.raises(Exception, match="不合法的access_token") as caught:
            await call(vendor.update_card_with_options, update, headers)
        assert caught.value.code == "InvalidAuthentication"
