"""Steps of a questionnaire's life (步骤), each in one transaction; ``False``: somebody else has taken it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot import facts, pipeline
from bot.facts import Scene
from bot.polls.planning import Coming
from bot.store import audit, ballots, marks, polls
from bot.store.engine import Connection
from bot.store.keys import derive
from bot.store.polls import Asked, Poll
from bot.store.rows import Action, AuditEntry
from bot.turns import polls as turns
from bot.turns import tell
from bot.world import World
from policies.card import Button, Card
from policies.model import PersonId
from policies.questionnaire import thresholds
from policies.questionnaire.life import Act, State
from policies.questionnaire.model import Ending, Result, Secrecy, Terms
from policies.wording import questionnaire as words

_HOLDER = "poll-holder:"
_TAMPERED = "poll-tampered:"


def plan(conn: Connection, coming: Iterable[Coming], world: World, now: datetime) -> bool:
    """Write what will be, forget what will not; whether an admin was asked something.

    One that is new begins in the future: a questionnaire added on Saturday does not make up for Friday's.
    """
    keep = []
    asked = False
    scene = facts.gather(conn, world, now)
    for one in coming:
        known = polls.get(conn, one.run)
        if one.terms is None:
            continue
        if known is None and one.terms.opens_at < now:
            continue
        keep.append(one.run)
        polls.plan(conn, Poll(run=one.run, state=State.PLANNED, terms=one.terms, remind_at=one.remind_at))
        if one.choices and polls.ask_about(conn, one.run):
            asked = True
            _ask(conn, scene, one, one.terms)
    polls.forget_planned(conn, keep)
    return asked


def _ask(conn: Connection, scene: Scene, one: Coming, terms: Terms) -> None:
    """The admins choose what becomes of a day off; until they do it comes after it."""
    zone = scene.world.zone
    opens = {choice: moment for choice, moment, _ in one.choices}
    closes = {choice: moment for choice, _, moment in one.choices}
    nominal = opens[words.MOVE_AFTER].replace(
        year=one.occasion.day.year, month=one.occasion.day.month, day=one.occasion.day.day
    )
    text, choices = words.day_off(
        words.title(terms),
        nominal,
        opens[words.MOVE_BEFORE],
        opens[words.MOVE_AFTER],
        scene.now,
        zone=zone,
    )
    actions = tuple(
        Action(
            id=derive("", one.run, f"action:day-off:{choice}", "", 0)[:24],
            kind=turns.DAY_OFF,
            subject=one.run,
            label=label,
            addressees=scene.world.admins,
            change={
                "choice": choice,
                "opens_at": opens[choice].isoformat() if choice in opens else "",
                "closes_at": closes[choice].isoformat() if choice in closes else "",
            },
            expires_at=opens[words.MOVE_AFTER],
        )
        for choice, label in choices
    )
    card = Card(
        title=words.DAY_OFF_TITLE,
        body=(text,),
        buttons=tuple(Button(label=action.label, action=action.id) for action in actions),
    )
    pipeline.write(
        conn,
        tell.tell(
            scene,
            scene.world.admin_people(),
            card,
            cause=one.run,
            step="day-off",
            kind=turns.TELL,
            actions=actions,
        ),
        scene.now,
    )


def open_(
    conn: Connection,
    run: str,
    terms: Terms,
    remind_at: datetime | None,
    asked: tuple[Asked, ...],
    world: World,
    now: datetime,
) -> bool:
    if not polls.open_(conn, run, terms, remind_at, asked):
        return False
    poll = polls.get(conn, run)
    if poll is not None:
        pipeline.write(conn, turns.opened(facts.gather(conn, world, now), poll, asked), now)
    return True


def leave_out(conn: Connection, poll: Poll, why: str, world: World, now: datetime) -> bool:
    """It will not be; the admins are told why, with a way out."""
    if not polls.move(conn, poll.run, Act.SKIP):
        return False
    line = AuditEntry(at=now, who="yizhan", act="left-out-questionnaire", subject=poll.run)
    audit.append(conn, (line,))
    if why:
        _tell_admins(conn, world, now, poll.run, words.not_opened(poll.terms, why), "poll-not-opened")
    return True


def remind(conn: Connection, run: str, world: World, now: datetime) -> bool:
    """Once: those who have not taken part, together; everybody where that is not known."""
    if not polls.reminded(conn, run):
        return False
    poll = polls.get(conn, run)
    if poll is None:
        return False
    people = polls.audience(conn, run)
    if poll.terms.secrecy is not Secrecy.PARTICIPATION_HIDDEN:
        done = polls.participants(conn, run)
        people = tuple(one for one in people if one.person not in done)
    pipeline.write(conn, turns.asked(facts.gather(conn, world, now), poll, people, is_reminder=True), now)
    return True


def report(conn: Connection, run: str, world: World, now: datetime) -> bool:
    result = polls.result(conn, run)
    if result is None or not polls.move(conn, run, Act.REPORT):
        return False
    found = (world.directory.person(PersonId(one)) for one in result.terms.reader_ids)
    readers = [one for one in found if one is not None and one.is_active] or list(world.admin_people())
    audience = polls.audience(conn, run)
    before = _comparable(conn, result, frozenset(str(one.person) for one in audience))
    outcome = turns.reported(facts.gather(conn, world, now), result, readers, audience, before)
    pipeline.write(conn, outcome, now)
    return True


def _comparable(conn: Connection, result: Result, audience: frozenset[str]) -> Result | None:
    """The time before, if its figures may stand beside these: the same people, or many others."""
    for poll in polls.of_questionnaire(conn, result.terms.questionnaire):
        if poll.terms.opens_at >= result.terms.opens_at or poll.ending is not Ending.COUNTED:
            continue
        people = frozenset(str(one.person) for one in polls.audience(conn, poll.run))
        known = people and thresholds.may_compare(people, audience, result.terms.least)
        return polls.result(conn, poll.run) if known else None
    return None


def ask_holder(conn: Connection, poll: Poll, world: World, now: datetime) -> bool:
    """The end has come and a second person has the key: say so, once."""
    if marks.get(conn, _HOLDER + poll.run) is not None:
        return False
    marks.put(conn, _HOLDER + poll.run, True)
    _tell_admins(conn, world, now, poll.run, words.holder_waits(poll.terms, poll.run), "poll-holder")
    return True


def tell_tampered(conn: Connection, poll: Poll, world: World, now: datetime) -> bool:
    """The end has come and the terms are not those that people were shown: it stays closed; say so, once."""
    if marks.get(conn, _TAMPERED + poll.run) == poll.shows:
        return False
    marks.put(conn, _TAMPERED + poll.run, poll.shows)
    details = {"sealed": poll.fingerprint, "found": poll.shows}
    line = AuditEntry(at=now, who="yizhan", act="refused-changed-terms", subject=poll.run, details=details)
    audit.append(conn, (line,))
    text = words.tampered(poll.terms, poll.run, poll.fingerprint, poll.shows)
    _tell_admins(conn, world, now, poll.run, text, f"poll-tampered-{poll.shows}")
    return True


def stop(conn: Connection, run: str, now: datetime, who: str) -> bool:
    """An admin ends an open one: nothing of it is counted."""
    taken = polls.count_participants(conn, run)
    if not polls.move(conn, run, Act.STOP, Ending.STOPPED, taken):
        return False
    ballots.burn(conn, run)
    audit.append(conn, (AuditEntry(at=now, who=who, act="stopped-questionnaire", subject=run),))
    return True


def _tell_admins(conn: Connection, world: World, now: datetime, run: str, text: str, step: str) -> None:
    scene = facts.gather(conn, world, now)
    told = tell.tell(scene, world.admin_people(), text, cause=run, step=step, kind=turns.TELL)
    pipeline.write(conn, told, now)
