"""如果现在这么说 (explain): what would happen, and who is meant; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot import facts
from bot import names as lookup
from bot.commands.room import Room
from bot.control import Refused
from bot.conversation import audience as audiences
from bot.facts import Scene
from bot.store.engine import Connection
from bot.turns import compose, draft
from bot.world import World
from policies import engine
from policies.decision import Decision
from policies.model import Announcement, Audience, Person
from policies.wording import audience as audience_words
from policies.wording import findings
from policies.wording.seen import Seen


async def explain(room: Room, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What would happen if this person said this then; writes nothing."""
    world = room.world()
    asker = audiences.person_named(str(arguments["as"]), world.directory)
    if not isinstance(asker, Person):
        raise Refused(audience_words.not_one(asker.written, asker.candidates), code=2)
    meant = _audience(str(arguments["to"]), asker, world)
    moment = _moment(room, arguments.get("at"), world)
    return await room.store.read(_explain, world, asker, meant, str(arguments["text"]), moment)


def _moment(room: Room, written: object, world: World) -> datetime:
    if not written:
        return room.clock.now()
    try:
        moment = datetime.fromisoformat(str(written))
    except ValueError:
        raise Refused(audience_words.no_moment(str(written)), code=2) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(world.zone))


async def names(room: Room, arguments: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Who is meant by these names; ``None`` before any directory was read. The file may be a newer one."""
    world = room.world()
    if not world.directory.seen_at:
        return None
    refs = [lookup.ref_from_json(row) for row in arguments["refs"]]
    answers = lookup.look_up(refs, world.directory, world.channels)
    return [lookup.answer_to_json(answer) for answer in answers]


def _audience(to: str, asker: Person, world: World) -> Audience:
    kind = "company" if to == "company" else "any"
    meant = audiences.resolve(
        to.removeprefix("department:"), kind, asker, world.directory, world.chats.values()
    )
    if isinstance(meant, audiences.Unresolved):
        raise Refused(audience_words.not_one(meant.written, meant.candidates), code=2)
    return meant


def _explain(
    conn: Connection, world: World, asker: Person, audience: Audience, text: str, moment: datetime
) -> dict[str, Any]:
    scene = facts.gather(conn, world, moment, account=asker.accounts[0])
    announcement = engine.normalise(compose.compose(asker, audience, text, world.directory, id="explain"))
    known = scene.judging(announcement, asker)
    decision = findings.labelled(engine.explain(announcement, known, moment, world.ruleset))
    return explanation(scene, announcement, decision, asker)


def explanation(
    scene: Scene, announcement: Announcement, decision: Decision, author: Person
) -> dict[str, Any]:
    """The fixed shape of ``explain --json``, and the sentences people read under ``said``."""
    view = draft.view_of(scene, announcement, decision, author)
    seen: Seen = view.seen
    return {
        "verdict": decision.verdict.name.lower(),
        "hold_until": decision.hold_until.isoformat() if decision.hold_until else None,
        "parts": [
            {
                "n": len(part.recipients),
                "not_before": part.not_before.isoformat() if part.not_before else None,
            }
            for part in decision.parts
        ],
        "findings": [
            {"rule": one.rule, "verdict": one.verdict.name.lower(), "evidence": dict(one.evidence)}
            for one in decision.findings
        ],
        "fixes": [
            {
                "id": fix.id,
                "label": fix.label,
                "verdict": fix.verdict.name.lower() if fix.verdict is not None else None,
            }
            for fix in decision.fixes
        ],
        "said": [findings.sentence(one, seen) for one in decision.findings],
        "audience": audience_words.label(announcement.audience),
    }
