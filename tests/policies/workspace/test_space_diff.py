"""What one group needs, case by case: who may do it, in which order, and what is left for a person."""

from __future__ import annotations

from dataclasses import replace

import pytest
from space_builders import DINGTALK, FEISHU, account, accounts

from policies.model import Chat
from policies.workspace import rights
from policies.workspace.changes import ChangeKind, Pause, Task
from policies.workspace.diff import diff
from policies.workspace.model import (
    UNKNOWN,
    AtAll,
    Binding,
    Desired,
    DesiredFolder,
    DesiredGroup,
    Generation,
    GroupKind,
    Kept,
    Mute,
    Observed,
    ObservedGroup,
    Origin,
    Role,
    Speak,
    Unreadable,
    key_of,
    platform_of,
)

KEY = key_of(FEISHU, GroupKind.DEPARTMENT, "rd")
CHAT = Chat(FEISHU, "oc_rd")
HEAD, LI, ZHAO, STRANGER = (account(one) for one in ("chen", "li", "zhao", "stranger"))


def group(**more) -> DesiredGroup:
    given = {"key": KEY, "kind": GroupKind.DEPARTMENT, "platform": FEISHU, "generation": Generation.FEISHU}
    return DesiredGroup(
        **{**given, "name": "研发部", "admins": (HEAD,), "members": frozenset({HEAD, LI, ZHAO}), **more}
    )


def there(**more) -> ObservedGroup:
    """As it shall be, on Feishu, owned by our bot; ``more`` is what is different."""
    given = {
        "chat": CHAT,
        "generation": Generation.FEISHU,
        "name": "研发部",
        "role": Role.OWNER,
        "owner": None,
    }
    given |= {"admins": frozenset({HEAD}), "members": frozenset({HEAD, LI, ZHAO})}
    given |= {"speak": Speak.EVERYONE, "at_all": AtAll.EVERYONE, "owner_in_range": True, "bot_inside": True}
    return ObservedGroup(**{**given, **more})


def bound(**more) -> Binding:
    given = {"key": KEY, "chat": CHAT, "origin": Origin.MADE, "generation": Generation.FEISHU}
    return Binding(**{**given, "serves": "研发部", **more})


def difference(wanted=None, seen=None, binding=None, **kept):
    wanted, seen, binding = wanted or group(), seen or there(), binding or bound()
    return diff(
        Desired(groups=(wanted,)),
        Observed(groups={seen.chat: seen}),
        Kept(bindings=(binding,), **kept),
    )


def kinds(found):
    return [change.kind for change in found.changes]


def test_what_is_as_it_shall_be_needs_nothing():
    found = difference()
    assert (found.changes, found.todos, found.waiting) == ((), (), ())


def test_who_is_needed_comes_before_who_goes():
    found = difference(
        group(admins=(LI,), members=frozenset({LI, ZHAO}), speak=Speak.ADMINS, at_all=AtAll.ADMINS),
        there(name="旧名", members=frozenset({HEAD, ZHAO})),
    )
    assert [(one.kind.value, [each.id for each in one.accounts]) for one in found.changes] == [
        ("rename", []),
        ("add-members", ["li"]),
        ("add-admins", ["li"]),
        ("set-speak", []),
        ("set-at-all", []),
        ("remove-admins", ["chen"]),
        ("remove-members", ["chen"]),
    ]


def test_unknown_is_not_empty():
    seen = there(
        **dict.fromkeys(("name", "owner", "admins", "members", "speak", "at_all"), UNKNOWN),
    )
    assert difference(group(speak=Speak.ADMINS, at_all=AtAll.ADMINS), seen).changes == ()


def test_admins_that_nobody_shows_are_believed_to_be_those_we_appointed():
    seen = there(admins=UNKNOWN)
    assert kinds(difference(seen=seen)) == [ChangeKind.ADD_ADMINS]
    assert kinds(difference(seen=seen, binding=bound(appointed=frozenset({HEAD})))) == []


def test_guests_of_an_adopted_group_stay():
    seen = there(members=frozenset({HEAD, LI, ZHAO, STRANGER}))
    assert kinds(difference(seen=seen)) == [ChangeKind.REMOVE_MEMBERS]
    assert kinds(difference(seen=seen, binding=bound(guests=frozenset({STRANGER})))) == []
    assert kinds(difference(group(keeps_others=True), seen)) == []


