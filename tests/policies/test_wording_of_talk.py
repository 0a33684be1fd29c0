"""What is said around an announcement: about one's own, about readers, reviews, pauses, and what is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from policy_builders import CALENDARS, LI_XIANG, TO_RD, announcement, at, facts, recipients

from policies.card import Card
from policies.decision import Decision, Finding, Part, Verdict
from policies.effects import Recall, SendCard, SendText
from policies.metrics import Because, Readers
from policies.model import AudienceKind, Chat, PersonId, Platform, Tag, Urgency
from policies.reached import By
from policies.rules import work_hours as hours_rule
from policies.wording import (
    digest,
    doctor,
    due,
    flood,
    kept,
    moments,
    notice,
    own,
    pausing,
    preview,
    questions,
    readers,
    recall,
    review,
    said,
    urgent,
)
from policies.wording.seen import Seen

ZONE = "Asia/Shanghai"
NOW = at("2026-09-08 21:40")
MORNING = at("2026-09-09 09:00")
GROUP = Chat(Platform.FEISHU, "oc_1")


def by_id(choice) -> str:
    return f"do-{choice.id}"


def labels(card: Card) -> list[str]:
    return [button.label for button in card.buttons]


# ── several notices in one message ────────────────────────────────────────────────────────────────


def _items():
    first = notice.of(announcement("打印机换墨盒"), "王芳")
    second = notice.of(announcement("灯修好了", id="a-2"), "赵小满")
    return [SendText(to=GROUP, text=first.text), SendCard(to=GROUP, card=second.card)]


def test_a_digest_has_each_item_whole_with_its_author():
    card = digest.card(_items())
    assert card.title == "2 条通知"
    assert card.body == ("1、打印机换墨盒\n—— 王芳", "2、灯修好了\n—— 赵小满")
    assert digest.size_bytes(_items()[0]) > len("打印机换墨盒".encode())


def test_of_what_was_taken_back_no_word_stays():
    assert digest.card(_items(), {0}).body == ("1、已撤回", "2、灯修好了\n—— 赵小满")


def test_a_card_without_an_author_is_its_words_and_nothing_else_is_an_item():
    assert digest.item(SendCard(to=GROUP, card=Card(title="x", body=("甲", "乙")))) == "甲\n乙"
    with pytest.raises(TypeError):
        digest.item(Recall(platform=Platform.FEISHU, to=GROUP, key="k", message_id="m"))


# ── one's own ─────────────────────────────────────────────────────────────────────────────────────


def test_why_says_where_it_stands_until_when_and_by_which_rules():
    text = own.why("例会改期", "已排好", ("现在已经下班。",), due_at=MORNING, now=NOW)
    assert text == "“例会改期”已排好，排在 9月9日（周三）09:00。\n现在已经下班。"
    assert own.why("例会改期", "没有发", (), now=NOW) == "“例会改期”没有发。"
    assert own.in_review(("林岚", "周敏")) == "在等林岚和周敏点头，点了就按排好的时间发。"
    assert "审核人" in own.in_review(())


def test_what_is_kept_names_only_what_is_there():
    little = kept.said_of(kept.Kept(name="李想"))
    assert little.startswith("关于你，我这里有 2 类：")
    assert "公告" not in little
    assert "不读群里的聊天" in little
    everything = kept.Kept(
        name="李想", departments=("接口组",), announcements=12, receipts=38, asked=3, answers=1, tickets=2,
        audit=40, keep_announcements_days=180, keep_payloads_days=7, reads_groups=("研发日常",), shows_readers=True,
    )  # fmt: skip
    much = kept.said_of(everything)
    assert much.startswith("关于你，我这里有 8 类：")
    for part in ("接口组", "12 条公告，180 天后删", "38 次", "3 份", "1 份", "2 条你署名", "7 天后删", "40 条操作记录", "研发日常", "发的人能看到谁没看"):  # fmt: skip
        assert part in much


# ── preview: the yes says what follows ────────────────────────────────────────────────────────────


def _view(verdict: Verdict, moment, **changes) -> preview.PreviewView:
    finding = Finding(rule="work-hours", verdict=verdict, hold_until=moment, evidence={"why": "after"})
    decision = Decision(
        verdict=verdict,
        findings=(finding,) if verdict is not Verdict.ALLOW else (),
        parts=(Part(recipients=recipients(3), not_before=moment),),
    )
    seen = Seen(announcement=announcement(), decision=decision, facts=facts(3), now=NOW, zone=ZONE)
    return preview.PreviewView(seen=seen, **changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["就这样", "改内容", "改时间", "不发了"]),
        ({"asks_on": at("2026-10-08 09:00")}, ["10月8日早上先问我再发", "改内容", "改时间", "不发了"]),
        ({"guess": 2027}, ["先这样排", "改内容", "改成指定日期", "不发了"]),
        ({"asks_on": at("2027-01-04 09:00"), "guess": 2027}, ["2027年1月4日早上先问我再发", "改内容", "改成指定日期", "不发了"]),
    ],
)  # fmt: skip
def test_the_button_says_what_follows_from_the_yes(changes, expected):
    held = preview.card(_view(Verdict.HOLD, MORNING, **changes), by_id)
    assert labels(held) == expected
    assert {button.action for button in held.buttons} == {"do-confirm", "do-edit", "do-retime", "do-cancel"}
    free = preview.card(_view(Verdict.ALLOW, MORNING, **changes), by_id)
    assert sorted(labels(free)) == sorted(expected)
    assert ("推算" in "".join(free.body)) is ("guess" in changes)


def test_an_urgent_one_to_many_offers_the_few_first():
    few = replace(_view(Verdict.ALLOW, None), smaller=_few())
    assert labels(preview.card(few, by_id)) == [
        "只发给值班组（2 人）",
        "发给全部（3 人）",
        "改内容",
        "不发了",
    ]
    assert "不惊动其余的人" in preview.first_line(few)


def _few():
    from policy_builders import candidate

    return candidate("值班组", 2)


@pytest.mark.parametrize(
    ("moment", "teams", "year"),
    [(None, [""], None), (MORNING, [""], None), (at("2027-01-05 09:00"), [""], 2027), (at("2027-01-05 09:00"), [], 2027)],
)  # fmt: skip
def test_a_moment_nobody_has_published_is_known_as_a_guess(moment, teams, year):
    part = Part(
        recipients=tuple(one for team in teams for one in recipients(1, team=team)), not_before=moment
    )
    assert hours_rule.guessed((part,), CALENDARS) == year


# ── asked, moved, left ────────────────────────────────────────────────────────────────────────────


def test_who_stands_in_may_let_it_go_or_drop_it_and_reads_whose_it_was():
    mine = due.ask_before_release("发版", "研发部", NOW, MORNING, by_id)
    theirs = due.ask_before_release("发版", "研发部", NOW, MORNING, by_id, from_name="李想")
    assert labels(mine) == ["照发", "改内容", "改时间", "不发了"]
    assert labels(theirs) == ["照发", "不发了"]
    assert "李想 9月8日（周二）21:40" in theirs.body[0]
    assert due.goes_ahead("发版").state == "照发"
    assert "已不在通讯录里" in due.rest_stopped("发版").text


def test_an_unknown_outcome_says_what_is_certain_about_the_rest():
    lost = due.unknown("停电", ("苏州工厂",), NOW, NOW, by_id, others=due.certain(Platform.FEISHU, 248, 248))
    assert lost.title == "有 1 条消息我不敢确定发没发出去"
    assert "飞书的 248/248 人都已确认送达" in lost.body[1]
    assert "已确认送达" in due.certain(Platform.FEISHU, 3, 4)
    created = due.card_created("停电", tuple("甲乙丙丁"), NOW, NOW, by_id)
    assert "等 4 处" in created.body[0]


# ── questions ─────────────────────────────────────────────────────────────────────────────────────


def _why(**changes) -> str:
    view = questions.WhyMe(
        announcement=announcement(), by=By.DEPARTMENT, department="研发部", author="李想", granted_to="负责人"
    )
    return questions.why_me(replace(view, **changes))  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({}, ("你在研发部", "由李想发出，这个授权给了负责人", "请管理员改通讯录")),
        ({"by": By.COMPANY}, ("通讯录里",)),
        ({"by": By.GROUP}, ("你在群里", "退群就行")),
        ({"by": By.NAMED, "granted_to": ""}, ("点名发给你", "由李想发出。", "直接告诉发的人")),
        ({"by": By.MENTIONED, "author": ""}, ("@ 了你", "一位同事")),
        ({"by": By.NOTHING}, ("现在按通讯录已经不在了",)),
        ({"announcement": announcement(tags=frozenset({Tag.IMPORTANT}))}, ("【重要】关不掉",)),
        ({"announcement": announcement(audience=replace(TO_RD, kind=AudienceKind.GROUP))}, ("退群就行",)),
    ],
)  # fmt: skip
def test_why_me_names_the_rule_the_sender_and_the_way_out(changes, parts):
    assert all(part in _why(**changes) for part in parts)


def test_the_parts_of_a_delay_add_up():
    delay = questions.Delay(
        held=timedelta(hours=11, minutes=20), spread=timedelta(minutes=4), platform=timedelta(seconds=10)
    )
    assert delay.whole == timedelta(hours=11, minutes=24, seconds=10)
    text = questions.why_then("例会", delay, NOW, MORNING, MORNING, zone=ZONE)
    for part in ("一共 11 小时 24 分 10 秒", "等到上班时间 11 小时 20 分", "错开 4 分", "处理 10 秒"):
        assert part in text
    none = questions.Delay(held=timedelta(), spread=timedelta(), platform=timedelta())
    assert "没有等" in questions.why_then("例会", none, NOW, NOW, NOW, zone=ZONE)
    assert questions.span(timedelta(days=2, seconds=3)) == "2 天 3 秒"
    assert questions.span(timedelta()) == "0 秒"
    assert "不知道什么时候" in questions.not_there_yet("例会", None, NOW, zone=ZONE)
    assert "排在 9月9日（周三）09:00" in questions.not_there_yet("例会", MORNING, NOW, zone=ZONE)


def test_who_may_announce_is_said_even_when_nobody_may():
    assert "人力资源部负责人和周敏能发" in questions.announcers(("人力资源部负责人", "周敏"), ("本部门成员",))
    assert questions.announcers((), ()).count("现在还没有人有授权") == 2


@pytest.mark.parametrize(
    ("closed", "parts"),
    [
        (None, ("现在是上班时间",)),
        ("lunch", ("现在是午休",)),
        ("before", ("现在还没上班",)),
        ("after", ("现在已经下班，下次上班是 9月9日（周三）09:00",)),
    ],
)
def test_the_hours_are_those_of_who_asks(closed, parts):
    view = questions.Hours(
        team="乌鲁木齐", opens="10:00", closes="19:30", lunch="14:00–15:30", is_workday=True, closed=closed,
        next_opening=MORNING, is_guess=True,
    )  # fmt: skip
    said_of = questions.hours(view, NOW, zone=ZONE)
    assert all(part in said_of for part in (*parts, "按乌鲁木齐的作息", "午休 14:00–15:30", "推算"))
    off = questions.hours(
        replace(view, is_workday=False, name="国庆节", team="", is_guess=False), NOW, zone=ZONE
    )
    assert off.startswith("今天休息（国庆节）")


def test_another_day_says_whether_it_is_worked():
    sunday = questions.Day(day=at("2026-09-20 09:00").date(), is_workday=True, opens="09:00", closes="18:00", is_guess=False)  # fmt: skip
    assert questions.day(sunday, NOW.date()) == "9月20日（周日）上班，是调休上班，09:00–18:00。"
    off = replace(sunday, is_workday=False, name="国庆节", is_guess=True)
    assert questions.day(off, NOW.date()).startswith("9月20日（周日）休息（国庆节）。\n")


# ── readers ───────────────────────────────────────────────────────────────────────────────────────


def _readers(**changes) -> Readers:
    people = [PersonId(f"feishu:{n}") for n in range(23)]
    plain = Readers(
        read=frozenset(people[:17]),
        unread=frozenset(people[17:21]),
        unknown=frozenset(people[21:]),
        left=frozenset(),
        because={(Platform.DINGTALK, Because.TOO_LATE): 2},
    )
    return replace(plain, **changes)


def test_readers_are_counted_with_what_nobody_knows_and_why():
    card = readers.answer("培训", _readers(), 5, (readers.REMIND, readers.NO_NEED), by_id)
    assert (
        card.body[0]
        == "“培训”23 人：已读 17，未读 4，不知道 2（2 位在钉钉，超过 24 小时，平台就不再告诉我）。"
    )
    assert card.body[1] == "按过收到的 5/23 人。"
    assert "这 6 位" in card.body[2]
    bare = readers.answer("培训", _readers(because={}, left=frozenset({PersonId("x")})), 0, (), by_id)
    assert len(bare.body) == 1
    assert "已离开 1" in bare.body[0]
    assert "不知道" in readers.nobody_known("培训")


def test_a_reminder_has_the_content_and_no_word_about_who_has_read():
    assert readers.reminder("周五前交表 ", "王芳") == "再提一下：周五前交表\n—— 王芳"
    assert "4 位" in readers.reminded(4)


def test_names_are_counted_and_a_long_list_is_cut():
    assert readers.names(("王芳", "何佳"), ()).startswith("未读 2 位：王芳、何佳。\n不知道 0 位：没有。")
    assert "等 80 位" in readers.names(tuple(f"同事{n}" for n in range(80)), ())


# ── review, pause, urgent, small things ───────────────────────────────────────────────────────────


def test_a_review_shows_the_words_the_hour_and_what_it_is_about():
    view = _view(Verdict.REVIEW, MORNING)
    asked = replace(
        view.seen.decision.findings[0], rule="mentions", reviewers=(PersonId("feishu:ou_linlan"),)
    )
    seen = replace(view.seen, decision=replace(view.seen.decision, findings=(asked,)))
    card = review.card(replace(view, seen=seen), "李想", by_id)
    assert "9月9日（周三）09:00 起发" in card.body[0]
    assert card.hint == "@ 的人数"
    assert labels(card) == ["发", "不发，说一句"]
    at_once = replace(seen, decision=replace(seen.decision, parts=(Part(recipients=recipients(3)),)))
    assert "你点头就发" in review.card(replace(view, seen=at_once), "李想", by_id).body[0]


def test_everybody_in_a_review_hears_how_it_ended():
    assert labels(review.waiting("例会", ("林岚",), by_id)) == ["改内容", "不发了"]
    assert review.closed("例会").state == "没有发"
    assert "留了一句：“太长”" in review.declined_card("林岚", "太长", "例会", by_id).body[0]
    assert "留了一句" not in review.declined("林岚", " ", "例会")
    assert review.decided("林岚", "例会", approved=True).state == "已同意"
    assert review.decided("林岚", "例会", approved=False).state == "没有发"
    assert review.changed_face().state == "已改"
    assert review.in_the_way("例会").state == "没有发"
    assert review.no_more("cancelled") != review.no_more("declined") != review.no_more("sent")
    assert "为什么不发" in review.ask_why("例会")
    assert "同事的“例会”" in review.reminder("", "例会")
    assert "林岚同意了" in review.approved("林岚", "例会")
    assert "审核人" in review.still_waiting("", "例会")
    assert "不一样了" in review.changed("例会")


def test_the_state_is_told_to_anybody_with_what_keeps_it_from_its_work():
    assert "没有暂停" in pausing.running()
    assert pausing.quota("钉钉", 1200, 5000) == "钉钉接口这个月用了 1200/5000 次。"
    assert "断着" in pausing.line_is_closed("飞书")
    assert pausing.over().state == "已恢复"
    assert "周敏" in pausing.only_admins(("周敏",)).text
    assert "管理员" in pausing.only_admins(()).text
    assert "紧急公告不受影响" in pausing.paused(MORNING, (), NOW, by_id, zone=ZONE).body[1]


def test_urgent_counts_and_asks_before_it_goes_wider():
    assert urgent.which_this_month(2, 10) == "这是你本月第 3 条紧急，一个月共 10 条。"
    assert urgent.which_this_month(0, None) == "这是你本月第 1 条紧急。"
    assert labels(urgent.sent_to_few(("陈立", "李想"), 38, by_id)) == ["不用", "扩大"]
    assert urgent.stayed().state == "已处理"


def test_what_is_said_to_things_that_cannot_be_done():
    assert "可能是" in said.when_to_send("明天", ("9月9日（周三）10:00",))
    assert "定不下来" in said.when_to_send("回头")
    assert "可能是" in str(said.which_moment("九点", ("09:00", "21:00")))
    assert said.which_moment("回头") == said.unclear_moment("回头")
    assert labels(said.did_you_mean_card("发通知", by_id)) == ["是", "不是，看看你会什么"]
    seven = said.which_card("张伟", said.options([f"张伟 · {n}" for n in range(7)]), 7, by_id)
    assert len(seven.buttons) == 6
    assert "还有 1 个" in seven.hint
    for sentence in (said.past(), said.nothing_to_retime(), said.reviewed_time(), said.not_yet(), said.nothing_open(), said.who_in_group()):  # fmt: skip
        assert str(sentence).endswith("。")


def test_days_and_ages_are_written_out():
    assert moments.days(at("2026-09-30 09:00").date(), at("2026-10-02 09:00").date()) == "9月30日–10月2日"
    assert moments.days(NOW.date(), NOW.date()) == "9月8日"
    assert [moments.ago(n) for n in (0, 3, 125)] == ["刚才", "3 分钟前", "2 小时前"]
    assert moments.window(MORNING, 0, NOW) == "9月9日（周三）09:00"
    assert moments.span(NOW, MORNING, NOW) == "9月8日（周二）21:40 到 9月9日（周三）09:00"
    assert moments.short_day(at("2027-01-04 09:00"), NOW) == "2027年1月4日"


def test_the_small_pages_say_something():
    assert recall.ask_correction()
    assert flood.TOO_MUCH.endswith("。")
    assert doctor.BUTTON == "我按了"
    assert LI_XIANG.name
    assert notice.of(announcement(urgency=Urgency.URGENT, reason="断电"), "李想").text.count("断电") == 1
