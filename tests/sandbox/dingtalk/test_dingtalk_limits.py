"""Rates, the month's pots, permissions and tokens."""

import pytest
from dingtalk_town import living_corp, streaming

from sandbox.clock import parse_duration

FORBIDDEN = "Forbidden.AccessDenied."


async def test_twenty_calls_a_second_of_one_api_and_not_one_more():
    async with living_corp() as corp:
        chat = corp.chat("设备部").id
        answers = [await corp.send_to_group(chat) for _ in range(21)]
        assert [status for status, _ in answers] == [200] * 20 + [403]
        assert answers[-1][1]["code"] == FORBIDDEN + "QpsLimitForAppkeyAndApi"
        assert (await corp.send_to_people([corp.person("sunli")]))[0] == 200
        codes = [(await corp.old("/topapi/user/listadmin", {}))["errcode"] for _ in range(21)]
        assert codes == [0] * 20 + [90018]
        await corp.town.clock.advance(parse_duration("1s"))
        assert (await corp.send_to_group(chat))[0] == 200


async def test_past_the_months_calls_there_are_days_of_grace_and_then_nothing_but_contacts():
    async with living_corp() as corp:
        corp.set(calls_per_month=2, calls_buffer_days=5)
        chat = corp.chat("设备部").id
        assert [(await corp.send_to_group(chat))[0] for _ in range(3)] == [200, 200, 200]
        await corp.town.clock.advance(parse_duration("5d"))
        await corp.login()
        status, said = await corp.send_to_group(chat)
        assert (status, said["code"]) == (403, FORBIDDEN + "ApiCountLimitForOrg")
        old = await corp.old("/chat/get", method="GET", chatid="x")
        assert old["errcode"] == 90020
        assert (await corp.old("/topapi/user/listadmin", {}))["errcode"] == 0
        await corp.town.clock.advance(parse_duration("30d"))
        await corp.login()
        assert (await corp.send_to_group(chat))[0] == 200


async def test_the_edition_decides_how_much_a_month_holds():
    async with living_corp() as corp:
        sizes = []
        for edition in ("standard", "professional"):
            corp.set(edition=edition)
            sizes.append((corp.ding.quota.size("calls"), corp.ding.quota.size("pushes")))
        assert sizes == [(5_000, 3_000), (200_000, 50_000)]


async def test_past_the_months_pushes_a_message_comes_without_its_text_and_an_event_not_at_all():
    async with living_corp() as corp, streaming(corp) as stream:
        corp.set(pushes_per_month=1)
        await corp.say("sunli", "bot", "第一句")
        await stream.take()
        await corp.ding.change_chat(corp.chat("设备部"), {"name": "新名"})
        await corp.say("sunli", "bot", "第二句")
        said = (await stream.take())["data"]
        assert (said["errCode"], "text" in said) == (20001, False)
        await corp.ding.rename(corp.ding.person("sunli"), "孙丽")
        assert (await stream.take(data={}))["headers"]["eventType"] == "user_modify_org"


async def test_a_missing_permission_is_named():
    async with living_corp() as corp:
        corp.set(scopes={"qyapi_robot_sendmsg": False, "qyapi_get_member": False, "fieldMobile": False})
        status, said = await corp.send_to_group(corp.chat("设备部").id)
        assert (status, said["code"]) == (403, FORBIDDEN + "AccessTokenPermissionDenied")
        assert said["accessdenieddetail"]["requiredScopes"] == ["qyapi_robot_sendmsg"]
        assert (await corp.old("/topapi/user/listadmin", {}))["errcode"] == 60011


async def test_tokens_of_three_calls_are_one_and_wrong_ones_are_told_apart():
    async with living_corp() as corp:
        ding = corp.ding
        corp_token = await corp.ok(
            "POST", f"/v1.0/oauth2/{ding.corp_id}/token",
            {"client_id": ding.client_id, "client_secret": ding.client_secret, "grant_type": "client_credentials"},
        )  # fmt: skip
        old = await corp.old("/gettoken", method="GET", appkey=ding.client_id, appsecret=ding.client_secret)
        assert corp_token["access_token"] == old["access_token"] == corp.token
        assert (await corp.old("/gettoken", method="GET", appkey=ding.client_id, appsecret="x"))[
            "errcode"
        ] == 40089
        body = {"appKey": ding.client_id, "appSecret": "x"}
        assert (await corp.new("POST", "/v1.0/oauth2/accessToken", body))[0] == 400
        assert (await corp.new("POST", "/v1.0/oauth2/accessToken"))[1]["code"] == "Missingbody"
        codes = [
            (await corp.old("/topapi/user/listadmin", {}, token=token))["errcode"] for token in ("", "x")
        ]
        await corp.town.clock.advance(parse_duration("2h"))
        codes.append((await corp.old("/topapi/user/listadmin", {}))["errcode"])
        assert codes == [41001, 40014, 42001]
        assert (await corp.send_to_people(["x"]))[0] == 400
        corp.set(expired_token_status=401)
        assert (await corp.send_to_people(["x"]))[0] == 401


@pytest.mark.parametrize(
    ("kind", "new", "old"),
    [
        pytest.param("status:429", (403, FORBIDDEN + "QpsLimitForAppkeyAndApi"), 90018, id="too many calls"),
        pytest.param("status:500", (500, "system.error"), -1, id="busy"),
        pytest.param("status:504", (504, "system.error"), 15, id="time-out"),
        pytest.param("status:401", (401, "InvalidAuthentication"), 40014, id="token"),
    ],
)
async def test_an_ordered_error_is_said_as_the_platform_would(kind, new, old):
    async with living_corp() as corp:
        await corp.talk.post(
            "/_sandbox/faults", [{"match": {"platform": "dingtalk"}, "kind": kind, "times": 2}]
        )
        status, said = await corp.send_to_group(corp.chat("设备部").id)
        assert (status, said["code"]) == new
        assert (await corp.old("/topapi/user/listadmin", {}))["errcode"] == old
        assert corp.texts(chat=corp.chat("设备部").id) == []


async def test_a_lost_answer_was_executed_all_the_same():
    async with living_corp() as corp:
        await corp.talk.post("/_sandbox/faults", [{"match": {"platform": "dingtalk"}, "kind": "lost-answer"}])
        with pytest.raises(Exception, match=r"disconnected|reset"):
            await corp.send_to_group(corp.chat("设备部").id)
        assert corp.texts(chat=corp.chat("设备部").id) == ["大家好"]
        [line] = [line for line in await corp.talk.lines(platform="dingtalk") if line["fault"]]
        assert line["message_id"] == corp.chat("设备部").messages[0].id
