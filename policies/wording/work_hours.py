"""工作时间的话 (work-hours): a hold is a favour, not a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from policies import tags
from policies.calendar import Closed
from policies.decision import Finding, Fix, Part, Verdict
from policies.wording import counts, moments
from policies.wording.seen import Seen

_NOW: dict[Closed, str] = {
    "day-off": "今天休息",
    "before": "现在还没上班",
    "lunch": "现在是午休",
    "after": "现在已经下班",
}
_THEN: dict[Closed, str] = {
    "day-off": "那天休息",
    "before": "那时还没上班",
    "lunch": "那时是午休",
    "after": "那时已经下班",
}


def sentence(finding: Finding, seen: Seen) -> str:
    evidence = finding.evidence
    match evidence.get("why"):
        case "reason":
            return _ask(str(seen.announcement.reason) if evidence.get("given") else "")
        case "budget":
            used = f"这个月你已经发了 {evidence.get('used')}/{evidence.get('limit')} 条紧急"
            if finding.verdict is Verdict.REVIEW:
                return f"{used}，这一条要{counts.either([seen.name(finding.reviewers[0])]) or '审核人'}点头才发。"
            return f"先没有发：{used}，这一条可以等到上班再发。"
        case _:
            return "\n".join([_held(finding, seen), *_asides(finding, seen)])


def _ask(given: str) -> str:
    if given:
        return f"先没有发：{counts.quoted(given, 16)}还看不出为什么不能等。再写一句，它会写进公告和月度简报的紧急清单。"
    return "为什么不能等到上班？这句话会写进公告，也会出现在月度简报的紧急清单里。"


def _held(finding: Finding, seen: Seen) -> str:
    why: Closed = finding.evidence.get("why") or "after"  # type: ignore[assignment]
    wished = seen.announcement.not_before is not None and seen.announcement.not_before > seen.now
    said = _THEN[why] if wished else _NOW[why]
    if seen.decision.verdict > Verdict.HOLD:
        moment = finding.hold_until or seen.now
        return f"{said}，否则会排到 {moments.at(moment, seen.now, zone=seen.zone)} 之后。"
    first, *later = [part for part in seen.decision.parts if part.recipients] or [
        Part(recipients=(), not_before=finding.hold_until)
    ]
    size = sum(len(part.recipients) for part in seen.decision.parts)
    if first.not_before is None:
        return f"{len(first.recipients)}/{size} 人现在收到；{said}的 {_later(later, seen)}。"
    when = moments.window(first.not_before, seen.spread_minutes, seen.now, zone=seen.zone)
    behind = f"；其中 {_later(later, seen)}" if later else ""
    return f"{said}，我替你排到 {when}送达，{seen.whom_and_how_many}{behind}。"


def _later(parts: list[Part], seen: Seen) -> str:
    return "，".join(f"{len(part.recipients)} 人 {_from(part.not_before, seen)} 后收到" for part in parts)


def _from(moment: datetime | None, seen: Seen) -> str:
    return moments.at(moment or seen.now, seen.now, zone=seen.zone)


def _asides(finding: Finding, seen: Seen) -> list[str]:
    said = []
    if finding.evidence.get("is_guess") and finding.hold_until:
        said.append(guess(finding.hold_until.year))
    elif off := _long_break(seen):
        name = next((said for day, said in sorted(_names(seen).items()) if off[0] <= day <= off[1]), "")
        named = f"{tags.one_line(name, 8)}休息" if name else "休息"
        said.append(f"{moments.days(*off)}{named}，内容里的时间到那时还对吗？")
    if finding.evidence.get("asks"):
        said.append("要等得比较久，到时我先问你再发。")
    return said


def guess(year: int) -> str:
    """A moment that hangs on days nobody has published yet."""
    return (
        f"{year} 年的放假安排我还没有收到，这个时间是按“周一至周五上班”推算的；"
        "收录官方安排后我会重新计算，有变化就告诉你。"
    )


def _long_break(seen: Seen) -> tuple[date, date] | None:
    """Three days off or more lie in between; a weekend needs no word."""
    wished = max(seen.now, seen.announcement.not_before or seen.now)
    off = seen.facts.calendars.company.break_after(wished)
    return off if off and off[1] - off[0] >= timedelta(days=2) else None


def _names(seen: Seen) -> Mapping[date, str]:
    return seen.facts.calendars.company.days.names


def button(fix: Fix) -> str | None:
    return {"urgent": "这件事很急", "reason": "写一句原因", "not-urgent": "不急，上班再发"}.get(fix.id)
