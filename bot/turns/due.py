"""到点 (due): a timer came due; what was held is judged again before it leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.facts import Scene
from bot.store import groups, outbox
from bot.store.rows import AnnouncementRow, AuditEntry, OutboxRow, OutboxState, Timer
from bot.turns import (
    draft,
    freshness,
    morning,
    pilot,
    pilot_end,
    polls,
    publish,
    readers,
    received,
    review,
    settled,
    spoken,
    tell,
)
from bot.turns.outcome import Cancel, Outcome, Regroup, Release
from policies import announcement as life
from policies import engine
from policies.announcement import Act, State
from policies.decision import Decision, Verdict
from policies.facts import Facts
from policies.model import Account, Due, Person, Urgency
from policies.wording import due as words
from policies.wording import findings
from policies.wording.refusal import AFRESH, Refusal
from policies.wording.seen import Seen

Turn = Callable[[Due, Scene, Sequence[OutboxRow]], Outcome]


def turn(event: Due, scene: Scene, held: Sequence[OutboxRow]) -> Outcome:
    """``held``: the rows of the timer's group that have not left."""
    return _TURNS[event.kind](event, scene, held)


def _release(event: Due, scene: Scene, held: Sequence[OutboxRow]) -> Outcome:
    row = scene.row
    if row is None or not held or row.state not in (State.SCHEDULED, State.SENDING):
        return Outcome()
    gone = _left(scene, held)
    if gone:
        return _without(event, scene, row, gone, [one for one in held if one not in gone])
    if scene.pause is not None and scene.pause.until is not None and not _is_urgent(row):
        return _until_resumed(row, held, scene.pause.until)
    author = _answers_for(scene, row)
    if author is None and row.state is State.SCHEDULED:
        return freshness.hand_over(scene, row, event.cause)
    if author is None:
        return _stopped(scene, row, held, "author-left", words.rest_stopped(row.announcement.text))
    facts = scene.judging(row.announcement, author)
    decision = engine.judge(row.announcement, facts, scene.now, scene.world.ruleset)
    if decision.verdict > Verdict.HOLD:
        return _stopped(scene, row, held, decision.findings[0].rule, _reasons(scene, row, decision, author))
    open_now, later = _split(decision, held)
    outcome = Outcome(
        announcements=(replace(row, state=life.advance(row.state, Act.RELEASE if open_now else Act.HOLD)),),
        audit=(
            AuditEntry(
                at=scene.now,
                who="yizhan",
                act="released",
                subject=row.announcement.id,
                rule="work-hours",
                details={"rows": len(open_now), "held_again": len(held) - len(open_now)},
            ),
        ),
    )
    outcome += _leaving(event, scene, open_now, facts)
    for moment, ids in later.items():
        group = publish.release_group(row, moment)
        outcome += Outcome(
            changes=(Regroup(ids=tuple(ids), not_before=moment, group=group),),
            timers=(Timer.releasing(group, row.announcement.id, moment),),
        )
    return outcome


def _left(scene: Scene, held: Sequence[OutboxRow]) -> list[OutboxRow]:
    """Messages to one person who is with the company no more; a group, or a batch, may have others."""
    return [
        row
        for row in held
        if len(row.entry.recipients) == 1
        and isinstance(getattr(row.entry.effect, "to", None), Account)
        and not _is_here(scene, row.entry.recipients[0])
    ]


def _is_here(scene: Scene, account: Account) -> bool:
    person = scene.world.directory.by_account(account)
    return person is not None and person.is_active


def _without(
    event: Due, scene: Scene, row: AnnouncementRow, gone: Sequence[OutboxRow], held: Sequence[OutboxRow]
) -> Outcome:
    """Who has left since the yes is not written to; where that were all, its author hears so."""
    rows, copies = Counter(scene.rows), Counter(scene.copies)
    for counted in (rows, copies):
        counted[OutboxState.HELD] -= len(gone)
        counted[OutboxState.CANCELLED] += len(gone)
    if not held and not any(count for state, count in rows.items() if state is not OutboxState.CANCELLED):
        return _stopped(scene, row, gone, outbox.LEFT, words.all_have_left(row.announcement.text))
    dropped = Outcome(
        changes=(
            Cancel(announcement=row.announcement.id, ids=tuple(one.id for one in gone), reason=outbox.LEFT),
        ),
        audit=(
            AuditEntry(
                at=scene.now,
                who="yizhan",
                act="dropped",
                subject=row.announcement.id,
                rule=outbox.LEFT,
                details={"rows": len(gone)},
            ),
        ),
    )
    after = replace(scene, rows=rows, copies=copies, left=scene.left + len(gone))
    return dropped + (_release(event, after, held) if held else settled.how_far(after))


def _answers_for(scene: Scene, row: AnnouncementRow) -> Person | None:
    """Who said yes in its author's place, else the author; ``None``: nobody of them is with us any more."""
    return freshness.answers_for(scene, row)


