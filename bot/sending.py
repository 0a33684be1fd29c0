"""发送权 (sending): one instance sends for a platform, by a lease with an epoch; the others receive, judge and wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from adapters.port import ChatAdapter
from bot.clock import CivilClock
from bot.delivery import Delivery
from bot.pipeline import Told
from bot.store import leases, marks
from bot.store.engine import Connection, Store
from bot.store.errors import StoreUnavailable
from bot.world import World
from policies.model import Platform

log = logging.getLogger(__name__)

LEASE_S = 30.0
RENEW_EVERY_S = 8.0
"""Real seconds; well inside the lease, so that one missed renewal loses nothing."""
ASK_AGAIN_S = 4.0
NEED_S = 15.0
"""A send may take its whole deadline (10 s); what begins with less of the lease left than this might end under
another's, so it does not begin. Also what a process finds that was stopped for a while and goes on."""
DRAIN_WITHIN_S = 8.0


class Sending:
    """Keeps one ``Delivery`` per platform alive while this instance holds its lease."""

    def __init__(
        self,
        *,
        store: Store,
        clock: CivilClock,
        world: Callable[[], World],
        adapters: Mapping[Platform, ChatAdapter],
        owner: str,
    ) -> None:
        self._store = store
        self._clock = clock
        self._world = world
        self._adapters = adapters
        self._owner = owner
        self._deliveries: dict[Platform, Delivery] = {}
        self._asking: set[Platform] = set(adapters)
        self._resuming: set[Platform] = set()
        self._until_s: dict[Platform, float] = {}
        self._stopping = asyncio.Event()
        self.on_change: Callable[[], None] = lambda: None
        self.on_lead: Callable[[], None] = lambda: None
        """This instance leads from now on."""

        self.on_lost: Callable[[], None] = lambda: None

    @property
    def is_idle(self) -> bool:
        """Every platform's delivery rests; one that somebody else sends for is no work of ours."""
        return not (self._asking or self._resuming) and all(
            delivery.is_idle for delivery in self._deliveries.values()
        )

    @property
    def platforms(self) -> frozenset[Platform]:
        """Those this instance sends for now."""
        return frozenset(self._deliveries)

    @property
    def is_leading(self) -> bool:
        """Of several instances one does what shall be done once and no transaction can see to: the daily looks, the
        questions to a platform. It is the one that sends for the first platform, for as long as its lease surely lasts.
        """
        first = next(iter(self._adapters))
        return first in self._deliveries and self._may_begin(first)

    def wake(self, platforms: Told | None = None) -> None:
        """Something became due there (``None``: anywhere)."""
        for platform, delivery in self._deliveries.items():
            if platforms is None or platform in platforms:
                delivery.wake()

    async def run(self) -> None:
        """Until ``stop``; then every delivery finishes what is in flight and the leases go back."""
        async with asyncio.TaskGroup() as group:
            for platform, adapter in self._adapters.items():
                group.create_task(self._keep(platform, adapter), name=f"sending {platform}")

    async def stop(self) -> None:
        """Take nothing new."""
        self._stopping.set()
        for delivery in self._deliveries.values():
            await delivery.stop()

    async def _keep(self, platform: Platform, adapter: ChatAdapter) -> None:
        while not self._stopping.is_set():
            epoch = await self._acquire(platform)
            if epoch is not None:
                await self._send_while_it_is_ours(platform, adapter, epoch)
            elif platform in self._resuming:
                self._resuming.discard(platform)
                self.on_change()
            elif platform in self._asking:
                log.info("another instance sends", extra={"platform": platform.value})
                self._asking.discard(platform)
                self.on_change()
            await self._pause(ASK_AGAIN_S)

    async def _acquire(self, platform: Platform) -> int | None:
        asked_s = self._clock.tick_s()
        try:
            epoch = await self._store.write(
                leases.acquire_lease, platform, self._owner, LEASE_S, self._clock.now()
            )
        except StoreUnavailable:
            return None
        self._until_s[platform] = asked_s + LEASE_S
        return epoch

    def _may_begin(self, platform: Platform) -> bool:
        """Whether enough of the lease is left, by the machine's own time and counted from before it was asked for."""
        return not self._store.is_postgres or self._clock.tick_s() + NEED_S < self._until_s[platform]

    async def _send_while_it_is_ours(self, platform: Platform, adapter: ChatAdapter, epoch: int) -> None:
        delivery = Delivery(
            store=self._store,
            adapter=adapter,
            clock=self._clock,
            world=self._world,
            owner=self._owner,
            epoch=epoch,
            may_begin=lambda: self._may_begin(platform),
        )
        delivery.on_change = self.on_change
        delivery.on_told = self.wake
        delivery.on_lost = self.on_lost
        self._deliveries[platform] = delivery
        self._asking.discard(platform)
        self._resuming.discard(platform)
        if self.is_leading:
            self.on_lead()
        task = asyncio.create_task(delivery.run(), name=f"delivery {platform}")
        try:
            while not task.done() and await self._renewed(platform, epoch):
                await asyncio.wait({task}, timeout=RENEW_EVERY_S)
        finally:
            await delivery.stop()
            await asyncio.wait({task}, timeout=DRAIN_WITHIN_S)
            task.cancel()
            del self._deliveries[platform]
            await asyncio.gather(task, return_exceptions=True)
        if not self._stopping.is_set() and not task.cancelled() and task.exception() is not None:
            log.error("delivery ended", exc_info=task.exception())
            self._resuming.add(platform)  # what is due waits for us, so we are not idle
        await self._give_back(platform, epoch)

    async def _renewed(self, platform: Platform, epoch: int) -> bool:
        """A lease that is over stops the sending at once; its marks would be refused anyway."""
        asked_s = self._clock.tick_s()
        try:
            kept = await self._store.write(_renew, platform, self._owner, epoch, LEASE_S, self._clock.now())
        except StoreUnavailable:
            return not self._stopping.is_set()
        if kept:
            led, self._until_s[platform] = self.is_leading, asked_s + LEASE_S
            if self.is_leading and not led:
                self.on_lead()
            delivery = self._deliveries.get(platform)
            if delivery is not None and delivery.is_waiting_for_the_lease:
                delivery.wake()
        else:
            log.warning("sending lease lost", extra={"platform": platform.value, "epoch": epoch})
        return kept

    async def _give_back(self, platform: Platform, epoch: int) -> None:
        try:
            await self._store.write(leases.release_lease, platform, self._owner, epoch)
        except StoreUnavailable:
            log.warning("lease not given back; it runs out by itself", extra={"platform": platform.value})

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def _renew(conn: Connection, platform: Platform, owner: str, epoch: int, ttl_s: float, now: datetime) -> bool:
    """And the time that has been seen: the next life must not believe a clock that was put back meanwhile."""
    marks.see(conn, now)
    return leases.renew_lease(conn, platform, owner, epoch, ttl_s, now)
