"""What people read: the stories' sentences by their meaning, and the voice of the house everywhere."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_builders import (
    BADMINTON,
    COMPANY,
    LI_XIANG,
    LIN_LAN,
    RD,
    TO_BADMINTON,
    TO_MARKET,
    TO_RD,
    ZHOU_MIN,
    announcement,
    at,
    candidate,
    facts,
    person_id,
    posted,
    recipients,
    way,
)

import policies.wording as wording_package
from policies import audience as audiences
from policies import engine, fixes, tags
from policies.card import MAX_BUTTONS, Button, Card, Tone
from policies.decision import Finding, Fix, Verdict
from policies.facts import Past
from policies.model import Account, Audience, AudienceKind, Everyone, Platform, Tag, Urgency
from policies.wording import (
    audience,
    counts,
    due,
    findings,
    moments,
    notice,
    plain,
    pressed,
    preview,
    progress,
    review,
    said,
)
from policies.wording import posted as posted_words
from policies.wording.preview import PreviewView
from policies.wording.refusal import Refusal
from policies.wording.seen import Seen

MORNING = at("2026-09-08 10:00")
NIGHT = at("2026-09-08 21:40")
IMPORTANT = frozenset({Tag.IMPORTANT})
SPLIT = recipients(36) + recipients(5, team="乌鲁木齐")


def action_of(choice):
    return f"act-{choice.id}"


def view(it, known, now=MORNING, ruleset=None, **more):
    decision = findings.labelled(engine.explain(it, known, now, ruleset or engine.Ruleset()))
    return PreviewView(
        seen=Seen(announcement=engine.normalise(it), decision=decision, facts=known, now=now), **more
    )


def labels(shown):
    return [choice.label for choice in preview.choices(shown)]


def ids(shown):
    return [choice.id for choice in preview.choices(shown)]


# ── the stories ───────────────────────────────────────────────────────────────────────────────────


def test_a_thought_at_night_is_kept_for_the_morning_by_everybody_s_own_hours():
    shown = view(announcement("周四下午两点会议室A过一下接口文档"), facts(recipients=SPLIT), NIGHT)
    first = preview.first_line(shown)
    for part in (
        "现在已经下班",
        "9月9日（周三）09:00–09:10",
        "研发部 41 人",
        "5 人 9月9日（周三）10:00 后收到",
    ):
        assert part in first
    assert ids(shown) == ["confirm", "edit", "retime", "urgent", "cancel"]
    assert labels(shown) == ["就这样", "改内容", "改时间", "这件事很急", "不发了"]
    assert "内容：“周四下午两点会议室A过一下接口文档”" in preview.body(shown)


def test_the_company_is_not_everybody_s_and_two_other_ways_are_named():
    known = facts(12, other_ways=(way(TO_BADMINTON, 26),))
    shown = view(announcement("羽毛球社周五招新", audience=COMPANY), known)
    assert preview.first_line(shown) == "全员公告只有人力资源部负责人能发，所以我没有发出去，内容给你留着。"
    assert labels(shown) == ["发到“羽毛球社”群（26 人）", "请林岚放行一次", "改内容", "不发了"]
    assert ids(shown)[0] == f"fix:send-to:group:{BADMINTON}"


def test_important_to_nobody_is_only_one_step_away():
    known = facts(candidates=(candidate("接口组", 6),))
    shown = view(announcement("【重要】本周五前交测试报告"), known)
    assert "只差一步" in preview.first_line(shown)
    assert "接口组" in preview.first_line(shown)
    assert labels(shown) == ["@接口组 6 人", "@我来选", "其实不重要，普通发送", "改内容", "不发了"]


def test_a_slip_in_the_tag_is_mended_and_said():
    shown = view(announcement("【重耍】［重要］明天停电", mentions=(person_id(1),)), facts())
    assert preview.first_line(shown) == "按〔就这样〕就发给研发部 12 人。"
    assert "你是想写【重要】吧？我把“【重耍】［重要］”改成了“【重要】”。" in preview.body(shown)
    assert preview.body(shown)[-1] == "内容：“【重要】明天停电”（@同事1）"
    assert ids(shown) == ["confirm", "edit", "cancel", "retime"]


def test_explain_says_the_smallest_change_that_passes():
    known = facts(12, candidates=(candidate("楼层负责人", 3),), other_ways=(way(TO_RD, 41),))
    shown = view(announcement("[重要]明早九点全员演练", audience=COMPANY), known, NIGHT)
    assert labels(shown)[:4] == [
        "发到研发部（41 人）并@楼层负责人 3 人",
        "发到研发部（41 人）并@我来选",
        "发到研发部（41 人）并去掉【重要】",
        "请林岚放行一次",
    ]
    assert [step.id for step in fixes.steps(shown.seen.decision.fixes[0])] == [
        f"send-to:department:{RD}",
        "mention:楼层负责人",
    ]
    assert len(findings.sentences(shown.seen)) == 4


def test_everyone_in_a_wide_circle_offers_its_heads():
    known = facts(23, candidates=(candidate("组长", 4),), grants=(), own_departments=frozenset())
    it = announcement(
        "【重要】明天 10 点全员会",
        mentions=(Everyone.ALL,),
        audience=TO_MARKET,
        waivers=frozenset({"announcement"}),
    )
    shown = view(it, known)
    assert "市场部 23 人，超过 20 人就不用 @所有人" in preview.first_line(shown)
    assert labels(shown)[:3] == ["@组长 4 人", "不 @，普通公告", "请林岚放行一次"]
    assert "（@所有人）" in preview.body(shown)[-1]


def test_an_unknown_outcome_is_never_sent_again_by_itself():
    card = due.unknown(
        "用电检修",
        ("苏州工厂",),
        at("2026-09-09 10:19"),
        at("2026-09-09 10:21"),
        action_of,
        others="飞书的 248/248 人都已确认送达",
    )
    assert "9月9日（周三）10:19" in card.body[0]
    assert "没有重发" in card.body[1]
    assert "248/248" in card.body[1]
    assert [button.label for button in card.buttons] == ["群里有", "群里没有，请重发"]


def test_before_a_long_break_its_days_are_named():
    shown = view(announcement("明天下午发版"), facts(), at("2026-09-30 18:25"))
    assert "10月8日（周四）09:00" in preview.first_line(shown)
    assert "10月1日–7日国庆节休息，内容里的时间到那时还对吗？" in preview.first_line(shown)
    unnamed = replace(facts().calendars.company, days=replace(facts().calendars.company.days, names={}))
    plainly = facts(calendars=replace(facts().calendars, company=unnamed))
    assert "10月1日–7日休息" in preview.first_line(view(announcement("x"), plainly, at("2026-09-30 18:25")))


def test_a_guessed_opening_is_said_to_be_one_and_a_long_hold_asks():
    wish = announcement("年度计划", not_before=at("2027-01-01 09:00"))
    line = preview.first_line(view(wish, facts(), at("2026-12-10 10:00")))
    assert "那天休息" in line
    assert "2027年1月4日（周一）" in line
    assert "推算" in line
    asks = engine.Ruleset(work_hours=engine.work_hours.Settings(longest_hold_days=1))
    assert "到时我先问你再发" in preview.first_line(
        view(announcement(), facts(), at("2026-09-30 20:00"), asks)
    )


@pytest.mark.parametrize(
    ("now", "wish", "why"),
    [
        ("2026-09-08 07:00", None, "现在还没上班"),
        ("2026-09-08 12:10", None, "现在是午休"),
        ("2026-09-12 10:00", None, "今天休息"),
        ("2026-09-08 10:00", "2026-09-08 23:00", "那时已经下班"),
        ("2026-09-08 10:00", "2026-09-09 07:00", "那时还没上班"),
        ("2026-09-08 10:00", "2026-09-09 12:00", "那时是午休"),
    ],
)
def test_a_hold_says_why_people_are_not_there(now, wish, why):
    it = announcement(not_before=wish and at(wish))
    assert why in preview.first_line(view(it, facts(), at(now)))


def test_some_now_and_some_later_is_said_with_numbers():
    line = preview.first_line(view(announcement(), facts(recipients=SPLIT), at("2026-09-08 18:20")))
    assert line == "5/41 人现在收到；现在已经下班的 36 人 9月9日（周三）09:00 后收到。"
    nobody = preview.first_line(view(announcement(), facts(0), NIGHT))
    assert nobody == "现在已经下班，我替你排到 9月9日（周三）09:00–09:10 之间送达，研发部。"


def test_a_chosen_moment_is_repeated_in_full():
    shown = view(announcement(not_before=at("2026-09-10 14:00")), facts())
    assert preview.first_line(shown) == "9月10日（周四）14:00 发给研发部 12 人。"


def test_single_people_are_named_and_need_no_further_mention():
    to_wang = Audience(kind=AudienceKind.PEOPLE, people=(person_id(1),))
    shown = view(
        announcement("【重要】明早给我 Q4 预算", audience=to_wang),
        facts(recipients=(recipients(2)[1],)),
        NIGHT,
    )
    assert "09:00–09:10 之间送达，同事1。" in preview.first_line(shown)
    assert notice.title(shown.seen.announcement) == "【重要】通知"
    unnamed = facts(recipients=(replace(recipients(1)[0], name=""),))
    assert "1 位同事 1 人" in preview.first_line(view(announcement(audience=to_wang), unnamed))


def test_hours_are_told_beside_a_stricter_finding_without_a_promise():
    seen = view(announcement(audience=COMPANY), facts(), NIGHT).seen
    assert findings.sentences(seen)[1] == "现在已经下班，否则会排到 9月9日（周三）09:00 之后。"


# ── every finding, in words ───────────────────────────────────────────────────────────────────────

PAST = Past(
    id="a-0",
    author=LI_XIANG.id,
    skeleton=tags.skeleton("明天停电"),
    audience_label=audiences.key(TO_RD),
    decided_at=MORNING - timedelta(minutes=3),
)
ASKED = frozenset({"review"})
URGENT = {"urgency": Urgency.URGENT, "reason": "支付接口挂了"}
LEFT = replace(LI_XIANG, is_active=False)
REFUSE_TAGS = engine.Ruleset(important_tag=engine.important_tag.Settings(look_alikes="refuse"))
FEW = engine.Ruleset(mentions=engine.mentions.Settings(at_most=1))
TWO = (person_id(1), person_id(2))

SAID = [
    (announcement(audience=COMPANY), facts(), None, "人力资源部负责人"),
    (announcement(audience=COMPANY), facts(grants=()), None, "现在还没有人有全员公告的授权"),
    (announcement(audience=TO_BADMINTON), facts(author_chats=frozenset()), None, "你不在“羽毛球社”群里"),
    (announcement(audience=COMPANY, waivers=ASKED), facts(), None, "要林岚点头"),
    (announcement(), facts(author=LEFT), None, "已经不在通讯录里了，要请林岚看一眼"),
    (announcement(), facts(author=LEFT, reviewers=()), None, "要请管理员看一眼"),
    (announcement(tags=IMPORTANT, mentions=TWO), facts(important_this_week=5), None, "5/5 条"),
    (announcement("[重要]停电", mentions=TWO), facts(), REFUSE_TAGS, "只差一步：标签写成了“[重要]”"),
    (announcement(tags=IMPORTANT, mentions=(person_id("far"),)), facts(), None, "你 @ 的人都不在收件人里"),
    (announcement(mentions=TWO), facts(), FEW, "这条 @ 了 2 人，一条最多 1 人"),
    (announcement(mentions=(Everyone.ALL,), waivers=ASKED), facts(21), None, "这样 @ 要林岚点头"),
    (announcement(mentions=(person_id(1), ZHOU_MIN)), facts(), None, "@ 的 2 人里，周敏不在这次的收件人中"),
    (announcement(urgency=Urgency.URGENT), facts(), None, "为什么不能等到上班？"),
    (announcement(urgency=Urgency.URGENT, reason="急急急"), facts(), None, "“急急急”还看不出"),
    (announcement(**URGENT), facts(urgent_this_month=10), None, "10/10 条紧急，这一条要林岚点头"),
    (announcement(**URGENT), facts(urgent_this_month=10, reviewers=()), None, "10/10 条紧急，这一条可以等到上班"),
    (announcement("明天停电"), facts(recent=(PAST,)), None, "3 分钟前你给研发部发过一样的内容"),
    (announcement("明天停电"), facts(recent=(replace(PAST, author=LIN_LAN),)), None, "3 分钟前林岚给研发部发过"),
    (announcement("明天停电"), facts(recent=(replace(PAST, author=ZHOU_MIN),), names={}), None, "有同事给研发部发过"),
    (announcement("明天停电"), facts(recent=(replace(PAST, decided_at=MORNING - timedelta(hours=2)),)), None, "2 小时前你给研发部发过"),
]  # fmt: skip


@pytest.mark.parametrize(("it", "known", "ruleset", "part"), SAID)
def test_every_finding_is_said_with_its_reason(it, known, ruleset, part):
    shown = view(it, known, MORNING, ruleset)
    everything = "\n".join(findings.sentences(shown.seen))
    assert part in everything
    assert all(sentence.count("\n") < 3 for sentence in findings.sentences(shown.seen))
    card = preview.card(shown, action_of)
    assert len(card.buttons) <= MAX_BUTTONS
    assert card.buttons[0].action.startswith("act-")


def test_a_review_is_sent_off_by_one_press():
    shown = view(announcement(audience=COMPANY, waivers=ASKED), facts())
    assert labels(shown) == ["送去审核", "改内容", "不发了"]
    assert preview.title(shown) == "要请人看一眼"


def test_all_buttons_have_words():
    every = [
        "send-to:x", "ask-review", "drop-tag", "fix-tag", "no-all", "plain", "no-mentions", "urgent", "reason", "not-urgent",
        "send-anyway", "mention:choose", "mention:组", "through-bot",
    ]  # fmt: skip
    for fix in every:
        label = findings.label(Fix(id=fix, change={"label": "组", "n": 3}))
        assert label != fix
        assert any(each >= "\u4e00" for each in label)
    assert findings.label(Fix(id="unheard-of")) == "unheard-of"
    assert (
        findings.label(Fix(id="send-to:x", change={"label": "研发部", "kind": "department", "n": 3}))
        == "发到研发部（3 人）"
    )


def test_labels_reach_every_fix():
    known = facts(12, candidates=(candidate("组长", 3),))
    raw = engine.judge(announcement("【重要】x"), known, MORNING, engine.Ruleset())
    assert [fix.label for fix in findings.labelled(raw).fixes] == [
        "@组长 3 人",
        "@我来选",
        "其实不重要，普通发送",
    ]


def test_the_urgent_way_disappears_when_it_would_not_help():
    assert "urgent" not in ids(view(announcement(), facts(urgent_this_month=10), NIGHT))


def test_the_preview_shows_price_undo_and_what_a_platform_cannot():
    shown = view(
        announcement(mentions=TWO), facts(), price={Platform.FEISHU: 1, Platform.DINGTALK: 3}, undo_seconds=60, no_mention_on=(Platform.DINGTALK,)
    )  # fmt: skip
    assert preview.hint(shown) == "约用接口：钉钉 3 次、飞书 1 次；按下后 60 秒内可以撤销"
    assert notice.NO_MENTION in preview.body(shown)
    assert preview.hint(view(announcement(), facts())) == ""
    urgent = preview.card(view(announcement(**URGENT), facts()), action_of)
    assert urgent.tone is Tone.URGENT
    assert urgent.hint == "紧急公告按下就发，没有撤销的时间"
    closed = preview.closed(shown, "已发出")
    assert (closed.buttons, closed.state) == ((), "已发出")


def test_mentions_in_a_preview_are_those_that_will_be_made():
    it = announcement(mentions=(Everyone.ALL, person_id(1), person_id("far")))
    assert preview.named(view(it, facts())) == "@所有人、同事1"
    assert preview.named(view(announcement(), facts())) == ""


# ── the notice itself ─────────────────────────────────────────────────────────────────────────────


def test_a_notice_carries_the_tag_the_words_the_reason_and_who_said_it():
    it = announcement("一\n\n二\u202e", tags=IMPORTANT, **URGENT)
    shown = notice.of(it, "李想", action_of)
    assert shown.text == "【重要】【紧急】一\n\n二\n现在发的原因：支付接口挂了\n—— 李想"
    assert shown.title == "【重要】【紧急】研发部通知"
    assert shown.card.body == ("一", "二", "现在发的原因：支付接口挂了")
    assert (shown.card.hint, shown.card.tone) == ("李想 发布", Tone.URGENT)
    assert [button.label for button in shown.card.buttons] == ["收到", "为什么我会收到"]


def test_an_ordinary_notice_asks_for_no_receipt():
    shown = notice.of(announcement("明早例会改到十点"), "", action_of)
    assert shown.text == "明早例会改到十点"
    assert [button.label for button in shown.card.buttons] == ["为什么我会收到"]
    assert (shown.card.tone, shown.card.hint) == (Tone.CALM, "")
    assert notice.of(announcement(tags=IMPORTANT), "").card.tone is Tone.IMPORTANT


def test_a_recalled_card_keeps_no_word_of_the_text():
    gone = notice.recalled(announcement("工资表"))
    assert gone.state == "已撤回"
    assert "工资表" not in plain.twin(gone)


def test_receipts_are_a_number_and_never_a_list():
    card = notice.received(notice.of(announcement(tags=IMPORTANT), "李想", action_of).card, 23, 41)
    assert card.hint == "已有 23/41 人收到"
    assert len(card.buttons) == 2


# ── reviewers, groups ─────────────────────────────────────────────────────────────────────────────


def test_a_reviewer_sees_the_words_who_asks_and_for_whom():
    it = announcement("羽毛球社周五招新", audience=COMPANY, waivers=ASKED, mentions=(person_id(1),))
    card = review.card(view(it, facts()), "李想", action_of)
    assert "李想想发给全员（12 人）" in card.body[0]
    assert card.body[1] == "原文：“羽毛球社周五招新”（@同事1）"
    assert card.hint == "发布授权"
    assert [button.action for button in card.buttons] == ["act-approve", "act-decline"]
    assert review.card(view(announcement(), facts()), "李想", action_of).hint == ""


def test_what_became_of_a_review_is_told():
    assert "林岚同意了" in review.approved("林岚", "招新")
    assert "留了一句：“下周再发”" in review.declined("林岚", "下周再发", "招新")
    assert "留了一句" not in review.declined("林岚", " ", "招新")
    assert "还没发" in review.still_waiting("林岚", "招新")
    assert "重新请人" in review.changed("招新")


@pytest.mark.parametrize(
    ("event", "now", "part"),
    [
        (posted("【重要】停电"), MORNING, "没有 @ 相关的人"),
        (posted("[重要]停电", mentions_all=True), MORNING, "写成【重要】"),
        (posted("停电", chat_name=""), NIGHT, "你在群里发的“停电”"),
    ],
)
def test_who_posted_gets_a_private_word_and_nothing_is_touched(event, now, part):
    decision = engine.judge(event, facts(), now, engine.Ruleset())
    said_to_author = str(posted_words.reminder(event.message, decision))
    assert part in said_to_author
    assert "我没有动它" in said_to_author
    calm = engine.judge(posted("停电"), facts(), MORNING, engine.Ruleset())
    assert posted_words.reminder(event.message, calm) is None


# ── moments, counts, audiences ────────────────────────────────────────────────────────────────────


def test_a_moment_has_date_weekday_and_clock_and_the_year_when_it_is_another():
    assert moments.at(at("2026-09-09 09:05"), NIGHT, about=True) == "9月9日（周三）09:05 左右"
    assert moments.at(at("2027-01-04 09:05"), NIGHT) == "2027年1月4日（周一）09:05"
    assert moments.at(at("2026-09-09 09:05"), NIGHT, zone="UTC") == "9月9日（周三）01:05"
    assert moments.window(at("2026-09-09 09:00"), 0, NIGHT) == "9月9日（周三）09:00"
    assert moments.span(at("2026-09-08 14:03"), at("2026-09-08 14:05"), NIGHT) == "9月8日（周二）14:03–14:05"
    assert (
        moments.span(at("2026-09-08 23:59"), at("2026-09-09 00:01"), NIGHT)
        == "9月8日（周二）23:59 到 9月9日（周三）00:01"
    )
    assert moments.days(date(2026, 9, 25), date(2026, 9, 25)) == "9月25日"
    assert moments.days(date(2026, 9, 29), date(2026, 10, 2)) == "9月29日–10月2日"
    assert moments.ago(0) == "刚才"


def test_numbers_have_denominators_and_names_are_short():
    assert counts.share(17, 41) == "17/41 人"
    assert counts.share(0, 0) == "人数不知道"
    assert counts.names(["王芳", "何佳"]) == "王芳、何佳"
    assert counts.names(["王芳", "何佳", "陈立", "林岚"]) == "王芳、何佳、陈立等 4 人"
    assert counts.names(["", ""]) == "2 人"
    assert counts.either(["甲", "乙", "丙"]) == "甲、乙和丙"
    assert counts.quoted("一\n二") == "“一 二”"


@pytest.mark.parametrize(
    ("whom", "names", "label"),
    [
        (COMPANY, (), "全员"),
        (replace(COMPANY, platform=Platform.FEISHU), (), "飞书全员"),
        (TO_RD, (), "研发部"),
        (replace(TO_RD, name="", platform=Platform.DINGTALK), (), "钉钉部门"),
        (TO_BADMINTON, (), "“羽毛球社”群"),
        (replace(TO_BADMINTON, name=""), (), "群"),
        (Audience(kind=AudienceKind.PEOPLE, people=(LIN_LAN, ZHOU_MIN)), (), "2 位同事"),
        (Audience(kind=AudienceKind.PEOPLE, people=(LIN_LAN,)), ("林岚",), "林岚"),
    ],
)
def test_an_audience_is_called_as_people_call_it(whom, names, label):
    assert audience.label(whom, names) == label


# ── the plain twin ────────────────────────────────────────────────────────────────────────────────

CARD = Card(
    title="收好了",
    body=("内容：“x”",),
    hint="约用接口：飞书 1 次",
    buttons=(
        Button(label="就这样", action="a"),
        Button(label="改内容", action="b"),
        Button(label="@我来选", action="c"),
    ),
)


def test_a_card_without_buttons_is_answered_by_numbers():
    assert plain.twin(CARD).split("\n") == [
        "收好了",
        "内容：“x”",
        "约用接口：飞书 1 次",
        "回复 1 就这样 · 回复 2 改内容 · 回复 3 @我来选",
    ]
    assert plain.twin(Card(title="t", state="已发出")) == "t\n〔已发出〕"


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ("1", 0), ("1.", 0), ("１", 0), ("①", 0), ("一", 0), ("回复1", 0), ("回复 2", 1), ("第二个", 1), ("2、", 1), ("（2）", 1), ("二", 1),
        ("就这样", 0), ("〔就这样〕", 0), ("“改内容”", 1), ("就这样。", 0), ("改内容\u200b", 1), ("@我来选", 2), ("三", 2),
        ("4", None), ("0", None), ("-1", None), ("", None), ("好的", None), ("就这样吧", None), ("12", None), ("²", 1), ("1" * 61, None), ("四", None),
    ],
)  # fmt: skip
def test_an_answer_by_number_or_word_is_understood(answer, meant):
    assert plain.choice(answer, CARD) == meant


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text())
def test_any_answer_is_a_button_of_the_card_or_none(answer):
    assert plain.choice(answer, CARD) in {None, 0, 1, 2}


# ── what the bot says itself ──────────────────────────────────────────────────────────────────────


def test_who_the_bot_is_depends_on_what_it_really_reads():
    assert "我不读群里的聊天" in said.who()
    assert "“研发日常”" in said.who(reads_groups=("研发日常",))
    assert "等 4 个群" in said.reads(("a", "b", "c", "d"))
    assert len(said.who_again()) < len(said.who())
    assert "\n" not in said.who_in_group()
    assert all(command.says in said.help_text() for command in said.COMMANDS)


def test_my_messages_are_numbered_and_complete():
    rows = (
        said.Mine(
            text="例会改到十点", audience_label="研发部", state="scheduled", due_at=at("2026-09-09 09:00")
        ),
        said.Mine(text="停电", audience_label="全员", state="partly-sent", reached=300, size=312),
        said.Mine(text="x", audience_label="y", state="new-state"),
    )
    lines = said.mine(rows, NIGHT).split("\n")
    assert lines[1] == "1. “例会改到十点”→ 研发部（已排好，9月9日（周三）09:00）"
    assert lines[2] == "2. “停电”→ 全员（部分发出，300/312 份）"
    assert "new-state" in lines[3]
    assert "没有排队中" in said.mine((), NIGHT)


def test_nobody_is_guessed():
    two = said.options(("张伟 · 财务部", "张伟 · 研发部"))
    card = said.which_card(said.which_title("张伟", 2, people=True), two, 2, action_of)
    assert card.title == "有 2 位“张伟”，是哪一位？"
    assert [button.label for button in card.buttons] == ["张伟 · 财务部", "张伟 · 研发部"]
    assert "还有 2 个" in said.which_card("", said.options(tuple("12345678")), 8, action_of).hint
    assert [button.label for button in said.did_you_mean_card("发通知", action_of).buttons] == [
        "是",
        "不是，看看你会什么",
    ]


def test_a_recall_says_what_happened_and_what_is_not_known():
    assert (
        said.recalled(23, 23, seen_by=6)
        == "已撤回 23/23 份。撤回前有 6/23 人看过。要发更正的话，直接把对的内容发给我。"
    )
    assert "2/23 份撤不回" in said.recalled(21, 23, too_late=2)
    assert "我不知道" in said.recalled(23, 23)


EVERYTHING = [
    *(value for name, value in vars(pressed).items() if name.isupper()),
    pressed.scheduled(at("2026-09-09 09:00"), NIGHT),
    pressed.undoable(60),
    pressed.asked("林岚"),
    pressed.used_by("林岚"),
    pressed.used_by(""),
    pressed.sent(3, 3),
    pressed.sent(2, 3),
    said.help_text(),
    said.who(),
    said.who_again(),
    said.not_understood(),
    said.which_title("羽毛球社", 2, people=False),
    said.address_title("王姐"),
    said.send_to("研发部"),
    said.chosen("张伟（财务部）").title,
    said.unknown_person("张三"),
    said.unknown_audience("研发", ("研发部", "研发中心")),
    said.unknown_audience("x"),
    said.ask_audience(),
    said.ask_text(),
    said.ask_reason(),
    said.ask_reason(2),
    said.ask_reason(2, 10),
    said.ask_reason_again("急"),
    said.ask_moment(),
    said.unclear_moment("回头"),
    said.past_moment(MORNING, NIGHT),
    said.too_long(2000, 1000),
    said.paused("周敏", at("2026-09-08 15:00"), NIGHT),
    said.stranger(),
    said.nothing_to_recall(),
    said.undone(),
    said.cancelled("例会"),
    due.still_not_sent("例会", due.ASK),
    due.changed_at_release("例会", ("全员公告只有人力能发。",)),
    due.guess_confirmed("年度计划", at("2027-01-05 09:00"), NIGHT),
    due.missed(at("2026-09-08 14:03"), at("2026-09-08 14:05"), NIGHT),
    due.rest_stopped("例会"),
    due.all_have_left("例会"),
    said.which("张伟", ("张伟 · 财务部", "张伟 · 研发部")),
    said.how_to_publish(),
    said.ask_people(),
    said.ask_on_duty(),
    plain.twin(due.given_up("例会", ("研发部",), "NotFound", "群已解散", action_of)),
    due.let_be("例会").title,
    audience.holders(("人力资源部负责人", "周敏")),
    audience.head_of("研发部"),
    audience.holder("everyone"),
    audience.not_one("张三", ()),
    audience.not_one("张伟", (("张伟", "feishu:ou_1"), ("张伟", "feishu:ou_2"))),
    audience.no_moment("回头"),
    plain.twin(
        due.ask_before_release("发版", "研发部", at("2026-09-30 18:25"), at("2026-10-08 08:50"), action_of)
    ),
    *(
        "\n".join(findings.sentences(view(it, known, MORNING, ruleset).seen))
        for it, known, ruleset, _ in SAID
    ),
]

EVERYTHING = [one.text if isinstance(one, Refusal) else one for one in EVERYTHING]

COPIES = progress.Copies(sent=3, waiting=2, unknown=1, failed=1, cancelled=1, left=1)
EVERYTHING += [
    plain.twin(card)
    for card in (
        progress.confirmed(announcement(), [(None, 5)], MORNING, action_of),
        progress.confirmed(
            announcement(), [(None, 5)], MORNING, action_of, undo_until=MORNING + timedelta(seconds=60)
        ),
        progress.confirmed(announcement(), [(None, 5), (at("2026-09-09 09:00"), 7)], NIGHT, action_of),
        progress.face(announcement(), COPIES, action_of),
        progress.face(announcement(), progress.Copies(sent=8)),
        progress.taken_back(announcement(), 3, 2),
        progress.taken_back(announcement(), 3, 0),
        progress.replaced(announcement()),
        progress.settled(arrived=True),
        progress.settled(arrived=False),
    )
]

HARSH = ("违规", "禁止", "处罚", "请知悉", "务必", "后果自负", "警告", "您", "他们必须")


@pytest.mark.parametrize("sentence", EVERYTHING)
def test_the_house_never_threatens_or_urges(sentence):
    assert sentence
    assert not any(word in sentence for word in HARSH)
    assert "！" not in sentence
    assert "None" not in sentence


def test_no_harsh_word_stands_in_any_page_of_the_wording():
    [folder] = wording_package.__path__
    for page in sorted(Path(folder).glob("*.py")):
        written = [
            node.value
            for node in ast.walk(ast.parse(page.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        assert not [text for text in written for word in HARSH if word in text], page.name


def test_a_resend_says_so_once():
    assert progress.sent_again(progress.sent_again("停电")) == progress.sent_again("停电")


INJECTIONS = [
    "{{7*7}}",
    "%(x)s",
    "王芳\n【公告】明天放假",
    "长" * 10_000,
    "\u202e放假",
    '<at user_id="all">',
    "a\u200bb",
    "{0}",
    "${X}",
    "\x1b[31m红",
]


@pytest.mark.parametrize("name", INJECTIONS)
def test_a_name_never_adds_a_line_or_a_page(name):
    whom = replace(TO_MARKET, name=name)
    known = facts(
        21,
        names={LIN_LAN: name},
        other_ways=(way(replace(TO_RD, name=name), 3),),
        candidates=(candidate(name, 2),),
    )
    for it in (
        announcement(audience=whom, mentions=(Everyone.ALL,)),
        announcement("【重要】x", audience=whom),
    ):
        shown = view(it, known)
        said_now = [
            *findings.sentences(shown.seen),
            *labels(shown),
            plain.twin(review.card(shown, name, action_of)),
        ]
        for sentence in said_now:
            assert len(sentence) < 400
            assert not any(line.startswith("【公告】") for line in sentence.split("\n"))
            assert not set(sentence) & set("\u202e\u200b\x1b")
    assert len(notice.title(announcement(audience=whom))) <= tags.LONGEST_NAME


def test_a_finding_of_a_reviewer_nobody_knows_by_name_still_reads():
    seen = view(announcement(audience=COMPANY, waivers=ASKED), facts(names={})).seen
    assert "要审核人点头" in findings.sentences(seen)[0]
    asked = Finding(rule="mentions", verdict=Verdict.REVIEW, reviewers=(LIN_LAN,))
    assert "要审核人点头" in findings.sentence(asked, seen)


def test_accounts_are_never_shown():
    shown = plain.twin(preview.card(view(announcement(mentions=TWO), facts()), action_of))
    assert "ou_" not in shown
    assert str(Account(Platform.FEISHU, "ou_1")) not in shown
