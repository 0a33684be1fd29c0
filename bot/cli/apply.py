"""``yizhan apply`` (执行): exactly the plan that was shown, or the new one and nothing."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated, Any

from cyclopts import Parameter
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot.cli import DONE, FAILED, GUARDED, WRONG_INPUT, plan_page, texts
from bot.cli.door import Stopped, call
from bot.cli.options import ConfigFile


def apply(
    plan: Annotated[str, Parameter(help=texts.workspace.PLAN_ID)] = "",
    *,
    yes: Annotated[bool, Parameter(help=texts.workspace.YES)] = False,
    force: Annotated[bool, Parameter(help=texts.workspace.FORCE)] = False,
    config: ConfigFile = None,
) -> int:
    try:
        if not plan and not yes:
            plan = _agreed(config, force=force)
        with _Bar() as bar:
            arguments = {"plan": plan, "force": force, "by": f"command-line:{getpass.getuser()}"}
            answer = call(config, "apply", arguments, bar.hear)
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    return _told(answer)


def _agreed(config: ConfigFile, *, force: bool) -> str:
    """The id of the plan that a person has seen and wants.

    Raises:
        Stopped: there is nothing to do, a guard says no, or nobody said yes.
    """
    shown = plan_page.read(call(config, "plan", {}))
    plan_page.show(shown)
    if shown.plan.problems:
        raise Stopped(texts.workspace.STOPPED, WRONG_INPUT)
    if shown.stops(force=force):
        raise Stopped(texts.workspace.STOPPED, GUARDED)
    if shown.plan.is_empty:
        raise Stopped("", DONE)
    if not sys.stdin.isatty():
        raise Stopped(texts.workspace.NO_ONE_TO_ASK.format(id=shown.plan.id), GUARDED)
    if input(texts.workspace.ASK.format(id=shown.plan.id)).strip().lower() not in ("y", "yes"):
        raise Stopped(texts.workspace.NOT_NOW.format(id=shown.plan.id), GUARDED)
    return shown.plan.id


def _told(answer: dict[str, Any]) -> int:
    shown = plan_page.read(answer)
    if answer["outcome"] != "applied":
        if answer.get("forced"):
            print(answer["forced"])
        plan_page.show(shown)
        if answer["outcome"] == "changed":
            print(texts.workspace.CHANGED.format(id=shown.plan.id))
            return GUARDED
        if answer["outcome"] == "believed":
            print(texts.workspace.BELIEVED)
            return WRONG_INPUT if shown.plan.problems else GUARDED
        print(texts.workspace.STOPPED)
        return WRONG_INPUT if shown.plan.problems else GUARDED
    if answer["forced"]:
        print(answer["forced"])
    ended = answer["ended"]
    done = [one for one in ended["done"] if one["state"] == "applied"]
    print(texts.workspace.APPLIED.format(done=len(done), of=len(shown.plan.changes)))
    for one in ended["done"]:
        if one["state"] != "applied":
            print(texts.workspace.outcome(one))
        elif one["refused"]:
            where = texts.workspace.PLATFORMS[one["platform"]]
            print(texts.workspace.REFUSED.format(platform=where, name=one["name"], n=len(one["refused"])))
    if ended["stopped"]:
        why = texts.workspace.NO_ANSWERS.get(ended["stopped"], ended["stopped"])
        print(texts.workspace.RUN_STOPPED.format(why=why))
    left = plan_page.read(answer["left"])
    if left.plan.is_empty:
        print(texts.workspace.NOTHING_LEFT)
    else:
        print(texts.workspace.LEFT.format(n=len(left.plan.changes), id=left.plan.id))
    return DONE if ended["whole"] else FAILED


class _Bar:
    """Lines of progress as a bar, on a terminal; elsewhere nothing but the result is printed."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), transient=True
        )
        self._task = self._bar.add_task("", total=None)
        self._is_shown = sys.stdout.isatty()

    def __enter__(self) -> _Bar:
        if self._is_shown:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_shown:
            self._bar.stop()

    def hear(self, line: str) -> None:
        """``apply DONE OF PLATFORM KIND NAME``."""
        _, done, of, platform, kind, name = line.split(" ", 5)
        words = f"{texts.workspace.PLATFORMS[platform]} {texts.workspace.KINDS[kind]} {name}"
        self._bar.update(self._task, total=int(of), completed=int(done), description=words)
