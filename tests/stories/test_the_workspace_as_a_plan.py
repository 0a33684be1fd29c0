"""What an admin writes is shown, applied exactly as it was shown, and then there is nothing left to do."""

from __future__ import annotations

import asyncio
import json
import os
import sys

import pytest

from tests.stories.village import LAUNCHER
from tests.stories.workspaces import groups, latest_call, plan_id, wishing, write, writing_calls

NOTHING = "没有要改的"


async def test_a_plan_is_shown_twice_alike_and_after_it_was_applied_there_is_none(tmp_path):
    async with wishing(tmp_path) as place:
        before = latest_call(place)
        code, shown = await place.run("plan")
        assert code == 0
        assert (await place.run("plan"))[1] == shown
        assert writing_calls(place, before) == []
        code, said = await place.run("apply", plan_id(shown))
        assert (code, NOTHING in said) == (0, True), said
        assert NOTHING in (await place.run("plan"))[1]
        (market,) = groups(place, "市场部工作群")
        town = place.town.people["feishu"]
        assert {town[one].name for one in market.admins if one in town} == {"王芳"}
        assert len(market.members) == 23
        halls = groups(place, "禾川大会堂")
        assert [hall.speak for hall in halls] == ["admins", "admins"]
        (project,) = groups(place, "设备改造")
        assert project.owner == place.person("dingtalk", "何强").person.id
        await place.person("feishu", "周敏").tells_the_bot("通知市场部：明早例会改到十点")
        await place.person("feishu", "周敏").presses("就这样")
        await place.pass_time(minutes=5)
        assert [one.text for one in place.posts("feishu", "市场部工作群") if "例会" in one.text]


async def test_what_changed_by_hand_meanwhile_is_shown_before_anything_is_done(tmp_path):
    async with wishing(tmp_path) as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        (market,) = groups(place, "市场部工作群")
        town = place.town.platforms["feishu"]
        await town.change_chat(market, {"name": "市场部吃喝群"})
        _, old = await place.run("plan")
        assert "市场部吃喝群 → 市场部工作群" in old
        await town.change_chat(market, {"speak": "admins", "remove": [next(iter(market.members))]})
        before = latest_call(place)
        code, said = await place.run("apply", plan_id(old))
        assert code == 3
        assert plan_id(said) != plan_id(old)
        assert writing_calls(place, before) == []
        assert (await place.run("apply", plan_id(said)))[0] == 0
        assert market.name == "市场部工作群"
        assert len(market.members) == 23
        assert NOTHING in (await place.run("plan"))[1]


async def test_a_plan_that_empties_a_group_stops_before_a_single_writing_call(tmp_path):
    async with wishing(tmp_path, start_bot=False, start="") as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        (market,) = groups(place, "市场部工作群")
        elsewhere = next(
            one for one in place.town.departments["feishu"].values() if one.name not in ("市场部", "")
        )
        going = [one for one in list(market.members) if one not in market.admins][:9]
        for one in going:
            person = place.town.people["feishu"][one]
            await place.town.platforms["feishu"].move(person, [elsewhere.id])
        before = latest_call(place)
        code, said = await place.run("apply", "--yes")
        assert code == 3
        assert "9/23 人" in said
        assert writing_calls(place, before) == []
        assert len(market.members) == 23
        code, said = await place.run("apply", plan_id(said), "--force")
        assert (code, "按你的要求越过" in said) == (0, True)
        assert len(market.members) == 14


async def test_a_strangers_group_of_the_same_name_is_never_taken_and_never_doubled(tmp_path):
    async with wishing(tmp_path) as place:
        stranger = place.person("feishu", "赵小满").person
        town = place.town.platforms["feishu"]
        theirs = await town.create_chat("市场部工作群", stranger, [stranger], bot=True)
        before = latest_call(place)
        code, said = await place.run("apply", "--yes")
        assert code == 3
        assert f"yizhan adopt {theirs.id}" in said
        assert writing_calls(place, before) == []
        assert (await place.run("apply", "--yes", "--force"))[0] == 3
        assert groups(place, "市场部工作群") == [theirs]
        assert list(theirs.members) == [stranger.id]


async def test_what_nobody_manages_is_left_exactly_as_it_is(tmp_path):
    async with wishing(tmp_path) as place:
        others = {
            chat.id: (chat.name, list(chat.members), list(chat.admins), chat.speak, chat.owner)
            for chats in place.town.chats.values()
            for chat in chats.values()
        }
        assert (await place.run("apply", "--yes"))[0] == 0
        write(place, "")
        assert (await place.run("plan"))[0] == 0
        for chats in place.town.chats.values():
            for chat in chats.values():
                if chat.id in others:
                    now = (chat.name, list(chat.members), list(chat.admins), chat.speak, chat.owner)
                    assert now == others[chat.id]


# ── Killed on the way ─────────────────────────────────────────────────────────────────────────────


async def killed(place, stage: str) -> None:
    """``yizhan apply`` in a process that dies at that stage."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(LAUNCHER),
        "apply",
        "--yes",
        "--config",
        str(place.config),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "KILL_AT": stage},
        start_new_session=True,
    )
    out, _ = await process.communicate()
    assert process.returncode == -9, out.decode()


async def changes(place) -> list[dict]:
    """What the plan would do."""
    _, printed = await place.run("plan", "--json")
    return json.loads(printed)["changes"]


@pytest.mark.parametrize("stage", ["before-change:3", "group-made:1", "change-made:4"])
async def test_killed_anywhere_only_the_rest_is_left_and_no_group_has_a_twin(tmp_path, stage):
    async with wishing(tmp_path, start_bot=False, start="") as place:
        whole = await changes(place)
        await killed(place, stage)
        rest = await changes(place)
        assert len(rest) < len(whole)
        code, said = await place.run("apply", "--yes")
        assert (code, NOTHING in said) == (0, True), said
        assert [len(groups(place, name)) for name in ("禾川大会堂", "市场部工作群", "设备改造")] == [2, 1, 1]


async def test_a_creation_without_an_answer_is_found_by_its_mark_long_after(tmp_path):
    async with wishing(tmp_path) as place:
        place.faults(
            {
                "match": {"platform": "feishu", "method": "POST", "path": "/open-apis/im/v1/chats"},
                "times": 30,
                "kind": "lost-answer",
            }
        )
        code, said = await place.run("apply", "--yes")
        assert code == 1
        place.faults()
        made = {name: groups(place, name) for name in ("禾川大会堂", "市场部工作群")}
        await place.pass_time(hours=30)
        code, said = await place.run("apply", "--yes")
        assert (code, NOTHING in said) == (0, True), said
        for name, there in made.items():
            assert [one for one in there if one not in groups(place, name)] == []
            assert len({chat.platform for chat in groups(place, name)}) == len(groups(place, name))
