"""The adapter against the town: what was sent is seen, once, by the people it was for, and by nobody else."""

import asyncio
import random
from datetime import UTC, datetime

import pytest

from adapters import errors
from adapters.dingtalk.adapter import DingTalkAdapter
from adapters.port import KeyUse, LineState, Lost, Receipt, Reply, Trace
from bot.clock import SystemClock
from policies.card import Button, Card
from policies.effects import Recall, SendBatch, SendCard, SendText, UpdateCard
from policies.model import Account, Chat, Everyone, Platform, Pressed, Said

from .gateway import until
from .town import Town

DING = Platform.DINGTALK
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
LOST = Lost(since=SINCE, until=SINCE)
KEY = "k" * 40


@pytest.fixture
async def town():
    async with Town() as it:
        yield it


@pytest.fixture
async def adapter(town):
    it = DingTalkAdapter(town.settings(), SystemClock(), random.Random(1))
    await it.open()
    yield it
    await it.close()


@pytest.fixture
def room(town):
    return next(
        Chat(DING, chat["id"]) for chat in town.chats.values() if "bot" in [*chat["members"], *chat["admins"]]
    )


@pytest.fixture
def people(town, room):
    members = next(chat["members"] for chat in town.chats.values() if chat["id"] == room.id)
    return [Account(DING, member) for member in members if member != "bot"]


def card(**changes):
    known = {"title": "停电通知", "body": ("周六停电", "请关机"), "hint": "行政部"}
    return Card(**{**known, "buttons": (Button(label="收到", action="act-1"),), **changes})


# ── Sending ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_word_reaches_the_group(town, adapter, room):
    receipt = await adapter.send(SendText(to=room, text="明早例会改到十点 @所有人"), KEY)
    (message,) = await town.chat(room.id)
    assert message["text"] == "明早例会改到十点 ＠所有人"
    assert message["mentions"] == []
    assert receipt.message_id


async def test_a_word_reaches_one_person(town, adapter, people):
    await adapter.send(SendText(to=people[0], text="收到"), KEY)
    assert [message["text"] for message in await town.direct(people[0].id)] == ["收到"]
    assert await town.direct(people[1].id) == []


async def test_a_batch_reaches_those_who_exist_and_names_the_others(town, adapter, people):
    batch = SendBatch(to=(*people[:3], Account(DING, "nobody")), title="放假", text="国庆放假")
    receipt = await adapter.send(batch, KEY)
    assert receipt.refused == {"dingtalk:nobody": "invalidStaffId"}
    for person in people[:3]:
        (message,) = await town.direct(person.id)
        assert "国庆放假" in message["text"]


async def test_nobody_is_not_found(adapter):
    with pytest.raises(errors.NotFound):
        await adapter.send(SendText(to=Account(DING, "nobody"), text="x"), KEY)
    with pytest.raises(errors.PlatformError) as caught:
        await adapter.send(SendText(to=Chat(DING, "cidnothing=="), text="x"), KEY)
    assert not isinstance(caught.value, errors.OutcomeUnknown)


async def test_a_card_in_a_group_mentions_those_it_names_by_name(town, adapter, room, people):
    effect = SendCard(to=room, card=card(mentions=(people[0], people[1])))
    receipt = await adapter.send(effect, KEY)
    (message,) = await town.chat(room.id)
    assert (message["kind"], message["card"]["title"]) == ("card", "停电通知")
    assert message["card"]["body"] == "周六停电\n\n请关机"
    assert sorted(message["mentions"]) == sorted(person.id for person in people[:2])
    assert receipt.message_id
    names = [one["name"] for one in town.people.values() if one["id"] == people[0].id]
    sent = next(one for one in await town.requests() if one["path"].endswith("createAndDeliver"))
    assert names[0] in str(sent["body"])


async def test_everyone_is_mentioned_where_that_was_decided(town, adapter, room):
    await adapter.send(SendCard(to=room, card=card(mentions=(Everyone.ALL,))), KEY)
    assert (await town.chat(room.id))[0]["mentions"] == ["all"]


async def test_a_card_is_updated_and_recalled_under_its_key(town, adapter, room):
    effect = SendCard(to=room, card=card())
    receipt = await adapter.send(effect, KEY)
    await adapter.send(
        UpdateCard(
            platform=DING, key=KEY, message_id=receipt.message_id, card=card(state="已发出", buttons=())
        ),
        "u1",
    )
    (message,) = await town.chat(room.id)
    assert (message["card"]["state"], message["card"]["buttons"]) == ("已发出", [])
    recalled = await adapter.recall(effect, KEY, receipt)
    assert recalled.replaced
    (message,) = await town.chat(room.id)
    assert "停电" not in str(message) or message["recalled"]


