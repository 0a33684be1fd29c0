"""Why a notice reached somebody, and by which grant its author could send it: evaluated anew, never remembered."""

from __future__ import annotations

import pytest
from policy_builders import LI_XIANG, RD, TO_RD, announcement, facts, person_id

from policies import quota, reached
from policies.facts import Grant
from policies.model import Audience, AudienceKind, Chat, Platform
from policies.reached import Belonging, By, Reason
from policies.rules import announcement as rule

ME = person_id("me")
CHAT = Chat(Platform.FEISHU, "oc_1")
TO_COMPANY = Audience(kind=AudienceKind.COMPANY)
TO_CHAT = Audience(kind=AudienceKind.GROUP, name="羽毛球社", chat=CHAT)
TO_ME = Audience(kind=AudienceKind.PEOPLE, people=(ME,))
NOWHERE = Belonging(person=ME, departments=frozenset(), chats=frozenset())


def belonging(**changes) -> Belonging:
    return Belonging(**{"person": ME, "departments": frozenset(), "chats": frozenset(), **changes})


@pytest.mark.parametrize(
    ("audience", "who", "by"),
    [
        pytest.param(TO_COMPANY, NOWHERE, By.COMPANY, id="everybody is the company"),
        pytest.param(TO_RD, belonging(departments=frozenset({RD})), By.DEPARTMENT, id="a member of it"),
        pytest.param(TO_RD, NOWHERE, By.NOTHING, id="not any more"),
        pytest.param(TO_CHAT, belonging(chats=frozenset({str(CHAT)})), By.GROUP, id="in the group"),
        pytest.param(TO_CHAT, belonging(chats=None), By.GROUP, id="nobody tells who is in it"),
        pytest.param(TO_CHAT, NOWHERE, By.NOTHING, id="has left the group"),
        pytest.param(TO_ME, NOWHERE, By.NAMED, id="named one by one"),
    ],
)
def test_the_audience_says_why_it_reached_somebody(audience, who, by):
    assert reached.why(announcement(audience=audience), who).by is by


def test_a_department_is_named_with_the_reason():
    found = reached.why(announcement(audience=TO_RD), belonging(departments=frozenset({RD})))
    assert found == Reason(by=By.DEPARTMENT, department=RD)


def test_who_was_only_mentioned_is_told_that():
    assert reached.why(announcement(audience=TO_RD, mentions=(ME,)), NOWHERE).by is By.MENTIONED


def test_the_grant_that_was_used_is_named_and_no_other():
    company = Grant(label="人力资源部负责人", kind=AudienceKind.COMPANY, holders=frozenset({LI_XIANG.id}))
    somebody_else = Grant(label="周敏", kind=AudienceKind.COMPANY, holders=frozenset({ME}))
    own = Grant(label="每个人", kind=AudienceKind.DEPARTMENT, everyone=True, own_department=True)
    known = facts(grants=(company, somebody_else, own), own_departments=frozenset({RD}))
    assert rule.granting(announcement(audience=TO_COMPANY), known) == (company,)
    assert own in rule.granting(announcement(audience=TO_RD), known)
    assert somebody_else not in rule.granting(announcement(audience=TO_RD), known)


@pytest.mark.parametrize(("spent", "limit", "mark"), [(79, 100, 0), (80, 100, 80), (95, 100, 95), (5, 0, 0)])
def test_admins_hear_at_eighty_and_ninety_five_per_cent_of_a_pot(spent, limit, mark):
    assert quota.reached(spent, limit) == mark
