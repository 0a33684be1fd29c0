"""Figures in sentences: every number has its denominator, and what nobody knows is called unknown."""

from __future__ import annotations

from datetime import date

import pytest
from policy_builders import announcement, at

from policies.model import Platform
from policies.wording import due, moments, pausing, progress, quota, recall, said, urgent

ZONE = "Asia/Shanghai"
NOW = at("2026-09-09 10:00")


def by_id(choice) -> str:
    return f"action-of-{choice.id}"


@pytest.mark.parametrize(
    ("figures", "parts"),
    [
        (recall.Figures(gone=23, read=6), ("23/23", "6/23")),
        (recall.Figures(gone=21, kept=2, read=None), ("21/23", "2 份撤不回", "已超过平台时限", "不知道")),
        (recall.Figures(gone=1, emptied=2, lost=1, read=0), ("3/4", "2 份卡片还在", "1 份结果不知道", "0/4")),
    ],
)
def test_a_recall_says_how_many_of_how_many(figures, parts):
    card = recall.done("预算表", figures)
    assert all(part in "".join(card.body) for part in parts)
    assert card.buttons == ()


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (recall.Figures(gone=2, emptied=1), "已撤回"),
        (recall.Figures(gone=2, kept=1), "撤回了一部分"),
        (recall.Figures(emptied=2, lost=1), "撤回了一部分"),
        (recall.Figures(kept=3), "没有撤回来"),
        (recall.Figures(lost=3), "没有撤回来"),
    ],
)
def test_taken_back_is_said_when_nothing_stays_and_only_then(figures, said):
    assert {recall.face("预算表", figures).state, recall.face("预算表", figures).title} == {said}
    assert recall.done("预算表", figures).title == said


def test_a_correction_is_offered_with_two_ways_and_begins_with_its_name():
    card = recall.done("预算表", recall.Figures(gone=2, read=1), by_id)
    assert [button.action for button in card.buttons] == ["action-of-correct", "action-of-leave-it"]
    assert recall.correction(" 是 3.2 万 ") == "更正：是 3.2 万"
    assert recall.correction("更正：是 3.2 万") == "更正：是 3.2 万"
    assert "3 份" in recall.under_way("预算表", 3)


def test_a_pause_names_who_until_when_and_who_may_still_hurry():
    card = pausing.paused(at("2026-09-09 15:00"), ("周敏", "林岚"), NOW, by_id, zone=ZONE)
    assert "9月9日（周三）15:00" in card.body[0]
    assert "周敏和林岚" in card.body[1]
    assert [button.action for button in card.buttons] == ["action-of-resume"]
    assert "周敏" in pausing.state("周敏", at("2026-09-09 15:00"), NOW, zone=ZONE)
    assert "12 份" in pausing.resumed(12)
    assert pausing.resumed(0) != pausing.resumed(12)


def test_a_pot_that_runs_low_says_how_much_of_how_much_and_until_which_day():
    low = str(quota.running_low(Platform.DINGTALK, 4000, 5000, date(2026, 9, 20), NOW, zone=ZONE))
    assert "4000/5000" in low
    assert "9月20日（周日）" in low
    assert "月底" in quota.running_low(Platform.DINGTALK, 4000, 5000, None, NOW, zone=ZONE).text
    assert "用完" in quota.used_up("停电", Platform.DINGTALK).text


def test_urgent_says_which_one_this_month_and_how_many_were_left_in_peace():
    assert urgent.which_this_month(2, 10) == "这是你本月第 3 条紧急，一个月共 10 条。"
    assert urgent.which_this_month(0, None) == "这是你本月第 1 条紧急。"
    card = urgent.sent_to_few(("陈立", "李想"), 38, by_id)
    assert "38 人" in card.body[0]
    assert [button.label for button in card.buttons] == ["不用", "扩大"]
    assert urgent.only("接口组", 6).label == "只发给接口组（6 人）"
    assert urgent.everybody(41).label == "发给全部（41 人）"


def test_a_card_that_was_found_is_not_said_to_be_unknown():
    card = due.card_created("停电", ("苏州工厂", "设备部"), NOW, NOW, by_id, zone=ZONE)
    assert "2 张" in card.title
    assert "不敢确定" not in card.title + "".join(card.body)
    assert [button.action for button in card.buttons] == ["action-of-arrived", "action-of-not-arrived"]


@pytest.mark.parametrize(("sent", "words"), [(248, "都已确认送达"), (200, "200/248")])
def test_what_is_certain_of_the_rest_has_its_denominator(sent, words):
    assert words in due.certain(Platform.FEISHU, sent, 248)


def test_nothing_is_called_sent_while_a_copy_may_be_lost():
    lost = progress.face(announcement(), progress.Copies(sent=0, unknown=8))
    assert "已发出" not in lost.title
    assert progress.face(announcement(), progress.Copies(sent=8)).title == "已发出"


def test_the_audit_writes_a_moment_the_same_for_every_reader():
    assert moments.written(NOW) == "2026-09-09T10:00+08:00"
    assert due.goes_ahead("停电").buttons == ()


def test_what_is_open_is_asked_with_the_ways_it_may_be_meant():
    options = ("9月9日（周三）03:00", "9月9日（周三）15:00")
    for ask in (said.when_to_send, said.which_moment):
        assert all(option in str(ask("三点", options)) for option in options)
    assert said.when_to_send("三点") != said.when_to_send("三点", options)
    assert said.which_moment("三点") == said.unclear_moment("三点")
    assert "王姐" in said.address_title("王姐")
