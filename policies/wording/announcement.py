"""发布授权的话 (announcement)."""

from __future__ import annotations

from policies import tags
from policies.decision import Finding, Fix, Verdict
from policies.wording import counts
from policies.wording.seen import Seen


def sentence(finding: Finding, seen: Seen) -> str:
    whom = seen.whom
    if finding.evidence.get("why") == "left":
        who = counts.either([seen.name(person) for person in finding.reviewers]) or "管理员"
        return f"这条先没有发：发起人已经不在通讯录里了，要请{who}看一眼。"
    if finding.verdict is Verdict.REVIEW:
        who = counts.either([seen.name(finding.reviewers[0])]) or "审核人"
        return f"发给{whom}要{who}点头，我会把原文和你的名字一起给过去。"
    if finding.evidence.get("why") == "not-a-member":
        return f"你不在{whom}里，所以我没有替你发进去，内容给你留着。"
    able = counts.either(str(finding.evidence.get("granted_to", "")).split("\n"))
    if not able:
        return f"现在还没有人有{whom}公告的授权，所以我没有发出去，内容给你留着。"
    return f"{whom}公告只有{able}能发，所以我没有发出去，内容给你留着。"


def button(fix: Fix) -> str | None:
    if fix.id.startswith("send-to:"):
        label = tags.one_line(str(fix.change.get("label", "")), 16)
        written = f"“{label}”群" if fix.change.get("kind") == "group" else label
        return f"发到{written}（{fix.change.get('n')} 人）"
    if fix.id == "ask-review":
        name = tags.one_line(str(fix.change.get("name", "")), 12)
        return f"请{name or '审核人'}放行一次"
    return None
