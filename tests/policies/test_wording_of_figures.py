"""Figures in sentences: every number has its denominator, and what nobody knows is called unknown."""

from __future__ import annotations

from datetime import date

import pytest
from policy_builders import at

from policies.model import Platform
from policies.wording import pausing, quota, recall, urgent

ZONE = "Asia/Shanghai"
NOW = at("2026-09-09 10:00")


def by_id(choice) -> str:
    return f"action-of-{choice.id}"


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (recall.Figures(gone=23, read=6), ("23/23", "6/23")),
        (recall.Figures(gone=21, kept=2, read=None), ("21/23", "2 份撤不回", "已超过平台时限", "不知道")),
        (recall.Figures(gone=1, emptied=2, lost=1, read=0), ("3/4", "2 份卡片还在", "1 份结果不知道", "0/4")),
    ],
)
def test_a_recall_says_how_many_of_how_many(figures, said):
    card = recall.done("预算表", figures)
    assert all(part in "".join(card.body) for part in said)
    assert card.buttons == ()


def test_a_correction_is_offered_with_two_ways_and_begins_with_its_name():
    card = recall.done("预算表", recall.Figures(gone=2, read=1), by_id)
    assert [button.action for button in card.buttons] == ["action-of-correct", "action-of-leave-it"]
    assert recall.correction(" 是 3.2 万 ") == "更正：是 3.2 万"
    assert recall.correction("更正：是 3.2 万") == "更正：是 3.2 万"
    assert recall.face("预算表").state
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
    said = quota.running_low(Platform.DINGTALK, 4000, 5000, date(2026, 9, 20), NOW, zone=ZONE)
    assert "4000/5000" in said
    assert "9月20日（周日）" in said
    assert "月底" in quota.running_low(Platform.DINGTALK, 4000, 5000, None, NOW, zone=ZONE)
    assert "用完" in quota.used_up("停电", Platform.DINGTALK)


def test_urgent_says_which_one_this_month_and_how_many_were_left_in_peace():
    assert urgent.which_this_month(2, 10) == "这是你本月第 3 条紧急，一个月共 10 条。"
    assert urgent.which_this_month(0, None) == "这是你本月第 1 条紧急。"
    card = urgent.sent_to_few(("陈立", "李想"), 38, by_id)
    assert "38 人" in card.body[0]
    assert [button.label for button in card.buttons] == ["不用", "扩大"]
    assert urgent.only("接口组", 6).label == "只发给接口组（6 人）"
    assert urgent.everybody(41).label == "发给全部（41 人）"
