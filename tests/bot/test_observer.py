"""A look that broke off goes on where it was; one that came to its end begins anew, whatever it could not read."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from adapters.errors import Forbidden, Unavailable
from adapters.feishu.groups import ABILITIES
from adapters.provision import BotRole, Handle, SeenGroup
from bot.clock import ManualClock
from bot.store import managed
from bot.store.engine import Store
from bot.workspace.observe import Observer
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

    def price_to_see(self, handle, members):
        return 2

    async def listed(self):
        return ()

    async def observe(self, handle):
        self.asked.append(handle.chat)
        if handle.chat == TWO and self.trouble is not None:
            raise self.trouble
        return SeenGroup(handle=Handle(chat=handle.chat), role=BotRole.OWNER, name="研发部", members=())


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
        zone="Asia/Shanghai", chats={}, tenants={Platform.FEISHU: "cli_1"}, directory=None
    )

    async def look():
        door.asked.clear()
        sight = await observer.look(Desired(), world)
        return sorted(door.asked), {one.what for one in sight.observed.unreadable}

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
