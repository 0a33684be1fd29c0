"""Messages: who gets them, what is refused, what can be done to them later."""

import io
import json

import aiohttp
import pytest
from feishu_town import BASE, button, card, office

from sandbox.clock import parse_duration

TEXT = {"text": "x"}


async def turn(o, by):
    await o.town.clock.advance(parse_duration(by))


async def test_a_text_mentions_people_the_robot_and_everybody():
    async with office() as o:
        li = o.person("lixiang").id
        text = f'<at user_id="{li}">谁</at> <at user_id="all"></at> <at user_id="ou_x">鬼</at>'
        sent = await o.sent(o.chat("研发部").id, {"text": text})
        assert json.loads(sent["body"]["content"]) == {"text": "@_user_1 @_all @鬼"}
        assert sent["mentions"] == [
            {
                "key": "@_user_1",
                "id": li,
                "id_type": "open_id",
                "name": "李想",
                "tenant_key": o.feishu.ids.tenant,
            }
        ]
        message = o.town.messages[sent["message_id"]]
        assert (message.text, message.mentions) == ("@李想 @所有人 @鬼", [li, "all"])


@pytest.mark.parametrize(
    ("id_type", "value"),
    [("open_id", "id"), ("union_id", "union"), ("user_id", "lixiang"), ("email", "lixiang@hechuan.example")],
)
async def test_a_person_is_reached_by_each_kind_of_id(id_type, value):
    async with office() as o:
        li = o.person("lixiang")
        value = {"id": li.id, "union": o.feishu.ids.union(li.id)}.get(value, value)
        sent = await o.sent(value, TEXT, id_type=id_type)
        assert o.town.messages[sent["message_id"]].person == li.id
        again = await o.sent(sent["chat_id"], TEXT)
        assert again["chat_id"] == sent["chat_id"]


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"availability": ["市场部"]}, 230013),
        ({"stopped_by": ["lixiang"]}, 230053),
        ({"blocked_by": ["lixiang"]}, 230035),
        ({"bot_off": True}, 230006),
        ({"sensitive_words": ["x"]}, 230022),
        ({"dlp_words": ["x"]}, 230028),
        ({"quota_used_up": True}, 99991403),
        ({"scopes": {"im:message": False, "im:message:send_as_bot": False}}, 99991672),
        ({"codes": {"POST /open-apis/im/v1/messages": 11232}}, 11232),
    ],
)
async def test_a_direct_message_is_refused(setting, code):
    async with office() as o:
        await o.set(**setting)
        assert await o.refusal(o.person("lixiang").id, TEXT) == code


async def test_a_resigned_person_is_not_reached():
    async with office() as o:
        li = o.person("lixiang").id
        await o.talk.post("/_sandbox/people", {"platform": "feishu", "person": li, "leave": True})
        assert await o.refusal(li, TEXT) == 230013


@pytest.mark.parametrize(
    ("change", "code"),
    [({"bot": False}, 230002), ({"dissolve": True}, 232009), ({"speak": "admins", "admins": []}, 230018)],
)
async def test_a_group_message_is_refused(change, code):
    async with office() as o:
        group = o.chat("研发部").id
        await o.talk.post("/_sandbox/chats", {"platform": "feishu", "chat": group, **change})
        assert await o.refusal(group, TEXT) == code


async def test_only_owner_and_admins_may_mention_everybody_where_the_group_says_so():
    async with office() as o:
        group = o.chat("产品部")
        group.extra["at_all_permission"] = "only_owner"
        assert await o.refusal(group.id, {"text": '<at user_id="all"></at>'}) == 230018
        await o.say(group.owner, group.id, "大家好", "all")
        other = next(each for each in group.members if each != group.owner)
        refused = await o.say(other, group.id, "大家好", "all", status=403)
        assert "所有人" in refused["error"]


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("text", {}, 230001),
        ("text", {"text": ""}, 230001),
        ("text", {"text": 3}, 230001),
        ("text", [], 230001),
        ("text", {"text": "长" * 60000}, 230025),
        ("post", {"content": [[]]}, 230001),
        ("post", {"zh_cn": {"content": [[{"tag": "x"}]]}}, 230001),
        (
            "post",
            {"zh_cn": {"content": [[{"tag": "md", "text": "a"}, {"tag": "text", "text": "b"}]]}},
            230001,
        ),
        ("post", {"zh_cn": {"content": [[{"tag": "text", "text": "长" * 12000}]]}}, 230025),
        ("image", {"image_key": "img_none"}, 230017),
        ("image", {"image_key": "nothing"}, 230001),
        ("file", {"file_key": "file_none"}, 230017),
        ("share_user", {"user_id": "ou_none"}, 230001),
        ("share_chat", {"chat_id": "oc_none"}, 230001),
        ("hologram", {}, 99992402),
    ],
)
async def test_bad_content_is_refused(kind, content, code):
    async with office() as o:
        assert await o.refusal(o.person("lixiang").id, content, kind) == code


