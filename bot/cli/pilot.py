"""``yizhan pilot`` (试点): start it when every promise can be kept, look, write the verdict, stop by a plan."""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from bot import calendars
from bot.cli import DONE, FAILED, GUARDED, WRONG_INPUT, plan_page, texts
from bot.cli.door import Stopped, call
from bot.cli.options import ConfigFile
from bot.config import load
from policies import verdict
from policies.wording import back as back_words
from policies.wording import workspace as space_words
from policies.wording import workspace_guards as guard_words

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
        said = call(config, "pilot.start", {})
        if not said:
            call(config, "pilot.found", {})
            said = call(config, "pilot.start", {})
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    print(said)
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
    force: Annotated[bool, Parameter(help=texts.workspace.FORCE)] = False,
    config: ConfigFile = None,
) -> int:
    try:
        print(call(config, "pilot.stop", {"yes": yes}))
        arguments = {"yes": yes, "force": force, "by": f"command-line:{getpass.getuser()}"}
        code = _back(call(config, "pilot.back", arguments))
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    if not yes:
        print(words.TO_DO_IT)
    return code


def _back(answer: Mapping[str, Any]) -> int:
    """What becomes of the groups; nothing was done to them unless it says so."""
    outcome = answer["outcome"]
    if outcome == "never-seen":
        print(back_words.NEVER_SEEN)
        return DONE
    shown = plan_page.read(answer)
    rows = [*map(str, space_words.rows(replace(shown.plan, unmanaged={}), shown.names)), *answer["stays"]]
    print("\n".join([back_words.HEAD, *rows]) if rows else back_words.NOTHING)
    if answer["hands"]:
        print(back_words.hands(answer["hands"]))
    for stop in shown.plan.stops:
        print(guard_words.stop(stop))
    if outcome in ("changed", "stopped"):
        print(back_words.CHANGED if outcome == "changed" else back_words.GUARDED)
        return GUARDED
    if outcome != "applied":
        return DONE
    ended = answer["ended"]
    done = [one for one in ended["done"] if one["state"] == "applied"]
    print(back_words.applied(len(done), len(shown.plan.changes)))
    for one in ended["done"]:
        if one["state"] != "applied":
            print(texts.workspace.outcome(one))
    print(back_words.WISHES)
    return DONE if ended["whole"] else FAILED


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
