"""点到人的话 (mentions)."""

from __future__ import annotations

from policies import tags
from policies.decision import Finding, Fix, Verdict
from policies.wording import counts
from policies.wording.seen import Seen


def sentence(finding: Finding, seen: Seen) -> str:
    evidence = finding.evidence
    if finding.verdict is Verdict.REVIEW:
        who = counts.either([seen.name(finding.reviewers[0])]) or "审核人"
        return f"这样 @ 要{who}点头，我会把原文和你的名字一起给过去。"
    match evidence.get("why"):
        case "all":
            whom = seen.whom
            return (
                f"先没有发：{whom} {evidence.get('size')} 人，超过 {evidence.get('limit')} 人就不用 @所有人，"
                "免得大家看麻木了。"
            )
        case "nobody":
            return _nobody(finding, seen)
        case "many":
            return (
                f"先没有发：这条 @ 了 {evidence.get('n')} 人，一条最多 {evidence.get('limit')} 人，"
                "点到的人少一些，他们才会看。"
            )
        case _:
            who = counts.names(str(evidence.get("names", "")).split("\n"))
            return f"@ 的 {evidence.get('of')} 人里，{who}不在这次的收件人中，我不会 @ 到他们。"


def _nobody(finding: Finding, seen: Seen) -> str:
    asked = "只差一步：【重要】要点到相关的人，他们才不会错过。是给谁看的？"
    if finding.evidence.get("outside"):
        asked = "只差一步：你 @ 的人都不在收件人里，【重要】要点到收得到的人。是给谁看的？"
    near = [candidate.label for candidate in seen.facts.candidates if candidate.people][:1]
    return f"{asked}\n我看到这条和“{tags.one_line(near[0], 16)}”有关。" if near else asked


def button(fix: Fix) -> str | None:
    if fix.id == "mention:choose":
        return "@我来选"
    if fix.id.startswith("mention:"):
        return f"@{tags.one_line(str(fix.change.get('label', '')), 16)} {fix.change.get('n')} 人"
    return {"no-all": "去掉 @所有人", "plain": "不 @，普通公告", "no-mentions": "不 @ 人，直接发"}.get(fix.id)
