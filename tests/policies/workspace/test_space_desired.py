"""From wishes and the directory to the groups that shall be; every mistake with its way out."""

from __future__ import annotations

from datetime import date

import pytest
from space_builders import (
    DINGTALK,
    FEISHU,
    TODAY,
    accounts,
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

from policies.workspace.desired import desired
from policies.workspace.model import AtAll, Fault, Generation, Speak
from policies.workspace.wishes import EVERY, FolderPart, Period, Who, WhoKind

PEOPLE = (
    person("chen", "rd", name="陈立", also="dingtalk:chenli"),
    person("li", "rd", name="李想"),
    person("zhao", "api", name="赵小满"),
    person("wang", "market", name="王芳"),
    person("zhang1", "rd", name="张伟"),
    person("zhang2", "market", name="张伟"),
    person("gone", "rd", name="离职", is_active=False),
    person("dingtalk:he", "dingtalk:plant", name="何强"),
    person("dingtalk:sun", "dingtalk:plant", name="孙莉"),
)
DEPARTMENTS = (
    department("rd", "研发部", head="chen"),
    department("api", "接口组", under="rd", path=("禾川科技", "研发部", "接口组")),
    department("market", "市场部", head="wang"),
    department("office", "行政部", head="gone"),
    department("dingtalk:plant", "苏州工厂", head="dingtalk:he"),
)
COMPANY = directory(PEOPLE, DEPARTMENTS)


def made(*groups, **more):
    found = desired(wishes(*groups, **more), COMPANY, TODAY)
    assert found.problems == ()
    return found.groups


def problems(*groups, company=COMPANY, **more):
    return desired(wishes(*groups, **more), company, TODAY).problems


def test_a_department_has_its_people_its_head_and_the_people_below():
    (group,) = made(for_department("研发部"))
    assert (group.key, group.name, group.admins) == (
        "feishu:department:rd",
        "研发部",
        (PEOPLE[0].accounts[0],),
    )
    assert group.members == accounts("chen", "li", "zhao", "zhang1")


@pytest.mark.parametrize(
    ("name", "company_admins", "leads"),
    [
        pytest.param("接口组", (), "chen", id="the head of the department above"),
        pytest.param("行政部", (named("王芳"),), "wang", id="the company's admins"),
    ],
)
def test_where_the_head_has_left_whoever_is_over_it_leads(name, company_admins, leads):
    (group,) = made(for_department(name), company_admins=company_admins)
    assert group.admins == (person(leads).accounts[0],)


def test_without_the_people_below():
    (group,) = made(for_department("研发部", with_below=False))
    assert group.members == accounts("chen", "li", "zhang1")


def test_on_feishu_our_bot_owns_the_group_and_on_dingtalk_its_first_admin():
    rd, plant = made(for_department("研发部"), for_department("苏州工厂", at="workspace.department[2]"))[::-1]
    assert (rd.owner, rd.generation) == (None, Generation.FEISHU)
    assert (plant.owner, plant.generation) == (plant.admins[0], Generation.ORDINARY)


def test_the_company_has_a_group_on_each_platform_where_only_admins_speak():
    on_dingtalk, on_feishu = made(for_company("禾川全员", named("陈立")))
    assert on_dingtalk.members == accounts("dingtalk:chenli", "dingtalk:he", "dingtalk:sun")
    assert len(on_feishu.members) == 6
    for group in (on_dingtalk, on_feishu):
        assert (group.name, group.speak, group.at_all) == ("禾川全员", Speak.ADMINS, AtAll.ADMINS)


def test_a_project_lives_where_an_admin_of_it_has_an_account():
    (group,) = made(for_project("设备改造", (named("何强"),), (in_department("苏州工厂"), named("陈立"))))
    assert group.key == "dingtalk:project:设备改造"
    assert group.members == accounts("dingtalk:he", "dingtalk:sun", "dingtalk:chenli")


def test_a_project_may_be_narrowed_to_one_platform():
    wish = for_project("大屏", (named("陈立"),), (named("陈立"), named("孙莉")), platforms=(DINGTALK,))
    (group,) = made(wish)
    assert group.members == accounts("dingtalk:chenli", "dingtalk:sun")


def test_every_department_of_some_size_has_a_group_and_one_without_a_head_the_one_above():
    company = directory((*PEOPLE, person("qian", "api", name="钱多")), DEPARTMENTS)
    found = desired(
        wishes(for_department(EVERY, title="{parent}-{name}", skip=frozenset({"市场部"}))), company, TODAY
    )
    assert [(one.name, [str(admin) for admin in one.admins]) for one in found.groups] == [
        ("禾川科技-苏州工厂", ["dingtalk:he"]),
        ("研发部-接口组", ["feishu:chen"]),
        ("禾川科技-研发部", ["feishu:chen"]),
    ]


def test_a_department_with_a_table_of_its_own_is_not_made_twice():
    groups = made(for_department("研发部", title="研发日常"), for_department(EVERY))
    assert [one.name for one in groups] == ["苏州工厂", "市场部", "接口组", "研发日常"]


def test_departments_of_one_name_are_told_apart_by_the_one_above():
    departments = (
        department("sh", "上海"),
        department("sz", "苏州"),
        department("q1", "质量部", head="a", under="sh", path=("禾川科技", "上海", "质量部")),
        department("q2", "质量部", head="b", under="sz", path=("禾川科技", "苏州", "质量部")),
    )
    people = (person("a", "q1"), person("b", "q2"), person("c", "q1", "q2"))
    company = directory(people, departments, platforms=(FEISHU,))
    found = desired(wishes(for_department(EVERY, skip=frozenset({"上海", "苏州"}))), company, TODAY)
    assert [one.name for one in found.groups] == ["质量部（上海）", "质量部（苏州）"]

    (problem,) = problems(for_department("质量部"), company=company, platforms=(FEISHU,))
    assert (problem.fault, [said for _, said in problem.candidates]) == (
        Fault.SAME_DEPARTMENTS,
        ["上海/质量部", "苏州/质量部"],
    )
    (group,) = desired(wishes(for_department("苏州/质量部")), company, TODAY).groups
    assert group.key == "feishu:department:q2"


@pytest.mark.parametrize(
    ("wish", "fault", "key", "candidates"),
    [
        pytest.param(
            for_department("研发部", admins=(named("张伟"),)),
            Fault.NAMESAKES,
            "workspace.department[1].admins",
            (("研发部", "feishu:zhang1"), ("市场部", "feishu:zhang2")),
            id="namesakes are named, never chosen",
        ),
        pytest.param(
            for_department("研发部", admins=(named("陈力"),)),
            Fault.UNKNOWN_PERSON,
            "workspace.department[1].admins",
            (),
            id="nobody of that name, and nobody near enough",
        ),
        pytest.param(
            for_department("研发部", members=(named("赵小曼"),)),
            Fault.UNKNOWN_PERSON,
            "workspace.department[1].members",
            (("", "赵小满"),),
            id="nobody of that name, but somebody near",
        ),
        pytest.param(
            for_department("研发部", admins=(Who(kind=WhoKind.ACCOUNT, written="feishu:gone", name="gone"),)),
            Fault.UNKNOWN_PERSON,
            "workspace.department[1].admins",
            (),
            id="who left is nobody",
        ),
        pytest.param(
            for_department("市场"),
            Fault.UNKNOWN_DEPARTMENT,
            "workspace.department[1].name",
            (("", "市场部"),),
            id="a department that is not there",
        ),
        pytest.param(
            for_department("行政部", admins=(Who(kind=WhoKind.HEAD, written="head:行政部", name="行政部"),)),
            Fault.NO_HEAD,
            "workspace.department[1].admins",
            (),
            id="nobody heads it, and nobody is over it",
        ),
        pytest.param(
            for_department("苏州工厂", admins=(named("王芳"),)),
            Fault.NO_ADMIN_THERE,
            "workspace.department[1].admins",
            (),
            id="the admin is on the other platform",
        ),
        pytest.param(
            for_department("苏州工厂", title="苏州工厂设备改造与质量提升专项工作沟通大群"),
            Fault.NAME_TOO_LONG,
            "workspace.department[1].name",
            (),
            id="an ordinary group of DingTalk has a short name",
        ),
    ],
)
def test_a_mistake_is_told_with_its_key_and_candidates(wish, fault, key, candidates):
    (problem,) = problems(wish)
    assert (problem.fault, problem.key, problem.candidates) == (fault, key, candidates)


def test_a_namesake_is_no_namesake_where_only_one_has_an_account():
    company = directory((*PEOPLE, person("dingtalk:wang", "dingtalk:plant", name="王芳")), DEPARTMENTS)
    (problem,) = problems(for_department("研发部", admins=(named("张伟（后勤）"),)), company=company)
    assert problem.fault is Fault.UNKNOWN_PERSON
    assert problems(for_department("市场部", admins=(named("王芳"),)), company=company) == ()
    assert problems(for_department("研发部", admins=(named("张伟（研发部）"),)), company=company) == ()


def test_a_platform_that_was_never_walked_is_not_taken_for_empty():
    company = directory(PEOPLE, DEPARTMENTS, platforms=(FEISHU,))
    found = desired(wishes(for_department("苏州工厂"), for_department("研发部")), company, TODAY)
    assert (found.unseen, found.problems) == ((DINGTALK,), ())
    assert [one.name for one in found.groups] == ["研发部"]


# ── Folders ───────────────────────────────────────────────────────────────────────────────────────

LEVELS = (FolderPart.DEPARTMENT, FolderPart.PROJECT, FolderPart.DATE)


def folders(*groups, today=TODAY, **more):
    return [
        (one.group, "/".join(one.path)) for one in desired(wishes(*groups, **more), COMPANY, today).folders
    ]


def test_a_department_has_a_folder_for_each_of_its_projects():
    project = for_project("大屏", (named("李想"),), (named("李想"),), department="研发部", folders=LEVELS)
    assert folders(for_department("研发部", folders=LEVELS), project) == [
        ("feishu:department:rd", "研发部/大屏/2026-09"),
        ("feishu:project:大屏", "研发部/大屏/2026-09"),
    ]


def test_a_level_that_means_nothing_here_is_left_out():
    assert folders(for_department("研发部", folders=LEVELS)) == [("feishu:department:rd", "研发部/2026-09")]


def test_a_level_of_its_own_stands_for_itself():
    wish = for_department("研发部", folders=("资料", FolderPart.DEPARTMENT))
    assert folders(wish) == [("feishu:department:rd", "资料/研发部")]


@pytest.mark.parametrize(
    ("period", "on", "label"),
    [
        (Period.DAY, "2026-09-08", "2026-09-08"),
        (Period.MONTH, "2026-09-30", "2026-09"),
        (Period.MONTH, "2026-10-01", "2026-10"),
        (Period.QUARTER, "2026-12-31", "2026-Q4"),
        (Period.QUARTER, "2027-01-01", "2027-Q1"),
        (Period.YEAR, "2027-01-01", "2027"),
    ],
)
def test_the_date_of_a_folder_rolls_over_by_the_calendar(period, on, label):
    wish = for_department("研发部", folders=(FolderPart.DATE,))
    assert folders(wish, today=date.fromisoformat(on), period=period) == [("feishu:department:rd", label)]
