"""接管、放开、建项目群 (adopting): said in chat, seen from near by the keeper, decided by a press; nothing is skipped."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

from adapters.port import Reply, ToastTone
from bot.conversation.parse import Ask
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.plans import GroupAsk
from bot.store.rows import Action
from bot.turns import draft, spoken, tell
from bot.turns.outcome import AskOfGroups, BindGroup, LetGo, Outcome
from bot.workspace.adoption import Candidate, NotClear
from policies.model import Account, Person, PersonId, Pressed, Said, Scalar
from policies.wording import adopting as words
from policies.wording.choice import ActionOf, Choice
from policies.workspace import codec

OFFER_LIVES = timedelta(days=1)
REQUEST_LIVES = timedelta(days=14)


def adopt(event: Said, scene: Scene, asker: Person, intent: Ask) -> Outcome:
    """把“研发日常”交给你管: looked at first, shown before anything is changed."""
    return _asked(event, scene, asker, "adopt", intent.about, words.LOOKING)


def let_go(event: Said, scene: Scene, asker: Person, intent: Ask) -> Outcome:
    """放开: decided here, since nothing at the platform changes."""
    if not scene.world.is_admin(asker):
        return spoken.refuse(scene, event.cause, words.only_admins(_admins(scene)), event)
    gone = Outcome(changes=(LetGo(written=intent.about, by=asker.id),))
    if not _is_ours(scene, intent.about):
        return spoken.refuse(scene, event.cause, words.not_ours(intent.about)) + gone
    return draft.say(scene, words.released(intent.about), event.cause) + gone


def new_group(event: Said, scene: Scene, asker: Person, intent: Ask) -> Outcome:
    """A project group is a line of the file and a plan, so that it is kept like every other."""
    name, _, rest = _PAUSES.sub("，", intent.text).strip("，").partition("，")
    if any(row.managed_for and name in (row.name, row.managed_for) for row in scene.world.chats.values()):
        return spoken.refuse(scene, event.cause, words.already(name), event)
    before, _, after = rest.partition(words.LEADING)
    called = _called(scene, rest)
    leading = [one for one in called if one in after] or [asker.name]
    members = [one for one in called if one in before or one in after] or [asker.name]
    namesakes = [(one, _where(scene, one)) for one in called if len(scene.world.directory.named(one)) > 1]
    text = words.new_group(name, leading, members, namesakes, _admins(scene))
    return draft.say(scene, text, event.cause)


_PAUSES = re.compile(r"[，,：:、；;\s]+")


def _called(scene: Scene, text: str) -> list[str]:
    """Names of people that stand in it, in their order."""
    names = {one.name for one in scene.world.directory.everyone() if len(one.name) > 1 and one.name in text}
    return sorted(names, key=text.index)


def _where(scene: Scene, name: str) -> list[str]:
    directory = scene.world.directory
    found = []
    for person in directory.named(name):
        known = [directory.department(one) for one in person.departments]
        found.append(next((one.name for one in known if one is not None and one.name), ""))
    return found


def _asked(event: Said, scene: Scene, asker: Person, kind: str, about: str, said: str) -> Outcome:
    if not scene.world.is_admin(asker):
        return spoken.refuse(scene, event.cause, words.only_admins(_admins(scene)), event)
    ask = GroupAsk(
        id=derive(event.tenant, event.cause, f"group:{kind}", about, 0)[:24],
        kind=kind,
        about=about,
        account=event.message.author,
        person=str(asker.id),
        asked_at=scene.now,
    )
    return draft.say(scene, said, event.cause) + Outcome(changes=(AskOfGroups(ask=ask),))


def _is_ours(scene: Scene, written: str) -> bool:
    rows = scene.world.chats.values()
    return any(row.managed_for and written in (row.name, row.managed_for, row.id) for row in rows)


def _admins(scene: Scene) -> tuple[str, ...]:
    return tuple(person.name for person in scene.world.admin_people())


# ── After the look ────────────────────────────────────────────────────────────────────────────────


def seen(scene: Scene, ask: GroupAsk, found: Candidate | NotClear) -> Outcome:
    """To who asked: what it is, and what would become of it."""
    if isinstance(found, NotClear):
        return spoken.refuse(scene, ask.id, words.not_adopted(ask.about, found.why, found.names))
    owner = _owner(scene, found)
    offered = tuple(
        _action(scene, choice, found, ask.id, (PersonId(ask.person),), scene.now + OFFER_LIVES, ask.person)
        for choice in (words.ADOPT, words.LOOK_ONLY)
    )
    card = words.offer(
        found.name,
        found.size,
        found.serves,
        owner.name if owner else "",
        [_name(scene, one) for one in found.guests],
        _of(offered),
        asks=owner is not None and str(owner.id) != ask.person,
    )
    return draft.show_to_asker(scene, card, offered, ask.id, "adopt")


def ask_owner(scene: Scene, found: Candidate, owner: Person, by: str, by_name: str) -> Outcome:
    """The owner's card; asked again for the same group it is the same card, so nobody is pestered."""
    cause = f"adopt:{found.binding.chat}:{found.binding.key}"
    offered = tuple(
        _action(scene, choice, found, cause, (owner.id,), scene.now + REQUEST_LIVES, by)
        for choice in (words.AGREE, words.DECLINE)
    )
    card = words.request(found.name, found.serves, by_name, found.size, _of(offered))
    return tell.tell(
        scene, [owner], card, cause=cause, step="adopt:request", kind="asked-for", actions=offered
    )


