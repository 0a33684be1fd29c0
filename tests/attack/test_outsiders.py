"""Whoever is not of this company, and whatever is not meant for this app, is not listened to."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.dingtalk.adapter import DingTalkAdapter, DingTalkSettings
from adapters.errors import Undecodable
from adapters.feishu.adapter import FeishuAdapter, FeishuSettings
from adapters.port import Raw
from bot.clock import ManualClock
from bot.intake import Intake
from bot.store import inbox
from bot.store.engine import Store
from bot.store.rows import InboxState
from policies.model import AnyEvent, Platform

DATA = Path(__file__).parent.parent / "data"
NOW = datetime(2026, 9, 8, 2, tzinfo=UTC)
APP, TENANT, CORP, ROBOT = "cli_a1b2c3d4e5f60718", "2ca1d211f64f6438", "ding9733", "dingabc"
ROBOT_TOPIC, CARD_TOPIC = "/v1.0/im/bot/messages/get", "/v1.0/card/instances/callback"


def load(name: str) -> dict[str, Any]:
    return dict(json.loads((DATA / name).read_text(encoding="utf-8")))


def feishu(event_id: str = "e1", kind: str = "event", **changes: Any) -> Raw:
    """A message to the bot; ``sender__tenant_key="t"`` changes a field at that place."""
    told = load("feishu/card_pressed.json" if kind == "callback" else "feishu/message_group.json")
    told["header"]["event_id"] = event_id
    if kind == "event":
        told["event"]["message"]["message_id"] = f"om_{event_id}"
        told["event"]["message"]["chat_type"] = "p2p"
    for path, value in changes.items():
        place: Any = told
        *way, last = path.split("__")
        for step in way:
            place = place[step]
        place[last] = value
    return Raw(platform=Platform.FEISHU, body=json.dumps(told), kind=kind, headers={})


def dingtalk(message_id: str = "m1", topic: str = ROBOT_TOPIC, **changes: Any) -> Raw:
    told = load("dingtalk/card_press.json" if topic == CARD_TOPIC else "dingtalk/robot_group_text.json")
    told |= {"msgId": message_id, **changes}
    headers = {"topic": topic, "messageId": f"f-{message_id}", "contentType": "application/json",
               "time": "1690362102194"}  # fmt: skip
    return Raw(
        platform=Platform.DINGTALK,
        body=json.dumps({name: value for name, value in told.items() if value is not ...}),
        kind="callback" if topic == CARD_TOPIC else "event",
        headers=headers,
    )


def adapters(clock: ManualClock) -> dict[Platform, Any]:
    rng = random.Random(1)
    feishu_settings = FeishuSettings(app_id=APP, app_secret="s" * 32, domain="https://open.feishu.cn")
    dingtalk_settings = DingTalkSettings(
        client_id=ROBOT, client_secret="s" * 32, robot_code=ROBOT, corp_id=CORP,
        api="https://api.dingtalk.com", oapi="https://oapi.dingtalk.com",
    )  # fmt: skip
    return {
        Platform.FEISHU: FeishuAdapter(feishu_settings, clock, rng),
        Platform.DINGTALK: DingTalkAdapter(dingtalk_settings, clock=clock, rng=rng),
    }


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Intake]:
    clock = ManualClock(NOW)
    store = Store(f"sqlite:///{tmp_path}/data/x.db", clock, inline=True)
    await store.open()
    world: Any = SimpleNamespace(read_groups=frozenset(), tenants={Platform.DINGTALK: CORP})
    made = Intake(
        store=store, clock=clock, world=lambda: world, on_event=lambda: None, on_written=lambda: None
    )
    made.adapters = adapters(clock)
    try:
        yield made
    finally:
        await store.close()


async def to_be_judged(door: Intake) -> list[AnyEvent]:
    rows = await door._store.read(inbox.next_new, 100)
    return [door.adapters[row.entry.platform].decode(
        Raw(platform=row.entry.platform, body=row.entry.body, kind=row.entry.kind, headers=row.entry.headers)
    ) for row in rows]  # fmt: skip


STRANGERS = {
    "another company's event": feishu(header__tenant_key="0" * 16),
    "another app's event": feishu(header__app_id="cli_ffffffffffffffff"),
    "an app speaks": feishu(event__sender__sender_type="app"),
    "a robot speaks": feishu(event__sender__sender_type="bot"),
    "nobody speaks": feishu(event__sender__sender_id={"open_id": None, "union_id": None, "user_id": None}),
    "an anonymous sender": feishu(event__sender__sender_type="anonymous"),
    "another company's robot message": dingtalk(chatbotCorpId="ding0000"),
    "another robot's message": dingtalk(robotCode="dingother", chatbotCorpId=CORP),
    "another company's press": dingtalk(topic=CARD_TOPIC, corpId="ding0000"),
    "another app's press": feishu(kind="callback", header__app_id="cli_ffffffffffffffff"),
    "another company's directory": Raw(
        platform=Platform.DINGTALK,
        body="{}",
        kind="event",
        headers={"topic": "*", "messageId": "f", "eventType": "user_leave_org", "eventId": "x",
                 "eventCorpId": "ding0000", "eventBornTime": "1690362102194"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("raw", STRANGERS.values(), ids=STRANGERS.keys())
async def test_a_stranger_is_acknowledged_and_not_listened_to(door: Intake, raw: Raw) -> None:
    await door.accept(feishu("ours"))
    await door.accept(dingtalk("ours", chatbotCorpId=CORP))
    assert len(await to_be_judged(door)) == 2
    reply = await door.accept(raw)
    assert reply.card is None
    assert len(await to_be_judged(door)) == 2
    kept = await door._store.read(_bodies)
    assert not any("cli_ffffffffffffffff" in body and "action" in body for body in kept)


def _bodies(conn: Any) -> list[str]:
    from sqlalchemy import text

    return [str(row[0]) for row in conn.execute(text("SELECT body FROM inbox"))]


async def test_a_guest_of_an_external_group_is_nobody_we_could_grant_anything(door: Intake) -> None:
    """DingTalk tells no staff id of another company's people; their opaque id is no account of a colleague."""
    await door.accept(dingtalk(senderStaffId="", senderId="$:LWCP_v1:$guest", chatbotCorpId=CORP))
    (said,) = await to_be_judged(door)
    assert said.message.author.id.startswith("$")  # type: ignore[union-attr]


