"""指标的话 (rates): an interval, never a point alone; each with what it means, its sample and what is unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime

from policies.rates import LEARNED_WITHIN, InTime, Met, Rate
from policies.verdict import Criterion, Figure, Proposal, Report
from policies.wording import moments

NAMES: Mapping[Criterion, str] = {
    Criterion.DELIVERED: "送达及时率",
    Criterion.READ: "阅读及时率",
    Criterion.SATISFACTION: "满意度",
    Criterion.SOLVED: "问题解决率",
}
MET: Mapping[Met, str] = {Met.MET: "达标", Met.MISSED: "未达标", Met.OPEN: "无法判定"}
PROPOSALS: Mapping[Proposal, str] = {
    Proposal.CONTINUE: "可以推开到全公司",
    Proposal.EXTEND: "再试两周",
    Proposal.STOP: "停下，恢复原样",
}
RULE = "四项全部达标，建议推开；两项以上确定未达标，建议停下；其余再试两周。最后由人决定。"
FLATTERS = "试点往往偏好看：部门是挑的，大家知道有人在看，新鲜劲还没过。推开以后的数字多半会低一些。"


_SATISFACTION = "1–5 分折成 0–100 分的平均。没有作答的人可能给任何分数，所以两头都算上。"
_SOLVED = "由提出的人确认解决的问题 ÷ 提出的全部问题；答复了还没确认的算不知道。"


def definition(criterion: Criterion, in_time: InTime) -> str:
    """What a figure counts, in this company's own terms."""
    match criterion:
        case Criterion.DELIVERED:
            return f"到了该发的时刻，{_minutes(in_time)}内平台收下的份数 ÷ 到了时刻的全部份数。"
        case Criterion.READ:
            return (
                f"【重要】在收件人自己的 {_hours(in_time)}内、其余在 {_workdays(in_time)}内读到的份数 "
                f"÷ 期限已过的全部份数；按过“收到”算读到，已离开的人不算在内。{_GRACE}"
            )
        case Criterion.SATISFACTION:
            return _SATISFACTION
        case Criterion.SOLVED:
            return _SOLVED


def in_short(in_time: InTime) -> str:
    """Both 及时 in one line, for where there is no room for a table."""
    return (
        f"口径：送达及时是到点后 {_minutes(in_time)}内平台收下；"
        f"阅读及时是【重要】{_hours(in_time)}内、其余 {_workdays(in_time)}内读到（截止后 {_GRACE_MINUTES} 分钟内问到的也算）。"
    )


def _minutes(in_time: InTime) -> str:
    return f"{in_time.delivered.total_seconds() / 60:.0f} 分钟"


def _hours(in_time: InTime) -> str:
    return f"{in_time.important_read.total_seconds() / 3600:.0f} 个工作小时"


def _workdays(in_time: InTime) -> str:
    return f"{in_time.read_workdays} 个工作日"


_GRACE_MINUTES = int(LEARNED_WITHIN.total_seconds() // 60)
_GRACE = f"平台只说谁读过、不说几点读的，所以截止后 {_GRACE_MINUTES} 分钟内问到“已读”的也算及时。"

UNKNOWN: Mapping[Criterion, str] = {
    Criterion.DELIVERED: "平台没有回话",
    Criterion.READ: "平台不告诉我，或过了可查的期限",
    Criterion.SATISFACTION: "没有作答",
    Criterion.SOLVED: "答复了，还没有确认",
}
_UNITS: Mapping[Criterion, str] = {
    Criterion.DELIVERED: "份",
    Criterion.READ: "份",
    Criterion.SATISFACTION: "人",
    Criterion.SOLVED: "个",
}


def interval(rate: Rate, *, unit: str = "%") -> str:
    """``92%–97%``, ``100%``; rounded outwards, so that it never claims more than is known; all known: down."""
    if not rate.all:
        return "还没有数据"
    if not rate.unknown:
        return f"{math.floor(rate.low * 100 + 1e-9)}{unit}"
    low, high = math.floor(rate.low * 100 + 1e-9), math.ceil(rate.high * 100 - 1e-9)
    return f"{low}{unit}" if low == high else f"{low}{unit}–{high}{unit}"


def figure(one: Figure) -> str:
    """``阅读及时率 92%–97%``, with its sample."""
    return f"{NAMES[one.criterion]} {value(one)}（{sample(one)}）"


def value(one: Figure) -> str:
    return interval(one.rate, unit=" 分" if one.criterion is Criterion.SATISFACTION else "%")


def sample(one: Figure) -> str:
    """What it was counted from, and how much of it nobody knows."""
    if one.criterion is Criterion.SATISFACTION:
        if not one.rate.all:
            return "还没有问过"
        said = "还没有能公布的结果" if one.score is None else f"答了的平均 {one.score:.0f} 分"
        who = f"{one.of}一起，" if one.of else ""
        return f"{who}{said}，{one.answered}/{one.rate.all} 人答{change(one)}"
    unit = _UNITS[one.criterion]
    known = f"{one.rate.yes:.0f}/{one.rate.all} {unit}"
    return f"{known}，不知道 {one.rate.unknown:.0f}" if one.rate.unknown else known


def change(one: Figure) -> str:
    """How the score has moved since the first time it was asked."""
    if one.score is None or one.before is None:
        return ""
    moved = round(one.score - one.before)
    return f"，比第一次{'高' if moved > 0 else '低'} {abs(moved)} 分" if moved else "，和第一次一样"


def verdict(one: Figure) -> str:
    """``说不准``: in talk; 无法判定 is the word of the report."""
    return MET[one.met]


def still_open(report: Report) -> tuple[str, ...]:
    """A sentence for each questionnaire of which no answer is in the figures yet."""
    return tuple(
        f"问卷“{one.title}”已经结束，拆票钥匙还没交，没有算进来。"
        if one.is_late
        else f"问卷“{one.title}”还开着，{_at(one.closes_at, report.today)} 结束，没有算进来；结论在它之后给。"
        for one in report.still_open
    )


def _at(moment: datetime, today: date) -> str:
    """By the moment's own clock."""
    return f"{moments.day(moment.date(), today)}{moment:%H:%M}"


def goal(one: Figure) -> str:
    return f"{one.goal} 分" if one.criterion is Criterion.SATISFACTION else f"{one.goal}%"
