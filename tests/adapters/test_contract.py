"""What every adapter promises, judged by the town; the same tests for both platforms."""

import asyncio
import contextlib
from datetime import timedelta

import pytest

from adapters.errors import OutcomeUnknown, PlatformError, RateLimited, Unauthorized
from adapters.port import KeyUse, LineState, Reply, ToastTone
from adapters.tokens import Token
from bot.clock import SystemClock
from policies.card import Button, Card, Style
from policies.effects import SendCard, SendText
from policies.model import Account, Chat, Everyone, Pressed, Said
from tests.adapters.conftest import SECRET_FIELD, TOKENS, open_line, until

KEY = "0123456789abcdef0123456789abcdef01234567"


def card(*actions, **fields):
    buttons = tuple(Button(label="就这样", action=action, style=Style.PRIMARY) for action in actions)
    return Card(**{"title": "停电通知", "body": ("今晚八点停电", "请保存文件"), "buttons": buttons, **fields})


def sending(bench):
    """Matches the call that sends to one person."""
    path = {"feishu": "/open-apis/im/v1/messages", "dingtalk": "*/oToMessages/batchSend"}[bench.platform]
    return {"platform": bench.platform, "method": "POST", "path": path}


# ── Out ───────────────────────────────────────────────────────────────────────────────────────────


async def test_a_text_reaches_a_person(bench):
    who = await bench.person()
    receipt = await bench.adapter.send(SendText(to=who, text="早会十点\n别迟到"), KEY)
    (message,) = await bench.messages(who)
    assert message["text"] == "早会十点\n别迟到"
    assert message["sender"] == "bot"
    assert message["mentions"] == []
    assert receipt.message_id


async def test_a_card_reaches_a_group_with_its_mentions(bench):
    if not bench.adapter.capabilities.group_mentions:
        pytest.skip("no mentions in groups here")
    group = await bench.group()
    who = await bench.person(1)
    await bench.adapter.send(SendCard(to=group, card=card(mentions=(who,))), KEY)
    (message,) = await bench.messages(group)
    assert message["mentions"] == [who.id]
    assert "今晚八点停电" in message["text"]


async def test_everyone_is_mentioned_as_a_value(bench):
    if not bench.adapter.capabilities.group_mentions:
        pytest.skip("no mentions in groups here")
    group = await bench.group()
    await bench.adapter.send(SendCard(to=group, card=card(mentions=(Everyone.ALL,))), KEY)
    (message,) = await bench.messages(group)
    assert message["mentions"] == ["all"]


@pytest.mark.parametrize(
    "typed", ['<at user_id="all"></at>', "<at id=all></at>", "@所有人", "**x** [y](http://z)"]
)
async def test_what_is_typed_mentions_nobody(bench, typed):
    group = await bench.group()
    await bench.adapter.send(SendText(to=group, text=typed), KEY)
    (message,) = await bench.messages(group)
    assert message["mentions"] == []


async def test_the_same_key_again_is_the_same_message(bench):
    who = await bench.person()
    effect = SendCard(to=who, card=card("a1"))
    if bench.adapter.key_use(effect) is not KeyUse.SAME_KEY_AGAIN:
        pytest.skip("a repeat is not known by its key here")
    first = await bench.adapter.send(effect, KEY)
    again = await bench.adapter.send(effect, KEY)
    assert first.message_id == again.message_id
    assert len(await bench.messages(who)) == 1


async def test_a_lost_answer_is_unknown_and_the_message_was_sent_once(bench):
    who = await bench.person()
    await bench.faults({"match": sending(bench), "kind": "lost-answer"})
    with pytest.raises(OutcomeUnknown):
        await bench.adapter.send(SendText(to=who, text="一次"), KEY)
    assert len(await bench.messages(who)) == 1


