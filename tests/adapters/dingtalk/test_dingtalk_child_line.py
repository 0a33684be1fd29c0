"""The long connection through the vendor's own client, in a child process, on real sockets."""

import asyncio
import json
import logging
import random

import pytest

from adapters.dingtalk import adapter, line
from adapters.line import Patience
from adapters.port import LineState, Reply
from policies.card import Card
from tests.adapters.clocks import HandClock

from . import samples
from .gateway import Gateway, until

SECRET = "s3cr3t-canary-value"
QUICK = Patience(backoff_s=0.01, refused_s=0.05, leave_s=2, look_s=0.02)


class Station:
    """The adapter with its line running against a gateway."""

    def __init__(self, gateway):
        settings = adapter.DingTalkSettings(
            client_id="dingabc", client_secret=SECRET, robot_code="dingabc", corp_id="ding9733",
            api=gateway.url, oapi=gateway.url,
        )  # fmt: skip
        self.adapter = adapter.DingTalkAdapter(settings, HandClock(), random.Random(1), patience=QUICK)
        self.got = []
        self.reply = Reply()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def accept(self, raw):
        self.got.append(raw)
        await self.may_answer.wait()
        return self.reply

    async def __aenter__(self):
        self.task = asyncio.create_task(self.adapter.source(self.accept))
        return self

    async def __aexit__(self, *args):
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.task
        await self.adapter.close()

    @property
    def state(self):
        return self.adapter.line_health().state


@pytest.fixture
async def gateway():
    async with Gateway() as it:
        yield it


@pytest.fixture
async def station(gateway):
    async with Station(gateway) as it:
        await until(lambda: it.state is LineState.OPEN and gateway.connections)
        yield it


async def test_it_subscribes_to_events_messages_and_presses(gateway, station):
    body, headers = gateway.opens[0]
    assert (body["clientId"], body["clientSecret"]) == ("dingabc", SECRET)
    assert [(one["type"], one["topic"]) for one in body["subscriptions"]] == [
        ("EVENT", "*"),
        ("CALLBACK", "/v1.0/im/bot/messages/get"),
        ("CALLBACK", "/v1.0/card/instances/callback"),
    ]
    assert headers["Accept"] == "application/json"
    assert "localIp" not in body


async def test_a_payload_arrives_but_for_its_secret_address_and_is_acknowledged_when_it_was_kept(
    gateway, station
):
    station.may_answer.clear()
    number = await gateway.push("CALLBACK", samples.ROBOT, samples.load("robot_group_text.json"))
    await until(lambda: station.got)
    assert number not in gateway.acks
    station.may_answer.set()
    ack = await gateway.ack_of(number)
    assert (ack["code"], json.loads(ack["data"])) == (200, {"response": None})
    raw = station.got[0]
    assert raw.kind == "event"
    sent = samples.load("robot_group_text.json")
    assert json.loads(raw.body) == {**sent, "sessionWebhook": ""}
    assert station.adapter.decode(raw).message.text == "帮我发通知"


async def test_an_event_that_was_not_kept_is_asked_for_again(gateway, station):
    kept = await gateway.push("EVENT", "*", {"userId": ["1"]}, eventType="user_add_org", eventId="e1")
    assert json.loads((await gateway.ack_of(kept))["data"])["status"] == "SUCCESS"
    station.reply = Reply(ok=False)
    lost = await gateway.push("EVENT", "*", {"userId": ["1"]}, eventType="user_add_org", eventId="e2")
    ack = await gateway.ack_of(lost)
    assert (ack["code"], json.loads(ack["data"])["status"]) == (500, "LATER")


async def test_a_press_is_answered_with_the_new_face(gateway, station):
    station.reply = Reply(toast="已收到", card=Card(title="停电", state="已确认"))
    number = await gateway.push("CALLBACK", samples.CARD, samples.load("card_press.json"))
    response = json.loads((await gateway.ack_of(number))["data"])["response"]
    assert response["cardData"]["cardParamMap"]["state"] == "已确认"
    assert response["userPrivateData"]["cardParamMap"] == {"hint": "已收到"}
    assert station.got[0].kind == "callback"


async def test_many_frames_are_in_flight_at_once(gateway, station):
    station.may_answer.clear()
    numbers = [await gateway.push("EVENT", "*", {"n": n}, eventType="x", eventId=str(n)) for n in range(50)]
    await until(lambda: len(station.got) == 50)
    assert not gateway.acks
    station.may_answer.set()
    await until(lambda: len(gateway.acks) == len(numbers))


async def test_a_ping_of_the_platform_is_echoed(gateway, station):
    number = await gateway.push("SYSTEM", "ping", {"opaque": "0-123-dsfs"})
    assert json.loads((await gateway.ack_of(number))["data"]) == {"opaque": "0-123-dsfs"}


