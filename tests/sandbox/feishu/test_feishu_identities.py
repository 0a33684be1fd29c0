"""In whose name a call is: the robot's own, or a person's who logged in; and messages that are passed on."""

import json

import pytest
from feishu_town import BASE, office
from vendor_office import wholly_vendor_office

AS_USER = "im:message im:message.send_as_user im:message:recall"
MESSAGES = BASE + "/messages"


def token_of(o, name, scope=AS_USER):
    return o.feishu.tokens.of_person(o.person(name), scope).value


def words(to, text="大家好"):
    return {"receive_id": to, "msg_type": "text", "content": json.dumps({"text": text})}


async def as_person(o, name, method, path, body=None, **query):
    return (await o.call(method, path, body, token=token_of(o, name), **query))[1]


async def test_a_message_in_a_persons_name_is_theirs_and_the_robot_hears_it():
    async with office() as o, o.line() as line:
        chat = o.chat("研发部").id
        sent = await as_person(o, "chenli", "POST", MESSAGES, words(chat), receive_id_type="chat_id")
        assert sent["data"]["sender"]["id"] == o.person("chenli").id
        heard = (await line.next("im.message.receive_v1"))["event"]
        assert heard["sender"]["sender_id"]["open_id"] == o.person("chenli").id
        assert heard["message"]["message_id"] == sent["data"]["message_id"]
        direct = await as_person(
            o, "chenli", "POST", MESSAGES, words(o.feishu.ids.bot, "在吗"), receive_id_type="open_id"
        )
        assert direct["code"] == 0
        assert (await line.next("im.message.receive_v1"))["event"]["message"]["chat_type"] == "p2p"


async def test_a_person_speaks_only_where_they_may_and_with_what_they_consented_to():
    async with office() as o:
        chat = o.chat("研发部").id
        body = words(chat)
        outside = await as_person(o, "zhaoxiaoman", "POST", MESSAGES, body, receive_id_type="chat_id")
        assert outside["code"] == 230002
        no_consent = token_of(o, "chenli", "im:message")
        _, answer = await o.call("POST", MESSAGES, body, token=no_consent, receive_id_type="chat_id")
        assert answer["code"] == 99991679
        assert answer["error"]["permission_violations"][0]["subject"] == "im:message.send_as_user"
        colleague = words(o.person("lixiang").id)
        other = await as_person(o, "chenli", "POST", MESSAGES, colleague, receive_id_type="open_id")
        assert other["code"] == 230001
        o.chat("研发部").speak = "admins"
        muted = await as_person(o, "chenli", "POST", MESSAGES, body, receive_id_type="chat_id")
        assert muted["code"] == 230018


async def test_a_person_takes_back_their_own_words_and_an_owner_those_of_others():
    async with office() as o, o.line() as line:
        chat = o.chat("研发日常")  # 陈立 is its owner
        mine = await o.say("lixiang", chat.id, "我的话")
        other = await o.say("hexiao", chat.id, "别人的话")
        for message, name, code in (
            (other, "lixiang", 230026), (mine, "lixiang", 0), (mine, "lixiang", 230110), (other, "chenli", 0),
        ):  # fmt: skip
            answer = await as_person(o, name, "DELETE", f"{MESSAGES}/{message['message_id']}")
            assert answer["code"] == code
        told = [(await line.next("im.message.recalled_v1"))["event"]["recall_type"] for _ in range(2)]
        assert told == ["message_owner", "group_owner"]


async def test_a_person_changes_their_own_words_only():
    async with office() as o:
        said = await o.say("lixiang", o.chat("研发部").id, "旧")
        path, new = f"{MESSAGES}/{said['message_id']}", {"msg_type": "text", "content": '{"text":"新"}'}
        assert (await as_person(o, "chenli", "PUT", path, new))["code"] == 230071
        assert (await as_person(o, "lixiang", "PUT", path, new))["code"] == 0
        assert o.town.messages[said["message_id"]].text == "新"
        assert await o.code("PUT", path, new) == 230071


