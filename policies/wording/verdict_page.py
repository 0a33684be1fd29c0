"""结论页的话 (verdict page): headings, captions and legends of the page and the paper."""

from __future__ import annotations

from policies.pilot import FEWEST_ANSWERS
from policies.rates import InTime, Met
from policies.verdict import Figure, Proposal, Report, proposal
from policies.wording import complaints, moments, rates

DECISION = "按数字的建议"
FIGURES = "四项指标"
HEADS = ("指标", "结论", "区间", "目标", "样本", "口径", "不知道的是什么")
INTERVALS = "每条横条是真实值可能在的范围，竖线是目标：横条全在右边才算达标，跨着竖线就是无法判定。"
DAYS = "每天收到的份数"
DAYS_CAPTION = "柱是试点里所有人收到的份数，点是收到最多的一位；灰底是休息日。"
STANDINGS = "发出去的每一份，现在在哪"
STANDINGS_CAPTION = "受众 = 已读 + 未读 + 不知道 + 已离开。平台不再告诉我的，从未读移到不知道，不算成没有读。"
STANDING_NAMES = ("已读", "未读", "不知道", "已离开")
CLASSES = "大家提得最多的"
NO_CLASSES = "没有人提过意见。"
TICKETS = "提出的问题"
ADVICE = "负责人的建议"
MEANING = "口径，和不知道的是什么"
CAUTION = "读的时候请留意"
NIGHT = "作息之外收到 {n} 份，其中可能有写了原因的紧急消息。"
NO_NIGHT = "作息之外没有收到任何一份。"
MOST = "最多的一天是 {day}，一位同事收到 {n} 份。"
ADVICES = {"roll-out": "全公司推开", "extend": "再试两周", "stop": "停下，恢复原样"}


def advice(report: Report) -> list[str]:
    """What the heads would do, by department."""
    return [f"{name}：{ADVICES.get(said, said)}" for name, said in report.advice.items()]


def title(report: Report) -> str:
    return f"{'、'.join(report.departments)}沟通规范试点：结论"


def subtitle(report: Report) -> str:
    dates = f"{moments.day(report.starts, report.ends)}到 {moments.day(report.ends, report.ends)}"
    so_far = "" if report.today >= report.ends else f"，写到第 {report.nth_day}/{report.length} 天"
    return f"{dates}，{report.people} 人，公告 {report.announcements} 条{so_far}"


def summary(report: Report) -> tuple[str, ...]:
    """Which criteria stand where, what is certain first."""
    found = []
    for met in (Met.MET, Met.MISSED, Met.OPEN):
        names = "、".join(rates.NAMES[one.criterion] for one in report.figures if one.met is met)
        found += [f"{rates.MET[met]}：{names}"] if names else []
    return tuple(found)


def meaning(one: Figure, in_time: InTime) -> str:
    """What it counts, and what of it nobody knows, as one paragraph."""
    said = rates.definition(one.criterion, in_time)
    return f"{rates.NAMES[one.criterion]}：{said}不知道的是：{rates.UNKNOWN[one.criterion]}。"


def decision(report: Report) -> str:
    return rates.PROPOSALS[proposal(report.figures)]


def row(one: Figure, in_time: InTime) -> tuple[str, ...]:
    """In the order of ``HEADS``."""
    return (
        rates.NAMES[one.criterion],
        rates.verdict(one),
        rates.value(one),
        rates.goal(one),
        rates.sample(one),
        rates.definition(one.criterion, in_time),
        rates.UNKNOWN[one.criterion],
    )


def classes(report: Report) -> list[tuple[str, int]]:
    """The most frequent first; safety is nobody's statistics."""
    found = [
        (complaints.NAMES.get(name, name), n) for name, n in report.classes.items() if name != "safety" and n
    ]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def tickets(report: Report) -> str:
    total = sum(report.tickets.values())
    if not total:
        return "没有人署名提过问题。"
    names = (
        ("open", "还没人接"),
        ("taken", "处理中"),
        ("solved", "答复了，等确认"),
        ("declined", "暂不做"),
        ("confirmed", "由提出的人确认解决"),
    )
    parts = [f"{label} {report.tickets[state]}" for state, label in names if report.tickets.get(state)]
    return f"共 {total} 个：{'，'.join(parts)}。"


def stopped(report: Report) -> str:
    return f"被挡下、改写或提醒的公告 {report.stopped}/{report.announcements} 条，其中 {report.released} 条后来发出了。"


def cautions(report: Report) -> tuple[str, ...]:
    worst = max(report.days, key=lambda one: one.most, default=None)
    nights = sum(one.at_night for one in report.days)
    said = [*rates.still_open(report), rates.FLATTERS, NIGHT.format(n=nights) if nights else NO_NIGHT]
    if worst is not None and worst.most:
        said.append(MOST.format(n=worst.most, day=moments.day(worst.day, report.ends)))
    said += [f"匿名问卷不足 {FEWEST_ANSWERS} 份不显示；满意度没有答的人两头都算上。"]
    return tuple(said)


def is_good(report: Report) -> bool | None:
    """For the colour: to go on, to stop, or neither."""
    return {Proposal.CONTINUE: True, Proposal.STOP: False}.get(proposal(report.figures))
