"""The child with the vendor's SDK, against a gateway that behaves as the fact sheet says."""

import base64
import json

import pytest

from adapters.feishu import line as child
from adapters.port import LineState
from tests.adapters.feishu.gateway import Gateway, until

PRESS = json.dumps({"header": {"event_type": "card.action.trigger"}})


async def test_frames_are_answered_each_in_its_own_time():
    async with Gateway() as gateway:
        await until(lambda: gateway.sockets)
        gateway.go_on.clear()
        await gateway.push("slow", b'"wait"')
        await gateway.push("event", b"{}")
        await gateway.push("press", PRESS.encode())
        await gateway.push("card", PRESS.encode(), kind="card")
        await gateway.push("bad", b'"bad"')
        await gateway.push("split", b'"b"}', parts=2, part=1)
        await gateway.push("split", b'{"a":', parts=2, part=0)
        await gateway.push("odd", b"x", parts=2, part=7)
        await gateway.push("strange", b"x", kind="telegram")
        await until(lambda: len(gateway.acks) == 5)
        assert "slow" not in gateway.acks
        gateway.go_on.set()
        await until(lambda: "slow" in gateway.acks)
    acks = gateway.acks
    assert acks["event"] == acks["split"] == acks["slow"] == {"code": 200}
    assert acks["bad"] == {"code": 500}
    assert acks["press"] == acks["card"]
    assert json.loads(base64.b64decode(acks["press"]["data"])) == {
        "toast": {"type": "info", "content": "好的"}
    }
    assert '{"a":"b"}' in [raw.body for raw in gateway.heard]
    assert [raw.kind for raw in gateway.heard].count("callback") == 2
    assert gateway.pings >= 1
    assert gateway.extensions == [None]


async def test_a_message_of_more_than_4_mib_closes_the_line_which_comes_back():
    async with Gateway() as gateway:
        await until(lambda: gateway.sockets)
        await gateway.push("huge", b"x" * (4 * 1024 * 1024 + 1))
        await until(lambda: len(gateway.sockets) == 2)
        assert gateway.sockets[0].close_code == 1009
        assert gateway.heard == []
        await until(lambda: gateway.line.health().state is LineState.OPEN)
        assert gateway.line.health().replacements == 0


async def test_a_pong_is_a_sign_of_life_and_its_absence_is_noticed():
    async with Gateway() as gateway:
        gateway.may_pong.clear()
        await until(lambda: gateway.pings and gateway.line.health().state is LineState.OPEN)
        gateway.clock.turn(70)
        assert gateway.line.health().silent_s == 70
        gateway.may_pong.set()
        await until(lambda: gateway.line.health().silent_s == 0)
        gateway.clock.turn(76)
        await until(lambda: len(gateway.sockets) == 2)
        assert gateway.line.health().replacements == 1


async def test_a_wrong_secret_is_a_refusal_without_the_secret():
    async with Gateway(secret="not-the-secret") as gateway:
        await until(lambda: gateway.line.health().state is LineState.REFUSED)
        assert gateway.line.health().refusal == "1000040345: […] is invalid"


# ── Pure parts, in this process ───────────────────────────────────────────────────────────────────


class Fitting:
    """What the child relies on."""

    async def _connect(self): ...
    async def _disconnect(self): ...
    async def _receive_message_loop(self): ...
    async def _handle_control_frame(self): ...
    async def _handle_data_frame(self): ...
    async def _write_message(self): ...
    def _configure(self): ...
    def _get_conn_url(self): ...


def sdk(**changes):
    names = dict.fromkeys(child._NEEDED_NAMES, object())
    return type("Module", (), {**names, "Client": Fitting, **changes})


def test_an_sdk_that_changed_is_named():
    assert child._verify(sdk()) == ""
    assert child._verify(sdk(Client=type("C", (Fitting,), {"_connect": None}))) == "Client._connect"
    assert child._verify(sdk(Client=type("C", (Fitting,), {"_configure": None}))) == "Client._configure"
    assert child._verify(type("Module", (), {"Client": Fitting})) == "_get_by_key"


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"header":3}', '{"header":{"event_type":"im.message.receive_v1"}}']
)
def test_only_a_press_is_a_callback(body):
    assert child._kind(body) == "event"


def test_a_press_always_has_data():
    assert child._ack({"code": 200}) == {"code": 200}
    assert child._ack({"code": 200, "data": {}}) == {"code": 200, "data": "e30="}