async def test_the_robot_passes_one_message_on(vendor):
    async with wholly_vendor_office(vendor) as o:
        said = await o.say("lixiang", o.chat("研发部").id, "明天停电")
        path, to = f"{MESSAGES}/{said['message_id']}/forward", {"receive_id": o.person("hejia").id}
        copy = await o.ok("POST", path, to, receive_id_type="open_id", uuid="u1")
        assert (copy["msg_type"], json.loads(copy["body"]["content"])) == ("text", {"text": "明天停电"})
        assert copy["sender"]["id_type"] == "app_id"
        again = await o.ok("POST", path, to, receive_id_type="open_id", uuid="u1")
        assert again["message_id"] == copy["message_id"]
        shut = {"schema": "2.0", "config": {"enable_forward": False}, "body": {"elements": []}}
        card = (await o.sent(o.chat("研发部").id, shut, "interactive"))["message_id"]
        assert await o.code("POST", f"{MESSAGES}/{card}/forward", to, receive_id_type="open_id") == 230054


async def test_the_robot_passes_a_bundle_on_and_hears_which_could_not_go(vendor):
    async with wholly_vendor_office(vendor) as o:
        chat, other = o.chat("研发部").id, o.chat("研发日常").id
        said = [(await o.say("lixiang", chat, each))["message_id"] for each in ("一", "二")]
        path, query = MESSAGES + "/merge_forward", {"receive_id_type": "chat_id"}
        body = {"receive_id": other, "message_id_list": [*said, "om_nobody"]}
        made = await o.ok("POST", path, body, **query)
        assert made["invalid_message_id_list"] == ["om_nobody"]
        assert made["message"]["msg_type"] == "merge_forward"
        bundle = made["message"]["message_id"]
        inside = (await o.ok("GET", f"{MESSAGES}/{bundle}"))["items"]
        assert [each["message_id"] for each in inside] == [bundle, *said]
        urgent = {"user_id_list": [o.person("chenli").id]}
        assert await o.code("PATCH", f"{MESSAGES}/{bundle}/urgent_app", urgent) == 230098
        elsewhere = (await o.say("chenli", other, "别处"))["message_id"]
        mixed = {"receive_id": other, "message_id_list": [said[0], elsewhere]}
        assert await o.code("POST", path, mixed, **query) == 230069
        assert await o.code("POST", path, {**body, "message_id_list": ["om_nobody"]}, **query) == 230064
        o.town.recall(o.town.messages[said[0]])
        assert await o.code("POST", path, {**body, "message_id_list": said[:1]}, **query) == 230065


@pytest.mark.parametrize(
    ("setting", "act", "code"),
    [
        ("self_destructing_chats", "reply", 230111), ("self_destructing_chats", "pin", 230111),
        ("secret_chats", "edit", 230073), ("encrypted_chats", "edit", 230074), ("encrypted_chats", "send", 230075),
        ("secret_chats", "forward", 230066), ("banned_chats", "moderate", 232060), ("meeting_chats", "moderate", 232092),
    ],
)  # fmt: skip
async def test_groups_that_are_not_as_others_say_so(setting, act, code):
    async with office() as o:
        chat = o.chat("研发部").id
        own = (await o.sent(chat, {"text": "x"}))["message_id"]
        await o.set(**{setting: ["研发部"]})
        text = {"msg_type": "text", "content": '{"text":"y"}'}
        calls = {
            "reply": ("POST", f"{MESSAGES}/{own}/reply", text, {}),
            "edit": ("PUT", f"{MESSAGES}/{own}", text, {}),
            "send": ("POST", MESSAGES, words(chat), {"receive_id_type": "chat_id"}),
            "pin": ("POST", BASE + "/pins", {"message_id": own}, {}),
            "forward": ("POST", f"{MESSAGES}/{own}/forward", {"receive_id": chat}, {"receive_id_type": "chat_id"}),
            "moderate": ("PUT", f"{BASE}/chats/{chat}/moderation", {"moderation_setting": "all_members"}, {}),
        }  # fmt: skip
        method, path, body, query = calls[act]
        if act == "moderate":
            o.chat("研发部").owner = "bot"
        assert await o.code(method, path, body, **query) == code
