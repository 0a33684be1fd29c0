"""``yizhan plan`` (计划): what would be changed in the workspace, for people and as JSON; nothing is."""

from __future__ import annotations

import getpass
import json
from typing import Annotated

from cyclopts import Parameter

from bot.cli import DONE, GUARDED, WRONG_INPUT, plan_page, texts
from bot.cli.door import Stopped, call
from bot.cli.options import ConfigFile


def plan(
    *,
    done: Annotated[str, Parameter(help=texts.workspace.DONE)] = "",
    json_: Annotated[bool, Parameter(name="--json", help=texts.running.AS_JSON)] = False,
    config: ConfigFile = None,
) -> int:
    try:
        answer = call(config, "plan", {"done": done, "by": f"command-line:{getpass.getuser()}"})
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    shown = plan_page.read(answer)
    if json_:
        print(json.dumps(answer["plan"], ensure_ascii=False))
    else:
        for line in answer["seen"]:
            print(line)
        plan_page.show(shown, answer["promises"])
    return WRONG_INPUT if shown.plan.problems else GUARDED if shown.plan.stops else DONE