def test_many_people_come_in_calls_of_fifty():
    crowd = frozenset(accounts(*(f"p{n:03}" for n in range(120))))
    found = difference(group(members=crowd | {HEAD, LI, ZHAO}))
    assert [len(one.accounts) for one in found.changes] == [50, 50, 20]
    assert {one for change in found.changes for one in change.accounts} == crowd


# ── What our bot may do ───────────────────────────────────────────────────────────────────────────

DRIFTED = {"name": "旧名", "members": frozenset({HEAD, STRANGER}), "at_all": AtAll.EVERYONE}


@pytest.mark.parametrize(
    ("role", "by_us", "by_hand"),
    [
        pytest.param(
            Role.OWNER,
            ["rename", "add-members", "add-admins", "set-speak", "set-at-all", "remove-members"],
            [],
            id="the owner may do everything",
        ),
        pytest.param(
            Role.CREATOR,
            ["rename", "add-members", "set-speak", "set-at-all", "remove-members"],
            ["add-admins"],
            id="the creator appoints nobody",
        ),
        pytest.param(
            Role.ADMIN,
            ["rename", "add-members", "set-at-all", "remove-members"],
            ["add-admins", "set-speak"],
            id="an admin decides neither who leads nor who speaks",
        ),
        pytest.param(
            Role.MEMBER,
            [],
            ["add-admins", "add-members", "remove-members", "rename", "set-at-all", "set-speak"],
            id="a member may do nothing",
        ),
        pytest.param(Role.OUTSIDE, [], ["add-bot"], id="who is not inside must be let in first"),
    ],
)
def test_what_our_bot_may_not_do_is_for_a_person(role, by_us, by_hand):
    wanted = group(
        admins=(HEAD, LI), members=frozenset({HEAD, LI, ZHAO}), speak=Speak.ADMINS, at_all=AtAll.ADMINS
    )
    owner = None if role is Role.OWNER else HEAD
    members = frozenset({HEAD, LI, STRANGER})
    found = difference(
        wanted, there(**{**DRIFTED, "members": members}, role=role, owner=owner, admins=frozenset())
    )
    done = [kind.value for kind in kinds(found)]
    assert [one for one in done if one != "add-admins" or role is Role.OWNER] == by_us
    assert sorted(todo.task.value for todo in found.todos) == by_hand


def test_where_everybody_may_add_people_so_may_we():
    seen = there(role=Role.MEMBER, owner=HEAD, admins=frozenset(), members=frozenset({HEAD, LI}))
    assert kinds(difference(seen=replace(seen, members_may_add=True))) == [ChangeKind.ADD_MEMBERS]
    assert kinds(difference(seen=replace(seen, members_may_add=UNKNOWN))) == []


def test_an_item_is_seen_when_it_is_done():
    seen = there(role=Role.CREATOR, owner=HEAD, admins=frozenset())
    wanted = group(admins=(HEAD, LI))
    (todo,) = difference(wanted, seen).todos
    assert (todo.task, todo.owner, todo.accounts, todo.can_be_seen) == (Task.ADD_ADMINS, HEAD, (LI,), True)
    assert difference(wanted, replace(seen, admins=frozenset({LI}))).todos == ()


def test_an_item_that_we_cannot_see_goes_when_a_person_says_so():
    seen = there(role=Role.MEMBER, owner=HEAD, speak=UNKNOWN)
    (todo,) = difference(group(speak=Speak.ADMINS), seen).todos
    assert (todo.task, todo.can_be_seen) == (Task.SET_SPEAK, False)
    assert difference(group(speak=Speak.ADMINS), seen, clicked=frozenset({todo.id})).todos == ()


def test_nobody_who_leads_goes_before_somebody_else_was_appointed_by_hand():
    seen = there(role=Role.ADMIN, owner=ZHAO, admins=frozenset({HEAD}), members=frozenset({HEAD, ZHAO, LI}))
    found = difference(group(admins=(LI,), members=frozenset({LI, ZHAO})), seen)
    assert [todo.task for todo in found.todos] == [Task.ADD_ADMINS]
    assert ChangeKind.REMOVE_MEMBERS not in kinds(found)


# ── Owners ────────────────────────────────────────────────────────────────────────────────────────


