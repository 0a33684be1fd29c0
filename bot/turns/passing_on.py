"""转告 (passing on): what somebody may not do goes word for word to those who may, because they pressed for it."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.port import Reply, ToastTone
from bot.facts import Scene
from bot.store.rows import Action, AuditEntry
from bot.turns import tell
from bot.turns.outcome import Outcome
from policies.model import Person, PersonId, Pressed
from policies.wording import passing_on as words
from policies.wording import pressed as press_words
from policies.wording.refusal import PASS_ON

KIND = "passed-on"
"""Of ``tell``: obeys the readers' hours like everything else that is said unasked."""


def turn(_: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """To those who may, or to the admins where nobody is named."""
    named = (scene.world.directory.person(PersonId(one)) for one in str(action.change["to"]).split())
    people = [one for one in named if one is not None and one.is_active] or list(scene.world.admin_people())
    departments = (scene.world.directory.department(one) for one in asker.departments)
    where = next((one.name for one in departments if one is not None), "")
    text = words.wish(asker.name, where, str(action.change["text"]))
    return _told(scene, people, text, cause=action.id, who=str(asker.id))


def by_a_stranger(event: Pressed, scene: Scene, action: Action) -> Outcome:
    """Whom the directory does not know can have the admins told, once a day; nothing of what they say is passed on."""
    if action.change["account"] != str(event.presser) or action.expires_at <= scene.now:
        return Outcome(reply=Reply(toast=press_words.NOT_KNOWN, tone=ToastTone.WARNING))
    return _told(
        scene,
        list(scene.world.admin_people()),
        words.unknown(event.presser),
        cause=f"stranger:{event.presser}:{scene.today}",
        who=str(event.presser),
    )


def _told(scene: Scene, people: Sequence[Person], text: str, *, cause: str, who: str) -> Outcome:
    told = tell.tell(scene, people, text, cause=cause, step=PASS_ON.id, kind=KIND)
    line = AuditEntry(at=scene.now, who=who, act="passed-on", details={"people": len(people)})
    reply = Reply(toast=words.passed_on([one.name for one in people]), tone=ToastTone.SUCCESS)
    return told + Outcome(audit=(line,), reply=reply)


TURNS = {PASS_ON.id: turn}
