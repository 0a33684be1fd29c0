"""The long connection by its protocol: hand-shake, pings, acknowledgements, redelivery, and all that goes wrong."""

import asyncio
import contextlib

import aiohttp
import pytest
from feishu_town import button, card, office, settled
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.clock import parse_duration
from sandbox.feishu import frames
from sandbox.feishu.frames import BadFrame, Frame

QUIET = {"im.chat.access_event.bot_p2p_chat_entered_v1": False}


async def turn(o, by):
    await o.town.clock.advance(parse_duration(by))


def texts(line):
    """Of the messages that have arrived so far."""
    found = []
    while not line.events.empty():
        found.append(line.events.get_nowait()["event"]["message"]["content"])
    return found


FEW = settings(max_examples=60, derandomize=True, deadline=None)


@FEW
@given(
    st.builds(
        Frame,
        seq_id=st.integers(0, 2**64 - 1),
        log_id=st.integers(0, 2**64 - 1),
        service=st.integers(-(2**31), 2**31 - 1),
        method=st.integers(0, 1),
        headers=st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), max_size=3),
        payload=st.none() | st.binary(max_size=300),
        payload_type=st.none() | st.text(max_size=5),
        log_id_new=st.none() | st.text(max_size=5),
    )
)
def test_a_frame_is_read_as_it_was_written(frame):
    assert frames.decode(frames.encode(frame)) == frame


def test_a_ping_has_the_bytes_of_the_vendors_codec():
    frame = Frame(service=33554678, headers=[("type", "ping")])
    assert frames.encode(frame).hex() == "0800100018f68180102000" + "2a0c0a0474797065120470696e67"


@FEW
@given(st.binary(max_size=60))
def test_other_bytes_are_no_frame_or_a_frame_but_never_a_crash(raw):
    with contextlib.suppress(BadFrame):
        frames.decode(raw)


async def test_a_ping_is_answered_with_the_configuration():
    async with office() as o:
        await o.set(client_config={"PingInterval": 7})
        async with o.line() as line:
            await line.ping()
            async with asyncio.timeout(5):
                assert (await line.pongs.get())["PingInterval"] == 7


async def test_without_a_connection_events_wait_for_their_redelivery():
    async with office() as o:
        await o.set(events=QUIET)
        await o.say("lixiang", "bot", "早")
        async with o.line() as line:
            await turn(o, "14s")
            assert texts(line) == []
            await turn(o, "1s")
            assert texts(line) == ['{"text":"早"}']


async def test_an_event_nobody_takes_comes_four_times_more_and_then_never():
    async with office() as o:
        await o.set(events=QUIET)
        async with o.line(answer=lambda event: (500, None)) as line:
            await o.say("lixiang", "bot", "早")
            await settled(o)
            seen = [len(texts(line))]
            for wait in ("15s", "5m", "1h", "6h", "24h"):
                await turn(o, wait)
                seen.append(len(texts(line)))
        assert seen == [1, 1, 1, 1, 1, 0]
        assert [each.event_type for each in o.feishu.deliveries.lost] == ["im.message.receive_v1"]


async def test_every_copy_of_an_event_has_the_same_event_id():
    async with office() as o:
        await o.set(events=QUIET)
        async with o.line(answer=lambda event: (500, None)) as line:
            await o.say("lixiang", "bot", "早")
            await settled(o)
            await turn(o, "15s")
            first, second = await line.next(), await line.next()
        assert first == second
        assert len({frame.header("message_id") for frame in line.frames}) == 2


async def test_fifty_connections_and_no_more():
    async with office() as o:
        await o.set(max_connections=1)
        async with o.line():
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with o.line():
                    pass
        assert refused.value.headers["Handshake-Autherrcode"] == "1000040350"
        assert refused.value.headers["Handshake-Status"] == "514"


async def test_a_ticket_that_was_not_given_out_opens_nothing():
    async with office() as o:
        url = o.town.url.replace("http", "ws") + "/ws/feishu?device_id=1&service_id=1&ticket=x"
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await o.talk.http.ws_connect(url)
        assert refused.value.headers["Handshake-Status"] == "514"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"AppID": "cli_x", "AppSecret": "y"}, 1000040345),
        ({"app_id": "cli_x", "app_secret": "y"}, 514),
        ({}, 514),
    ],
)
async def test_discovery_refuses_with_http_200(body, code):
    async with office() as o:
        status, answer = await o.call("POST", "/callback/ws/endpoint", body, token="")
        assert (status, answer["code"]) == (200, code)


