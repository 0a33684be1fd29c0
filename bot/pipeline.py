"""流水线 (pipeline): opens the transaction, picks the turn from a table, writes its Outcome; all of it or nothing."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.port import Reply
from bot import facts, figures, reach
from bot.conversation.about import is_about_delay
from bot.conversation.parse import Ask, Intent, Wish, parse
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
    answers,
    due,
    freshness,
    morning,
    pilot,
    pilot_end,
    posted,
    pressed,
    readers,
    recall,
    retime,
    said,
    settled,
)
from bot.turns import own as own_turns
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
    LetGo,
    LetterAnswered,
    Outcome,
    Pause,
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
    Account,
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
from policies.questionnaire.life import State as PollState
from policies.wording import plain

if TYPE_CHECKING:
    from bot.store.engine import Connection

log = logging.getLogger(__name__)

GIVE_UP_AFTER = 3
"""An event whose turn fails this often is set aside, and an admin told: it would fail for ever."""


def take(conn: Connection, row: InboxRow, event: AnyEvent, world: World, now: datetime) -> Outcome:
    """One event from the inbox: done, gathered, judged and written in one transaction, by one instance only."""
    if not inbox.mark(conn, row.id, InboxState.DONE, ""):
        return Outcome()
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
            return said.turn(event, _spoken(conn, scene, event, world, now))
        case Pressed():
            scene = facts.gather(conn, world, now, account=event.presser, action=event.action)
            scene = _with_held(conn, scene)
            return pressed.turn(event, _pressed(conn, scene, event))
        case Due():
            scene = facts.gather(conn, world, now, subject=event.subject)
            held = tuple(row for row in outbox.in_group(conn, event.key) if row.state is OutboxState.HELD)
            if event.kind == morning.KIND:
                held = bundles.waiting(conn, event.key)
                scene = replace(scene, busy=_busy(conn, world, now))
            if event.kind == settled.LOST:
                scene = _counted(conn, scene, event.subject)
            if event.kind in _ABOUT_READERS:
                scene = facts.with_reach(conn, scene)
            if event.kind == pilot.VERDICT:
                scene = figures.with_report(conn, scene)
            return due.turn(event, scene, held)
        case Posted():
            return posted.turn(event, facts.gather(conn, world, now, account=event.message.author))
        case Read():
            scene = facts.gather(conn, world, now, account=event.reader)
            return readers.read(event, scene, _read_ones(conn, event))
        case DirectoryChanged() | ChatChanged():
            return Outcome()
        case _:
            return Outcome()


def _busy(conn: Connection, world: World, now: datetime) -> tuple[tuple[tuple[Account, ...], datetime], ...]:
    """What is on its way anyway while a morning's rows leave."""
    gap = timedelta(minutes=world.gentle_minutes)
    if not gap:
        return ()
    return sum(
        (bundles.busy(conn, platform, now - gap, now + A_MORNING) for platform in world.channels),
        (),
    )


A_MORNING = timedelta(hours=3)


def _pressed(conn: Connection, scene: Scene, event: Pressed) -> Scene:
    """What is pressed by readers needs to know whom it has reached, and by which card; a pilot's, what was said."""
    if scene.action is not None and scene.action.kind in poll_turns.TURNS:
        return facts.with_poll(conn, scene, scene.action.subject)
    if scene.action is not None and scene.action.kind in _OF_THE_PILOT:
        return with_pilot(conn, scene)
    if scene.action is None or scene.action.kind not in _BY_READERS:
        return scene
    card = outbox.by_message(conn, event.platform, event.card)
    return replace(facts.with_reach(conn, scene), outbox_row=card)


def with_pilot(conn: Connection, scene: Scene) -> Scene:
    """What the heads have said, the last rehearsal, and what a stop would touch."""
    if scene.pilot is None:
        return scene
    return replace(
        scene,
        consents=pilots.consents_of(conn, scene.pilot.id),
        rehearsal=marks.get(conn, pilot.REHEARSED),
        planned_questionnaires=sum(one.state is PollState.PLANNED for one in polls.living(conn)),
        held_in_pilot=outbox.counts(conn).get(OutboxState.HELD, 0),
    )


_OF_THE_PILOT = frozenset({*pilot.TURNS, *pilot_end.TURNS})
_BY_READERS = frozenset({"received", "why", *readers.TURNS})
_ABOUT_READERS = frozenset({"count", readers.LOOK})


