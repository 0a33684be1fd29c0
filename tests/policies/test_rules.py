"""The five rules, a table each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from policy_builders import (
    BADMINTON,
    CALENDARS,
    COMPANY,
    LI_XIANG,
    LIN_LAN,
    RD,
    RD_GROUP,
    TO_BADMINTON,
    TO_MARKET,
    TO_RD,
    ZHOU_MIN,
    announcement,
    at,
    candidate,
    facts,
    person_id,
    recipient,
    recipients,
    way,
)

from policies import audience, tags
from policies.decision import Part, Verdict
from policies.facts import Grant, Past
from policies.model import Audience, AudienceKind, DepartmentId, Everyone, Tag, Urgency
from policies.rules import announcement as announcing
from policies.rules import important_tag, mentions, repetition, work_hours

TUESDAY = at("2026-09-08 10:00")
NIGHT = at("2026-09-08 21:40")
IMPORTANT = frozenset({Tag.IMPORTANT})


# ── announcement ──────────────────────────────────────────────────────────────────────────────────


def announce(it, known):
    return announcing.judge(it, known, TUESDAY, announcing.Settings())


RD_HEAD = Grant(
    label="研发部负责人",
    kind=AudienceKind.DEPARTMENT,
    holders=frozenset({LI_XIANG.id}),
    departments=frozenset({RD}),
)
MINE = Grant(label="李想", kind=AudienceKind.COMPANY, holders=frozenset({LI_XIANG.id}))
API_TEAM = DepartmentId("feishu:api")
TO_API_TEAM = Audience(kind=AudienceKind.DEPARTMENT, name="接口组", departments=(API_TEAM,))
ON_BOTH = Audience(kind=AudienceKind.DEPARTMENT, name="研发部", departments=(RD, DepartmentId("dingtalk:17")))


@pytest.mark.parametrize(
    ("whom", "known", "passes"),
    [
        pytest.param(COMPANY, {}, False, id="the company needs a grant"),
        pytest.param(COMPANY, {"grants": (MINE,)}, True, id="a company grant"),
        pytest.param(COMPANY, {"is_admin": True}, False, id="an admin is no exception"),
        pytest.param(COMPANY, {"grants": (RD_HEAD,)}, False, id="a department's grant is not the company's"),
        pytest.param(TO_MARKET, {"grants": (MINE,)}, True, id="a company grant reaches every department"),
        pytest.param(TO_RD, {}, True, id="the own department"),
        pytest.param(TO_MARKET, {}, False, id="somebody else's department"),
        pytest.param(TO_RD, {"grants": (RD_HEAD,), "own_departments": frozenset()}, True, id="a named grant"),
        pytest.param(TO_API_TEAM, {"grants": (RD_HEAD,), "above": {API_TEAM: frozenset({RD})}}, True, id="a grant for the department above"),
        pytest.param(TO_API_TEAM, {"grants": (RD_HEAD,)}, False, id="a grant for another department"),
        pytest.param(ON_BOTH, {}, False, id="on both platforms, but granted on one"),
        pytest.param(Audience(kind=AudienceKind.DEPARTMENT), {"grants": (MINE,)}, False, id="no department at all"),
        pytest.param(TO_BADMINTON, {}, True, id="a member of the group"),
        pytest.param(Audience(kind=AudienceKind.GROUP, chat=RD_GROUP), {}, False, id="not a member of the group"),
        pytest.param(Audience(kind=AudienceKind.PEOPLE, people=(LIN_LAN,)), {}, True, id="single people"),
    ],
)  # fmt: skip
def test_only_who_holds_a_grant_may_announce(whom, known, passes):
    finding = announce(announcement(audience=whom), facts(**known))
    assert (finding is None) is passes
    assert finding is None or finding.verdict is Verdict.REFUSE


def test_a_refusal_offers_two_other_ways_and_a_reviewer():
    known = facts(other_ways=(way(COMPANY, 1), way(TO_BADMINTON, 26), way(TO_RD, 41), way(TO_MARKET, 23)))
    finding = announce(announcement(audience=COMPANY), known)
    assert [fix.id for fix in finding.fixes] == [
        f"send-to:group:{BADMINTON}",
        f"send-to:department:{RD}",
        "ask-review",
    ]
    assert finding.evidence["granted_to"] == "人力资源部负责人"


def test_nobody_reviews_their_own_announcement():
    known = facts(reviewers=(LI_XIANG.id,))
    finding = announce(announcement(audience=COMPANY, waivers=frozenset({"review"})), known)
    assert finding.verdict is Verdict.REFUSE
    assert finding.fixes == ()


def test_who_asked_for_a_review_gets_one_and_an_approval_passes():
    asked = announce(announcement(audience=COMPANY, waivers=frozenset({"review"})), facts())
    assert (asked.verdict, asked.reviewers) == (Verdict.REVIEW, (LIN_LAN,))
    assert announce(announcement(audience=COMPANY, waivers=frozenset({"announcement"})), facts()) is None


def test_the_words_of_somebody_who_left_wait_for_a_reviewer():
    left = facts(author=replace(LI_XIANG, is_active=False))
    assert announce(announcement(), left).verdict is Verdict.REVIEW
    assert announce(announcement(), replace(left, reviewers=())).verdict is Verdict.REFUSE


def test_an_audience_is_known_by_its_ids_and_not_by_its_name():
    assert audience.key(TO_RD) == audience.key(replace(TO_RD, name="研发中心"))
    assert audience.key(COMPANY) == "company:all"
    assert audience.key(Audience(kind=AudienceKind.GROUP, name="x")) == "group:x"
    assert (
        audience.key(Audience(kind=AudienceKind.PEOPLE, people=(LIN_LAN, ZHOU_MIN)))
        == f"people:{LIN_LAN},{ZHOU_MIN}"
    )


# ── important-tag ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("it", "used", "settings", "verdict", "fixes"),
    [
        pytest.param(announcement(), 0, {}, None, [], id="nothing important"),
        pytest.param(announcement(tags=IMPORTANT), 4, {}, None, [], id="the fifth of five"),
        pytest.param(announcement(tags=IMPORTANT), 5, {}, "REFUSE", ["drop-tag"], id="the sixth of five"),
        pytest.param(announcement(), 5, {}, None, [], id="an ordinary one is not counted"),
        pytest.param(announcement(tags=IMPORTANT), 99, {"per_author_per_week": None}, None, [], id="no limit"),
        pytest.param(announcement(tags=IMPORTANT, raw_tag="[重要]"), 0, {}, "REMIND", [], id="a look-alike is rewritten"),
        pytest.param(announcement(tags=IMPORTANT, raw_tag="[重要]"), 0, {"look_alikes": "refuse"}, "REFUSE", ["fix-tag", "drop-tag"], id="or handed back"),
        pytest.param(announcement(tags=IMPORTANT, waivers=frozenset({"important-tag"})), 9, {}, None, [], id="let through"),
    ],
)  # fmt: skip
def test_important_is_written_one_way_and_stays_rare(it, used, settings, verdict, fixes):
    finding = important_tag.judge(
        it, facts(important_this_week=used), TUESDAY, important_tag.Settings(**settings)
    )
    assert (finding and finding.verdict.name) == verdict
    assert [fix.id for fix in (finding.fixes if finding else ())] == fixes


# ── mentions ──────────────────────────────────────────────────────────────────────────────────────

ALL = (Everyone.ALL,)
ME = (person_id(1),)
TEAM = candidate("接口组", 6)


@pytest.mark.parametrize(
    ("it", "known", "settings", "verdict", "why", "fixes"),
    [
        pytest.param(announcement(), facts(), {}, None, None, [], id="ordinary without mentions"),
        pytest.param(announcement(tags=IMPORTANT, mentions=ME), facts(), {}, None, None, [], id="important with a mention"),
        pytest.param(announcement(tags=IMPORTANT, mentions=ALL), facts(20), {}, None, None, [], id="everyone of twenty"),
        pytest.param(announcement(tags=IMPORTANT, mentions=ALL), facts(21, candidates=(TEAM,)), {}, "REFUSE", "all", ["mention:接口组", "plain", "ask-review"], id="not everyone of twenty-one"),
        pytest.param(announcement(mentions=ALL), facts(21, reviewers=()), {}, "REFUSE", "all", ["no-all"], id="ordinary to everyone of twenty-one"),
        pytest.param(announcement(tags=IMPORTANT, mentions=ALL + ME), facts(21, reviewers=()), {}, "REFUSE", "all", ["no-all"], id="important with others besides everyone"),
        pytest.param(announcement(mentions=ALL), facts(21, all_exempt=True), {}, None, None, [], id="who is exempt"),
        pytest.param(announcement(mentions=ALL, waivers=frozenset({"mentions"})), facts(21), {}, None, None, [], id="let through once"),
        pytest.param(announcement(mentions=ALL, waivers=frozenset({"review"})), facts(21), {}, "REVIEW", "all", ["no-all"], id="a review was asked for"),
        pytest.param(announcement(tags=IMPORTANT), facts(candidates=(TEAM,)), {}, "REFUSE", "nobody", ["mention:接口组", "mention:choose", "drop-tag"], id="important to nobody"),
        pytest.param(announcement(tags=IMPORTANT, audience=Audience(kind=AudienceKind.PEOPLE)), facts(), {}, None, None, [], id="single people are named already"),
        pytest.param(announcement(tags=IMPORTANT), facts(), {"needs_mention": False}, None, None, [], id="a company that does not ask for it"),
        pytest.param(announcement(tags=IMPORTANT, mentions=(person_id("far"),)), facts(), {}, "REFUSE", "nobody", ["mention:choose", "drop-tag"], id="only people outside"),
        pytest.param(announcement(tags=IMPORTANT), facts(0), {}, "REFUSE", "nobody", ["drop-tag"], id="nobody to choose from"),
        pytest.param(announcement(tags=IMPORTANT), facts(4, candidates=(candidate("x", 0), TEAM)), {"at_most": 3}, "REFUSE", "nobody", ["mention:choose", "drop-tag"], id="candidates nobody or too many"),
        pytest.param(announcement(mentions=(person_id(1), person_id(2), person_id(1))), facts(), {"at_most": 1}, "REFUSE", "many", ["mention:choose", "no-mentions"], id="too many"),
        pytest.param(announcement(tags=IMPORTANT, mentions=(person_id(1), person_id(2))), facts(), {"at_most": 1}, "REFUSE", "many", ["mention:choose", "plain"], id="too many for an important one"),
        pytest.param(announcement(mentions=(person_id(1), person_id("far"))), facts(), {}, "REMIND", "outside", [], id="one is not there"),
        pytest.param(announcement(mentions=ME), facts(mentionable=frozenset({LIN_LAN})), {}, "REMIND", "outside", [], id="not in the group"),
    ],
)  # fmt: skip
def test_important_reaches_people_by_name_and_everyone_is_for_small_circles(
    it, known, settings, verdict, why, fixes
):
    finding = mentions.judge(it, known, TUESDAY, mentions.Settings(**settings))
    assert (finding and finding.verdict.name) == verdict
    assert (finding and finding.evidence["why"]) == why
    assert [fix.id for fix in (finding.fixes if finding else ())] == fixes


# ── work-hours ────────────────────────────────────────────────────────────────────────────────────

PAY = "支付接口挂了，值班的人要马上上线"


def judge_hours(it, now, known=None, **settings):
    return work_hours.judge(it, known or facts(), now, work_hours.Settings(**settings))


@pytest.mark.parametrize(
    ("now", "goes_at"),
    [
        pytest.param("2026-09-29 18:00", "2026-09-30 09:00", id="closing time is already after hours"),
        pytest.param("2026-09-30 20:00", "2026-10-08 09:00", id="the whole National Day break"),
        pytest.param("2026-10-09 19:00", "2026-10-10 09:00", id="a make-up Saturday is a workday"),
        pytest.param("2026-09-29 12:10", "2026-09-29 13:30", id="lunch is rest"),
    ],
)
def test_a_normal_notice_waits_for_working_hours(now, goes_at):
    finding = judge_hours(announcement(), at(now))
    assert (finding.verdict, finding.hold_until) == (Verdict.HOLD, at(goes_at))
    assert [fix.id for fix in finding.fixes] == ["urgent"]


def test_a_notice_in_working_hours_goes_at_once():
    assert judge_hours(announcement(), TUESDAY) is None
    [part] = work_hours.parts(announcement(), facts(), TUESDAY)
    assert part.not_before is None


def test_a_moment_the_author_chose_is_kept_when_people_are_at_work():
    wish = announcement(not_before=at("2026-09-10 14:00"))
    assert judge_hours(wish, NIGHT) is None
    [part] = work_hours.parts(wish, facts(), NIGHT)
    assert part.not_before == at("2026-09-10 14:00")


def test_a_moment_the_author_chose_at_night_moves_to_the_next_opening():
    wish = announcement(not_before=at("2026-09-10 23:00"))
    assert judge_hours(wish, TUESDAY).hold_until == at("2026-09-11 09:00")


def test_one_announcement_splits_by_its_readers_hours():
    known = facts(recipients=recipients(36) + recipients(5, team="乌鲁木齐"))
    night, morning = work_hours.parts(announcement(), known, NIGHT)
    assert (len(night.recipients), night.not_before) == (36, at("2026-09-09 09:00"))
    assert (len(morning.recipients), morning.not_before) == (5, at("2026-09-09 10:00"))
    evening = judge_hours(announcement(), at("2026-09-08 18:20"), known)
    assert (evening.evidence["held"], evening.evidence["of"]) == (36, 41)
    now, later = work_hours.parts(announcement(), known, at("2026-09-08 18:20"))
    assert (len(now.recipients), now.not_before, len(later.recipients)) == (5, None, 36)


def test_two_teams_that_open_together_are_one_part():
    known = facts(recipients=(recipient(1), recipient(2, team="nobody described")))
    assert len(work_hours.parts(announcement(), known, NIGHT)) == 1


def test_without_known_recipients_the_company_s_hours_count():
    assert judge_hours(announcement(), NIGHT, facts(0)).hold_until == at("2026-09-09 09:00")
    assert work_hours.parts(announcement(), facts(0), NIGHT) == (
        Part(recipients=(), not_before=at("2026-09-09 09:00")),
    )
    assert work_hours.at_wish(announcement(), facts(0), NIGHT) == (Part(recipients=()),)


@pytest.mark.parametrize(
    ("urgent", "verdict"),
    [
        pytest.param({"reason": PAY}, None, id="a reason lets it through at night"),
        pytest.param({"reason": ""}, "REFUSE", id="no reason"),
        pytest.param({"reason": "急急急"}, "REFUSE", id="no reason in it"),
    ],
)
def test_urgent_passes_only_with_a_reason(urgent, verdict):
    it = announcement(urgency=Urgency.URGENT, **urgent)
    finding = judge_hours(it, NIGHT)
    assert (finding and finding.verdict.name) == verdict
    assert [part.not_before for part in work_hours.parts(it, facts(), NIGHT)] == [
        None if verdict is None else at("2026-09-09 09:00")
    ]
    assert not finding or [fix.id for fix in finding.fixes] == ["reason", "not-urgent"]


def test_an_urgent_one_may_still_be_wanted_later():
    it = announcement(urgency=Urgency.URGENT, reason=PAY, not_before=at("2026-09-08 23:00"))
    assert judge_hours(it, NIGHT) is None
    assert [part.not_before for part in work_hours.parts(it, facts(), NIGHT)] == [at("2026-09-08 23:00")]


@pytest.mark.parametrize("text", ["支付接口挂了", "着火了", "server is down", "客户今晚要合同", "三楼漏水"])
def test_a_reason_says_something(text):
    assert work_hours.is_reason(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "急",
        "急急急急急",
        "很急！！！",
        "非常紧急请马上发",
        "哈哈哈哈",
        "111111",
        "asap",
        "aaaaaaaa",
        "停电",
        "！！！",
        "急\u200b急\u200b急",
        "🔥🔥🔥",
    ],
)
def test_repetition_and_hurry_are_no_reason(text):
    assert not work_hours.is_reason(text)


@pytest.mark.parametrize(
    ("used", "known", "waivers", "verdict"),
    [
        (9, {}, frozenset(), None),
        (10, {}, frozenset(), "REVIEW"),
        (10, {"reviewers": ()}, frozenset(), "REFUSE"),
        (10, {}, frozenset({"urgent-budget"}), None),
    ],
)
def test_the_eleventh_urgent_one_of_a_month_needs_a_second_person(used, known, waivers, verdict):
    it = announcement(urgency=Urgency.URGENT, reason=PAY, waivers=waivers)
    finding = judge_hours(it, NIGHT, facts(urgent_this_month=used, **known))
    assert (finding and finding.verdict.name) == verdict
    assert judge_hours(it, NIGHT, facts(urgent_this_month=99), urgent_per_author_per_month=None) is None


def test_a_hold_longer_than_allowed_says_that_it_must_ask():
    assert not judge_hours(announcement(), at("2026-09-30 20:00")).evidence["asks"]
    assert judge_hours(announcement(), at("2026-09-30 20:00"), longest_hold_days=7).evidence["asks"]


def test_an_opening_in_an_unpublished_year_is_said_to_be_a_guess():
    finding = judge_hours(announcement(), at("2026-12-31 18:00"))
    assert finding.evidence["is_guess"]
    assert not judge_hours(announcement(), NIGHT).evidence["is_guess"]


# ── repetition ────────────────────────────────────────────────────────────────────────────────────


def past(minutes, *, author=LI_XIANG.id, whom=TO_RD, text="明天，停电！", identity="a-0"):
    return Past(
        id=identity,
        author=author,
        skeleton=tags.skeleton(text),
        audience_label=audience.key(whom),
        decided_at=TUESDAY - timedelta(minutes=minutes),
    )


@pytest.mark.parametrize(
    ("recent", "verdict"),
    [
        pytest.param(past(3), "REFUSE", id="the same author three minutes ago"),
        pytest.param(past(10), "REFUSE", id="ten minutes ago"),
        pytest.param(past(11), "REMIND", id="eleven minutes ago"),
        pytest.param(past(3, author=LIN_LAN), "REMIND", id="somebody else three minutes ago"),
        pytest.param(past(24 * 60), "REMIND", id="a day ago"),
        pytest.param(past(24 * 60 + 1), None, id="more than a day ago"),
        pytest.param(past(3, whom=TO_MARKET), None, id="to other people"),
        pytest.param(past(3, text="后天停电"), None, id="other words"),
        pytest.param(past(3, identity="a-1"), None, id="itself"),
        pytest.param(past(-5), None, id="decided later"),
    ],
)
def test_the_same_words_to_the_same_people_are_noticed(recent, verdict):
    finding = repetition.judge(
        announcement("明天停电"), facts(recent=(recent,)), TUESDAY, repetition.Settings()
    )
    assert (finding and finding.verdict.name) == verdict
    again = announcement("明天停电", waivers=frozenset({"repetition"}))
    assert repetition.judge(again, facts(recent=(recent,)), TUESDAY, repetition.Settings()) is None


def test_the_latest_of_several_counts():
    recent = (past(600, author=LIN_LAN), past(2, identity="a-2"), past(300))
    finding = repetition.judge(announcement("明天停电"), facts(recent=recent), TUESDAY, repetition.Settings())
    assert (finding.verdict, finding.evidence["id"], finding.evidence["minutes_ago"]) == (
        Verdict.REFUSE,
        "a-2",
        2,
    )


def test_the_defaults_are_those_of_the_documentation():
    assert mentions.Settings().all_up_to == 20
    assert mentions.Settings().needs_mention
    assert important_tag.Settings().look_alikes == "fix"
    assert work_hours.Settings().longest_hold_days == 14
    assert CALENDARS.company.opens.hour == 9