def test_an_owner_who_leaves_hands_over_first():
    seen = there(
        role=Role.CREATOR, owner=STRANGER, admins=frozenset(), members=frozenset({HEAD, LI, ZHAO, STRANGER})
    )
    found = difference(group(owner=HEAD), seen)
    assert [(one.kind.value, one.owner) for one in found.changes] == [
        ("set-owner", HEAD),
        ("remove-members", None),
    ]


def test_an_owner_who_belongs_to_an_adopted_group_stays():
    seen = there(role=Role.ADMIN, owner=LI, admins=frozenset({HEAD}))
    assert kinds(difference(group(owner=HEAD), seen, bound(origin=Origin.ADOPTED))) == []
    assert kinds(difference(group(owner=HEAD), seen)) == [ChangeKind.SET_OWNER]


def test_a_group_whose_owner_our_app_cannot_see_is_only_put_into_range():
    found = difference(seen=there(name="旧名", owner_in_range=False, owner=STRANGER))
    assert (found.changes, [todo.task for todo in found.todos]) == ((), [Task.OWNER_IN_RANGE])


# ── Groups that are not there, or not ours ────────────────────────────────────────────────────────


def test_a_new_group_has_its_admins_among_the_first_of_it():
    crowd = frozenset(accounts(*(f"p{n:03}" for n in range(70))))
    found = diff(Desired(groups=(group(members=crowd | {HEAD}),)), Observed(), Kept())
    create, more, appoint = found.changes
    assert (create.kind, create.accounts[0], len(create.accounts), create.owner) == (
        ChangeKind.CREATE,
        HEAD,
        50,
        None,
    )
    assert (more.kind, len(more.accounts), more.chat) == (ChangeKind.ADD_MEMBERS, 21, None)
    assert (appoint.kind, appoint.accounts) == (ChangeKind.ADD_ADMINS, (HEAD,))


@pytest.mark.parametrize(
    ("binding", "observed", "kept", "pause"),
    [
        pytest.param(None, Observed(), {"uncertain": frozenset({KEY})}, Pause.UNCERTAIN, id="perhaps made"),
        pytest.param(
            bound(origin=Origin.NAMED),
            Observed(groups={CHAT: there()}),
            {},
            Pause.NOT_ADOPTED,
            id="named only",
        ),
        pytest.param(bound(), Observed(), {}, Pause.GONE, id="disbanded"),
        pytest.param(
            bound(),
            Observed(unreadable=(Unreadable(platform=FEISHU, what="oc_rd"),)),
            {},
            Pause.UNREAD,
            id="not read this time",
        ),
    ],
)
def test_a_group_of_which_something_is_open_waits_and_has_no_twin(binding, observed, kept, pause):
    bindings = (binding,) if binding else ()
    found = diff(Desired(groups=(group(name="新名"),)), observed, Kept(bindings=bindings, **kept))
    assert (found.changes, [one.pause for one in found.waiting]) == ((), [pause])


def test_a_group_that_nobody_wishes_for_any_more_is_left_and_named():
    found = diff(Desired(), Observed(groups={CHAT: there()}), Kept(bindings=(bound(),)))
    assert (found.changes, [one.pause for one in found.waiting]) == ((), [Pause.NOT_IN_CONFIG])


def test_a_group_is_never_known_by_its_name():
    stranger = replace(there(), chat=Chat(FEISHU, "oc_other"))
    found = diff(Desired(groups=(group(),)), Observed(groups={stranger.chat: stranger}), Kept())
    assert kinds(found)[0] is ChangeKind.CREATE


# ── DingTalk ──────────────────────────────────────────────────────────────────────────────────────


def ding(name: str, *, muted=False, generation=Generation.SCENE, bot_inside=True):
    """A group on DingTalk that shall be muted: wish, sight and binding."""
    key, chat = key_of(DINGTALK, GroupKind.DEPARTMENT, name), Chat(DINGTALK, f"cid{name}")
    head = account(f"dingtalk:{name}")
    wanted = group(
        key=key,
        platform=DINGTALK,
        generation=generation,
        name=name,
        admins=(head,),
        members=frozenset({head}),
        owner=head,
        speak=Speak.ADMINS,
    )
    seen = there(
        chat=chat,
        generation=generation,
        role=Role.CREATOR,
        name=name,
        owner=head,
        admins=frozenset(),
        members=frozenset({head}),
        speak=Speak.ADMINS if muted else Speak.EVERYONE,
        bot_inside=bot_inside,
    )
    return wanted, seen, bound(key=key, chat=chat, generation=generation)


