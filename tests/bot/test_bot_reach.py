"""How many 收到 there can be, and of how many."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.reach import Reach
from bot.store.rows import NewOutbox, OutboxRow, OutboxState
from policies.card import Card
from policies.effects import SendCard
from policies.model import Account, Chat, PersonId, Platform, Weight

NOW = datetime(2026, 9, 8, 2, tzinfo=UTC)
ONE, OTHER = PersonId("p1"), PersonId("p2")
GROUP = Chat(Platform.DINGTALK, "cid-factory")


def _post(*recipients: Account) -> OutboxRow:
    entry = NewOutbox(
        key="k",
        effect=SendCard(to=GROUP, card=Card(title="通知")),
        step="send",
        weight=Weight.NORMAL,
        recipients=recipients,
        created_at=NOW,
    )
    return OutboxRow(id=1, entry=entry, state=OutboxState.SENT)


def test_whoever_joined_later_and_said_it_is_one_more_of_all():
    reach = Reach(copies={ONE: _post()}, received=frozenset({ONE, OTHER}))
    assert reach.size == 2


def test_of_a_group_that_nobody_tells_about_no_number_is_made_up():
    assert Reach(rows=(_post(),), received=frozenset({ONE})).size == 0


@pytest.mark.parametrize(
    ("recipients", "is_open"),
    [
        pytest.param((), True, id="posted without a list"),
        pytest.param((Account(Platform.DINGTALK, GROUP.id),), True, id="the group stands for its members"),
        pytest.param((Account(Platform.DINGTALK, "u1"),), False, id="its members are known"),
    ],
)
def test_a_group_is_open_to_whoever_presses_when_nobody_tells_who_is_in_it(recipients, is_open):
    assert Reach(rows=(_post(*recipients),)).is_open() is is_open
