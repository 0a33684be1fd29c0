"""普查 (survey): what the platforms tell of our groups and folders, asked once however often it is gone through.

Nothing here depends on who is in the directory, so it is asked while the directory is still being walked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.errors import NotFound, PlatformError, QuotaExhausted, Unauthorized
from adapters.port import ChatAdapter
from adapters.provision import ListedGroup, SeenGroup
from bot.clock import CivilClock
from bot.workspace import translate
from policies.model import Account, Chat, Platform
from policies.workspace.model import Binding, DesiredFolder, GroupKey

log = logging.getLogger(__name__)

AT_ONCE = 24
"""Looks in flight on one platform: enough to fill a lane of 50 a second, few enough to hold no answers back."""

STAYS_TRUE = timedelta(minutes=5)
"""What was seen before a look broke off need not be asked again for so long."""


@dataclass(slots=True, kw_only=True)
class Survey:
    """What one platform has told, or why it did not.

    Attributes:
        listed: all groups it lists, ``None``: it does not list them, or has not told yet (``was_listed``).
        gone: groups that are not there any more.
        folders: of a group, whether each path is there; a group whose folders could not be read is missing.
        calls: of the month's pot, since they were counted last.
        broke_off: something did not answer that may do so next time.
    """

    platform: Platform
    was_listed: bool = False
    listed: tuple[ListedGroup, ...] | None = None
    groups: dict[Chat, SeenGroup] = field(default_factory=dict)
    gone: set[Chat] = field(default_factory=set)
    folders: dict[GroupKey, dict[tuple[str, ...], bool]] = field(default_factory=dict)
    failed: dict[str, PlatformError] = field(default_factory=dict)
    failed_folders: set[GroupKey] = field(default_factory=set)
    calls: int = 0
    broke_off: bool = False

    def fail(self, what: str, error: PlatformError) -> None:
        """``what``: ``groups``, or a chat's id."""
        log.warning("not seen", extra={"what": what, "why": str(error)})
        self.broke_off |= error.retryable or isinstance(error, QuotaExhausted)
        self.failed.setdefault(what, error)


class Surveyor:
    """Asks both platforms; one look that broke off goes on where it was, for a while."""

    def __init__(self, *, clock: CivilClock, adapters: Mapping[Platform, ChatAdapter]) -> None:
        self._clock = clock
        self._adapters = adapters
        self._unfinished: dict[Chat, tuple[SeenGroup, datetime]] = {}

    def begin(self) -> dict[Platform, Survey]:
        """Nothing has been asked yet, but for what an unfinished look has seen."""
        now = self._clock.now()
        fresh = {
            chat: seen for chat, (seen, seen_at) in self._unfinished.items() if now - seen_at < STAYS_TRUE
        }
        return {
            platform: Survey(
                platform=platform,
                groups={chat: seen for chat, seen in fresh.items() if chat.platform is platform},
            )
            for platform in self._adapters
        }

    def forget(self, chat: Chat | None = None) -> None:
        """Something happened to it (``None``: to any of them): what was seen is not true any more."""
        if chat is None:
            self._unfinished.clear()
        else:
            self._unfinished.pop(chat, None)

    def keep(self, surveys: Iterable[Survey]) -> None:
        """At the end of a look: only one that broke off leaves something to the next."""
        now = self._clock.now()
        for one in surveys:
            for chat in [chat for chat in self._unfinished if chat.platform is one.platform]:
                del self._unfinished[chat]
            if one.broke_off:
                self._unfinished |= {chat: (seen, now) for chat, seen in one.groups.items()}

    async def listing(self, one: Survey) -> None:
        """Names of all groups, so that no new one is called like one that is not ours."""
        if one.was_listed:
            return
        one.was_listed = True
        try:
            one.listed = await self._adapters[one.platform].groups.listed()
        except PlatformError as error:
            one.fail("groups", error)
        if one.listed is not None:
            one.calls += 1 + len(one.listed) // 100

    async def groups(self, one: Survey, bindings: Iterable[Binding]) -> None:
        """Those of which nothing is known yet."""
        adapter, room = self._adapters[one.platform], asyncio.Semaphore(AT_ONCE)
        stopped: list[PlatformError] = []

        async def ask(binding: Binding) -> None:
            async with room:
                if stopped:
                    one.fail(binding.chat.id, stopped[0])
                    return
                try:
                    await self.group(adapter, one, binding)
                except NotFound:
                    one.gone.add(binding.chat)
                except PlatformError as error:
                    if isinstance(error, (QuotaExhausted, Unauthorized)):
                        stopped.append(error)
                    one.fail(binding.chat.id, error)

        asked = one.groups.keys() | one.gone | {Chat(one.platform, what) for what in one.failed}
        await asyncio.gather(*(ask(binding) for binding in bindings if binding.chat not in asked))
        if stopped:
            one.fail("groups", stopped[0])

    async def group(self, adapter: ChatAdapter, one: Survey, binding: Binding) -> SeenGroup:
        handle = translate.handle_of(binding)
        seen = await adapter.groups.observe(handle)
        one.calls += adapter.groups.price_to_see(handle, len(seen.members or ()))
        one.groups[binding.chat] = seen
        return seen

    async def folders(
        self, one: Survey, bindings: Iterable[Binding], wanted: Sequence[DesiredFolder]
    ) -> None:
        """Which of the wished-for folders are there, for groups of ours that could be seen."""
        paths: dict[GroupKey, list[tuple[str, ...]]] = {}
        for folder in wanted:
            paths.setdefault(folder.group, []).append(folder.path)
        room = asyncio.Semaphore(AT_ONCE)

        async def ask(binding: Binding) -> None:
            async with room:
                await self._folders_of(one, binding, paths[binding.key])

        await asyncio.gather(
            *(
                ask(binding)
                for binding in bindings
                if binding.key in paths and binding.is_managed and binding.chat in one.groups
            )
        )

    async def _folders_of(self, one: Survey, binding: Binding, paths: list[tuple[str, ...]]) -> None:
        known = one.folders.setdefault(binding.key, {})
        unknown = [path for path in paths if path not in known]
        if binding.key in one.failed_folders or not unknown:
            return
        owner = one.groups[binding.chat].owner
        keeper = owner if isinstance(owner, Account) else None
        door, handle = self._adapters[one.platform].folders, translate.handle_of(binding)
        one.calls += sum(map(door.price_to_look, unknown))
        try:
            for path in unknown:
                known[path] = await door.look(path, handle, keeper) is not None
        except PlatformError as error:
            log.warning("folders not seen", extra={"chat": str(binding.chat), "why": str(error)})
            one.failed_folders.add(binding.key)
