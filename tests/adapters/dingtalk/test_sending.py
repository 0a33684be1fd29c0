"""Effects become the platform's calls, and its answers become receipts."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import errors
from adapters.dingtalk import limits, sending, wire
from adapters.port import Receipt
from policies.card import Button, Card
from policies.effects import Recall, SendBatch, SendCard, SendText, UpdateCard
from policies.model import Account, Chat, Everyone, Platform

from . import hostile
from .test_text import TEXTS

DING = Platform.DINGTALK
LI, WANG = Account(DING, "0147"), Account(DING, "0200")
ROOM = Chat(DING, "cidAbc+/==")
KEY = "c" * 40
PLAIN = sending.Sender(robot_code="dingabc")
CARDS = sending.Sender(robot_code="dingabc", card_template="tpl.schema")
NOTICE = Card(title="停电", body=("周六",), buttons=(Button(label="收到", action="a1"),))


def param(request):
    return json.loads(request.body["msgParam"])


# ── Robot messages ────────────────────────────────────────────────────────────────────────────────


def test_a_word_to_one_person_is_a_batch_of_one():
    request = sending.encode(SendText(to=LI, text="收到"), KEY, CARDS)
    assert request.api is limits.PERSON_SEND
    assert request.body == {
        "robotCode": "dingabc",
        "userIds": ["0147"],
        "msgKey": "sampleText",
        "msgParam": '{"content":"收到"}',
    }
    assert (request.call.method, request.call.may_repeat) == ("POST", False)


def test_a_word_into_a_group():
    request = sending.encode(SendText(to=ROOM, text="收到"), KEY, PLAIN)
    assert request.api is limits.GROUP_SEND
    assert request.body["openConversationId"] == "cidAbc+/=="
    assert param(request) == {"content": "收到"}


def test_a_batch_has_a_heading():
    request = sending.encode(SendBatch(to=(LI, WANG), title="放假", text="一\n二"), KEY, PLAIN)
    assert request.body["userIds"] == ["0147", "0200"]
    assert request.body["msgKey"] == "sampleMarkdown"
    assert param(request) == {"title": "放假", "text": "#### 放假  \n  一  \n  二"}
    assert sending.encode(SendBatch(to=(LI,), title="", text="x"), KEY, PLAIN).body["msgKey"] == "sampleText"


@pytest.mark.parametrize(
    "effect",
    [
        pytest.param(SendBatch(to=(), title="t", text="x"), id="to nobody"),
        pytest.param(SendBatch(to=(LI,) * 21, title="t", text="x"), id="to more than twenty"),
        pytest.param(
            SendText(to=Account(DING, "$:LWCP_v1:$x"), text="x"), id="to somebody without a staff id"
        ),
        pytest.param(SendText(to=Account(Platform.FEISHU, "ou_1"), text="x"), id="to the other platform"),
        pytest.param(SendText(to=Chat(DING, ""), text="x"), id="to no group"),
        pytest.param(SendText(to=LI, text=" \u200b\n"), id="nothing"),
        pytest.param(SendText(to=ROOM, text="字" * 5_000), id="more than 15,000 bytes"),
        pytest.param(SendText(to=ROOM, text="x", mentions=(LI,)), id="a mention without cards"),
        pytest.param(SendCard(to=ROOM, card=NOTICE), id="a card without a template"),
    ],
)
def test_what_cannot_be_sent_is_rejected_before_it_is_tried(effect):
    with pytest.raises(errors.Rejected):
        sending.encode(effect, KEY, PLAIN)


# ── Cards ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_card_in_a_group_is_created_and_delivered_under_our_key():
    card = Card(title="停电", body=("周六",), mentions=(LI, Everyone.ALL, WANG))
    request = sending.encode(SendCard(to=ROOM, card=card), KEY, CARDS, {"0147": "李 四"})
    body = dict(request.body)
    variables = body.pop("cardData")["cardParamMap"]
    assert (variables["title"], variables["body1"]) == ("停电", "周六")
    assert body == {
        "cardTemplateId": "tpl.schema",
        "outTrackId": KEY,
        "callbackType": "STREAM",
        "userIdType": 1,
        "openSpaceId": "dtv1.card//IM_GROUP.cidAbc+/==",
        "imGroupOpenSpaceModel": {
            "supportForward": False,
            "lastMessageI18n": {"ZH_CN": "停电"},
            "notification": {"alertContent": "停电", "notificationOff": False},
        },
        "imGroupOpenDeliverModel": {
            "robotCode": "dingabc",
            "atUserIds": {"0147": "李 四", "@ALL": "@ALL", "0200": "0200"},
        },
    }


def test_a_card_to_one_person_lies_in_the_robots_chat_and_mentions_nobody():
    request = sending.encode(SendCard(to=LI, card=Card(title="t", mentions=(LI,))), KEY, CARDS)
    assert request.body["openSpaceId"] == "dtv1.card//IM_ROBOT.0147"
    assert request.body["imRobotOpenDeliverModel"] == {"spaceType": "IM_ROBOT", "robotCode": "dingabc"}
    assert "atUserIds" not in json.dumps(request.body)


def test_a_mention_in_a_group_travels_as_a_card():
    said = SendText(to=ROOM, text="请看", mentions=(LI,))
    request = sending.encode(said, KEY, CARDS)
    assert request.api is limits.CARD_SEND
    assert request.body["imGroupOpenDeliverModel"]["atUserIds"] == {"0147": "0147"}
    assert request.body["imGroupOpenSpaceModel"]["lastMessageI18n"] == {"ZH_CN": "请看"}


def test_a_card_of_more_than_four_thousand_bytes_is_rejected():
    for effect in (
        SendCard(to=ROOM, card=Card(title="t", body=("a" * 4_001,))),
        UpdateCard(platform=DING, key=KEY, message_id="", card=Card(title="t", body=("a" * 4_001,))),
    ):
        with pytest.raises(errors.Rejected):
            sending.encode(effect, KEY, CARDS)
    with pytest.raises(errors.Rejected):
        sending.encode(SendCard(to=ROOM, card=NOTICE), "k" * 65, CARDS)
    with pytest.raises(errors.Rejected):
        sending.encode(SendCard(to=ROOM, card=Card(title="t", mentions=(Account(DING, "$x"),))), KEY, CARDS)


def test_an_update_overwrites_every_variable_under_the_key_of_the_card():
    request = sending.encode(UpdateCard(platform=DING, key="k1", message_id="", card=NOTICE), KEY, CARDS)
    assert (request.api.method, request.api.path) == ("PUT", "/v1.0/card/instances")
    assert request.body["outTrackId"] == "k1"
    assert request.body["cardData"]["cardParamMap"]["b1_id"] == "a1"
    assert request.call.may_repeat


def test_asking_for_a_card_changes_no_button():
    request = sending.touch_card(KEY, NOTICE)
    assert request.body["cardData"]["cardParamMap"] == {"title": "停电"}
    assert request.body["cardUpdateOptions"]["updateCardDataByKey"] is True


def assert_only_decided_mentions(words, name, mentions):
    card = Card(
        title=words[:40], body=(words, words), hint=words[:40], state=words[:9],
        buttons=(Button(label=words[:20], action="a"),), mentions=tuple(mentions),
    )  # fmt: skip
    body = sending.encode(SendCard(to=ROOM, card=card), KEY, CARDS, {"0147": name, "0200": name}).body
    at = body["imGroupOpenDeliverModel"].get("atUserIds", {})
    assert set(at) == {"@ALL" if mention is Everyone.ALL else mention.id for mention in mentions}
    hostile.assert_harmless("".join(body["cardData"]["cardParamMap"][f"body{n}"] for n in range(1, 5)))
    shown = [*body["cardData"]["cardParamMap"].values(), *(name for who, name in at.items() if who != "@ALL")]
    for value in (*shown, *body["imGroupOpenSpaceModel"]["lastMessageI18n"].values()):
        hostile.assert_harmless(value)


MENTIONS = (LI, WANG, Everyone.ALL)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, st.lists(st.sampled_from(MENTIONS), unique=True))
def test_mentions_delivered_are_those_decided_whatever_texts_labels_and_names_say(words, name, mentions):
    assert_only_decided_mentions(words, name, mentions)


def test_so_it_is_for_ten_thousand_hostile_texts():
    names = hostile.texts(10_000, seed=2)
    for n, (words, name) in enumerate(zip(hostile.texts(10_000), names, strict=True)):
        assert_only_decided_mentions(words, name, MENTIONS[: n % 4])


# ── Recall and readers ────────────────────────────────────────────────────────────────────────────


def recall(to, *, was_card=False):
    return Recall(platform=DING, to=to, key="k1", message_id="pq+/=", was_card=was_card)


def test_a_recall_goes_by_the_id_of_the_message():
    group = sending.encode(recall(ROOM), KEY, CARDS)
    assert group.api is limits.GROUP_RECALL
    assert group.body == {
        "robotCode": "dingabc",
        "processQueryKeys": ["pq+/="],
        "openConversationId": "cidAbc+/==",
    }
    person = sending.encode(recall(LI), KEY, CARDS)
    assert person.api is limits.PERSON_RECALL
    assert person.body == {"robotCode": "dingabc", "processQueryKeys": ["pq+/="]}


def test_readers_are_asked_for_by_page_in_groups_and_at_once_of_people():
    group = sending.readers(ROOM, "pq", CARDS, "n2")
    assert (group.api, group.body["nextToken"], group.body["maxResults"]) == (limits.GROUP_READERS, "n2", 200)
    person = sending.readers(LI, "pq+/=", CARDS)
    assert person.call.query == {"robotCode": "dingabc", "processQueryKey": "pq+/="}
    assert person.body is None


@pytest.mark.parametrize(
    ("effect", "sender", "apis"),
    [
        (SendText(to=LI, text="x"), CARDS, (limits.PERSON_SEND,)),
        (SendText(to=ROOM, text="x"), CARDS, (limits.GROUP_SEND,)),
        (SendText(to=ROOM, text="x", mentions=(LI,)), CARDS, (limits.CARD_SEND,)),
        (SendText(to=ROOM, text="x", mentions=(LI,)), PLAIN, (limits.GROUP_SEND,)),
        (SendBatch(to=(LI,), title="", text="x"), CARDS, (limits.PERSON_SEND,)),
        (SendCard(to=LI, card=NOTICE), CARDS, (limits.CARD_SEND,)),
        (UpdateCard(platform=DING, key="k", message_id="", card=NOTICE), CARDS, (limits.CARD_UPDATE,)),
        (recall(LI), CARDS, (limits.PERSON_RECALL,)),
        (recall(ROOM, was_card=True), CARDS, (limits.CARD_UPDATE, limits.GROUP_RECALL)),
    ],
)
def test_which_calls_an_effect_takes(effect, sender, apis):
    assert sending.apis(effect, sender) == apis


# ── Receipts ──────────────────────────────────────────────────────────────────────────────────────


def test_a_batch_says_who_was_refused_and_who_comes_again():
    body = {
        "processQueryKey": "pq1",
        "invalidStaffIdList": ["u9"],
        "flowControlledStaffIdList": ["0200"],
        "filteredStaffIdList": ["u8"],
    }
    receipt = sending.receipt(SendBatch(to=(LI, WANG), title="", text="x"), PLAIN, body)
    assert receipt == Receipt(
        message_id="pq1",
        refused={"dingtalk:u9": "invalidStaffId", "dingtalk:u8": "filteredStaffId"},
        again=(WANG,),
    )


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"processQueryKey": "pq", "invalidStaffIdList": ["0147"]}, errors.NotFound),
        ({"processQueryKey": "pq", "filteredStaffIdList": ["0147"]}, errors.NotFound),
        ({"processQueryKey": "pq", "flowControlledStaffIdList": ["0147"]}, errors.RateLimited),
        ({}, errors.OutcomeUnknown),
        ({"processQueryKey": None}, errors.OutcomeUnknown),
    ],
)
def test_one_person_got_it_or_did_not(body, kind):
    with pytest.raises(kind):
        sending.receipt(SendText(to=LI, text="x"), PLAIN, body)


def test_the_id_of_what_was_sent():
    sent = {"processQueryKey": "pq"}
    assert sending.receipt(SendText(to=LI, text="x"), PLAIN, sent).message_id == "pq"
    assert sending.receipt(SendText(to=ROOM, text="x"), PLAIN, sent).message_id == "pq"
    done = UpdateCard(platform=DING, key="k", message_id="", card=NOTICE)
    assert sending.receipt(done, CARDS, {"success": True}) == Receipt()
    assert sending.receipt(recall(LI), CARDS, {}) == Receipt(message_id="pq+/=")


def delivered(**result):
    return {"success": True, "result": {"outTrackId": KEY, "deliverResults": [result]}}


def test_a_card_is_sent_when_it_was_delivered():
    body = delivered(spaceType="IM_GROUP", success=True, carrierId="4v+AzUE=", errorMsg="")
    assert sending.receipt(SendCard(to=ROOM, card=NOTICE), CARDS, body).message_id == "4v+AzUE="


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param({"success": False}, errors.Rejected, id="not created"),
        pytest.param(
            delivered(success=False, errorMsg="bot not in group"), errors.Rejected, id="not delivered"
        ),
        pytest.param(delivered(), errors.Rejected, id="nothing said of it"),
        pytest.param({"success": True, "result": {}}, errors.OutcomeUnknown, id="delivery not told"),
        pytest.param({"result": {}}, errors.OutcomeUnknown, id="nothing said"),
        pytest.param({"success": "perhaps"}, errors.OutcomeUnknown, id="unreadable"),
    ],
)
def test_a_card_that_was_not_delivered_is_not_sent(body, kind):
    with pytest.raises(kind):
        sending.receipt(SendCard(to=ROOM, card=NOTICE), CARDS, body)


def test_an_unreadable_answer_to_a_question_is_undecodable():
    with pytest.raises(errors.Undecodable):
        sending.read_answer(wire.TokenAnswer, {"accessToken": ""}, limits.TOKEN)