async def test_fields_are_checked_by_the_gateway():
    async with office() as o:
        body = {"receive_id": "ou_x", "msg_type": "text", "content": "{}", "uuid": "u" * 51}
        status, answer = await o.call("POST", BASE + "/messages", body, receive_id_type="open_id")
        assert (status, answer["code"]) == (400, 99992402)
        assert answer["error"]["field_violations"][0]["field"] == "uuid"
        assert await o.code("POST", BASE + "/messages", body, receive_id_type="thread_id") == 99992402


async def test_five_messages_a_second_to_one_person():
    async with office() as o:
        codes = [(await o.send(o.person("lixiang").id, TEXT))[1]["code"] for _ in range(6)]
        assert codes == [0, 0, 0, 0, 0, 230020]
        assert await o.refusal(o.person("chenli").id, TEXT) == 0
        await turn(o, "1s")
        assert await o.refusal(o.person("lixiang").id, TEXT) == 0


async def test_fifty_calls_a_second_and_the_header_says_how_long_to_wait():
    async with office() as o:
        answers = [await o.call("GET", BASE + "/chats") for _ in range(51)]
        assert [status for status, _ in answers] == [200] * 50 + [429]
        assert answers[-1][1]["code"] == 99991400
        assert (o.headers["x-ogw-ratelimit-limit"], o.headers["x-ogw-ratelimit-reset"]) == ("50", "1")
        await turn(o, "1s")
        await o.ok("GET", BASE + "/chats")


async def test_the_month_has_so_many_calls():
    async with office() as o:
        await o.set(monthly_quota=2)
        codes = [(await o.call("GET", BASE + "/chats"))[1]["code"] for _ in range(3)]
        assert codes == [0, 0, 99991403]


async def test_a_reply_keeps_its_root_and_a_thread_its_id():
    async with office() as o:
        group = o.chat("研发部").id
        said = (await o.say("lixiang", group, "问题", "bot"))["message_id"]
        body = {"msg_type": "text", "content": json.dumps(TEXT), "reply_in_thread": True, "uuid": "r1"}
        first = await o.ok("POST", f"{BASE}/messages/{said}/reply", body)
        assert (first["root_id"], first["parent_id"], first["thread_id"][:4]) == (said, said, "omt_")
        again = await o.ok("POST", f"{BASE}/messages/{said}/reply", body)
        assert again["message_id"] == first["message_id"]
        deeper = await o.ok("POST", f"{BASE}/messages/{first['message_id']}/reply", {**body, "uuid": "r2"})
        assert (deeper["root_id"], deeper["parent_id"]) == (said, said)
        thread = {"container_id_type": "thread", "container_id": first["thread_id"]}
        items = (await o.ok("GET", BASE + "/messages", **thread))["items"]
        assert [each["message_id"] for each in items] == [said, first["message_id"], deeper["message_id"]]


async def test_a_text_is_edited_twenty_times_within_the_time():
    async with office() as o:
        sent = await o.sent(o.person("lixiang").id, TEXT)
        path = f"{BASE}/messages/{sent['message_id']}"
        body = {"msg_type": "text", "content": json.dumps({"text": "y"})}
        for _ in range(20):
            edited = await o.ok("PUT", path, body)
        assert (edited["updated"], o.town.messages[sent["message_id"]].text) == (True, "y")
        assert await o.code("PUT", path, body) == 230072
        late = await o.sent(o.person("chenli").id, TEXT)
        await turn(o, "25h")
        o.token = None
        assert await o.code("PUT", f"{BASE}/messages/{late['message_id']}", body) == 230075
        assert await o.code("PUT", path, {**body, "msg_type": "interactive"}) == 230001


