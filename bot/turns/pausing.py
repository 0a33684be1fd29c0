"""暂停与恢复 (pausing): an admin stops announcements until a moment; nothing is lost, and nothing floods after."""

from __future__ import annotations

from datetime import datetime

from adapters.port import Reply, ToastTone
from bot.conversation import times
from bot.conversation.parse import Ask
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.rows import Action, AuditEntry
from bot.turns import draft, spoken
from bot.turns.outcome import Outcome, Pause, Resume
from policies.model import AudienceKind, Person, Pressed, Said
from policies.wording import pausing as words
from policies.wording import pressed as press_words


def pause(event: Said, scene: Scene, asker: Person, intent: Ask) -> Outcome:
    """``暂停驿站到今天下午三点``; without a moment it asks for one, since nothing may stop for good by a word."""
    if not scene.world.is_admin(asker):
        return _refused(event, scene)
    until = _moment(intent, scene, asker)
    if until is None:
        return draft.say(scene, words.ASK_UNTIL, event.cause)
    if until <= scene.now:
        return spoken.refuse(scene, event.cause, words.past(until, scene.now, zone=scene.world.zone))
    back = Action(
        id=derive("", event.cause, "action:resume", str(asker.id), 0)[:24],
        kind=words.RESUME.id,
        subject="",
        label=words.RESUME.label,
        addressees=tuple(person.id for person in scene.world.admin_people()),
        expires_at=until,
    )
    holders = [grant.label for grant in scene.world.grants if grant.kind is AudienceKind.COMPANY]
    card = words.paused(
        until, tuple(dict.fromkeys(holders)), scene.now, lambda _: back.id, zone=scene.world.zone
    )
    line = AuditEntry(
        at=scene.now,
        who=str(asker.id),
        act="paused",
        details={"until": until.isoformat()},
    )
    return draft.show_to_asker(scene, card, (back,), event.cause, "pause") + Outcome(
        changes=(Pause(by=asker.id, until=until),), audit=(line,)
    )


def resume(event: Said, scene: Scene, asker: Person, _: Ask) -> Outcome:
    """``恢复``: what has gathered leaves apart from now on."""
    if not scene.world.is_admin(asker):
        return _refused(event, scene)
    if scene.pause is None:
        return draft.say(scene, words.NOT_PAUSED, event.cause)
    return draft.say(scene, words.resumed(scene.held_by_pause), event.cause) + _resumed(scene, asker)


def resume_pressed(_: Pressed, scene: Scene, __: Action, asker: Person) -> Outcome:
    if not scene.world.is_admin(asker):
        return Outcome(reply=Reply(toast=press_words.NOT_ALLOWED, tone=ToastTone.WARNING))
    reply = Reply(toast=words.RESUMED, tone=ToastTone.SUCCESS, card=words.over())
    return (_resumed(scene, asker) if scene.pause else Outcome()).with_reply(reply)


def _resumed(scene: Scene, asker: Person) -> Outcome:
    line = AuditEntry(at=scene.now, who=str(asker.id), act="resumed")
    return Outcome(changes=(Resume(),), audit=(line,))


def status(event: Said, scene: Scene, asker: Person, __: Ask) -> Outcome:
    """Whether it is paused, by whom, until when, and what else keeps it from its work: anybody may know."""
    limits = [
        words.quota(platform.label, scene.spent.get((platform, pot), 0), limit)
        for (platform, pot), limit in sorted(scene.world.pots.items())
        if pot == CALLS
    ]
    cut = [words.line_is_closed(platform.label) for platform in scene.cut_off]
    first = draft.paused(scene) or (words.CUT_OFF if cut else words.running())
    return draft.say(scene, "\n".join([first, *cut, *limits]), event.cause)


CALLS = "calls"


def _refused(event: Said, scene: Scene) -> Outcome:
    names = tuple(person.name for person in scene.world.admin_people())
    return spoken.refuse(scene, event.cause, words.only_admins(names), event)


def _moment(intent: Ask, scene: Scene, asker: Person) -> datetime | None:
    """The one place where words become the end of a pause."""
    written = intent.when or intent.text
    if not written:
        return None
    calendar = scene.world.calendars.of(scene.world.teams.get(asker.id, ""))
    found = times.find(written, scene.now, calendar)
    if not isinstance(found, times.Found):
        return None
    return found.moment or found.deadline or (found.span[1] if found.span else None)
