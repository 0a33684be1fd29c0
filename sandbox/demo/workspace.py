"""The story's beginning (工作区): groups that the configuration wishes for are planned, made, bent by hand, mended."""

from __future__ import annotations

import re

from sandbox.demo.stage import Stage, expect
from sandbox.demo.story import Tale
from sandbox.model import Chat

WISHES = """
[[workspace.project]]
name = "新品发布"
platforms = ["feishu"]
admins = ["王芳"]
members = ["department:市场部"]
speak = "admins"
folders = "项目/日期"

[[workspace.project]]
name = "设备改造"
platforms = ["dingtalk"]
admins = ["何强"]
members = ["department:设备部"]
"""
FEISHU, DINGTALK = ("feishu", "新品发布"), ("dingtalk", "设备改造")
NOTHING = "没有要改的"
_CHANGES = re.compile(r"^ *[+~–] ")
_PLAN = re.compile(r"P-[0-9A-F]{4}")


async def planned(tale: Tale) -> None:
    """Two groups that nobody has made yet."""
    stage, tell = tale.stage, tale.tell
    await tell.scene("群从配置里来", stage.now())
    expect("还没有的群", [[], []], [_groups(stage, *each) for each in (FEISHU, DINGTALK)])
    await tell.aside("配置里写了两个项目群，小镇里还没有。先看计划，再照着做。")
    plan = await _plan(tale)
    await _apply(tale, plan)
    market = tale.department("feishu", "市场部")
    made, other = _one(stage, *FEISHU), _one(stage, *DINGTALK)
    expect("新品发布的成员", sorted(market), sorted(made.members))
    expect("新品发布的发言权", "admins", made.speak)
    expect("设备改造的群主", "何强", stage.town.people["dingtalk"][other.owner].name)
    await tell.fact(
        f"两个群都建好了：新品发布 {len(made.members)} 人，设备改造 {len(other.members)} 人；再看一遍，没有要改的"
    )


async def mended(tale: Tale) -> None:
    """Somebody renames a group and takes two people out; the plan says so, and puts it back."""
    stage, tell = tale.stage, tale.tell
    made = _one(stage, *FEISHU)
    gone = [one for one in made.members if one not in made.admins][:2]
    await stage.town.platforms["feishu"].change_chat(made, {"name": "新品吃瓜群", "remove": gone})
    await stage.rest()
    await tell.aside("有人把群名改成“新品吃瓜群”，还移走了 2 个人。")
    plan = await _plan(tale)
    await _apply(tale, plan)
    expect("改回来的群名", "新品发布", made.name)
    expect("回来的人", True, set(gone) <= set(made.members))
    expect("没有第二个群", 1, len(_groups(stage, *FEISHU)))
    await tell.fact("群名和 2 个人都回来了，没有多出一个群，别的群一个也没碰")


async def _plan(tale: Tale) -> str:
    """Shown twice alike; its id."""
    stage, tell = tale.stage, tale.tell
    with tell.busy("yizhan plan"):
        code, said = await stage.run("plan")
        expect(f"yizhan plan 的退出码\n{said}", 0, code)
        expect("再看一遍的计划", said, (await stage.run("plan"))[1])
    await tell.command("yizhan plan", [line for line in said.splitlines() if _CHANGES.match(line)])
    found = _PLAN.search(said)
    expect("计划号", True, found is not None)
    return found[0] if found else ""


async def _apply(tale: Tale, plan: str) -> None:
    stage, tell = tale.stage, tale.tell
    with tell.busy(f"yizhan apply {plan}"):
        code, said = await stage.run("apply", plan)
    expect(f"yizhan apply 的退出码\n{said}", 0, code)
    expect(f"做完再看一遍\n{said}", True, NOTHING in said)
    await tell.command(f"yizhan apply {plan}", said.splitlines())


def _groups(stage: Stage, platform: str, name: str) -> list[Chat]:
    return [chat for chat in stage.town.chats[platform].values() if chat.name == name and chat.active]


def _one(stage: Stage, platform: str, name: str) -> Chat:
    found = _groups(stage, platform, name)
    expect(f"叫“{name}”的群", 1, len(found))
    return found[0]
