"""试点的结尾 (the end of a pilot): the verdict is told, heads advise, an admin decides; a stop shows its plan first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from adapters.port import Reply, ToastTone
from bot.facts import Scene
from bot.store.pilots import PilotRow
from bot.store.rows import Action, OutboxRow, Timer
from bot.turns import draft, tell
from bot.turns import pilot as pilot_turns
from bot.turns.outcome import Keep, LeaveOut, Outcome
from policies import pilot as life
from policies.model import Due, Person, Pressed
from policies.pilot import Act, State
from policies.wording import pilot as words
from policies.wording import pressed as press_words
from policies.wording.choice import Choice

MORE_DAYS = 14


def verdict_due(event: Due, scene: Scene, _: Sequence[OutboxRow]) -> Outcome:
    """The card with what is known, to the heads and the admins; the rules go on until somebody decides.

    The last questionnaire is part of what is known: while one is open, the card waits for its end.
    """
    pilot, plan, report = scene.pilot, scene.world.pilot, scene.report
    if pilot is None or plan is None or report is None or pilot.id != event.subject:
        return Outcome()
    if pilot.state is not State.RUNNING:
        return Outcome()
    waits = [one.closes_at for one in report.still_open if not one.is_late]
    if waits:
        return Outcome(timers=(pilot_turns.verdict_timer(scene.world, pilot, waits),))
    ended = replace(pilot, state=life.advance(pilot.state, Act.END))
    directory = scene.world.directory
    heads = [person for one in plan.departments if one.head and (person := directory.person(one.head))]
    people = list({person.id: person for person in (*heads, *scene.world.admin_people())}.values())
    offered = {
        choice.id: pilot_turns.action(pilot, choice, people, f"{pilot.extended}")
        for choice in words.DECISIONS
    }
    card = words.verdict(report, words.DECISIONS, lambda choice: offered[choice.id].id)
    told = tell.tell(
        scene,
        people,
        card,
        cause=f"{pilot.id} {pilot.extended}",
        step="verdict",
        kind=pilot_turns.KIND,
        actions=tuple(offered.values()),
    )
    return told + Outcome(
        changes=(Keep(row=ended),), audit=(pilot_turns.line(scene, ended, "pilot-ended", "yizhan"),)
    )


def decide(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """A head advises; an admin decides, and a stop shows its plan first."""
    pilot = scene.pilot
    if pilot is None or pilot.id != action.subject or pilot.state is not State.ENDED:
        return Outcome(reply=Reply(toast=words.GONE, tone=ToastTone.INFO))
    choice = next(one for one in words.DECISIONS if one.id == action.kind)
    noted = _advised(scene, pilot, asker, choice)
    if not scene.world.is_admin(asker):
        return noted.with_reply(Reply(toast=words.ONLY_ADMINS, tone=ToastTone.SUCCESS))
    if choice is words.STOP:
        return noted + _show_stop(event, scene, pilot, asker)
    act = Act.ROLL_OUT if choice is words.ROLL_OUT else Act.EXTEND
    changed = replace(
        pilot, state=life.advance(pilot.state, act), decided_at=scene.now, decided_by=str(asker.id)
    )
    timers: tuple[Timer, ...] = ()
    text = words.rolled_out()
    if act is Act.EXTEND:
        changed = replace(
            changed, ends=changed.ends + timedelta(days=MORE_DAYS), extended=changed.extended + 1
        )
        timers = (pilot_turns.verdict_timer(scene.world, changed),)
        text = words.extended(pilot_turns.dates(scene.world, changed.starts, changed.ends))
    return (
        noted
        + draft.say(scene, text, event.cause, "pilot-decided")
        + Outcome(
            changes=(Keep(row=changed),),
            timers=timers,
            audit=(pilot_turns.line(scene, changed, "pilot-decided", str(asker.id), decision=act.value),),
            reply=Reply(toast=words.NOTED, tone=ToastTone.SUCCESS, card=words.decided(choice.label)),
        )
    )


def _advised(scene: Scene, pilot: PilotRow, asker: Person, choice: Choice) -> Outcome:
    plan = scene.world.pilot
    led = plan.led_by(asker.id) if plan is not None else ()
    out = Outcome()
    for department in led:
        consent = scene.consents.get(department.name)
        if consent is None:
            continue
        out += Outcome(changes=(Keep(row=replace(consent, advice=choice.id.removeprefix("pilot-"))),))
        others = [one for one in scene.world.admin_people() if one.id != asker.id]
        out += tell.tell(
            scene,
            others,
            words.advice(asker.name, department.name, choice.label),
            cause=f"{pilot.id} {department.name} {choice.id}",
            step="advice",
            kind=pilot_turns.KIND,
        )
    return out


def _show_stop(event: Pressed, scene: Scene, pilot: PilotRow, asker: Person) -> Outcome:
    offered = {
        choice.id: pilot_turns.action(pilot, choice, [asker], event.cause)
        for choice in (words.STOP_NOW, words.GO_ON)
    }
    card = words.stop_card(stop_plan(scene, pilot), lambda choice: offered[choice.id].id)
    shown = draft.show_to_asker(scene, card, tuple(offered.values()), event.cause, "pilot-stop")
    return shown.with_reply(Reply(toast=press_words.TOLD, tone=ToastTone.INFO))


def stop_plan(scene: Scene, pilot: PilotRow) -> tuple[str, ...]:
    touched = scene.in_pilot
    return words.stop_plan(
        pilot.departments,
        planned=len(touched.planned),
        still_open=touched.still_open,
        held=touched.held,
        copies=touched.copies,
    )


def stop_pressed(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    pilot = scene.pilot
    if pilot is None or pilot.id != action.subject or not life.may(pilot.state, Act.STOP):
        return Outcome(reply=Reply(toast=words.GONE, tone=ToastTone.INFO))
    if not scene.world.is_admin(asker):
        return Outcome(reply=Reply(toast=press_words.NOT_ALLOWED, tone=ToastTone.WARNING))
    reply = Reply(toast=words.NOTED, tone=ToastTone.SUCCESS, card=words.decided(words.STOP.label))
    return stop(scene, pilot, str(asker.id)).with_reply(reply) + draft.say(
        scene, words.is_stopped(), event.cause, "pilot-stopped"
    )


def stop(scene: Scene, pilot: PilotRow, by: str) -> Outcome:
    """The rules bind nobody any more, and who was bound is told; what people have made stays theirs."""
    world = scene.world
    changed = replace(pilot, state=life.advance(pilot.state, Act.STOP), decided_at=scene.now, decided_by=by)
    people = (
        [person for one in sorted(world.pilot.people) if (person := world.directory.person(one))]
        if world.pilot is not None and pilot.begun_at is not None
        else []
    )
    told = tell.tell(
        scene, people, words.stopped(pilot.departments), cause=pilot.id, step="stopped", kind=pilot_turns.KIND
    )
    return told + Outcome(
        changes=(Keep(row=changed), LeaveOut(runs=scene.in_pilot.planned)),
        audit=(pilot_turns.line(scene, changed, "pilot-stopped", by),),
    )


def go_on(_: Pressed, __: Scene, ___: Action, ____: Person) -> Outcome:
    return Outcome(reply=Reply(toast=words.LEFT_AS_IT_IS, tone=ToastTone.INFO))


TURNS = {
    words.ROLL_OUT.id: decide,
    words.EXTEND.id: decide,
    words.STOP.id: decide,
    words.STOP_NOW.id: stop_pressed,
    words.GO_ON.id: go_on,
}
