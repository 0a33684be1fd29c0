"""投递有了结果 (settled): what the announcement's author and the admins are told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.facts import Scene
from bot.store import unsettled
from bot.store.keys import derive
from bot.store.rows import Action, AnnouncementRow, AuditEntry, NewOutbox, OutboxRow, OutboxState, Timer
from bot.turns import draft, readers, tell
from bot.turns.outcome import Outcome, TellingOf
from policies import announcement as life
from policies.announcement import Act, State
from policies.effects import UpdateCard, platform_of
from policies.model import Person, Weight
from policies.wording import counts, progress
from policies.wording import due as words
from policies.wording.choice import Choice

_ON_ITS_WAY = (OutboxState.DUE, OutboxState.ATTEMPTED)


def turn(row: OutboxRow, scene: Scene) -> Outcome:
    """``row`` is as it stands after the mark; ``scene.rows`` and ``scene.copies`` count it already."""
    match row.state:
        case OutboxState.UNKNOWN:
            return _unknown(row, scene) + how_far(scene)
        case OutboxState.DEAD:
            return _dead(row, scene) + how_far(scene)
        case _:
            return how_far(scene)


LOST = unsettled.LOST
TOGETHER = timedelta(seconds=30)
"""Within this long after the first, the others go into one list: nobody waits a minute, nobody gets forty cards."""


def _unknown(row: OutboxRow, scene: Scene) -> Outcome:
    """It may have arrived: the first is shown to author and admins at once, those after it in one list."""
    line = Outcome(audit=(_line(row, scene, "unknown"),))
    if not row.entry.announcement:
        return line + Outcome(changes=(TellingOf(ids=(row.id,)),))
    told_before = scene.rows.get(OutboxState.UNKNOWN, 0) > len(_of(scene.untold, OutboxState.UNKNOWN))
    if told_before or len(_of(scene.untold, OutboxState.UNKNOWN)) > 1:
        return line + _later(scene)
    return line + _tell_unknown((row,), scene)


def _later(scene: Scene) -> Outcome:
    """The next border of a grid, so that all that is lost within one step shares one word."""
    if scene.row is None:
        return Outcome()
    step = TOGETHER.total_seconds()
    due_at = datetime.fromtimestamp((scene.now.timestamp() // step + 1) * step, tz=scene.now.tzinfo)
    subject = scene.row.announcement.id
    return Outcome(timers=(Timer(key=f"{LOST}:{subject}", kind=LOST, subject=subject, due_at=due_at),))


def lost_due(scene: Scene) -> Outcome:
    """Everything of this announcement that nobody has been told of, in one card and one line for each reason."""
    unknown = _of(scene.untold, OutboxState.UNKNOWN)
    dead = _of(scene.untold, OutboxState.DEAD)
    told = _tell_unknown(unknown, scene) if unknown else Outcome()
    reasons = dict.fromkeys(row.error_kind for row in dead)
    return told + sum(
        (_tell_dead(tuple(row for row in dead if row.error_kind == kind), scene) for kind in reasons),
        Outcome(),
    )


def _of(rows: tuple[OutboxRow, ...], state: OutboxState) -> tuple[OutboxRow, ...]:
    return tuple(row for row in rows if row.state is state)


def _tell_unknown(rows: tuple[OutboxRow, ...], scene: Scene) -> Outcome:
    people = _concerned(scene)
    pair = _pair(rows, scene, people, words.UNKNOWN)
    first = rows[0]
    about = (
        scene.row.announcement.text if scene.row else "",
        tuple(_target(row, scene) for row in rows),
        first.first_attempt_at or scene.now,
        scene.now,
        lambda choice: pair[choice.id].id,
    )
    if all(row.receipt.get("trace") == "created" for row in rows):
        card = words.card_created(*about, zone=scene.world.zone)
    else:
        card = words.unknown(*about, others=_certain(rows, scene), zone=scene.world.zone)
    return Outcome(changes=(TellingOf(ids=tuple(row.id for row in rows)),)) + tell.tell(
        scene,
        people,
        card,
        cause=first.entry.key,
        step=f"unknown:{first.entry.generation}",
        kind="unknown",
        platform_of_first=scene.row.asked_from if scene.row else None,
        actions=tuple(pair.values()),
    )


def _certain(rows: tuple[OutboxRow, ...], scene: Scene) -> str:
    """What is proved of the other platforms' copies."""
    there = {platform_of(row.entry.effect) for row in rows}
    said = []
    for platform in scene.world.channels:
        counted = {state: n for (one, state), n in scene.copies_on.items() if one is platform}
        if platform not in there and counted:
            said.append(words.certain(platform, counted.get(OutboxState.SENT, 0), sum(counted.values())))
    return "，".join(said)


