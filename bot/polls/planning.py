"""排问卷 (planning): from the configuration to occurrences with their terms and their audience; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from bot.config.model import Config
from bot.config.questionnaires import Questionnaire
from bot.config.values import Ref
from bot.polls import audience as poll_audience
from bot.store.polls import Asked
from bot.world import World
from bot.world import people as people_meant
from policies.calendar import WorkCalendar
from policies.model import DepartmentId, Person
from policies.questionnaire import occasions
from policies.questionnaire.model import Ask, Kind, Question, Secrecy, Terms
from policies.questionnaire.occasions import DayOff, Occasion, Rhythm
from policies.wording import questionnaire as words

AHEAD = timedelta(days=14)
"""So far ahead occurrences are planned."""
ASK_AHEAD = timedelta(days=8)
"""So far ahead admins are asked about a day off: in time to move it, and one at a time."""
BEHIND = timedelta(days=14)
"""So far back an occurrence that was planned may still be waiting to open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """An occurrence of one questionnaire.

    Attributes:
        terms: as they would be now; ``None``: it is left out.
        choices: for a day off of which nobody has said what becomes of it: (choice, opens, closes).
    """

    run: str
    line: Questionnaire
    occasion: Occasion
    terms: Terms | None
    remind_at: datetime | None = None
    choices: tuple[tuple[str, datetime, datetime], ...] = ()


def coming(
    config: Config, world: World, now: datetime, chosen: Mapping[str, str], *, is_pilot_on: bool = True
) -> Iterator[Coming]:
    """Every occurrence around now.

    Args:
        chosen: what an admin has said of a day off, by run.
        is_pilot_on: whether days of the pilot are days: before it was started and after it was stopped, none is.
    """
    calendar = world.calendars.company
    today = calendar.local(now).date()
    starts = config.pilot.starts if config.pilot is not None else None
    for line in config.questionnaire:
        if line.when.rhythm is Rhythm.PILOT and not is_pilot_on:
            continue
        found = occasions.days(line.when, today - BEHIND, today + AHEAD, pilot_starts=starts)
        for day in found:
            one = _coming(config, world, line, occasions.occasion(day, calendar), calendar, chosen)
            yield one if day <= today + ASK_AHEAD else replace(one, choices=())


def run_of(line: Questionnaire, day: date) -> str:
    return f"{line.id}@{day.isoformat()}"


def _coming(
    config: Config,
    world: World,
    line: Questionnaire,
    this: Occasion,
    calendar: WorkCalendar,
    chosen: Mapping[str, str],
) -> Coming:
    run = run_of(line, this.day)
    what = DayOff(line.on_day_off)
    said = chosen.get(run, "")
    is_open_question = what is DayOff.ASK and this.is_day_off and not said
    if what is DayOff.ASK and said:
        what = DayOff(said)
    day = occasions.settled(this, what)
    if day is None:
        return Coming(run=run, line=line, occasion=this, terms=None)
    opens, closes = moments(line, day, calendar)
    terms, _ = at_opening(config, world, line, opens, closes)
    return Coming(
        run=run,
        line=line,
        occasion=this,
        terms=terms,
        remind_at=occasions.reminder(opens, closes, calendar) if line.remind else None,
        choices=_choices(line, this, calendar) if is_open_question else (),
    )


def _choices(
    line: Questionnaire, this: Occasion, calendar: WorkCalendar
) -> tuple[tuple[str, datetime, datetime], ...]:
    sides = ((words.MOVE_BEFORE, this.before), (words.MOVE_AFTER, this.after))
    return tuple((choice, *moments(line, day, calendar)) for choice, day in sides)


def moments(line: Questionnaire, day: date, calendar: WorkCalendar) -> tuple[datetime, datetime]:
    """When it opens and closes, if it opens on this day."""
    opens = occasions.opening(day, line.when, calendar)
    return opens, occasions.closing(opens, line.open_workdays, line.closes, calendar)


def at_opening(
    config: Config, world: World, line: Questionnaire, opens: datetime, closes: datetime
) -> tuple[Terms, tuple[Asked, ...]]:
    """The terms, and whom they are for, as both would be frozen now."""
    label, people = audience(config, world, line)
    cells = _cells(config, world, line)
    asked, left_out = poll_audience.asked(world, people, cells, is_anonymous=line.anonymous)
    readers = people_meant(line.readers, world.directory) or world.admin_people()
    terms = Terms(
        **_written(line),
        audience=label,
        size=len(asked),
        left_out=left_out,
        readers=tuple(person.name for person in readers),
        reader_ids=tuple(str(person.id) for person in readers),
        cells=tuple(cells) if line.by_department else (),
        opens_at=opens,
        closes_at=closes,
    )
    return terms, asked


