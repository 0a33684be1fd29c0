"""A pilot that is stopped: the plan is shown first, what we changed goes back, what hands changed stays."""

from __future__ import annotations

from pathlib import Path

from tests.stories.workspaces import ON_FEISHU, groups, latest_call, wishing, write, writing_calls

PILOT = """
[pilot]
departments = ["市场部"]
starts = 2026-09-07

[privacy]
notice_published = 2026-09-04
"""
NEW_RULES = ON_FEISHU.replace('"市场部工作群"', '"市场部试点群"\nspeak = "admins"').replace(
    "\n[[workspace.department]]",
    '\n[[workspace.department]]\nname = "设计组"\ngroup_name = "设计组试点群"\n\n[[workspace.department]]',
    1,
)


async def test_groups_go_back_to_how_they_were_found_but_for_what_hands_have_done(tmp_path: Path) -> None:
    async with wishing(
        tmp_path, ON_FEISHU, platforms=("feishu",), start="2026-09-04 10:00", edit=PILOT
    ) as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        (market,), (hall,) = groups(place, "市场部工作群"), groups(place, "禾川大会堂")
        await place.run("pilot", "start")
        await place.rest()
        await place.person("feishu", "王芳").presses("可以开始")
        assert (await place.run("pilot", "start"))[0] == 0
        found = {chat.id: (chat.name, chat.speak, set(chat.members)) for chat in (market, hall)}

        await place.travel("2026-09-08 10:00")
        write(place, NEW_RULES)
        await place.kill_the_bot()
        await place.start_bot()
        code, said = await place.run("apply", "--yes")
        assert code == 0, said
        assert (market.name, market.speak) != found[market.id][:2]
        (made,) = groups(place, "设计组试点群")
        stranger = place.person("feishu", "李想").person
        hands = place.town.platforms["feishu"]
        await hands.change_chat(market, {"add": [stranger.id]})
        await hands.change_chat(hall, {"name": "禾川大礼堂"})
        await place.rest()

        before = latest_call(place)
        code, said = await place.run("pilot", "stop")
        assert code == 0
        assert "市场部工作群" in said
        assert "“设计组试点群”是试点期间建的" in said
        assert "人手改的  2 处" in said
        assert "现在什么都没有动" in said
        assert [one for one in writing_calls(place, before) if "/chats" in one] == []

        code, said = await place.run("pilot", "stop", "--yes")
        assert code == 0, said
        assert "[workspace] 没有变" in said
        assert (market.name, market.speak) == found[market.id][:2]
        assert set(market.members) == found[market.id][2] | {stranger.id}
        assert (hall.name, hall.speak, set(hall.members)) == ("禾川大礼堂", *found[hall.id][1:])
        assert made.active
        code, said = await place.run("pilot", "stop", "--yes")
        assert code == 0
        assert "已经停下" in said
        assert "群恢复了" not in said


async def test_what_nobody_was_shown_is_not_done(tmp_path: Path) -> None:
    """Between the plan and the yes somebody gave our changes another turn: the new plan is shown, nothing is done."""
    async with wishing(
        tmp_path, ON_FEISHU, platforms=("feishu",), start="2026-09-04 10:00", edit=PILOT
    ) as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        (market,) = groups(place, "市场部工作群")
        await place.run("pilot", "start")
        await place.rest()
        await place.person("feishu", "王芳").presses("可以开始")
        assert (await place.run("pilot", "start"))[0] == 0
        write(place, NEW_RULES)
        await place.kill_the_bot()
        await place.start_bot()
        assert (await place.run("apply", "--yes"))[0] == 0
        code, said = await place.run("pilot", "stop", "--yes")
        assert code == 3
        assert "先看新的这份" in said
        assert market.name == "市场部试点群"
        assert (await place.run("pilot", "stop", "--yes"))[0] == 0
        assert market.name == "市场部工作群"
