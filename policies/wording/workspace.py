"""计划的话 (the plan as people read it): one row for what one group would see of it, then totals and the price."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies import tags
from policies.model import Account, Platform
from policies.wording import counts
from policies.wording import workspace_guards as guards_words
from policies.wording import workspace_todo as todo_words
from policies.workspace.changes import Change, ChangeKind, Plan, Price
from policies.workspace.model import AtAll, GroupKey, Speak

Names = Mapping[Account, str]
"""What people are called; whoever is missing is counted, not named."""

NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line in columns: ``+ 建群 飞书 市场部（23 人） 管理员 王芳``.

    ``sign``: ``+`` new, ``~`` different, ``–`` people go, ``?`` waits, ``!`` for a person, ``=`` not ours.
    """

    sign: str
    act: str
    platform: str = ""
    what: str = ""
    detail: str = ""

    def __str__(self) -> str:
        parts = (self.sign, self.act, self.platform, self.what, self.detail)
        return "  ".join(part for part in parts if part)


EMPTY = "没有要改的。"
ONLY_BY_HAND = "没有我要改的；下面这些要人来点。"

_SPEAK = {
    Platform.FEISHU: {
        "everyone": "所有人",
        "admins": "仅群主和管理员",
        "listed": "指定的人",
        "": "看不到",
    },
    Platform.DINGTALK: {
        "everyone": "自由发言",
        "admins": "全员禁言（群主和管理员可发）",
        "listed": "指定的人",
        "": "看不到",
    },
}
_AT_ALL = {
    Platform.FEISHU: {"everyone": "所有人", "admins": "仅群主和管理员", "": "看不到"},
    Platform.DINGTALK: {"everyone": "所有人", "admins": "仅群主", "": "看不到"},
}


def rows(plan: Plan, names: Names) -> tuple[Row, ...]:
    """Everything the plan holds, in its order; calls for the same people of one group are one row."""
    groups: dict[tuple[GroupKey, str], list[Change]] = {}
    for change in plan.changes:
        groups.setdefault((change.key, _family(change)), []).append(change)
    found = [_row(changes, names) for changes in groups.values()]
    found += [_waiting(one) for one in map(guards_words.waiting, plan.waiting)]
    found += [
        Row(sign="!", act="要人来点", platform=todo.platform.label, what=_name(todo.name), detail=text)
        for todo, text in ((one, todo_words.say(one, names)) for one in plan.todos)
    ]
    if unmanaged := sum(plan.unmanaged.values()):
        found.append(Row(sign="=", act="不归我管", what=f"{unmanaged} 个群，我不会碰"))
    found += [
        Row(sign="?", act="没看到", platform=one.platform.label, what=guards_words.unread(one))
        for one in plan.unread
    ]
    return tuple(found)


def _waiting(told: tuple[str, str, str]) -> Row:
    platform, name, why = told
    return Row(sign="?", act="先不动", platform=platform, what=name, detail=why)


_PEOPLE = {ChangeKind.ADD_MEMBERS, ChangeKind.REMOVE_MEMBERS}
_ADMINS = {ChangeKind.ADD_ADMINS, ChangeKind.REMOVE_ADMINS}
_OF_A_CREATION = {ChangeKind.CREATE, *_PEOPLE, *_ADMINS, ChangeKind.SET_SPEAK, ChangeKind.SET_AT_ALL}


def _family(change: Change) -> str:
    """Changes that are one line for people; what a creation brings along belongs to it."""
    is_mute = change.is_trial or change.after_trial
    if change.chat is None and change.kind in _OF_A_CREATION and not is_mute:
        return "create"
    if change.kind in _PEOPLE:
        return "members"
    return "admins" if change.kind in _ADMINS else f"{change.kind} {'/'.join(change.path)}"


def _row(changes: Sequence[Change], names: Names) -> Row:
    first = changes[0]
    platform = first.platform.label
    what = _what(first)
    match first.kind:
        case ChangeKind.CREATE:
            leading = [*first.admins, *([first.owner] if first.owner else [])]
            leading += [
                one for each in changes[1:] if each.kind is ChangeKind.ADD_ADMINS for one in each.accounts
            ]
            people = _named(dict.fromkeys(leading), names)
            detail = "；".join([f"管理员 {people}", *_settings(changes[1:])])
            return Row(sign="+", act="建群", platform=platform, what=what, detail=detail)
        case ChangeKind.RENAME:
            detail = f"{_name(first.before)} → {_name(first.name)}"
            return Row(sign="~", act="改名", platform=platform, what=_size(first), detail=detail)
        case ChangeKind.SET_OWNER:
            before = names.get(Account.parse(first.before), "") if first.before else "驿站"
            detail = f"{_name(before) or '原群主'} → {_named([first.owner] if first.owner else [], names)}"
            return Row(sign="~", act="群主", platform=platform, what=what, detail=detail)
        case ChangeKind.SET_SPEAK:
            return Row(sign="~", act="发言权", platform=platform, what=what, detail=_speak(first))
        case ChangeKind.SET_AT_ALL:
            said = _AT_ALL[first.platform]
            detail = f"{said.get(first.before, '看不到')} → {said[_value(first.at_all)]}"
            return Row(sign="~", act="@所有人", platform=platform, what=what, detail=detail)
        case ChangeKind.ENSURE_FOLDER:
            path = "/".join(_name(one) for one in first.path)
            return Row(
                sign="+", act="文件夹", platform=platform, what=path, detail=f"给“{_name(first.name)}”"
            )
        case ChangeKind.ADD_ADMINS | ChangeKind.REMOVE_ADMINS:
            return Row(
                sign="~", act="管理员", platform=platform, what=what, detail=_come_and_go(changes, names)
            )
        case ChangeKind.ADD_MEMBERS | ChangeKind.REMOVE_MEMBERS:
            goes = any(one.kind is ChangeKind.REMOVE_MEMBERS for one in changes)
            detail = _come_and_go(changes, names)
            return Row(sign="–" if goes else "~", act="成员", platform=platform, what=what, detail=detail)


