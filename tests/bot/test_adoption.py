"""Which group is meant, whom it would serve, and whose word it takes."""

from __future__ import annotations

from dataclasses import replace

from bot.workspace.adoption import Candidate, NotClear, candidate, find
from policies.model import Account, Chat, Platform
from policies.workspace.model import (
    Binding,
    Desired,
    DesiredGroup,
    Generation,
    GroupKey,
    GroupKind,
    Kept,
    Observed,
    ObservedGroup,
    Origin,
)

FEISHU = Platform.FEISHU
OWNER, ONE, GUEST = (Account(FEISHU, f"ou_{n}") for n in range(3))
CHAT, OTHER = Chat(FEISHU, "oc_1"), Chat(FEISHU, "oc_2")
SEEN = ObservedGroup(
    chat=CHAT,
    generation=Generation.FEISHU,
    name="研发日常",
    owner=OWNER,
    members=frozenset({OWNER, ONE, GUEST}),
)
WISH = DesiredGroup(
    key=GroupKey("feishu:department:od-1"),
    kind=GroupKind.DEPARTMENT,
    platform=FEISHU,
    generation=Generation.FEISHU,
    name="研发部",
    serves="研发部",
    admins=(OWNER,),
    members=frozenset({OWNER, ONE}),
)
WANTED = Desired(groups=(WISH,))
NAMED = Binding(key=WISH.key, chat=CHAT, origin=Origin.NAMED, generation=Generation.FEISHU)


def there(*groups):
    return Observed(groups={one.chat: one for one in groups})


def test_a_group_is_found_by_its_id_or_by_a_name_that_only_it_has():
    twin = replace(SEEN, chat=OTHER)
    assert find("研发日常", there(SEEN), Kept()) == CHAT
    assert find("feishu:oc_1", there(SEEN, twin), Kept()) == CHAT
    assert find("研发日常", there(SEEN, twin), Kept()) == NotClear(
        why="several", names=("feishu:oc_1", "feishu:oc_2")
    )
    assert find("没有的群", there(SEEN), Kept()) == NotClear(why="unknown")


def test_what_is_ours_is_not_adopted_again():
    ours = Kept(bindings=(replace(NAMED, origin=Origin.MADE),))
    assert find("研发日常", there(SEEN), ours) == NotClear(why="ours")


def test_the_file_or_a_person_says_whom_it_serves_and_likeness_only_proposes():
    found = candidate(SEEN, WANTED, Kept(bindings=(NAMED,)))
    assert isinstance(found, Candidate)
    assert (found.serves, found.size, found.guests) == ("研发部", 3, (GUEST,))
    assert candidate(SEEN, WANTED, Kept(), "研发部") == found
    assert candidate(SEEN, WANTED, Kept()) == NotClear(why="for-what", names=("研发部",))


def test_the_owner_is_asked_unless_it_is_the_bot_or_who_asks():
    found = candidate(SEEN, WANTED, Kept(), "研发部")
    assert found.needs_consent_of(ONE) == OWNER
    assert found.needs_consent_of(OWNER) is None
    assert replace(found, owner=None).needs_consent_of(ONE) is None
