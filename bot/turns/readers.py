"""谁看了 (readers): counts for the author, a private reminder at most twice, names only where the notice says so."""

from __future__ import annotations

from datetime import timedelta

from adapters.port import Reply, ToastTone
from bot.conversation.parse import Ask
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.rows import (
    Action,
    AnnouncementRow,
    AuditEntry,
    Look,
    OutboxState,
    ReceiptEntry,
    ReceiptKind,
    Timer,
)
from bot.turns import draft, spoken, tell
from bot.turns.outcome import Outcome
from policies import metrics, rates
from policies.effects import platform_of
from policies.model import Due, Person, PersonId, Pressed, Read, Said
from policies.wording import pressed as press_words
from policies.wording import readers as words
from policies.wording.choice import Choice

MOST_REMINDERS = 2
BEFORE_THE_WINDOW_CLOSES = timedelta(hours=1)
LOOK = "look"


def asked(event: Said, scene: Scene, asker: Person, _: Ask) -> Outcome:
    """``…谁还没看``: the platforms are asked, and the answer comes when they have told."""
    row = scene.row
    if row is None or row.announcement.author != asker.id or scene.account is None:
        return spoken.refuse(scene, event.cause, words.NOTHING_SENT)
    look = Look(
        key=derive("", event.cause, LOOK, row.announcement.id, 0),
        announcement=row.announcement.id,
        asked_by=scene.account,
        asked_at=scene.now,
    )
    return Outcome(looks=(look,))


def deadline(row: AnnouncementRow, scene: Scene) -> tuple[Timer, ...]:
    """For what is 【重要】: ask once before each platform forgets who has read; in a pilot, when it should be read."""
    in_time = _in_time(row, scene) if scene.is_pilot_on else ()
    if not row.announcement.is_important:
        return in_time
    return in_time + tuple(
        Timer(
            key=f"{LOOK}:{platform}:{row.announcement.id}",
            kind=LOOK,
            subject=row.announcement.id,
            due_at=scene.now + metrics.WINDOWS[platform] - BEFORE_THE_WINDOW_CLOSES,
        )
        for platform in sorted({platform for platform, _ in scene.copies_on})
    )


def _in_time(row: AnnouncementRow, scene: Scene) -> tuple[Timer, ...]:
    """阅读及时率 needs one look when the readers' time is over, for each team's hours, or before the platform forgets."""
    calendars = scene.world.calendars
    in_time = scene.world.pilot.in_time if scene.world.pilot is not None else rates.USUAL
    teams = {one.team for one in scene.recipients(row.announcement)} or {""}
    over = {
        in_time.read_by(scene.now, calendar, is_important=row.announcement.is_important)
        for calendar in (calendars.of(team) for team in teams)
    }
    return tuple(
        Timer(
            key=f"{LOOK}-in-time:{platform}:{row.announcement.id}",
            kind=LOOK,
            subject=row.announcement.id,
            due_at=moment,
        )
        for platform in sorted({platform for platform, _ in scene.copies_on})
        for moment in sorted(
            {min(one, scene.now + metrics.WINDOWS[platform] - BEFORE_THE_WINDOW_CLOSES) for one in over}
        )
    )


def look_due(event: Due, scene: Scene) -> Outcome:
    if scene.row is None:
        return Outcome()
    key = derive("", event.cause, LOOK, event.subject, 0)
    return Outcome(looks=(Look(key=key, announcement=event.subject, asked_by=None, asked_at=scene.now),))


def read(event: Read, scene: Scene, announcements: tuple[str, ...]) -> Outcome:
    """The platform says by itself that a direct message was read."""
    if scene.asker is None:
        return Outcome()
    return Outcome(
        receipts=tuple(
            ReceiptEntry(
                announcement=one,
                person=scene.asker.id,
                kind=ReceiptKind.READ,
                account=event.reader,
                at=event.occurred_at,
            )
            for one in dict.fromkeys(announcements)
        )
    )


def found(scene: Scene) -> metrics.Readers:
    """Where everybody stands whom it was for."""
    directory = scene.world.directory
    copies = []
    for identity, row in scene.reach.copies.items():
        person = directory.person(identity)
        copies.append(
            metrics.Copy(
                person=identity,
                platform=platform_of(row.entry.effect),
                sent_at=row.sent_at if row.state is OutboxState.SENT else None,
                is_read=identity in scene.reach.read or identity in scene.reach.received,
                is_active=person is not None and person.is_active,
                looked_at=scene.reach.looks.get(row.entry.key),
            )
        )
    return metrics.readers(copies, scene.now)


