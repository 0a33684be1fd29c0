"""小计划的卡片 (keeping): what a change of the directory means for our groups, for the admins to nod to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

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


def news(
    scene: Scene,
    *,
    heads: Sequence[Head],
    left: Sequence[Person],
    held: Mapping[PersonId, int],
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
    behind = [(one.name, held.get(one.id, 0), one in left) for one in _once(heads, left) if held.get(one.id)]
    lines += [words.left_behind(name, n, has_left=has_left) for name, n, has_left in behind]
    lines = [line for line in lines if line]
    if not lines or not (
        rest.changes or rest.todos or behind or done or any(_grants(scene, one) for one, _, _ in heads)
    ):
        return Outcome()
    heir = next((new.name for _, _, new in heads if new is not None and small.handovers(rest)), "")
    return _to_admins(scene, rest, words.TITLE, tuple(lines), "news", heir)


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
    scene: Scene, plan: Plan, title: str, lines: tuple[str, ...], step: str, heir: str = ""
) -> Outcome:
    card, offered = _card(scene, plan, title, lines, heir)
    cause = f"workspace:{plan.digest}:{scene.now.date().isoformat()}"
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
    scene: Scene, plan: Plan, title: str, lines: tuple[str, ...], heir: str
) -> tuple[Card, tuple[Action, ...]]:
    """Without changes, or where a guard says no, there is nothing to press."""
    if not plan.changes or plan.stops or plan.problems:
        return Card(title=title, body=lines), ()
    choices = (words.all_of_it(heir), words.NOT_NOW)
    ids = {
        one.id: derive("", plan.digest, f"action:{one.id}", scene.now.isoformat(), 0)[:24] for one in choices
    }
    offered = tuple(
        Action(
            id=ids[one.id],
            kind=one.id,
            subject=plan.id,
            label=one.label,
            addressees=tuple(person.id for person in scene.world.admin_people()),
            change={"digest": plan.digest, "pair": " ".join(ids.values())},
            expires_at=scene.now + LIVES,
        )
        for one in choices
    )
    return words.card(title, lines, plan, choices, lambda choice: ids[choice.id]), offered


def _apply(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """An admin nods; the keeper looks again and does exactly that."""
    ask = GroupAsk(
        id=derive("", event.cause, "group:apply", action.id, 0)[:24],
        kind="apply",
        about=str(action.change["digest"]),
        account=event.presser,
        person=str(asker.id),
        asked_at=scene.now,
    )
    reply = Reply(toast=words.TAKEN, tone=ToastTone.SUCCESS, card=words.pressed(action.subject, words.TAKEN))
    return _spent(action, reply) + Outcome(changes=(AskOfGroups(ask=ask),))


def _leave(_: Pressed, __: Scene, action: Action, ___: Person) -> Outcome:
    return _spent(
        action,
        Reply(toast=words.LEFT, tone=ToastTone.SUCCESS, card=words.pressed(action.subject, words.LEFT)),
    )


def _spent(action: Action, reply: Reply) -> Outcome:
    return Outcome(used=tuple(str(action.change["pair"]).split()), reply=reply)


TURNS = {words.APPLY: _apply, words.NOT_NOW.id: _leave}
