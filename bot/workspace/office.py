"""工作区的命令 (office): plan, apply, adopt, release: one body each, for the living bot and for a command alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from adapters.port import ChatAdapter
from bot import facts, pipeline, promises
from bot.clock import CivilClock
from bot.config.model import Config
from bot.config.wishes import wishes
from bot.control import Refused
from bot.directory import Mirror
from bot.store import audit, meter, plans
from bot.store.engine import Connection, Store
from bot.store.rows import AuditEntry
from bot.turns import adopting
from bot.workspace import adoption, found, keeping
from bot.workspace.adoption import Candidate, NotClear
from bot.workspace.apply import Applier, Busy, Ended
from bot.workspace.observe import CALLS, Observer, Sight, Surveys
from bot.world import World
from policies.model import Account, Chat, Platform
from policies.wording import adopting as words
from policies.wording import back as back_words
from policies.wording import pilot as pilot_words
from policies.wording import workspace_guards as guard_words
from policies.wording import workspace_todo as todo_words
from policies.workspace import back as ways
from policies.workspace import codec, desired, guards, small
from policies.workspace import plan as plans_of
from policies.workspace.changes import Change, Plan
from policies.workspace.model import Desired, GroupKey, Kept, Unreadable

Progress = Callable[[str], Awaitable[None]]

GUARDED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One moment: what is wished for, what is there, and the plan between the two."""

    plan: Plan
    wanted: Desired
    sight: Sight


