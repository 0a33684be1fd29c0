"""过时 (freshness): what waited over a long rest, or speaks of a time that will be over, is asked about before it leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.port import Reply, ToastTone
from bot.conversation import staleness
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.rows import Action, AnnouncementRow, AuditEntry, OutboxRow, OutboxState, Timer
from bot.turns import draft, spoken
from bot.turns.outcome import Outcome, Regroup, StopTimer
from policies import announcement as life
from policies.announcement import Act, State
from policies.card import Card
from policies.model import DepartmentId, Due, Person, Pressed
from policies.wording import due as words
from policies.wording import pressed as toasts

ASK = "freshness"
LATE = "freshness-late"
GO_AHEAD = "go-ahead"
PATIENCE = timedelta(minutes=30)


def timers(scene: Scene, row: AnnouncementRow, opening: datetime | None) -> tuple[Timer, ...]:
    """When its author must be asked, if at all; set with the yes."""
    calendar = scene.world.calendars.company
    if opening is None or not staleness.asks_first(row.announcement, opening, scene.now, calendar):
        return ()
    return _timers(row.announcement.id, opening)


def _timers(subject: str, opening: datetime) -> tuple[Timer, ...]:
    return (
        Timer(key=f"{ASK}:{subject}", kind=ASK, subject=subject, due_at=opening - staleness.BEFORE_OPENING),
        Timer(key=f"{LATE}:{subject}", kind=LATE, subject=subject, due_at=opening + PATIENCE),
    )


def moved(scene: Scene, row: AnnouncementRow, opening: datetime | None) -> Outcome:
    """The question and its reminder go with the moment of what they are about."""
    subject = row.announcement.id
    return Outcome(
        changes=(StopTimer(key=f"{ASK}:{subject}"), StopTimer(key=f"{LATE}:{subject}")),
        timers=timers(scene, row, opening),
    )


def answers_for(scene: Scene, row: AnnouncementRow) -> Person | None:
    """Who said yes in its author's place or has been given it, else the author; ``None``: they have left."""
    people = (row.confirmed_by, row.announcement.author)
    found = (scene.world.directory.person(one) for one in people if one is not None)
    return next((person for person in found if person is not None and person.is_active), None)


def given_to(
    scene: Scene, row: AnnouncementRow, heir: Person, leaves_at: datetime | None, *, asks_first: bool
) -> Outcome:
    """Somebody else answers for it from now on: judged as theirs when it is due, and they are asked before if so wished."""
    subject = row.announcement.id
    line = AuditEntry(at=scene.now, who=str(heir.id), act="took-over", subject=subject)
    asks = _timers(subject, max(leaves_at, scene.now)) if asks_first and leaves_at is not None else ()
    return Outcome(announcements=(replace(row, confirmed_by=heir.id),), timers=asks, audit=(line,))


def answerers(scene: Scene, row: AnnouncementRow) -> tuple[Person, ...]:
    """Who says whether it goes: who answers for it; when they have left, the head over the author; else the admins."""
    directory = scene.world.directory
    answering = answers_for(scene, row)
    if answering is not None:
        return (answering,)
    own = [DepartmentId(str(one)) for one in row.decision.get("departments", ())]
    for department in [
        *own,
        *(up for one in own for up in directory.above(one)),
        *row.announcement.audience.departments,
    ]:
        head = directory.head_of(department)
        if head is not None and head.is_active:
            return (head,)
    return scene.world.admin_people()


def ask(event: Due, scene: Scene, _: Sequence[OutboxRow]) -> Outcome:
    """Ten minutes before the opening: once, and at once, for the answer is wanted by then."""
    row = scene.row
    if row is None or row.state not in (State.SCHEDULED, State.SENDING):
        return Outcome()
    return _asked(scene, row, event.cause)


def hand_over(scene: Scene, row: AnnouncementRow, cause: str) -> Outcome:
    """Its author has left: whoever stands in is asked, and it stays where it is until they answer."""
    subject = row.announcement.id
    late = Timer(key=f"{LATE}:{subject}", kind=LATE, subject=subject, due_at=scene.now + PATIENCE)
    return _asked(scene, row, cause) + Outcome(timers=(late,))


