"""取事实 (gathering): which facts each kind of event needs beside those that every turn has, read in its transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot import facts, figures, reach
from bot.conversation.about import is_about_delay
from bot.conversation.parse import Ask, Intent, Wish, parse
from bot.facts import InPilot, Scene
from bot.store import (
    actions,
    announcements,
    bundles,
    marks,
    outbox,
    pilots,
    polls,
)
from bot.store.pilots import PilotRow
from bot.store.rows import OutboxRow, OutboxState
from bot.turns import (
    answers,
    freshness,
    pilot,
    pilot_end,
    readers,
    recall,
    retime,
)
from bot.turns import own as own_turns
from bot.turns import polls as poll_turns
from bot.world import World
from policies.model import (
    Account,
    PersonId,
    Pressed,
    Read,
    Said,
)
from policies.questionnaire.life import State as PollState
from policies.wording import pilot as pilot_words
from policies.wording import plain

if TYPE_CHECKING:
    from bot.store.engine import Connection


def busy(conn: Connection, world: World, now: datetime) -> tuple[tuple[tuple[Account, ...], datetime], ...]:
    """What is on its way anyway while a morning's rows leave."""
    gap = timedelta(minutes=world.gentle_minutes)
    if not gap:
        return ()
    return sum(
        (bundles.busy(conn, platform, now - gap, now + A_MORNING) for platform in world.channels),
        (),
    )


A_MORNING = timedelta(hours=3)


def for_press(conn: Connection, scene: Scene, event: Pressed) -> Scene:
    """What is pressed by readers needs to know whom it has reached, and by which card; a pilot's, what was said."""
    if scene.action is not None and scene.action.kind in poll_turns.TURNS:
        return facts.with_poll(conn, scene, scene.action.subject)
    if scene.action is not None and scene.action.kind in _OF_THE_PILOT:
        return _of_the_pilot(conn, scene)
    if scene.action is None or scene.action.kind not in _BY_READERS:
        return scene
    card = outbox.by_message(conn, event.platform, event.card)
    return replace(facts.with_reach(conn, scene), outbox_row=card)


def _of_the_pilot(conn: Connection, scene: Scene) -> Scene:
    """Whoever asks for figures needs those; whoever decides, what a stop would touch."""
    if scene.action is None or scene.asker is None or scene.action.kind not in _LOOKS:
        return with_pilot(conn, scene)
    return figures.with_report(conn, scene, pilot.departments_for(scene, scene.asker))


_LOOKS = frozenset(one.id for one in pilot_words.LOOKS)


def with_pilot(conn: Connection, scene: Scene) -> Scene:
    """What the heads have said, the last rehearsal, and what a stop would touch."""
    if scene.pilot is None:
        return scene
    return replace(
        scene,
        consents=pilots.consents_of(conn, scene.pilot.id),
        rehearsal=marks.get(conn, pilot.REHEARSED),
        in_pilot=_in_pilot(conn, scene.world, scene.pilot),
    )


def _in_pilot(conn: Connection, world: World, pilot: PilotRow) -> InPilot:
    own = [one for one in polls.living(conn) if figures.of_pilot(world, pilot, one)]
    people = world.pilot.people if world.pilot is not None else frozenset()
    held = [
        row
        for row in outbox.listing(conn, (OutboxState.HELD,), EVERY_HELD)
        if row.entry.announcement and _is_about(row, people, conn, world)
    ]
    return InPilot(
        planned=tuple(one.run for one in own if one.state is PollState.PLANNED),
        still_open=sum(one.state is PollState.OPEN for one in own),
        held=len({row.entry.announcement for row in held}),
        copies=len(held),
    )


EVERY_HELD = 100_000


def _is_about(row: OutboxRow, people: frozenset[PersonId], conn: Connection, world: World) -> bool:
    """Said by one of them, or to one of them."""
    said = announcements.get(conn, row.entry.announcement)
    if said is not None and said.announcement.author in people:
        return True
    readers = (world.directory.by_account(one) for one in row.entry.recipients)
    return any(reader is not None and reader.id in people for reader in readers)


_OF_THE_PILOT = frozenset({*pilot.TURNS, *pilot_end.TURNS})
_BY_READERS = frozenset({"received", "why", *readers.TURNS})
ABOUT_READERS = frozenset({"count", readers.LOOK})


def for_words(conn: Connection, scene: Scene, event: Said, world: World, now: datetime) -> Scene:
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
        return whole(conn, own, target.announcement.id) if target else own
    if isinstance(intent, Ask) and intent.wish.value == retime.WISH and _may_retime(scene, event):
        own = facts.with_own(conn, scene)
        target = retime.meant(own.own)
        return whole(conn, own, target.announcement.id) if target else own
    if isinstance(intent, Ask) and intent.wish is Wish.PRIVACY:
        return facts.with_kept(conn, scene)
    if isinstance(intent, Ask) and intent.wish is Wish.STATUS:
        return facts.with_lines(conn, scene)
    if _is_about_own(intent, event) and _is_no_answer(scene, event) and _may_retime(scene, event):
        mine = facts.with_own(conn, scene)
        target = own_turns.meant(mine.own)
        return whole(conn, mine, target.announcement.id) if target else mine
    about_notice = _notice_meant(conn, scene, event, now)
    if dialog is None:
        if not about_notice:
            return scene
        return facts.with_reach(conn, facts.gather(conn, world, now, account=account, subject=about_notice))
    index = plain.picked(event.message.text, [label for label, _ in dialog.offers]) if dialog.offers else None
    if index is not None:
        there = facts.gather(conn, world, now, account=account, action=dialog.offers[index][1])
        if there.action is not None and there.action.kind in _OF_THE_PILOT:
            return _of_the_pilot(conn, there)
        return with_rows(conn, there)
    if about_notice and not dialog.expects:
        return facts.with_reach(conn, facts.gather(conn, world, now, account=account, subject=about_notice))
    if not dialog.subject:
        return scene
    _, _, asked = dialog.expects.partition(" ")
    about = facts.gather(conn, world, now, account=account, subject=dialog.subject)
    if dialog.expects == retime.EXPECTS:
        about = whole(conn, about, dialog.subject)
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


def with_rows(conn: Connection, scene: Scene) -> Scene:
    """照发 needs to know which rows still wait."""
    if scene.action is None or scene.action.kind != freshness.GO_AHEAD:
        return scene
    return whole(conn, scene, scene.action.subject)


def whole(conn: Connection, scene: Scene, announcement: str) -> Scene:
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


def read_ones(conn: Connection, event: Read) -> tuple[str, ...]:
    """The announcements behind the messages that were read."""
    rows = (outbox.by_message(conn, event.platform, one) for one in event.receipts)
    seen = (each for row in rows if row is not None for each in _items(conn, row))
    return tuple(row.entry.announcement for row in seen if row.entry.announcement)


def _items(conn: Connection, row: OutboxRow) -> tuple[OutboxRow, ...]:
    """The notices in one message: itself, or all that it carries."""
    return bundles.carried(conn, row.entry.key) if row.entry.step == bundles.CARRIER else (row,)
