"""What is likeliest not meant stops a plan before a single writing call; what an admin forces is named, and is true afterwards."""

from __future__ import annotations

import pytest

from tests.stories.workspaces import groups, latest_call, plan_id, wishing, writing_calls

WISHES = """
[workspace]
company_group = "禾川大会堂"

[[workspace.department]]
name = "市场部"
group_name = "市场部工作群"
"""
NOTHING = "没有要改的"
CONTACT = {"platform": "feishu", "path": "/open-apis/contact/*"}
CHATS = {"platform": "feishu", "method": "GET", "path": "/open-apis/im/v1/chats*"}


async def moved_away(place):
    """Nine of the 23 are in another department now."""
    feishu = place.town.platforms["feishu"]
    (market,) = groups(place, "市场部工作群")
    elsewhere = next(one for one in place.town.departments["feishu"].values() if one.name == "财务部")
    for one in [one for one in list(market.members) if one not in market.admins][:9]:
        await feishu.move(place.town.people["feishu"][one], [elsewhere.id])


async def resigned(place, share=0.3):
    """So many have left, and the platform took them out of their groups."""
    feishu = place.town.platforms["feishu"]
    people = [one for one in place.town.people["feishu"].values() if one.active and not one.head]
    named = {"周敏", "赵小满"}
    for one in [one for one in people if one.name not in named][: int(len(people) * share)]:
        await feishu.leave(one)


async def narrowed(place):
    """Somebody made the app's range smaller: everybody is still there, and we do not see them."""
    keep = [place.person("feishu", name).person.departments[0] for name in ("周敏", "赵小满")]
    place.town.settings.update({"feishu.contact_range": keep})


async def dissolved(place):
    """The people of a department and of the team below it go elsewhere, and both are deleted."""
    feishu, departments = place.town.platforms["feishu"], place.town.departments["feishu"]
    market = next(one for one in departments.values() if one.name == "市场部")
    elsewhere = next(one for one in departments.values() if one.name == "财务部")
    going = [one for one in departments.values() if one.parent == market.id] + [market]
    for one in list(place.town.people["feishu"].values()):
        if {each.id for each in going} & set(one.departments):
            await feishu.move(one, [elsewhere.id])
    for one in going:
        await feishu.drop_department(one)


async def no_directory(place):
    place.faults({"match": CONTACT, "times": 1000, "kind": "status:403"})


async def no_groups(place):
    place.faults({"match": CHATS, "times": 1000, "kind": "status:403"})


@pytest.mark.parametrize(
    ("what", "guard", "cause"),
    [
        pytest.param(moved_away, "移除 9/23 人（39%），超过 30%", "像是换了部门", id="a third of a group"),
        pytest.param(narrowed, "的通讯录少了", "授权范围变小了", id="a fifth of the directory"),
        pytest.param(dissolved, "没有“市场部”这个部门了", "合并或撤销", id="a department"),
        pytest.param(no_directory, "通讯录读不到", "权限没有开通", id="an unreadable directory"),
        pytest.param(no_groups, "群列表读不到", "权限没有开通", id="unreadable groups"),
    ],
)
async def test_a_guard_says_why_and_nothing_is_written_at_the_platform(tmp_path, what, guard, cause):
    async with wishing(tmp_path, WISHES, platforms=("feishu",), start_bot=False, start="") as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        await what(place)
        before = latest_call(place)
        for command in (("plan",), ("apply", "--yes")):
            code, said = await place.run(*command)
            assert (code, guard in said, cause in said) == (3, True, True), said
        assert writing_calls(place, before) == []


async def test_what_cannot_be_read_cannot_be_forced(tmp_path):
    async with wishing(tmp_path, WISHES, platforms=("feishu",), start_bot=False, start="") as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        await no_directory(place)
        before = latest_call(place)
        assert (await place.run("apply", "--yes", "--force"))[0] == 3
        assert writing_calls(place, before) == []


async def test_a_directory_that_really_shrank_is_believed_once_an_admin_forces_it_and_from_then_on(tmp_path):
    async with wishing(tmp_path, WISHES, platforms=("feishu",), start_bot=False, start="") as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        await resigned(place)
        code, shown = await place.run("plan")
        assert (code, "的通讯录少了" in shown) == (3, True), shown
        assert (await place.run("plan"))[0] == 3
        code, said = await place.run("apply", plan_id(shown), "--force")
        assert (code, "按你的要求越过：飞书通讯录变小" in said, NOTHING in said) == (0, True, True), said
        code, said = await place.run("plan")
        assert (code, NOTHING in said) == (0, True), said
        assert await place.run("plan") == (code, said)


async def test_a_smaller_directory_that_was_forced_is_shown_before_anybody_leaves_a_group(tmp_path):
    async with wishing(tmp_path, WISHES, platforms=("feishu",), start_bot=False, start="") as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        (hall,) = groups(place, "禾川大会堂")
        there = len(hall.members)
        await narrowed(place)
        _, shown = await place.run("plan")
        before = latest_call(place)
        code, said = await place.run("apply", plan_id(shown), "--force")
        assert (code, "看过再来" in said) == (3, True), said
        assert "移除" in said
        assert plan_id(said.split("看过再来")[0]) != plan_id(shown)
        assert writing_calls(place, before) == []
        assert len(hall.members) == there
        code, said = await place.run("apply", "--yes", "--force")
        assert (code, "按你的要求越过：飞书移除成员" in said) == (0, True), said
        assert len(hall.members) < there / 2
