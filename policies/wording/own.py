"""自己那一条 (own): why one's own notice is where it is, and what can still be changed about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from policies import tags
from policies.wording import counts, moments
from policies.wording.refusal import EDIT, MINE, TAKE_BACK, WRITE_ONE, Refusal

NOTHING_OPEN = Refusal(text="你现在没有等着发的公告。说“我的消息”看看都有哪些。", ways=(MINE, WRITE_ONE))
ON_ITS_WAY = Refusal(text="已经在发了，内容改不了；说“撤回”我试着收回来，再发对的。", ways=(TAKE_BACK, MINE))
NOTHING_TO_EDIT = Refusal(
    text="你现在没有可以改内容的消息。说“我的消息”看看都有哪些。", ways=(MINE, WRITE_ONE)
)
NOTHING_TO_HURRY = Refusal(
    text="你现在没有在等的公告。要发一条急的，把内容写给我，再按〔这件事很急〕。", ways=(WRITE_ONE, MINE)
)
NOT_THERE = Refusal(text="那几个字不在你这条公告里，所以没有改。把整条新内容写给我也行。", ways=(EDIT, MINE))


def why(
    text: str,
    state: str,
    reasons: Sequence[str],
    *,
    due_at: datetime | None = None,
    now: datetime,
    zone: str = moments.ZONE,
) -> str:
    """Where it stands, when it leaves, and by which rules; ``reasons`` are the findings' own sentences."""
    when = f"，排在 {moments.at(due_at, now, zone=zone)}" if due_at else ""
    lines = [f"{counts.quoted(text, 24)}{state}{when}。"]
    return "\n".join([*lines, *reasons])


def in_review(names: Sequence[str]) -> str:
    who = counts.either([tags.one_line(name) for name in names]) or "审核人"
    return f"在等{who}点头，点了就按排好的时间发。"


DECLINED = "审核没有通过，理由当时单独告诉过你；改一改可以再送。"
WAITS_FOR_YOU = "没有规则拦它，只等你按一下预览卡片上的确认键。"
ASKING = "我问了你还要不要发，在等你回答；不回答就不发。"
CANCELLED = "已经取消了，没有再发。"
NO_RULE = "没有规则拦它，是你选的时间还没到。"