def said_at_opening(world: World, terms: Terms) -> tuple[Terms, tuple[Asked, ...]]:
    """The same of one that somebody asked for in the chat: its department stands in its terms."""
    asked, left_out = poll_audience.asked_in(world, terms.audience, is_anonymous=terms.is_anonymous)
    return replace(terms, size=len(asked), left_out=left_out), asked


def changed(config: Config, calendar: WorkCalendar, sealed: Terms) -> tuple[str, ...]:
    """Keys of the configuration that no longer say what an open questionnaire was sealed with.

    Who belongs to a department today is no matter of the configuration: the audience was frozen.
    """
    line = next((one for one in config.questionnaire if one.id == sealed.questionnaire), None)
    if line is None:
        return ()
    now = replace(
        sealed,
        **_written(line),
        audience=_label(_refs(config, line)),
        cells=sealed.cells if line.by_department == bool(sealed.cells) else ("",),
        closes_at=occasions.closing(sealed.opens_at, line.open_workdays, line.closes, calendar),
    )
    return tuple(key for name, key in _KEYS.items() if getattr(now, name) != getattr(sealed, name))


_KEYS = {
    "title": "title",
    "kind": "kind",
    "questions": "questions",
    "secrecy": "anonymous",
    "least": "least",
    "least_texts": "least_texts",
    "audience_reads": "audience_reads",
    "holder": "holder",
    "audience": "audience",
    "cells": "by_department",
    "closes_at": "closes",
}


def _written(line: Questionnaire) -> dict[str, Any]:
    """What of the terms stands in the file itself."""
    return {
        "questionnaire": line.id,
        "title": line.title,
        "kind": Kind(line.kind),
        "questions": tuple(
            Question(id=one.id or f"q{place}", text=one.ask, kind=Ask(one.kind), options=one.options)
            for place, one in enumerate(line.questions, start=1)
        ),
        "secrecy": _secrecy(line),
        "least": line.least,
        "least_texts": line.least_texts,
        "audience_reads": line.audience_reads,
        "holder": line.holder,
    }


def _secrecy(line: Questionnaire) -> Secrecy:
    if not line.anonymous:
        return Secrecy.NAMED
    return Secrecy.PARTICIPATION_HIDDEN if line.participation == "hidden" else Secrecy.PARTICIPATION_KNOWN


# ── Who ───────────────────────────────────────────────────────────────────────────────────────────


def _refs(config: Config, line: Questionnaire) -> tuple[Ref, ...]:
    in_pilot = line.when.rhythm is Rhythm.PILOT and config.pilot is not None
    return line.audience or (config.pilot.departments if in_pilot and config.pilot is not None else ())


def audience(config: Config, world: World, line: Questionnaire) -> tuple[str, tuple[Person, ...]]:
    """Its label, and everybody who is meant today; nobody named means the company."""
    refs = _refs(config, line)
    people = people_meant(refs, world.directory) if refs else world.directory.everyone()
    return _label(refs), people


def _label(refs: tuple[Ref, ...]) -> str:
    return words.departments(tuple(ref.name for ref in refs)) if refs else words.COMPANY


def _cells(config: Config, world: World, line: Questionnaire) -> dict[str, frozenset[DepartmentId]]:
    """The departments a count is split into: those named, else those right below the one named or the top."""
    directory = world.directory
    refs = _refs(config, line)
    if len(refs) > 1:
        named = {
            ref.name: {one.id for one in directory.departments_named(ref.name, ref.platform)} for ref in refs
        }
    else:
        tops = (
            {one.id for ref in refs for one in directory.departments_named(ref.name, ref.platform)}
            if refs
            else {one.id for one in directory.departments() if one.parent is None}
        )
        named = {}
        for one in directory.departments():
            if one.parent in tops:
                named.setdefault(one.name, set()).add(one.id)
    return {
        name: frozenset(below for one in ids for below in (one, *directory.below(one)))
        for name, ids in named.items()
    }
