"""DingTalk's mute is tried on one group: only where a card still arrives do others follow."""

from __future__ import annotations

import pytest

from tests.stories.workspaces import groups, wishing

TWO = """
[workspace]

[[workspace.project]]
name = "设备改造"
platforms = ["dingtalk"]
admins = ["何强"]
members = ["department:设备部"]
speak = "admins"

[[workspace.project]]
name = "仓库搬迁"
platforms = ["dingtalk"]
admins = ["何强"]
members = ["department:仓储部"]
speak = "admins"
"""
NAMES = ("设备改造", "仓库搬迁")
CARDS = {"platform": "dingtalk", "path": "/v1.0/card/*"}
MUTES = {"platform": "dingtalk", "method": "PUT", "path": "/v1.0/im/sceneGroups*"}


def spoken(place) -> list[str]:
    return [chat.speak for name in NAMES for chat in groups(place, name)]


async def test_a_card_that_arrives_lets_the_others_follow(tmp_path):
    async with wishing(tmp_path, TWO, platforms=("dingtalk",)) as place:
        code, said = await place.run("apply", "--yes")
        assert (code, "没有要改的" in said) == (0, True), said
        assert spoken(place) == ["admins", "admins"]
        told = [len(place.posts("dingtalk", name)) for name in NAMES]
        assert sorted(told) == [0, 1]


async def test_a_mute_that_stops_the_bot_is_taken_back_and_never_tried_again(tmp_path):
    settings = {"dingtalk.muted_group_stops_robot": True}
    async with wishing(tmp_path, TWO, platforms=("dingtalk",), settings=settings) as place:
        code, said = await place.run("apply", "--yes")
        assert code == 1
        assert "已经改回来" in said
        assert spoken(place) == ["all", "all"]
        muted = [one for one in place.town.recorder.entries() if '"chat_banned_type":1' in compact(one)]
        assert len(muted) == 1
        code, said = await place.run("plan")
        assert code == 0
        assert said.count("试过了：禁言以后驿站也发不进去") == 2
        assert "没有要改的" in said


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(
            [{"match": CARDS, "times": 50, "kind": "lost-answer"}], id="the answer of the card is lost"
        ),
        pytest.param(
            [{"match": CARDS, "times": 50, "kind": "status:500"}], id="no card can be sent just now"
        ),
    ],
)
async def test_a_trial_that_proves_nothing_mutes_nobody_and_is_made_again(tmp_path, faults):
    async with wishing(tmp_path, TWO, platforms=("dingtalk",)) as place:
        place.faults(*faults)
        code, said = await place.run("apply", "--yes")
        assert (code, "还没试出来" in said) == (1, True), said
        assert spoken(place) == ["all", "all"]
        place.faults()
        assert (await place.run("apply", "--yes"))[0] == 0
        assert spoken(place) == ["admins", "admins"]


def compact(entry) -> str:
    return str(entry["body"]).replace(" ", "").replace("'", '"')
