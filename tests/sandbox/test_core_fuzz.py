"""Whatever is sent to the control door, it says what is allowed and never fails itself."""

import asyncio
import json
import re

from asked_fields import fields_of
from core_town import living_town
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import control

FIELDS = fields_of()
SOME = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.text(max_size=8),
    st.sampled_from(["feishu", "dingtalk", "bot", "all", "\ud800", "", "1h", "2026-09-07T09:00", "研发部", "lixiang"]),
)  # fmt: skip
VALUES = st.recursive(
    SOME,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.one_of(
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=7).map(json.dumps),
    VALUES.map(json.dumps),
    st.sampled_from(["", "{", "[]", "null", "[" * 5000, '{"platform":"feishu"}']),
)


def real(town, platform):
    """Values that exist, so that a call gets past its first look."""
    side = town.platforms[platform]
    person, chat = next(iter(town.people[platform].values())), next(iter(town.chats[platform].values()))
    message = town.post(
        platform, id=side.new_message_id(), sender=person.id, text="x", chat=chat.id, extra={"content": "{}"}
    )
    return {
        "platform": platform, "person": person.id, "chat": chat.id, "to": chat.id, "message_id": message.id, "text": "x",
        "people": [person.id], "action": "x", "key": "k", "emoji": "DONE", "title": "t", "content": "c",
        "department": person.departments[0], "instance": "x", "verdict": "agree", "role": "r",
    }  # fmt: skip


async def test_no_call_makes_the_control_door_fail():
    async with living_town() as talk:
        routes = [
            (each.method, re.sub(r"\{\w+\}", "x", each.path))
            for each in control.routes(talk.town)
            if each.path not in ("/_sandbox/clock/followers", "/_sandbox/reset")
        ]
        known = {name: real(talk.town, name) for name in ("feishu", "dingtalk")}
        loop = asyncio.get_running_loop()

        async def one(method, path, body, platform):
            if platform and body.startswith("{") and body.endswith("}"):
                body = json.dumps({**json.loads(body), **known[platform]})
            where = {"params": {"platform": platform or "x"}} if method == "GET" else {"data": body.encode()}
            async with talk.http.request(method, talk.town.url + path, **where) as answer:
                said = await answer.text()
                assert answer.status < 500 or answer.status == 504, (method, path, body, said)
                if answer.status >= 400:
                    assert set(json.loads(said)) == {"error"}, (method, path, said)

        def run(coroutine):
            return asyncio.run_coroutine_threadsafe(coroutine, loop).result(30)

        @settings(max_examples=300, derandomize=True, deadline=None, database=None)
        @given(st.sampled_from(routes), BODIES, st.sampled_from(["", "feishu", "dingtalk"]))
        def tried(route, body, platform):
            run(one(*route, body, platform))

        await asyncio.to_thread(tried)


async def test_what_is_not_there_is_said_in_json():
    async with living_town() as talk:
        for method, path, status in (("GET", "/_sandbox/nothing", 404), ("PUT", "/_sandbox/say", 405)):
            async with talk.http.request(method, talk.town.url + path) as answer:
                assert (answer.status, set(await answer.json())) == (status, {"error"})
