"""What holds of every company and every state its groups may be in: plans converge and never overstep."""

from __future__ import annotations

import copy
from functools import partial
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from space_builders import (
    DINGTALK,
    FEISHU,
    TODAY,
    Room,
    World,
    department,
    directory,
    for_company,
    for_department,
    for_project,
    in_department,
    named,
    person,
    wishes,
)

from policies.model import Account, Chat, Platform
from policies.workspace import plan as plans
from policies.workspace.changes import ChangeKind
from policies.workspace.desired import desired
from policies.workspace.model import (
    AtAll,
    Binding,
    Generation,
    GroupKind,
    Mute,
    Origin,
    Role,
    Speak,
    department_key,
    key_of,
    platform_of,
)
from policies.workspace.wishes import EVERY, FolderPart

NAMES = [f"p{n}" for n in range(10)]
DEPARTMENTS = ["研发部", "市场部", "苏州工厂"]
PROJECT_ADMINS = NAMES[:2]
FOLDERS = (FolderPart.DEPARTMENT, FolderPart.PROJECT, FolderPart.DATE)


def some(dice, pool, most, least=0):
    return set(dice.sample(pool, dice.randint(least, min(most, len(pool)))))


def company_of(dice):
    """Ten people on each platform, spread over three departments, each of which has a head."""
    people, departments = [], []
    for platform in Platform:
        heads = dice.choices(NAMES, k=3)
        nested = dice.random() < 0.5
        for n, name in enumerate(DEPARTMENTS):
            under = "d0" if nested and n == 2 else "root"
            departments.append(
                department(f"{platform}:d{n}", name, head=f"{platform}:{heads[n]}", under=under)
            )
        for name in NAMES:
            where = sorted(some(dice, ["d0", "d1", "d2"], 2))
            people.append(
                person(
                    f"{platform}:{name}",
                    *(f"{platform}:{one}" for one in where),
                    name=f"{platform}{name}",
                    is_active=dice.random() < 0.9 or name in (*heads, *PROJECT_ADMINS),
                )
            )
    return directory(people, departments)


def wishes_of(dice):
    groups = []
    speak, at_all = [None, Speak.EVERYONE, Speak.ADMINS], [None, *AtAll]
    if dice.random() < 0.5:
        groups.append(for_department(EVERY, speak=dice.choice(speak), with_below=dice.random() < 0.5))
    groups += [
        for_department(
            name,
            at=f"workspace.department[{n}]",
            speak=dice.choice(speak),
            at_all=dice.choice(at_all),
            title=dice.choice(["{name}", "{name}群"]),
            folders=dice.choice([(), FOLDERS]),
        )
        for n, name in enumerate(DEPARTMENTS)
        if dice.random() < 0.5
    ]
    if dice.random() < 0.5:
        admins = tuple(named(f"{one}{dice.choice(PROJECT_ADMINS)}") for one in Platform)
        groups.append(for_project("设备改造", admins, (in_department("市场部"),), folders=FOLDERS))
    return wishes(
        *groups,
        generations={DINGTALK: dice.choice([Generation.SCENE, Generation.ORDINARY])},
        person_owns=frozenset({DINGTALK, *([FEISHU] if dice.random() < 0.5 else [])}),
        keeps_others=dice.random() < 0.3,
    )


def world_of(dice, company):
    """Groups as hands and earlier plans have left them: drifted, of every role, some of them nobody's."""
    world = World(mute=dice.choice(list(Mute)), stops_robots=dice.random() < 0.3)
    keys = {department_key(one.id): one.name for one in company.departments() if one.parent is not None}
    keys |= {key_of(one, GroupKind.PROJECT, "设备改造"): "设备改造" for one in Platform}
    for n, (key, name) in enumerate(sorted(keys.items())):
        if dice.random() < 0.3:
            continue
        room = room_of(dice, platform_of(key), f"old{n}", name)
        world.rooms[room.chat] = room
        if dice.random() < 0.8:
            world.bindings[key] = Binding(
                key=key,
                chat=room.chat,
                origin=dice.choice([Origin.MADE, Origin.ADOPTED, Origin.NAMED]),
                generation=room.generation,
                serves=name,
                guests=frozenset(some(dice, sorted(room.members), 1)),
                appointed=frozenset(room.admins),
            )
    return world