async def test_a_robot_message_is_recalled_by_its_id(town, adapter, room, people):
    for effect, look in (
        (SendText(to=room, text="错了"), town.chat(room.id)),
        (SendText(to=people[0], text="错了"), town.direct(people[0].id)),
    ):
        receipt = await adapter.send(effect, KEY)
        assert (await adapter.recall(effect, KEY, receipt)).gone
        assert [message["recalled"] for message in await look] == [True]


async def test_a_batch_is_recalled_as_one_and_an_update_not_at_all(town, adapter, people):
    batch = SendBatch(to=tuple(people[:2]), title="放假", text="错了")
    receipt = await adapter.send(batch, KEY)
    assert (await adapter.recall(batch, KEY, receipt)).gone
    for person in people[:2]:
        assert (await town.direct(person.id))[0]["recalled"]
    update = UpdateCard(platform=DING, key=KEY, message_id="", card=card())
    assert not (await adapter.recall(update, KEY, receipt)).gone
    assert not (await adapter.read_by(update, receipt)).is_complete


async def test_a_card_whose_receipt_was_lost_loses_its_words_and_one_that_never_was_is_gone(
    town, adapter, room
):
    effect = SendCard(to=room, card=card())
    assert (await adapter.recall(effect, KEY, Receipt())).gone
    await adapter.send(effect, KEY)
    recalled = await adapter.recall(effect, KEY, Receipt())
    assert (recalled.gone, recalled.replaced) == (False, True)
    assert recalled.reason
    (message,) = await town.chat(room.id)
    assert message["card"]["title"] == "〔已撤回〕"
    assert "停电" not in str(message)


async def test_a_recall_that_the_platform_refuses_says_why(adapter, room):
    recalled = await adapter.recall(SendText(to=room, text="x"), KEY, Receipt(message_id="unknown"))
    assert not recalled.gone
    assert recalled.reason


async def test_somebody_whose_name_nobody_knows_is_mentioned_by_id(town, adapter, room, people):
    await town.post("faults", [{"match": {"path": "/topapi/v2/user/get"}, "times": 9, "kind": "status:500"}])
    await adapter.send(SendCard(to=room, card=card(mentions=(people[0], people[1]))), KEY)
    sent = next(one for one in await town.requests() if one["path"].endswith("createAndDeliver"))
    assert f'"{people[0].id}": "{people[0].id}"' in str(sent["body"]).replace("'", '"')
    assert len((await town.chat(room.id))[0]["mentions"]) == 2


async def test_a_recall_of_the_outbox_is_done_or_refused(town, adapter, room):
    receipt = await adapter.send(SendText(to=room, text="错了"), KEY)
    recall = Recall(platform=DING, to=room, key=KEY, message_id=receipt.message_id)
    await adapter.send(recall, "r1")
    assert (await town.chat(room.id))[0]["recalled"]
    with pytest.raises(errors.PlatformError):
        await adapter.send(Recall(platform=DING, to=room, key=KEY, message_id="unknown"), "r2")


# ── When the answer is lost ───────────────────────────────────────────────────────────────────────


async def lose_the_answer_of(town, path):
    await town.post("faults", [{"match": {"path": path}, "times": 1, "kind": "lost-answer"}])


async def test_a_lost_answer_to_a_robot_message_is_unknown_and_sent_once(town, adapter, room):
    await lose_the_answer_of(town, "/v1.0/robot/groupMessages/send")
    effect = SendText(to=room, text="一次")
    with pytest.raises(errors.OutcomeUnknown):
        await adapter.send(effect, KEY)
    assert len(await town.chat(room.id)) == 1
    assert adapter.key_use(effect) is KeyUse.NONE
    assert (await adapter.probe(effect, KEY, LOST)).trace is Trace.UNKNOWN


async def test_a_card_whose_answer_was_lost_is_found_without_a_second_one(town, adapter, room):
    await lose_the_answer_of(town, "/v1.0/card/instances/createAndDeliver")
    effect = SendCard(to=room, card=card())
    with pytest.raises(errors.OutcomeUnknown):
        await adapter.send(effect, KEY)
    assert adapter.key_use(effect) is KeyUse.PROBE_FIRST
    assert (await adapter.probe(effect, KEY, LOST)).trace is Trace.CREATED
    assert len(await town.chat(room.id)) == 1


