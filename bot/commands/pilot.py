"""试点的命令 (pilot commands): start when every promise can be kept, look, and stop by a plan; for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot import figures, gathering, pipeline
from bot.commands.room import BY_HAND, GUARDED, Room
from bot.control import Refused
from bot.facts import Scene
from bot.rehearse import company as companies
from bot.store import marks, pilots
from bot.store.engine import Connection
from bot.store.pilots import PilotRow
from bot.turns import pilot as turns
from bot.turns import pilot_end
from bot.workspace import found
from bot.world import World
from policies import pilot as life
from policies import verdict
from policies.pilot import Act, Plan, State
from policies.verdict import Report
from policies.wording import pilot as words

WRONG_INPUT = 2


async def start(room: Room, _: Mapping[str, Any]) -> str:
    """Ask whom it needs, and begin if nothing is missing; the same command again sends nothing twice.

    ``""``: nothing is missing but a look at the groups as they are (``pilot.found``), which is kept for a stop.

    Raises:
        Refused: with 3 and every missing step, with 2 where the configuration has no pilot.
    """
    world = room.world()
    plan = _plan(world)
    text, code = await room.store.write(_start, world, plan, room.clock.now())
    room.on_change()
    if code:
        raise Refused(text, code=code)
    return text


async def status(room: Room, _: Mapping[str, Any]) -> dict[str, Any]:
    """How it stands; ``report`` is ``None`` before it has begun."""
    world = room.world()
    plan = _plan(world)
    return await room.store.read(_status, world, plan, room.clock.now())


async def report(room: Room, _: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of the page, as plain values.

    Raises:
        Refused: nothing has begun.
    """
    world = room.world()
    _plan(world)
    so_far = await room.store.read(_report, world, room.clock.now())
    if so_far is None:
        raise Refused(words.NO_PILOT, code=GUARDED)
    return verdict.to_json(so_far)


async def stop(room: Room, arguments: Mapping[str, Any]) -> str:
    """What would change; with ``yes`` it does."""
    world = room.world()
    _plan(world)
    text, code = await room.store.write(_stop, world, bool(arguments.get("yes")), room.clock.now())
    room.on_change()
    if code:
        raise Refused(text, code=code)
    return text


async def company(room: Room, _: Mapping[str, Any]) -> dict[str, Any] | None:
    """People, departments and groups as the mirror has them, for a rehearsal; ``None`` before any was read."""
    world = room.world()
    return companies.to_json(world.directory, world.chats) if world.directory.seen_at else None


async def rehearsed(room: Room, arguments: Mapping[str, Any]) -> bool:
    """Keep what a rehearsal of this configuration has found, for ``start`` and for the heads."""
    plan = _plan(room.world())
    await room.store.write(marks.put, turns.REHEARSED, {**arguments, "pilot": plan.id})
    return True


def _plan(world: World) -> Plan:
    if world.pilot is None:
        raise Refused(words.NOT_CONFIGURED, code=WRONG_INPUT)
    return world.pilot


def _start(conn: Connection, world: World, plan: Plan, now: datetime) -> tuple[str, int]:
    scene = Scene(world=world, now=now)
    known = pilots.get(conn, plan.id)
    latest = pilots.current(conn)
    if latest is not None and latest.id != plan.id and latest.state in (State.RUNNING, State.ENDED):
        return words.other_runs(latest.departments), GUARDED
    pilot = known or PilotRow(
        id=plan.id,
        state=State.ASKING,
        starts=plan.starts,
        ends=plan.ends,
        departments=tuple(one.name for one in plan.departments),
        asked_at=now,
    )
    if pilot.state in (State.ROLLED_OUT, State.STOPPED):
        return words.over_already(), GUARDED
    if pilot.state is not State.ASKING:
        so_far = figures.gather(conn, world, pilot, now)
        return words.already(pilot.departments, so_far.nth_day, so_far.length), 0
    pilots.put(conn, pilot)
    _ask_heads(conn, scene, pilot, plan)
    consents = pilots.consents_of(conn, pilot.id)
    said = {
        one.name: consents[one.name].said
        for one in plan.departments
        if one.name in consents and consents[one.name].head == one.head
    }
    missing = life.missing(plan, scene.today, said, _impossible(conn, plan))
    if missing:
        asked = {name: turns.asked_at(scene, one) for name, one in consents.items()}
        return words.not_started(missing, asked), GUARDED
    if not found.is_kept(conn, pilot.id):
        return "", 0
    pipeline.write(conn, turns.begin(scene, pilot, BY_HAND), now)
    text = words.started(pilot.departments, turns.dates(world, pilot.starts, pilot.ends), len(plan.people))
    return text, 0


def _ask_heads(conn: Connection, scene: Scene, pilot: PilotRow, plan: Plan) -> None:
    """Each head of each department once; a new head is asked anew."""
    consents = pilots.consents_of(conn, pilot.id)
    for department in plan.departments:
        head = scene.world.directory.person(department.head) if department.head else None
        known = consents.get(department.name)
        if head is None or (known is not None and known.head == head.id):
            continue
        pipeline.write(conn, turns.ask(scene, pilot, department, head), scene.now)


def _impossible(conn: Connection, plan: Plan) -> tuple[str, ...]:
    """What the last rehearsal of this very pilot found that cannot be kept."""
    kept = marks.get(conn, turns.REHEARSED) or {}
    return tuple(kept.get("impossible", ())) if kept.get("pilot") == plan.id else ()


def _status(conn: Connection, world: World, plan: Plan, now: datetime) -> dict[str, Any]:
    scene = Scene(world=world, now=now)
    pilot = pilots.get(conn, plan.id)
    if pilot is None or pilot.state is State.ASKING:
        said = {name: one.said for name, one in pilots.consents_of(conn, plan.id).items()}
        missing = life.missing(plan, scene.today, said, _impossible(conn, plan))
        return {
            "state": "asking" if pilot else "planned",
            "said": words.not_begun(len(missing)),
            "report": None,
        }
    so_far = figures.gather(conn, world, pilot, now)
    if so_far.nth_day == 0:
        text = words.to_begin(turns.dates(world, pilot.starts, pilot.ends))
        return {"state": pilot.state.value, "said": text, "report": None}
    return {"state": pilot.state.value, "said": words.status(so_far), "report": verdict.to_json(so_far)}


def _report(conn: Connection, world: World, now: datetime) -> Report | None:
    pilot = pilots.current(conn)
    if pilot is None or pilot.begun_at is None:
        return None
    return figures.gather(conn, world, pilot, now)


def _stop(conn: Connection, world: World, yes: bool, now: datetime) -> tuple[str, int]:
    pilot = pilots.current(conn)
    if pilot is not None and pilot.state is State.STOPPED:
        return words.stopped_already(), 0
    if pilot is None or not life.may(pilot.state, Act.STOP):
        return words.NO_PILOT, GUARDED
    scene = gathering.with_pilot(conn, Scene(world=world, now=now, pilot=pilot))
    if not yes:
        return words.stop_preview(pilot_end.stop_plan(scene, pilot)), 0
    pipeline.write(conn, pilot_end.stop(scene, pilot, BY_HAND), now)
    return words.is_stopped(), 0
