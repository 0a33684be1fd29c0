"""Two looks compared: what differs, what of it is by our own hand, and what nobody could see."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from space_builders import DINGTALK, FEISHU, account, accounts
from test_space_properties import look, situations

from policies.model import Chat
from policies.workspace import codec
from policies.workspace.changes import Change, ChangeKind
from policies.workspace.compare import Aspect, Difference, by_us, differences
from policies.workspace.model import (
    UNKNOWN,
    Generation,
    GroupKey,
    Observed,
    ObservedGroup,
    Speak,
    Unreadable,
)

ROOM = Chat(FEISHU, "oc_1")
KEY = GroupKey("feishu:department:rd")


def group(**more) -> ObservedGroup:
    given = {
        "chat": ROOM,
        "generation": Generation.FEISHU,
        "name": "研发部",
        "owner": None,
        "admins": accounts("chen"),
        "members": accounts("chen", "li"),
        "speak": Speak.EVERYONE,
    }
    return ObservedGroup(**{**given, **more})


def seen(*groups, **more) -> Observed:
    return Observed(groups={one.chat: one for one in groups}, **more)


def differs(aspect, *, gone=(), come=()):
    return (Difference(aspect=aspect, chat=ROOM, gone=frozenset(gone), come=frozenset(come)),)


@pytest.mark.parametrize(
    ("now", "found"),
    [
        pytest.param({}, (), id="nothing"),
        pytest.param(
            {"name": "吃喝群"}, differs(Aspect.NAME, gone={"研发部"}, come={"吃喝群"}), id="renamed"
        ),
        pytest.param(
            {"members": accounts("chen", "wang")},
            differs(Aspect.MEMBERS, gone={"feishu:li"}, come={"feishu:wang"}),
            id="somebody left and somebody joined",
        ),
        pytest.param(
            {"owner": account("li")},
            differs(Aspect.OWNER, gone={""}, come={"feishu:li"}),
            id="our bot gave it away",
        ),
        pytest.param(
            {"speak": Speak.ADMINS},
            differs(Aspect.SPEAK, gone={"everyone"}, come={"admins"}),
            id="muted",
        ),
        pytest.param({"admins": UNKNOWN, "members": UNKNOWN}, (), id="unknown is no difference"),
    ],
)
def test_two_looks_differ_in_what_both_have_seen(now, found):
    assert differences(seen(group()), seen(group(**now))) == found


def test_a_group_is_gone_only_where_somebody_looked():
    gone = differs(Aspect.THERE, gone={str(ROOM)})
    unread = (Unreadable(platform=FEISHU, what=ROOM.id),)
    elsewhere = (Unreadable(platform=DINGTALK, what="groups"),)
    assert differences(seen(group()), seen()) == gone
    assert differences(seen(group()), seen(unreadable=unread)) == ()
    assert differences(seen(group()), seen(unreadable=elsewhere)) == gone


def test_folders_are_known_by_their_group():
    paths = frozenset({("研发部", "2026-09")})
    before, after = seen(folders={KEY: frozenset()}), seen(folders={KEY: paths})
    folder = Difference(aspect=Aspect.FOLDERS, key=KEY, come=frozenset({"研发部/2026-09"}))
    assert differences(before, after) == (folder,)
    made = Change(kind=ChangeKind.ENSURE_FOLDER, platform=FEISHU, key=KEY, path=("研发部", "2026-09"))
    assert by_us((folder,), (made,), {}) == (folder,)


def test_what_we_did_and_hands_have_undone_and_done_again_is_by_hands():
    added = Change(
        kind=ChangeKind.ADD_MEMBERS, platform=FEISHU, key=KEY, chat=ROOM, accounts=(account("wang"),)
    )
    removed = Change(
        kind=ChangeKind.REMOVE_MEMBERS, platform=FEISHU, key=KEY, chat=ROOM, accounts=(account("wang"),)
    )
    found = differences(seen(group()), seen(group(members=accounts("chen", "wang"))))
    assert by_us(found, (added,), {}) == differs(Aspect.MEMBERS, come={"feishu:wang"})
    assert by_us(found, (added, removed), {}) == ()


@given(situations())
def test_a_look_that_was_kept_is_the_same_look(situation):
    _, _, world = situation
    kept = json.loads(json.dumps(codec.to_json(world.observed())))
    assert codec.from_json(Observed, kept) == world.observed()


@given(situations())
def test_everything_that_a_plan_changes_is_by_us_and_what_hands_do_is_not(situation):
    company, wish, world = situation
    before = world.observed()
    plan = look(company, wish, world)
    done = [one for one in plan.changes if not one.is_trial and not one.after_trial]
    for change in done:
        world.carry_out(change)
    chats = {key: one.chat for key, one in world.bindings.items()}
    ours = differences(before, world.observed())
    assert by_us(ours, done, chats) == ours

    mended = copy.deepcopy(world.observed())
    for room in world.rooms.values():
        room.members.add(account(f"{room.chat.platform}:by-hand"))
    hands = differences(mended, world.observed())
    assert by_us(hands, done, chats) == ()