def _pair(
    rows: tuple[OutboxRow, ...], scene: Scene, people: list[Person], choices: tuple[Choice, ...]
) -> dict[str, Action]:
    """Buttons about these rows that are used up together."""
    row = rows[0]
    tenant = scene.world.tenants[platform_of(row.entry.effect)]
    ids = {
        choice.id: derive(tenant, row.entry.key, f"action:{choice.id}", "", row.entry.generation)[:24]
        for choice in choices
    }
    return {
        choice.id: Action(
            id=ids[choice.id],
            kind=choice.id,
            subject=row.entry.announcement,
            label=choice.label,
            addressees=tuple(person.id for person in people),
            change={
                "key": " ".join(one.entry.key for one in rows),
                "pair": " ".join(other for other in ids.values() if other != ids[choice.id]),
            },
            expires_at=scene.now + draft.ACTIONS_LIVE,
        )
        for choice in choices
    }


def _dead(row: OutboxRow, scene: Scene) -> Outcome:
    line = Outcome(audit=(_line(row, scene, "dead"),))
    if scene.row is None:
        return line + Outcome(changes=(TellingOf(ids=(row.id,)),))
    if row.entry.weight <= Weight.URGENT:
        return line + _tell_dead((row,), scene)
    return line + _later(scene)


def _tell_dead(rows: tuple[OutboxRow, ...], scene: Scene) -> Outcome:
    """One message for one reason, however many it has hit."""
    row = rows[0]
    told = Outcome(changes=(TellingOf(ids=tuple(one.id for one in rows)),))
    if scene.row is None:
        return told
    pair = _pair(rows, scene, _concerned(scene), words.GIVEN_UP)
    card = words.given_up(
        scene.row.announcement.text,
        tuple(_target(one, scene) for one in rows),
        row.error_kind,
        row.error,
        lambda choice: pair[choice.id].id,
    )
    return told + tell.author_and_admins(
        scene,
        scene.row,
        card,
        step=f"dead:{row.entry.key}",
        kind="unknown" if row.entry.weight <= Weight.URGENT else "dead",
        actions=tuple(pair.values()),
    )


def _concerned(scene: Scene) -> list[Person]:
    return tell.concerned(scene, scene.row) if scene.row else list(scene.world.admin_people())


def _target(row: OutboxRow, scene: Scene) -> str:
    directory = scene.world.directory
    if len(row.entry.recipients) > 1 and scene.row is not None and not hasattr(row.entry.effect, "title"):
        return scene.row.label
    names = [person.name for account in row.entry.recipients if (person := directory.by_account(account))]
    return counts.names(names or [""])


def _line(row: OutboxRow, scene: Scene, act: str) -> AuditEntry:
    return AuditEntry(
        at=scene.now,
        who="yizhan",
        act=act,
        subject=row.entry.announcement,
        why=row.error_kind,
        details={"key": row.entry.key, "attempts": row.attempts, "step": row.entry.step},
    )


def how_far(scene: Scene) -> Outcome:
    """When nothing is on its way any more, the author's card says how far it has come."""
    about = scene.row
    if about is None or any(scene.rows.get(state, 0) for state in _ON_ITS_WAY):
        return Outcome()
    waiting = scene.rows.get(OutboxState.HELD, 0)
    changed = about
    if not waiting and about.state is State.SCHEDULED:
        changed = replace(about, state=life.advance(about.state, Act.RELEASE))
    if not waiting and changed.state in (State.SENDING, State.SENT, State.PARTLY_SENT):
        whole = sum(scene.rows.get(state, 0) for state in _LOST) == scene.left
        act = Act.FINISH if whole else Act.FINISH_PARTLY
        if life.may(changed.state, act):
            changed = replace(changed, state=life.advance(changed.state, act))
    return Outcome(
        announcements=(changed,) if changed is not about else (),
        timers=readers.deadline(changed, scene) if _is_over(about, changed) else (),
        outbox=_face(scene, about),
    )


def _is_over(before: AnnouncementRow, after: AnnouncementRow) -> bool:
    return after.state is not before.state and after.state in (State.SENT, State.PARTLY_SENT)


_LOST = (OutboxState.UNKNOWN, OutboxState.DEAD, OutboxState.CANCELLED, OutboxState.QUARANTINED)


def _face(scene: Scene, about: AnnouncementRow) -> tuple[NewOutbox, ...]:
    platform = about.asked_from.platform
    if not scene.world.channels[platform].cards or not about.card_key:
        return ()
    copies = progress.Copies(
        sent=scene.copies.get(OutboxState.SENT, 0),
        waiting=scene.copies.get(OutboxState.HELD, 0),
        unknown=scene.copies.get(OutboxState.UNKNOWN, 0),
        failed=scene.copies.get(OutboxState.DEAD, 0),
        cancelled=scene.copies.get(OutboxState.CANCELLED, 0) - scene.left,
        left=scene.left,
    )
    undo = draft.action_id(scene, about, "undo", about.announcement.id)
    card = progress.face(about.announcement, copies, lambda _: undo)
    counted = ",".join(f"{state}={n}" for state, n in sorted(scene.copies.items()))
    return (
        NewOutbox(
            key=derive(scene.world.tenants[platform], about.announcement.id, "face", counted, about.version),
            effect=UpdateCard(platform=platform, key=about.card_key, message_id="", card=card),
            step="face",
            weight=Weight.CHORE,
            recipients=(about.asked_from,),
            cause=about.announcement.id,
            created_at=scene.now,
        ),
    )
