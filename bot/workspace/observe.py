"""现状 (observe): the groups that are ours as the platforms show them now, and the names of the others.

Only reads. What cannot be read is unknown, never empty: ``survey`` asks, and here it is put together with the wishes
and the directory of today.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from adapters.port import ChatAdapter
from adapters.provision import ListedGroup
from bot.clock import CivilClock
from bot.store import managed, meter
from bot.store.engine import Connection, Queue, Store
from bot.store.keys import derive
from bot.store.managed import Creation
from bot.workspace import translate
from bot.workspace.survey import Survey, Surveyor
from bot.world import World
from policies.model import Account, Chat, Platform
from policies.workspace.model import (
    UNKNOWN,
    Binding,
    Desired,
    Generation,
    GroupKey,
    Kept,
    Mute,
    Observed,
    ObservedGroup,
    Origin,
    Unknown,
    Unreadable,
    platform_of,
)

log = logging.getLogger(__name__)

MARK_CHARS = 16
"""Of a creation's key, in the description of the group that it made."""

CALLS = "calls"


def key_of_creation(tenant: str, creation: Creation) -> str:
    """Derived: the same attempt at the same group has the same key, whoever makes it and whenever."""
    return derive(tenant, creation.key, "group", "", creation.attempt)


def mark_of(tenant: str, creation: Creation) -> str:
    """By which a group that was made without an answer is known again, since its name is nobody's alone."""
    return f"yz-{key_of_creation(tenant, creation)[:MARK_CHARS]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One look: what is there and what we keep."""

    observed: Observed
    kept: Kept


Surveys = Mapping[Platform, Survey]


