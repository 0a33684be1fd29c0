"""In a group the bot says nothing but one line to who asks for it; what concerns one person is said to that person."""

from __future__ import annotations

import pytest
from village import Actor, Village

pytestmark = pytest.mark.village(start="2026-09-08 10:00")

WHO = {"feishu": ("李想", "研发部"), "dingtalk": ("孙莉", "设备部")}


def _posts(place: Village, platform: str) -> list[str]:
    """What the bot has said in the group; before anybody has said anything the town has no record to look at."""
    return (
        [post.text for post in place.posts(platform, WHO[platform][1])]
        if place.town.log.get(platform)
        else []
    )


async def _says(place: Village, platform: str, text: str, *, to_bot: bool) -> tuple[Actor, int]:
    """Who spoke, and how much the bot has said in the group so far."""
    name, group = WHO[platform]
    speaker, chat = place.person(platform, name), place.chat(platform, group)
    before = len(_posts(place, platform))
    await speaker.platform.say(speaker.person, chat.id, text, ["bot"] if to_bot else [])
    await place.rest()
    await place.pass_time(minutes=2)
    return speaker, before


@pytest.mark.parametrize(("said", "to_bot"), [("收到", False), ("收到，谢谢", False), ("收到", True)])
async def test_to_received_it_says_nothing_at_all(
    place: Village, platform: str, said: str, to_bot: bool
) -> None:
    speaker, before = await _says(place, platform, said, to_bot=to_bot)
    assert len(_posts(place, platform)) == before
    assert speaker.heard() == []


async def test_who_it_is_takes_one_line_there(place: Village, platform: str) -> None:
    _, before = await _says(place, platform, "你是谁啊", to_bot=True)
    posts = _posts(place, platform)[before:]
    assert len(posts) == 1
    assert "\n" not in posts[0].strip() and "私聊" in posts[0]


async def test_a_refusal_is_no_business_of_the_group(place: Village, platform: str) -> None:
    speaker, before = await _says(place, platform, "发全员：羽毛球社周五招新", to_bot=True)
    assert len(_posts(place, platform)) == before
    assert "没有发出去" in speaker.last()
    assert speaker.labels()
