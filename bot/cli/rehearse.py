"""``yizhan rehearse`` (演练): the pilot lived through beforehand, with numbers people feel."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.cli import DONE, FAILED, WRONG_INPUT, texts
from bot.cli.door import Stopped, call
from bot.cli.options import ConfigFile
from bot.clock import SystemClock
from bot.config import load

if TYPE_CHECKING:
    from policies.rehearsal import Findings


def rehearse(
    *,
    days: Annotated[int | None, Parameter(help=texts.pilot.REHEARSE_DAYS)] = None,
    seeds: Annotated[int, Parameter(help=texts.pilot.REHEARSE_SEEDS)] = 20,
    town: Annotated[bool, Parameter(help=texts.pilot.REHEARSE_TOWN)] = False,
    config: ConfigFile = None,
) -> int:
    loaded = load.load(load.find(config))
    if loaded.config.pilot is None:
        print(texts.pilot.NO_PILOT)
        return WRONG_INPUT
    if seeds < 1 or (days is not None and not 1 <= days <= 92):
        print(texts.pilot.REHEARSE_WRONG)
        return WRONG_INPUT
    clock = SystemClock()
    began_s = clock.tick_s()
    whose = None if town else _company(config)
    is_town = whose is None
    from bot.rehearse import company, run
    from policies.wording import rehearsal as words

    if whose is None:
        try:
            whose = asyncio.run(company.of_the_town(loaded, 1))
        except OSError as error:
            print(texts.pilot.NO_TOWN.format(why=error))
            return FAILED
    zone = loaded.config.work_hours.zone or loaded.config.company.zone
    asked = days or loaded.config.pilot.days

    def first(alone: Findings) -> None:
        said = words.report(alone, clock.tick_s() - began_s, is_town=False, zone=zone)
        bar.console.print(texts.pilot.FIRST.format(rest=seeds - 1, said=said), markup=False, highlight=False)

    with _bar() as bar:
        task = bar.add_task(texts.pilot.REHEARSING, total=seeds * asked)
        found = run.rehearse(
            loaded,
            whose,
            days=days,
            seeds=seeds,
            on_day=lambda n: bar.update(task, completed=n),
            on_first=first,
        )
    took_s = clock.tick_s() - began_s
    print(words.report(found, took_s, is_town=is_town, zone=zone))
    if not is_town:
        _keep(config, words.report(found, 0, is_town=False, zone=zone), words.sentences(found))
    return DONE


def _company(config: ConfigFile) -> dict[str, Any] | None:
    """The company as the bot has seen it; ``None``: it has not, or there is no store yet."""
    try:
        found = call(config, "pilot.company", {})
    except Stopped:
        return None
    return dict(found) if found else None


def _keep(config: ConfigFile, said: str, impossible: tuple[str, ...]) -> None:
    """For ``pilot start`` and for the heads, who may ask for it."""
    try:
        call(config, "pilot.rehearsed", {"said": said, "impossible": list(impossible)})
    except Stopped as stopped:
        print(stopped, file=sys.stderr)


def _bar() -> Progress:
    console = Console(file=sys.stderr)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(texts.pilot.DAYS_OF),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
