"""投递有了结果 (settled): what the announcement's author and the admins are told of it."""

from __future__ import annotations

from dataclasses import replace

from bot.facts import Scene
from bot.store.keys import derive
from bot.store.rows import Action, AnnouncementRow, AuditEntry, NewOutbox, OutboxRow, OutboxState
from bot.turns import draft, tell
from bot.turns.outcome import Outcome
from policies import announcement as life
from policies.announcement import Act, State
from policies.effects import UpdateCard, platform_of
from policies.model import Person, Weight
from policies.wording import counts, progress
from policies.wording import due as words

_ON_ITS_WAY = (OutboxState.DUE, OutboxState.ATTEMPTED)


def turn(row: OutboxRow, scene: Scene) -> Outcome:
    """``row`` is as it stands after the mark; ``scene.rows`` and ``scene.copies`` count it already."""
    match row.state:
        case OutboxState.UNKNOWN:
            return _unknown(row, scene) + _progress(scene)
        case OutboxState.DEAD:
            return _dead(row, scene) + _progress(scene)
        case _:
            return _progress(scene)


def _unknown(row: OutboxRow, scene: Scene) -> Outcome:
    """It may have arrived: shown to author and admins at once, sent again only by a human."""
    line = Outcome(audit=(_line(row, scene, "unknown"),))
    if not row.entry.announcement:
        return line
    people = _concerned(scene)
    pair = _pair(row, scene, people)
    card = words.unknown(
        scene.row.announcement.text if scene.row else "",
        _target(row, scene),
        row.first_attempt_at or scene.now,
        scene.now,
        lambda choice: pair[choice.id].id,
        zone=scene.world.zone,
    )
    if row.receipt.get("trace") == "created":
        card = replace(card, hint=words.CARD_CREATED)
    return line + tell.tell(
        scene,
        people,
        card,
        cause=row.entry.key,
        step=f"unknown:{row.entry.generation}",
        kind="unknown",
        platform_of_first=scene.row.asked_from if scene.row else None,
        actions=tuple(pair.values()),
    )


def _pair(row: OutboxRow, scene: Scene, people: list[Person]) -> dict[str, Action]:
    tenant = scene.world.tenants[platform_of(row.entry.effect)]
    ids = {
        choice.id: derive(tenant, row.entry.key, f"action:{choice.id}", "", row.entry.generation)[:24]
        for choice in words.UNKNOWN
    }
    return {
        choice.id: Action(
            id=ids[choice.id],
            kind=choice.id,
            subject=row.entry.announcement,
            label=choice.label,
            addressees=tuple(person.id for person in people),
            change={
                "key": row.entry.key,
                "pair": " ".join(other for other in ids.values() if other != ids[choice.id]),
            },
            expires_at=scene.now + draft.ACTIONS_LIVE,
        )
        for choice in words.UNKNOWN
    }


def _dead(row: OutboxRow, scene: Scene) -> Outcome:
    line = Outcome(audit=(_line(row, scene, "dead"),))
    if scene.row is None:
        return line
    text = words.given_up(scene.row.announcement.text, _target(row, scene), row.error_kind, row.error)
    return line + tell.author_and_admins(
        scene,
        scene.row,
        text,
        step=f"dead:{row.entry.key}",
        kind="unknown" if row.entry.weight <= Weight.URGENT else "dead",
    )


def _concerned(scene: Scene) -> list[Person]:
    author = scene.world.directory.person(scene.row.announcement.author) if scene.row else None
    first = [author] if author is not None and author.is_active else []
    return [*first, *scene.world.admin_people()]


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


def _progress(scene: Scene) -> Outcome:
    """When nothing is on its way any more, the author's card says how far it has come."""
    about = scene.row
    if about is None or any(scene.rows.get(state, 0) for state in _ON_ITS_WAY):
        return Outcome()
    waiting = scene.rows.get(OutboxState.HELD, 0)
    changed = about
    if not waiting and about.state is State.SCHEDULED:
        changed = replace(about, state=life.advance(about.state, Act.RELEASE))
    if not waiting and changed.state in (State.SENDING, State.SENT, State.PARTLY_SENT):
        whole = not any(scene.rows.get(state, 0) for state in _LOST)
        act = Act.FINISH if whole else Act.FINISH_PARTLY
        if life.may(changed.state, act):
            changed = replace(changed, state=life.advance(changed.state, act))
    return Outcome(
        announcements=(changed,) if changed is not about else (),
        outbox=_face(scene, about),
    )


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
        cancelled=scene.copies.get(OutboxState.CANCELLED, 0),
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
