"""守卫的话 (the guards' sentences): what stopped a plan, the likeliest cause, and the way out."""

from __future__ import annotations

from collections.abc import Sequence

from policies import tags
from policies.workspace.changes import Cause, Guard, Pause, Plan, Stop, Waiting
from policies.workspace.model import Fault, Problem, Unreadable

STOPPED = "停下了，什么都没改。"


def stop(one: Stop) -> str:
    """What, why, and what to do: at most three lines."""
    return "\n".join(line for line in (_what(one), _cause(one), _way_out(one)) if line)


def _what(one: Stop) -> str:
    name, platform = _name(one.name), one.platform.label
    match one.guard:
        case Guard.MANY_REMOVED:
            share = round(100 * one.n / one.of) if one.of else 0
            return f"这份计划会从{platform}“{name}”移除 {one.n}/{one.of} 人（{share}%），超过 30%。"
        case Guard.DIRECTORY_SHRANK:
            share = round(100 * one.n / one.of) if one.of else 0
            return f"{platform}的通讯录少了 {one.n}/{one.of} 人（{share}%），超过 20%。"
        case Guard.VANISHED_DEPARTMENT:
            return f"{platform}的通讯录里没有“{name}”这个部门了，它的群还归我管。"
        case Guard.UNREADABLE:
            what = _RANGES.get(one.name, "现状")
            return f"{platform}的{what}读不到，不知道就不动手。"
        case Guard.SAME_NAME:
            return f"{platform}已经有{'一个' if one.n < 2 else f' {one.n} 个'}叫“{name}”的群，不归我管；我不会再建一个，也不会按名字认。"


_RANGES = {"directory": "通讯录", "groups": "群列表"}


def _cause(one: Stop) -> str:
    match one.cause:
        case Cause.RANGE_NARROWED:
            return f"常见原因：{one.platform.label}的通讯录授权范围变小了，我看到的人少了。"
        case Cause.DISSOLVED:
            return "常见原因：部门合并或撤销了，或者它不在授权范围里了。"
        case Cause.MOVED:
            return "这些人大多还在公司，像是换了部门。"
        case Cause.NO_PERMISSION:
            return "常见原因：权限没有开通，或者密钥换过；yizhan doctor 会说缺哪一项。"
        case Cause.MADE_BY_HAND:
            return "常见原因：以前有人手工建过。"
        case None:
            return ""


def _way_out(one: Stop) -> str:
    match one.guard:
        case Guard.MANY_REMOVED | Guard.DIRECTORY_SHRANK:
            return "先确认授权范围；如果确实是这样，请用 --force。"
        case Guard.VANISHED_DEPARTMENT:
            return f"部门真的没了，就从配置里去掉它，再 yizhan release {_name(one.name)}（群会留着）；要先改别的，用 --force。"
        case Guard.UNREADABLE:
            return "读得到以后再来，这一条不能 --force。"
        case Guard.SAME_NAME:
            chat = one.chat.id if one.chat else _name(one.name)
            return f"要用它：yizhan adopt {chat}；不用它：给新群换一个 group_name。这一条不能 --force。"


def forced(stops: Sequence[Stop]) -> str:
    """What ``--force`` overrode, said aloud and written into the audit."""
    said = "；".join(f"{one.platform.label}{_FORCED[one.guard]}{_figures(one)}" for one in stops)
    return f"按你的要求越过：{said}。" if said else ""


_FORCED = {
    Guard.MANY_REMOVED: "移除成员",
    Guard.DIRECTORY_SHRANK: "通讯录变小",
    Guard.VANISHED_DEPARTMENT: "部门不见了",
    Guard.UNREADABLE: "读不到",
    Guard.SAME_NAME: "同名的群",
}


def _figures(one: Stop) -> str:
    name = f"“{_name(one.name)}”" if one.name else ""
    return f"{name} {one.n}/{one.of} 人" if one.of else name


