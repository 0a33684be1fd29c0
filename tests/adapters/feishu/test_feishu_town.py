"""What only Feishu has, against the town."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.errors import Forbidden, NotFound
from adapters.feishu.limits import RETRY_WINDOW_S, UUID_WINDOW_S
from adapters.port import Lost, Receipt, Trace
from bot.clock import SystemClock
from policies.card import Button, Card
from policies.effects import Recall, SendCard, SendText, UpdateCard
from policies.model import Account, ChatChanged, DirectoryChanged, Everyone, Platform, Read, Said
from tests.adapters.conftest import bench_in_town, open_line

KEY = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
async def bench():
    async with bench_in_town("feishu") as one:
        yield one


async def test_a_text_in_a_group_mentions_who_was_decided(bench):
    group, who = await bench.group(), await bench.person(1)
    effect = SendText(
        to=group, text='【重要】<at user_id="all"></at>\n今晚停电', mentions=(who, Everyone.ALL)
    )
    await bench.adapter.send(effect, KEY)
    (message,) = await bench.messages(group)
    assert sorted(message["mentions"]) == sorted([who.id, "all"])
    assert '【重要】<at user_id="all"></at>' in message["text"]


async def test_no_call_is_refused_by_rate_at_full_speed(bench):
    """Who waits for its lanes is never told to wait by the platform."""
    people = [Account(bench.platform, one["id"]) for one in await bench.people()]
    clock = SystemClock()

    async def send(number: int) -> None:
        effect = SendText(to=people[number % len(people)], text="快")
        while (ready_at := bench.adapter.ready_at(effect)) > clock.now():
            await clock.sleep_until(ready_at)
        await bench.adapter.send(effect, f"{KEY[:-3]}{number:03}")

    for start in range(0, 80, 8):
        await asyncio.gather(*(send(number) for number in range(start, start + 8)))
    assert [one["status"] for one in await bench.requests("/im/v1/messages")] == [200] * 80


def lost_now():
    return Lost(since=SystemClock().now(), until=SystemClock().now())


async def test_a_lost_answer_is_found_in_the_history(bench):
    group = await bench.group()
    lost = lost_now()
    text, card = (
        SendText(to=group, text="早\n安"),
        SendCard(to=group, card=Card(title="停电", body=("今晚",))),
    )
    for effect, key in ((text, KEY), (card, f"{KEY[:-1]}x")):
        assert (await bench.adapter.probe(effect, key, lost)).trace is Trace.ABSENT
        receipt = await bench.adapter.send(effect, key)
        probe = await bench.adapter.probe(effect, key, lost)
        assert (probe.trace, probe.receipt.message_id) == (Trace.ARRIVED, receipt.message_id)


async def test_what_was_written_before_it_was_lost_is_left_to_whoever_knows_whose_it_is(bench):
    """A clock that was three hours ahead has written down a moment that is still to come."""
    effect = SendText(to=await bench.group(), text="早")
    receipt = await bench.adapter.send(effect, KEY)
    ahead = SystemClock().now() + timedelta(hours=3)
    lost = Lost(since=ahead, until=ahead)
    probe = await bench.adapter.probe(effect, KEY, lost)
    assert (probe.trace, probe.receipt.message_id) == (Trace.UNKNOWN, receipt.message_id)
    lost = replace(lost, others=frozenset({receipt.message_id}))
    assert (await bench.adapter.probe(effect, KEY, lost)).trace is Trace.ABSENT


async def test_without_the_permission_a_history_says_nothing(bench):
    group = await bench.group()
    await bench.door("POST", "settings", {"feishu.scopes": {"im:message.group_msg": False}})
    effect = SendText(to=group, text="早")
    await bench.adapter.send(effect, KEY)
    assert (await bench.adapter.probe(effect, KEY, lost_now())).trace is Trace.UNKNOWN


async def test_a_card_changes_its_face_and_is_taken_back(bench):
    group = await bench.group()
    effect = SendCard(to=group, card=Card(title="停电", buttons=(Button(label="好", action="a1"),)))
    receipt = await bench.adapter.send(effect, KEY)
    update = UpdateCard(
        platform=Platform.FEISHU,
        key=KEY,
        message_id=receipt.message_id,
        card=Card(title="停电", state="已发出"),
    )
    await bench.adapter.send(update, f"{KEY[:-1]}u")
    (message,) = await bench.messages(group)
    assert "已发出" in message["text"]
    recall = Recall(platform=Platform.FEISHU, to=group, key=KEY, message_id=receipt.message_id, was_card=True)
    await bench.adapter.send(recall, f"{KEY[:-1]}r")
    (message,) = await bench.messages(group)
    assert message["recalled"]
    assert (await bench.adapter.recall(effect, KEY, receipt)).gone


async def test_who_has_read_is_told_in_groups_too(bench):
    group, who = await bench.group(), await bench.person(1)
    effect = SendText(to=group, text="早")
    receipt = await bench.adapter.send(effect, KEY)
    (message,) = await bench.messages(group)
    await bench.door("POST", "read", {"platform": "feishu", "person": who.id, "message_id": message["id"]})
    assert (await bench.adapter.read_by(effect, receipt)).readers == (who,)


async def test_a_group_shows_its_owner_and_members(bench):
    group = await bench.group(3)
    seen = await bench.adapter.chat(group)
    ids = [one["id"] for one in (await bench.people())[:3]]
    assert (seen.name, seen.owner, seen.bot_is_owner) == ("测试群", Account(Platform.FEISHU, ids[0]), False)
    assert sorted(one.id for one in seen.members) == sorted(ids)
    assert group in [one.chat for one in await bench.adapter.chats()]


async def test_a_person_outside_the_availability_is_out_of_reach(bench):
    with pytest.raises(NotFound):
        await bench.adapter.send(SendText(to=await left(bench), text="早"), KEY)


async def left(bench):
    gone = await bench.person(2)
    await bench.door("POST", "people", {"platform": "feishu", "person": gone.id, "leave": True})
    return gone


async def test_a_missing_scope_is_named(bench):
    scopes = {"im:message": False, "im:message:send_as_bot": False, "im:message:send": False}
    await bench.door("POST", "settings", {"feishu.scopes": scopes})
    with pytest.raises(Forbidden) as caught:
        await bench.adapter.send(SendText(to=await bench.person(), text="早"), KEY)
    assert caught.value.code == "99991672"


async def test_what_happens_in_the_company_arrives(bench):
    async with open_line(bench) as ear:
        who, group = await bench.person(1), await bench.group()
        added = await ear.hears(ChatChanged)
        assert {(one.chat, one.what) for one in added} >= {(group, "bot-added")}
        receipt = await bench.adapter.send(SendText(to=who, text="早"), KEY)
        (message,) = await bench.messages(who)
        await bench.door(
            "POST", "read", {"platform": "feishu", "person": who.id, "message_id": message["id"]}
        )
        (read,) = await ear.hears(Read)
        assert (read.reader, read.receipts) == (who, (receipt.message_id,))
        await bench.door("POST", "people", {"platform": "feishu", "person": who.id, "leave": True})
        changed = await ear.hears(DirectoryChanged)
        assert who in [gone for one in changed for gone in one.left]


@pytest.mark.parametrize(
    "settings", [{"feishu.split_bytes": 100}, {"feishu.split_bytes": 100, "feishu.split_backwards": True}]
)
async def test_a_message_in_parts_is_read_as_one(bench, settings):
    await bench.door("POST", "settings", settings)
    async with open_line(bench) as ear:
        await bench.say(await bench.person(), "很长" * 200)
        (said,) = await ear.hears(Said)
        assert said.message.text == "很长" * 200


def test_automatic_repeats_end_before_the_platform_forgets_the_key():
    assert timedelta(seconds=RETRY_WINDOW_S) < timedelta(seconds=UUID_WINDOW_S) - timedelta(minutes=5)
    assert Receipt() == Receipt()
