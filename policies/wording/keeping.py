"""看守的话 (keeping): what the directory's change means for our groups, and what waits for an admin's nod."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from policies import tags
from policies.card import Card, Style
from policies.model import Account
from policies.wording import counts, moments, workspace, workspace_small
from policies.wording.choice import ActionOf, Choice, buttons
from policies.workspace import small
from policies.workspace.changes import ChangeKind, Plan

APPLY = "plan-apply"
SEND_THEM = Choice(id="plan-send", label=workspace_small.SEND_THEM)
NOT_NOW = Choice(id="plan-not", label=workspace_small.NOT_NOW)

TITLE = "通讯录变了"
DRIFT = "和配置不一样了"
CHANGED = "现状又变了"
HANDOVER = "交接"
TAKEN = "收到，正在改"
LEFT = "好，先不动"
ROWS_SHOWN = 6


def all_of_it(heir: str) -> Choice:
    """``都交给陈嘉`` where somebody takes over."""
    label = f"都交给{tags.one_line(heir, 8)}" if heir else workspace_small.ALL_OF_IT
    return Choice(id=APPLY, label=label, style=Style.PRIMARY)


def new_head(department: str, before: str, after: str, has_grants: bool) -> str:
    said = workspace_small.new_head(department, before, after)
    if has_grants and after:
        name = tags.one_line(department, 20)
        said += f"已经生效：{name}的公告授权归{tags.one_line(after)}（规则写的是“负责人”，不是人名）。"
    return said


def done(plan: Plan, names: Mapping[Account, str]) -> str:
    return workspace_small.done_quietly(plan, names)


def waits(plan: Plan, names: Mapping[Account, str]) -> list[str]:
    """What a nod would do: who hands over to whom, then the rest of it in rows."""
    taking = small.handovers(plan)
    first = workspace_small.waits_for_you(taking, names)
    rows = _rows(plan, names)
    return [line for line in (first, *rows) if line]


def left_behind(name: str, n: int, polls: int, *, has_left: bool) -> str:
    """Whose words still wait, and who gets what people answer: nothing of it is dropped."""
    parts = [f"{n} 条没发出去的公告"] if n else []
    parts += [f"{polls} 份没收完的问卷"] if polls else []
    said = f"{tags.one_line(name)}{'已经离开，' if has_left else ''}还有 {'、'.join(parts)}"
    if not n:
        return (
            f"{said}：不交出去的话，结果由其他能看的人收，没有别人就给管理员。" if has_left else f"{said}。"
        )
    if has_left:
        return f"{said}：到点不会自己发出去，会先告诉你。"
    return f"{said}：到点会按现在的授权再判一次，发不了会先告诉本人和你。"


def given_to_you(
    old: str,
    announcements: Sequence[tuple[str, datetime | None]],
    polls: int,
    now: datetime,
    *,
    asks_first: bool,
    zone: str,
) -> str:
    """To whoever has it now."""
    lines = []
    if announcements:
        what = "到时候先问你要不要发" if asks_first else "到点照发"
        lines.append(f"{tags.one_line(old)}有 {len(announcements)} 条排好的公告交给你了，{what}：")
        lines += [
            f"{counts.quoted(text, 24)}{f' {moments.at(at, now, zone=zone, about=True)}' if at else ''}"
            for text, at in announcements[:ROWS_SHOWN]
        ]
    if polls:
        lines.append(f"{tags.one_line(old)}的 {polls} 份问卷，结果以后给你。")
    return "\n".join(lines) or f"{tags.one_line(old)}的事交给你了，眼下没有等着的。"


def handed_over(
    old: str, new: str, announcements: int, polls: int, sealed: int, in_file: int, *, asks_first: bool
) -> str:
    """To who pressed: what became of it, and of what it did not."""
    done = []
    if announcements:
        done.append(
            f"{announcements} 条公告{'到时候先问' if asks_first else '到点照发，由'}{tags.one_line(new)}{'' if asks_first else '负责'}"
        )
    if polls:
        done.append(f"{polls} 份问卷的结果给{tags.one_line(new)}")
    lines = [
        f"{tags.one_line(old)}的：{'；'.join(done)}。" if done else f"{tags.one_line(old)}的没有可以交的。"
    ]
    if sealed:
        lines.append(f"{sealed} 份已经发出的问卷照发出时写的收，谁看结果改不了。")
    if in_file:
        lines.append(f"{in_file} 份写在配置里：写的是“head:”就已经换人，写的是人名要改 readers。")
    return "\n".join(lines)


def drift(plan: Plan, names: Mapping[Account, str]) -> tuple[str, ...]:
    folders = sum(one.kind is ChangeKind.ENSURE_FOLDER for one in plan.changes)
    n = len({(one.key, one.kind) for one in plan.changes if one.kind is not ChangeKind.ENSURE_FOLDER})
    said = [workspace_small.rolled_over(folders)] if folders else []
    said += [workspace_small.drifted(n)] if n or not folders else []
    return (*said, *_rows(plan, names), *_close(plan))


def changed(plan: Plan, names: Mapping[Account, str]) -> tuple[str, ...]:
    if plan.is_empty and not plan.stops and not plan.problems:
        return ("没有动任何东西：现在已经没有要改的。",)
    return ("没有动任何东西。现在的计划是：", *_rows(plan, names), *_close(plan))


def applied(good: int, of: int) -> str:
    if good == of:
        return f"改好了，{good}/{of} 处。"
    return f"改好了 {good}/{of} 处，其余的没做成，原因在 yizhan plan 和日志里。"


def card(
    title: str, lines: Sequence[str], plan: Plan, choices: Sequence[Choice], action_of: ActionOf
) -> Card:
    hint = f"计划号 {plan.id}" if plan.changes else ""
    return Card(title=title, body=tuple(lines), hint=hint, buttons=buttons(choices, action_of))


def pressed(plan: str, state: str) -> Card:
    """The card after a press."""
    return Card(title=f"计划 {plan}" if plan else HANDOVER, state=state)


def _rows(plan: Plan, names: Mapping[Account, str]) -> list[str]:
    rows = [str(row) for row in workspace.rows(plan, names) if row.sign not in "=?"]
    more = [f"……还有 {len(rows) - ROWS_SHOWN} 处"] if len(rows) > ROWS_SHOWN else []
    return rows[:ROWS_SHOWN] + more


def _close(plan: Plan) -> tuple[str, ...]:
    return (workspace.closing(plan),) if plan.stops or plan.problems else ()