class Observer:
    """Looks at both platforms side by side.

    Args:
        named: groups that the configuration names, and whom each serves; nobody has adopted them yet.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: CivilClock,
        adapters: Mapping[Platform, ChatAdapter],
        named: Mapping[Chat, str],
    ) -> None:
        self._store = store
        self._clock = clock
        self._adapters = adapters
        self._named = named
        self._surveyor = Surveyor(clock=clock, adapters=adapters)

    def forget(self, chat: Chat | None = None) -> None:
        """Something happened to it (``None``: to any of them): what was seen is not true any more."""
        self._surveyor.forget(chat)

    def begin(self) -> Surveys:
        """A look of which nothing has been asked yet."""
        return self._surveyor.begin()

    async def ask(self, surveys: Surveys, desired: Desired, only: frozenset[GroupKey] | None = None) -> None:
        """Ask for whatever this wants to be known and is not yet; writes nothing."""
        kept = await self._store.read(_kept)
        bindings = (*kept.bindings, *self._named_bindings(desired, kept.bindings))
        await asyncio.gather(*(self._ask(one, bindings, desired, only) for one in surveys.values()))

    async def look(
        self,
        desired: Desired,
        world: World,
        only: frozenset[GroupKey] | None = None,
        surveys: Surveys | None = None,
    ) -> Sight:
        """Everything, or with ``only`` the groups that a small plan is about.

        Args:
            surveys: what was asked ahead; only the rest is asked now.
        """
        surveys = surveys if surveys is not None else self.begin()
        await self.ask(surveys, desired, only)
        uncertain: frozenset[GroupKey] = frozenset()
        if only is None:
            uncertain = await self._look_for_creations(surveys, desired, world)
            await self.ask(surveys, desired, only)
        settled = await self._store.read(_kept)
        bindings = (*settled.bindings, *self._named_bindings(desired, settled.bindings))
        self._surveyor.keep(surveys.values())
        await self._charge(surveys.values(), world)
        return Sight(
            observed=_observed(surveys.values(), bindings, world, only),
            kept=Kept(bindings=bindings, uncertain=uncertain, clicked=settled.clicked, mute=settled.mute),
        )

    async def near(self, chat: Chat, world: World) -> ObservedGroup | None:
        """One group that is not ours; ``None``: it shows us nothing."""
        binding = Binding(
            key=GroupKey(""), chat=chat, origin=Origin.NAMED, generation=_generation_of_named(chat)
        )
        one = Survey(platform=chat.platform)
        await self._surveyor.groups(one, [binding])
        await self._charge([one], world)
        seen = one.groups.get(chat)
        return None if seen is None else translate.observed(seen, _in_range(seen.owner, chat.platform, world))

    async def _ask(
        self,
        one: Survey,
        bindings: Iterable[Binding],
        desired: Desired,
        only: frozenset[GroupKey] | None,
    ) -> None:
        mine = [
            each
            for each in bindings
            if each.chat.platform is one.platform and (only is None or each.key in only)
        ]
        if only is None:
            await self._surveyor.listing(one)
        await self._surveyor.groups(one, mine)
        await self._surveyor.folders(one, mine, desired.folders)

    def _named_bindings(self, desired: Desired, ours: Iterable[Binding]) -> tuple[Binding, ...]:
        """A group whose id stands in the file waits to be adopted."""
        taken = {one.key for one in ours} | {one.chat for one in ours}
        found = []
        for chat, serves in sorted(self._named.items()):
            group = next(
                (
                    one
                    for one in desired.groups
                    if one.platform is chat.platform and (one.serves or "company") == serves
                ),
                None,
            )
            if group is None or group.key in taken or chat in taken:
                continue
            found.append(
                Binding(
                    key=group.key,
                    chat=chat,
                    origin=Origin.NAMED,
                    generation=_generation_of_named(chat),
                    serves=group.serves,
                )
            )
        return tuple(found)

    # ── Creations of which nobody knows ───────────────────────────────────────────────────────────

    async def _look_for_creations(
        self, surveys: Surveys, desired: Desired, world: World
    ) -> frozenset[GroupKey]:
        """Keys of those that are neither found nor surely not there."""
        creations = (await self._store.read(_kept)).creations
        there = [one for one in creations if platform_of(one.key) in surveys]
        return frozenset([one.key for one in there if await self._is_uncertain(one, surveys, desired, world)])

    async def _is_uncertain(
        self, creation: Creation, surveys: Surveys, desired: Desired, world: World
    ) -> bool:
        """Found by our mark: it is ours. Looked for in vain: free again. Neither: uncertain, and not made again."""
        now, platform = self._clock.now(), platform_of(creation.key)
        listed = surveys[platform].listed
        if listed is not None:
            mark = mark_of(world.tenants[platform], creation)
            found = next((one for one in listed if mark in one.note and one.owner is None), None)
            if found is not None:
                await self._found(creation, found, desired, now)
                return False
        window = timedelta(seconds=self._adapters[platform].groups.abilities.key_window_s)
        if creation.asked_at is not None and now - creation.asked_at < window:
            return False
        if listed is not None:
            await self._store.write(managed.absent, creation.key)
            return False
        return True

    async def _found(self, creation: Creation, found: ListedGroup, desired: Desired, now: datetime) -> None:
        group = next((one for one in desired.groups if one.key == creation.key), None)
        binding = Binding(
            key=creation.key,
            chat=found.handle.chat,
            origin=Origin.MADE,
            generation=translate.generation_of(found.handle),
            serves=group.serves if group else "",
            handle=found.handle.other_id,
        )
        await self._store.write(managed.bind, binding, found.name, "yizhan", now)
        log.info("a group without an answer was found", extra={"chat": str(binding.chat)})

    async def _charge(self, surveys: Iterable[Survey], world: World) -> None:
        """What was asked is counted against the month, once."""
        month = self._clock.now().astimezone(ZoneInfo(world.zone)).strftime("%Y-%m")
        spent = []
        for one in surveys:
            if one.calls:
                spent.append((one.platform, one.calls))
                one.calls = 0
        await self._store.write(_spend, spent, month, queue=Queue.CHORES)


# ── Put together ──────────────────────────────────────────────────────────────────────────────────


def _observed(
    surveys: Iterable[Survey],
    bindings: Sequence[Binding],
    world: World,
    only: frozenset[GroupKey] | None,
) -> Observed:
    groups: dict[Chat, ObservedGroup] = {}
    folders: dict[GroupKey, frozenset[tuple[str, ...]]] = {}
    unreadable: list[Unreadable] = []
    ours = {one.chat for one in bindings}
    for one in surveys:
        groups |= _others(one, ours, world) if only is None else {}
        for binding in bindings:
            seen = one.groups.get(binding.chat)
            if seen is not None and (only is None or binding.key in only):
                in_range = _in_range(seen.owner, one.platform, world)
                groups[binding.chat] = translate.observed(seen, in_range)
        for key, paths in one.folders.items():
            if key not in one.failed_folders:
                folders[key] = frozenset(path for path, is_there in paths.items() if is_there)
        unreadable += [
            Unreadable(platform=one.platform, what=what, why=error.detail)
            for what, error in one.failed.items()
        ]
    return Observed(groups=groups, folders=folders, unreadable=tuple(unreadable))


def _others(one: Survey, ours: set[Chat], world: World) -> dict[Chat, ObservedGroup]:
    """Names of groups that are not ours: as the platform lists them, else as we have met them."""
    if one.listed is not None:
        return {
            each.handle.chat: ObservedGroup(
                chat=each.handle.chat,
                generation=translate.generation_of(each.handle),
                name=each.name or UNKNOWN,
                owner=each.owner,
            )
            for each in one.listed
            if each.handle.chat not in ours
        }
    if "groups" in one.failed:
        return {}
    return {
        chat: ObservedGroup(chat=chat, generation=Generation.ORDINARY, name=row.name or UNKNOWN)
        for chat, row in world.chats.items()
        if chat.platform is one.platform and chat not in ours
    }


def _generation_of_named(chat: Chat) -> Generation:
    return Generation.FEISHU if chat.platform is Platform.FEISHU else Generation.SCENE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    bindings: tuple[Binding, ...]
    creations: tuple[Creation, ...]
    clicked: frozenset[str]
    mute: Mute


def _kept(conn: Connection) -> _Kept:
    return _Kept(
        bindings=tuple(one.binding for one in managed.all_kept(conn)),
        creations=managed.open_creations(conn),
        clicked=managed.clicks(conn),
        mute=managed.mute(conn),
    )


def _spend(conn: Connection, spent: list[tuple[Platform, int]], month: str) -> None:
    for platform, calls in spent:
        meter.add(conn, platform, month, CALLS, calls)


def _in_range(owner: Account | None, platform: Platform, world: World) -> bool | Unknown:
    """DingTalk alone minds; whom our directory shows is taken for whom the app may see."""
    if platform is not Platform.DINGTALK or owner is None or platform not in world.directory.seen_at:
        return UNKNOWN
    person = world.directory.by_account(owner)
    return person is not None and person.is_active
