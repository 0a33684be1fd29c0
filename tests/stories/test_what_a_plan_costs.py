"""The price on a plan is what the platform then counts, and what is left of the month is what the platform says is left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.stories.village import Village
from tests.stories.workspaces import groups, wishing, write

DEPARTMENT = """
[workspace]

[[workspace.department]]
name = "{department}"
group_name = "{department}工作群"
"""
IN_FOLDERS = 'folders = "部门/项目/日期"\n'
OF = {"dingtalk": "设备部", "feishu": "市场部"}
FREE = ("/open-apis/auth/", "/open-apis/contact/", "/callback/ws/", "/open-apis/bot/")
"""What a plan does not do itself: tokens, the line, the directory. DingTalk says by its own count what is free."""


def counted(place: Village, platform: str) -> int:
    """Calls so far: as DingTalk counts them against the month; on Feishu those of the record."""
    if platform == "dingtalk":
        return place.town.platforms["dingtalk"].quota.used("calls")
    entries = place.town.recorder.entries(since=0)
    return sum(one["platform"] == "feishu" and not one["path"].startswith(FREE) for one in entries)


class Look(NamedTuple):
    """``unseen``: calls of the month that the platform has counted and we have not; below 0: the other way round."""

    price: int
    took: int
    unseen: int


async def looked(place: Village, platform: str) -> Look:
    """Ask for the plan: the price that it names, and what the looking itself took."""
    before = counted(place, platform)
    _, printed = await place.run("plan", "--json")
    after = counted(place, platform)
    prices = {one["platform"]: one for one in json.loads(printed).get("prices", ())}
    price = prices.get(platform, {"calls": 0})
    spent = price["limit"] - price["left"] if platform == "dingtalk" else after
    return Look(price["calls"], after - before, after - spent)


async def applied(place: Village, platform: str) -> tuple[int, int]:
    """The price of what is to be done, and what doing it took: all of it without the look before and the one after."""
    shown = await looked(place, platform)
    before = counted(place, platform)
    code, said = await place.run("apply", "--yes")
    assert code == 0, said
    await place.rest()
    whole = counted(place, platform) - before
    after = await looked(place, platform)
    assert after.price == 0
    return shown.price, whole - shown.took - after.took


def only(platform: str, folders: str = "") -> str:
    return DEPARTMENT.format(department=OF[platform]) + folders


@pytest.mark.parametrize(
    ("platform", "without", "a_look"),
    [
        pytest.param("dingtalk", (), 2, id="scene group"),
        pytest.param("dingtalk", ("dingtalk.group_template",), 1, id="ordinary group"),
        pytest.param("feishu", (), 2, id="Feishu"),
    ],
)
async def test_a_group_and_its_people_cost_what_the_plan_says(
    tmp_path: Path, platform: str, without: tuple[str, ...], a_look: int
) -> None:
    async with wishing(tmp_path, only(platform), platforms=(platform,), without=without) as place:
        before = await looked(place, platform)
        price, took = await applied(place, platform)
        assert took == price
        after = await looked(place, platform)
        assert after.took - before.took == a_look
        (group,) = groups(place, f"{OF[platform]}工作群")
        gone = next(one for one in group.members if one not in (group.owner, *group.admins, "bot"))
        await place.town.platforms[platform].change_chat(group, {"remove": [gone]})
        await place.rest()
        price, took = await applied(place, platform)
        assert (price, took - a_look) == (1, 1), (
            "the platform tells of the change, and the group is looked at again"
        )
        assert gone in group.members
        assert (await looked(place, platform)).unseen == 0


@pytest.mark.parametrize("platform", ["dingtalk", "feishu"])
async def test_folders_cost_what_the_plan_says(tmp_path: Path, platform: str) -> None:
    """Looking for one that is not there ends early, so it is counted a little too dear and never too cheap."""
    async with wishing(tmp_path, only(platform), platforms=(platform,)) as place:
        await applied(place, platform)
        write(place, only(platform, IN_FOLDERS))
        await place.kill_the_bot()
        await place.start_bot()
        price, took = await applied(place, platform)
        assert took == price
        assert -2 <= (await looked(place, platform)).unseen <= 0