@pytest.mark.parametrize(
    ("kind", "now", "later"),
    [
        ("drop", 0, 1),
        ("duplicate", 2, 0),
        ("lost-ack", 1, 1),
        ("zombie", 0, 0),
        ("silent", 0, 0),
    ],
)
async def test_a_fault_of_the_line_strikes(kind, now, later):
    async with office() as o:
        await o.set(events=QUIET)
        async with o.line() as line:
            await o.fault(kind)
            await o.say("lixiang", "bot", "早")
            await settled(o)
            first = len(texts(line))
            await turn(o, "15s")
            assert (first, len(texts(line))) == (now, later)


async def test_a_zombie_is_healed_by_a_new_connection():
    async with office() as o:
        await o.set(events=QUIET)
        async with o.line():
            await o.fault("zombie")
            await o.say("lixiang", "bot", "早")
        async with o.line() as fresh:
            await turn(o, "15s")
            assert texts(fresh) == ['{"text":"早"}']


@pytest.mark.parametrize(("kind", "answered"), [("zombie", True), ("silent", False)])
async def test_a_zombie_still_answers_pings_and_a_silent_line_does_not(kind, answered):
    async with office() as o, o.line() as line:
        await o.fault(kind)
        await line.ping()
        await line.socket.ping()
        other = await o.call("GET", "/open-apis/bot/v3/info")
        assert other[0] == 200
        if answered:
            async with asyncio.timeout(5):
                assert await line.pongs.get()
        else:
            assert line.pongs.empty()


async def test_two_events_change_places():
    async with office() as o:
        await o.set(events=QUIET)
        async with o.line() as line:
            await o.fault("reorder")
            await o.say("lixiang", "bot", "一")
            await o.say("lixiang", "bot", "二")
            await settled(o)
            assert texts(line) == ['{"text":"二"}', '{"text":"一"}']


async def test_a_cut_line_puts_what_was_under_way_on_the_schedule():
    async with office() as o:
        await o.set(events=QUIET)
        async with o.line(answer=lambda event: (None, None)) as line:
            await o.say("lixiang", "bot", "早")
            await line.next()
            assert o.town.frames_open == 1
            await o.fault("disconnect")
            assert (o.town.frames_open, len(o.feishu.deliveries.waiting)) == (0, 1)


async def test_a_refused_hand_shake_lets_the_next_one_in():
    async with office() as o:
        await o.fault("refuse")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with o.line():
                pass
        assert refused.value.headers["Handshake-Status"] == "500"
        async with o.line():
            assert len(o.feishu.line.connections) == 1


async def test_the_clock_stands_while_a_frame_is_not_acknowledged():
    async with office() as o, o.line(answer=lambda event: (None, None)) as line:
        await o.say("lixiang", "bot", "早")
        await line.next()
        assert "acknowledged" in o.town.clock.why_busy()


@pytest.mark.parametrize("code", [None, 500])
async def test_a_press_without_a_good_answer_is_an_error_and_never_comes_again(code):
    async with office() as o, o.line(answer=lambda event: (code, None)) as line:
        sent = await o.sent(o.person("lixiang").id, card(button("好", {"a": 1})), "interactive")
        press = asyncio.create_task(o.press("lixiang", sent["message_id"], "好"))
        await line.next("card.action.trigger")
        if code is None:
            await o.fault("disconnect")
        assert (await press)["code"] == 200341
        assert not o.feishu.deliveries.waiting


async def test_a_press_whose_answer_is_lost_shows_an_error():
    async with office() as o, o.line(answer=lambda event: (200, None)) as line:
        sent = await o.sent(o.person("lixiang").id, card(button("好", {"a": 1})), "interactive")
        await o.fault("lost-ack")
        assert (await o.press("lixiang", sent["message_id"], "好"))["code"] == 200341
        assert await line.next("card.action.trigger")


async def test_card_callbacks_can_come_as_card_frames_and_without_a_token():
    async with office() as o:
        await o.set(card_frames="card", no_header_token=True)
        async with o.line() as line:
            sent = await o.sent(o.person("lixiang").id, card(button("好", {"a": 1})), "interactive")
            assert await o.press("lixiang", sent["message_id"], "好") == {}
            event = await line.next("card.action.trigger")
        assert ("token" in event["header"], line.frames[-1].header("type")) == (False, "card")


async def test_a_reset_closes_the_line():
    async with office() as o, o.line() as line:
        await o.talk.post("/_sandbox/reset", {})
        async with asyncio.timeout(5):
            while not line.socket.closed:  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert not o.feishu.line.connections
