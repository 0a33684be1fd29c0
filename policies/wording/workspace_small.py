"""小变动的话 (small plans): what the directory's change means for our groups, and what an admin must nod to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policies import tags
from policies.model import Account
from policies.wording import counts
from policies.workspace.changes import ChangeKind, Plan
from policies.workspace.small import Handover

ALL_OF_IT = "都照办"
SEND_THEM = "公告照发，其余交接"
NOT_NOW = "先不动"


def new_head(department: str, before: str, after: str) -> str:
    """``通讯录里，市场部负责人今天从王芳变成了陈嘉。``"""
    name = _name(department)
    if not after:
        return f"通讯录里，{name}现在没有负责人（原来是{_name(before)}）。"
    if not before:
        return f"通讯录里，{name}的负责人是{_name(after)}了。"
    return f"通讯录里，{name}负责人从{_name(before)}变成了{_name(after)}。"


def waits_for_you(
    handovers: Sequence[Handover],
    names: Mapping[Account, str],
    *,
    held: int = 0,
    polls: int = 0,
    who: str = "",
) -> str:
    """``等你点头：群管理员 王芳 → 陈嘉；王芳还有 1 条暂缓的公告``.

    Args:
        held, polls: announcements that wait and questionnaires that return, of ``who`` leaves the office.
    """
    parts = [
        f"{one.platform.label}“{_name(one.name)}”群管理员 {_people(one.out, names) or '没有'} → {_people(one.into, names) or '没有'}"
        for one in handovers
    ]
    left = [f"{held} 条暂缓的公告"] if held else []
    left += [f"{polls} 个定期的问卷"] if polls else []
    if left:
        parts.append(f"{_name(who)}还有 {'、'.join(left)}")
    return f"等你点头：{'；'.join(parts)}。" if parts else ""


def done_quietly(plan: Plan, names: Mapping[Account, str]) -> str:
    """What was harmless and is done: ``已经照通讯录改好：飞书“研发部” +李想``."""
    said = [
        f"{one.platform.label}“{_name(one.name)}” {'–' if one.kind is ChangeKind.REMOVE_MEMBERS else '+'}{_people(one.accounts, names)}"
        for one in plan.changes
        if one.kind in (ChangeKind.ADD_MEMBERS, ChangeKind.REMOVE_MEMBERS)
    ]
    folders = sum(one.kind is ChangeKind.ENSURE_FOLDER for one in plan.changes)
    if folders:
        said.append(f"新文件夹 {folders} 个")
    return f"已经照通讯录改好：{'；'.join(said)}。" if said else ""


def rolled_over(folders: int) -> str:
    """A date has come, or a project; nobody's hands were at work."""
    return f"该有新文件夹 {folders} 个了。"


def drifted(n: int) -> str:
    """The daily look found hands at work."""
    return f"今天看了一遍：有 {n} 处和配置不一样，像是手工改的。改回去还是改配置，你定。"


def _people(accounts: Sequence[Account], names: Mapping[Account, str]) -> str:
    return counts.names([names.get(one, "") for one in accounts]) if accounts else ""


def _name(text: str) -> str:
    return tags.one_line(text, 40)
