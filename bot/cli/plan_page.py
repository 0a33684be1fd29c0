"""计划的样子 (plan page): a plan as people read it on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli import texts
from policies.model import Account
from policies.wording import workspace as words
from policies.wording import workspace_guards as guard_words
from policies.workspace import codec, guards
from policies.workspace.changes import Plan, Stop

WIDTH = 140
COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan with the names of the people in it."""

    plan: Plan
    names: Mapping[Account, str]

    def stops(self, *, force: bool) -> tuple[Stop, ...]:
        return guards.left_standing(self.plan.stops, force=force)


def read(answer: Mapping[str, Any]) -> Shown:
    names = {Account.parse(one): name for one, name in answer["names"].items()}
    return Shown(codec.from_json(Plan, answer["plan"]), names)


def show(shown: Shown, promises: Sequence[Sequence[str]] = ()) -> None:
    """What is wrong with the file first, then rows, the price, what stops it, and how it goes on.

    Args:
        promises: platform, promise, strength, why; those that a platform does not let us keep are said.
    """
    plan = shown.plan
    console = Console(width=None if Console().is_terminal else WIDTH, highlight=False)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for _ in range(COLUMNS):
        table.add_column(overflow="fold")  # else what is too long for its cell loses its middle, commands too
    for row in words.rows(plan, shown.names):
        table.add_row(*map(escape, (f" {row.sign} {row.act}", row.platform, row.what, row.detail)))
    cannot = [
        f" ! {texts.workspace.CANNOT}  {texts.workspace.PLATFORMS[platform]}  {texts.init.cannot(name, why)}"
        for platform, name, strength, why in promises
        if strength == "no"
    ]
    lines = [guard_words.problem(one) for one in plan.problems]
    below = [words.totals(plan)] if plan.changes else []
    below += [guard_words.stop(one) for one in plan.stops]
    for line in lines:
        console.print(escape(line), soft_wrap=True)
    if table.row_count:
        console.print(table)
    for line in (*cannot, *below, words.closing(plan)):
        console.print(escape(line), soft_wrap=True)
