"""通讯录镜像 (directory): walked at start and nightly, fed by events, guarded against a sudden shrink."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from adapters.errors import PlatformError
from adapters.port import ChatAdapter, SeenChat
from bot.clock import CivilClock
from bot.quota import CALLS
from bot.store import audit, chats, managed, meter
from bot.store import directory as mirror
from bot.store.engine import Connection, Queue, Store
from bot.store.errors import StoreUnavailable
from bot.store.mirror import Directory
from bot.store.rows import AuditEntry, ChatRow
from bot.world import COMPANY
from policies.model import AnyEvent, Chat, ChatChanged, DirectoryChanged, Platform

log = logging.getLogger(__name__)

SHRINK_LIMIT = 0.2
"""A walk that shows this much less than the mirror is not believed: likeliest the app's range was narrowed."""
AGAIN_S = 5.0
"""Real seconds until the next look while the store is away."""
LOOK_AGAIN = tuple(timedelta(seconds=each) for each in (5, 60, 300, 1800))
"""From a walk that failed to the next, longer each time; the last is kept."""


class Mirror:
    """Keeps the store's picture of people, departments and groups near the platforms'.

    Args:
        managed: for groups named in the configuration, the department or project (or ``company``) they serve.
        zone: the company's, by which its months of calls are counted.
        on_change: called with the fresh directory and chats, to make a new ``World``.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: CivilClock,
        adapters: Mapping[Platform, ChatAdapter],
        managed: Mapping[Chat, str],
        links: Iterable[tuple[str, str]],
        zone: str,
        on_change: Callable[[Directory, dict[Chat, ChatRow]], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._adapters = adapters
        self._managed = managed
        self._links = tuple(links)
        self._zone = ZoneInfo(zone)
        self._on_change = on_change
        self._changed: dict[Platform, set[str]] = {}
        self._groups: set[Chat] = set()
        self._woken = asyncio.Event()
        self._busy = False
        self._look_again = False
        self._others_looked = False
        self._shown: object = None
        self.shrunk: dict[Platform, tuple[int, int]] = {}
        self.failed: dict[Platform, str] = {}
        self._failures: Counter[Platform] = Counter()
        self._next: dict[Platform, asyncio.Task[None]] = {}
        self.notify: Callable[[], None] = lambda: None
        self.on_caught_up: Callable[[], None] = lambda: None
        """What another instance has looked up is shown here too."""

    @property
    def is_idle(self) -> bool:
        return not (self._busy or self._changed or self._groups or self._look_again)

    async def load(self) -> None:
        """The mirror as it was left; so that a start without a platform still knows people."""
        await self._publish()

    async def walk(self, *, groups: bool = True, believed: Mapping[Platform, int] | None = None) -> None:
        """Both platforms side by side, people and groups. A platform that does not answer keeps its last picture.

        Args:
            groups: whether to look at every group too, which costs calls of the month's pot.
            believed: how many people an admin says that a platform has now, however many there were before.
        """
        self._busy = True
        try:
            await asyncio.gather(
                *(self._walk_one(one, groups=groups, believed=believed) for one in self._adapters.values())
            )
            await self._publish()
        finally:
            self._busy = False
            self.notify()

    async def _walk_one(
        self, adapter: ChatAdapter, *, groups: bool = True, believed: Mapping[Platform, int] | None = None
    ) -> None:
        platform = adapter.platform
        try:
            seen = await adapter.directory()
            now = sum(person.is_active for person in seen.people)
            before = await self._store.read(mirror.count, platform)
            expected = (believed or {}).get(platform, before)
            if now < min(before, expected) * (1 - SHRINK_LIMIT):
                self.shrunk[platform] = (before, now)
                await self._store.write(_note_shrink, self._clock.now(), platform, before, now)
                log.error("directory shrank; kept the last picture", extra={"before": before, "now": now})
            else:
                self.shrunk.pop(platform, None)
                await self._store.write(
                    mirror.replace, seen, self._links, self._clock.now(), queue=Queue.CHORES
                )
            found = await self._groups_of(adapter) if groups else []
            await self._store.write(_put_chats, found, self._managed, self._clock.now(), queue=Queue.CHORES)
            self.failed.pop(platform, None)
            self._failures.pop(platform, None)
            self._expect(platform, None)
            log.info("directory walked", extra={"people": len(seen.people), "groups": len(found)})
        except PlatformError as error:
            self.failed[platform] = str(error)
            log.warning("directory not walked", extra={"platform": platform.value, "why": str(error)})
            self._walk_later(platform)

    def _walk_later(self, platform: Platform) -> None:
        pause = LOOK_AGAIN[min(self._failures[platform], len(LOOK_AGAIN) - 1)]
        self._failures[platform] += 1
        self._expect(platform, asyncio.create_task(self._walk_at(platform, self._clock.now() + pause)))

    def _expect(self, platform: Platform, walk: asyncio.Task[None] | None) -> None:
        if earlier := self._next.pop(platform, None):
            earlier.cancel()
        if walk is not None:
            self._next[platform] = walk

    async def _walk_at(self, platform: Platform, moment: datetime) -> None:
        await self._clock.sleep_until(moment)
        self._next.pop(platform, None)
        self._changed.setdefault(platform, set()).add("*")
        self._woken.set()
        self.notify()

    async def _groups_of(self, adapter: ChatAdapter) -> list[SeenChat]:
        wanted = {seen.chat for seen in await adapter.chats()}
        ours = {*self._managed, *await self._store.read(_bound)}
        wanted |= {chat for chat in ours if chat.platform is adapter.platform}
        found, calls = [], 0
        for chat in sorted(wanted):
            try:
                seen = await adapter.chat(chat)
                calls += seen.calls
                found.append(seen)
            except PlatformError as error:
                calls += 1
                log.warning("group not seen", extra={"chat": str(chat), "why": str(error)})
        await self._store.write(meter.add, adapter.platform, self._month(), CALLS, calls, queue=Queue.CHORES)
        return found

    def _month(self) -> str:
        return self._clock.now().astimezone(self._zone).strftime("%Y-%m")

    async def _publish(self) -> None:
        self._shown, directory, rows = await self._store.read(_load)
        self._on_change(directory, rows)

    def look_again(self, *, others: bool = False) -> None:
        """The store may show more than we do. ``others``: because of what another instance has written."""
        self._look_again = True
        self._others_looked |= others
        self._woken.set()
        self.notify()

    # ── Events ────────────────────────────────────────────────────────────────────────────────────

    def hear(self, event: AnyEvent) -> None:
        """An event is a reason to look; what is true is asked of the platform, whatever order events came in."""
        match event:
            case DirectoryChanged():
                waiting = self._changed.setdefault(event.platform, set())
                waiting.update(account.id for account in (*event.accounts, *event.left))
                if event.departments:
                    waiting.add("*")
            case ChatChanged():
                self._groups.add(event.chat)
            case _:
                return
        self._woken.set()
        self.notify()

    async def run(self) -> None:
        """Until cancelled: what events pointed at is looked up, a flock at a time."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            self._busy = True
            changed, self._changed = self._changed, {}
            groups, self._groups = self._groups, set()
            again, self._look_again = self._look_again, False
            try:
                await self._look(changed, groups, again=again)
            except StoreUnavailable:
                log.warning("store is away; the directory waits")
                for platform, ids in changed.items():
                    self._changed.setdefault(platform, set()).update(ids)
                self._groups |= groups
                self._look_again = True
                with suppress(TimeoutError):
                    async with asyncio.timeout(AGAIN_S):
                        await self._woken.wait()
                self._woken.set()
            finally:
                self._busy = False
                self.notify()

    async def _look(self, changed: Mapping[Platform, set[str]], groups: set[Chat], *, again: bool) -> None:
        is_news = bool(changed or groups)
        if again and not is_news and await self._store.read(mirror.version) == self._shown:
            self._others_looked = False
            return
        for platform, ids in changed.items():
            adapter = self._adapters[platform]
            if "*" in ids or len(ids) > _ONE_BY_ONE:
                await self._walk_one(adapter)
                continue
            leads_else = [await self._look_at_person(adapter, identity) for identity in sorted(ids)]
            if any(leads_else):
                await self._walk_one(adapter, groups=False)
        for chat in sorted(groups):
            await self._look_at_group(self._adapters[chat.platform], chat)
        await self._publish()
        if self._others_looked and not is_news:
            self.on_caught_up()
        self._others_looked = False

    async def _look_at_person(self, adapter: ChatAdapter, identity: str) -> bool:
        """Whether they lead other departments than the mirror knows: only a walk shows who heads those now.

        DingTalk tells a change of head as a change of the two people and says nothing of the department.
        """
        account = mirror.Account(adapter.platform, identity)
        try:
            seen = await adapter.person(account)
        except PlatformError as error:
            log.warning("person not seen", extra={"platform": adapter.platform.value, "why": str(error)})
            return False
        if seen is None:
            await self._store.write(mirror.mark_left, account, self._clock.now())
            return False
        await self._store.write(mirror.upsert_person, seen, self._links, self._clock.now())
        return seen.leads is not None and seen.leads != await self._store.read(mirror.led_by, account)

    async def _look_at_group(self, adapter: ChatAdapter, chat: Chat) -> None:
        try:
            seen = await adapter.chat(chat)
        except PlatformError as error:
            log.warning("group not seen", extra={"chat": str(chat), "why": str(error)})
            await self._store.write(_gone, chat, self._clock.now())
            await self._store.write(meter.add, chat.platform, self._month(), CALLS)
            return
        await self._store.write(_put_chats, [seen], self._managed, self._clock.now())
        await self._store.write(meter.add, chat.platform, self._month(), CALLS, seen.calls)


