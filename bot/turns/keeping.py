"""小计划的卡片 (keeping): what a change of the directory means for our groups, for the admins to nod to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from adapters.port import Reply, ToastTone
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.plans import ChangeState, GroupAsk
from bot.store.rows import Action
from bot.turns import draft, tell
from bot.turns.outcome import AskOfGroups, Outcome
from bot.workspace.apply import Ended
from policies.card import Card
from policies.model import Account, Person, PersonId, Pressed
from policies.wording import keeping as words
from policies.workspace import small
from policies.workspace.changes import Plan

LIVES = timedelta(days=14)

Head = tuple[str, Person | None, Person | None]


class Behind(NamedTuple):
    """What somebody leaves behind: announcements that wait, questionnaires that report to them."""

    announcements: int = 0
    polls: int = 0

    def __bool__(self) -> bool:
        return any(self)


class Hand(NamedTuple):
    """From whom to whom."""

    old: PersonId
    new: PersonId


def news(
    scene: Scene,
    *,
    heads: Sequence[Head],
    left: Sequence[Person],
    held: Mapping[PersonId, Behind],
    done: Plan | None,
    rest: Plan,
    names: Mapping[Account, str],
) -> Outcome:
    """One card: who leads now, what is done, what waits for a nod, what somebody leaves behind."""
    lines = [
        words.new_head(
            department, old.name if old else "", new.name if new else "", _grants(scene, department)
        )
        for department, old, new in heads
    ]
    if done is not None:
        lines.append(words.done(done, names))
    lines += words.waits(rest, names)
    behind = [(one, held[one.id], one in left) for one in _once(heads, left) if one.id in held]
    lines += [words.left_behind(one.name, *has, has_left=has_left) for one, has, has_left in behind]
    lines = [line for line in lines if line]
    if not lines or not (
        rest.changes or rest.todos or behind or done or any(_grants(scene, one) for one, _, _ in heads)
    ):
        return Outcome()
    heirs = {old.id: new for _, old, new in heads if old is not None and new is not None}
    hands = tuple(Hand(one.id, heirs[one.id].id) for one, _, _ in behind if one.id in heirs)
    heir = next((new.name for _, _, new in heads if new is not None and (hands or small.handovers(rest))), "")
    waits = any(has.announcements for one, has, _ in behind if one.id in heirs)
    return _to_admins(scene, rest, words.TITLE, tuple(lines), "news", heir, hands, waits=waits)


def drift(scene: Scene, plan: Plan, names: Mapping[Account, str]) -> Outcome:
    """The daily look found something."""
    return _to_admins(scene, plan, words.DRIFT, words.drift(plan, names), "drift")


def changed(scene: Scene, ask: GroupAsk, plan: Plan, names: Mapping[Account, str]) -> Outcome:
    """What was pressed is not the plan any more: the new one, with a press of its own."""
    card, offered = _card(scene, plan, words.CHANGED, words.changed(plan, names), "")
    return draft.show_to_asker(scene, card, offered, ask.id, "plan")


def refused(scene: Scene, ask: GroupAsk, why: str) -> Outcome:
    return draft.say(scene, why, ask.id, "plan")


def applied(scene: Scene, ask: GroupAsk, ended: Ended) -> Outcome:
    good = sum(one.state is ChangeState.APPLIED for one in ended.done)
    return draft.say(scene, words.applied(good, len(ended.done)), ask.id, "plan")


def _once(heads: Sequence[Head], left: Sequence[Person]) -> list[Person]:
    people = [old for _, old, _ in heads if old is not None] + list(left)
    return list({person.id: person for person in people}.values())


def _grants(scene: Scene, department: str) -> bool:
    """Whether who heads it may announce something because of that."""
    return any(department in grant.label for grant in scene.world.grants if not grant.everyone)


def _to_admins(
    scene: Scene,
    plan: Plan,
    title: str,
    lines: tuple[str, ...],
    step: str,
    heir: str = "",
    hands: tuple[Hand, ...] = (),
    *,
    waits: bool = False,
) -> Outcome:
    card, offered = _card(scene, plan, title, lines, heir, hands, waits=waits)
    about = plan.digest or ",".join(one.old for one in hands)
    cause = f"workspace:{about}:{scene.now.date().isoformat()}"
    return tell.tell(
        scene,
        scene.world.admin_people(),
        card,
        cause=cause,
        step=f"workspace:{step}",
        kind="workspace",
        actions=offered,
    )


def _card(
    scene: Scene,
    plan: Plan,
    title: str,
    lines: tuple[str, ...],
    heir: str,
    hands: tuple[Hand, ...] = (),
    *,
    waits: bool = False,
) -> tuple[Card, tuple[Action, ...]]:
    """Without anything to change or to hand over there is nothing to press; nor is a plan that a guard stops."""
    is_stopped = bool(not plan.changes or plan.stops or plan.problems)
    if is_stopped and not hands:
        return Card(title=title, body=lines), ()
    choices = (words.all_of_it(heir), *((words.SEND_THEM,) if waits else ()), words.NOT_NOW)
    about = plan.digest or ",".join(one.old for one in hands)
    ids = {one.id: derive("", about, f"action:{one.id}", scene.now.isoformat(), 0)[:24] for one in choices}
    change = {
        "digest": "" if is_stopped else plan.digest,
        "pair": " ".join(ids.values()),
        "hands": json.dumps(hands),
    }
    offered = tuple(
        Action(
            id=ids[one.id],
            kind=one.id,
            subject=plan.id,
            label=one.label,
            addressees=tuple(person.id for person in scene.world.admin_people()),
            change=change,
            expires_at=scene.now + LIVES,
        )
        for one in choices
    )
    return words.card(title, lines, plan, choices, lambda choice: ids[choice.id]), offered


def _apply(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """An admin nods; the keeper looks again and does exactly that."""
    hands = json.loads(str(action.change["hands"]))
    asks_first = action.kind != words.SEND_THEM.id
    wanted = {
        "apply": str(action.change["digest"]),
        "hand-over": json.dumps({"hands": hands, "asks_first": asks_first}) if hands else "",
    }
    asks = [
        GroupAsk(
            id=derive("", event.cause, f"group:{kind}", action.id, 0)[:24],
            kind=kind,
            about=about,
            account=event.presser,
            person=str(asker.id),
            asked_at=scene.now,
        )
        for kind, about in wanted.items()
        if about
    ]
    reply = Reply(toast=words.TAKEN, tone=ToastTone.SUCCESS, card=words.pressed(action.subject, words.TAKEN))
    return _spent(action, reply) + Outcome(changes=tuple(AskOfGroups(ask=ask) for ask in asks))


def _leave(_: Pressed, __: Scene, action: Action, ___: Person) -> Outcome:
    return _spent(
        action,
        Reply(toast=words.LEFT, tone=ToastTone.SUCCESS, card=words.pressed(action.subject, words.LEFT)),
    )


def _spent(action: Action, reply: Reply) -> Outcome:
    return Outcome(used=tuple(str(action.change["pair"]).split()), reply=reply)


TURNS = {words.APPLY: _apply, words.SEND_THEM.id: _apply, words.NOT_NOW.id: _leave}
