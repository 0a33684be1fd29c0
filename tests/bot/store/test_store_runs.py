"""Rows of a run are owned by it: what a dead one had begun is failed at the next start, and nothing is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.store import managed, plans
from bot.store.managed import CreationState
from bot.store.plans import ChangeState, Run
from policies.model import Account, Chat, Platform
from policies.workspace.changes import Change, ChangeKind
from policies.workspace.model import Binding, Generation, GroupKey, Origin

NOW = datetime(2026, 9, 8, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
KEY = GroupKey("feishu:department:od-1")
CHAT = Chat(Platform.FEISHU, "oc_1")


def run(id_="r1"):
    return Run(id=id_, plan="P-0001", digest="d" * 64, by="feishu:ou_1", started_at=NOW, ended_at=None)


def changes(*kinds):
    return [Change(kind=kind, platform=Platform.FEISHU, key=KEY, name="研发部") for kind in kinds]


async def begun(store, *kinds):
    return await store.write(plans.begin, run(), changes(*kinds), "", LATER)


async def states(store):
    return [(one.state, one.reason) for one in await store.read(plans.of_run, "r1")]


async def test_a_start_fails_what_was_begun_and_what_was_not(store):
    await begun(store, ChangeKind.CREATE, ChangeKind.ADD_ADMINS, ChangeKind.SET_SPEAK)
    await store.write(plans.mark, "r1", 0, ChangeState.APPLIED, "", NOW, LATER)
    await store.write(plans.mark, "r1", 1, ChangeState.APPLYING, "", NOW, LATER)
    assert await store.write(plans.interrupt, NOW, True) == 1
    assert await states(store) == [
        (ChangeState.APPLIED, ""),
        (ChangeState.FAILED, plans.INTERRUPTED),
        (ChangeState.FAILED, plans.INTERRUPTED),
    ]
    assert await store.write(plans.interrupt, NOW, True) == 0


async def test_a_run_that_may_live_elsewhere_is_left_until_its_lease_is_over(store):
    await begun(store, ChangeKind.CREATE)
    assert await store.write(plans.interrupt, NOW, False) == 0
    assert await store.write(plans.interrupt, LATER, False) == 1


async def test_only_one_run_owns_changes_at_a_time(store):
    assert await begun(store, ChangeKind.CREATE) is None
    other = await store.write(plans.begin, run("r2"), changes(ChangeKind.RENAME), "", LATER)
    assert other == run()
    await store.write(plans.end, "r1", NOW)
    assert await store.write(plans.begin, run("r2"), changes(ChangeKind.RENAME), "", LATER) is None


async def test_a_creation_keeps_its_key_until_it_was_looked_for_in_vain(store):
    first = await store.write(managed.ask, KEY, NOW)
    await store.write(managed.lost, KEY)
    again = await store.write(managed.ask, KEY, LATER)
    assert (again.attempt, again.asked_at) == (first.attempt, NOW)
    await store.write(managed.absent, KEY)
    new = await store.write(managed.ask, KEY, LATER)
    assert (new.attempt, new.asked_at) == (first.attempt + 1, LATER)
    await store.write(managed.not_made, KEY)
    assert await store.read(managed.open_creations) == ()


async def test_a_group_has_one_place_and_a_place_one_group(store):
    binding = Binding(
        key=KEY,
        chat=CHAT,
        origin=Origin.MADE,
        generation=Generation.FEISHU,
        serves="研发部",
        guests=frozenset({Account(Platform.FEISHU, "ou_2")}),
    )
    await store.write(managed.ask, KEY, NOW)
    assert await store.write(managed.bind, binding, "研发部", "feishu:ou_1", NOW)
    assert not await store.write(managed.bind, binding, "另一个", "feishu:ou_1", NOW)
    (kept,) = await store.read(managed.all_kept)
    assert (kept.binding, kept.name) == (binding, "研发部")
    assert (await store.read(managed.creation, KEY)).state is CreationState.FREE
    assert (await store.write(managed.release, KEY)) == kept
    assert await store.read(managed.all_kept) == ()


@pytest.mark.parametrize("scope", [None, ("feishu:company",)])
async def test_the_plan_that_was_shown_last_is_the_one_of_that_id(store, scope):
    await store.write(plans.show, "P-0001", "a" * 64, NOW, {"id": "P-0001"}, scope)
    await store.write(plans.show, "P-0001", "b" * 64, LATER, {"id": "P-0001"}, scope)
    found = await store.read(plans.shown, "P-0001")
    assert (found.digest, found.scope) == ("b" * 64, scope)
