"""A look that broke off goes on where it was, one that came to its end begins anew; groups and people are asked at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import ClassVar

import pytest

from adapters.errors import Forbidden, Unavailable
from adapters.feishu.groups import ABILITIES
from adapters.provision import BotRole, Handle, SeenGroup
from bot.clock import ManualClock
from bot.store import managed
from bot.store.engine import Store
from bot.store.mirror import Directory
from bot.workspace.observe import Observer
from bot.workspace.office import Office
from policies.model import Chat, Platform
from policies.workspace.model import Binding, Desired, Generation, GroupKey, Origin

NOW = datetime(2026, 9, 8, 2, 0, tzinfo=UTC)
ONE, TWO = Chat(Platform.FEISHU, "oc_1"), Chat(Platform.FEISHU, "oc_2")


class Door:
    """A platform with two groups, one of which cannot be seen while ``trouble`` lasts."""

    abilities = ABILITIES

    def __init__(self):
        self.trouble = None
        self.asked = []
        self.was_asked = asyncio.Event()

    def price_to_see(self, handle, members):
        return 2

    async def listed(self):
        return ()

    async def observe(self, handle):
        self.asked.append(handle.chat)
        self.was_asked.set()
        if handle.chat == TWO and self.trouble is not None:
            raise self.trouble
        return SeenGroup(handle=Handle(chat=handle.chat), role=BotRole.OWNER, name="研发部", members=())


class Walked:
    """A directory whose walk ends only after somebody has asked for a group."""

    failed: ClassVar = {}
    shrunk: ClassVar = {}

    def __init__(self, door):
        self.door = door

    async def walk(self, *, groups, believed):
        async with asyncio.timeout(5):
            await self.door.was_asked.wait()


@pytest.fixture
async def looking():
    clock = ManualClock(NOW)
    store = Store("sqlite://", clock, inline=True)
    await store.open()
    for n, chat in enumerate((ONE, TWO)):
        binding = Binding(
            key=GroupKey(f"feishu:department:od-{n}"),
            chat=chat,
            origin=Origin.MADE,
            generation=Generation.FEISHU,
        )
        await store.write(managed.bind, binding, "研发部", "test", NOW)
    door = Door()
    adapter = SimpleNamespace(platform=Platform.FEISHU, groups=door, folders=None)
    observer = Observer(store=store, clock=clock, adapters={Platform.FEISHU: adapter}, named={})
    world = SimpleNamespace(
        zone="Asia/Shanghai", chats={}, pots={}, tenants={Platform.FEISHU: "cli_1"}, directory=Directory()
    )

    async def look():
        door.asked.clear()
        sight = await observer.look(Desired(), world)
        return sorted(door.asked), {one.what for one in sight.observed.unreadable}

    look.office = Office(
        config=None,
        store=store,
        clock=clock,
        adapters={Platform.FEISHU: adapter},
        world=lambda: world,
        mirror=Walked(door),
        observer=observer,
    )
    look.office.desired = Desired
    yield door, look
    await store.close()


async def test_after_trouble_only_the_rest_is_asked_and_then_everything_again(looking):
    door, look = looking
    door.trouble = Unavailable("busy")
    assert await look() == ([ONE, TWO], {"oc_2"})
    door.trouble = None
    assert await look() == ([TWO], set())
    assert await look() == ([ONE, TWO], set())


async def test_what_may_never_be_seen_makes_no_look_an_unfinished_one(looking):
    door, look = looking
    door.trouble = Forbidden("not ours to see")
    assert await look() == ([ONE, TWO], {"oc_2"})
    assert await look() == ([ONE, TWO], {"oc_2"})


async def test_groups_are_asked_for_while_the_directory_is_walked_and_only_once(looking):
    door, look = looking
    await look.office.look()
    assert sorted(door.asked) == [ONE, TWO]