async def test_a_card_that_was_never_created_is_absent_and_may_be_sent_again(town, adapter, room):
    await town.post(
        "faults",
        [{"match": {"path": "/v1.0/card/instances/createAndDeliver"}, "times": 1, "kind": "status:500"}],
    )
    effect = SendCard(to=room, card=card())
    with pytest.raises(errors.OutcomeUnknown):
        await adapter.send(effect, KEY)
    assert (await adapter.probe(effect, KEY, LOST)).trace is Trace.ABSENT
    await adapter.send(effect, KEY)
    assert len(await town.chat(room.id)) == 1


async def test_a_look_at_a_card_does_not_undo_a_press(town, adapter, room):
    effect = SendCard(to=room, card=card())
    await adapter.send(effect, KEY)
    await adapter.send(
        UpdateCard(platform=DING, key=KEY, message_id="", card=card(state="已确认", buttons=())), "u1"
    )
    assert (await adapter.probe(effect, KEY, LOST)).trace is Trace.CREATED
    assert (await town.chat(room.id))[0]["card"]["state"] == "已确认"


async def test_a_lost_answer_to_an_update_is_tried_again(town, adapter, room):
    await adapter.send(SendCard(to=room, card=card()), KEY)
    await lose_the_answer_of(town, "/v1.0/card/instances")
    update = UpdateCard(platform=DING, key=KEY, message_id="", card=card(state="已发出"))
    assert adapter.key_use(update) is KeyUse.SAME_KEY_AGAIN
    await adapter.send(update, "u1")
    assert (await town.chat(room.id))[0]["card"]["state"] == "已发出"


# ── Tokens and limits ─────────────────────────────────────────────────────────────────────────────


async def test_one_token_serves_both_hosts_and_is_fetched_once(town, adapter, room, people):
    await asyncio.gather(
        adapter.whoami(), adapter.person(people[0]), adapter.send(SendText(to=room, text="x"), KEY)
    )
    tokens = [one for one in await town.requests() if one["path"] == "/v1.0/oauth2/accessToken"]
    assert len(tokens) == 1


async def test_a_wrong_secret_is_unauthorized(town):
    it = DingTalkAdapter(town.settings(client_secret="wrong-secret"), SystemClock(), random.Random(1))
    await it.open()
    try:
        with pytest.raises(errors.Unauthorized):
            await it.whoami()
    finally:
        await it.close()


async def test_more_than_twenty_questions_wait_for_the_next_second(town, adapter, people):
    before = SystemClock().now()
    seen = await asyncio.gather(*(adapter.person(person) for person in people[:21]))
    assert None not in seen
    assert (SystemClock().now() - before).total_seconds() >= 1.0
    assert await town.calls("/topapi/v2/user/get") >= 21


async def test_a_full_lane_sends_the_message_back_to_the_queue_before_anything_is_sent(town, adapter, room):
    effect = SendText(to=room, text="x")
    for n in range(20):
        await adapter.send(effect, f"{n}")
    with pytest.raises(errors.RateLimited):
        await adapter.send(effect, "20")
    assert adapter.ready_at(effect) > SystemClock().now()
    assert len([one for one in await town.requests() if one["path"].endswith("groupMessages/send")]) == 20


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────


async def test_readers_of_every_kind_of_message(town, adapter, room, people):
    for effect, look in (
        (SendText(to=room, text="读一下"), lambda: town.chat(room.id)),
        (SendCard(to=room, card=card()), lambda: town.chat(room.id)),
        (SendText(to=people[0], text="读一下"), lambda: town.direct(people[0].id)),
        (SendCard(to=people[0], card=card()), lambda: town.direct(people[0].id)),
    ):
        receipt = await adapter.send(effect, f"r{effect.to}{type(effect).__name__}"[:40])
        assert (await adapter.read_by(effect, receipt)).readers == ()
        message = (await look())[-1]
        await town.post("read", {"platform": "dingtalk", "person": people[0].id, "message_id": message["id"]})
        assert (await adapter.read_by(effect, receipt)).readers == (people[0],)


