"""离任 (leavers): what somebody who goes, or leads no more, leaves behind: announcements that wait, questionnaires."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from bot import facts, pipeline
from bot.store import announcements, outbox, plans, polls
from bot.store.engine import Connection
from bot.store.plans import GroupAsk
from bot.store.polls import CHAT
from bot.turns import handing_over
from bot.turns.handing_over import Handed
from bot.turns.keeping import Behind, Hand
from bot.world import World
from policies.announcement import State
from policies.model import Person, PersonId
from policies.questionnaire.life import State as PollState

WAITING = (State.SCHEDULED, State.SENDING, State.IN_REVIEW, State.ASKING)
"""Announcements that have not left yet."""


def behind(conn: Connection, people: Iterable[Person]) -> Mapping[PersonId, Behind]:
    """Of each who has something: how many announcements wait, and how many questionnaires report to them."""
    found = {
        one.id: Behind(
            announcements=len(announcements.by_author(conn, one.id, WAITING)),
            polls=len(polls.read_by(conn, one.id)),
        )
        for one in people
    }
    return {person: left for person, left in found.items() if left}


def hand_over(conn: Connection, ask: GroupAsk, world: World, now: datetime) -> None:
    """An admin has pressed: whoever leads now answers for what is there now."""
    if not plans.answer(conn, ask.id, now):
        return
    wanted = json.loads(ask.about)
    handed = [
        _handed(conn, old, new)
        for one in (Hand(*pair) for pair in wanted["hands"])
        if (old := world.directory.person(one.old)) is not None
        and (new := world.directory.person(one.new)) is not None
        and new.is_active
    ]
    scene = facts.gather(conn, world, now, account=ask.account)
    outcome = handing_over.handed_over(scene, ask, handed, asks_first=bool(wanted["asks_first"]))
    pipeline.write(conn, outcome, now)


def _handed(conn: Connection, old: Person, new: Person) -> Handed:
    rows = announcements.by_author(conn, old.id, (State.SCHEDULED,))
    living = polls.read_by(conn, old.id)
    planned = [one for one in living if one.state is PollState.PLANNED]
    by_chat = [one for one in planned if one.run.startswith(CHAT)]
    for poll in by_chat:
        polls.plan(conn, polls.read_instead(poll, old, new))
    return Handed(
        old=old,
        new=new,
        announcements=tuple((row, outbox.next_moment(conn, row.announcement.id)) for row in rows),
        polls=len(by_chat),
        sealed=len(living) - len(planned),
        in_file=len(planned) - len(by_chat),
    )