def _spoken(conn: Connection, scene: Scene, event: Said, world: World, now: datetime) -> Scene:
    """A number said is a press of the button it stands for; words are about what we last asked."""
    dialog = scene.dialog
    account = event.message.author
    intent = parse(event.message.text)
    if intent == Ask(wish=Wish.MINE):
        return facts.with_own(conn, scene)
    if isinstance(intent, Ask) and intent.wish in answers.OF_A_POLL:
        return facts.with_open_poll(conn, scene)
    if dialog is not None and dialog.expects.startswith(poll_turns.EXPECTS):
        return facts.with_poll(conn, scene, dialog.subject)
    if isinstance(intent, Ask) and intent.wish is Wish.PILOT and scene.asker is not None:
        return figures.with_report(conn, scene, pilot.departments_for(scene, scene.asker))
    if isinstance(intent, Ask) and intent.wish.value in recall.WISHES and _is_no_answer(scene, event):
        own = facts.with_own(conn, scene)
        target = recall.meant(own.own, intent.wish.value, intent.about)
        return _about(conn, own, target.announcement.id) if target else own
    if isinstance(intent, Ask) and intent.wish.value == retime.WISH and _may_retime(scene, event):
        own = facts.with_own(conn, scene)
        target = retime.meant(own.own)
        return _about(conn, own, target.announcement.id) if target else own
    if isinstance(intent, Ask) and intent.wish is Wish.PRIVACY:
        return facts.with_kept(conn, scene)
    if isinstance(intent, Ask) and intent.wish is Wish.STATUS:
        return facts.with_lines(conn, scene)
    if _is_about_own(intent, event) and _is_no_answer(scene, event) and _may_retime(scene, event):
        mine = facts.with_own(conn, scene)
        target = own_turns.meant(mine.own)
        return _about(conn, mine, target.announcement.id) if target else mine
    about_notice = _notice_meant(conn, scene, event, now)
    if dialog is None:
        if not about_notice:
            return scene
        return facts.with_reach(conn, facts.gather(conn, world, now, account=account, subject=about_notice))
    index = plain.picked(event.message.text, [label for label, _ in dialog.offers]) if dialog.offers else None
    if index is not None:
        there = facts.gather(conn, world, now, account=account, action=dialog.offers[index][1])
        if there.action is not None and there.action.kind in _OF_THE_PILOT:
            return with_pilot(conn, there)
        return _with_held(conn, there)
    if about_notice and not dialog.expects:
        return facts.with_reach(conn, facts.gather(conn, world, now, account=account, subject=about_notice))
    if not dialog.subject:
        return scene
    _, _, asked = dialog.expects.partition(" ")
    about = facts.gather(conn, world, now, account=account, subject=dialog.subject)
    if dialog.expects == retime.EXPECTS:
        about = _about(conn, about, dialog.subject)
    action = actions.get(conn, asked) if asked else None
    if action is not None and action.kind in _OF_THE_PILOT:
        about = with_pilot(conn, about)
    return replace(about, asking={action.id: action} if action is not None else {})


def _is_about_own(intent: Intent, event: Said) -> bool:
    """为什么, 改内容, 很急: about the newest of one's own; 为什么才收到 is about what came."""
    if not isinstance(intent, Ask) or intent.wish not in own_turns.WISHES:
        return False
    return intent.wish is not Wish.WHY or not is_about_delay(event.message.text)


def _is_no_answer(scene: Scene, event: Said) -> bool:
    """不发了 may be a button's own words, which are about what was shown last."""
    offers = scene.dialog.offers if scene.dialog is not None else ()
    return plain.picked(event.message.text, [label for label, _ in offers]) is None


def _may_retime(scene: Scene, event: Said) -> bool:
    return _is_no_answer(scene, event) and not (scene.dialog is not None and scene.dialog.expects)


def _with_held(conn: Connection, scene: Scene) -> Scene:
    """照发 needs to know which rows still wait."""
    if scene.action is None or scene.action.kind != freshness.GO_AHEAD:
        return scene
    return _about(conn, scene, scene.action.subject)


def _about(conn: Connection, scene: Scene, announcement: str) -> Scene:
    """The same, about one announcement with every row of it."""
    row = announcements.get(conn, announcement)
    carried = outbox.of_announcement(conn, announcement) if row else ()
    rows = outbox.summary(conn, announcement) if row else {}
    return replace(scene, row=row, rows=rows, carried=carried)


def _notice_meant(conn: Connection, scene: Scene, event: Said, now: datetime) -> str:
    """The announcement a question is about: the latest that reached who asks, or their own."""
    intent = parse(event.message.text)
    if scene.asker is None or not isinstance(intent, Ask):
        return ""
    if intent.wish in answers.OF_A_COPY:
        important = intent.wish is Wish.RECEIVED
        return reach.latest_for(conn, scene.world.directory, scene.asker, now, important=important)
    return reach.own_latest(conn, scene.asker, intent.about) if intent.wish in answers.OF_OWN else ""


def _read_ones(conn: Connection, event: Read) -> tuple[str, ...]:
    """The announcements behind the messages that were read."""
    rows = (outbox.by_message(conn, event.platform, one) for one in event.receipts)
    seen = (each for row in rows if row is not None for each in _items(conn, row))
    return tuple(row.entry.announcement for row in seen if row.entry.announcement)


def _items(conn: Connection, row: OutboxRow) -> tuple[OutboxRow, ...]:
    """The notices in one message: itself, or all that it carries."""
    return bundles.carried(conn, row.entry.key) if row.entry.step == bundles.CARRIER else (row,)


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
            outbox.cancel(conn, announcement=change.announcement, group=change.group, reason=change.reason)
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
        case LetterAnswered():
            letters.add(conn, change.id, change.thread, change.batch, "company", change.text)
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
        timers.put(conn, Timer(key=group, kind="release", subject=announcement, due_at=change.until))


def _resume(conn: Connection, now: datetime) -> None:
    """Every release that waited for the end of the pause is due now, and spreads from now."""
    marks.resume(conn)
    for group, announcement in outbox.held_by_pause(conn):
        timers.cancel(conn, group)
        timers.put(conn, Timer(key=group, kind="release", subject=announcement, due_at=now))


def _settle_by_hand(conn: Connection, change: Settle, now: datetime) -> None:
    row = outbox.by_key(conn, change.key)
    if row is None:
        return
    if change.arrived:
        outbox.settle_unknown(conn, row.id, as_sent=True, by=change.by, now=now)
    else:
        outbox.resend(conn, row.id, now, effect=again.marked(row.entry.effect))


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
        timers.put(conn, Timer(key=group, kind="release", subject=announcement, due_at=now))
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
        scene = _about(conn, facts.gather(conn, world, now, subject=about), about)
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
        scene = _about(conn, scene, recalling)
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
        copies_on=outbox.copies_on(conn, subject),
        untold=outbox.untold_of(conn, subject),
    )
