"""``yizhan check`` (检查): the configuration and the calendar, every mistake at once; touches nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from bot import calendars
from bot.cli import DONE, GUARDED, WRONG_INPUT, names, sealed, texts
from bot.cli.options import ConfigFile
from bot.clock import SystemClock
from bot.config import load
from bot.config.problems import ConfigProblems, Problem


def check(*, config: ConfigFile = None) -> int:
    return report(load.find(config), SystemClock().now())


def report(path: Path, now: datetime) -> int:
    """Print what is wrong, or what there is; the exit code."""
    problems: list[Problem] = []
    loaded: load.Loaded | None = None
    rest: load.Loaded | None = None
    tables = calendars.Tables()
    try:
        loaded = rest = load.load(path)
    except load.Unreadable as error:
        problems += error.problems
        rest = error.rest
    except ConfigProblems as error:
        problems += error.problems
    try:
        tables = calendars.tables(loaded.data_dir / calendars.FOLDER if loaded else None)
    except ConfigProblems as error:
        problems += error.problems
    named = names.check(rest) if rest is not None else names.Checked(looked=False)
    problems += named.problems
    if problems or loaded is None:
        for problem in sorted(problems, key=lambda one: (one.file, one.line or 0)):
            print(texts.check.problem(problem))
        print(texts.check.NOTHING_CHANGED.format(n=len(problems)))
        return WRONG_INPUT
    if found := sealed.changed(loaded, tables):
        print(texts.polls.sealed(found))
        return GUARDED
    _summary(loaded, tables, now, named)
    return DONE


def _summary(loaded: load.Loaded, tables: calendars.Tables, now: datetime, named: names.Checked) -> None:
    config = loaded.config
    company = calendars.calendars(config, tables).company
    print(
        texts.check.PLATFORMS.format(
            names=texts.words.AND.join(platform.label for platform in config.platforms)
        )
    )
    lunch = (
        texts.check.LUNCH.format(start=f"{company.lunch[0]:%H:%M}", end=f"{company.lunch[1]:%H:%M}")
        if company.lunch
        else ""
    )
    print(
        texts.check.HOURS.format(
            opens=f"{company.opens:%H:%M}", closes=f"{company.closes:%H:%M}", lunch=lunch, zone=company.zone
        )
    )
    if config.work_hours.team:
        print(texts.check.TEAMS.format(n=len(config.work_hours.team)))
    granted = len(config.announce.grant)
    print(texts.check.GRANTS.format(n=granted) if granted else texts.check.GRANTS_DEFAULT)
    count = sum(1 for _ in loaded.names())
    print(texts.check.NAMES_CHECKED.format(n=count) if named.looked else texts.check.NAMES_NOT_CHECKED)
    year = company.local(now).year
    print(_calendar_line(year, tables))
    warnings = [*loaded.warnings, *named.warnings, *calendars.warnings(loaded, tables, now)]
    for warning in warnings:
        print(texts.words.WARNING + texts.check.problem(warning))
    print(
        (texts.check.GOOD_BUT if warnings else texts.check.ALL_GOOD).format(file=loaded.file, n=len(warnings))
    )


def _calendar_line(year: int, tables: calendars.Tables) -> str:
    source = tables.sources.get(year)
    if source is None:
        return texts.check.CALENDAR_GUESSED.format(year=year)
    named = (
        texts.check.SOURCE.format(document=source.document, published=source.published)
        if source.document
        else texts.check.SOURCE_PACKAGE
    )
    return texts.check.CALENDAR_KNOWN.format(year=year, source=named)