class Office:
    """Bodies over an open store and opened adapters.

    Args:
        mirror: walked before a whole plan, so that it is made for the people of today.

    Attributes:
        on_change: called after groups became ours or something became due.
    """

    def __init__(
        self,
        *,
        config: Config,
        store: Store,
        clock: CivilClock,
        adapters: Mapping[Platform, ChatAdapter],
        world: Callable[[], World],
        mirror: Mirror,
        observer: Observer,
    ) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._adapters = adapters
        self._world = world
        self._mirror = mirror
        self._observer = observer
        self.on_change: Callable[[], None] = lambda: None
        self.applier = Applier(store=store, clock=clock, adapters=adapters, world=world)

    async def run(self, do: str, arguments: Mapping[str, Any], progress: Progress) -> Any:
        """Carry one out. Raises ``Refused`` with the exit code and what to do instead."""
        return await _BODIES[do](self, arguments, progress)

    # ── plan ──────────────────────────────────────────────────────────────────────────────────────

    async def plan(self, arguments: Mapping[str, Any], _: Progress) -> dict[str, Any]:
        """What would be changed; writes nothing at a platform.

        ``done``: a group of which a person says that what we cannot see was clicked.
        """
        before = await self._store.read(plans.newest_whole)
        picture = await self.look()
        if name := str(arguments.get("done") or ""):
            picture = await self._clicked(picture, name, str(arguments["by"]))
        await self.remember(picture)
        return self._told(picture.plan, seen=_seen(before, picture), promises=self._promises())

    def _promises(self) -> list[list[str]]:
        """Platform, promise, how well it is kept, why: what no plan can change."""
        return [
            [platform.value, name, strength.value, why]
            for platform, adapter in self._adapters.items()
            for name, ((strength, why),) in promises.table(adapter.capabilities)
        ]

    async def _clicked(self, picture: Picture, name: str, by: str) -> Picture:
        """Believed, since nothing else can be done; who said it is written down."""
        hidden = [one for one in picture.plan.todos if not one.can_be_seen and one.name == name]
        if not hidden:
            raise Refused(words.nothing_to_click(name), code=2)
        items = [(todo.id, todo.name) for todo in hidden]
        await self._store.write(keeping.clicked, items, by, self._clock.now())
        await self._mirror.load()
        return await self.look(walk=False)

    async def look(
        self,
        only: frozenset[GroupKey] | None = None,
        *,
        walk: bool = True,
        believed: Mapping[Platform, int] | None = None,
    ) -> Picture:
        """The plan of this moment, of everything or of some groups; ``believed``: as of ``Mirror.walk``."""
        surveys = self._observer.begin()
        if walk:
            await self._walk(surveys, only, believed)
        world, wanted = self._world(), self._wanted(only)
        sight = await self._observer.look(wanted, world, only, surveys)
        if walk:
            sight = _without_directory(sight, self._mirror.failed)
        kept = sight.kept if only is None else small.only(wanted, sight.kept, only)[1]
        plan = plans_of.build(
            wanted,
            sight.observed,
            kept,
            world.directory,
            counts=self._mirror.shrunk,
            pots=await self.pots(),
        )
        return Picture(plan=plan, wanted=wanted, sight=replace(sight, kept=kept))

    async def _walk(
        self,
        surveys: Surveys,
        only: frozenset[GroupKey] | None,
        believed: Mapping[Platform, int] | None,
    ) -> None:
        """Directory and groups have rates of their own, so the groups we know of are asked meanwhile."""
        ahead = asyncio.create_task(self._observer.ask(surveys, self._wanted(only), only))
        try:
            await self._mirror.walk(groups=False, believed=believed)
            await ahead
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    def _wanted(self, only: frozenset[GroupKey] | None) -> Desired:
        wanted = self.desired()
        return wanted if only is None else small.only(wanted, Kept(), only)[0]

    def desired(self) -> Desired:
        """What the configuration wishes for, by the directory as we know it."""
        world = self._world()
        today = self._clock.now().astimezone(ZoneInfo(world.zone)).date()
        return desired.desired(wishes(self._config), world.directory, today)

    async def pots(self) -> dict[Platform, tuple[int, int]]:
        """Calls left this month, and the month's limit, where a platform counts them."""
        world = self._world()
        month = self._clock.now().astimezone(ZoneInfo(world.zone)).strftime("%Y-%m")
        limits = {platform: limit for (platform, pot), limit in world.pots.items() if pot == CALLS}
        spent = await self._store.read(_spent, tuple(limits), month)
        return {platform: (max(0, limit - spent[platform]), limit) for platform, limit in limits.items()}

    async def remember(self, picture: Picture, scope: Iterable[GroupKey] | None = None) -> None:
        """What is shown is what may be applied."""
        plan, now = picture.plan, self._clock.now()
        await self._store.write(
            plans.show,
            plan.id,
            plan.digest,
            now,
            codec.to_json(plan),
            None if scope is None else sorted(scope),
        )

    def _told(self, plan: Plan, **more: Any) -> dict[str, Any]:
        return {"plan": codec.to_json(plan), "names": self.names(plan), **more}

    def names(self, plan: Plan) -> dict[str, str]:
        """Of everybody who is shown by name: whoever leads, and small lists."""
        shown: set[Account] = set()
        for change in plan.changes:
            shown |= {*change.admins, *((change.owner,) if change.owner else ()), *change.accounts[:5]}
        for todo in plan.todos:
            shown |= {*todo.accounts[:5], *((todo.owner,) if todo.owner else ())}
        directory = self._world().directory
        people = {one: directory.by_account(one) for one in shown}
        return {str(one): person.name for one, person in people.items() if person is not None}

    def forget(self, chat: Chat) -> None:
        """Something happened to it."""
        self._observer.forget(chat)

    # ── apply ─────────────────────────────────────────────────────────────────────────────────────

    async def apply(self, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """Exactly the plan of that id, if it still is the plan; else the new one is shown and nothing is done."""
        named, force, by = (
            str(arguments.get("plan") or ""),
            bool(arguments.get("force")),
            str(arguments["by"]),
        )
        shown = await self._store.read(plans.shown, named) if named else None
        if named and shown is None:
            raise Refused(words.no_such_plan(named), code=2)
        scope = (
            frozenset(map(GroupKey, shown.scope)) if shown is not None and shown.scope is not None else None
        )
        picture = await self.look(scope)
        plan = picture.plan
        await self.remember(picture, scope)
        if shown is not None and shown.digest != plan.digest:
            return self._told(plan, outcome="changed")
        stops = guards.left_standing(plan.stops, force=force)
        if plan.problems or stops:
            return self._told(plan, outcome="stopped")
        forced = guard_words.forced(plan.stops)
        if sizes := guards.sizes(plan.stops):
            picture = await self._believed(sizes, scope, by)
            new = picture.plan
            if new.stops or new.problems or new.changes not in ((), plan.changes):
                return self._told(picture.plan, outcome="believed", forced=forced)
        ended = await self.carry_out(picture, by=by, forced=forced, progress=progress)
        after = await self.look(scope, walk=False)
        await self.remember(after, scope)
        return self._told(
            plan, outcome="applied", ended=_ended(ended), forced=forced, left=self._told(after.plan)
        )

    async def _believed(
        self, sizes: Mapping[Platform, int], scope: frozenset[GroupKey] | None, by: str
    ) -> Picture:
        """An admin says that the directory really is so small: from now on it is, and this is the plan for it."""
        picture = await self.look(scope, believed=sizes)
        await self._store.write(_note_believed, self._clock.now(), by, sizes)
        await self.remember(picture, scope)
        return picture

    async def carry_out(
        self, picture: Picture, *, by: str, forced: str = "", progress: Progress | None = None
    ) -> Ended:
        """The changes of a picture; afterwards the world knows the groups that are ours now."""

        async def step(done: int, of: int, change: Change) -> None:
            if progress is not None:
                await progress(f"apply {done} {of} {change.platform} {change.kind} {change.name}")

        wanted = {one.key: one for one in picture.wanted.groups}
        self._observer.forget()
        try:
            return await self.applier.apply(picture.plan, wanted, by=by, forced=forced, progress=step)
        except Busy as busy:
            raise Refused(words.busy(busy.run.plan, busy.run.by), code=GUARDED) from busy
        finally:
            await self._mirror.load()
            self.on_change()

    # ── A pilot: as it was found, and back ────────────────────────────────────────────────────────

    async def keep_found(self, _: Mapping[str, Any], __: Progress) -> dict[str, Any]:
        """Before a pilot begins: every group as it is, for the day on which it is stopped."""
        world = self._world()
        if world.pilot is None:
            raise Refused(pilot_words.NOT_CONFIGURED, code=2)
        look = (await self.look(walk=False)).sight.observed
        unread = [f"{one.platform.label} {one.why or one.what}" for one in look.unreadable]
        if any(one.what == "groups" for one in look.unreadable):
            raise Refused(pilot_words.not_seen(unread), code=GUARDED)
        await self._store.write(found.keep, world.pilot.id, look, world, self._clock.now())
        return {"groups": len(look.groups), "unread": unread}

    async def back(self, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """What would make the groups as they were found; with ``yes`` exactly what was shown last, or the new one."""
        world = self._world()
        pilot = world.pilot.id if world.pilot is not None else ""
        kept = await self._store.read(found.get, pilot)
        if kept is None:
            return {"outcome": "never-seen", **self._told(Plan(id="", digest="")), "stays": [], "hands": 0}
        sight = (await self.look(walk=False)).sight
        way = ways.back(
            kept.look, sight.observed, kept.applied, sight.kept, known=kept.known, here=found.accounts(world)
        )
        plan = plans_of.build(way.wanted, sight.observed, way.kept, world.directory, pots=await self.pots())
        told = self._told(
            plan, stays=back_words.stays(way.stays, self._group_names()), hands=len(way.by_hand)
        )
        before = await self._store.read(found.shown, pilot)
        await self._store.write(found.show, pilot, plan.digest)
        if plan.is_empty or not arguments.get("yes"):
            return {"outcome": "shown", **told}
        if before != plan.digest:
            return {"outcome": "changed", **told}
        if guards.left_standing(plan.stops, force=bool(arguments.get("force"))):
            return {"outcome": "stopped", **told}
        picture = Picture(plan=plan, wanted=way.wanted, sight=sight)
        ended = await self.carry_out(picture, by=str(arguments["by"]), progress=progress)
        return {"outcome": "applied", "ended": _ended(ended), **told}

    def _group_names(self) -> dict[Chat, str]:
        return {chat: row.name for chat, row in self._world().chats.items()}

    # ── adopt, release ────────────────────────────────────────────────────────────────────────────

    async def adopt(self, arguments: Mapping[str, Any], _: Progress) -> dict[str, Any]:
        """Keep a group that was made by hand; its owner is asked where a person owns it."""
        written, serves, by = str(arguments["group"]), str(arguments.get("for") or ""), str(arguments["by"])
        found = await self.candidate(written, serves)
        if isinstance(found, NotClear):
            raise Refused(words.not_clear(written, found.why, found.names), code=2)
        owner = found.needs_consent_of(None)
        if owner is not None:
            asked = await self._store.write(_ask_owner, found, owner, by, self._world(), self._clock.now())
            self.on_change()
            if not asked:
                raise Refused(words.not_clear(written, "owner", (self._name(owner),)), code=GUARDED)
            return {"outcome": "asked", "owner": self._name(owner), **_plain(found)}
        await self._store.write(keeping.bind, found.binding, found.name, by, self._clock.now())
        await self._mirror.load()
        return {"outcome": "adopted", **_plain(found)}

    async def candidate(self, written: str, serves: str = "") -> Candidate | NotClear:
        """Who is meant, seen from near."""
        if self._config.workspace.adopt == "never":
            return NotClear(why="never")
        wanted, world = self.desired(), self._world()
        sight = await self._observer.look(wanted, world)
        chat = adoption.find(written, sight.observed, sight.kept)
        if isinstance(chat, NotClear):
            return chat
        seen = await self._observer.near(chat, world)
        if seen is None:
            return NotClear(why="unread")
        return adoption.candidate(seen, wanted, sight.kept, serves)

    async def release(self, arguments: Mapping[str, Any], _: Progress) -> dict[str, Any]:
        """Not ours any more; the group stays exactly as it is."""
        written, by = str(arguments["group"]), str(arguments["by"])
        released = await self._store.write(keeping.let_go, written, by, self._clock.now())
        if not released:
            raise Refused(words.not_ours(written).text, code=2)
        if len(released) > 1:
            raise Refused(words.not_clear(written, "several", released), code=2)
        await self._mirror.load()
        return {"outcome": "released", "name": released[0]}

    def _name(self, account: Account) -> str:
        person = self._world().directory.by_account(account)
        return person.name if person is not None else account.id


_BODIES: Mapping[str, Callable[[Office, Mapping[str, Any], Progress], Awaitable[Any]]] = {
    "plan": Office.plan,
    "apply": Office.apply,
    "adopt": Office.adopt,
    "release": Office.release,
    "pilot.found": Office.keep_found,
    "pilot.back": Office.back,
}
NAMES = tuple(_BODIES)


def _without_directory(sight: Sight, failed: Mapping[Platform, str]) -> Sight:
    """A directory that could not be walked is not today's, and nobody is removed by yesterday's."""
    unread = tuple(
        Unreadable(platform=platform, what="directory", why=why) for platform, why in failed.items()
    )
    observed = replace(sight.observed, unreadable=(*sight.observed.unreadable, *unread))
    return replace(sight, observed=observed)


def _seen(before: plans.Shown | None, picture: Picture) -> list[str]:
    """What people have clicked since the plan before: items that were on the list and are not any more."""
    if before is None:
        return []
    listed = codec.from_json(Plan, before.content).todos
    left = {one.id for one in picture.plan.todos}
    there = {one.key for one in picture.sight.kept.bindings} | {one.key for one in picture.plan.changes}
    gone = [one for one in listed if one.can_be_seen and one.id not in left and one.key in there]
    return [todo_words.seen(one) for one in gone if one.chat in picture.sight.observed.groups]


def _ended(ended: Ended) -> dict[str, Any]:
    return {
        "run": ended.run,
        "stopped": ended.stopped,
        "whole": ended.is_whole,
        "done": [
            {
                "kind": one.change.kind.value,
                "platform": one.change.platform.value,
                "name": one.change.name,
                "state": one.state.value,
                "reason": one.reason,
                "refused": {str(account): why for account, why in one.refused.items()},
            }
            for one in ended.done
        ],
    }


def _plain(found: Candidate) -> dict[str, Any]:
    return {"name": found.name, "serves": found.serves, "size": found.size, "guests": len(found.guests)}


def _spent(conn: Connection, platforms: tuple[Platform, ...], month: str) -> dict[Platform, int]:
    return {platform: meter.read(conn, platform, month, CALLS) for platform in platforms}


def _note_believed(conn: Connection, now: datetime, by: str, sizes: Mapping[Platform, int]) -> None:
    lines = [
        AuditEntry(
            at=now, who=by, act="directory-believed", subject=platform.value, details={"people": people}
        )
        for platform, people in sizes.items()
    ]
    audit.append(conn, tuple(lines))


def _ask_owner(
    conn: Connection, found: Candidate, owner: Account, by: str, world: World, now: datetime
) -> bool:
    """``False``: the owner is somebody whom our directory does not show, so nobody can be asked."""
    person = world.directory.by_account(owner)
    if person is None or not person.is_active:
        return False
    scene = facts.gather(conn, world, now)
    pipeline.write(conn, adopting.ask_owner(scene, found, person, by, words.AT_THE_MACHINE), now)
    line = AuditEntry(
        at=now,
        who=by,
        act="adoption-asked",
        subject=str(found.binding.chat),
        details={"owner": str(person.id), "name": found.name},
    )
    audit.append(conn, (line,))
    return True