async def test_asked_to_move_it_opens_the_next_connection_before_the_old_one_is_gone(gateway, station):
    station.may_answer.clear()
    waiting = await gateway.push("EVENT", "*", {}, eventType="x", eventId="e1")
    await until(lambda: station.got)
    await gateway.push("SYSTEM", "disconnect", {"reason": "persistent connection is timeout"})
    await until(lambda: len(gateway.connections) == 2)
    assert gateway.gone == 0
    await until(lambda: station.state is LineState.OPEN)
    moved = station.adapter.line_health()
    assert (moved.gap_since, moved.last_gap is not None) == (None, True)
    station.may_answer.set()
    await gateway.ack_of(waiting)
    fresh = await gateway.push("EVENT", "*", {}, eventType="x", eventId="e2")
    await gateway.ack_of(fresh)
    assert (station.state, station.adapter.line_health().replacements) == (LineState.OPEN, 0)


async def test_a_lost_connection_is_opened_again_by_the_same_child(gateway, station):
    await gateway.connections[0].close()
    await until(lambda: len(gateway.connections) == 2)
    await until(lambda: station.state is LineState.OPEN)
    number = await gateway.push("EVENT", "*", {}, eventType="x", eventId="e1")
    await gateway.ack_of(number)
    assert station.adapter.line_health().replacements == 0


async def test_moving_again_and_again_is_paced(gateway, station):
    for n in range(1, 6):
        await gateway.push("SYSTEM", "disconnect", {"reason": "connection is expired"})
        if n < 5:
            await until(lambda n=n: len(gateway.connections) == n + 1)
    assert len(gateway.opens) == 5
    assert station.adapter.line_health().replacements == 0


async def test_a_frame_that_nobody_can_read_does_not_break_the_line(gateway, station):
    for broken in (
        "{",
        "[]",
        "7",
        '{"type":"EVENT"}',
        '{"type":"SYSTEM","headers":{"time":"x"}}',
        '{"type":"NEW"}',
    ):
        await gateway.connections[0].send_str(broken)
    number = await gateway.push("EVENT", "*", {}, eventType="x", eventId="e1")
    await gateway.ack_of(number)
    assert len(station.got) == 1


async def test_a_frame_of_more_than_four_mebibytes_ends_the_connection_not_the_child(gateway, station):
    await gateway.connections[0].send_str("x" * (4 * 1024 * 1024 + 1))
    await until(lambda: len(gateway.connections) == 2)
    assert station.adapter.line_health().replacements == 0


async def test_a_wrong_secret_is_told_and_nobody_knocks_for_ever(gateway):
    gateway.refuse = (401, {"requestid": "r", "code": "authFailed", "message": "鉴权失败"})
    async with Station(gateway) as station:
        await until(lambda: station.state is LineState.REFUSED)
        assert "authFailed" in station.adapter.line_health().refusal


async def test_a_foreign_endpoint_is_not_visited(gateway):
    gateway.endpoint = "ws://evil.example/connect"
    async with Station(gateway) as station:
        await until(lambda: len(gateway.opens) >= 2)
        assert station.state is LineState.CONNECTING
        assert not gateway.connections


async def test_secrets_and_tickets_are_in_no_log(gateway, caplog):
    caplog.set_level(logging.DEBUG)
    async with Station(gateway) as station:
        await until(lambda: station.state is LineState.OPEN)
        await gateway.connections[0].close()
        await until(lambda: len(gateway.connections) == 2)
    words = " ".join(str(record.__dict__) for record in caplog.records if record.name.startswith("adapters"))
    assert words
    assert SECRET not in words
    assert "7724109a" not in words


@pytest.mark.slow
async def test_a_connection_that_answers_no_ping_is_given_up(gateway):
    gateway.answers_pings = False
    async with Station(gateway) as station:
        await until(lambda: len(gateway.connections) == 2, line.PING_S + line.PONG_S + 10)
        assert station.adapter.line_health().replacements == 0


@pytest.mark.parametrize(
    ("endpoint", "api", "ours"),
    [
        ("wss://wss-open-connection-union.dingtalk.com:443/connect", "https://api.dingtalk.com", True),
        ("ws://wss-open-connection.dingtalk.com/connect", "https://api.dingtalk.com", False),
        ("wss://dingtalk.com.evil.example/connect", "https://api.dingtalk.com", False),
        ("wss://evildingtalk.com/connect", "https://api.dingtalk.com", False),
        ("wss://x@wss.dingtalk.com/connect", "https://api.dingtalk.com", False),
        ("https://api.dingtalk.com/connect", "https://api.dingtalk.com", False),
        ("wss://169.254.169.254/connect", "https://api.dingtalk.com", False),
        ("ws://127.0.0.1:8900/connect", "http://127.0.0.1:8900", True),
        ("ws://127.0.0.1:8901/connect", "http://127.0.0.1:8900", True),
        ("ws://10.0.0.1:8900/connect", "http://127.0.0.1:8900", False),
        ("", "https://api.dingtalk.com", False),
    ],
)
def test_only_the_vendors_endpoints_are_visited(endpoint, api, ours):
    assert line.is_vendor_endpoint(endpoint, api) is ours


def test_the_proxy_of_the_environment_is_used(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert line.proxy_for("https://api.dingtalk.com") == "http://proxy.example:3128"
    assert line.proxy_for("https://127.0.0.1:8900") is None
