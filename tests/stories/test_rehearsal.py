"""排练: the company's own policy lived through beforehand; what cannot be kept is found, and stops the start."""

from __future__ import annotations

import asyncio
import functools
import re
from pathlib import Path

from village import village

from bot.config import load
from bot.rehearse import company, run
from policies.rehearsal import Findings

PILOT = """
[pilot]
departments = ["市场部", "设计组"]
starts = 2026-09-18
days = 3

[privacy]
notice_published = 2026-09-04

[[questionnaire]]
id = "last"
kind = "pulse"
when = "试点第 3 天 09:30"
questions = ["这两周的消息合适吗？"]
anonymous = true
by_department = true
"""


def _untimed(said: str) -> str:
    return re.sub(r" +用时 \d+ 秒", "", said)


async def test_the_make_up_sunday_is_asked_the_saturday_is_silent_and_four_people_are_too_few(
    tmp_path: Path,
) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-04 10:00", edit=PILOT) as place:
        code, said = await place.run("rehearse", "--seeds", "1")
        assert code == 0, said
        assert "夜里被打扰     0 次" in said
        assert "9月20日（周日，调休上班）09:30 会发" in said
        assert "安静的日子     9月19日（周六）" in said
        assert "“设计组”能匿名作答的只有 4 人" in said
        assert "建议并入市场部" in said
        assert "小镇里的公司" not in said
        again = (await place.run("rehearse", "--seeds", "1"))[1]
        assert _untimed(again) == _untimed(said)
        code, missing = await place.run("pilot", "start")
        assert code == 3
        assert "设计组" in missing
        head = place.person("feishu", "王芳")
        await place.rest()
        await head.presses("先看演练结果")
        assert "每人每天收到" in head.last()


async def test_without_a_pilot_there_is_nothing_to_rehearse(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start_bot=False) as place:
        assert (await place.run("rehearse"))[0] == 2


async def test_it_moves_day_by_day_and_seeds_side_by_side_find_what_they_find_alone(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start_bot=False, edit=PILOT) as place:
        loaded = load.load(place.config)
        whose = await company.of_the_town(loaded, 1)
        days: list[int] = []
        of_both: list[int] = []
        first: list[Findings] = []
        rehearse = functools.partial(run.rehearse, loaded, whose, days=3)
        alone = await asyncio.to_thread(rehearse, seeds=1, on_day=days.append)
        both = await asyncio.to_thread(rehearse, seeds=2, on_day=of_both.append, on_first=first.append)
        assert days == [2, 3]  # nothing moves on the free Saturday
        assert of_both == sorted(of_both)
        assert of_both[-1] == 6
        assert first == [alone]
        assert both.seeds == 2
        assert await asyncio.to_thread(rehearse, seeds=2) == both
