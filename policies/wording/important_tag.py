"""重要标签的话 (important-tag)."""

from __future__ import annotations

from policies import tags
from policies.decision import Finding, Fix, Verdict
from policies.model import Tag
from policies.wording import counts
from policies.wording.seen import Seen


def sentence(finding: Finding, seen: Seen) -> str:
    if finding.evidence.get("why") == "budget":
        used, limit = finding.evidence.get("used"), finding.evidence.get("limit")
        return f"这条先没有发：这周你的【重要】已经用了 {used}/{limit} 条，再多大家就分不出轻重了。"
    real = tags.shown(seen.announcement.tags or frozenset({Tag.IMPORTANT}))
    raw = counts.quoted(str(finding.evidence.get("raw", "")), 16)
    if finding.verdict is Verdict.REFUSE:
        return f"只差一步：标签写成了{raw}，写成“{real}”大家才认得出。"
    return f"你是想写{real}吧？我把{raw}改成了“{real}”。"


def button(fix: Fix) -> str | None:
    return {"drop-tag": "其实不重要，普通发送", "fix-tag": "改成标准写法"}.get(fix.id)