async def test_a_cut_call_is_unknown_too_and_nothing_was_sent(bench):
    who = await bench.person()
    await bench.faults({"match": sending(bench), "kind": "cut"})
    with pytest.raises(OutcomeUnknown):
        await bench.adapter.send(SendText(to=who, text="零次"), KEY)
    assert await bench.messages(who) == []


async def test_a_rate_limit_stops_its_own_lane_only(bench):
    who, group = await bench.person(), await bench.group()
    effect = SendText(to=who, text="慢")
    await bench.faults({"match": sending(bench), "kind": "status:429"})
    with pytest.raises(RateLimited) as caught:
        await bench.adapter.send(effect, KEY)
    assert caught.value.retry_after_s > 0
    assert bench.adapter.ready_at(effect) > SystemClock().now()
    observed = await bench.adapter.chat(group)
    assert observed.chat == group


async def test_a_full_lane_of_ours_refuses_before_anything_is_sent(bench):
    who = await bench.person()
    effect = SendText(to=who, text="快")
    for number in range(100):
        if bench.adapter.ready_at(effect) > SystemClock().now():
            break
        await bench.adapter.send(effect, f"{KEY[:-3]}{number:03}")
    with pytest.raises(RateLimited):
        await bench.adapter.send(effect, KEY)
    assert len(await bench.messages(who)) == number
    assert all(one["status"] != 429 for one in await bench.requests())


async def test_a_wrong_secret_is_unauthorized(bench):
    wrong = bench.another(**{SECRET_FIELD[bench.platform]: "not-the-secret"})
    await wrong.open()
    with pytest.raises(Unauthorized) as caught:
        await wrong.send(SendText(to=await bench.person(), text="x"), KEY)
    assert "not-the-secret" not in str(caught.value)
    await wrong.close()


async def test_a_token_that_died_early_is_renewed_once(bench):
    tokens = TOKENS[bench.platform](bench.adapter)
    tokens._token = Token(value="t-00000000000000000000", renew_at=SystemClock().now() + timedelta(hours=1))
    who = await bench.person()
    await bench.adapter.send(SendText(to=who, text="早"), KEY)
    assert len(await bench.messages(who)) == 1
    assert len(await token_calls(bench)) == 1


async def token_calls(bench):
    return [one for one in await bench.requests() if "oken" in one["path"] and "essages" not in one["path"]]


async def test_one_token_serves_many_calls(bench):
    people = await bench.people()
    sends = [
        bench.adapter.send(SendText(to=Account(bench.platform, one["id"]), text="x"), f"{KEY[:-2]}{n:02}")
        for n, one in enumerate(people[:5])
    ]
    await asyncio.gather(*sends)
    tokens = [
        one for one in await bench.requests() if "oken" in one["path"] and "Messages" not in one["path"]
    ]
    assert len(tokens) == 1


async def test_a_message_to_nobody_names_what_is_wrong(bench):
    with pytest.raises(PlatformError) as caught:
        await bench.adapter.send(SendText(to=Chat(bench.platform, "nowhere"), text="x"), KEY)
    assert not isinstance(caught.value, OutcomeUnknown)
    assert caught.value.code


# ── What is there ─────────────────────────────────────────────────────────────────────────────────


async def test_the_directory_is_walked_to_its_end(bench):
    seen = await bench.adapter.directory()
    people = {one["id"]: one for one in await bench.people()}
    assert {one.account.id: one.name for one in seen.people} == {
        key: one["name"] for key, one in people.items()
    }
    names = {one.department.id: one.department.name for one in seen.departments}
    for one in seen.people:
        expected = {name for name in people[one.account.id]["departments"] if name in names.values()}
        assert expected <= {names[each] for each in one.departments}


async def test_one_person_is_looked_up(bench):
    who = await bench.person()
    seen = await bench.adapter.person(who)
    assert seen is not None
    assert seen.account == who
    assert seen.is_active
    assert await bench.adapter.person(Account(bench.platform, "ou_nobody")) is None