def _leaving(event: Due, scene: Scene, rows: Sequence[OutboxRow], facts: Facts) -> Outcome:
    """What waited for an opening, or through a pause, is arranged with all else that did; the rest leaves now."""
    ids = tuple(row.id for row in rows)
    gentle = (
        frozenset(ids)
        if groups.is_paused(event.key)
        else publish.waited(scene, rows, facts, event.occurred_at)
    )
    at_once = {one: event.occurred_at for one in ids if one not in gentle}
    leaves = Outcome(changes=(Release(group=event.key, moments=at_once),)) if at_once else Outcome()
    return leaves + morning.gather(scene, tuple(one for one in ids if one in gentle))


def _is_urgent(row: AnnouncementRow) -> bool:
    return row.announcement.urgency is Urgency.URGENT


def _until_resumed(row: AnnouncementRow, held: Sequence[OutboxRow], until: datetime) -> Outcome:
    """Its moment has come in the middle of a pause: it stays, and is judged again when that is over."""
    group = groups.paused(row.announcement.id, until)
    return Outcome(
        changes=(Regroup(ids=tuple(one.id for one in held), not_before=until, group=group),),
        timers=(Timer.releasing(group, row.announcement.id, until),),
    )


def _split(
    decision: Decision, held: Sequence[OutboxRow]
) -> tuple[list[OutboxRow], dict[datetime, list[int]]]:
    """Rows whose people are all at work now, and the ids of those that must wait, by moment."""
    moments = {recipient.account: part.not_before for part in decision.parts for recipient in part.recipients}
    open_now: list[OutboxRow] = []
    later: dict[datetime, list[int]] = {}
    for row in held:
        waits = [moment for account in row.entry.recipients if (moment := moments.get(account)) is not None]
        if waits:
            later.setdefault(max(waits), []).append(row.id)
        else:
            open_now.append(row)
    return open_now, later


def _reasons(scene: Scene, row: AnnouncementRow, decision: Decision, author: Person) -> Refusal:
    seen = Seen(
        announcement=row.announcement,
        decision=decision,
        facts=scene.judging(row.announcement, author),
        now=scene.now,
        zone=scene.world.zone,
        spread_minutes=scene.world.spread_minutes,
    )
    return words.changed_at_release(row.announcement.text, (findings.sentence(decision.findings[0], seen),))


def _stopped(
    scene: Scene, row: AnnouncementRow, held: Sequence[OutboxRow], rule: str, why: Refusal
) -> Outcome:
    """What may not leave any more is cancelled, and its author and the admins told why; never dropped silently."""
    act = Act.CANCEL if life.may(row.state, Act.CANCEL) else Act.FINISH_PARTLY
    stopped = Outcome(
        announcements=(replace(row, state=life.advance(row.state, act)),),
        changes=(Cancel(announcement=row.announcement.id, reason=rule),),
        audit=(
            AuditEntry(
                at=scene.now,
                who="yizhan",
                act="stopped",
                subject=row.announcement.id,
                rule=rule,
                details={"rows": len(held)},
            ),
        ),
    )
    people = tell.concerned(scene, row)
    return stopped + spoken.told(
        scene,
        people,
        why,
        cause=row.announcement.id,
        step=f"stopped:{rule}",
        kind="stopped",
        platform_of_first=row.asked_from,
        acts={AFRESH.id: spoken.afresh(scene, row, people)},
    )


def _unconfirmed(event: Due, scene: Scene, _: Sequence[OutboxRow]) -> Outcome:
    """The opening has come and nobody has pressed: say once that it has not been sent, and show it again."""
    row = scene.row
    if row is None or row.state is not State.PREVIEWED:
        return Outcome()
    author = scene.world.directory.person(row.announcement.author)
    if author is None or not author.is_active:
        return Outcome()
    hours = scene.world.calendars.of(scene.world.teams.get(author.id, ""))
    if not hours.is_open(scene.now):  # we were away, or the clock jumped: it has kept until now
        opening = hours.next_opening(scene.now)
        return Outcome(timers=(Timer(key=event.key, kind=event.kind, subject=event.subject, due_at=opening),))
    return draft.show(
        replace(scene, account=row.asked_from, asker=author),
        row.announcement,
        author,
        asked_from=row.asked_from,
        cause=event.cause,
        previous=row,
        lead=words.NOT_SENT_YET,
    )


def _lost(_: Due, scene: Scene, __: Sequence[OutboxRow]) -> Outcome:
    return settled.lost_due(scene)


def _look(event: Due, scene: Scene, _: Sequence[OutboxRow]) -> Outcome:
    return readers.look_due(event, scene)


def _count(event: Due, scene: Scene, _: Sequence[OutboxRow]) -> Outcome:
    return received.count_due(event, scene)


_TURNS: dict[str, Turn] = {
    "release": _release,
    "unconfirmed": _unconfirmed,
    morning.KIND: lambda _, scene, held: morning.arrange(scene, held),
    review.STEP: review.remind,
    **freshness.DUE,
    "count": _count,
    settled.LOST: _lost,
    readers.LOOK: _look,
    polls.LOOK: lambda *_: Outcome(),
    pilot.VERDICT: pilot_end.verdict_due,
}
