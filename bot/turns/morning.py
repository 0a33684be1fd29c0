"""早晨 (morning): what has waited leaves in two steps: each announcement is judged, then all of them are arranged.

Between the two lies half a minute in which the rows are still held, so that every announcement of the same opening
is there when moments are given out, and what can wait is put together for each group.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.facts import Scene
from bot.store import bundles, groups
from bot.store.keys import derive
from bot.store.rows import AuditEntry, NewOutbox, OutboxRow, Timer
from bot.turns.outcome import Free, Gather, Outcome, Regroup
from policies import morning
from policies.effects import Address, SendCard, SendText
from policies.model import Chat, Weight
from policies.wording import digest

KIND = "morning"
STEP_S = 30
"""The first leaves a minute after the opening: at nine sharp every system of the company does something."""


def gather(scene: Scene, ids: tuple[int, ...]) -> Outcome:
    """These wait for the next border of a grid, where everything of the same opening is arranged together."""
    if not ids:
        return Outcome()
    moment = datetime.fromtimestamp((scene.now.timestamp() // STEP_S + 1) * STEP_S, tz=scene.now.tzinfo)
    name = groups.morning(moment)
    return Outcome(
        changes=(Gather(ids=ids, bundle=name, not_before=moment),),
        timers=(Timer(key=name, kind=KIND, subject="", due_at=moment, again=True),),
    )


def arrange(scene: Scene, held: Sequence[OutboxRow]) -> Outcome:
    """Moments for all of them; a pause that began meanwhile holds them as it holds everything."""
    if not held:
        return Outcome()
    if scene.pause is not None and scene.pause.until is not None:
        return _paused(held, scene.pause.until)
    joined = _joined(scene, held)
    alone = [row for row in held if row.id not in {one.id for rows in joined for one in rows}]
    messages = [(row,) for row in alone] + joined
    messages.sort(key=lambda rows: rows[0].id)
    world = scene.world
    moments = morning.arrange(
        [_unit(scene, rows) for rows in messages],
        world.calendars,
        scene.now + timedelta(seconds=STEP_S),
        spread=max(timedelta(minutes=world.spread_minutes - 1), timedelta()),
        gap=timedelta(minutes=world.gentle_minutes),
        busy=_busy(scene),
    )
    return Outcome(
        changes=(Free(moments={row.id: moments[row.id] for row in alone}),) if alone else (),
        audit=(
            AuditEntry(
                at=scene.now,
                who="yizhan",
                act="arranged",
                details={"rows": len(held), "messages": len(messages), "digests": len(joined)},
            ),
        ),
    ) + sum((_carried(scene, rows, moments[rows[0].id]) for rows in joined), Outcome())


def _unit(scene: Scene, rows: Sequence[OutboxRow]) -> morning.Unit:
    accounts = {account for row in rows for account in row.entry.recipients}
    found = [scene.world.directory.by_account(account) for account in sorted(accounts)]
    people = [person for person in found if person is not None]
    return morning.Unit(
        id=rows[0].id,
        weight=min(row.entry.weight for row in rows),
        people=frozenset(str(person.id) for person in people) or frozenset({str(_address(rows[0]))}),
        teams=frozenset(scene.world.teams.get(person.id, "") for person in people) or frozenset({""}),
    )


def _busy(scene: Scene) -> dict[str, list[datetime]]:
    rung: dict[str, list[datetime]] = {}
    for accounts, moment in scene.busy:
        people = (scene.world.directory.by_account(account) for account in accounts)
        for person in people:
            if person is not None:
                rung.setdefault(str(person.id), []).append(moment)
    return rung


# ── One message for each group ────────────────────────────────────────────────────────────────────


def _joined(scene: Scene, held: Sequence[OutboxRow]) -> list[tuple[OutboxRow, ...]]:
    """Rows for the same group that can travel together, message by message."""
    if not scene.world.digest:
        return []
    by_group: dict[Chat, dict[int, OutboxRow]] = {}
    for row in held:
        group = _group_of(row)
        if group is not None:
            by_group.setdefault(group, {})[row.id] = row
    joined: list[tuple[OutboxRow, ...]] = []
    for group, rows in by_group.items():
        room = scene.world.channels[group.platform].text_bytes
        sizes = [(one, digest.size_bytes(row.entry.effect)) for one, row in rows.items()]
        joined += [tuple(rows[int(str(one))] for one in ids) for ids in morning.together(sizes, room)]
    return joined


def _group_of(row: OutboxRow) -> Chat | None:
    """Where an ordinary notice that points at nobody goes."""
    effect = row.entry.effect
    if row.entry.weight is not Weight.NORMAL:
        return None
    match effect:
        case SendText(to=Chat() as group, mentions=()):
            return group
        case SendCard(to=Chat() as group) if not effect.card.mentions:
            return group
        case _:
            return None


def _carried(scene: Scene, rows: Sequence[OutboxRow], moment: datetime) -> Outcome:
    group = _address(rows[0])
    if not isinstance(group, Chat):
        raise TypeError("only what goes to a group travels together")
    effects = [row.entry.effect for row in rows]
    cards = scene.world.channels[group.platform].cards
    key = derive(
        scene.world.tenants[group.platform],
        groups.morning(scene.now),
        bundles.CARRIER,
        f"{group} {' '.join(row.entry.key for row in rows)}",
    )
    carrier = NewOutbox(
        key=key,
        effect=SendCard(to=group, card=digest.card(effects))
        if cards
        else SendText(to=group, text=digest.text(effects)),
        step=bundles.CARRIER,
        weight=Weight.NORMAL,
        recipients=tuple(dict.fromkeys(account for row in rows for account in row.entry.recipients)),
        not_before=moment,
        cause=groups.morning(scene.now),
        created_at=scene.now,
    )
    return Outcome(
        changes=(Gather(ids=tuple(row.id for row in rows), bundle=key, not_before=moment),),
        outbox=(carrier,),
    )


def _address(row: OutboxRow) -> Address:
    effect = row.entry.effect
    return effect.to if isinstance(effect, SendText | SendCard) else row.entry.recipients[0]


def _paused(held: Sequence[OutboxRow], until: datetime) -> Outcome:
    by_announcement: dict[str, list[int]] = {}
    for row in held:
        by_announcement.setdefault(row.entry.announcement, []).append(row.id)
    return Outcome(
        changes=tuple(
            Regroup(ids=tuple(ids), not_before=until, group=groups.paused(one, until))
            for one, ids in by_announcement.items()
        ),
        timers=tuple(Timer.releasing(groups.paused(one, until), one, until) for one in by_announcement),
    )
