"""人名: two 张伟 ask, 王方 proposes 王芳, 王姐 asks even when there is only one; nobody is ever guessed."""

from __future__ import annotations

import pytest

from bot.conversation import audience as audiences
from bot.conversation import names
from bot.conversation.audience import Unresolved
from bot.store.mirror import Directory
from policies.model import (
    Account,
    Audience,
    AudienceKind,
    Department,
    DepartmentId,
    Person,
    PersonId,
    Platform,
)
from policies.wording import said

COMPANY, RD, FINANCE, MARKET = (DepartmentId(f"feishu:{one}") for one in ("0", "rd", "fin", "market"))


def person(number: int, name: str, department: DepartmentId, *, is_active: bool = True) -> Person:
    account = Account(Platform.FEISHU, f"ou_{number}")
    return Person(
        id=PersonId(str(account)),
        name=name,
        accounts=(account,),
        departments=(department,),
        is_active=is_active,
    )


def department(identity: DepartmentId, name: str, parent: DepartmentId | None = COMPANY) -> Department:
    path = (name,) if parent is None else ("禾川科技", name)
    return Department(id=identity, platform=Platform.FEISHU, name=name, parent=parent, path=path)


PEOPLE = (
    person(1, "张伟", RD),
    person(2, "张伟", FINANCE),
    person(3, "王芳", MARKET),
    person(4, "陈立", RD),
    person(5, "陈嘉", MARKET),
    person(6, "沈卫东", MARKET),
    person(7, "赵小满", MARKET),
    person(8, "阿卜杜拉·买买提", RD),
    person(9, "周㛃", RD),
    person(10, "𠮷田", RD),
    person(11, "欧阳娜", FINANCE),
    person(12, "何强", RD),
    person(13, "何佳", RD, is_active=False),
)
DIRECTORY = Directory(
    people=PEOPLE,
    all_departments=(
        department(COMPANY, "禾川科技", None),
        department(RD, "研发部"),
        department(FINANCE, "财务部"),
        department(MARKET, "市场部"),
    ),
)


def resolved(written: str) -> Audience | Unresolved:
    return audiences.resolve(written, "any", PEOPLE[3], DIRECTORY, ())


def unresolved(written: str) -> Unresolved:
    found = resolved(written)
    assert isinstance(found, Unresolved), found
    return found


def test_two_of_one_name_are_shown_with_their_departments():
    found = unresolved("张伟")
    assert {shown for shown, _ in found.candidates} == {"张伟（研发部）", "张伟（财务部）"}
    assert not found.is_address


@pytest.mark.parametrize(
    "written",
    [
        "张伟（财务部）",
        "张伟(财务部)",
        "财务部的张伟",
        "财务部 张伟",
        "财务 张伟",
        "@张伟（财务部）",
        "＠财务部 张伟",
    ],
)
def test_the_department_beside_the_name_tells_them_apart(written):
    found = resolved(written)
    assert isinstance(found, Audience)
    assert found.people == (PEOPLE[1].id,)


@pytest.mark.parametrize(
    ("written", "near"),
    [
        pytest.param("王方", "王芳", id="another character of the same sound"),
        pytest.param("陈力", "陈立", id="same sound again"),
        pytest.param("沈为东", "沈卫东", id="the middle one"),
        pytest.param("赵小曼", "赵小满", id="the last one"),
        pytest.param("沈东卫", "沈卫东", id="two swapped"),
        pytest.param("欧阳那", "欧阳娜", id="a double surname"),
        pytest.param("研发", "研发部", id="a department without its last character"),
        pytest.param("研法部", "研发部", id="a department with a slip"),
    ],
)
def test_a_slip_of_one_character_proposes_and_never_assumes(written, near):
    found = unresolved(written)
    assert found.candidates == ()
    assert near in found.near


def test_a_short_name_that_only_shares_one_character_is_not_proposed():
    assert unresolved("王磊").near == ()


@pytest.mark.parametrize(
    ("written", "may_be"),
    [
        pytest.param("王姐", {"王芳（市场部）"}, id="even a single one is asked for"),
        pytest.param("老陈", {"陈立（研发部）", "陈嘉（市场部）"}, id="two of that surname"),
        pytest.param("沈总", {"沈卫东（市场部）"}, id="by title"),
        pytest.param("小何", {"何强（研发部）"}, id="who has left is not among them"),
        pytest.param("欧阳老师", {"欧阳娜（财务部）"}, id="a double surname"),
        pytest.param("小满", {"赵小满（市场部）"}, id="a given name"),
        pytest.param("阿卜杜拉", {"阿卜杜拉·买买提（研发部）"}, id="the first part of a long name"),
    ],
)
def test_a_form_of_address_asks_with_those_who_may_be_called_so(written, may_be):
    found = unresolved(written)
    assert found.is_address
    assert {shown for shown, _ in found.candidates} == may_be


@pytest.mark.parametrize(
    "written",
    [
        "阿卜杜拉·买买提",
        "阿卜杜拉•买买提",
        "阿卜杜拉．买买提",
        "阿卜杜拉买买提",
        "@阿卜杜拉·买买提",
        "＠阿卜杜拉·买买提",
    ],
)
def test_a_long_name_is_found_however_its_dot_is_typed(written):
    found = resolved(written)
    assert isinstance(found, Audience)
    assert found.name == "阿卜杜拉·买买提"


@pytest.mark.parametrize("written", ["周㛃", "𠮷田"])
def test_rare_characters_are_names_like_any_other(written):
    found = resolved(written)
    assert isinstance(found, Audience)
    assert found.kind is AudienceKind.PEOPLE


def test_several_people_are_found_and_the_first_doubtful_one_is_asked_for():
    both = resolved("王芳、陈立")
    assert isinstance(both, Audience)
    assert len(both.people) == 2
    assert unresolved("王芳、老陈").written == "老陈"


@pytest.mark.parametrize("written", ["姐", "大家", "小心", "总工", "小路灯", "经理"])
def test_what_is_no_form_of_address_is_none(written):
    assert not names.is_address(written)


def test_known_words_are_departments_groups_and_people():
    known = audiences.known(DIRECTORY, ())
    assert known("研发部")
    assert known("王芳")
    assert not known("何佳")
    assert not known("王方")


def test_what_is_understood_but_not_done_yet_says_that_nothing_happened():
    assert "没有动" in said.not_yet().text
    assert "没有" in said.nothing_open()


def test_an_open_moment_is_said_with_what_it_may_be_and_how_to_say_it():
    assert "或" in said.when_to_send("明天三点", ["9月9日（周三）03:00", "9月9日（周三）15:00"])
    assert "没有发" in said.when_to_send("昨天")
