"""What is not known about the platform can be switched, and the town obeys."""

import asyncio

import aiohttp
import pytest
from dingtalk_town import living_corp, streaming

from sandbox.clock import parse_duration


async def test_errors_of_the_old_host_may_have_another_status_except_for_a_wrong_token():
    async with living_corp() as corp:
        corp.set(old_error_status=400)
        url = f"{corp.town.url}/topapi/v2/user/get?access_token="
        statuses = []
        for token in (corp.token, "x"):
            async with corp.talk.http.post(url + token, json={"userid": "nobody"}) as answer:
                statuses.append(answer.status)
        assert statuses == [400, 200]


async def test_calls_without_a_page_may_be_refused():
    async with living_corp() as corp:
        corp.set(undocumented_calls=False)
        body = {"robotCode": corp.ding.robot_code, "pageSize": 10, "pageNumber": 1}
        assert (await corp.new("POST", "/v1.0/robot/groups/query", body))[0] == 403


@pytest.mark.parametrize(("counts", "used"), [(False, 1), (True, 3)])
async def test_a_batch_may_count_as_many_calls_as_people(counts, used):
    async with living_corp() as corp:
        corp.set(batch_counts_people=counts)
        await corp.send_to_people(["a", "b", corp.person("sunli")])
        assert corp.ding.quota.used("calls") == used


async def test_a_connection_may_have_an_end():
    async with living_corp() as corp:
        corp.set(connection_life_s=3600, ticket_status=403)
        async with streaming(corp) as stream:
            await corp.town.clock.advance(parse_duration("1h"))
            assert (await stream.next())["data"] == {"reason": "connection is expired"}
            await corp.town.clock.advance(parse_duration("10s"))
            assert (await stream.socket.receive()).type is aiohttp.WSMsgType.CLOSE
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await corp.talk.http.ws_connect(f"{corp.town.url}/connect?ticket=x")


async def test_messages_may_wait_for_a_line():
    async with living_corp() as corp:
        corp.set(robot_waits_for_line=True)
        await corp.say("sunli", "bot", "有人吗")
        async with streaming(corp) as stream:
            await corp.town.clock.advance(parse_duration("59s"))
            _, frame = await asyncio.gather(corp.town.clock.advance(parse_duration("1s")), stream.take())
            assert frame["data"]["text"]["content"] == "有人吗"


async def test_any_call_can_be_refused_with_any_code():
    async with living_corp() as corp:
        corp.set(
            errors={"/v1.0/robot/groupMessages/send": "unknown.send.result", "/topapi/user/listadmin": 90002}
        )
        assert (await corp.send_to_group(corp.chat("设备部").id))[1]["code"] == "unknown.send.result"
        assert (await corp.old("/topapi/user/listadmin", {}))["errcode"] == 90002


async def test_a_banned_address_reads_of_its_punishment_only():
    async with living_corp(judged=False) as corp:
        corp.set(banned=True)
        assert (await corp.send_to_group(corp.chat("设备部").id))[1]["punish"] == "deny"
        assert (await corp.old("/topapi/user/listadmin", {}))["punish"] == "deny"


async def test_words_speed_and_filters_for_which_no_numbers_are_published():
    async with living_corp() as corp:
        corp.set(forbidden_words=["违禁"], group_messages_per_minute=1, filtered_people=["sunli"])
        chat = corp.chat("设备部").id
        codes = [(await corp.send_to_group(chat, text))[1].get("code") for text in ("违禁词", "一", "二")]
        assert codes == ["contain.notAllowed.text", None, "send.too.fast"]
        assert (await corp.send_to_people([corp.person("sunli")]))[1]["filteredStaffIdList"] == [
            corp.person("sunli")
        ]
        path = "/v1.0/card/instances/createAndDeliver"
        said = (await corp.new("POST", path, corp.card("c-1", chat=chat, title="违禁词")))[1]
        assert said["code"] == "param.contentUnsafe"


async def test_who_does_not_ask_for_json_gets_xml():
    async with living_corp(judged=False) as corp:
        body = {"clientId": corp.ding.client_id, "clientSecret": corp.ding.client_secret}
        body["subscriptions"] = [{"type": "EVENT", "topic": "*"}]
        async with corp.talk.http.post(f"{corp.town.url}/v1.0/gateway/connections/open", json=body) as answer:
            assert (await answer.text()).startswith("<Response>")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("edition", "gold"), ("chat_events_for", "x"), ("scopes", {"a": 1}), ("event_retries_s", ["x"]), ("ticket_status", 9),
        ("ping_s", -1), ("admins", [1]), ("custom_robots", {"设备部": 1}), ("calls_per_month", "many"), ("errors", {"/x": []}),
    ],
)  # fmt: skip
async def test_a_setting_that_means_nothing_is_refused_with_what_is_allowed(key, value):
    async with living_corp() as corp:
        said = await corp.talk.post("/_sandbox/settings", {f"dingtalk.{key}": value}, status=400)
        assert said["error"].startswith(f"dingtalk.{key}")