def told(look: Look, scene: Scene) -> Outcome:
    """The answer to who asked, after the platforms have been asked."""
    row = scene.row
    if look.asked_by is None or row is None or scene.asker is None:
        return Outcome()
    if not scene.reach.copies:
        return draft.say(scene, words.nobody_known(row.announcement.text), look.key)
    standing = found(scene)
    choices = _choices(standing, scene)
    offered = {choice.id: _action(choice, row, scene, scene.asker) for choice in choices}
    card = words.answer(
        row.announcement.text,
        standing,
        len(scene.reach.received),
        choices,
        lambda choice: offered[choice.id].id,
    )
    return draft.show_to_asker(scene, card, tuple(offered.values()), look.key, "readers")


def _choices(standing: metrics.Readers, scene: Scene) -> tuple[Choice, ...]:
    missing = bool(standing.unread or standing.unknown)
    remind = (words.REMIND,) if missing and scene.reminded < MOST_REMINDERS else ()
    names = (words.NAMES,) if missing and scene.world.show_readers else ()
    return (*remind, *names, words.NO_NEED) if remind or names else ()


def _action(choice: Choice, row: AnnouncementRow, scene: Scene, asker: Person) -> Action:
    nth = scene.reminded + 1 if choice is words.REMIND else 0
    return Action(
        id=derive("", row.announcement.id, f"action:{choice.id}", str(asker.id), nth)[:24],
        kind=choice.id,
        subject=row.announcement.id,
        label=choice.label,
        addressees=(asker.id,),
        expires_at=scene.now + draft.ACTIONS_LIVE,
        once=choice is words.REMIND,
    )


def remind(_: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """A word in private, in their own hours, to those who have not read or of whom nobody knows."""
    row = scene.row
    if row is None or scene.reminded >= MOST_REMINDERS:
        return Outcome(reply=Reply(toast=words.ENOUGH, tone=ToastTone.INFO))
    standing = found(scene)
    people = [
        person
        for identity in (*standing.unread, *standing.unknown)
        if identity != asker.id and (person := scene.world.directory.person(identity)) is not None
    ]
    if not people:
        return Outcome(reply=Reply(toast=words.NOBODY, tone=ToastTone.INFO))
    text = words.reminder(row.announcement.text, asker.name)
    line = AuditEntry(
        at=scene.now,
        who=str(asker.id),
        act="reminded",
        subject=row.announcement.id,
        details={"people": len(people)},
    )
    rows = Outcome()
    for person in people:
        carried = scene.reach.copies[person.id]
        account = next((one for one in carried.entry.recipients if one in person.accounts), None)
        rows += tell.tell(
            scene,
            [person],
            text,
            cause=action.id,
            step="remind",
            kind="reminder",
            platform_of_first=account,
        )
    return rows + Outcome(
        audit=(line,), reply=Reply(toast=words.reminded(len(people)), tone=ToastTone.SUCCESS)
    )


def names(event: Pressed, scene: Scene, _: Action, __: Person) -> Outcome:
    """Only where the published notice says that authors see them; asked again at the press."""
    if scene.row is None or not scene.world.show_readers:
        return Outcome(reply=Reply(toast=press_words.NOT_ALLOWED, tone=ToastTone.WARNING))
    standing = found(scene)
    said = draft.say(
        scene, words.names(_named(standing.unread, scene), _named(standing.unknown, scene)), event.cause
    )
    return said.with_reply(Reply(toast=press_words.TOLD, tone=ToastTone.SUCCESS))


def no_need(_: Pressed, __: Scene, ___: Action, ____: Person) -> Outcome:
    return Outcome(reply=Reply(toast=words.LEFT_ALONE, tone=ToastTone.INFO))


def _named(people: tuple[PersonId, ...], scene: Scene) -> list[str]:
    found_people = (scene.world.directory.person(one) for one in people)
    return [person.name for person in found_people if person is not None]


TURNS = {words.REMIND.id: remind, words.NAMES.id: names, words.NO_NEED.id: no_need}
