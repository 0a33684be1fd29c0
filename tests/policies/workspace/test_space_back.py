"""Back to how the groups were found: what we have done is undone, what hands have done is not, whoever came later stays."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from space_builders import FEISHU, account, accounts
from test_space_compare import KEY, ROOM, group, seen
from test_space_properties import look, situations

from policies.workspace import plan as plans
from policies.workspace.back import back
from policies.workspace.changes import Change, ChangeKind
from policies.workspace.compare import Aspect, by_us, differences
from policies.workspace.model import Binding, Generation, Kept, Mute, Observed, Origin


def change(kind: ChangeKind, *names: str, **more) -> Change:
    return Change(kind=kind, platform=FEISHU, key=KEY, chat=ROOM, accounts=tuple(map(account, names)), **more)


def way(found: Observed, now: Observed, *applied: Change, known="chen li wang", here="chen li wang"):
    binding = Binding(
        key=KEY, chat=ROOM, origin=Origin.ADOPTED, generation=Generation.FEISHU, serves="研发部"
    )
    return back(
        found,
        now,
        applied,
        Kept(bindings=(binding,)),
        known=accounts(*known.split()),
        here=accounts(*here.split()),
    )


def test_nothing_of_ours_is_nothing_to_undo():
    found = way(seen(group()), seen(group(members=accounts("chen", "li", "wang"))))
    assert found.wanted.groups == ()
    assert [one.aspect for one in found.by_hand] == [Aspect.MEMBERS]


def test_whom_we_added_goes_and_whom_hands_added_stays():
    now = seen(group(members=accounts("chen", "li", "wang", "zhao"), name="新名字"))
    found = way(seen(group()), now, change(ChangeKind.ADD_MEMBERS, "wang"))
    (wanted,) = found.wanted.groups
    assert wanted.members == accounts("chen", "li", "zhao")
    assert wanted.name == "新名字"


def test_whoever_joined_the_company_later_stays_and_whoever_left_it_is_not_put_back():
    now = seen(group(members=accounts("chen", "new")))
    applied = (change(ChangeKind.ADD_MEMBERS, "new"), change(ChangeKind.REMOVE_MEMBERS, "li"))
    stays = way(seen(group()), now, *applied, here="chen new")
    assert stays.wanted.groups[0].members == accounts("chen", "new")
    comes_back = way(seen(group()), now, *applied)
    assert comes_back.wanted.groups[0].members == accounts("chen", "li", "new")


def test_a_group_that_was_made_meanwhile_stays_and_is_said():
    made = Change(kind=ChangeKind.CREATE, platform=FEISHU, key=KEY, name="研发部")
    found = way(seen(), seen(group()), made)
    assert found.wanted.groups == ()
    assert [one.aspect for one in found.stays] == [Aspect.THERE]


@given(situations())
def test_after_the_way_back_everything_of_ours_is_as_it_was_found(situation):
    """But for what no call undoes, and what our bot may not do, which is on the list for a person."""
    company, wish, world = situation
    found = world.observed()
    here = frozenset(one for person in company.people for one in person.accounts)
    here |= {one for room in world.rooms.values() for one in room.members}
    done = [one for one in look(company, wish, world).changes if not one.is_trial and not one.after_trial]
    for one in done:
        world.carry_out(one)
    by_hand = account(f"{FEISHU}:by-hand")
    for room in world.rooms.values():
        room.members.add(by_hand)
    found_way = back(found, world.observed(), done, world.kept(), known=here, here=here)
    plan = plans.build(found_way.wanted, world.observed(), found_way.kept, company)
    world.apply(replace(plan, stops=()))
    chats = {one.key: one.chat for one in world.kept().bindings}
    left = by_us(differences(found, world.observed()), done, chats)
    listed = {todo.chat for todo in plan.todos}
    if world.mute is Mute.STOPS_US:  # a mute in which we could not speak any more was taken back by its trial
        left = tuple(one for one in left if one.aspect is not Aspect.SPEAK)
    owners = {
        str(room.owner) for room in world.rooms.values()
    }  # an owner leads and cannot leave, whatever they were before
    assert [
        one
        for one in left
        if one not in found_way.stays and one.chat not in listed and (one.gone | one.come) - owners
    ] == []
    assert all(by_hand in room.members for room in world.rooms.values())
    assert not any(by_hand in one.accounts for one in plan.changes)
