"""From a decision to what goes out, on each channel."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_builders import (
    CALENDARS,
    RD_GROUP,
    TO_RD,
    announcement,
    at,
    facts,
    person_id,
    recipient,
    recipients,
)

from policies import announcement as lives
from policies import engine, remedy
from policies.announcement import Act, IllegalMove, State
from policies.decision import Verdict
from policies.effects import SendCard, SendText, from_json, to_json
from policies.model import Account, Chat, Everyone, Platform, Tag, Urgency, Weight
from policies.remedy import Channel, Source, Step
from policies.wording import notice

FEISHU, DINGTALK = Platform.FEISHU, Platform.DINGTALK
TUESDAY = at("2026-09-08 10:00")
NIGHT = at("2026-09-08 21:40")
WITH_CARDS = {FEISHU: Channel(platform=FEISHU), DINGTALK: Channel(platform=DINGTALK, batch_size=20)}
WITHOUT = {DINGTALK: Channel(platform=DINGTALK, cards=False, group_mentions=False, batch_size=20)}
DING_GROUP = Chat(DINGTALK, "cid_rd")
GROUPS = {FEISHU: RD_GROUP, DINGTALK: DING_GROUP}
IMPORTANT = frozenset({Tag.IMPORTANT})


def plan(it, known, now=TUESDAY, channels=WITH_CARDS, groups=None):
    decision = engine.judge(it, known, now, engine.Ruleset())
    return remedy.release_plan(it, decision, known, channels, groups or {}, notice.of(it, ""))


def on(platform, n):
    return facts(recipients=recipients(n, platform=platform))


def shape(deliveries):
    return [(type(delivery.effect).__name__, len(delivery.recipients)) for delivery in deliveries]


ONE = announcement(mentions=(person_id(0),))
LOUD = announcement(tags=IMPORTANT, mentions=(person_id(0),))
DING_LOUD = announcement(tags=IMPORTANT, mentions=(recipient(0, platform=DINGTALK).person,))


@pytest.mark.parametrize(
    ("it", "known", "channels", "groups", "sends"),
    [
        pytest.param(ONE, on(FEISHU, 3), WITH_CARDS, GROUPS, [("SendText", 3)], id="one post into the group"),
        pytest.param(LOUD, on(FEISHU, 3), WITH_CARDS, GROUPS, [("SendCard", 3)], id="important: one card into the group"),
        pytest.param(announcement(), on(DINGTALK, 3), WITH_CARDS, GROUPS, [("SendCard", 3)], id="DingTalk: one card into the group"),
        pytest.param(DING_LOUD, on(DINGTALK, 3), WITHOUT, GROUPS, [("SendText", 3)], id="DingTalk without a template: a text into the group"),
        pytest.param(ONE, on(FEISHU, 2), WITH_CARDS, {}, [("SendText", 1)] * 2, id="no group: one each"),
        pytest.param(LOUD, on(FEISHU, 2), WITH_CARDS, {}, [("SendCard", 1)] * 2, id="important: a card each"),
        pytest.param(announcement(), on(DINGTALK, 45), WITH_CARDS, {}, [("SendBatch", 20), ("SendBatch", 20), ("SendBatch", 5)], id="DingTalk: batches of twenty"),
        pytest.param(DING_LOUD, on(DINGTALK, 2), WITH_CARDS, {}, [("SendCard", 1)] * 2, id="DingTalk important: a card each"),
        pytest.param(DING_LOUD, on(DINGTALK, 21), WITHOUT, {}, [("SendBatch", 20), ("SendBatch", 1)], id="DingTalk important without a template: batches"),
        pytest.param(announcement(), facts(0), WITH_CARDS, {}, [], id="nobody"),
        pytest.param(announcement(), facts(0), WITH_CARDS, {FEISHU: RD_GROUP}, [("SendText", 0)], id="a group whose members nobody knows"),
    ],
)  # fmt: skip
def test_the_channel_follows_the_table(it, known, channels, groups, sends):
    assert shape(plan(it, known, channels=channels, groups=groups)) == sends


def test_split_hours_go_to_each_person_and_not_into_the_group():
    known = facts(recipients=recipients(2) + recipients(1, team="乌鲁木齐"))
    deliveries = plan(announcement(), known, NIGHT, groups=GROUPS)
    assert [delivery.not_before for delivery in deliveries] == [
        at("2026-09-09 09:00"),
        at("2026-09-09 09:00"),
        at("2026-09-09 10:00"),
    ]
    assert all(isinstance(delivery.effect.to, Account) for delivery in deliveries)


def test_hours_split_on_one_platform_only_leave_the_other_its_group():
    known = facts(
        recipients=recipients(2) + recipients(1, team="乌鲁木齐") + recipients(2, platform=DINGTALK)
    )
    deliveries = plan(announcement(), known, NIGHT, groups=GROUPS)
    assert [delivery.effect.to for delivery in deliveries if delivery.effect.to.platform is DINGTALK] == [
        DING_GROUP
    ]
    assert remedy.price(deliveries) == {FEISHU: 3, DINGTALK: 1}


@pytest.mark.parametrize("verdict", [Verdict.REVIEW, Verdict.REFUSE])
def test_what_is_refused_or_in_review_sends_nothing(verdict):
    decision = replace(engine.judge(ONE, facts(), TUESDAY, engine.Ruleset()), verdict=verdict)
    assert remedy.release_plan(ONE, decision, facts(), WITH_CARDS, GROUPS, notice.of(ONE, "")) == ()


@pytest.mark.parametrize(
    ("it", "weight"),
    [
        (announcement(), Weight.NORMAL),
        (LOUD, Weight.IMPORTANT),
        (announcement(tags=IMPORTANT, urgency=Urgency.URGENT, reason="支付接口挂了"), Weight.URGENT),
    ],
)
def test_the_heavier_leaves_first(it, weight):
    assert {delivery.weight for delivery in plan(replace(it, mentions=(person_id(0),)), facts(2))} == {weight}


def test_the_plan_is_the_same_every_time_and_whatever_the_order_of_the_directory():
    known = on(DINGTALK, 30)
    shuffled = replace(known, recipients=known.recipients[::-1])
    assert plan(announcement(), known) == plan(announcement(), shuffled)


# ── mentions ──────────────────────────────────────────────────────────────────────────────────────

NASTY = st.text() | st.sampled_from(
    [
        '<at user_id="all"></at>', "<at id=all>", "@所有人", "＜at user_id='all'＞", "&lt;at user_id=all&gt;", "@同事1", "[@x](dingtalk://)",
        "\u202e@all", "@\u200b所有人", "{{7*7}}", "**x**", "【重要】<at user_id=\"all\">所有人</at>",
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    NASTY,
    NASTY,
    st.lists(st.sampled_from([Everyone.ALL, person_id(0), person_id(1), person_id("far")]), max_size=4),
)
def test_mentions_delivered_are_the_mentions_decided_whatever_the_text(text, name, wanted):
    it = engine.normalise(announcement(text, mentions=tuple(wanted), audience=replace(TO_RD, name=name)))
    known = facts(3)
    decision = replace(engine.judge(it, known, TUESDAY, engine.Ruleset()), verdict=Verdict.ALLOW)
    accounts = {person_id(n): recipient(n).account for n in range(3)}
    decided = [accounts.get(each, each) for each in engine.decided_mentions(it, known)]
    for groups in (GROUPS, {}):
        for delivery in remedy.release_plan(it, decision, known, WITH_CARDS, groups, notice.of(it, name)):
            effect = from_json(to_json(delivery.effect))
            assert effect == delivery.effect
            made = effect.card.mentions if isinstance(effect, SendCard) else effect.mentions
            assert list(made) == (decided if groups else [])
            assert person_id("far") not in made
            shown = effect.text if isinstance(effect, SendText) else "".join(effect.card.body)
            assert not set(shown) & set("\u202e\u200b")


def test_a_typed_everyone_stays_text():
    it = announcement('@所有人 <at user_id="all"></at> 明天停电')
    [delivery] = plan(it, facts(3), groups=GROUPS)
    assert delivery.effect.mentions == ()
    assert '<at user_id="all"></at>' in delivery.effect.text


def test_a_channel_that_cannot_mention_makes_no_promise():
    known = on(DINGTALK, 3)
    assert remedy.mentions_on(DING_LOUD, known, WITHOUT[DINGTALK]) == ()
    assert remedy.mentions_on(DING_LOUD, known, WITH_CARDS[DINGTALK]) == (
        recipient(0, platform=DINGTALK).account,
    )
    assert remedy.mentions_on(DING_LOUD, known, WITH_CARDS[FEISHU]) == ()


# ── moments ───────────────────────────────────────────────────────────────────────────────────────


def test_what_waits_for_the_morning_is_told_from_what_has_a_moment_of_its_own():
    assert all(remedy.waited(delivery, CALENDARS) for delivery in plan(announcement(), facts(3), NIGHT))


@pytest.mark.parametrize(
    ("it", "now"),
    [
        pytest.param(announcement(), TUESDAY, id="at once"),
        pytest.param(announcement(not_before=at("2026-09-09 14:00")), TUESDAY, id="a moment the author chose"),
        pytest.param(announcement(urgency=Urgency.URGENT, reason="支付接口挂了", not_before=at("2026-09-08 23:00")), NIGHT, id="urgent"),
    ],
)  # fmt: skip
def test_what_did_not_wait_for_an_opening_keeps_its_moment(it, now):
    assert not any(remedy.waited(delivery, CALENDARS) for delivery in plan(it, facts(3), now))


@pytest.mark.parametrize(
    ("kind", "urgency", "now", "when"),
    [
        ("reminder", Urgency.NORMAL, NIGHT, "2026-09-09 09:00"),
        ("reminder", Urgency.NORMAL, TUESDAY, None),
        ("reminder", Urgency.URGENT, NIGHT, None),
        ("answer", Urgency.NORMAL, NIGHT, None),
        ("unknown", Urgency.NORMAL, NIGHT, None),
        ("dead-line", Urgency.NORMAL, NIGHT, None),
    ],
)
def test_what_the_bot_says_unasked_obeys_the_readers_hours(kind, urgency, now, when):
    assert remedy.hours_for_tell(kind, urgency, recipient(1), CALENDARS, now) == (when and at(when))


def test_a_team_is_told_in_its_own_hours():
    told = remedy.hours_for_tell("reminder", Urgency.NORMAL, recipient(1, team="乌鲁木齐"), CALENDARS, NIGHT)
    assert told == at("2026-09-09 10:00")


# ── proposed and posted ───────────────────────────────────────────────────────────────────────────


def test_only_what_was_proposed_can_be_held_or_refused():
    assert [remedy.step(Source.PROPOSED, verdict) for verdict in Verdict] == [
        Step.SEND,
        Step.SEND_AND_TELL,
        Step.HOLD,
        Step.ASK_REVIEWERS,
        Step.REFUSE,
    ]
    assert {remedy.step(Source.POSTED, verdict) for verdict in Verdict} == {
        Step.NOTHING,
        Step.REMIND_PRIVATELY,
    }


# ── the life of an announcement ───────────────────────────────────────────────────────────────────


def live(*acts, state=State.DRAFT):
    for act in acts:
        state = lives.advance(state, act)
    return state


@pytest.mark.parametrize(
    ("acts", "end"),
    [
        ((Act.PREVIEW, Act.CONFIRM, Act.RELEASE, Act.FINISH), State.SENT),
        (
            (Act.PREVIEW, Act.CONFIRM, Act.HOLD, Act.ASK, Act.CONFIRM, Act.RELEASE, Act.FINISH_PARTLY),
            State.PARTLY_SENT,
        ),
        ((Act.REFUSE, Act.ASK_REVIEW, Act.APPROVE, Act.CONFIRM, Act.RELEASE), State.SENDING),
        ((Act.PREVIEW, Act.ASK_REVIEW, Act.DECLINE, Act.PREVIEW), State.PREVIEWED),
        ((Act.PREVIEW, Act.CONFIRM, Act.RELEASE, Act.FINISH, Act.RECALL, Act.FINISH_RECALL), State.RECALLED),
        ((Act.PREVIEW, Act.CONFIRM, Act.CANCEL), State.CANCELLED),
    ],
)
def test_an_announcement_lives_as_described(acts, end):
    assert live(*acts) is end


def test_before_sending_it_can_always_be_cancelled_and_afterwards_never():
    assert State.SENDING not in lives.BEFORE_SENDING
    assert {
        State.DRAFT,
        State.PREVIEWED,
        State.IN_REVIEW,
        State.APPROVED,
        State.SCHEDULED,
        State.ASKING,
    } <= lives.BEFORE_SENDING
    assert all(lives.advance(state, Act.CANCEL) is State.CANCELLED for state in lives.BEFORE_SENDING)


@pytest.mark.parametrize(
    ("state", "act"),
    [
        (State.SENT, Act.CANCEL),
        (State.CANCELLED, Act.CONFIRM),
        (State.REFUSED, Act.CONFIRM),
        (State.REFUSED, Act.RELEASE),
        (State.IN_REVIEW, Act.RELEASE),
        (State.ASKING, Act.RELEASE),
        (State.RECALLED, Act.RELEASE),
    ],
)
def test_an_illegal_move_changes_nothing_and_says_so(state, act):
    assert not lives.may(state, act)
    with pytest.raises(IllegalMove, match=act):
        lives.advance(state, act)


def test_every_state_is_in_the_table():
    assert set(lives.LIFE) == set(State)
