"""看守的话 (keeping): what the directory's change means for our groups, and what waits for an admin's nod."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policies import tags
from policies.card import Card, Style
from policies.model import Account
from policies.wording import workspace, workspace_small
from policies.wording.choice import ActionOf, Choice, buttons
from policies.workspace import small
from policies.workspace.changes import Plan

APPLY = "plan-apply"
NOT_NOW = Choice(id="plan-not", label=workspace_small.NOT_NOW)

TITLE = "通讯录变了"
DRIFT = "和配置不一样了"
CHANGED = "现状又变了"
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


def left_behind(name: str, n: int, *, has_left: bool) -> str:
    """Whose words still wait: they are not dropped, their author or successor is asked at the moment they are due."""
    said = f"{tags.one_line(name)}{'已经离开，' if has_left else ''}还有 {n} 条没发出去的公告"
    if has_left:
        return f"{said}：到点不会自己发出去，会先告诉你。"
    return f"{said}：到点会按现在的授权再判一次，发不了会先告诉本人和你。"


def drift(plan: Plan, names: Mapping[Account, str]) -> tuple[str, ...]:
    n = len({(one.key, one.kind) for one in plan.changes})
    return (workspace_small.drifted(n), *_rows(plan, names), *_close(plan))


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
    return Card(title=title, body=tuple(lines), hint=f"计划号 {plan.id}", buttons=buttons(choices, action_of))


def pressed(plan: str, state: str) -> Card:
    """The card after a press."""
    return Card(title=f"计划 {plan}", state=state)


def _rows(plan: Plan, names: Mapping[Account, str]) -> list[str]:
    rows = [str(row) for row in workspace.rows(plan, names) if row.sign not in "=?"]
    more = [f"……还有 {len(rows) - ROWS_SHOWN} 处"] if len(rows) > ROWS_SHOWN else []
    return rows[:ROWS_SHOWN] + more


def _close(plan: Plan) -> tuple[str, ...]:
    return (workspace.closing(plan),) if plan.stops or plan.problems else ()
