"""What DingTalk pushes becomes one of our events, and every frame is answered in its own shape."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.dingtalk import codec
from adapters.errors import Undecodable
from adapters.port import Reply
from policies.card import Button, Card
from policies.model import (
    Account,
    Chat,
    ChatChanged,
    DirectoryChanged,
    Platform,
    Posted,
    Pressed,
    Read,
    Said,
    Unrecognised,
)

from . import samples

DING = Platform.DINGTALK


def account(identity):
    return Account(DING, identity)


def test_a_group_message_names_its_author_chat_and_those_mentioned_without_the_robot():
    said = codec.decode(samples.robot())
    assert isinstance(said, Said)
    message = said.message
    assert (message.id, said.id, said.cause, said.tenant) == ("msgrK2abc==",) * 3 + ("ding9733",)
    assert (message.author, message.author_name) == (account("0200"), "小钉")
    assert (message.chat, message.chat_name) == (samples.ROOM, "研发部")
    assert message.text == "帮我发通知"
    assert message.mentioned == (account("0147"), account("$:LWCP_v1:$v1out"))
    assert (message.to_bot, message.direct) == (True, False)
    assert message.sent_at == said.occurred_at == datetime(2024, 2, 19, 7, 20, 4, 136000, tzinfo=UTC)


def test_a_direct_message_is_to_the_bot_without_a_mention():
    message = codec.decode(samples.robot(conversationType="1", isInAtList=False, atUsers=None)).message
    assert (message.direct, message.to_bot, message.mentioned) == (True, True, ())


def test_a_group_message_that_does_not_mention_the_robot_is_posted():
    assert isinstance(codec.decode(samples.robot(isInAtList=False)), Posted)


@pytest.mark.parametrize(
    ("changes", "author"),
    [
        pytest.param({"senderStaffId": ""}, "$:LWCP_v1:$Bv1", id="another company's"),
        pytest.param({"senderStaffId": ..., "senderId": "Bv1"}, "$Bv1", id="never looks like a staff id"),
        pytest.param({"senderStaffId": 200}, "200", id="a number is taken as text"),
    ],
)
def test_an_author_without_a_staff_id_is_kept_as_somebody_opaque(changes, author):
    message = codec.decode(samples.robot(**changes)).message
    assert message.author == account(author)
    assert codec.is_opaque(message.author) is author.startswith("$")


@pytest.mark.parametrize(
    ("msgtype", "content", "text"),
    [
        pytest.param(
            "richText",
            {"richText": [{"text": "早会"}, {"downloadCode": "c", "type": "picture"}, {"text": "改期"}]},
            "早会〔图片〕改期",
            id="words around a picture",
        ),
        pytest.param("picture", {"downloadCode": "c"}, "〔图片〕", id="a picture"),
        pytest.param(
            "audio", {"duration": 4000, "recognition": "明天开会"}, "明天开会", id="a spoken message"
        ),
        pytest.param("file", {"fileName": "a.pdf"}, "〔文件〕", id="a file"),
        pytest.param(
            "unknownMsgType", {"unknownMsgType": "chatRecord"}, "〔其他消息〕", id="a forwarded record"
        ),
        pytest.param("audio", {"duration": 4000}, "〔语音〕", id="one that was not understood"),
        pytest.param("text", {}, "", id="an empty text"),
        pytest.param("audio", '{"recognition":"好"}', "好", id="content that is JSON in a string"),
    ],
)
def test_the_words_of_every_kind_of_message(msgtype, content, text):
    assert codec.decode(samples.robot(msgtype=msgtype, text=..., content=content)).message.text == text


def test_a_message_after_the_months_pushes_are_used_up_raises_the_alarm():
    event = codec.decode(samples.robot(text=..., errCode=20001, errMsg="suspended"))
    assert isinstance(event, Unrecognised)
    assert event.type == codec.QUOTA


def test_a_message_to_another_robot_is_not_ours():
    assert codec.decode(samples.robot(), robot_code="dingxyz").type == codec.FOREIGN_ROBOT
    assert isinstance(codec.decode(samples.robot(), robot_code="dingabc"), Said)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"conversationId": ""}, id="no chat"),
        pytest.param({"senderStaffId": "", "senderId": None}, id="nobody"),
        pytest.param({"createAt": "yesterday"}, id="no moment"),
        pytest.param({"createAt": 10**30}, id="the end of time"),
        pytest.param({"atUsers": "[}"}, id="a broken list"),
        pytest.param({"text": 7}, id="no words"),
    ],
)
def test_a_broken_message_is_undecodable_and_its_error_holds_none_of_it(changes):
    with pytest.raises(Undecodable) as caught:
        codec.decode(samples.robot(**changes))
    assert "yesterday" not in str(caught.value)


def test_a_press_carries_the_button_of_the_template_and_what_was_filled_in():
    pressed = codec.decode(samples.press())
    assert isinstance(pressed, Pressed)
    assert (pressed.presser, pressed.card, pressed.action) == (samples.LI, "yz-card-0001", "a1b2c3")
    assert (pressed.id, pressed.tenant) == ("frame-1", "ding9733")
    assert pressed.values == {"reason": "机房停电", "tags": '["x"]'}


@pytest.mark.parametrize(
    ("content", "action"),
    [
        pytest.param(
            {"cardPrivateData": {"actionIds": ["ack"], "params": {}}}, "ack", id="named by the button"
        ),
        pytest.param('{"cardPrivateData":{"actionIds":"ack"}}', "ack", id="one id instead of a list"),
        pytest.param("", "", id="nothing said"),
        pytest.param({"cardPrivateData": None}, "", id="null"),
    ],
)
def test_a_press_without_our_parameter_names_the_buttons_own_id(content, action):
    assert codec.decode(samples.press(content=content)).action == action


def test_a_press_without_a_card_or_a_person_is_undecodable():
    for missing in ({"outTrackId": ""}, {"userId": None}, {"content": "{"}):
        with pytest.raises(Undecodable):
            codec.decode(samples.press(**missing))


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("user_add_org", {"timeStamp": "1685501863357", "userId": ["015"]}, {"accounts": (account("015"),)}),
        ("user_modify_org", {"userId": "015", "diffInfo": {}}, {"accounts": (account("015"),)}),
        ("user_active_org", {"userId": ["1", 2]}, {"accounts": (account("1"), account("2"))}),
        ("user_leave_org", {"userId": '["015"]'}, {"left": (account("015"),)}),
        ("org_dept_create", {"deptId": [17]}, {"departments": ("dingtalk:17",)}),
        ("org_dept_modify", {"deptId": ["17"]}, {"departments": ("dingtalk:17",)}),
        ("org_dept_remove", {"deptId": 17}, {"departments": ("dingtalk:17",)}),
        ("org_dept_remove", {}, {}),
    ],
)
def test_changes_of_the_directory(kind, body, expected):
    event = codec.decode(samples.event(kind, body))
    assert isinstance(event, DirectoryChanged)
    told = {"accounts": event.accounts, "departments": event.departments, "left": event.left}
    assert {name: value for name, value in told.items() if value} == expected
    assert (event.id, event.tenant) == ("ev-1", "ding9f50")
    assert event.occurred_at == datetime(2023, 5, 8, 8, 17, 3, 336000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("chat_add_member", "members"),
        ("chat_remove_member", "members"),
        ("chat_quit", "members"),
        ("chat_update_title", "renamed"),
        ("chat_update_owner", "settings"),
        ("chat_template_change", "settings"),
        ("chat_disband", "disbanded"),
    ],
)
def test_changes_of_a_group(kind, what):
    body = {"timeStamp": 1608027106990, "openConversationId": "cidAbc==", "title": "新名字", "operator": "u1"}
    event = codec.decode(samples.event(kind, body))
    assert isinstance(event, ChatChanged)
    assert (event.chat, event.what) == (Chat(DING, "cidAbc=="), what)
    assert event.name == ("新名字" if what == "renamed" else "")


def test_a_group_event_without_a_group_is_kept_unread():
    assert codec.decode(samples.event("chat_quit", {"chatId": "chat28"})).type == "chat_quit"


def test_a_reader_and_when():
    body = {"processQueryKey": "zc+a/b=", "userId": "0147", "operatTime": "1654641965416"}
    event = codec.decode(samples.event("robot_msg_read", body))
    assert isinstance(event, Read)
    assert (event.reader, event.receipts) == (samples.LI, ("zc+a/b=",))
    assert event.occurred_at == datetime(2022, 6, 7, 22, 46, 5, 416000, tzinfo=UTC)
    assert codec.decode(samples.event("robot_msg_read", {**body, "userId": ""})).type == "robot_msg_read"
    moment = codec.decode(samples.event("robot_msg_read", {**body, "operatTime": ""})).occurred_at
    assert moment == datetime(2023, 5, 8, 8, 17, 3, 336000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        pytest.param(samples.event("bpms_task_change", {}), "bpms_task_change", id="an approval"),
        pytest.param(
            samples.raw({}, "/v1.0/graph/api/invoke"), "/v1.0/graph/api/invoke", id="another callback"
        ),
        pytest.param(samples.raw({}, ""), "no-topic", id="nothing said"),
    ],
)
def test_what_we_do_not_know_is_kept_by_its_type(raw, kind):
    event = codec.decode(raw)
    assert isinstance(event, Unrecognised)
    assert event.type == kind


def test_a_frame_without_id_or_time_is_undecodable():
    for headers in ({"messageId": ""}, {"time": ""}, {"time": "soon"}):
        with pytest.raises(Undecodable):
            codec.decode(samples.raw({}, "x", **headers))


def test_a_payload_larger_than_a_megabyte_is_not_read():
    with pytest.raises(Undecodable):
        codec.decode(samples.robot(senderNick="x" * (1 << 20)))
    with pytest.raises(Undecodable):
        codec.decode(samples.robot(senderNick="钉" * (1 << 19)))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = st.sampled_from(
    [*samples.load("robot_group_text.json"), "content", "errCode", "outTrackId", "userId", "deptId", "corpId"]
)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(_FIELDS, _JSON, max_size=6),
    st.sampled_from(
        [
            samples.robot,
            samples.press,
            lambda **body: samples.event("user_add_org", body),
            lambda **body: samples.event("chat_quit", body),
            lambda **body: samples.event("robot_msg_read", body),
            lambda **body: samples.event("org_dept_create", body),
        ]
    ),
)
def test_every_payload_ends_as_an_event_or_undecodable(changes, build):
    try:
        event = codec.decode(build(**changes))
    except Undecodable:
        return
    assert event.id
    assert event.occurred_at.tzinfo is not None


@settings(max_examples=200, deadline=None)
@given(
    st.text()
    | st.sampled_from(["[" * 10**5, '{"a":' * 10**4, '{"msgId":' + "9" * 6000 + "}", '"\\ud800"', "NaN"])
)
def test_a_body_that_is_no_json_object_ends_the_same_way(body):
    for topic in (samples.ROBOT, samples.CARD):
        with pytest.raises(Undecodable):
            codec.decode(samples.raw(body, topic))


# ── Answers ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ok", "code", "status"), [(True, 200, "SUCCESS"), (False, 500, "LATER")], ids=["kept", "please again"]
)
def test_an_event_is_acknowledged_or_asked_for_again(ok, code, status):
    answer = codec.encode_reply(samples.event("user_add_org", {}), Reply(ok=ok))
    assert (answer["code"], answer["data"]["status"]) == (code, status)


def test_a_robot_message_is_acknowledged_with_nothing():
    assert codec.encode_reply(samples.robot(), Reply(toast="x"))["data"] == {"response": None}
    assert codec.encode_reply(samples.robot(), Reply(ok=False))["code"] == 500


def test_a_press_is_answered_with_the_new_face_and_a_private_hint():
    card = Card(title="放假通知", body=("明天",), hint="等待审核", buttons=(Button(label="好", action="a1"),))
    answer = codec.encode_reply(samples.press(), Reply(toast="已收到", card=card))
    response = answer["data"]["response"]
    face = response["cardData"]["cardParamMap"]
    assert (face["title"], face["hint"], face["b1_id"], face["b2_show"]) == (
        "放假通知",
        "等待审核",
        "a1",
        "false",
    )
    assert response["userPrivateData"]["cardParamMap"] == {"hint": "已收到"}
    assert response["cardUpdateOptions"] == {"updateCardDataByKey": True, "updatePrivateDataByKey": True}
    assert all(isinstance(value, str) for value in face.values())
    json.dumps(answer)


@pytest.mark.parametrize(
    ("reply", "private"),
    [
        pytest.param(Reply(toast="已收到"), {"hint": "已收到"}, id="a toast alone leaves the face"),
        pytest.param(
            Reply(card=Card(title="t", hint="公开")), {"hint": "公开"}, id="no toast: an old hint goes"
        ),
        pytest.param(Reply(), None, id="nothing to say"),
    ],
)
def test_the_pressers_hint(reply, private):
    response = codec.encode_reply(samples.press(), reply)["data"]["response"]
    assert response.get("userPrivateData", {}).get("cardParamMap") == private
    assert ("cardData" in response) is (reply.card is not None)


def test_a_press_that_could_not_be_kept_changes_nothing():
    assert codec.encode_reply(samples.press(), Reply(ok=False))["data"] == {"response": None}


def test_only_a_press_waits_for_an_answer():
    assert codec.is_press(samples.press().headers)
    assert not codec.is_press(samples.robot().headers)
