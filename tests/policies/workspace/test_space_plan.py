"""Plans: the same twice, with a price; guards that stop them; the small ones of a day."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from space_builders import (
    DINGTALK,
    FEISHU,
    TODAY,
    Room,
    World,
    account,
    accounts,
    department,
    directory,
    for_department,
    named,
    person,
    wishes,
)

from policies.model import Chat
from policies.workspace import codec, guards, small
from policies.workspace import plan as plans
from policies.workspace.changes import Cause, Change, ChangeKind, Guard, Pause, Plan
from policies.workspace.desired import desired
from policies.workspace.model import (
    Binding,
    Fault,
    Generation,
    Observed,
    Origin,
    Role,
    Unreadable,
    department_key,
)
from policies.workspace.wishes import FolderPart

STAFF = [f"p{n:02}" for n in range(20)]
RD = department_key(department("rd", "研发部").id)


def company(staff=STAFF, *, name="研发部", head="p00", gone=(), elsewhere=()):
    departments = (department("rd", name, head=head), department("market", "市场部", head="wang"))
    people = [person(one, "rd", is_active=one not in gone) for one in staff]
    people += [person(one, "market") for one in elsewhere]
    return directory([*people, person("wang", "market"), person("he", "market")], departments)


def world_with(members, *, admins=("p00",)) -> World:
    """One group of ours, on Feishu, owned by our bot."""
    chat = Chat(FEISHU, "oc_rd")
    room = Room(
        chat=chat,
        generation=Generation.FEISHU,
        name="研发部",
        role=Role.OWNER,
        members=set(map(account, members)),
        admins=set(map(account, admins)),
    )
    binding = Binding(key=RD, chat=chat, origin=Origin.MADE, generation=Generation.FEISHU, serves="研发部")
    return World(rooms={chat: room}, bindings={RD: binding})


def planned(staff, world, *wish, observed=None, **more) -> Plan:
    wanted = desired(wishes(*(wish or (for_department("研发部"),)), platforms=(FEISHU,)), staff, TODAY)
    return plans.build(wanted, observed or world.observed(), world.kept(), staff, **more)


def test_a_plan_has_the_id_of_its_content():
    world = world_with(STAFF[:-1])
    first, again = planned(company(), world), planned(company(), world)
    assert first == again
    assert first.id == f"P-{first.digest[:4].upper()}"
    assert planned(company(), world_with(STAFF[:-2])).id != first.id
    assert planned(company(), world_with(STAFF)).is_empty


def test_a_plan_survives_the_wire():
    staff = company(head="p01")
    plan = planned(
        staff,
        world_with(STAFF[:8]),
        for_department("研发部", folders=(FolderPart.DATE,)),
        for_department("市场部"),
    )
    kinds = {one.kind for one in plan.changes}
    assert {ChangeKind.CREATE, ChangeKind.ADD_ADMINS, ChangeKind.ENSURE_FOLDER} <= kinds
    assert codec.from_json(Plan, json.loads(json.dumps(codec.to_json(plan)))) == plan


def test_a_plan_says_what_it_costs_of_the_month():
    world = world_with(STAFF[:1])
    (price,) = planned(company(), world, pots={FEISHU: (4_812, 5_000)}).prices
    assert (price.calls, price.left, price.limit) == (1, 4_812, 5_000)
    (idle,) = planned(company(), world_with(STAFF), pots={DINGTALK: (10, 5_000)}).prices
    assert (idle.platform, idle.calls) == (DINGTALK, 0)


def test_groups_that_are_not_ours_are_counted_and_nothing_else():
    world = world_with(STAFF)
    for n in range(9):
        chat = Chat(FEISHU, f"oc_other{n}")
        world.rooms[chat] = replace(world.rooms[Chat(FEISHU, "oc_rd")], chat=chat, name=f"群{n}")
    plan = planned(company(), world)
    assert (plan.unmanaged, plan.changes) == ({FEISHU: 9}, ())


# ── Guards ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("members", "staff", "stops"),
    [
        pytest.param(10, 7, [], id="3 of 10 is not more than 30 %"),
        pytest.param(10, 6, [(4, 10)], id="4 of 10 is"),
        pytest.param(9, 3, [], id="a group of 9 is too small for shares"),
        pytest.param(20, 13, [(7, 20)], id="7 of 20"),
    ],
)
def test_more_than_a_third_of_a_group_does_not_go_unasked(members, staff, stops):
    plan = planned(company(STAFF[:staff]), world_with(STAFF[:members]))
    assert [(one.n, one.of) for one in plan.stops if one.guard is Guard.MANY_REMOVED] == stops


@pytest.mark.parametrize(
    ("elsewhere", "counts", "cause"),
    [
        pytest.param(STAFF[5:10], {}, Cause.MOVED, id="they are still in the company"),
        pytest.param((), {}, Cause.RANGE_NARROWED, id="we see them nowhere"),
        pytest.param(STAFF[5:10], {FEISHU: (100, 60)}, Cause.RANGE_NARROWED, id="the directory shrank"),
    ],
)
def test_the_likeliest_cause_is_told(elsewhere, counts, cause):
    plan = planned(company(STAFF[:5], elsewhere=elsewhere), world_with(STAFF[:10]), counts=counts)
    (stop,) = [one for one in plan.stops if one.guard is Guard.MANY_REMOVED]
    assert stop.cause is cause


@pytest.mark.parametrize(("before", "now", "is_stopped"), [(100, 80, False), (100, 79, True), (0, 0, False)])
def test_a_directory_that_lost_more_than_a_fifth_stops_everything(before, now, is_stopped):
    plan = planned(company(), world_with(STAFF), counts={FEISHU: (before, now)})
    assert [one.guard for one in plan.stops] == [Guard.DIRECTORY_SHRANK] * is_stopped


def test_a_department_that_vanished_stops_and_is_no_mistake_of_the_file():
    staff = directory([person("wang", "market")], (department("market", "市场部", head="wang"),))
    plan = planned(staff, world_with(STAFF))
    assert ([one.guard for one in plan.stops], plan.problems) == ([Guard.VANISHED_DEPARTMENT], ())
    assert (plan.changes, plan.waiting) == ((), ())


def test_a_department_that_was_renamed_is_a_line_to_change():
    plan = planned(company(name="技术部"), world_with(STAFF))
    (problem,) = plan.problems
    assert (problem.fault, problem.candidates) == (Fault.UNKNOWN_DEPARTMENT, (("", "技术部"),))
    assert (plan.changes, plan.stops) == ((), ())


def test_what_cannot_be_read_stops_and_cannot_be_forced():
    world = world_with(STAFF)
    seen = replace(world.observed(), unreadable=(Unreadable(platform=FEISHU, what="groups"),))
    plan = planned(company(), world, observed=seen)
    assert [one.guard for one in plan.stops] == [Guard.UNREADABLE]
    assert guards.left_standing(plan.stops, force=True) == plan.stops


def test_a_group_of_the_same_name_is_asked_about_and_never_taken():
    world = world_with(STAFF)
    stranger = Chat(FEISHU, "oc_market")
    world.rooms[stranger] = replace(world.rooms[Chat(FEISHU, "oc_rd")], chat=stranger, name=" 市场部 ")
    plan = planned(company(), world, for_department("研发部"), for_department("市场部"))
    (stop,) = plan.stops
    assert (stop.guard, stop.chat, stop.can_be_forced) == (Guard.SAME_NAME, stranger, False)
    assert guards.left_standing(plan.stops, force=True) == (stop,)


def test_force_passes_what_may_be_forced():
    plan = planned(company(STAFF[:5]), world_with(STAFF[:10]))
    assert plan.stops and guards.left_standing(plan.stops, force=True) == ()


def test_nothing_is_planned_while_the_file_has_a_mistake():
    plan = planned(company(), world_with(STAFF[:5]), for_department("研发部", admins=(named("无名氏"),)))
    assert (plan.changes, plan.waiting, len(plan.problems)) == ((), (), 1)


# ── Small plans ───────────────────────────────────────────────────────────────────────────────────


def wanted_of(staff):
    return desired(
        wishes(for_department("研发部"), for_department("市场部"), platforms=(FEISHU,)), staff, TODAY
    )


def test_only_the_groups_that_a_change_touches_are_looked_at():
    before, after = wanted_of(company(STAFF[:5])), wanted_of(company(STAFF[:6]))
    assert small.touched(before, before) == frozenset()
    assert small.touched(before, after) == {RD}
    world = world_with(STAFF[:5])
    wanted, kept = small.only(after, world.kept(), frozenset({RD}))
    plan = plans.build(wanted, world.observed(), kept, company(STAFF[:6]))
    assert [(one.kind, one.key) for one in plan.changes] == [(ChangeKind.ADD_MEMBERS, RD)]


def test_joining_and_leaving_are_harmless_and_who_leads_is_not():
    staff = company(STAFF[:6], head="p01", gone=("p05",))
    plan = planned(staff, world_with([*STAFF[:4], "p05", "stranger"]))
    calm, rest = small.split(plan, accounts("p05"))
    assert [one.kind.value for one in calm.changes] == ["add-members"]
    assert [one.kind.value for one in rest.changes] == ["add-admins", "remove-admins", "remove-members"]
    assert calm.id != rest.id != plan.id

    only_leaver = planned(company(STAFF[:6], gone=("p05",)), world_with(STAFF[:6]))
    calm, rest = small.split(only_leaver, accounts("p05"))
    assert ([one.kind.value for one in calm.changes], rest.changes) == (["remove-members"], ())
    assert small.split(only_leaver, frozenset())[0].changes == ()


def test_nothing_is_harmless_when_many_come_or_a_guard_speaks():
    many = [f"n{n:02}" for n in range(21)]
    plan = planned(company([*STAFF, *many]), world_with(STAFF))
    assert small.split(plan, frozenset())[0].changes == ()
    shrunk = planned(company(STAFF[:11]), world_with(STAFF[:10]), counts={FEISHU: (100, 10)})
    calm, rest = small.split(shrunk, frozenset())
    assert (calm.changes, rest.changes, rest.stops) == ((), shrunk.changes, shrunk.stops)


def test_a_change_of_head_is_a_handover():
    plan = planned(company(head="p01"), world_with(STAFF))
    (handover,) = small.handovers(plan)
    assert (handover.out, handover.into) == ((account("p00"),), (account("p01"),))
    assert (handover.name, handover.key) == ("研发部", RD)


def test_a_creation_that_is_uncertain_is_waited_for():
    world = World()
    wanted = wanted_of(company())
    kept = replace(world.kept(), uncertain=frozenset({RD}))
    plan = plans.build(wanted, Observed(), kept, company())
    assert [one.pause for one in plan.waiting] == [Pause.UNCERTAIN]
    assert RD not in {one.key for one in plan.changes}


@pytest.mark.parametrize(
    ("platform", "calls"),
    [
        pytest.param(FEISHU, 7, id="each level looked for and made, and the right to it"),
        pytest.param(DINGTALK, 4, id="the group's space, and each level made"),
    ],
)
def test_a_folder_costs_by_its_levels(platform, calls):
    change = Change(kind=ChangeKind.ENSURE_FOLDER, platform=platform, key=RD, path=("a", "b", "c"))
    assert plans.calls(change) == calls
