"""``yizhan brief`` (文书): drafts written from the running configuration, never from fixed text."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from bot.cli import DONE, WRONG_INPUT, texts
from bot.cli.options import ConfigFile
from bot.config import load


def brief(
    *,
    notice: Annotated[bool, Parameter(help=texts.pilot.BRIEF_NOTICE)] = False,
    config: ConfigFile = None,
) -> int:
    if not notice:
        print(texts.pilot.BRIEF_WHAT)
        return WRONG_INPUT
    from bot import briefing

    print(briefing.notice(load.load(load.find(config)).config))
    return DONE
