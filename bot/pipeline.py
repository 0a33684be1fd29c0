"""流水线 (pipeline): opens the transaction, picks the turn from a table, writes its Outcome; all of it or nothing."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.port import Reply
from bot import facts, figures, gathering
from bot.facts import Scene
from bot.store import (
    actions,
    announcements,
    audit,
    bundles,
    dialogs,
    groups,
    inbox,
    letters,
    marks,
    outbox,
    pilots,
    plans,
    polls,
    receipts,
    tickets,
    timers,
)
from bot.store.pilots import Consent, PilotRow
from bot.store.rows import InboxRow, InboxState, OutboxRow, OutboxState, Timer
from bot.store.tickets import TicketRow
from bot.turns import (
    again,
    due,
    morning,
    pilot,
    posted,
    pressed,
    readers,
    recall,
    said,
    settled,
    spoken,
)
from bot.turns import polls as poll_turns
from bot.turns import recount as recount_turn
from bot.turns.outcome import (
    AskOfGroups,
    BindGroup,
    Cancel,
    Change,
    Free,
    Gather,
    Keep,
    LeaveOut,
    LetGo,
    LetterAnswered,
    Outcome,
    Pause,
    PlanPoll,
    Regroup,
    Release,
    Rescheduled,
    Resume,
    Settle,
    StopTimer,
    TellingOf,
)
from bot.workspace import keeping
from bot.world import World
from policies.announcement import State
from policies.effects import platform_of
from policies.model import (
    AnyEvent,
    ChatChanged,
    DirectoryChanged,
    Due,
    PersonId,
    Platform,
    Posted,
    Pressed,
    Read,
    Said,
)
from policies.questionnaire.life import Act as PollAct

if TYPE_CHECKING:
    from bot.store.engine import Connection

log = logging.getLogger(__name__)

GIVE_UP_AFTER = 3
"""An event whose turn fails this often is set aside, and an admin told: it would fail for ever."""


def take(conn: Connection, row: InboxRow, event: AnyEvent, world: World, now: datetime) -> Outcome | None:
    """One event from the inbox: done, gathered, judged and written in one transaction, by one instance only.

    ``None``: another has taken it.
    """
    if not inbox.mark(conn, row.id, InboxState.DONE, ""):
        return None
    outcome = judge(conn, event, world, now)
    write(conn, outcome, now)
    return outcome


def press(conn: Connection, entry_id: int, event: Pressed, world: World, now: datetime) -> Reply:
    """A press, decided in its acknowledgement: the inbox row was inserted by the same transaction."""
    _proven(conn, event, world, now)
    outcome = judge(conn, event, world, now)
    write(conn, outcome, now)
    inbox.mark(conn, entry_id, InboxState.DONE, "")
    return outcome.reply or Reply()


_BY_A_PRESS = "press"


def _proven(conn: Connection, event: Pressed, world: World, now: datetime) -> None:
    """Whoever presses a card has it: one that was only known to exist has arrived."""
    row = outbox.by_message(conn, event.platform, event.card)
    if row is None or row.state is not OutboxState.UNKNOWN or row.receipt.get("trace") != "created":
        return
    if outbox.settle_unknown(conn, row.id, as_sent=True, by=PersonId(_BY_A_PRESS), now=now):
        settle(conn, row, world, now)


def judge(conn: Connection, event: AnyEvent, world: World, now: datetime) -> Outcome:
    """Facts in, outcome out; which turn is a table, not a registry."""
    match event:
        case Said():
            account = event.message.author
            scene = facts.gather(conn, world, now, account=account)
            scene = gathering.for_words(conn, scene, event, world, now)
            if event.message.direct and _stands_for_words(scene):
                return _as_if_said(conn, event, scene, world, now)
            return said.turn(event, scene)
        case Pressed():
            scene = facts.gather(conn, world, now, account=event.presser, action=event.action)
            if _stands_for_words(scene):
                return _as_if_said(conn, event, scene, world, now)
            scene = gathering.with_rows(conn, scene)
            return pressed.turn(event, gathering.for_press(conn, scene, event))
        case Due():
            scene = facts.gather(conn, world, now, subject=event.subject)
            held = tuple(row for row in outbox.in_group(conn, event.key) if row.state is OutboxState.HELD)
            if event.kind == morning.KIND:
                held = bundles.waiting(conn, event.key)
                scene = replace(scene, busy=gathering.busy(conn, world, now))
            if event.kind in ("release", settled.LOST):
                scene = _counted(conn, scene, event.subject)
            if event.kind in gathering.ABOUT_READERS:
                scene = facts.with_reach(conn, scene)
            if event.kind == pilot.VERDICT:
                scene = figures.with_report(conn, scene)
            return due.turn(event, scene, held)
        case Posted():
            return posted.turn(event, facts.gather(conn, world, now, account=event.message.author))
        case Read():
            scene = facts.gather(conn, world, now, account=event.reader)
            return readers.read(event, scene, gathering.read_ones(conn, event))
        case DirectoryChanged() | ChatChanged():
            return Outcome()
        case _:
            return Outcome()


def _stands_for_words(scene: Scene) -> bool:
    """A button of ``spoken`` that may be pressed; one that may not is answered like every other."""
    action = scene.action
    return action is not None and action.kind in spoken.KINDS and pressed.refusal(scene, action) is None


def _as_if_said(
    conn: Connection, event: Said | Pressed, scene: Scene, world: World, now: datetime
) -> Outcome:
    """What was asked before is answered by it, so nothing is open."""
    action = scene.action
    if action is None:
        return Outcome()
    words = spoken.heard(event, action)
    heard = facts.gather(conn, world, now, account=words.message.author)
    if heard.dialog is not None:
        heard = replace(heard, dialog=replace(heard.dialog, expects="", offers=()))
    if action.kind == spoken.SAY:
        heard = gathering.for_words(conn, heard, words, world, now)
    outcome = said.by_button(words, heard, action)
    return outcome if isinstance(event, Pressed) else replace(outcome, reply=None)


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────


def write(conn: Connection, outcome: Outcome, now: datetime) -> None:
    """Every part of the outcome, in its order, in the transaction that is open."""
    for row in outcome.announcements:
        announcements.put(conn, row)
    for change in outcome.changes:
        _change(conn, change, now)
    outbox.insert(conn, outcome.outbox)
    for timer in outcome.timers:
        timers.put(conn, timer)
    for action in outcome.actions:
        actions.put(conn, action)
    for used in outcome.used:
        if outcome.used_by is not None:
            actions.use(conn, used, outcome.used_by, now)
    for dialog in outcome.dialogs:
        dialogs.put(conn, dialog)
    receipts.put(conn, outcome.receipts)
    for look in outcome.looks:
        receipts.ask(conn, look)
    for one in outcome.answered:
        polls.put_named(conn, one.run, one.person, one.answers, is_whole=one.is_whole)
    if outcome.audit:
        audit.append(conn, outcome.audit)


def _change(conn: Connection, change: Change, now: datetime) -> None:
    match change:
        case Release():
            outbox.release(conn, change.group, change.moments)
        case Regroup():
            outbox.regroup(conn, change.ids, change.not_before, change.group)
        case Gather():
            bundles.put(conn, change.ids, change.bundle, change.not_before)
        case Free():
            bundles.free(conn, change.moments)
        case Cancel():
            outbox.cancel(conn, change.announcement, change.group, change.ids, change.reason)
        case StopTimer():
            timers.cancel(conn, change.key)
        case Settle():
            _settle_by_hand(conn, change, now)
        case Pause():
            _pause(conn, change, now)
        case Resume():
            _resume(conn, now)
        case Rescheduled():
            polls.choose(conn, change.run, change.choice, change.moments)
        case PlanPoll():
            polls.plan(conn, change.poll)
        case LetterAnswered():
            letters.add(conn, change.id, change.thread, change.batch, "company", change.text)
        case LeaveOut():
            for run in change.runs:
                polls.move(conn, run, PollAct.SKIP)
        case Keep():
            _keep(conn, change.row)
        case TellingOf():
            outbox.mark_told(conn, change.ids, now)
        case AskOfGroups():
            plans.ask(conn, change.ask)
        case BindGroup():
            keeping.bind(conn, change.binding, change.name, change.by, now)
        case LetGo():
            keeping.let_go(conn, change.written, change.by, now)


def _keep(conn: Connection, row: PilotRow | Consent | TicketRow) -> None:
    match row:
        case PilotRow():
            pilots.put(conn, row)
        case Consent():
            pilots.put_consent(conn, row)
        case TicketRow():
            tickets.put(conn, row)


def _pause(conn: Connection, change: Pause, now: datetime) -> None:
    marks.pause(conn, change.by, now, until=change.until)
    for announcement in outbox.hold_leaving(conn, change.until):
        group = groups.paused(announcement, change.until)
        timers.put(conn, Timer.releasing(group, announcement, change.until))


def _resume(conn: Connection, now: datetime) -> None:
    """Every release that waited for the end of the pause is due now, and spreads from now."""
    marks.resume(conn)
    timers.put(conn, Timer(key=poll_turns.LOOK, kind=poll_turns.LOOK, subject="", due_at=now))
    for group, announcement in outbox.held_by_pause(conn):
        timers.cancel(conn, group)
        timers.put(conn, Timer.releasing(group, announcement, now))


def _settle_by_hand(conn: Connection, change: Settle, now: datetime) -> None:
    row = outbox.by_key(conn, change.key)
    if row is None:
        return
    if change.arrived:
        outbox.settle_unknown(conn, row.id, as_sent=True, by=change.by, now=now)
    else:
        has_not_left = row.state is OutboxState.DEAD and not row.may_have_left
        effect = row.entry.effect if has_not_left else again.marked(row.entry.effect)
        outbox.resend(conn, row.id, now, effect=effect)


# ── Timers ────────────────────────────────────────────────────────────────────────────────────────


def fire(conn: Connection, timer: Timer, world: World, now: datetime, tenant: str) -> bool:
    """A timer that has not fired yet makes its event; once, whoever calls."""
    if not timers.done(conn, timer.key, timer.due_at):
        return False
    row = announcements.get(conn, timer.subject)
    platform = row.asked_from.platform if row else next(iter(world.channels))
    event = Due(
        id=f"timer:{timer.key}:{int(timer.due_at.timestamp())}",
        cause=f"timer:{timer.key}:{int(timer.due_at.timestamp())}",
        platform=platform,
        tenant=tenant,
        occurred_at=timer.due_at,
        kind=timer.kind,
        subject=timer.subject,
        key=timer.key,
    )
    write(conn, judge(conn, event, world, now), now)
    return True


def mend(conn: Connection, now: datetime) -> int:
    """At start: what nothing would ever let go is judged again now. There should be none, and it may not be lost."""
    rows = bundles.stranded(conn)
    for announcement in sorted({row.entry.announcement for row in rows}):
        group = groups.release(announcement, now)
        ids = [row.id for row in rows if row.entry.announcement == announcement]
        outbox.regroup(conn, ids, now, group)
        timers.put(conn, Timer.releasing(group, announcement, now))
    return len(rows)


def recount(conn: Connection, world: World, now: datetime) -> int:
    """After the calendar was read anew: what hung on a guess is judged once more."""
    guessed = [
        row
        for row in announcements.in_states(conn, recount_turn.STATES, EVERYTHING)
        if row.decision.get(recount_turn.GUESSED)
    ]
    for row in guessed:
        about = row.announcement.id
        scene = gathering.whole(conn, facts.gather(conn, world, now, subject=about), about)
        write(conn, recount_turn.turn(scene), now)
    return len(guessed)


EVERYTHING = 100_000


# ── What delivery found out ───────────────────────────────────────────────────────────────────────


Told = frozenset[Platform]
"""Platforms on which something new is to be sent."""


def settle(conn: Connection, row: OutboxRow, world: World, now: datetime) -> Told:
    """After a mark that ends a row: progress for the author, words for those who must know."""
    subject = row.entry.announcement
    fresh = outbox.get(conn, row.id)
    if fresh is None:
        return frozenset()
    taken = fresh.entry.step == recall.STEP
    scene = facts.gather(conn, world, now, subject=fresh.entry.cause if taken else subject, judges=False)
    if subject and not taken:
        scene = _counted(conn, scene, subject)
    if scene.row is not None and scene.row.state is State.RECALLING:
        recalling = scene.row.announcement.id
        scene = gathering.whole(conn, scene, recalling)
        takings = outbox.of_announcement(conn, recall.about(recalling))
        outcome = recall.settled(scene, takings)
    else:
        outcome = settled.turn(fresh, scene) if not taken else Outcome()
    is_recall = taken or (scene.row is not None and scene.row.state is State.RECALLING)
    if is_recall and fresh.state in outbox.UNTOLD:
        outcome += Outcome(changes=(TellingOf(ids=(fresh.id,)),))
    write(conn, outcome, now)
    return frozenset(platform_of(entry.effect) for entry in outcome.outbox)


def _counted(conn: Connection, scene: Scene, subject: str) -> Scene:
    return replace(
        scene,
        copies=outbox.copies(conn, subject),
        left=outbox.left(conn, subject),
        copies_on=outbox.copies_on(conn, subject),
        untold=outbox.untold_of(conn, subject),
    )
