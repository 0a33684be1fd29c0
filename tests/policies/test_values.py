"""The shared nouns: written forms, effects as JSON, cards."""

from __future__ import annotations

import pytest
from policy_builders import LI_XIANG, LIN_LAN, RD_GROUP, announcement, facts, recipient, recipients

from policies import audience, effects
from policies.card import MAX_BUTTONS, Button, Card, Style, Tone
from policies.effects import Recall, SendBatch, SendCard, SendText, UpdateCard
from policies.model import Account, Audience, AudienceKind, Chat, Everyone, Platform, Tag

ACCOUNT = Account(Platform.DINGTALK, "manager01")
CARD = Card(
    title="收好了",
    body=("一", "二"),
    hint="提示",
    buttons=(Button(label="就这样", action="x", style=Style.PRIMARY),),
    mentions=(ACCOUNT, Everyone.ALL),
    tone=Tone.IMPORTANT,
    state="已发出",
)
EFFECTS = [
    SendText(to=RD_GROUP, text="停电", mentions=(Everyone.ALL, LI_XIANG.accounts[0])),
    SendText(to=ACCOUNT, text="停电"),
    SendCard(to=ACCOUNT, card=CARD),
    SendBatch(to=(ACCOUNT, Account(Platform.DINGTALK, "b")), title="通知", text="停电"),
    UpdateCard(platform=Platform.FEISHU, key="k", message_id="om_1", card=CARD),
    Recall(platform=Platform.FEISHU, to=RD_GROUP, key="k", message_id="om_1", was_card=True),
]


@pytest.mark.parametrize("effect", EFFECTS)
def test_an_effect_survives_the_outbox(effect):
    assert effects.from_json(effects.to_json(effect)) == effect


def test_every_effect_knows_its_platform_and_target():
    assert [effects.platform_of(effect) for effect in EFFECTS] == [
        Platform.FEISHU,
        Platform.DINGTALK,
        Platform.DINGTALK,
        Platform.DINGTALK,
        Platform.FEISHU,
        Platform.FEISHU,
    ]
    assert [effects.target_of(effect) for effect in EFFECTS] == [
        "feishu:oc_rd",
        "dingtalk:manager01",
        "dingtalk:manager01",
        "dingtalk:manager01,dingtalk:b",
        "feishu:k",
        "feishu:oc_rd",
    ]


def test_an_effect_nobody_knows_is_an_error():
    with pytest.raises(ValueError, match="no effect"):
        effects.from_json({"do": "dance"})


def test_a_card_has_room_for_six_buttons():
    buttons = tuple(Button(label=str(nth), action=str(nth)) for nth in range(MAX_BUTTONS + 1))
    with pytest.raises(ValueError, match="at most 6"):
        Card(title="t", buttons=buttons)


@pytest.mark.parametrize("written", ["feishu", "feishu:", "wecom:x", ""])
def test_an_account_needs_a_platform_and_an_id(written):
    with pytest.raises(ValueError):
        Account.parse(written)


def test_written_forms_read_back():
    assert Account.parse("feishu:ou_1:2") == Account(Platform.FEISHU, "ou_1:2")
    assert Chat.parse(str(RD_GROUP)) == RD_GROUP
    assert Platform.DINGTALK.label == "钉钉"
    assert LI_XIANG.account_on(Platform.FEISHU) == LI_XIANG.accounts[0]
    assert LI_XIANG.account_on(Platform.DINGTALK) is None
    assert announcement(tags=frozenset({Tag.IMPORTANT})).is_important
    assert recipient(1) in recipients(3)
    assert facts().author is LI_XIANG


def test_an_audience_without_ids_is_known_by_its_name():
    assert audience.key(Audience(kind=AudienceKind.DEPARTMENT, name="研发部")) == "department:研发部"
    assert audience.key(Audience(kind=AudienceKind.PEOPLE, people=(LIN_LAN,))) == f"people:{LIN_LAN}"