async def test_a_card_is_updated_for_fourteen_days():
    async with office() as o:
        sent = await o.sent(o.person("lixiang").id, card(button("好", {"a": 1})), "interactive")
        path, body = f"{BASE}/messages/{sent['message_id']}", {"content": json.dumps(card(title="已撤回"))}
        await o.ok("PATCH", path, body)
        assert o.town.messages[sent["message_id"]].text == "已撤回"
        for _ in range(4):
            await o.ok("PATCH", path, body)
        assert await o.code("PATCH", path, body) == 230020
        await turn(o, "15d")
        o.token = None
        assert await o.code("PATCH", path, body) == 230031


async def test_the_robot_recalls_its_own_for_a_day():
    async with office() as o:
        first, second = [await o.sent(o.person("lixiang").id, TEXT) for _ in range(2)]
        path = f"{BASE}/messages/{first['message_id']}"
        async with o.line() as line:
            await o.ok("DELETE", path)
            event = await line.next("im.message.recalled_v1")
        assert (event["event"]["message_id"], event["event"]["recall_type"]) == (
            first["message_id"],
            "message_owner",
        )
        assert await o.code("DELETE", path) == 230110
        shown = (await o.ok("GET", path))["items"][0]
        assert (shown["deleted"], shown["body"]["content"]) == (True, "This message was recalled")
        await turn(o, "25h")
        o.token = None
        assert await o.code("DELETE", f"{BASE}/messages/{second['message_id']}") == 230009


@pytest.mark.parametrize(("role", "code"), [("admin", 0), ("owner", 0), ("creator", 0), ("member", 230026)])
async def test_the_robot_recalls_others_where_it_has_a_role(role, code):
    async with office() as o:
        group = o.chat("产品部")
        said = (await o.say(group.owner, group.id, "吵"))["message_id"]
        if role == "admin":
            group.admins["bot"] = None
        elif role == "owner":
            group.owner = "bot"
        elif role == "creator":
            group.extra["creator"] = "bot"
        assert await o.code("DELETE", f"{BASE}/messages/{said}") == code
        assert o.town.messages[said].recalled is (code == 0)


async def test_a_group_s_history_needs_its_own_scope():
    async with office() as o:
        group = o.chat("研发部").id
        await o.say("lixiang", group, "一")
        await turn(o, "1m")
        await o.say("lixiang", group, "二")
        where = {"container_id_type": "chat", "container_id": group}
        items = (await o.ok("GET", BASE + "/messages", **where))["items"]
        assert [json.loads(each["body"]["content"])["text"] for each in items] == ["一", "二"]
        start = int(items[1]["create_time"]) // 1000
        later = await o.ok("GET", BASE + "/messages", start_time=start, **where)
        assert [each["message_id"] for each in later["items"]] == [items[1]["message_id"]]
        newest = await o.ok("GET", BASE + "/messages", sort_type="ByCreateTimeDesc", page_size=1, **where)
        assert (newest["items"], newest["has_more"]) == ([items[1]], True)
        await o.set(scopes={"im:message.group_msg": False})
        assert await o.code("GET", BASE + "/messages", **where) == 230027


async def test_readers_are_named_for_seven_days():
    async with office() as o:
        group = o.chat("产品部")
        sent = await o.sent(group.id, TEXT)
        reader = next(iter(group.members))
        read = {"platform": "feishu", "person": reader, "message_id": sent["message_id"]}
        await o.talk.post("/_sandbox/read", read)
        path = f"{BASE}/messages/{sent['message_id']}/read_users"
        assert [e["user_id"] for e in (await o.ok("GET", path, user_id_type="open_id"))["items"]] == [reader]
        assert await o.code("GET", path) == 99992402
        said = (await o.say(reader, group.id, "x"))["message_id"]
        assert await o.code("GET", f"{BASE}/messages/{said}/read_users", user_id_type="open_id") == 230012
        await turn(o, "8d")
        o.token = None
        assert await o.code("GET", path, user_id_type="open_id") == 230033


