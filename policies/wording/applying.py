"""执行时的话 (applying): what members of a group may read while a plan is carried out."""

from __future__ import annotations

MUTED_TITLE = "这个群的发言权"
MUTED = "这个群从现在起由群主和群管理员发言；驿站的公告照常发到这里。"


def note(mark: str) -> str:
    """The description of a group that we make; by its mark it is known again if the platform did not answer."""
    return f"由驿站按公司配置维护（{mark}）"
