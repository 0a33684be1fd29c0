"""``yizhan adopt`` and ``yizhan release`` (接管、放开): a group made by hand becomes ours, or ceases to be."""

from __future__ import annotations

import getpass
from typing import Annotated

from cyclopts import Parameter

from bot.cli import DONE, texts
from bot.cli.door import Stopped, call
from bot.cli.options import ConfigFile

Group = Annotated[str, Parameter(help=texts.workspace.GROUP)]


def adopt(
    group: Group,
    *,
    for_: Annotated[str, Parameter(name="--for", help=texts.workspace.FOR)] = "",
    config: ConfigFile = None,
) -> int:
    try:
        answer = call(config, "adopt", {"group": group, "for": for_, "by": _by()})
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    guests = texts.workspace.GUESTS.format(n=answer["guests"]) if answer["guests"] else ""
    if answer["outcome"] == "asked":
        print(texts.workspace.ASKED.format(**answer))
    else:
        print(texts.workspace.ADOPTED.format(**{**answer, "guests": guests}))
    return DONE


def release(group: Group, *, config: ConfigFile = None) -> int:
    try:
        answer = call(config, "release", {"group": group, "by": _by()})
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    print(texts.workspace.RELEASED.format(name=answer["name"]))
    return DONE


def _by() -> str:
    return f"command-line:{getpass.getuser()}"
