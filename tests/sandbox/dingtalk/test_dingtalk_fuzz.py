"""Whatever is sent, the answer is DingTalk's, and nothing breaks."""

import asyncio
import contextlib
import json
import re

from asked_fields import fields_of
from dingtalk_town import living_corp, settled, streaming
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = fields_of("dingtalk")
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.text(max_size=12),
    st.sampled_from(["", "0", "-1", "1", "dtv1.card//IM_GROUP.x", "dtv1.card//", "{}", "[]", '{"content":"x"}', "sampleText"]),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=8,
)
BODIES = st.one_of(
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8).map(json.dumps),
    VALUES.map(json.dumps),
    st.text(max_size=20),
    st.sampled_from(['{"a":"\\ud800"}', "[" * 5000, '{"a":NaN}', "{}", '{"a":' + "9" * 5000 + "}"]),
)
TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data",
    "application/json; charset=nonsense",
)


def known(corp):
    """Real values, so that a call gets past its first check."""
    ding, chat = corp.ding, corp.chat("设备部")
    return {
        "robotCode": ding.robot_code, "robot_code": ding.template_robot_code, "openConversationId": chat.id,
        "open_conversation_id": chat.id, "cardTemplateId": ding.card_template, "outTrackId": "c-1",
        "template_id": ding.group_template, "owner_user_id": chat.owner, "chatid": ding.ids.chat_id(chat),
        "agent_id": ding.ids.agent_id(), "userid": chat.owner, "dept_id": 1, "operation_userid": corp.person("zhoumin"),
        "unionId": ding.ids.union_id(chat.owner), "msgKey": "sampleText", "msgParam": '{"content":"x"}',
        "appKey": ding.client_id, "appSecret": ding.client_secret, "clientId": ding.client_id,
        "clientSecret": ding.client_secret, "openSpaceId": f"dtv1.card//IM_GROUP.{chat.id}", "msgtype": "text",
    }  # fmt: skip


def paths(corp):
    """Of every call, with ids that exist."""
    ids = {
        "corpId": corp.ding.corp_id, "agentId": corp.ding.ids.agent_id(), "dentryId": "0", "code": "x", "uploadKey": "x",
        "unionId": corp.ding.ids.union_id(corp.chat("设备部").owner),
        "userId": corp.ding.ids.union_id(corp.chat("设备部").owner),
    }  # fmt: skip
    return {
        api: re.sub(r"\{(\w+)\}", lambda found: str(ids.get(found[1], "x")), api.path)
        for api in corp.ding.apis()
    }


def is_platforms(api, status, text):
    """Whether an answer is one that DingTalk could have given."""
    if not text:
        return True
    if not text.startswith("{"):
        return status in (200, 400, 403, 404)
    said = json.loads(text)
    if api.is_new:
        return status < 300 or {"code", "message", "requestid"} <= set(said)
    return status == 200 and "errcode" in said and "request_id" in said


async def test_every_route_answers_malformed_calls_in_the_platforms_words():
    async with living_corp(judged=False) as corp:
        corp.set(calls_per_second=100_000, calls_per_month=10**9, pushes_per_month=10**9)
        real, path = known(corp), paths(corp)
        apis = [api for api in path if not api.path.endswith("/disband")]
        loop = asyncio.get_running_loop()
        message = corp.town.messages[await corp.say("sunli", "bot", "在吗")]
        session = corp.ding.webhooks.open_session(message, corp.town.clock.now_ms())[0].partition(
            "?session="
        )[2]

        async def one(api, body, kind, mixed):
            if mixed and body.startswith("{"):
                with contextlib.suppress(ValueError, RecursionError):
                    body = json.dumps({**real, **json.loads(body)})
            headers = {"x-acs-dingtalk-access-token": corp.token, "Content-Type": kind}
            query = {"access_token": corp.token, "session": session, "unionId": real["unionId"]}
            url = corp.town.url + path[api]
            async with corp.talk.http.request(
                api.method, url, params=query, data=body.encode("utf-8", "replace"), headers=headers,
                allow_redirects=False,
            ) as answer:  # fmt: skip
                raw = await answer.read()
                assert is_platforms(api, answer.status, raw.decode("utf-8", "replace")), (api.name, body, raw)

        def run(coroutine):
            return asyncio.run_coroutine_threadsafe(coroutine, loop).result(20)

        @settings(max_examples=300, derandomize=True, deadline=None, database=None)
        @given(st.sampled_from(apis), BODIES, st.sampled_from(TYPES), st.booleans())
        def some(api, body, kind, mixed):
            run(one(api, body, kind, mixed))

        @settings(max_examples=250, derandomize=True, deadline=None, database=None)
        @given(
            st.sampled_from(apis), st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5).map(json.dumps)
        )
        def nearly_right(api, body):
            run(one(api, body, "application/json", True))

        await asyncio.to_thread(some)
        await asyncio.to_thread(nearly_right)
        assert corp.town.recorder.crashes == []


