"""What [workspace] wishes for, as the plan reads it; and what may not stand there."""

from __future__ import annotations

import pytest

from bot.config.problems import Kind
from bot.config.wishes import wishes
from policies.model import Platform
from policies.workspace.model import AtAll, Generation, GroupKind, Speak
from policies.workspace.wishes import EVERY, FolderPart, Period, WhoKind

DINGTALK = """
[dingtalk]
client_id = "ding1"
client_secret = "${APP_SECRET}"
corp_id = "corp1"
"""


@pytest.fixture
def wished(read):
    return lambda text: wishes(read(text).config)


def test_an_empty_table_wishes_for_nothing(wished):
    found = wished("[workspace]")
    assert (found.groups, found.period, found.keeps_others) == ((), Period.MONTH, False)
    assert found.person_owns == {Platform.DINGTALK}


def test_only_admins_speak_in_the_group_of_the_company(wished):
    (group,) = wished('[workspace]\ncompany_group = "全员"').groups
    assert (group.kind, group.title, group.platforms) == (GroupKind.COMPANY, "全员", ())
    assert (group.speak, group.at_all) == (Speak.ADMINS, AtAll.ADMINS)
    assert [(who.kind, who.name) for who in group.admins] == [(WhoKind.ACCOUNT, "ou_1")]


def test_the_companys_group_may_have_other_admins_and_one_platform(wished):
    text = '[workspace]\ncompany_group = "feishu:全员"\ncompany_admins = ["head:总经办"]'
    (group,) = wished(text).groups
    assert (group.title, group.platforms) == ("全员", (Platform.FEISHU,))
    assert [who.written for who in group.admins] == ["head:总经办"]


def test_departments_and_projects_say_where_and_how(wished):
    text = """
[[workspace.department]]
name = "feishu:研发部"
speak = "admins"
folders = "资料/部门/日期"
[[workspace.department]]
name = "*"
group_name = "{parent}-{name}"
skip = ["董事会"]
with_below = false
[[workspace.project]]
name = "大屏"
department = "研发部"
platforms = ["feishu"]
admins = ["李想"]
members = ["department:研发部"]
at_all = "admins"
"""
    rd, every, project = wished(text).groups
    assert (rd.name, rd.platforms, rd.speak) == ("研发部", (Platform.FEISHU,), Speak.ADMINS)
    assert rd.folders == ("资料", FolderPart.DEPARTMENT, FolderPart.DATE)
    assert (every.name, every.title, every.with_below) == (EVERY, "{parent}-{name}", False)
    assert every.skip == {"董事会"}
    assert (project.department, project.platforms, project.at_all) == (
        "研发部",
        (Platform.FEISHU,),
        AtAll.ADMINS,
    )
    assert [one.at for one in (rd, every, project)] == [
        "workspace.department[1]",
        "workspace.department[2]",
        "workspace.project[1]",
    ]


@pytest.mark.parametrize(
    ("template", "generation"),
    [("", Generation.ORDINARY), ('group_template = "t1"', Generation.SCENE)],
)
def test_a_group_template_decides_how_groups_are_made_on_dingtalk(wished, template, generation):
    found = wished(f'{DINGTALK}{template}\n[workspace]\nfeishu_owner = "admin"')
    assert found.generation(Platform.DINGTALK) is generation
    assert found.generation(Platform.FEISHU) is Generation.FEISHU
    assert found.person_owns == set(Platform)


@pytest.mark.parametrize(
    ("text", "kind", "detail", "key"),
    [
        ('name = "a"\ngroup_name = "{department}"', Kind.WRONG_VALUE, "group-name", "group_name"),
        ('name = "a"\ngroup_name = "{name"', Kind.WRONG_VALUE, "group-name", "group_name"),
        ('name = "a"\nfolders = "部门//日期"', Kind.WRONG_VALUE, "folders", "folders"),
        ('name = "a"\nfolders = "部门/a*b"', Kind.WRONG_VALUE, "folders", "folders"),
        ('name = "a"\nskip = ["b"]', Kind.RULE, "skip-of-one", "skip"),
        ('name = "*"\ngroup_name = "群"', Kind.RULE, "every-department-name", "group_name"),
        ('name = "*"\ngroups = { feishu = "oc_1" }', Kind.RULE, "every-department", "groups"),
        ('name = "a"\nspeak = "nobody"', Kind.WRONG_VALUE, "choice", "speak"),
    ],
)
def test_what_cannot_be_meant_is_named(mistakes, text, kind, detail, key):
    (problem,) = mistakes(f"[[workspace.department]]\n{text}")
    assert (problem.kind, problem.detail, problem.key) == (kind, detail, f"workspace.department[1].{key}")
    assert problem.line > 0