_ONE_BY_ONE = 20


def _load(conn: Connection) -> tuple[object, Directory, dict[Chat, ChatRow]]:
    return mirror.version(conn), mirror.load(conn), managed.known_chats(conn)


def _bound(conn: Connection) -> dict[Chat, str]:
    """Groups that are ours, and whom each serves."""
    return {one.binding.chat: one.binding.serves or COMPANY for one in managed.all_kept(conn)}


def _put_chats(conn: Connection, seen: list[SeenChat], named: Mapping[Chat, str], now: datetime) -> None:
    """What a platform does not tell of a group of ours, we know ourselves."""
    bound = _bound(conn)
    for one in seen:
        known = chats.get(conn, one.chat) if one.chat in bound else None
        members = one.members if one.members is not None or known is None else known.members
        chats.put(
            conn,
            ChatRow(
                platform=one.chat.platform,
                id=one.chat.id,
                name=one.name or (known.name if known is not None else ""),
                members=members,
                managed_for=bound.get(one.chat) or named.get(one.chat, ""),
                seen_at=now,
            ),
        )
    mirror.touch(conn)


def _gone(conn: Connection, chat: Chat, now: datetime) -> None:
    if chats.mark_gone(conn, chat, now):
        mirror.touch(conn)


def _note_shrink(conn: Connection, now: datetime, platform: Platform, before: int, after: int) -> None:
    audit.append(
        conn,
        (
            AuditEntry(
                at=now,
                who="yizhan",
                act="directory-shrank",
                subject=platform.value,
                details={"before": before, "now": after},
            ),
        ),
    )
