"""One decision out of five rules, and ways out that were tried."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_builders import (
    COMPANY,
    DAYS_2026,
    LI_XIANG,
    LIN_LAN,
    RD,
    TO_BADMINTON,
    TO_MARKET,
    TO_RD,
    announcement,
    at,
    candidate,
    facts,
    person_id,
    posted,
    recipient,
    recipients,
    rules_of,
    way,
)

from policies import audience, engine, fixes, remedy, tags
from policies.calendar import Calendars, WorkCalendar
from policies.decision import Decision, Finding, Fix, Part, Verdict, decide
from policies.engine import Ruleset
from policies.facts import Past
from policies.model import Account, Everyone, Platform, Tag, Urgency
from policies.rules import important_tag, mentions, work_hours
from policies.wording import notice

TUESDAY = at("2026-09-08 10:00")
NIGHT = at("2026-09-08 21:40")
RULES = Ruleset()
IMPORTANT = frozenset({Tag.IMPORTANT})
CHANNELS = {Platform.FEISHU: remedy.Channel(platform=Platform.FEISHU)}


def drill(**changes):
    return announcement("[重要]明早九点全员演练", audience=COMPANY, **changes)


def drill_facts():
    return facts(
        12,
        candidates=(candidate("楼层负责人", 3),),
        other_ways=(way(TO_RD, 9), way(TO_BADMINTON, 5)),
    )


# ── judge ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_strictest_wins_and_every_finding_is_kept():
    decision = engine.judge(drill(), drill_facts(), NIGHT, RULES)
    assert decision.verdict is Verdict.REFUSE
    assert rules_of(decision) == {
        "announcement": "refuse",
        "mentions": "refuse",
        "work-hours": "hold",
        "important-tag": "remind",
    }
    assert decision.hold_until == at("2026-09-09 09:00")


def test_nothing_found_means_it_may_go():
    decision = engine.judge(announcement(), facts(), TUESDAY, RULES)
    assert decision == Decision(verdict=Verdict.ALLOW, parts=(Part(recipients=facts().recipients),))
    assert decision.hold_until is None
    assert decision.fixes == ()


def test_a_rule_that_is_off_is_silent():
    off = Ruleset(off=frozenset({"work-hours", "mentions", "announcement", "important-tag", "repetition"}))
    decision = engine.judge(drill(), drill_facts(), NIGHT, off)
    assert decision.verdict is Verdict.ALLOW
    assert [part.not_before for part in decision.parts] == [None]
    later = replace(drill(), not_before=at("2026-09-08 23:00"))
    assert engine.judge(later, drill_facts(), NIGHT, off).hold_until == at("2026-09-08 23:00")


def test_some_people_at_once_means_no_hold_for_the_whole():
    known = facts(recipients=(recipient(1), recipient(2, team="乌鲁木齐")))
    decision = engine.judge(announcement(), known, at("2026-09-08 18:20"), RULES)
    assert decision.verdict is Verdict.HOLD
    assert decision.hold_until is None


def test_equal_findings_keep_the_order_of_the_rules():
    found = [
        Finding(rule=rule, verdict=verdict) for rule, verdict in (("a", 1), ("b", 3), ("c", 1), ("d", 3))
    ]
    assert [finding.rule for finding in decide(found).findings] == ["b", "d", "a", "c"]


# ── normalise ─────────────────────────────────────────────────────────────────────────────────────


def test_a_look_alike_becomes_the_real_tag_and_stays_known():
    it = engine.normalise(announcement("【重耍】［重要］明天停电"))
    assert (it.text, it.tags, it.raw_tag) == ("明天停电", IMPORTANT, "【重耍】［重要］")
    assert engine.normalise(it) == it


def test_an_exact_tag_needs_no_word():
    it = engine.normalise(announcement("【重要】明天停电"))
    assert (it.text, it.tags, it.raw_tag) == ("明天停电", IMPORTANT, "")


def test_a_forged_tag_behind_a_real_one_is_read_too():
    assert engine.normalise(announcement("重要！【重要】明天停电")).text == "明天停电"


def test_typed_urgent_asks_for_a_reason():
    decision = engine.explain(announcement("【紧急】接口挂了"), facts(), NIGHT, RULES)
    assert rules_of(decision)["work-hours"] == "refuse"
    assert {fix.id: fix.verdict for fix in decision.fixes} == {
        "reason": Verdict.ALLOW,
        "not-urgent": Verdict.HOLD,
    }


# ── explain ───────────────────────────────────────────────────────────────────────────────────────


def test_the_smallest_way_out_may_take_two_steps_and_really_passes():
    decision = engine.explain(drill(), drill_facts(), NIGHT, RULES)
    ways = {fix.id: fix.verdict for fix in decision.fixes}
    assert next(iter(ways)) == f"send-to:department:{RD}+mention:楼层负责人"
    assert ways[f"send-to:department:{RD}+mention:楼层负责人"] is Verdict.HOLD
    assert ways["ask-review"] is Verdict.REVIEW
    assert len(ways) == engine.MOST_FIXES


def test_a_late_notice_may_be_urgent():
    decision = engine.explain(announcement(), facts(), NIGHT, RULES)
    assert [(fix.id, fix.verdict) for fix in decision.fixes] == [("urgent", Verdict.ALLOW)]


def test_urgent_is_not_offered_to_who_has_used_it_up():
    decision = engine.explain(announcement(), facts(urgent_this_month=10), NIGHT, RULES)
    assert decision.verdict is Verdict.HOLD
    assert decision.fixes == ()
    assert decision.findings[0].fixes == ()


def test_important_to_nobody_offers_whom_it_is_about_first():
    it = announcement("【重要】本周五前交测试报告")
    decision = engine.explain(it, facts(candidates=(candidate("接口组", 6),)), TUESDAY, RULES)
    assert [fix.id for fix in decision.fixes] == ["mention:接口组", "mention:choose", "drop-tag"]


def test_everyone_in_too_wide_a_circle_offers_three_ways():
    it = announcement("【重要】明天 10 点全员会", mentions=(Everyone.ALL,))
    decision = engine.explain(it, facts(23, candidates=(candidate("组长", 4),)), TUESDAY, RULES)
    assert [(fix.id, fix.verdict) for fix in decision.fixes] == [
        ("mention:组长", Verdict.ALLOW),
        ("plain", Verdict.ALLOW),
        ("ask-review", Verdict.REVIEW),
    ]


def test_a_way_that_does_more_than_needed_is_not_offered():
    decision = engine.explain(
        announcement(audience=COMPANY), facts(other_ways=(way(TO_RD, 9),)), TUESDAY, RULES
    )
    assert [fix.id for fix in decision.fixes] == [f"send-to:department:{RD}", "ask-review"]


def test_the_search_for_ways_out_ends():
    known = facts(
        60,
        reviewers=(),
        candidates=tuple(candidate(f"组{n}", n + 1) for n in range(20)),
        important_this_week=9,
    )
    many = Ruleset(
        mentions=mentions.Settings(candidates_offered=20, at_most=60),
        important_tag=important_tag.Settings(look_alikes="refuse"),
    )
    decision = engine.explain(drill(), known, NIGHT, many)
    assert decision.verdict is Verdict.REFUSE
    assert decision.fixes == ()


# ── approve ───────────────────────────────────────────────────────────────────────────────────────


def test_an_approval_sets_aside_what_was_reviewed_and_nothing_else():
    asked = drill(waivers=frozenset({"review"}))
    decision = engine.judge(asked, drill_facts(), NIGHT, RULES)
    assert decision.verdict is Verdict.REVIEW
    assert decision.parts
    approved = engine.approve(asked, decision)
    assert approved.waivers == {"announcement", "mentions"}
    assert engine.judge(approved, drill_facts(), NIGHT, RULES).verdict is Verdict.HOLD
    noisy = replace(approved, mentions=(Everyone.ALL,), tags=IMPORTANT)
    used_up = replace(drill_facts(), important_this_week=5)
    assert engine.judge(noisy, used_up, NIGHT, RULES).verdict is Verdict.REFUSE


def test_an_approved_urgent_one_still_keeps_everybody_else_s_hours():
    it = announcement(urgency=Urgency.URGENT, reason="支付接口挂了")
    known = facts(urgent_this_month=10)
    decision = engine.judge(it, known, NIGHT, RULES)
    assert decision.verdict is Verdict.REVIEW
    approved = engine.approve(it, decision)
    assert approved.waivers == {work_hours.SPENT}
    assert engine.judge(approved, known, NIGHT, RULES).verdict is Verdict.ALLOW
    assert (
        engine.judge(replace(approved, urgency=Urgency.NORMAL), known, NIGHT, RULES).verdict is Verdict.HOLD
    )


# ── fixes ─────────────────────────────────────────────────────────────────────────────────────────

FRIDAY = announcement(
    tags=IMPORTANT, raw_tag="[重要]", mentions=(Everyone.ALL, person_id(1), person_id("far"))
)


@pytest.mark.parametrize(
    ("fix", "change"),
    [
        ("drop-tag", {"tags": frozenset(), "raw_tag": ""}),
        ("fix-tag", {"raw_tag": ""}),
        ("no-all", {"mentions": (person_id(1), person_id("far"))}),
        ("no-mentions", {"mentions": ()}),
        ("plain", {"tags": frozenset(), "raw_tag": "", "mentions": ()}),
        ("ask-review", {"waivers": frozenset({"review"})}),
        ("send-anyway", {"waivers": frozenset({"repetition"})}),
        ("not-urgent", {"raw_tag": ""}),
    ],
)
def test_a_fix_changes_one_thing(fix, change):
    known = facts()
    assert engine.apply_fix(FRIDAY, Fix(id=fix), known) == (replace(FRIDAY, **change), known)


def test_mentioning_a_group_replaces_everyone_and_keeps_who_is_there():
    fix = Fix(id="mention:组长", change={"people": f"{person_id(2)} {person_id(3)}"})
    changed, _ = engine.apply_fix(FRIDAY, fix, facts())
    assert changed.mentions == (person_id(1), person_id(2), person_id(3))


def test_choosing_replaces_all_mentions():
    fix = fixes.fill(Fix(id="mention:choose"), people=(person_id(4),))
    changed, _ = engine.apply_fix(FRIDAY, fix, facts())
    assert changed.mentions == (person_id(4),)


def test_another_audience_brings_its_own_people():
    known = facts(other_ways=(way(TO_MARKET, 3), way(TO_RD, 2)))
    fix = Fix(id=f"send-to:{audience.key(TO_RD)}")
    changed, there = engine.apply_fix(FRIDAY, fix, known)
    assert changed.audience == TO_RD
    assert changed.mentions == (Everyone.ALL, person_id(1))
    assert len(there.recipients) == 2
    with pytest.raises(LookupError, match="no way"):
        engine.apply_fix(FRIDAY, fix, facts())


def test_what_a_person_must_say_first_is_asked_for():
    urgent = Fix(id="urgent")
    assert fixes.needs(urgent) == "reason"
    with pytest.raises(ValueError, match="reason"):
        engine.apply_fix(FRIDAY, urgent, facts())
    with pytest.raises(ValueError, match="people"):
        engine.apply_fix(FRIDAY, Fix(id="mention:choose"), facts())
    said = fixes.fill(urgent, reason="支付接口挂了")
    changed, _ = engine.apply_fix(FRIDAY, said, facts())
    assert (changed.urgency, changed.reason) == (Urgency.URGENT, "支付接口挂了")
    assert fixes.STAND_IN_REASON not in changed.reason


def test_a_fix_nobody_knows_is_an_error():
    with pytest.raises(LookupError, match="no fix"):
        engine.apply_fix(FRIDAY, Fix(id="magic"), facts())


def test_a_fix_finds_the_tag_read_even_when_the_text_still_has_it():
    changed, _ = engine.apply_fix(announcement("【重要】停电"), Fix(id="drop-tag"), facts())
    assert (changed.text, changed.tags) == ("停电", frozenset())
    assert engine.judge(changed, facts(), TUESDAY, RULES).verdict is Verdict.ALLOW


def test_merged_fixes_come_apart_again():
    steps = (Fix(id="no-all"), Fix(id="mention:choose"))
    merged = replace(fixes.merge(steps), label="x", verdict=Verdict.HOLD)
    assert merged.id == "no-all+mention:choose"
    assert [step.id for step in fixes.steps(merged)] == ["no-all", "mention:choose"]
    filled = fixes.fill(merged, people=(person_id(2),))
    assert (filled.label, filled.verdict) == ("x", Verdict.HOLD)
    changed, _ = engine.apply_fix(FRIDAY, filled, facts())
    assert changed.mentions == (person_id(2),)


# ── posted ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("event", "now", "found"),
    [
        pytest.param(posted("明天停电"), TUESDAY, [], id="an ordinary word"),
        pytest.param(posted("【重要】明天停电"), TUESDAY, ["mentions"], id="important to nobody"),
        pytest.param(posted("[重要]明天停电", mentions_all=True), TUESDAY, ["important-tag"], id="a look-alike"),
        pytest.param(posted("【重要】明天停电", mentioned=(Account(Platform.FEISHU, "ou_guest"),)), TUESDAY, [], id="whom the platform mentioned is there"),
        pytest.param(posted("明天停电"), NIGHT, ["work-hours"], id="at night"),
        pytest.param(posted("【紧急】停电了，大家先关机"), NIGHT, [], id="urgent at night"),
    ],
)  # fmt: skip
def test_what_was_posted_is_only_ever_reminded_of(event, now, found):
    decision = engine.judge(event, facts(important_this_week=99), now, RULES)
    assert [finding.rule for finding in decision.findings] == found
    assert decision.verdict == (Verdict.REMIND if found else Verdict.ALLOW)
    assert decision.parts == ()
    assert all(finding.hold_until is None and not finding.reviewers for finding in decision.findings)
    assert {fix.id for fix in decision.fixes} == ({engine.THROUGH_BOT} if found else set())


def test_too_wide_an_everyone_in_a_group_is_reminded_of():
    decision = engine.judge(posted("大家好", mentions_all=True), facts(21), TUESDAY, RULES)
    assert rules_of(decision) == {"mentions": "remind"}


# ── always ────────────────────────────────────────────────────────────────────────────────────────

TEXTS = st.sampled_from(
    [
        "明天停电",
        "【重要】明天停电",
        "[重要] 停电",
        "【紧急】停电",
        "这件事很重要",
        "",
        "重要！【紧急】x",
        "@所有人 【重要】x",
    ]
)
people = st.lists(
    st.sampled_from([Everyone.ALL, *(person_id(n) for n in range(4)), person_id("far")]), max_size=4
)
moments = st.datetimes(datetime(2026, 8, 1), datetime(2027, 2, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def announcements(draw):
    return announcement(
        draw(TEXTS),
        audience=draw(st.sampled_from([COMPANY, TO_RD, TO_MARKET, TO_BADMINTON])),
        mentions=tuple(draw(people)),
        urgency=draw(st.sampled_from(list(Urgency))),
        reason=draw(st.sampled_from(["", "急急急", "支付接口挂了"])),
        not_before=draw(st.none() | moments),
        waivers=draw(st.sampled_from([frozenset(), frozenset({"review"})])),
    )


@st.composite
def hours(draw):
    opens = draw(st.integers(0, 20))
    closes = draw(st.integers(opens + 1, 23))
    lunch = (time(opens, 20), time(opens, 50)) if draw(st.booleans()) else None
    zone = draw(st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "Europe/Berlin"]))
    return WorkCalendar(zone=zone, opens=time(opens), closes=time(closes), lunch=lunch, days=DAYS_2026)


@st.composite
def known_facts(draw):
    teams = {"a": draw(hours()), "b": draw(hours())}
    chosen = draw(st.lists(st.sampled_from(["", "a", "b"]), max_size=25))
    return facts(
        recipients=tuple(recipient(nth, team=team) for nth, team in enumerate(chosen)),
        calendars=Calendars(company=draw(hours()), teams=teams),
        important_this_week=draw(st.sampled_from([0, 5])),
        urgent_this_month=draw(st.sampled_from([0, 10])),
        candidates=draw(st.sampled_from([(), (candidate("组长", 3),)])),
        other_ways=draw(st.sampled_from([(), (way(TO_RD, 9), way(TO_BADMINTON, 30))])),
        reviewers=draw(st.sampled_from([(), (LIN_LAN,), (LI_XIANG.id,)])),
        recent=draw(st.sampled_from([(), (Past(id="a-0", author=LI_XIANG.id, skeleton=tags.skeleton("明天停电"), audience_label=audience.key(TO_RD), decided_at=at("2026-09-08 09:58")),)])),
    )  # fmt: skip


@settings(max_examples=50, deadline=None, derandomize=True)
@given(announcements(), known_facts(), moments)
def test_nothing_that_is_not_urgent_reaches_anyone_in_a_closed_hour_of_theirs(it, known, now):
    decision = engine.judge(it, known, now, RULES)
    it = engine.normalise(it)
    passes = it.urgency is Urgency.URGENT and work_hours.is_reason(it.reason)
    for part in decision.parts:
        assert part.not_before is None or part.not_before > now
        for each in part.recipients:
            assert passes or known.calendars.of(each.team).is_open(part.not_before or now)
    sent = remedy.release_plan(
        it, replace(decision, verdict=Verdict.ALLOW), known, CHANNELS, {}, notice.of(it, "")
    )
    for delivery in sent:
        for each in delivery.recipients:
            assert passes or known.calendars.of(each.team).is_open(delivery.not_before or now)
    reached = [each for part in decision.parts for each in part.recipients]
    assert sorted(reached, key=str) == sorted(known.recipients, key=str)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(announcements(), known_facts(), moments)
def test_every_offered_way_applied_and_judged_again_is_strictly_weaker(it, known, now):
    decision = engine.explain(it, known, now, RULES)
    assert decision == engine.explain(it, known, now, RULES)
    assert decision.verdict == max((finding.verdict for finding in decision.findings), default=Verdict.ALLOW)
    assert len(decision.fixes) <= engine.MOST_FIXES
    for fix in decision.fixes:
        judged = engine.judge(
            *engine.apply_fix(engine.normalise(it), fixes.stand_in(fix, known), known), now, RULES
        )
        assert judged.verdict < decision.verdict
        assert fix.verdict == judged.verdict


@settings(max_examples=60, deadline=None, derandomize=True)
@given(announcements())
def test_reading_the_tags_twice_changes_nothing(it):
    once = engine.normalise(it)
    assert engine.normalise(once) == once


def test_every_refusal_of_an_active_author_names_a_way_out_when_there_is_one_to_ask():
    for it in (
        drill(),
        announcement("【重要】x"),
        announcement("【紧急】x"),
        announcement(mentions=(Everyone.ALL,)),
    ):
        decision = engine.explain(it, facts(30), TUESDAY, RULES)
        assert decision.verdict is Verdict.REFUSE
        assert decision.fixes


def test_ten_thousand_readers_are_one_short_judgement():
    known = facts(recipients=recipients(10_000))
    decision = engine.judge(announcement(), known, NIGHT, RULES)
    assert [len(part.recipients) for part in decision.parts] == [10_000]
    assert decision.hold_until - NIGHT < timedelta(days=1)
