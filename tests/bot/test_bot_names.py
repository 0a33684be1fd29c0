"""Names of the configuration against the mirror: known, several, none, and what is near."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot import names
from bot.config.values import Ref, RefKind
from bot.names import Lack
from bot.store.mirror import Directory
from policies.model import Account, Department, DepartmentId, Person, PersonId, Platform

SEEN = datetime(2026, 9, 7, tzinfo=UTC)
TOP, LAB, DESK = DepartmentId("feishu:0"), DepartmentId("feishu:od-1"), DepartmentId("feishu:od-2")


def person(identity: str, name: str, department: DepartmentId) -> Person:
    account = Account(Platform.FEISHU, identity)
    return Person(id=PersonId(str(account)), name=name, accounts=(account,), departments=(department,))


def directory(**seen: datetime) -> Directory:
    company = Department(id=TOP, platform=Platform.FEISHU, name="")
    return Directory(
        people=(person("ou_1", "陈立", LAB), person("ou_2", "张伟", DESK), person("ou_3", "张伟", LAB)),
        all_departments=(
            company,
            Department(
                id=LAB, platform=Platform.FEISHU, name="研发部", parent=TOP, head=PersonId("feishu:ou_1")
            ),
            Department(id=DESK, platform=Platform.FEISHU, name="财务部", parent=TOP),
        ),
        seen_at={Platform(name): moment for name, moment in seen.items()},
    )


def ref(kind: RefKind, name: str, platform: Platform | None = None) -> Ref:
    return Ref(kind=kind, name=name, platform=platform, written=name)


@pytest.mark.parametrize(
    ("asked", "lack", "candidates"),
    [
        (ref(RefKind.NAME, "陈立"), None, ()),
        (
            ref(RefKind.NAME, "张伟"),
            Lack.AMBIGUOUS,
            (("财务部", "feishu:ou_2"), ("研发部", "feishu:ou_3")),
        ),
        (ref(RefKind.NAME, "张伟（研发部）"), None, ()),
        (ref(RefKind.NAME, "孙悟空"), Lack.UNKNOWN, ()),
        (ref(RefKind.ACCOUNT, "ou_1", Platform.FEISHU), None, ()),
        (ref(RefKind.ACCOUNT, "ou_9", Platform.FEISHU), Lack.UNKNOWN, ()),
        (ref(RefKind.DEPARTMENT, "研发部"), None, ()),
        (ref(RefKind.DEPARTMENT, "研发"), Lack.UNKNOWN, (("", "研发部"),)),
        (ref(RefKind.HEAD, "研发部"), None, ()),
        (ref(RefKind.HEAD, "财务部"), Lack.NO_HEAD, ()),
        (ref(RefKind.EVERYONE, ""), None, ()),
    ],
)
def test_a_name_is_known_or_its_lack_is_said(asked, lack, candidates):
    (answer,) = names.look_up([asked], directory(feishu=SEEN), [Platform.FEISHU])
    assert (answer.lack, answer.candidates) == (lack, candidates)


def test_nobody_is_unknown_while_a_platform_was_never_walked():
    asked = [
        ref(RefKind.NAME, "孙悟空"),
        ref(RefKind.ACCOUNT, "manager1", Platform.DINGTALK),
        ref(RefKind.ACCOUNT, "ou_9", Platform.FEISHU),
        ref(RefKind.NAME, "张伟"),
    ]
    both = [Platform.FEISHU, Platform.DINGTALK]
    found = [answer.lack for answer in names.look_up(asked, directory(feishu=SEEN), both)]
    assert found == [None, None, Lack.UNKNOWN, Lack.AMBIGUOUS]


def test_names_travel_through_the_socket_and_back():
    asked = ref(RefKind.DEPARTMENT, "研发", Platform.FEISHU)
    assert names.ref_from_json(names.ref_to_json(asked)) == asked
    (answer,) = names.look_up([asked], directory(feishu=SEEN), [Platform.FEISHU])
    assert names.answer_from_json(names.answer_to_json(answer)) == answer
