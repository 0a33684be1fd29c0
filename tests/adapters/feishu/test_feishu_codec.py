"""Feishu's events become ours; what cannot be read is said so, and what is unknown is kept by its type."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.errors import Undecodable
from adapters.feishu.codec import decode, encode_reply, moment
from adapters.port import Raw, Reply, ToastTone
from policies.card import Card
from policies.model import (
    Account,
    Chat,
    ChatChanged,
    DirectoryChanged,
    Message,
    Platform,
    Posted,
    Pressed,
    Read,
    Said,
    Unrecognised,
)

DATA = Path(__file__).parents[2] / "data" / "feishu"
ZHANG = Account(Platform.FEISHU, "ou_zhang")
GROUP = Chat(Platform.FEISHU, "oc_dev")
AT = datetime(2025, 11, 24, 6, 0, 0, 123000, tzinfo=UTC)
COMMON = {
    "id": "5e3702a84e847582be8db7fb73283c02",
    "cause": "5e3702a84e847582be8db7fb73283c02",
    "platform": Platform.FEISHU,
    "tenant": "2ca1d211f64f6438",
    "occurred_at": AT,
}


def raw(body, kind="event"):
    return Raw(platform=Platform.FEISHU, body=body if isinstance(body, str) else json.dumps(body), kind=kind)


def sample(name, **changes):
    body = json.loads((DATA / f"{name}.json").read_text())
    for path, value in changes.items():
        *where, last = path.split("__")
        here = body
        for step in where:
            here = here[step]
        here[last] = value
    return raw(body)


def event(kind, **fields):
    header = {
        "event_id": COMMON["id"],
        "event_type": kind,
        "create_time": "1763964000123",
        "tenant_key": COMMON["tenant"],
        "app_id": "cli_a1b2c3d4e5f60718",
    }
    return raw({"schema": "2.0", "header": header, "event": fields})


def decoded(one):
    return decode(one, bot_open_id="ou_bot")


MESSAGE = Message(
    id="om_1",
    chat=GROUP,
    author=ZHANG,
    text="请 @李四 明天请假",
    sent_at=datetime(2025, 11, 24, 6, 0, 0, 100000, tzinfo=UTC),
    mentioned=(Account(Platform.FEISHU, "ou_li"),),
    to_bot=True,
    direct=False,
)


def test_a_message_that_mentions_the_bot_is_said_to_it():
    assert decoded(sample("message_group")) == Said(**{**COMMON, "cause": "om_1"}, message=MESSAGE)


def test_a_message_in_a_group_without_the_bot_is_only_posted():
    one = decoded(sample("message_group", event__message__mentions=[]))
    assert isinstance(one, Posted)
    assert not one.message.to_bot


@pytest.mark.parametrize(
    ("changes", "direct"),
    [
        ({"event__message__chat_type": "p2p", "event__message__thread_id": ""}, True),
        ({"event__message__chat_type": "p2p", "event__message__thread_id": "omt_1"}, False),
        ({"event__message__chat_type": "topic_group", "event__message__thread_id": ""}, False),
        ({"event__message__chat_type": None, "event__message__thread_id": ""}, False),
    ],
)
def test_only_a_p2p_message_outside_of_threads_is_direct(changes, direct):
    one = decoded(sample("message_group", **changes))
    assert one.message.direct is direct
    assert isinstance(one, Said)


def test_what_a_bot_writes_is_not_heard():
    assert decoded(sample("message_group", event__sender__sender_type="bot")) == Unrecognised(
        **COMMON, type="im.message.receive_v1/bot"
    )
    one = decoded(sample("message_group", event__sender__sender_type="user", event__sender__sender_id={}))
    assert one.type == "im.message.receive_v1/user"


def test_a_press_names_its_action_and_its_values():
    assert decoded(sample("card_pressed")) == Pressed(
        id="f7984f25108f8137722bb63c1d7a7b27",
        cause="f7984f25108f8137722bb63c1d7a7b27",
        platform=Platform.FEISHU,
        tenant=COMMON["tenant"],
        occurred_at=datetime(2025, 11, 24, 6, 0, 0, 123456, tzinfo=UTC),
        presser=ZHANG,
        action="k3Jx",
        card="om_9",
        values={
            "reason": "停电",
            "depts": "rd,hr",
            "day": "2026-11-24 +0800",
            "far": None,
            "more": '{"x": 1}',
            "input_value": "好",
            "option": "x",
            "options": "x,y",
            "checked": True,
        },
    )


def test_a_press_without_an_answerable_action_is_not_ours():
    for value in ("confirm", {"act": "x"}, {"a": ""}, {"a": 3}, None):
        one = decoded(sample("card_pressed", event__action__value=value))
        assert one.type == "card.action.trigger/foreign"


def test_a_press_without_a_form_has_no_values():
    action = {"value": {"a": "x"}, "tag": "button"}
    assert decoded(sample("card_pressed", event__action=action)).values == {}


def test_reading_names_the_reader_and_what_was_read():
    one = event(
        "im.message.message_read_v1",
        reader={"reader_id": {"open_id": "ou_zhang"}, "read_time": "1"},
        message_id_list=["om_1", "om_2"],
    )
    assert decoded(one) == Read(**COMMON, reader=ZHANG, receipts=("om_1", "om_2"))


def dept(name):
    return f"feishu:{name}"


@pytest.mark.parametrize(
    ("one", "fields"),
    [
        (
            event("contact.user.created_v3", object={"open_id": "ou_zhang", "department_ids": ["od-1"]}),
            {"accounts": (ZHANG,), "departments": (dept("od-1"),)},
        ),
        (
            event("contact.user.updated_v3", object={"open_id": "ou_zhang"}, old_object={}),
            {"accounts": (ZHANG,)},
        ),
        (event("contact.user.deleted_v3", object={"open_id": "ou_zhang"}), {"left": (ZHANG,)}),
        (event("contact.user.deleted_v3", object={}), {}),
        (
            event("contact.department.created_v3", object={"open_department_id": "od-1"}),
            {"departments": (dept("od-1"),)},
        ),
        (event("contact.department.deleted_v3", object={}), {}),
        (event("contact.scope.updated_v3", added={"users": [{"open_id": "ou_x"}]}), {}),
    ],
)
def test_a_change_of_the_directory_names_who_is_to_be_looked_at(one, fields):
    assert decoded(one) == DirectoryChanged(**COMMON, **fields)


@pytest.mark.parametrize(
    ("kind", "fields", "what", "name"),
    [
        ("im.chat.member.user.added_v1", {"name": "研发部"}, "members", "研发部"),
        ("im.chat.member.user.deleted_v1", {}, "members", ""),
        ("im.chat.member.user.withdrawn_v1", {}, "members", ""),
        ("im.chat.member.bot.added_v1", {"name": "研发部"}, "bot-added", "研发部"),
        ("im.chat.member.bot.deleted_v1", {}, "bot-removed", ""),
        ("im.chat.disbanded_v1", {}, "disbanded", ""),
        (
            "im.chat.updated_v1",
            {"after_change": {"name": "研发二部"}, "before_change": {"name": "研发部"}},
            "renamed",
            "研发二部",
        ),
        (
            "im.chat.updated_v1",
            {"after_change": {"name": "研发部"}, "before_change": {"name": "研发部"}},
            "settings",
            "研发部",
        ),
        ("im.chat.updated_v1", {"after_change": {"name": "研发部"}}, "renamed", "研发部"),
        ("im.chat.updated_v1", {"after_change": {"edit_permission": "only_owner"}}, "settings", ""),
    ],
)
def test_a_change_of_a_chat_says_what_changed(kind, fields, what, name):
    assert decoded(event(kind, chat_id="oc_dev", **fields)) == ChatChanged(
        **COMMON, chat=GROUP, what=what, name=name
    )


def test_an_unknown_type_is_kept_by_its_name():
    assert decoded(event("application.bot.menu_v6", event_key="x")) == Unrecognised(
        **COMMON, type="application.bot.menu_v6"
    )


def test_an_event_of_version_1_is_kept_by_its_name():
    old = {"ts": "1502199207.71", "uuid": "u-1", "type": "event_callback",
           "event": {"type": "p2p_chat_create", "tenant_key": "t1"}}  # fmt: skip
    one = decoded(raw(old))
    assert (one.id, one.type, one.tenant) == ("u-1", "p2p_chat_create", "t1")
    assert one.occurred_at == datetime(2017, 8, 8, 13, 33, 27, tzinfo=UTC)
    assert decoded(raw({"uuid": "u-2"})).type == "unknown"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"header":{}}',
        '{"header":{"event_id":"1","event_type":"im.message.receive_v1","create_time":"1"},"event":{}}',
        '{"header":{"event_id":"1","event_type":"x","create_time":"soon"}}',
        '{"header":{"event_id":"1","event_type":"x","create_time":"99999999999999999999999"}}',
        '{"x":"' + "x" * (1024 * 1024) + '"}',
    ],
)
def test_what_is_not_feishus_json_is_undecodable_and_shows_no_values(body):
    with pytest.raises(Undecodable) as caught:
        decoded(raw(body))
    assert len(str(caught.value)) < 200


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_no_payload_makes_the_decoder_stumble(value):
    for kind in (
        "im.message.receive_v1",
        "card.action.trigger",
        "im.chat.updated_v1",
        "contact.user.created_v3",
    ):
        body = {"header": {"event_id": "1", "event_type": kind, "create_time": "1"}, "event": value}
        try:
            decoded(raw(body))
        except Undecodable:
            continue


def test_times_are_read_in_their_unit():
    assert moment("1763964000123") == AT
    assert moment("1763964000123456", per_s=1_000_000) == AT.replace(microsecond=123456)


# ── Back ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_event_is_answered_with_its_code():
    assert encode_reply(raw("{}"), Reply()) == {"code": 200}
    assert encode_reply(raw("{}"), Reply(ok=False)) == {"code": 500}
    assert encode_reply(raw("{}"), Reply(toast="x")) == {"code": 200}


def test_a_press_always_gets_data():
    press = raw("{}", "callback")
    assert encode_reply(press, Reply()) == {"code": 200, "data": {}}
    reply = encode_reply(press, Reply(toast="已确认\u200b", tone=ToastTone.SUCCESS, card=Card(title="好")))
    assert reply["data"]["toast"] == {"type": "success", "content": "已确认"}
    assert reply["data"]["card"]["type"] == "raw"
    assert reply["data"]["card"]["data"]["schema"] == "2.0"
