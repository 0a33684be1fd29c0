"""The adapter against a scripted platform: the odd answers that a friendly town gives seldom."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from adapters.errors import (
    Forbidden,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Undecodable,
)
from adapters.feishu.adapter import FeishuAdapter, FeishuSettings
from adapters.feishu.cards import encode_card
from adapters.port import KeyUse, LineState, Lost, Recalled, Receipt, Trace
from policies.card import Button, Card
from policies.effects import Recall, SendBatch, SendCard, SendText, UpdateCard
from policies.model import Account, Chat, Platform
from tests.adapters.clocks import HandClock

APP = "cli_0123456789abcdef"
ZHANG = Account(Platform.FEISHU, "ou_zhang")
GROUP = Chat(Platform.FEISHU, "oc_dev")
SINCE = datetime(2026, 9, 7, 0, 30, tzinfo=UTC)
TOKEN = {"code": 0, "tenant_access_token": "t-0123456789abcdef0123", "expire": 7200}
SENT = {"code": 0, "data": {"message_id": "om_1", "chat_id": "oc_p2p"}}


class Hasty(random.Random):
    def uniform(self, a, b):
        return 0.0


class Platformed:
    """Answers by method and path; a list is given out one by one, its last for ever."""

    def __init__(self, answers):
        self.answers = {"POST /open-apis/auth/v3/tenant_access_token/internal": TOKEN, **answers}
        self.calls = []

    async def answer(self, request):
        path = request.path.removeprefix("/open-apis")
        body = await request.read()
        self.calls.append((request.method, path, dict(request.query), json.loads(body) if body else None))
        known = f"{request.method} {path}"
        found = self.answers.get(known, self.answers.get(f"{request.method} /open-apis{path}"))
        assert found is not None, known
        answer = (found.pop(0) if len(found) > 1 else found[0]) if isinstance(found, list) else found
        return web.json_response(answer, status=200 if answer["code"] == 0 else 400)

    def asked(self, path):
        return [one for one in self.calls if path in one[1]]

    async def __aenter__(self):
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self.answer)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        domain = f"http://127.0.0.1:{self.runner.addresses[0][1]}"
        settings = FeishuSettings(app_id=APP, app_secret="feishu-secret", domain=domain)
        self.clock = HandClock()
        self.adapter = FeishuAdapter(settings, self.clock, Hasty())
        await self.adapter.open()
        return self

    async def __aexit__(self, *args):
        await self.adapter.close()
        await self.runner.cleanup()


def failing(code):
    return {"code": code, "msg": "no"}


# ── Sending ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_send_carries_its_key_and_says_where_it_arrived():
    async with Platformed({"POST /im/v1/messages": SENT}) as town:
        receipt = await town.adapter.send(SendText(to=ZHANG, text="早"), "k1")
        (_, _, query, body) = town.asked("/im/v1/messages")[0]
    assert receipt == Receipt(message_id="om_1", chat_id="oc_p2p")
    assert query == {"receive_id_type": "open_id"}
    assert (body["receive_id"], body["msg_type"], body["uuid"]) == ("ou_zhang", "post", "k1")


async def test_while_the_platform_is_sending_it_is_asked_again_under_the_same_key():
    answers = {"POST /im/v1/messages": [failing(230049), failing(230049), SENT]}
    async with Platformed(answers) as town:
        assert (await town.adapter.send(SendText(to=GROUP, text="早"), "k1")).message_id == "om_1"
        assert {one[3]["uuid"] for one in town.asked("/im/v1/messages")} == {"k1"}
    async with Platformed({"POST /im/v1/messages": failing(230049)}) as town:
        with pytest.raises(OutcomeUnknown):
            await town.adapter.send(SendText(to=GROUP, text="早"), "k1")
        assert len(town.asked("/im/v1/messages")) == 3


async def test_success_without_a_message_id_is_unknown():
    async with Platformed({"POST /im/v1/messages": {"code": 0, "data": {}}}) as town:
        with pytest.raises(OutcomeUnknown):
            await town.adapter.send(SendText(to=GROUP, text="早"), "k1")


async def test_what_is_too_long_is_refused_before_it_is_sent():
    async with Platformed({}) as town:
        with pytest.raises(Rejected) as caught:
            await town.adapter.send(SendCard(to=GROUP, card=Card(title="x", body=("长" * 11_000,))), "k1")
        assert caught.value.code == "230025"
        with pytest.raises(Rejected):
            await town.adapter.send(SendBatch(to=(ZHANG,), title="x", text="y"), "k1")
        assert town.calls == []


async def test_a_chats_own_limit_pauses_that_chat_alone():
    async with Platformed({"POST /im/v1/messages": [failing(230020), SENT]}) as town:
        with pytest.raises(RateLimited) as caught:
            await town.adapter.send(SendText(to=GROUP, text="早"), "k1")
        assert caught.value.retry_after_s == 1
        assert town.adapter.ready_at(SendText(to=GROUP, text="x")) > town.clock.now()
        await town.adapter.send(SendText(to=ZHANG, text="早"), "k2")


async def test_the_interfaces_limit_pauses_every_send_and_no_read():
    bot = {"code": 0, "bot": {"open_id": "ou_bot", "app_name": "驿站", "activate_status": 2}}
    async with Platformed({"POST /im/v1/messages": failing(99991400), "GET /bot/v3/info": bot}) as town:
        with pytest.raises(RateLimited):
            await town.adapter.send(SendText(to=GROUP, text="早"), "k1")
        with pytest.raises(RateLimited):
            await town.adapter.send(SendText(to=ZHANG, text="早"), "k2")
        assert len(town.asked("/im/v1/messages")) == 1
        assert await town.adapter.whoami() == {
            "app_id": APP,
            "open_id": "ou_bot",
            "name": "驿站",
            "status": 2,
            "is_enabled": True,
        }


async def test_a_card_gets_another_face():
    effect = UpdateCard(platform=Platform.FEISHU, key="k", message_id="om/1", card=Card(title="好"))
    async with Platformed({"PATCH /im/v1/messages/om/1": {"code": 0}}) as town:
        assert (await town.adapter.send(effect, "k2")).message_id == "om/1"
        body = town.asked("/im/v1/messages")[0][3]
        with pytest.raises(Rejected):
            await town.adapter.send(
                UpdateCard(platform=Platform.FEISHU, key="k", message_id="", card=Card(title="x")), "k"
            )
    assert json.loads(body["content"]) == encode_card(Card(title="好"))


@pytest.mark.parametrize(
    ("answer", "recalled"),
    [
        ({"code": 0}, Recalled(gone=True)),
        (failing(230110), Recalled(gone=True)),
        (failing(230009), Recalled(gone=False, reason="230009 no")),
        (failing(230050), Recalled(gone=False, reason="230050 no")),
    ],
)
async def test_a_recall_says_what_became_of_it(answer, recalled):
    effect = SendText(to=GROUP, text="早")
    async with Platformed({"DELETE /im/v1/messages/om_1": answer}) as town:
        assert await town.adapter.recall(effect, "k", Receipt(message_id="om_1")) == recalled
        as_effect = Recall(platform=Platform.FEISHU, to=GROUP, key="k", message_id="om_1")
        if recalled.gone:
            assert (await town.adapter.send(as_effect, "k2")).message_id == "om_1"
        else:
            with pytest.raises(Rejected):
                await town.adapter.send(as_effect, "k2")


async def test_an_expired_token_is_renewed_once():
    tokens = [TOKEN, {**TOKEN, "tenant_access_token": "t-another-token-0123456789"}]
    answers = {
        "POST /open-apis/auth/v3/tenant_access_token/internal": tokens,
        "POST /im/v1/messages": [failing(99991663), SENT],
    }
    async with Platformed(answers) as town:
        await town.adapter.send(SendText(to=GROUP, text="早"), "k1")
        assert len(town.asked("tenant_access_token")) == 2


def test_what_repeats_are_known_by():
    one = FeishuAdapter(FeishuSettings(app_id=APP, app_secret="feishu-secret"), HandClock(), Hasty())
    assert one.key_use(SendText(to=GROUP, text="x")) is KeyUse.SAME_KEY_AGAIN
    assert one.key_use(SendBatch(to=(ZHANG,), title="x", text="y")) is KeyUse.NONE
    assert one.capabilities.retry_window_s == 3000
    assert one.line_health().state is LineState.CONNECTING
    assert "feishu-secret" not in repr(one._settings)


# ── Looking for a message whose answer was lost ───────────────────────────────────────────────────

TEXT = SendText(to=GROUP, text="一\n二", mentions=(ZHANG,))
CARD = SendCard(
    to=GROUP, card=Card(title="停电", body=("今晚",), buttons=(Button(label="好", action="k3Jx"),))
)


LOST = Lost(since=SINCE, until=SINCE + timedelta(minutes=5))
ZHANGS = [{"key": "@_user_1", "id": "ou_zhang", "id_type": "open_id"}]
LISTS = [{"key": "@_user_1", "id": "ou_li", "id_type": "open_id"}]


def message(
    content, *, msg_type="post", sender=APP, deleted=False, message_id="om_7", mentions=ZHANGS, after_s=1
):
    return {
        "create_time": str(int((SINCE.timestamp() + after_s) * 1000)),
        "mentions": mentions,
        "message_id": message_id,
        "msg_type": msg_type,
        "deleted": deleted,
        "sender": {"id": sender, "sender_type": "app"},
        "body": {"content": content if isinstance(content, str) else json.dumps(content)},
    }


POST = {
    "title": "",
    "content": [
        [{"tag": "at", "user_id": "@_user_1"}, {"tag": "text", "text": " 一"}],
        [{"tag": "text", "text": "二"}],
    ],
}
SIMPLE = {
    "title": "停电",
    "elements": [[{"tag": "text", "text": "今晚"}], [{"tag": "button", "text": "k3Jx"}]],
}
ORIGINAL = {"user_dsl": json.dumps(encode_card(CARD.card))}


@pytest.mark.parametrize(
    ("effect", "items", "trace"),
    [
        (TEXT, [message("{}"), message(POST)], Trace.ARRIVED),
        (TEXT, [message(POST, mentions=LISTS)], Trace.UNKNOWN),
        (TEXT, [message(POST, mentions=LISTS, message_id="om_6"), message(POST)], Trace.ARRIVED),
        (TEXT, [message(POST, mentions=None)], Trace.UNKNOWN),
        (TEXT, [message(POST, after_s=3600)], Trace.UNKNOWN),
        (TEXT, [message(POST, message_id="om_8")], Trace.ABSENT),
        (TEXT, [message(POST, sender="cli_other")], Trace.ABSENT),
        (TEXT, [message(POST, deleted=True)], Trace.ABSENT),
        (TEXT, [message(POST, msg_type="text")], Trace.ABSENT),
        (TEXT, [message("[")], Trace.ABSENT),
        (TEXT, [], Trace.ABSENT),
        (CARD, [message(SIMPLE, msg_type="interactive")], Trace.ARRIVED),
        (CARD, [message(ORIGINAL, msg_type="interactive")], Trace.ARRIVED),
        (CARD, [message({"title": "停电", "elements": [[3]]}, msg_type="interactive")], Trace.ABSENT),
        (TEXT, [message("[]")] * 600, Trace.UNKNOWN),
    ],
)
async def test_the_history_says_whether_it_arrived(effect, items, trace):
    async with Platformed({"GET /im/v1/messages": {"code": 0, "data": {"items": items}}}) as town:
        probe = await town.adapter.probe(effect, "k", replace(LOST, others=frozenset({"om_8"})))
        query = town.asked("/im/v1/messages")[0][2]
    assert probe.trace is trace
    names_it = trace is not Trace.ABSENT and len(items) < 600
    assert probe.receipt == (Receipt(message_id="om_7", chat_id="oc_dev") if names_it else None)
    assert query["start_time"] == str(int(SINCE.timestamp()) - 60)


@pytest.mark.parametrize("code", [230027, 230002, 231203])
async def test_a_history_that_may_not_be_read_says_nothing(code):
    async with Platformed({"GET /im/v1/messages": failing(code)}) as town:
        assert (await town.adapter.probe(TEXT, "k", LOST)).trace is Trace.UNKNOWN


async def test_a_direct_chat_is_looked_at_where_an_earlier_receipt_has_named_it():
    items = [message({"content": [[{"tag": "text", "text": "x"}]]}, mentions=None)]
    async with Platformed({"GET /im/v1/messages": {"code": 0, "data": {"items": items}}}) as town:
        lost = replace(LOST, chat_id="oc_p2p")
        probe = await town.adapter.probe(SendText(to=ZHANG, text="x"), "k", lost)
        assert town.asked("/im/v1/messages")[0][2]["container_id"] == "oc_p2p"
    assert probe.receipt == Receipt(message_id="om_7", chat_id="oc_p2p")


async def test_an_unknown_direct_chat_cannot_be_looked_at_and_updates_may_simply_be_repeated():
    async with Platformed({}) as town:
        assert (await town.adapter.probe(SendText(to=ZHANG, text="x"), "k", LOST)).trace is Trace.UNKNOWN
        update = UpdateCard(platform=Platform.FEISHU, key="k", message_id="om_1", card=Card(title="x"))
        assert (await town.adapter.probe(update, "k", LOST)).trace is Trace.ABSENT


# ── What is there ─────────────────────────────────────────────────────────────────────────────────


def page(*items, more=""):
    return {"code": 0, "data": {"items": list(items), "has_more": bool(more), "page_token": more}}


def dept(key, parent="0", **fields):
    return {"open_department_id": key, "name": key.upper(), "parent_department_id": parent, **fields}


def user(key, *departments, **fields):
    return {"open_id": key, "name": key.upper(), "department_ids": list(departments), **fields}


CHILDREN = "GET /contact/v3/departments/{}/children"
MEMBERS = "GET /contact/v3/users/find_by_department"


async def test_a_directory_in_pages_becomes_one():
    answers = {
        CHILDREN.format("0"): [
            page(dept("od-1", leader_user_id="ou_a"), more="p2"),
            page(dept("od-2", "od-1"), dept("od-9", status={"is_deleted": True})),
        ],
        MEMBERS: [
            page(user("ou_a", "0")),
            page(user("ou_b", "od-1", "od-2"), more="p2"),
            page(user("ou_c", "od-1", status={"is_frozen": True})),
            page(user("ou_b", "od-1", "od-2"), user("ou_d", "od-2", status={"is_activated": False})),
        ],
    }
    async with Platformed(answers) as town:
        seen = await town.adapter.directory()
    assert [(one.department.id, one.department.parent, one.department.path) for one in seen.departments] == [
        ("feishu:0", None, ()),
        ("feishu:od-1", "feishu:0", ("OD-1",)),
        ("feishu:od-2", "feishu:od-1", ("OD-1", "OD-2")),
    ]
    assert seen.departments[1].head == Account(Platform.FEISHU, "ou_a")
    assert [(one.account.id, one.departments, one.is_active) for one in seen.people] == [
        ("ou_a", ("feishu:0",), True),
        ("ou_b", ("feishu:od-1", "feishu:od-2"), True),
        ("ou_c", ("feishu:od-1",), False),
        ("ou_d", ("feishu:od-2",), False),
    ]


async def test_a_company_too_big_for_one_walk_is_walked_level_by_level():
    answers = {
        CHILDREN.format("0"): [failing(43010), page(dept("od-1"))],
        CHILDREN.format("od-1"): page(dept("od-2", "od-1")),
        CHILDREN.format("od-2"): page(),
        MEMBERS: page(),
    }
    async with Platformed(answers) as town:
        seen = await town.adapter.directory()
        assert [one[2]["fetch_child"] for one in town.asked("children")] == [
            "true",
            "false",
            "false",
            "false",
        ]
    assert [one.department.id for one in seen.departments] == ["feishu:0", "feishu:od-1", "feishu:od-2"]


async def test_a_narrower_range_is_walked_from_its_own_tops():
    scopes = {
        "code": 0,
        "data": {"department_ids": ["od-1"], "user_ids": ["ou_x", "ou_b"], "has_more": False},
    }
    answers = {
        CHILDREN.format("0"): failing(40014),
        "GET /contact/v3/scopes": scopes,
        "GET /contact/v3/departments/batch": page(dept("od-1", "od-0")),
        CHILDREN.format("od-1"): page(dept("od-2", "od-1")),
        MEMBERS: [page(user("ou_b", "od-1")), page({"open_id": "ou_b"})],
        "GET /contact/v3/users/batch": page({"open_id": "ou_x", "name": "X"}, user("ou_b")),
    }
    async with Platformed(answers) as town:
        seen = await town.adapter.directory()
    assert [(one.department.id, one.department.parent) for one in seen.departments] == [
        ("feishu:od-1", None),
        ("feishu:od-2", "feishu:od-1"),
    ]
    assert [(one.account.id, one.departments) for one in seen.people] == [
        ("ou_b", ("feishu:od-1", "feishu:od-2")),
        ("ou_x", ()),
    ]


@pytest.mark.parametrize("code", [99991672, 40001])
async def test_a_walk_that_fails_fails_as_a_whole(code):
    async with Platformed({CHILDREN.format("0"): failing(code)}) as town:
        with pytest.raises((Forbidden, Rejected)):
            await town.adapter.directory()


async def test_parents_in_a_ring_end():
    ring = page(dept("od-1", "od-2"), dept("od-2", "od-1"))
    async with Platformed({CHILDREN.format("0"): ring, MEMBERS: page()}) as town:
        seen = await town.adapter.directory()
    assert seen.departments[1].department.path == ("OD-2", "OD-1")


@pytest.mark.parametrize(
    "pages",
    [
        [page(more="p2"), page(more="p2")],
        [{"code": 0, "data": {"items": [], "has_more": True}}],
        [{"code": 0, "data": {"items": "x"}}],
    ],
)
async def test_pages_that_make_no_sense_are_said_so(pages):
    async with Platformed({"GET /im/v1/chats": pages}) as town:
        with pytest.raises(Undecodable):
            await town.adapter.chats()


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"code": 0, "data": {"user": user("ou_zhang", "od-1")}}, True),
        (failing(41012), False),
        (failing(41050), False),
    ],
)
async def test_one_person_is_there_or_not(answer, found):
    async with Platformed({"GET /contact/v3/users/ou_zhang": answer}) as town:
        seen = await town.adapter.person(ZHANG)
    assert (seen is not None) is found


async def test_a_missing_permission_is_not_a_missing_person():
    async with Platformed({"GET /contact/v3/users/ou_zhang": failing(99991672)}) as town:
        with pytest.raises(Forbidden):
            await town.adapter.person(ZHANG)


async def test_a_group_with_its_members():
    answers = {
        "GET /im/v1/chats/oc_dev": {"code": 0, "data": {"name": "研发", "owner_id": "ou_a"}},
        "GET /im/v1/chats/oc_dev/members": [
            page({"member_id": "ou_a"}, more="p2"),
            page({"member_id": "ou_b"}, {"member_id": "ou_a"}),
        ],
        "GET /im/v1/chats": page(
            {"chat_id": "oc_1", "name": "一", "owner_id": "ou_a"}, {"chat_id": "oc_2"}, {}
        ),
    }
    async with Platformed(answers) as town:
        one = await town.adapter.chat(GROUP)
        every = await town.adapter.chats()
    assert (one.name, one.bot_is_owner, [who.id for who in one.members]) == ("研发", False, ["ou_a", "ou_b"])
    assert [(each.chat.id, each.bot_is_owner, each.members) for each in every] == [
        ("oc_1", False, None),
        ("oc_2", True, None),
    ]


async def test_who_has_read():
    answers = {"GET /im/v1/messages/om_1/read_users": page({"user_id": "ou_a"}, {"user_id": "ou_b"})}
    async with Platformed(answers) as town:
        state = await town.adapter.read_by(SendText(to=GROUP, text="x"), Receipt(message_id="om_1"))
    assert [who.id for who in state.readers] == ["ou_a", "ou_b"]
    assert state.is_complete
