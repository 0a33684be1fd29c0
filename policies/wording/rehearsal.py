"""排练的话 (rehearsal): what scripted people say, and what a rehearsal found, with numbers people feel."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from policies.pilot import SMALLEST_ANONYMOUS, Missing, Need
from policies.rehearsal import Findings, hold_of
from policies.verdict import Criterion
from policies.wording import moments, rates

TOPICS = (
    "例会改到三楼小会议室",
    "报销单这周交齐",
    "新版接口文档已上传",
    "客户来访请留出工位",
    "打印机在修，先用二楼的",
    "季度目标的初稿请看一遍",
    "培训录像放到共享盘了",
    "明天上午做消防检查",
)
REASON = "线上支付挂了，值班的人要马上处理"
_POTS = {"calls": "接口调用", "pushes": "推送给驿站的消息"}


def say(department: str, topic: str, nth: int) -> str:
    return f"通知{department}：{topic}（{nth}）"


def say_important(department: str, name: str, topic: str, nth: int) -> str:
    return f"通知{department}：【重要】@{name} {topic}（{nth}）"


def say_company(topic: str, nth: int) -> str:
    return f"发全员：{topic}（{nth}）"


def report(found: Findings, took_s: float, *, is_town: bool, zone: str) -> str:
    """The numbers, then what cannot be kept."""
    today = found.days[0]
    lines = [
        f"{len(found.days)} 天 · {found.people} 位试点同事 · {found.seeds} 次随机演练"
        + (f"                     用时 {took_s:.0f} 秒" if took_s else ""),
        f"每人每天收到   中位 {found.median:g} 条，最多的一天 {found.most} 条（{moments.day(found.worst_day, today)}）",
        _nights(found),
    ]
    if found.longest is not None:
        first, last = found.longest
        lines.append(
            f"最长暂缓       {_hours(hold_of(found.longest))}"
            f"（{moments.at(first, first, zone=zone)} → {moments.at(last, first, zone=zone)}）"
        )
    if found.last_asked is not None:
        run, opens = found.last_asked
        lines.append(f"最后一次问卷   {_opening(opens, zone)} 会发（{run}）")
    if found.silent:
        lines.append(f"安静的日子     {'、'.join(moments.day(day, today) for day in found.silent)}")
    lines += [f"{rates.NAMES[Criterion(name)]}     {_share(pair)}" for name, pair in found.figures.items()]
    lines += [f"  {rates.in_short(found.in_time)}"] if found.figures else []
    lines += [_pot(pot, found) for pot in found.pots]
    lines += [_missed(*one) for one in found.missed]
    impossible = sentences(found)
    lines += [f"! 发现 {len(impossible)} 件做不到的承诺："] if impossible else ["没有发现做不到的承诺。"]
    lines += [f"  {nth}. {sentence}" for nth, sentence in enumerate(impossible, start=1)]
    if is_town:
        lines.append(
            "（驿站还没有见过你的通讯录，这次用的是小镇里的公司；先 yizhan run 一次再演练，就是你自己的人。）"
        )
    return "\n".join(lines)


def sentences(found: Findings) -> tuple[str, ...]:
    """What cannot be kept, a sentence each; ``pilot start`` shows them too."""
    lines = [_impossible(one) for one in found.impossible]
    lines += [
        f"{_pot_name(pot)}在 {moments.day(day, found.days[0])}用完，之后的普通通知要等到下个月 → 减少已读查询，或换更高的版本"
        for pot, day in found.dry.items()
    ]
    if found.nights:
        lines.append(f"有 {found.nights} 条不急的消息在作息之外送到，这不该发生，请把演练的编号告诉维护者")
    return tuple(lines)


def _nights(found: Findings) -> str:
    urgent = f"，写了原因的紧急平均 {found.urgent_nights:.1f} 条" if found.urgent_nights else ""
    return f"夜里被打扰     {found.nights} 次{urgent}"


def _opening(moment: datetime, zone: str) -> str:
    """A questionnaire opens on workdays only, so one on a weekend opens on a make-up day."""
    said = moments.at(moment, moment, zone=zone)
    is_made_up = moment.astimezone(ZoneInfo(zone)).weekday() >= 5
    return said.replace("）", "，调休上班）") if is_made_up else said


def _hours(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:.0f} 小时" if hours < 96 else f"{hours / 24:.1f} 天"


def _share(pair: tuple[float, float]) -> str:
    low, high = (f"{share * 100:.0f}%" for share in pair)
    said = low if low == high else f"{low}–{high}"
    return f"{said}（演练里的人读得勤，只能当作上限）"


def _pot_name(pot: str) -> str:
    platform, _, name = pot.partition(" ")
    label = {"feishu": "飞书", "dingtalk": "钉钉"}.get(platform, platform)
    return f"{label}{_POTS.get(name, name)}"


def _pot(pot: str, found: Findings) -> str:
    used = found.pots[pot]
    last = max(used)
    days = " ".join(f"{day.month}-{day.day:02}:{n}" for day, n in used.items())
    return f"额度 {_pot_name(pot)}  用到 {used[last]}/{found.limits[pot]}\n  {days}"


def _missed(run: str, share: float, least: int) -> str:
    return f"! 问卷 {run} 多半答不够（{share * 100:.0f}% 的演练里不足 {least} 份），到时只会写“还不到 {least} 份”"


def _impossible(one: Missing) -> str:
    if one.need is Need.TOO_SMALL:
        into = f"建议并入{one.instead}" if one.instead else "建议改成署名"
        return (
            f"“{one.about}”能匿名作答的只有 {one.n} 人，不到 {SMALLEST_ANONYMOUS} 人，"
            f"匿名问卷永远看不到结果 → {into}"
        )
    if one.need is Need.NOBODY:
        return f"通讯录里没有“{one.about}”，或者里面没有人 → 改 [pilot] departments"
    if one.need is Need.OVER:
        return "[pilot] 的日子已经过去 → 改 starts"
    return one.about
