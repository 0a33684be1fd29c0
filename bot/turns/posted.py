"""群里的话 (posted): a person wrote in a group that the company allows us to read; judged in memory, never stored."""

from __future__ import annotations

from bot.facts import Scene
from bot.store.rows import AuditEntry
from bot.turns import spoken
from bot.turns.outcome import Outcome
from policies import engine
from policies.decision import Verdict
from policies.facts import Facts
from policies.model import Posted
from policies.wording import posted as words


def turn(event: Posted, scene: Scene) -> Outcome:
    """A private, quiet word to the author when a rule has something to say; nothing in the group."""
    if scene.asker is None or str(event.message.chat) not in scene.world.read_groups:
        return Outcome()
    bounds = scene.bounds(scene.asker)
    facts = Facts(
        author=scene.asker,
        recipients=(),
        calendars=scene.world.calendars,
        off=bounds.off,
        hours_for=bounds.hours_for,
    )
    decision = engine.judge(event, facts, scene.now, scene.world.ruleset)
    if decision.verdict is Verdict.ALLOW:
        return Outcome()
    line = AuditEntry(
        at=scene.now,
        who=str(scene.asker.id),
        act="found",
        subject=event.message.id,
        rule=decision.findings[0].rule,
        why=decision.verdict.name.lower(),
    )
    reminder = words.reminder(event.message, decision)
    if reminder is None:
        return Outcome(audit=(line,))
    told = spoken.told(
        scene,
        [scene.asker],
        reminder,
        cause=event.cause,
        step="posted",
        kind="reminder",
        platform_of_first=event.message.author,
    )
    return told + Outcome(audit=(line,))
