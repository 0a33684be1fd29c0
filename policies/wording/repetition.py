"""重复的话 (repetition)."""

from __future__ import annotations

from policies import tags
from policies.decision import Finding, Fix, Verdict
from policies.wording import moments
from policies.wording.seen import Seen


def sentence(finding: Finding, seen: Seen) -> str:
    minutes = finding.evidence.get("minutes_ago")
    when = moments.ago(minutes if isinstance(minutes, int) else 0)
    whom = seen.whom
    if finding.verdict is Verdict.REFUSE:
        return f"没有再发一遍：{when}你给{whom}发过一样的内容，怕是按了两次。"
    who = (
        "你"
        if finding.evidence.get("mine")
        else tags.one_line(str(finding.evidence.get("by") or "")) or "有同事"
    )
    return f"{when}{who}给{whom}发过一样的内容，还要再发吗？"


def button(fix: Fix) -> str | None:
    return {"send-anyway": "还是要发"}.get(fix.id)