def closing(plan: Plan) -> str:
    if plan.problems:
        return f"{len(plan.problems)} 处要改，没有动任何东西。"
    can = all(one.can_be_forced for one in plan.stops)
    return f"{STOPPED}{f'越过：yizhan apply {plan.id} --force' if can else ''}"


# ── Why something waits ───────────────────────────────────────────────────────────────────────────


def waiting(one: Waiting) -> tuple[str, str, str]:
    """Platform, group, why and what to do."""
    name = _name(one.name)
    chat = one.chat.id if one.chat else name
    why = {
        Pause.NOT_ADOPTED: f"配置里写了它的 ID，还没接管：yizhan adopt {chat}",
        Pause.UNCERTAIN: "建它的时候平台没有回话，找到它或者确定没有以前，不会再建一个",
        Pause.MUTE_UNTRIED: "要全员禁言，可还没有一个有驿站在里面的钉钉群能先试一试",
        Pause.MUTE_STOPS_US: (
            "要全员禁言，可试过了：禁言以后驿站也发不进去；请群主设成“指定成员可发言”，把驿站写上"
        ),
        Pause.UNREAD: "这一次没看到它现在的样子，下次再看",
        Pause.NOT_IN_CONFIG: f"归我管，可配置里没有它了：写回去，或 yizhan release {chat}（群会留着）",
        Pause.GONE: f"它被解散了，或者把我移出去了：yizhan release {chat} 以后才会重建",
    }[one.pause]
    return one.platform.label, name, why


def unread(one: Unreadable) -> str:
    """What could not be looked at this time."""
    what = {"directory": "通讯录", "groups": "群列表", "folders": "文件夹"}.get(one.what, f"群 {one.what}")
    return f"{what}{f'（{tags.one_line(one.why, 80)}）' if one.why else ''}"


# ── Mistakes of the file ──────────────────────────────────────────────────────────────────────────


def problem(one: Problem) -> str:
    """Key first: it is the line to look at."""
    return f"{one.key}  {_fault(one)}"


def _fault(one: Problem) -> str:
    name = _name(one.written)
    where = one.platform.label if one.platform else ""
    near = "、".join(said for _, said in one.candidates)
    match one.fault:
        case Fault.UNKNOWN_PERSON:
            return f"通讯录里没有“{name}”。{f'你是不是想写 {near}？' if near else '请写账号或全名。'}"
        case Fault.NAMESAKES:
            shown = "、".join(f"{place or '没有部门'} {written}" for place, written in one.candidates)
            return f"{where}通讯录里有 {len(one.candidates)} 位“{name}”：{shown}。请写账号。"
        case Fault.UNKNOWN_DEPARTMENT:
            return f"{where}通讯录里没有“{name}”这个部门。{f'你是不是想写 {near}？' if near else ''}"
        case Fault.SAME_DEPARTMENTS:
            return f"{where}有 {len(one.candidates)} 个“{name}”：请写 {' 或 '.join(f'“{said}”' for _, said in one.candidates)}。"
        case Fault.NO_HEAD:
            return f"{where}“{name}”没有负责人：在通讯录里设一位，或写 admins。"
        case Fault.NO_ADMIN_THERE:
            return f"“{name}”里没有一位有{where or '哪个平台的'}账号，群没有人管：再写一位。"
        case Fault.NOBODY_THERE:
            return f"{where}“{name}”一个人也没有。"
        case Fault.TOO_MANY:
            n, most = one.figures
            return f"{where}“{name}”有 {n} 位，平台最多 {most} 位。"
        case Fault.SAME_GROUP_NAME:
            return f"{where}会有两个群都叫“{name}”：给其中一个写 group_name。"
        case Fault.NAME_TOO_LONG:
            n, most = one.figures
            return f"群名“{name}”有 {n} 个字，{where}最多 {most} 个：写一个短的 group_name。"


def _name(text: str) -> str:
    return tags.one_line(text, 40)