def _action(
    scene: Scene,
    choice: Choice,
    found: Candidate,
    cause: str,
    who: tuple[PersonId, ...],
    until: datetime,
    by: str,
) -> Action:
    change: dict[str, Scalar] = {
        "found": json.dumps(codec.to_json(found), ensure_ascii=False),
        "by": by,
        "pair": "",
    }
    ids = {
        each.id: derive("", cause, f"action:{each.id}", str(found.binding.chat), 0)[:24]
        for each in (words.ADOPT, words.LOOK_ONLY, words.AGREE, words.DECLINE)
    }
    change["pair"] = " ".join(ids.values())
    return Action(
        id=ids[choice.id],
        kind=choice.id,
        subject=str(found.binding.chat),
        label=choice.label,
        addressees=who,
        change=change,
        expires_at=until,
    )


def _of(offered: tuple[Action, ...]) -> ActionOf:
    by_kind = {one.kind: one.id for one in offered}
    return lambda choice: by_kind[choice.id]


# ── Pressed ───────────────────────────────────────────────────────────────────────────────────────


def _confirm(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """The admin says yes: bound at once where the bot or they themselves own it, else its owner is asked."""
    found = codec.from_json(Candidate, json.loads(str(action.change["found"])))
    owner = _owner(scene, found)
    if owner is None or owner.id == asker.id:
        return _bound(event, scene, action, asker, found, owner)
    request = ask_owner(scene, found, owner, str(asker.id), asker.name)
    said = words.asked(owner.name)
    return request + _spent(action, Reply(toast=said, tone=ToastTone.SUCCESS, card=words.done(said)))


def _bound(
    event: Pressed, scene: Scene, action: Action, asker: Person, found: Candidate, owner: Person | None
) -> Outcome:
    bind = BindGroup(binding=found.binding, name=found.name, by=str(asker.id))
    said = words.adopted(found.name, owner.name if owner else "")
    card = words.done(words.TAKEN)
    told = draft.say(scene, said, event.cause, "adopted")
    return (
        told
        + Outcome(changes=(bind,))
        + _spent(action, Reply(toast=words.TAKEN, tone=ToastTone.SUCCESS, card=card))
    )


def _agree(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """The owner says yes; who asked hears of it."""
    found = codec.from_json(Candidate, json.loads(str(action.change["found"])))
    done = _bound(event, scene, action, asker, found, asker)
    return done + _tell_who_asked(scene, action, words.agreed(found.name, asker.name), "agreed")


def _decline(_: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    found = codec.from_json(Candidate, json.loads(str(action.change["found"])))
    said = words.declined(found.name, asker.name)
    reply = Reply(toast=words.LEFT_ALONE, tone=ToastTone.SUCCESS, card=words.done(words.LEFT_ALONE))
    return _tell_who_asked(scene, action, said, "declined") + _spent(action, reply)


def _leave(_: Pressed, __: Scene, action: Action, ___: Person) -> Outcome:
    return _spent(
        action, Reply(toast=words.LEFT_ALONE, tone=ToastTone.SUCCESS, card=words.done(words.LEFT_ALONE))
    )


def _tell_who_asked(scene: Scene, action: Action, said: str, step: str) -> Outcome:
    person = scene.world.directory.person(PersonId(str(action.change["by"])))
    people = [person] if person is not None and person.is_active else scene.world.admin_people()
    return tell.tell(scene, people, said, cause=action.id, step=f"adopt:{step}", kind="asked-for")


def _spent(action: Action, reply: Reply) -> Outcome:
    return Outcome(used=tuple(str(action.change["pair"]).split()), reply=reply)


def _owner(scene: Scene, found: Candidate) -> Person | None:
    return scene.world.directory.by_account(found.owner) if found.owner is not None else None


def _name(scene: Scene, account: Account) -> str:
    person = scene.world.directory.by_account(account)
    return person.name if person is not None else ""


TURNS = {
    words.ADOPT.id: _confirm,
    words.LOOK_ONLY.id: _leave,
    words.AGREE.id: _agree,
    words.DECLINE.id: _decline,
}