def room_of(dice, platform, identity, name):
    on_feishu = platform is FEISHU
    generation = Generation.FEISHU if on_feishu else dice.choice([Generation.SCENE, Generation.ORDINARY])
    feishu_roles = [Role.OWNER, Role.CREATOR, Role.ADMIN, Role.MEMBER]
    role = dice.choice(feishu_roles if on_feishu else [Role.CREATOR, Role.MEMBER])
    members = some(dice, [Account(platform, one) for one in [*NAMES, "stranger"]], 8, least=1)
    owner = None if role is Role.OWNER else dice.choice(sorted(members))
    return Room(
        chat=Chat(platform, identity),
        generation=generation,
        name=dice.choice(["旧名", name]),
        role=role,
        members=members,
        owner=owner,
        admins=some(dice, sorted(members), 3) - {owner},
        speak=dice.choice(list(Speak) if on_feishu else [Speak.EVERYONE, Speak.ADMINS]),
        at_all=dice.choice(list(AtAll)),
        members_may_add=dice.random() < 0.5,
        bot_inside=generation is not Generation.ORDINARY or dice.random() < 0.5,
        hides=frozenset(some(dice, ["name", "admins", "members", "speak", "at_all"], 2)),
    )


def situation_of(seed):
    dice = Random(seed)
    company = company_of(dice)
    return company, wishes_of(dice), world_of(dice, company)


situations = partial(st.builds, situation_of, st.integers(0, 2**48))
"""Drawn by a seed: a world takes more choices than are worth being shrunk one by one."""


def look(company, wish, world):
    wanted = desired(wish, company, TODAY)
    assert not wanted.problems
    return plans.build(wanted, world.observed(), world.kept(), company)


@given(situations())
def test_a_plan_that_was_applied_leaves_nothing_to_do(situation):
    company, wish, world = situation
    world.apply(look(company, wish, world))
    if world.mute is Mute.STOPS_US:
        assert all(one.kind is not ChangeKind.SET_SPEAK for one in look(company, wish, world).changes)
    assert look(company, wish, world).changes == ()


@given(situations())
def test_a_plan_is_the_same_twice(situation):
    company, wish, world = situation
    first, again = look(company, wish, world), look(company, wish, copy.deepcopy(world))
    assert first == again


@given(situations())
def test_what_is_not_ours_is_not_touched(situation):
    company, wish, world = situation
    before = world.unmanaged()
    world.apply(look(company, wish, world))
    assert {chat: room.seen() for chat, room in world.rooms.items() if chat in before} == before


@given(situations())
def test_no_group_is_without_somebody_who_leads_it_on_the_way(situation):
    """Once a person leads a group, it is never without one, and no wished admin who is there is lost."""
    company, wish, world = situation
    wanted = {one.key: set(one.admins) for one in desired(wish, company, TODAY).groups}
    for change in look(company, wish, world).changes:
        room = world.room(change) if change.kind is not ChangeKind.CREATE else None
        led, right = (bool(room.leaders), room.leaders & wanted[change.key]) if room else (False, set())
        if change.after_trial and world.mute is not Mute.PROVEN:
            continue
        world.carry_out(change)
        room = world.room(change)
        assert room.leaders or not led
        assert right <= room.leaders
        assert room.owner is not None or room.role is Role.OWNER


@given(situations(), st.data())
def test_a_plan_cut_short_anywhere_converges_by_another(situation, data):
    company, wish, world = situation
    straight = copy.deepcopy(world)
    for _ in range(3):
        plan = look(company, wish, world)
        world.apply(plan, steps=data.draw(st.integers(0, len(plan.changes))))
    world.apply(look(company, wish, world))
    assert look(company, wish, world).changes == ()
    straight.apply(look(company, wish, straight))
    assert _shape(world) == _shape(straight)


def _shape(world):
    """Everything but the ids of chats that were made."""
    return {
        key: (room.name, room.owner, frozenset(room.admins), frozenset(room.members), room.speak, room.at_all)
        for key, one in world.bindings.items()
        if (room := world.rooms[one.chat])
    }, world.folders


@given(situations())
def test_a_company_group_joins_without_moving_the_others(situation):
    """What is planned for a group does not depend on which other groups are wished for."""
    company, wish, world = situation
    admins = tuple(named(f"{one}{NAMES[0]}") for one in Platform)
    people = {one.name: one for one in company.everyone()}
    if not all(one.name in people for one in admins):
        return
    alone = look(company, wish, world)
    more = wishes(
        *wish.groups,
        for_company("禾川全员", *admins),
        generations=wish.generations,
        person_owns=wish.person_owns,
        keeps_others=wish.keeps_others,
    )
    together = look(company, more, world)
    joined = [one for one in together.changes if ":company" not in one.key]
    mutes = {ChangeKind.SET_SPEAK}
    assert [one for one in joined if one.kind not in mutes] == [
        one for one in alone.changes if one.kind not in mutes
    ]