async def test_the_directory_has_everybody_with_departments_and_heads(town, adapter):
    seen = await adapter.directory()
    assert {person.account.id for person in seen.people} == {one["id"] for one in town.people.values()}
    by_id = {one["id"]: one for one in town.people.values()}
    names = {seen_one.department.id: seen_one.department.name for seen_one in seen.departments}
    for person in seen.people:
        assert sorted(names[each] for each in person.departments) == sorted(
            by_id[person.account.id]["departments"]
        )
    heads = {seen_one.head.id for seen_one in seen.departments if seen_one.head}
    assert heads >= {one["id"] for one in town.people.values() if one["head"]}
    root = next(one.department for one in seen.departments if one.department.parent is None)
    assert all(one.department.path[0] == root.name for one in seen.departments)


async def test_one_person_and_nobody(town, adapter, people):
    seen = await adapter.person(people[0])
    assert seen.name == next(one["name"] for one in town.people.values() if one["id"] == people[0].id)
    assert await adapter.person(Account(DING, "nobody")) is None
    assert await adapter.person(Account(DING, "$:LWCP_v1:$x")) is None


async def test_a_group_shows_its_members_or_says_that_it_does_not(town, adapter, room):
    seen = await adapter.chat(room)
    assert seen.chat == room
    assert seen.members is None or {member.id for member in seen.members} >= set()
    assert await adapter.chats() == ()


async def test_who_we_are(town, adapter):
    me = await adapter.whoami()
    assert me["robot_code"] == town.facts["robot_code"]
    assert me["departments"]


# ── Hearing ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def heard(adapter):
    events = []

    async def accept(raw):
        event = adapter.decode(raw)
        events.append(event)
        if isinstance(event, Pressed):
            return Reply(toast="已收到", card=card(state="已确认", buttons=()))
        return Reply()

    task = asyncio.create_task(adapter.source(accept))
    await until(lambda: adapter.line_health().state is LineState.OPEN)
    yield events
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_a_person_says_is_heard_with_its_mentions(town, heard, room, people):
    said = {"platform": "dingtalk", "person": people[0].id, "to": room.id, "text": "请大家看一下"}
    await town.post("say", {**said, "mentions": ["bot", people[1].id]})
    await until(lambda: heard)
    assert isinstance(heard[0], Said)
    message = heard[0].message
    assert (message.author, message.chat, message.direct) == (people[0], room, False)
    assert message.mentioned == (people[1],)
    assert message.text == "请大家看一下"
    await town.post("say", {**said, "to": "bot", "mentions": []})
    await until(lambda: len(heard) == 2)
    assert heard[1].message.direct


async def test_a_press_comes_back_with_its_action_and_changes_the_card(town, adapter, heard, room, people):
    await adapter.send(SendCard(to=room, card=card()), KEY)
    message = (await town.chat(room.id))[0]
    press = {"platform": "dingtalk", "person": people[0].id, "message_id": message["id"], "action": "act-1"}
    shown = await town.post("press", press)
    (event,) = [event for event in heard if isinstance(event, Pressed)]
    assert (event.presser, event.action, event.card) == (people[0], "act-1", KEY)
    assert (shown["card"]["state"], shown["card"]["hint"]) == ("已确认", "已收到")
    seen = (await town.chat(room.id))[0]["card"]
    assert (seen["state"], seen["hint"], seen["buttons"]) == ("已确认", "行政部", [])


@pytest.mark.parametrize("then", [[], [{"stream": "dingtalk", "kind": "refuse"}]], ids=["at once", "at last"])
async def test_asked_to_move_it_tells_the_gap_and_hears_all_that_is_said_after_it(
    town, adapter, heard, people, then
):
    said = {"platform": "dingtalk", "person": people[0].id, "to": "bot"}
    await town.post("faults", [{"stream": "dingtalk", "kind": "disconnect"}, *then])
    await town.post(
        "say", {**said, "text": "在吗"}
    )  # the platform loses it: it delivers nothing while we move
    await until(lambda: adapter.line_health().last_gap is not None)
    health = adapter.line_health()
    assert (health.state, health.gap_since, health.replacements) == (LineState.OPEN, None, 0)
    assert health.last_gap.until >= health.last_gap.since
    for n in range(3):
        await town.post("say", {**said, "text": f"听到了吗 {n}"})
    await until(lambda: len(heard) >= 3)
    sent = [frame["body"] for frame in await town.frames() if frame["topic"].endswith("/messages/get")]
    assert [event.message.text for event in heard] == [body["text"]["content"] for body in sent]
    assert [event.message.text for event in heard][-3:] == [f"听到了吗 {n}" for n in range(3)]
    assert len(heard) == 3 or sent[0]["text"]["content"] == "在吗"
