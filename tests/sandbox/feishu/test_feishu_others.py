"""Other robots, other companies, calls that meet, and events that wait for those before them."""

import asyncio

import pytest
from feishu_town import BASE, office, settled
from vendor_office import vendor_office

from sandbox.clock import parse_duration

OTHER = "cli_00000000000000aa"
INCLUDE_BOT = {
    "all": "im:message.group_msg.include_bot:read",
    "at": "im:message.group_at_msg.include_bot:readonly",
}


async def speak(o, text, *mentions, status=200, bot=OTHER):
    body = {"platform": "feishu", "bot": bot, "to": "研发部", "text": text, "mentions": list(mentions)}
    return await o.talk.post("/_sandbox/say", body, status)


@pytest.mark.parametrize(
    ("scopes", "heard"), [([], []), (["at"], ["@驿站 二"]), (["all"], ["一", "@驿站 二"])]
)
async def test_another_robot_is_heard_by_the_scopes_for_it_only(scopes, heard):
    async with office() as o, o.line() as line:
        await o.set(other_bots={OTHER: "审批助手"}, scopes={INCLUDE_BOT[each]: True for each in scopes})
        said = (await speak(o, "一"))["message_id"]
        await speak(o, "@驿站 二", "bot", bot="审批助手")
        await o.say("lixiang", "研发部", "三")
        events = [(await line.next("im.message.receive_v1"))["event"] for _ in (*heard, "三")]
        assert [each["sender"]["sender_type"] for each in events] == [*("bot" for _ in heard), "user"]
        for each in events[:-1]:
            assert each["sender"]["sender_id"]["open_id"] == o.feishu.ids.robot(OTHER)
        shown = (await o.ok("GET", f"{BASE}/messages/{said}"))["items"][0]["sender"]
        assert (shown["id"], shown["sender_type"]) == (OTHER, "app")
        await speak(o, "x", status=404, bot="没有")


async def test_robots_are_members_of_groups(vendor):
    async with vendor_office(vendor) as (o, v):
        await o.set(other_bots={f"cli_{n:016x}": f"助手{n}" for n in range(16)})
        chat = o.chat("研发部")

        async def add(*app_ids):
            body = v.im.CreateChatMembersRequestBody.builder().id_list(list(app_ids)).build()
            request = v.im.CreateChatMembersRequest.builder().chat_id(chat.id).member_id_type("app_id")
            request = request.request_body(body).build()
            return await v.call(v.client.im.v1.chat_members.create, request)

        assert (await add("cli_ffffffffffffffff")).code == 232021
        for start in (0, 5):
            assert (await add(*(f"cli_{n:016x}" for n in range(start, start + 5)))).code == 0
        assert (await add(*(f"cli_{n:016x}" for n in range(10, 15)))).code == 232013
        assert (await o.ok("GET", f"{BASE}/chats/{chat.id}"))["bot_count"] == "11"
        found = await o.ok("GET", f"{BASE}/chats/{chat.id}/members/list", member_types="bot")
        assert [each["name"] for each in found["bots"]][:3] == ["驿站", "助手0", "助手1"]
        assert found["bot_total"] == 11
        gone = {"id_list": ["cli_0000000000000000", "cli_000000000000000f"]}
        left = await o.ok("DELETE", f"{BASE}/chats/{chat.id}/members", gone, member_id_type="app_id")
        assert left["invalid_id_list"] == ["cli_000000000000000f"]
        assert (await o.ok("GET", f"{BASE}/chats/{chat.id}"))["bot_count"] == "10"


async def test_calls_on_the_members_of_one_group_must_not_meet():
    async with office() as o:
        await o.set(member_call_s=0.2)
        path = f"{BASE}/chats/{o.chat('研发部').id}/members"
        bodies = [{"id_list": [o.person(each).id]} for each in ("hexiao", "linlan")]
        both = await asyncio.gather(*(o.call("POST", path, each) for each in bodies))
        assert sorted(answer["code"] for _, answer in both) == [0, 232019]
        await o.ok("POST", path, bodies[0])
        await o.ok("DELETE", path, bodies[0])


async def test_an_external_group_needs_the_right_to_share_and_an_owner(vendor):
    async with vendor_office(vendor) as (o, v):
        li = o.person("lixiang").id

        async def create(owner):
            body = v.im.CreateChatRequestBody.builder().name("客户群").external(True).owner_id(owner).build()
            request = v.im.CreateChatRequest.builder().user_id_type("open_id").request_body(body).build()
            return await v.call(v.client.im.v1.chat.create, request)

        assert (await create(li)).code == 232033
        await o.set(shares_externally=True)
        assert (await create("")).code == 232033
        made = await create(li)
        assert (made.code, made.data.external) == (0, True)
        sent = (await o.sent(made.data.chat_id, {"text": "x"}))["message_id"]
        path = f"{BASE}/messages/{sent}/read_users"
        assert await o.code("GET", path, user_id_type="open_id") == 230027
        await o.set(shares_externally=False)
        assert await o.code("GET", f"{BASE}/chats/{made.data.chat_id}/members") == 232033


async def test_an_ordered_event_waits_for_the_one_before_it():
    async with office() as o:
        await o.set(ordered_events=["im.message.receive_v1"])
        takes = []
        async with o.line(answer=lambda event: (200 if takes else 500, None)) as line:
            for text in ("一", "二"):
                await o.say("lixiang", "研发部", text)
            await settled(o)
            assert line.events.qsize() == 1
            takes.append(True)
            await o.town.clock.advance(parse_duration("15s"))
            await settled(o)
            texts = [(await line.next())["event"]["message"]["content"] for _ in range(3)]
        assert texts == ['{"text":"一"}', '{"text":"一"}', '{"text":"二"}']


async def test_an_ordered_event_that_is_given_up_blocks_no_longer():
    async with office() as o:
        await o.set(ordered_events=["im.message.receive_v1"])
        async with o.line(answer=lambda event: (500 if "一" in str(event) else 200, None)) as line:
            for text in ("一", "二"):
                await o.say("lixiang", "研发部", text)
            await o.town.clock.advance(parse_duration("8h"))
            await settled(o)
            texts = [(await line.next())["event"]["message"]["content"] for _ in range(6)]
        assert texts == ['{"text":"一"}'] * 5 + ['{"text":"二"}']


async def test_the_record_of_frames_has_every_try_of_a_split_event():
    async with office() as o:
        await o.set(split_bytes=200, events={"im.chat.access_event.bot_p2p_chat_entered_v1": False})
        codes = iter([500, 200])
        async with o.line(answer=lambda event: (next(codes), None)) as line:
            await o.say("lixiang", "bot", "长" * 300)
            await settled(o)
            await o.town.clock.advance(parse_duration("15s"))
            await settled(o)
            assert len(line.frames) > 4
        first, second = await o.talk.get("/_sandbox/frames", platform="feishu")
        assert [first["outcome"], second["outcome"]] == ["refused", "acked"]
        assert [first["ack"], second["ack"]] == [{"code": 500}, {"code": 200}]
        assert first["body"] == second["body"]
        assert first["message_id"] != second["message_id"]
