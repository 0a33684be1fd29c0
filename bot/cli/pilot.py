"""``yizhan pilot`` (试点): start it when every promise can be kept, look, write the verdict, stop by a plan."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from bot import calendars
from bot.cli import DONE, FAILED, WRONG_INPUT, texts
from bot.cli.door import Stopped, call
from bot.cli.options import ConfigFile
from bot.config import load
from policies import verdict

words = texts.pilot


def days_off(config: Path | None, about: verdict.Report) -> tuple[date, ...]:
    """Those of the pilot's days on which nobody works, for the chart."""
    loaded = load.load(load.find(config))
    tables = calendars.tables(loaded.data_dir / calendars.FOLDER)
    company = calendars.calendars(loaded.config, tables).company
    return tuple(one.day for one in about.days if not company.is_workday(one.day))


app = App(name="pilot", help=words.PILOT, help_flags=["--help", "-h"], version_flags=[])


@app.command(help=words.PILOT_START)
def start(*, config: ConfigFile = None) -> int:
    try:
        print(call(config, "pilot.start", {}))
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    return DONE


@app.command(help=words.PILOT_STATUS)
def status(
    *,
    days: Annotated[bool, Parameter(help=words.PILOT_STATUS_DAYS)] = False,
    json_: Annotated[bool, Parameter(name="--json", help=words.AS_JSON)] = False,
    config: ConfigFile = None,
) -> int:
    try:
        found = call(config, "pilot.status", {})
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    if json_:
        print(json.dumps(found, ensure_ascii=False))
        return DONE
    print(found["said"])
    for one in (found["report"] or {}).get("days", ()) if days else ():
        when = date.fromisoformat(one["day"])
        print(words.DAY.format(**{**one, "day": f"{when.month:>2}-{when.day:02}"}))
    return DONE


@app.command(help=words.PILOT_STOP)
def stop(
    *,
    yes: Annotated[bool, Parameter(help=words.PILOT_YES)] = False,
    config: ConfigFile = None,
) -> int:
    try:
        print(call(config, "pilot.stop", {"yes": yes}))
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    if not yes:
        print(words.TO_DO_IT)
    return DONE


@app.command(help=words.PILOT_REPORT)
def report(
    to: Annotated[Path, Parameter(help=words.PILOT_TO)],
    *,
    config: ConfigFile = None,
) -> int:
    if to.suffix not in (".html", ".docx"):
        print(words.ONLY_HTML_OR_WORD.format(file=to))
        return WRONG_INPUT
    try:
        found = call(config, "pilot.report", {})
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    from bot.verdict import page, paper

    about = verdict.from_json(found)
    try:
        if to.suffix == ".html":
            to.write_text(page.written(about, days_off(config, about)), encoding="utf-8")
        else:
            paper.write(about, to)
    except ImportError:
        print(words.NEEDS_REPORTS)
        return FAILED
    except OSError as error:
        print(words.CANNOT_WRITE.format(file=to, why=error.strerror))
        return FAILED
    print(words.WRITTEN.format(file=to))
    return DONE