def ding_difference(*groups, mute=Mute.UNTRIED, clicked=frozenset()):
    wanted, seen, bindings = zip(*groups, strict=True)
    return diff(
        Desired(groups=wanted),
        Observed(groups={one.chat: one for one in seen}),
        Kept(bindings=bindings, mute=mute, clicked=clicked),
    )


def test_one_group_is_muted_first_and_the_others_after_its_trial():
    found = ding_difference(ding("a"), ding("b"), ding("c", muted=True))
    assert [(one.name, one.is_trial, one.after_trial) for one in found.changes] == [
        ("a", True, False),
        ("b", False, True),
    ]


def test_the_trial_is_made_where_our_bot_is():
    found = ding_difference(ding("a", bot_inside=False), ding("b"))
    assert [(one.name, one.is_trial) for one in found.changes] == [("b", True), ("a", False)]
    alone = ding_difference(ding("a", bot_inside=False))
    assert ([one.pause for one in alone.waiting], alone.changes) == ([Pause.MUTE_UNTRIED], ())


def test_nobody_is_sure_that_our_bot_is_in_an_ordinary_group_unless_somebody_let_it_in():
    one = ding("a", generation=Generation.ORDINARY, bot_inside=UNKNOWN)
    found = ding_difference(one)
    assert [waiting.pause for waiting in found.waiting] == [Pause.MUTE_UNTRIED]
    (todo,) = found.todos
    assert (todo.task, todo.can_be_seen) == (Task.ADD_BOT, False)

    let_in = ding_difference(one, clicked=frozenset({todo.id}))
    assert ([each.is_trial for each in let_in.changes], let_in.todos, let_in.waiting) == ([True], (), ())


def test_once_proven_mutes_are_like_other_changes():
    found = ding_difference(ding("a"), ding("b"), mute=Mute.PROVEN)
    assert [(one.name, one.is_trial or one.after_trial) for one in found.changes] == [
        ("a", False),
        ("b", False),
    ]


def test_where_a_mute_stops_us_nothing_is_muted():
    found = ding_difference(ding("a"), mute=Mute.STOPS_US)
    assert (found.changes, [one.pause for one in found.waiting]) == ((), [Pause.MUTE_STOPS_US])


def test_scene_groups_appoint_with_their_creation_and_ordinary_ones_after_it():
    scene, _, _ = ding("a")
    ordinary, _, _ = ding("b", generation=Generation.ORDINARY)
    second = account("dingtalk:second")
    wanted = [
        replace(one, admins=(*one.admins, second), members=one.members | {second}, speak=None)
        for one in (scene, ordinary)
    ]
    found = diff(Desired(groups=tuple(wanted)), Observed(), Kept())
    assert [(one.kind.value, one.name) for one in found.changes] == [
        ("create", "a"),
        ("create", "b"),
        ("add-admins", "b"),
    ]
    assert found.changes[0].admins == wanted[0].admins
    assert [(todo.task, todo.name) for todo in found.todos] == [(Task.ADD_BOT, "b")]


def test_a_robot_in_a_group_made_by_hand_may_change_nothing_there():
    seen = there(generation=Generation.ORDINARY, role=Role.MEMBER)
    assert rights.may(seen) == frozenset()


# ── Folders ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("folders", "made"),
    [
        pytest.param({KEY: frozenset({("研发部",)})}, [("研发部", "2026-09")], id="of a new month"),
        pytest.param({KEY: frozenset({("研发部", "2026-09")})}, [], id="is there"),
        pytest.param({}, [], id="not read"),
    ],
)
def test_a_folder_is_made_where_it_was_seen_to_be_missing(folders, made):
    wanted = Desired(groups=(group(),), folders=(DesiredFolder(group=KEY, path=("研发部", "2026-09")),))
    observed = Observed(groups={CHAT: there()}, folders=folders)
    found = diff(wanted, observed, Kept(bindings=(bound(),)))
    assert [one.path for one in found.changes] == made


def test_every_change_names_its_platform():
    found = ding_difference(ding("a"))
    assert all(one.platform is platform_of(one.key) for one in found.changes)