async def test_odd_queries_and_paths_break_nothing():
    async with living_corp(judged=False) as corp:
        path = paths(corp)
        for api in path:
            for query in (
                "",
                "?access_token",
                "?access_token=%ff&session=%00",
                "?nextToken=-1&maxResults=x&pageSize=9",
            ):
                url = corp.town.url + path[api] + query
                headers = {"x-acs-dingtalk-access-token": "未知".encode().decode("latin-1")}
                async with corp.talk.http.request(api.method, url, headers=headers) as answer:
                    assert answer.status < 500, (api.name, query)
        for path in (
            "/v1.0/nothing",
            "/v2.0/robot/oToMessages/batchSend",
            "/v1.0/robot/otoMessages/batchSend",
        ):
            status, said = await corp.new("POST", path, {})
            assert (status, said["code"]) == (404, "InvalidAction.NotFound")
        assert (await corp.new("GET", "/v1.0/robot/groupMessages/send"))[1][
            "code"
        ] == "InvalidAction.NotFound"
        assert (await corp.old("/topapi/v2/user/nothing", {}))["errcode"] == 404
        assert corp.town.recorder.crashes == []


async def test_frames_that_are_no_acknowledgements_are_passed_over():
    frames = [
        "", "{", "[]", "null", "1", '{"headers":1}', '{"headers":{"messageId":1}}', '{"code":200,"headers":{"messageId":"x"}}',
        '{"code":{},"headers":{"messageId":"x"},"data":[]}', "[" * 5000, '{"headers":{"messageId":"\\ud800"}}',
    ]  # fmt: skip
    async with living_corp(judged=False) as corp, streaming(corp) as stream:
        for frame in frames:
            await stream.socket.send_str(frame)
        await stream.socket.send_bytes(b"\xff\x00")
        await corp.say("sunli", "bot", "在吗")
        frame = await stream.next()
        for data in ("x", "[]", "null", '{"response":[]}', 7, None, {"response": {"cardData": 3}}):
            said = {"code": 200, "headers": {"messageId": frame["headers"]["messageId"]}, "data": data}
            await stream.socket.send_str(json.dumps(said))
        await settled(lambda: corp.town.frames_open == 0)


async def test_answers_to_a_press_that_cannot_be_read_are_as_none():
    async with living_corp(judged=False) as corp, streaming(corp) as stream:
        chat, worker = corp.chat("设备部"), corp.ding.person("sunli")
        await corp.ok("POST", "/v1.0/card/instances/createAndDeliver", corp.card("c-1", chat=chat.id))
        [card] = chat.messages
        for answer in (
            [], "x", {"cardData": 1}, {"cardData": {"cardParamMap": {"title": 1}}}, {"cardData": {"cardParamMap": {"t": "长" * 400}}},
            {"cardUpdateOptions": [], "cardData": {"cardParamMap": {"title": "x"}}}, {"userPrivateData": {"cardParamMap": 1}},
        ):  # fmt: skip
            pressing = asyncio.create_task(corp.ding.press(worker, card, "ack-1"))
            await stream.take(data={"response": answer})
            assert (await pressing)["toast"], answer
            assert card.card["title"] == "制度确认"