async def test_who_we_are(bench):
    assert (await bench.adapter.whoami()) != {}


# ── The line ──────────────────────────────────────────────────────────────────────────────────────


async def test_what_people_say_arrives(bench, ear):
    who, group = await bench.person(), await bench.group()
    await bench.say(who, "通知研发部：明早例会改到十点")
    (said,) = await ear.hears(Said)
    assert said.message.text == "通知研发部：明早例会改到十点"
    assert said.message.author == who
    assert said.message.direct
    await bench.say(who, "大家好", to=group.id, mentions=("bot",))
    *_, second = await ear.hears(Said, 2)
    assert second.message.chat == group
    assert second.message.text == "大家好"
    assert not second.message.direct


async def test_a_press_is_answered_in_its_frame(bench, ear):
    if not bench.adapter.capabilities.cards:
        pytest.skip("no cards here")
    who = await bench.person()
    await bench.adapter.send(SendCard(to=who, card=card("opaque-1")), KEY)
    (message,) = await bench.messages(who)
    ear.replies = lambda _: Reply(toast="好的", tone=ToastTone.SUCCESS, card=card(state="已发出"))
    seen = await bench.door(
        "POST",
        "press",
        {"platform": bench.platform, "person": who.id, "message_id": message["id"], "action": "opaque-1"},
    )
    (pressed,) = await ear.hears(Pressed)
    assert pressed.presser == who
    assert pressed.action == "opaque-1"
    assert "好的" in str(seen) or "已发出" in str(seen)
    (message,) = await bench.messages(who)
    assert "已发出" in str(message)


async def test_what_was_not_acknowledged_comes_again(still_bench):
    """Feishu sends an event again after 15 s; DingTalk asks for ``LATER`` and sends the same message again."""
    async with open_line(still_bench) as ear:
        ear.replies = lambda _: Reply(ok=sum("再说一遍" in raw.body for raw in ear.heard) > 1)
        await still_bench.say(await still_bench.person(), "再说一遍")
        await ear.hears(Said, 1)
        await still_bench.door("POST", "clock", {"advance": "2m"})
        first, second = await ear.hears(Said, 2)
    assert first == second


async def test_a_slow_answer_holds_up_nobody(bench, ear):
    who = await bench.person()
    gate = asyncio.Event()
    accept = ear.accept

    async def slow(raw):
        reply = await accept(raw)
        if "慢" in raw.body:
            await gate.wait()
        return reply

    ear.accept = slow
    await bench.say(who, "慢慢来")
    await bench.say(who, "快一点")
    await ear.hears(Said, 2)
    gate.set()


async def test_the_line_comes_back_when_the_platform_ends_it(bench, ear):
    """What is said in between may be lost on DingTalk, so the person says it again."""
    await bench.faults({"stream": bench.platform, "kind": "disconnect"})
    heard = []
    async with asyncio.timeout(20):
        while not heard:
            await bench.say(await bench.person(), "还在吗")
            with contextlib.suppress(TimeoutError):
                heard = await ear.hears(Said, within_s=1)
    assert bench.adapter.line_health().state is LineState.OPEN


async def test_a_killed_child_is_replaced(bench, ear):
    child = bench.adapter._line._current._process
    child.kill()
    await until(lambda: bench.adapter.line_health().replacements == 1)
    await until(lambda: bench.adapter.line_health().state is LineState.OPEN)
    await bench.say(await bench.person(), "新来的")
    await ear.hears(Said)


async def test_a_refused_line_is_told(bench):
    wrong = bench.another(**{SECRET_FIELD[bench.platform]: "not-the-secret"})
    await wrong.open()
    task = asyncio.create_task(wrong.source(lambda raw: None))
    await until(lambda: wrong.line_health().state is LineState.REFUSED)
    assert wrong.line_health().refusal
    assert "not-the-secret" not in wrong.line_health().refusal
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await wrong.close()
