"""重新计算 (recount): the official calendar has come, and what hung on a guess moves with it; its author hears it once."""

from __future__ import annotations

from dataclasses import replace

from bot.facts import Scene
from bot.store.rows import AuditEntry, OutboxState, Timer
from bot.turns import freshness, publish, retime, tell
from bot.turns.outcome import Outcome, Regroup, StopTimer
from policies import engine
from policies.announcement import State
from policies.decision import Verdict
from policies.rules import work_hours
from policies.wording import due as words
from policies.wording import moments

GUESSED = "guess"
"""In an announcement's decision: the year its moment was guessed in."""
STATES = (State.SCHEDULED, State.ASKING, State.SENDING)


def turn(scene: Scene) -> Outcome:
    """About ``scene.row``, whose rows are ``scene.carried``; nothing while its year is still unknown."""
    row = scene.row
    if row is None or row.state not in STATES or not row.decision.get(GUESSED):
        return Outcome()
    author = scene.world.directory.person(row.announcement.author)
    waiting = [one for one in scene.carried if one.state is OutboxState.HELD and not one.may_have_left]
    if author is None or not waiting:
        return Outcome()
    facts = scene.judging(row.announcement, author)
    decision = engine.judge(row.announcement, facts, scene.now, scene.world.ruleset)
    if work_hours.guessed(decision.parts, scene.world.calendars):
        return Outcome()
    sure = Outcome(announcements=(replace(row, decision={**row.decision, GUESSED: None}),))
    wished = row.announcement.not_before or scene.now
    later = retime.by_moment(row, decision, waiting, max(wished, scene.now))
    stays = {one.id: one.entry.not_before for one in waiting}
    moves = {moment: [one for one in ids if stays[one] != moment] for moment, ids in later.items()}
    moved = [one for ids in moves.values() for one in ids]
    if decision.verdict > Verdict.HOLD or not moved:
        return sure
    groups = {moment: publish.release_group(row, moment) for moment, ids in moves.items() if ids}
    first = min(later)
    return (
        sure
        + Outcome(
            changes=(
                *(StopTimer(key=one.entry.group) for one in waiting if one.id in moved and one.entry.group),
                *(
                    Regroup(ids=tuple(ids), not_before=moment, group=groups[moment])
                    for moment, ids in moves.items()
                    if ids
                ),
            ),
            timers=tuple(
                Timer.releasing(group, row.announcement.id, moment) for moment, group in groups.items()
            ),
            audit=(
                AuditEntry(
                    at=scene.now,
                    who="yizhan",
                    act="recounted",
                    subject=row.announcement.id,
                    details={"rows": len(moved), "to": moments.written(first)},
                ),
            ),
        )
        + freshness.moved(scene, row, first)
        + tell.tell(
            scene,
            (author,) if author.is_active else scene.world.admin_people(),
            words.guess_confirmed(row.announcement.text, first, scene.now, zone=scene.world.zone),
            cause=row.announcement.id,
            step=f"recounted:{row.version}",
            kind="recounted",
            platform_of_first=row.asked_from,
        )
    )
