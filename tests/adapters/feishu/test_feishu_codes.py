"""Feishu's codes and grants: each answers what to do next, and what it costs."""

import pytest

from adapters.calls import Answer, Call
from adapters.errors import (
    Forbidden,
    NotFound,
    OutcomeUnknown,
    QuotaExhausted,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from adapters.feishu import codes, limits
from adapters.lanes import Lanes
from adapters.port import Budget
from policies.card import Card
from policies.effects import Recall, SendBatch, SendCard, SendText, UpdateCard
from policies.model import Account, Chat, Platform
from tests.adapters.clocks import HandClock

READ = Call(name="x", method="GET", path="/x")
SEND = Call(name="x", method="POST", path="/x")
ZHANG = Account(Platform.FEISHU, "ou_zhang")
GROUP = Chat(Platform.FEISHU, "oc_dev")


def judged(code, status=400, call=SEND, headers=None, **body):
    answer = Answer(status=status, headers=headers or {}, body={"code": code, "msg": "m", **body})
    return codes.classify(call, answer)


def test_zero_is_success_whatever_the_status():
    assert judged(0, status=200) is None
    assert judged(0, status=500) is None


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (99991663, 200, Unauthorized),
        (10015, 200, Unauthorized),
        (99991672, 400, Forbidden),
        (99991403, 400, QuotaExhausted),
        (230002, 400, NotFound),
        (230013, 400, NotFound),
        (230018, 400, Forbidden),
        (230020, 400, RateLimited),
        (230022, 400, Rejected),
        (230049, 400, OutcomeUnknown),
        (1, 400, Rejected),
        (1, 401, Unauthorized),
        (1, 403, Forbidden),
        (1, 429, RateLimited),
        (1, 500, OutcomeUnknown),
        (None, 400, OutcomeUnknown),
        ("1", 200, OutcomeUnknown),
    ],
)
def test_the_code_decides_and_else_the_status(code, status, kind):
    error = judged(code, status)
    assert type(error) is kind
    assert error.detail == ("m" if isinstance(code, int) else f"HTTP {status} without a code")


def test_trouble_at_a_read_may_be_asked_again():
    assert isinstance(judged(1, 500, call=READ), Unavailable)
    assert isinstance(judged(40003, 400, call=READ), Unavailable)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [({"x-ogw-ratelimit-reset": "7"}, 7.0), ({}, 1.0), ({"x-ogw-ratelimit-reset": "soon"}, 1.0)],
)
def test_a_rate_limit_says_how_long(headers, wait_s):
    assert judged(99991400, 429, headers=headers).retry_after_s == wait_s


def test_a_missing_permission_is_named():
    error = {"permission_violations": [{"subject": "im:chat"}, {"subject": "im:chat:read"}, {}, "x"]}
    assert judged(99991672, error=error).scope == "im:chat im:chat:read"
    assert judged(99991672, error="x").scope == ""


def test_the_id_for_the_vendors_support():
    answer = Answer(status=200, headers={"x-tt-logid": "1"}, body={"error": {"log_id": "2"}})
    assert codes.request_id(answer) == "1"
    assert codes.request_id(Answer(status=200, headers={}, body={"error": {"log_id": "2"}})) == "2"
    assert codes.request_id(Answer(status=200, headers={}, body={})) == ""


def test_every_code_has_one_meaning():
    every = [code for some in codes._SORTED.values() for code in some]
    assert len(every) == len(set(every))
    assert set(codes._SORTED) == set(codes._Kind)
    for kind, some in codes._SORTED.items():
        assert codes._KINDS[some[0]] is kind


@pytest.mark.parametrize(
    ("effect", "lanes"),
    [
        (SendText(to=ZHANG, text="x"), ("feishu:im.message.create", "feishu:user:ou_zhang")),
        (SendCard(to=GROUP, card=Card(title="x")), ("feishu:im.message.create", "feishu:chat:oc_dev")),
        (
            UpdateCard(platform=Platform.FEISHU, key="k", message_id="om_1", card=Card(title="x")),
            ("feishu:im.message.patch", "feishu:message:om_1"),
        ),
        (
            Recall(platform=Platform.FEISHU, to=GROUP, key="k", message_id="om_1"),
            ("feishu:im.message.delete",),
        ),
        (SendBatch(to=(ZHANG,), title="x", text="y"), ()),
    ],
)
def test_an_effect_draws_on_its_interface_and_its_receiver(effect, lanes):
    budgets = limits.budgets(effect)
    assert tuple(budget.lane for budget in budgets) == lanes
    assert [budget.pot for budget in budgets] == ["calls", ""][: len(budgets)]


def test_one_chat_takes_five_a_second_and_the_interface_fifty():
    import random

    clock = HandClock()
    lanes = Lanes(clock, limits.RATES, rng=random.Random(1))
    sends = [limits.budgets(SendText(to=Chat(Platform.FEISHU, f"oc_{n % 20}"), text="x")) for n in range(200)]
    taken = [budgets for budgets in sends if lanes.take(budgets)]
    assert len(taken) == 50
    alone = [lanes.take((Budget(lane="feishu:chat:oc_alone"),)) for _ in range(10)]
    assert sum(alone) == 5