# ── What cannot be read ───────────────────────────────────────────────────────────────────────────

DEEP = "[" * 100_000
UNREADABLE = {
    "nothing": "",
    "not JSON": "{",
    "a list": "[]",
    "a number": "1",
    "null": "null",
    "deep lists": DEEP,
    "deep objects": '{"a":' * 100_000,
    "deep inside": '{"schema":"2.0","header":{"event_id":"e","event_type":"im.message.receive_v1"},"event":'
    + DEEP,
    "a huge number": '{"header":' + "9" * 10_000 + "}",
    "a huge time": '{"schema":"2.0","header":{"event_id":"e","event_type":"im.message.receive_v1",'
    '"create_time":"' + "9" * 5000 + '"}}',
    "NaN": '{"header":NaN}',
    "a lone surrogate": '{"header":"\\ud800"}',
    "keys twice": '{"header":{},"header":1}',
    "a nul": '{"header":"\\u0000"}',
    "infinity": '{"header":{"event_id":1e999}}',
    "a BOM": "\ufeff{}",
}


@pytest.mark.parametrize("platform", list(Platform))
@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_what_cannot_be_read_is_set_aside_and_never_judged(
    door: Intake, platform: Platform, body: str
) -> None:
    headers = {"topic": ROBOT_TOPIC, "messageId": "f1"} if platform is Platform.DINGTALK else {}
    await door.accept(Raw(platform=platform, body=body, kind="event", headers=headers))
    assert await to_be_judged(door) == []
    counts = await door._store.read(inbox.counts)
    assert set(counts) <= {InboxState.DEAD, InboxState.DONE}


async def test_more_than_a_mebibyte_is_not_even_kept(door: Intake) -> None:
    await door.accept(Raw(platform=Platform.FEISHU, body="x" * (1 << 20) + "x", kind="event", headers={}))
    assert await door._store.read(inbox.counts) == {}


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@st.composite
def changed(draw: st.DrawFn) -> Raw:
    """A real payload with one place of it replaced by anything."""
    name = draw(st.sampled_from(["feishu", "press", "robot", "card"]))
    raw = {"feishu": feishu(), "press": feishu(kind="callback"), "robot": dingtalk(),
           "card": dingtalk(topic=CARD_TOPIC)}[name]  # fmt: skip
    told = json.loads(raw.body)
    place = told
    for _ in range(draw(st.integers(0, 4))):
        inner = [key for key, value in place.items() if isinstance(value, dict) and value]
        if not inner:
            break
        place = place[draw(st.sampled_from(sorted(inner)))]
    place[draw(st.sampled_from(sorted(place)))] = draw(_VALUES)
    body = json.dumps(told)
    if draw(st.booleans()):
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.text(max_size=3)) + body[at + draw(st.integers(0, 3)) :]
    return Raw(platform=raw.platform, body=body, kind=raw.kind, headers=raw.headers)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(changed())
def test_a_changed_payload_is_read_or_said_to_be_unreadable(raw: Raw) -> None:
    decode = ADAPTERS[raw.platform].decode
    try:
        event = decode(raw)
    except Undecodable:
        return
    assert event.platform is raw.platform
    assert len(event.id) <= len(raw.body) + sys.getsizeof(raw.headers)


ADAPTERS = adapters(ManualClock(NOW))