def _asked(scene: Scene, row: AnnouncementRow, cause: str) -> Outcome:
    people = answerers(scene, row)
    is_authors, offered = _offered(scene, row, people)
    card = words.ask_before_release(
        row.announcement.text,
        row.label,
        row.created_at,
        scene.now,
        lambda choice: offered[choice.id].id,
        zone=scene.world.zone,
        from_name="" if is_authors else _name(scene, row),
    )
    return Outcome(
        announcements=(replace(row, state=life.advance(row.state, Act.ASK)),),
        actions=tuple(offered.values()),
        audit=(
            AuditEntry(
                at=scene.now,
                who="yizhan",
                act="asked-author" if is_authors else "asked-stand-in",
                subject=row.announcement.id,
                details={"people": len(people)},
            ),
        ),
    ) + sum(
        (_question(scene, row, person, card, tuple(offered.values()), cause) for person in people), Outcome()
    )


def _offered(scene: Scene, row: AnnouncementRow, people: Sequence[Person]) -> tuple[bool, dict[str, Action]]:
    """Whether its own author is asked, and what can be answered."""
    is_authors = bool(people) and people[0].id == row.announcement.author
    return is_authors, {
        choice.id: Action(
            id=draft.action_id(scene, row, f"fresh:{choice.id}", row.announcement.id),
            kind=GO_AHEAD if choice is words.SEND_NOW else choice.id,
            subject=row.announcement.id,
            label=choice.label,
            addressees=tuple(person.id for person in people),
            version=row.version,
            expires_at=scene.now + draft.ACTIONS_LIVE,
            once=False,
        )
        for choice in (words.ASK if is_authors else words.ASK_OTHERS)
    }


def _question(
    scene: Scene, row: AnnouncementRow, person: Person, card: Card, offered: tuple[Action, ...], cause: str
) -> Outcome:
    account = scene.world.recipient(person, row.asked_from).account
    there = replace(row, asked_from=account)
    mine = account == row.asked_from
    key = derive(
        scene.world.tenants[account.platform],
        row.announcement.id,
        ASK,
        "" if mine else str(account),
        row.version,
    )
    offers = tuple((one.label, one.id) for one in offered)
    return Outcome(
        outbox=(draft.to_author(scene, there, card, cause, key=key),),
        dialogs=(replace(draft.waiting_for(scene, "", there), offers=offers),),
    )


def _name(scene: Scene, row: AnnouncementRow) -> str:
    author = scene.world.directory.person(row.announcement.author)
    return author.name if author is not None else ""


def late(event: Due, scene: Scene, _: Sequence[OutboxRow]) -> Outcome:
    """Half an hour after the opening nobody has answered: said once, and it stays where it is."""
    row = scene.row
    if row is None or row.state is not State.ASKING:
        return Outcome()
    people = answerers(scene, row)
    is_authors, offered = _offered(scene, row, people)
    return spoken.told(
        scene,
        people,
        words.still_not_sent(row.announcement.text, words.ASK if is_authors else words.ASK_OTHERS),
        cause=row.announcement.id,
        step=f"{LATE}:{row.version}",
        kind=LATE,
        platform_of_first=row.asked_from,
        acts=offered,
    )


def _go_ahead(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """照发: it leaves at its opening, or now when that has passed."""
    row = scene.row
    if row is None or row.state is not State.ASKING:
        return Outcome(reply=Reply(toast=toasts.USED, tone=ToastTone.INFO))
    passed = [
        one.id
        for one in scene.carried
        if one.state is OutboxState.HELD and (one.entry.not_before or scene.now) <= scene.now
    ]
    moment = scene.now.replace(microsecond=0) + timedelta(
        seconds=1
    )  # this second's own release may have fired
    group = f"release:{row.announcement.id}:{int(moment.timestamp())}"
    now_due = (
        Outcome(
            changes=(Regroup(ids=tuple(passed), not_before=moment, group=group),),
            timers=(Timer.releasing(group, row.announcement.id, moment),),
        )
        if passed
        else Outcome()
    )
    return now_due + Outcome(
        announcements=(replace(row, state=life.advance(row.state, Act.CONFIRM), confirmed_by=asker.id),),
        changes=(StopTimer(key=f"{LATE}:{row.announcement.id}"),),
        audit=(
            AuditEntry(at=scene.now, who=str(asker.id), act="confirmed-again", subject=row.announcement.id),
        ),
        reply=Reply(toast=toasts.TAKEN, tone=ToastTone.SUCCESS, card=words.goes_ahead(row.announcement.text)),
    )


TURNS: dict[str, Callable[[Pressed, Scene, Action, Person], Outcome]] = {GO_AHEAD: _go_ahead}
DUE = {ASK: ask, LATE: late}
