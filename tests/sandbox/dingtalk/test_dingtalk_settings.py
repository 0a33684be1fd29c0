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
