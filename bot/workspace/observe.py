"""现状 (observe): the groups that are ours as the platforms show them now, and the names of the others.

Only reads. What cannot be read is unknown, never empty. A look that broke off goes on where it was, for a while.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from adapters.errors import NotFound, PlatformError, QuotaExhausted, Unauthorized
from adapters.port import ChatAdapter
from adapters.provision import ListedGroup
from bot.clock import CivilClock
from bot.store import managed, meter
from bot.store.engine import Connection, Queue, Store
from bot.store.keys import derive
from bot.store.managed import Creation
from bot.workspace import translate
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

AT_ONCE = 24
"""Looks in flight on one platform: enough to fill a lane of 50 a second, few enough to hold no answers back."""

STAYS_TRUE = timedelta(minutes=5)
"""What was seen before a look broke off need not be asked again for so long."""

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
    """One look: what is there and what we keep. ``calls``: what it cost."""

    observed: Observed
    kept: Kept
    calls: Mapping[Platform, int] = field(default_factory=dict)


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
        self._unfinished: dict[Chat, tuple[ObservedGroup, datetime]] = {}

    async def look(self, desired: Desired, world: World, only: frozenset[GroupKey] | None = None) -> Sight:
        """Everything, or with ``only`` the groups that a small plan is about."""
        kept = await self._store.read(_kept)
        named = self._named_bindings(desired, kept.bindings)
        shown = await asyncio.gather(
            *(
                self._look_at(adapter, (*kept.bindings, *named), kept.creations, desired, world, only)
                for adapter in self._adapters.values()
            )
        )
        settled = await self._store.read(_kept)
        await self._charge(shown, world)
        return Sight(
            observed=Observed(
                groups={chat: group for one in shown for chat, group in one.groups.items()},
                folders={key: paths for one in shown for key, paths in one.folders.items()},
                unreadable=tuple(each for one in shown for each in one.unreadable),
            ),
            kept=Kept(
                bindings=(*settled.bindings, *self._named_bindings(desired, settled.bindings)),
                uncertain=frozenset(key for one in shown for key in one.uncertain),
                clicked=settled.clicked,
                mute=settled.mute,
            ),
            calls={one.platform: one.calls for one in shown},
        )

    async def near(self, chat: Chat, world: World) -> ObservedGroup | None:
        """One group that is not ours; ``None``: it shows us nothing."""
        binding = Binding(
            key=GroupKey(""),
            chat=chat,
            origin=Origin.NAMED,
            generation=Generation.FEISHU if chat.platform is Platform.FEISHU else Generation.SCENE,
        )
        adapter, seen = self._adapters[chat.platform], _Seen(platform=chat.platform)
        try:
            return await self._group(adapter, binding, world, seen)
        except PlatformError as error:
            seen.failed(chat.id, error)
            return None
        finally:
            await self._charge([seen], world)

    def forget(self, chat: Chat | None = None) -> None:
        """Something happened to it (``None``: to any of them): what was seen is not true any more."""
        if chat is None:
            self._unfinished.clear()
        else:
            self._unfinished.pop(chat, None)

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
                    generation=Generation.FEISHU if chat.platform is Platform.FEISHU else Generation.SCENE,
                    serves=group.serves,
                )
            )
        return tuple(found)

    # ── One platform ──────────────────────────────────────────────────────────────────────────────

    async def _look_at(
        self,
        adapter: ChatAdapter,
        bindings: Sequence[Binding],
        creations: Sequence[Creation],
        desired: Desired,
        world: World,
        only: frozenset[GroupKey] | None,
    ) -> _Seen:
        platform = adapter.platform
        seen = _Seen(platform=platform)
        mine = [
            one for one in bindings if one.chat.platform is platform and (only is None or one.key in only)
        ]
        if only is None:
            listed = await self._others(adapter, seen, world, {one.chat for one in bindings})
            waiting = [one for one in creations if platform_of(one.key) is platform]
            for creation in waiting:
                binding = await self._look_for(adapter, creation, listed, desired, world, seen)
                if binding is not None:
                    mine.append(binding)
        await self._groups(adapter, mine, world, seen)
        await self._folders(adapter, mine, desired, seen)
        return seen

    async def _others(
        self, adapter: ChatAdapter, seen: _Seen, world: World, ours: set[Chat]
    ) -> tuple[ListedGroup, ...] | None:
        """Names of groups that are not ours, so that no new one is called alike."""
        try:
            listed = await adapter.groups.listed()
        except PlatformError as error:
            seen.failed("groups", error)
            return None
        if listed is None:
            for chat, row in world.chats.items():
                if chat.platform is adapter.platform and chat not in ours:
                    group = ObservedGroup(chat=chat, generation=Generation.ORDINARY, name=row.name or UNKNOWN)
                    seen.groups[chat] = group
            return None
        seen.calls += 1 + len(listed) // 100
        for one in listed:
            if one.handle.chat not in ours:
                seen.groups[one.handle.chat] = ObservedGroup(
                    chat=one.handle.chat,
                    generation=translate.generation_of(one.handle),
                    name=one.name or UNKNOWN,
                    owner=one.owner,
                )
        return listed

    async def _groups(
        self, adapter: ChatAdapter, bindings: Iterable[Binding], world: World, seen: _Seen
    ) -> None:
        room = asyncio.Semaphore(AT_ONCE)
        stopped: list[PlatformError] = []

        async def one(binding: Binding) -> None:
            async with room:
                if stopped:
                    seen.failed(binding.chat.id, stopped[0])
                    return
                known = self._remembered(binding.chat)
                if known is not None:
                    seen.groups[binding.chat] = known
                    return
                try:
                    group = await self._group(adapter, binding, world, seen)
                except NotFound:
                    seen.groups.pop(binding.chat, None)
                except PlatformError as error:
                    if isinstance(error, (QuotaExhausted, Unauthorized)):
                        stopped.append(error)
                    seen.failed(binding.chat.id, error)
                else:
                    seen.groups[binding.chat] = group

        await asyncio.gather(*map(one, bindings))
        if stopped:
            seen.failed("groups", stopped[0])
        self._remember(seen)

    async def _group(
        self, adapter: ChatAdapter, binding: Binding, world: World, seen: _Seen
    ) -> ObservedGroup:
        handle = translate.handle_of(binding)
        shown = await adapter.groups.observe(handle)
        seen.calls += adapter.groups.price_to_see(handle, len(shown.members or ()))
        return translate.observed(shown, _in_range(shown.owner, adapter.platform, world))

    def _remembered(self, chat: Chat) -> ObservedGroup | None:
        known = self._unfinished.get(chat)
        return known[0] if known and self._clock.now() - known[1] < STAYS_TRUE else None

    def _remember(self, seen: _Seen) -> None:
        """Only for the look that goes on after one that broke off."""
        now = self._clock.now()
        for chat in [one for one in self._unfinished if one.platform is seen.platform]:
            del self._unfinished[chat]
        if seen.broke_off:
            self._unfinished |= {chat: (group, now) for chat, group in seen.groups.items()}

    async def _folders(
        self, adapter: ChatAdapter, bindings: Iterable[Binding], desired: Desired, seen: _Seen
    ) -> None:
        """Which of the wished-for folders are there, for groups that could be seen."""
        wanted: dict[GroupKey, list[tuple[str, ...]]] = {}
        for folder in desired.folders:
            wanted.setdefault(folder.group, []).append(folder.path)
        for binding in bindings:
            paths, group = wanted.get(binding.key), seen.groups.get(binding.chat)
            if not paths or group is None or not binding.is_managed:
                continue
            keeper = group.owner if isinstance(group.owner, Account) else None
            handle = translate.handle_of(binding)
            try:
                there = [path for path in paths if await adapter.folders.look(path, handle, keeper)]
            except PlatformError as error:
                log.warning("folders not seen", extra={"chat": str(binding.chat), "why": str(error)})
                continue
            finally:
                seen.calls += sum(map(len, paths))
            seen.folders[binding.key] = frozenset(there)

    # ── Creations of which nobody knows ───────────────────────────────────────────────────────────

    async def _look_for(
        self,
        adapter: ChatAdapter,
        creation: Creation,
        listed: tuple[ListedGroup, ...] | None,
        desired: Desired,
        world: World,
        seen: _Seen,
    ) -> Binding | None:
        """Found by our mark: it is ours. Looked for in vain: free again. Neither: uncertain, and not made again."""
        now = self._clock.now()
        tenant = world.tenants[adapter.platform]
        group = next((one for one in desired.groups if one.key == creation.key), None)
        if listed is not None:
            mark = mark_of(tenant, creation)
            found = next((one for one in listed if mark in one.note and one.owner is None), None)
            if found is not None:
                binding = Binding(
                    key=creation.key,
                    chat=found.handle.chat,
                    origin=Origin.MADE,
                    generation=translate.generation_of(found.handle),
                    serves=group.serves if group else "",
                    handle=found.handle.other_id,
                )
                seen.groups.pop(found.handle.chat, None)
                await self._store.write(managed.bind, binding, found.name, "yizhan", now)
                log.info("a group without an answer was found", extra={"chat": str(binding.chat)})
                return binding
        window = timedelta(seconds=adapter.groups.abilities.key_window_s)
        if creation.asked_at is not None and now - creation.asked_at < window:
            return None
        if listed is not None:
            await self._store.write(managed.absent, creation.key)
            return None
        seen.uncertain.add(creation.key)
        return None

    async def _charge(self, shown: Iterable[_Seen], world: World) -> None:
        month = self._clock.now().astimezone(ZoneInfo(world.zone)).strftime("%Y-%m")
        spent = [(one.platform, one.calls) for one in shown if one.calls]
        await self._store.write(_spend, spent, month, queue=Queue.CHORES)


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What a look at one platform has found so far."""

    platform: Platform
    groups: dict[Chat, ObservedGroup] = field(default_factory=dict)
    folders: dict[GroupKey, frozenset[tuple[str, ...]]] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    uncertain: set[GroupKey] = field(default_factory=set)
    calls: int = 0
    broke_off: bool = False

    def failed(self, what: str, error: PlatformError) -> None:
        log.warning("not seen", extra={"what": what, "why": str(error)})
        self.broke_off |= error.retryable or isinstance(error, QuotaExhausted)
        self.unreadable.append(Unreadable(platform=self.platform, what=what, why=error.detail))


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