async def test_an_urgent_call_reaches_those_of_the_chat():
    async with office() as o:
        group, li = o.chat("研发部"), o.person("lixiang").id
        sent = await o.sent(group.id, TEXT)
        path = f"{BASE}/messages/{sent['message_id']}/urgent_app"
        answer = await o.ok("PATCH", path, {"user_id_list": [li, "ou_x"]}, user_id_type="open_id")
        assert answer == {"invalid_user_id_list": ["ou_x"]}
        assert await o.code("PATCH", path, {"user_id_list": ["ou_x"]}) == 230001
        group.admins.clear()
        group.extra["urgent_setting"] = "only_owner"
        assert await o.code("PATCH", path, {"user_id_list": [li]}) == 230052
        group.extra.clear()
        o.feishu.state.urgent[li] = {str(each) for each in range(200)}
        assert await o.code("PATCH", path, {"user_id_list": [li]}) == 230023
        await o.set(urgent_quota=0)
        sms = path.replace("urgent_app", "urgent_sms")
        assert await o.code("PATCH", sms, {"user_id_list": [o.person("chenli").id]}) == 230024


async def test_pins_and_reactions():
    async with office() as o:
        group = o.chat("研发部")
        sent = (await o.sent(group.id, TEXT))["message_id"]
        assert (await o.ok("POST", BASE + "/pins", {"message_id": sent}))["pin"]["message_id"] == sent
        assert len((await o.ok("GET", BASE + "/pins", chat_id=group.id))["items"]) == 1
        await o.ok("DELETE", f"{BASE}/pins/{sent}")
        assert (await o.ok("GET", BASE + "/pins", chat_id=group.id))["items"] == []
        path = f"{BASE}/messages/{sent}/reactions"
        made = await o.ok("POST", path, {"reaction_type": {"emoji_type": "DONE"}})
        assert (await o.ok("GET", path))["items"] == [made]
        await o.ok("DELETE", f"{path}/{made['reaction_id']}")
        assert (await o.ok("GET", path))["items"] == []


async def test_events_come_by_what_the_scopes_allow():
    async with office() as o, o.line() as line:
        group = o.chat("研发部").id

        async def heard(scope, *mentions):
            await o.set(scopes={"im:message.group_msg": False, **scope})
            said = (await o.say("lixiang", group, "x", *mentions))["message_id"]
            marker = (await o.say("chenli", "bot", "y"))["message_id"]
            ids = []
            while marker not in ids:
                ids.append((await line.next("im.message.receive_v1"))["event"]["message"]["message_id"])
            return said in ids

        assert [
            await heard({}),
            await heard({}, "bot"),
            await heard({}, "all"),
            await heard({"im:message.group_msg": True}),
            await heard({"im:message.group_at_msg:readonly": False}, "bot"),
        ] == [False, True, False, True, False]


@pytest.mark.parametrize(("who", "kind"), [("lixiang", "message_owner"), ("zhangwei", "group_owner")])
async def test_what_people_take_back_is_told(who, kind):
    async with office() as o, o.line() as line:
        said = (await o.say("lixiang", "研发部", "吵"))["message_id"]
        body = {"platform": "feishu", "person": who, "message_id": said}
        await o.talk.post("/_sandbox/recall", body)
        event = (await line.next("im.message.recalled_v1"))["event"]
        assert (event["message_id"], event["recall_type"]) == (said, kind)
        await o.talk.post("/_sandbox/recall", body, 403)


async def test_a_reaction_of_a_person_is_told_if_it_was_asked_for():
    async with office() as o, o.line() as line:
        await o.set(events={"im.message.reaction.created_v1": True})
        sent = (await o.sent(o.chat("研发部").id, TEXT))["message_id"]
        body = {"platform": "feishu", "person": "lixiang", "message_id": sent, "emoji": "DONE"}
        await o.talk.post("/_sandbox/react", body)
        event = (await line.next("im.message.reaction.created_v1"))["event"]
        assert (event["operator_type"], event["user_id"]["open_id"]) == ("user", o.person("lixiang").id)


