"""额度的提醒 (quota): the admins hear once at each mark, and an important notice never waits in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot import facts, pipeline
from bot.facts import Scene
from bot.store import marks, meter, outbox
from bot.store.rows import AnnouncementRow, OutboxRow
from bot.turns import leaving, spoken
from bot.turns.outcome import Outcome
from bot.world import World
from policies import quota
from policies.effects import platform_of
from policies.model import Platform, Weight
from policies.wording import quota as words

if TYPE_CHECKING:
    from bot.store.engine import Connection

CALLS = "calls"


def watch(conn: Connection, platform: Platform, world: World, now: datetime) -> pipeline.Told:
    """After a charge: a word in working hours at 80 and at 95 per cent of the month."""
    limit = world.pots.get((platform, CALLS), 0)
    month = now.astimezone(ZoneInfo(world.zone)).strftime("%Y-%m")
    spent = meter.read(conn, platform, month, CALLS) if limit else 0
    mark = quota.reached(spent, limit)
    name = f"quota:{platform}:{month}"
    if mark <= int(marks.get(conn, name) or 0):
        return frozenset()
    marks.put(conn, name, mark)
    dry_on = quota.dry_on(spent, limit, now, world.zone)
    outcome = spoken.told(
        facts.gather(conn, world, now),
        world.admin_people(),
        words.running_low(platform, spent, limit, dry_on, now, zone=world.zone),
        cause=name,
        step=f"quota:{mark}",
        kind="quota",
    )
    pipeline.write(conn, outcome, now)
    return frozenset(platform_of(entry.effect) for entry in outcome.outbox)


def used_up(conn: Connection, row: OutboxRow, world: World, now: datetime) -> pipeline.Told:
    """The pot is empty: an ordinary notice waits, an important one is told of at once, once."""
    if row.entry.weight > Weight.IMPORTANT or not row.entry.announcement:
        return frozenset()
    scene = facts.gather(conn, world, now, subject=row.entry.announcement)
    if scene.row is None:
        return frozenset()
    outcome = _used_up(scene, scene.row, platform_of(row.entry.effect))
    if any(outbox.by_key(conn, entry.key) is not None for entry in outcome.outbox):
        return frozenset()
    pipeline.write(conn, outcome, now)
    return frozenset(platform_of(entry.effect) for entry in outcome.outbox)


def _used_up(scene: Scene, row: AnnouncementRow, platform: Platform) -> Outcome:
    """The author can stop waiting for it; the admins see how much is used, and can keep the rest for what is urgent."""
    text, step = row.announcement.text, f"used-up:{platform}"
    author = scene.world.directory.person(row.announcement.author)
    told = spoken.told(
        scene,
        [one for one in scene.world.admin_people() if author is None or one.id != author.id],
        words.used_up_for_admins(text, platform, scene.today),
        cause=row.announcement.id,
        step=step,
        kind="unknown",
    )
    if author is None or not author.is_active:
        return told
    undo = replace(leaving.undo_of(scene, row, author), label=words.GIVE_UP.label)
    return told + spoken.told(
        scene,
        [author],
        words.used_up(text, platform),
        cause=row.announcement.id,
        step=step,
        kind="unknown",
        platform_of_first=row.asked_from,
        acts={words.GIVE_UP.id: undo},
    )
