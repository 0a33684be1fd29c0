"""What no API does is asked of a person, seen when it is done, and believed where it cannot be seen; dates roll over."""

from __future__ import annotations

import pytest

from tests.stories.workspaces import ON_FEISHU, groups, wishing

ORDINARY = """
[workspace]

[[workspace.department]]
name = "设备部"
group_name = "设备部工作群"
"""
TWO_ADMINS = """
[workspace]
feishu_owner = "admin"

[[workspace.department]]
name = "市场部"
group_name = "市场部工作群"
admins = ["王芳", "赵小满"]
"""
LET_IN = "机器人→添加机器人"


async def announces(place, words: str) -> None:
    admin = place.person("dingtalk", "周敏")
    await admin.tells_the_bot(f"通知设备部：{words}")
    await admin.presses("就这样")
    await place.pass_time(minutes=5)


def unwrapped(printed: str) -> str:
    """Long cells of the table go over several lines."""
    return "".join(printed.split())


@pytest.mark.parametrize("way", ["said", "heard"])
async def test_a_group_serves_its_department_once_somebody_has_let_the_robot_in(tmp_path, way):
    async with wishing(
        tmp_path, ORDINARY, platforms=("dingtalk",), without=("dingtalk.group_template",)
    ) as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        (group,) = groups(place, "设备部工作群")
        said = unwrapped((await place.run("plan"))[1])
        assert LET_IN in said
        assert "yizhanplan--done设备部工作群" in said
        await announces(place, "第一条，机器人还没进群")
        assert place.posts("dingtalk", "设备部工作群") == []
        assert len(place.copies("dingtalk", "第一条")) >= 3
        town = place.town.platforms["dingtalk"]
        await town.change_chat(group, {"bot": True})
        if way == "said":
            assert (await place.run("plan", "--done", "设备部工作群"))[0] == 0
        else:
            await town.say(place.person("dingtalk", "孙莉").person, group.id, "@驿站 在吗", ["bot"])
            await place.rest()
        assert LET_IN not in unwrapped((await place.run("plan"))[1])
        await announces(place, "第二条，机器人在群里了")
        assert any("第二条" in one.text for one in place.posts("dingtalk", "设备部工作群"))


async def test_what_is_not_on_the_list_cannot_be_said_to_be_done(tmp_path):
    async with wishing(tmp_path, ON_FEISHU, platforms=("feishu",)) as place:
        assert (await place.run("plan", "--done", "市场部工作群"))[0] == 2


async def test_an_item_is_seen_when_its_owner_has_clicked_it(tmp_path):
    async with wishing(tmp_path, TWO_ADMINS, platforms=("feishu",)) as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        (group,) = groups(place, "市场部工作群")
        second = place.person("feishu", "赵小满").person
        _, said = await place.run("plan")
        assert "请王芳：群设置 → 群管理 → 群管理员 → 添加：赵小满" in said
        await place.town.platforms["feishu"].change_chat(group, {"admins": [*group.admins, second.id]})
        _, said = await place.run("plan")
        assert "看到了：“市场部工作群”的管理员设好了" in said
        assert "请王芳" not in said
        assert "看到了" not in (await place.run("plan"))[1]


def folders_made(place, name: str) -> int:
    return sum(
        one["path"].endswith("/create_folder") and name in str(one["body"])
        for one in place.town.recorder.entries()
    )


@pytest.mark.parametrize("by_itself", [True, False], ids=["by itself", "by a press"])
async def test_a_new_month_has_a_new_folder(tmp_path, by_itself):
    wishes = ON_FEISHU
    if by_itself:
        wishes = wishes.replace("[workspace]\n", '[workspace]\nsmall_changes = "apply"\n', 1)
    async with wishing(tmp_path, wishes, platforms=("feishu",), start="2026-10-29 16:00") as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        assert (folders_made(place, "2026-10"), folders_made(place, "2026-11")) == (1, 0)
        await place.travel("2026-11-02 10:00")
        admin = place.person("feishu", "周敏")
        if not by_itself:
            assert folders_made(place, "2026-11") == 0
            assert "该有新文件夹 1 个了" in admin.last()
            assert "手工" not in admin.last()
            await admin.presses("都照办")
        assert folders_made(place, "2026-11") == 1
        assert "没有要改的" in (await place.run("plan"))[1]
