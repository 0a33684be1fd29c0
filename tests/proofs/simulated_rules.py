"""What must hold after a seed (该成立的): read from the town's record and from the store's file alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.proofs import simulated_texts as texts
from tests.proofs import witness
from tests.proofs.simulated_world import Request, World

RETRIES_END = timedelta(minutes=50)
"""A key is used again by itself for so long; a little more for the last one's way."""


def judged(world: World, request: Request) -> witness.Verdict:
    """What became of one request."""
    expected = witness.members(world.town, request.platform, request.audience)
    file = world.folder / "data" / "yizhan.db"
    # of two, the other takes over when a lease of two hours is over here: the platform knows no key any more then
    most = 0 if request.platform == "feishu" and not world.with_two else 99
    verdict = witness.judge(world.town, file, request.platform, request.token, expected, may_be_unknown=most)
    verdict.stray = [one for one in verdict.stray if world.town.people[request.platform][one].active]
    if request.left_at is not None or world.restored_at is not None:
        # their words are somebody else's to let go, or a human's after a restore: nobody does so here
        verdict.lost, verdict.unknown, verdict.other = [], 0, []
    if request.left_at is not None:
        verdict.other += _after_leaving(world, request, request.left_at)
    if request.is_hostile and not (verdict.rows or any(True for _ in world.copies_of(request))):
        verdict.lost = []  # refused, or never confirmed
    verdict.other += texts.wrong(_about(world, request), world.copies_of(request))
    verdict.other += ([] if request.is_urgent else _out_of_hours(world, request)) + _mentioned(
        world, request, expected
    )
    return verdict


LEARNS_WITHIN = timedelta(hours=8)
"""That somebody has left is heard at once or, when that was lost, seen at night or at the next start."""


def _about(world: World, request: Request) -> Iterator[Any]:
    """Everything the bot has said about it, to whomever."""
    log = world.town.log.get(request.platform, ())
    return (one for one in log if one.sender == "bot" and request.token in one.text)


def _after_leaving(world: World, request: Request, left_at: datetime) -> list[str]:
    late = [one for one in world.copies_of(request) if one.sent_at > left_at + LEARNS_WITHIN]
    return [
        f"a copy at {one.sent_at:%m-%d %H:%M}, its author left at {left_at:%m-%d %H:%M}" for one in late[:2]
    ]


ALL_UP_TO = 20
"""``mentions.all_up_to``, which the configuration leaves as it is."""


def _mentioned(world: World, request: Request, expected: set[str]) -> list[str]:
    """Nobody is mentioned but people it is for; everybody only where that was asked for and they are few."""
    names = {one for message in world.copies_of(request) for one in message.mentions}
    strangers = (
        names - expected - {one.id for one in world.town.people[request.platform].values() if not one.active}
    )
    if texts.asks_for_all(request.text) and len(expected) <= ALL_UP_TO:
        strangers -= {"all"}
    return [f"mentions {sorted(strangers)[:3]}"] if strangers else []


def _out_of_hours(world: World, request: Request) -> list[str]:
    """A copy outside of anybody's working hours (the longest are 09:00 to 19:30), on workdays only."""
    late = []
    for message in world.copies_of(request):
        shown = [message.sent_at + off for off in _off_about(world, message.sent_at)]
        if not any(one.weekday() < 5 and 9 <= one.hour + one.minute / 60 <= 19.6 for one in shown):
            late.append(f"a copy at {shown[0]:%m-%d %H:%M}")
    return late[:2]


def _off_about(world: World, moment: datetime) -> list[timedelta]:
    """How far off the bot's clock was then, and while the message was on its way."""
    until_s = (moment - world.start).total_seconds()
    before = [(0.0, timedelta()), *(one for one in world.clock.jumps if one[0] <= until_s)]
    lately = [off for at_s, off in before if at_s > until_s - ON_ITS_WAY_S]
    return [
        *lately,
        next(off for at_s, off in reversed(before) if at_s <= until_s - ON_ITS_WAY_S or at_s == 0),
    ]


ON_ITS_WAY_S = 120.0


def manners(world: World) -> list[str]:
    """Refusals for the rate, and keys used too long or for other words, from the town's record."""
    broken, first, bodies = [], {}, {}
    for record in world.town.recorder.records():
        if record.status == 429 and record.fault is None and not world.clock.jumps and not world.with_two:
            broken.append(f"too fast for {record.path}")
        if (
            not record.path.startswith("/open-apis/im/v1/messages")
            or record.method != "POST"
            or not record.body
        ):
            continue
        body = json.loads(record.body)
        key = body.get("uuid")
        if not key:
            continue
        began = first.setdefault(key, record.at)
        if record.at - began > RETRIES_END + timedelta(minutes=1):
            broken.append(f"uuid {key} again after {record.at - began}")
        if bodies.setdefault(key, record.body) != record.body:
            broken.append(f"uuid {key} with other words")
    return broken[:4]