async def test_reading_is_told_of_direct_messages_only():
    async with office() as o, o.line() as line:
        group = o.chat("研发部")
        for target in (group.id, o.person("lixiang").id):
            sent = (await o.sent(target, TEXT))["message_id"]
            await o.talk.post(
                "/_sandbox/read", {"platform": "feishu", "person": "lixiang", "message_id": sent}
            )
        assert (await line.next())["event"]["message_id_list"] == [sent]


async def test_batches_go_to_people_and_departments_and_count_their_readers():
    async with office() as o:
        team = o.town.department_named("feishu", "接口组").id
        boss = o.person("沈卫东").id
        body = {
            "msg_type": "text",
            "content": {"text": "通知"},
            "department_ids": [team, "od-x", "0"],
            "open_ids": [boss, "ou_x"],
        }
        answer = await o.ok("POST", "/open-apis/message/v4/batch_send/", body)
        assert (answer["invalid_department_ids"], answer["invalid_open_ids"]) == (["od-x", "0"], ["ou_x"])
        path = f"{BASE}/batch_messages/{answer['message_id']}"
        [copy] = o.town.messages_in("feishu", person=boss)
        await o.talk.post("/_sandbox/read", {"platform": "feishu", "person": boss, "message_id": copy.id})
        assert (await o.ok("GET", path + "/read_user"))["read_user"] == {
            "read_count": "1",
            "total_count": "7",
        }
        await o.ok("DELETE", path)
        progress = await o.ok("GET", path + "/get_progress")
        assert progress["batch_message_recall_progress"] == {"recall": True, "recall_count": 7}
        assert copy.recalled
        status, answer = await o.call(
            "POST", "/open-apis/message/v4/batch_send/", {**body, "msg_type": "file"}
        )
        assert (status, answer["code"]) == (200, 99992402)


async def test_an_ephemeral_card_is_for_one_member():
    async with office() as o, o.line(answer=lambda event: (200, {})):
        group, li = o.chat("研发部").id, o.person("lixiang").id
        body = {
            "chat_id": group,
            "open_id": li,
            "msg_type": "interactive",
            "card": card(button("好", {"a": 1})),
        }
        sent = (await o.ok("POST", "/open-apis/ephemeral/v1/send", body))["message_id"]
        assert await o.press("lixiang", sent, "好") == {}
        await o.press("chenli", sent, "好", status=403)
        assert await o.code("PATCH", f"{BASE}/messages/{sent}", {"content": json.dumps(card())}) == 230054


PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


async def test_uploads_belong_to_the_app_and_can_be_fetched_back():
    async with office() as o:
        form = aiohttp.FormData()
        form.add_field("image_type", "message")
        form.add_field("image", PNG, filename="a.png", content_type="image/png")
        key = (await o.call("POST", BASE + "/images", data=form))[1]["data"]["image_key"]
        sent = await o.sent(o.person("lixiang").id, {"image_key": key}, "image")
        url = f"{o.town.url}{BASE}/messages/{sent['message_id']}/resources/{key}"
        headers = {"Authorization": f"Bearer {o.token}"}
        async with o.talk.http.get(url, params={"type": "image"}, headers=headers) as answer:
            assert await answer.read() == PNG
        for content, code in ((b"", 234010), (b"text", 234011), (PNG + b"0" * 10 * 1024 * 1024, 234006)):
            form = aiohttp.FormData()
            form.add_field("image_type", "message")
            form.add_field("image", io.BytesIO(content), filename="a.png")
            assert (await o.call("POST", BASE + "/images", data=form))[1]["code"] == code
        form = aiohttp.FormData()
        form.add_field("file_type", "pdf")
        form.add_field("file_name", "a.pdf")
        form.add_field("file", b"%PDF", filename="a.pdf")
        key = (await o.call("POST", BASE + "/files", data=form))[1]["data"]["file_key"]
        assert await o.refusal(o.person("lixiang").id, {"file_key": key}, "media") == 230055
        await o.sent(o.person("lixiang").id, {"file_key": key}, "file")
