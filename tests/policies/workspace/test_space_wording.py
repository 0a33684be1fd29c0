"""The plan as an admin reads it: whole sentences, with numbers, causes and the way out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from space_builders import DINGTALK, FEISHU, account

from policies.model import Chat
from policies.wording import workspace as words
from policies.wording import workspace_guards, workspace_small, workspace_todo
from policies.workspace.changes import (
    Cause,
    Change,
    ChangeKind,
    Guard,
    Pause,
    Plan,
    Price,
    Stop,
    Task,
    Todo,
    Waiting,
)
from policies.workspace.model import AtAll, Fault, Generation, GroupKey, Problem, Speak
from policies.workspace.small import Handover

WANG, CHEN, HE, SUN, JIA = (
    account(one) for one in ("wang", "chen", "dingtalk:he", "dingtalk:sun", "chenjia")
)
NAMES = {WANG: "王芳", CHEN: "陈立", HE: "何强", SUN: "孙莉", JIA: "陈嘉"}


def change(kind, name, platform=FEISHU, **more) -> Change:
    given = {"kind": ChangeKind(kind), "platform": platform, "key": GroupKey(f"{platform}:department:{name}")}
    chat = None if kind == "create" else Chat(platform, name)
    return Change(**{**given, "chat": chat, "name": name, **more})


def test_the_first_plan_reads_as_it_was_told():
    plan = Plan(
        id="P-3F2A",
        digest="3f2a",
        changes=(
            change("create", "市场部", total=23, admins=(WANG,)),
            change("create", "苏州工厂-设备改造", DINGTALK, total=18, owner=HE, admins=(HE, SUN)),
            change("set-speak", "禾川全员", total=248, before="everyone", speak=Speak.ADMINS),
            change("set-speak", "禾川全员", DINGTALK, total=64, before="everyone", speak=Speak.ADMINS),
            change("add-admins", "研发部", accounts=(CHEN,)),
        ),
        unmanaged={FEISHU: 6, DINGTALK: 3},
        prices=(
            Price(platform=DINGTALK, calls=4, left=4812, limit=5000),
            Price(platform=FEISHU, calls=0, left=9_000, limit=10_000),
        ),
    )
    assert words.text(plan, NAMES).split("\n") == [
        "+  建群  飞书  市场部（23 人）  管理员 王芳",
        "+  建群  钉钉  苏州工厂-设备改造（18 人）  管理员 何强、孙莉",
        "~  发言权  飞书  禾川全员（248 人）  所有人 → 仅群主和管理员",
        "~  发言权  钉钉  禾川全员（64 人）  自由发言 → 全员禁言（群主和管理员可发）",
        "~  管理员  飞书  研发部  +陈立",
        "=  不归我管  9 个群，我不会碰",
        "新建 2 · 修改 3 · 移除成员 0 · 约用钉钉接口 4 次（本月剩 4 812/5 000）",
        "计划号 P-3F2A",
        "只有执行 yizhan apply P-3F2A 才会发生；如果那时现状变了，我先把新的给你看。",
    ]


def test_calls_for_the_same_people_are_one_row():
    rows = words.rows(
        Plan(
            id="P-1",
            digest="1",
            changes=(
                change("add-members", "研发部", accounts=(CHEN, JIA), total=41),
                change(
                    "add-members", "研发部", accounts=tuple(account(f"p{n}") for n in range(50)), total=41
                ),
                change("remove-members", "研发部", accounts=(WANG,), total=41),
            ),
        ),
        NAMES,
    )
    assert list(map(str, rows)) == ["–  成员  飞书  研发部（41 人）  +陈立、陈嘉等 52 人 –王芳"]


def test_what_a_creation_brings_along_is_told_with_it():
    new = {"chat": None, "total": 64}
    changes = (
        change("create", "禾川全员", DINGTALK, total=64, owner=HE, admins=(HE,)),
        change("add-members", "禾川全员", DINGTALK, accounts=(SUN,), **new),
        change("set-at-all", "禾川全员", DINGTALK, at_all=AtAll.ADMINS, **new),
        change("set-speak", "禾川全员", DINGTALK, speak=Speak.ADMINS, is_trial=True, **new),
    )
    plan = Plan(id="", digest="", changes=changes)
    assert list(map(str, words.rows(plan, NAMES))) == [
        "+  建群  钉钉  禾川全员（64 人）  管理员 何强；@所有人 仅群主",
        "~  发言权  钉钉  禾川全员（64 人）  自由发言 → 全员禁言（群主和管理员可发）；先拿这个群试：驿站的话还到得了，别的群才跟着改",
    ]
    assert words.totals(plan) == "新建 1 · 修改 1 · 移除成员 0"


@pytest.mark.parametrize(
    ("one", "row"),
    [
        (
            change("rename", "研发部", before="研发日常", total=43),
            "~  改名  飞书  （43 人）  研发日常 → 研发部",
        ),
        (
            change("set-owner", "工厂", DINGTALK, owner=SUN, before="dingtalk:he"),
            "~  群主  钉钉  工厂  何强 → 孙莉",
        ),
        (change("set-owner", "研发部", owner=CHEN), "~  群主  飞书  研发部  驿站 → 陈立"),
        (
            change("set-at-all", "全员", DINGTALK, before="everyone", at_all=AtAll.ADMINS),
            "~  @所有人  钉钉  全员  所有人 → 仅群主",
        ),
        (
            change("ensure-folder", "研发部", path=("研发部", "2026-09")),
            "+  文件夹  飞书  研发部/2026-09  给“研发部”",
        ),
        (
            change("set-speak", "全员", DINGTALK, before="everyone", speak=Speak.ADMINS, is_trial=True),
            "~  发言权  钉钉  全员  自由发言 → 全员禁言（群主和管理员可发）；先拿这个群试：驿站的话还到得了，别的群才跟着改",
        ),
    ],
)
def test_each_kind_of_change_has_its_row(one, row):
    assert [str(each) for each in words.rows(Plan(id="", digest="", changes=(one,)), NAMES)] == [row]


def test_every_kind_of_change_can_be_said():
    for kind in ChangeKind:
        one = change(
            kind.value, "研发部", accounts=(CHEN,), speak=Speak.ADMINS, at_all=AtAll.ADMINS, path=("a",)
        )
        assert words.rows(Plan(id="", digest="", changes=(one,)), NAMES)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (Plan(id="P-1", digest=""), "没有要改的。"),
        (
            Plan(
                id="P-1",
                digest="",
                todos=(Todo(task=Task.RENAME, platform=FEISHU, key=GroupKey("feishu:company")),),
            ),
            "没有我要改的；下面这些要人来点。",
        ),
    ],
)
def test_an_empty_plan_says_so(plan, said):
    assert words.closing(plan) == said


def test_a_pot_that_would_run_dry_says_so():
    assert words.price(Price(platform=DINGTALK, calls=40, left=12, limit=5000)) == (
        "约用钉钉接口 40 次，本月只剩 12/5 000，不够用"
    )


# ── Guards ────────────────────────────────────────────────────────────────────────────────────────


def test_a_guard_says_what_why_and_the_way_out():
    stop = Stop(
        guard=Guard.MANY_REMOVED, platform=FEISHU, name="研发部", n=17, of=41, cause=Cause.RANGE_NARROWED
    )
    assert workspace_guards.stop(stop).split("\n") == [
        "这份计划会从飞书“研发部”移除 17/41 人（41%），超过 30%。",
        "常见原因：飞书的通讯录授权范围变小了，我看到的人少了。",
        "先确认授权范围；如果确实是这样，请用 --force。",
    ]
    plan = Plan(id="P-77C1", digest="", stops=(stop,))
    assert words.closing(plan) == "停下了，什么都没改。越过：yizhan apply P-77C1 --force"
    assert workspace_guards.forced((stop,)) == "按你的要求越过：飞书移除成员“研发部” 17/41 人。"


@pytest.mark.parametrize("guard", Guard)
@pytest.mark.parametrize("cause", [None, *Cause])
def test_every_guard_and_cause_has_at_most_three_lines(guard, cause):
    stop = Stop(
        guard=guard, platform=DINGTALK, name="研发部", n=3, of=10, cause=cause, chat=Chat(DINGTALK, "cid")
    )
    assert 2 <= len(workspace_guards.stop(stop).split("\n")) <= 3
    assert ("不能 --force" in workspace_guards.stop(stop)) is not stop.can_be_forced


def test_what_cannot_be_forced_is_not_offered_to_be():
    stop = Stop(guard=Guard.SAME_NAME, platform=FEISHU, name="市场部", n=1, chat=Chat(FEISHU, "oc_1"))
    assert words.closing(Plan(id="P-1", digest="", stops=(stop,))) == "停下了，什么都没改。"
    assert "yizhan adopt oc_1" in workspace_guards.stop(stop)


@pytest.mark.parametrize("pause", Pause)
def test_whatever_waits_says_why(pause):
    one = Waiting(pause=pause, key=GroupKey("feishu:company"), platform=FEISHU, name="禾川全员")
    platform, name, why = workspace_guards.waiting(one)
    assert (platform, name, bool(why)) == ("飞书", "禾川全员", True)


@pytest.mark.parametrize("fault", Fault)
def test_every_mistake_begins_with_the_line_to_look_at(fault):
    problem = Problem(
        fault=fault,
        key="workspace.department[1].admins",
        written="张伟",
        platform=FEISHU,
        candidates=(("财务部", "feishu:zhangwei02"), ("研发部", "feishu:zhangwei")),
        figures=(12, 10),
    )
    assert workspace_guards.problem(problem).startswith("workspace.department[1].admins  ")


def test_namesakes_are_told_with_their_accounts():
    problem = Problem(
        fault=Fault.NAMESAKES,
        key="workspace.project[1].admins",
        written="张伟",
        platform=FEISHU,
        candidates=(("财务部", "feishu:zhangwei02"), ("研发部", "feishu:zhangwei")),
    )
    assert workspace_guards.problem(problem) == (
        "workspace.project[1].admins  飞书通讯录里有 2 位“张伟”：财务部 feishu:zhangwei02、研发部 feishu:zhangwei。请写账号。"
    )


# ── The list for people ───────────────────────────────────────────────────────────────────────────


def todo(task, platform=FEISHU, **more) -> Todo:
    return Todo(**{"task": task, "platform": platform, "key": GroupKey("k"), "name": "研发部", **more})


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (
            todo(Task.ADD_ADMINS, owner=WANG, accounts=(CHEN,)),
            "请王芳：群设置 → 群管理 → 群管理员 → 添加：陈立",
        ),
        (
            todo(Task.SET_SPEAK, speak=Speak.ADMINS, can_be_seen=False),
            "请群主：群设置 → 群管理 → 谁可以在此群发言 → 仅群主和群管理员（做没做我看不到，做好了说一声：yizhan plan --done 研发部）",
        ),
        (
            todo(Task.SET_SPEAK, DINGTALK, owner=HE, speak=Speak.ADMINS),
            "请何强：群设置 → 群管理 → 设置群内禁言 → 全员禁言 → 打开",
        ),
        (
            todo(Task.ADD_BOT, DINGTALK, owner=HE, generation=Generation.ORDINARY),
            "请何强：群设置 → 群管理 → 机器人 → 添加机器人：驿站；钉钉的普通群建好时没有机器人，我进去以后公告才发得到",
        ),
    ],
)
def test_the_list_names_who_and_where_to_click(one, said):
    assert workspace_todo.say(one, NAMES) == said


@pytest.mark.parametrize("platform", [FEISHU, DINGTALK])
@pytest.mark.parametrize("task", Task)
def test_every_task_has_its_menus_and_its_word_when_it_is_seen(task, platform):
    one = todo(task, platform, accounts=(CHEN,), speak=Speak.ADMINS, at_all=AtAll.ADMINS)
    assert " → " in workspace_todo.say(one, NAMES)
    assert workspace_todo.seen(one).startswith("看到了")


# ── Small plans ───────────────────────────────────────────────────────────────────────────────────


def test_a_new_head_is_told_and_what_waits_for_a_nod():
    assert workspace_small.new_head("市场部", "王芳", "陈嘉") == "通讯录里，市场部负责人从王芳变成了陈嘉。"
    handover = Handover(key=GroupKey("k"), name="市场部", platform=FEISHU, out=(WANG,), into=(JIA,))
    assert workspace_small.waits_for_you((handover,), NAMES, held=1, polls=1, who="王芳") == (
        "等你点头：飞书“市场部”群管理员 王芳 → 陈嘉；王芳还有 1 条暂缓的公告、1 个定期的问卷。"
    )


def test_what_was_harmless_is_told_afterwards():
    changes = (
        change("add-members", "研发部", accounts=(CHEN,)),
        change("ensure-folder", "研发部", path=("a",)),
    )
    plan = Plan(id="", digest="", changes=changes)
    assert workspace_small.done_quietly(plan, NAMES) == (
        "已经照通讯录改好：飞书“研发部” +陈立；新文件夹 1 个。"
    )
    assert workspace_small.done_quietly(replace(plan, changes=()), NAMES) == ""