def _settings(changes: Iterable[Change]) -> Iterator[str]:
    """Of a group that is being made."""
    for one in changes:
        if one.kind is ChangeKind.SET_SPEAK:
            yield f"发言权 {_SPEAK[one.platform][_value(one.speak)]}"
        if one.kind is ChangeKind.SET_AT_ALL:
            yield f"@所有人 {_AT_ALL[one.platform][_value(one.at_all)]}"


def _speak(change: Change) -> str:
    said = _SPEAK[change.platform]
    before = said.get(change.before, said[""]) if change.chat else said["everyone"]
    detail = f"{before} → {said[_value(change.speak)]}"
    if change.is_trial:
        return f"{detail}；先拿这个群试：驿站的话还到得了，别的群才跟着改"
    return f"{detail}；上面的试过没问题才改" if change.after_trial else detail


def _come_and_go(changes: Iterable[Change], names: Names) -> str:
    """``+陈立``, ``+12 人（…） –王芳``."""
    come: list[Account] = []
    go: list[Account] = []
    for one in changes:
        is_going = one.kind in (ChangeKind.REMOVE_ADMINS, ChangeKind.REMOVE_MEMBERS)
        (go if is_going else come).extend(one.accounts)
    return " ".join(f"{sign}{_named(some, names)}" for sign, some in (("+", come), ("–", go)) if some)


def _named(accounts: Iterable[Account], names: Names) -> str:
    return counts.names([names.get(one, "") for one in accounts], NAMES_SHOWN)


def _name(text: str) -> str:
    return tags.one_line(text, 40)


def _size(change: Change) -> str:
    return f"（{change.total} 人）" if change.total is not None else ""


def _what(change: Change) -> str:
    return f"{_name(change.name)}{_size(change)}"


def _value(value: Speak | AtAll | None) -> str:
    return value.value if value is not None else ""


# ── Below the rows ────────────────────────────────────────────────────────────────────────────────


def totals(plan: Plan) -> str:
    """``新建 2 · 修改 3 · 移除成员 0 · 约用钉钉接口 4 次（本月剩 4 812/5 000）``."""
    new = sum(one.kind is ChangeKind.CREATE for one in plan.changes)
    gone = sum(len(one.accounts) for one in plan.changes if one.kind is ChangeKind.REMOVE_MEMBERS)
    folders = sum(one.kind is ChangeKind.ENSURE_FOLDER for one in plan.changes)
    families = {(one.key, _family(one)) for one in plan.changes}
    changed = len(families) - new - folders
    parts = [f"新建 {new}", f"修改 {changed}", f"移除成员 {gone}"]
    if folders:
        parts.append(f"文件夹 {folders}")
    return " · ".join([*parts, *(price(one) for one in plan.prices if one.calls)])


def price(one: Price) -> str:
    """What it costs of the month's calls; a pot that would run dry says so."""
    said = f"约用{one.platform.label}接口 {_thousands(one.calls)} 次"
    if one.left is None or one.limit is None:
        return said
    left = f"{_thousands(one.left)}/{_thousands(one.limit)}"
    return f"{said}，本月只剩 {left}，不够用" if one.calls > one.left else f"{said}（本月剩 {left}）"


def _thousands(n: int) -> str:
    return f"{n:,}".replace(",", " ")


def closing(plan: Plan) -> str:
    """How it becomes true, which nobody should find out by trying."""
    if plan.stops or plan.problems:
        return guards_words.closing(plan)
    if plan.is_empty:
        return ONLY_BY_HAND if plan.todos else EMPTY
    return f"计划号 {plan.id}\n只有执行 yizhan apply {plan.id} 才会发生；如果那时现状变了，我先把新的给你看。"


def text(plan: Plan, names: Names) -> str:
    """The whole as plain lines, for a chat or a file."""
    problems = [guards_words.problem(one) for one in plan.problems]
    stops = [guards_words.stop(one) for one in plan.stops]
    lines = [*problems, *map(str, rows(plan, names)), *([totals(plan)] if plan.changes else []), *stops]
    return "\n".join([*lines, closing(plan)])
