"""The directory cannot be read when the bot is first started: it says so, looks again by itself, and then serves."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from polls_village import people_of
from village import village

from bot import app
from bot.config import load

READ = {"feishu": "*/contact/v3/*", "dingtalk": "*/topapi/v2/*"}
WHO = {"feishu": ("李想", "接口组"), "dingtalk": ("何强", "苏州工厂")}


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_nobody_is_called_a_stranger_meanwhile(tmp_path: Path, platform: str) -> None:
    name, department = WHO[platform]
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00", start_bot=False) as place:
        place.faults({"match": {"path": READ[platform]}, "times": 0, "kind": "status:403"})
        await place.start_bot()
        person = place.person(platform, name)
        await person.tells_the_bot(f"通知{department}：三号会议室改到二楼")
        assert "还在读通讯录" in person.last()
        assert "没有找到你" not in person.last()
        place.faults()
        await place.pass_time(minutes=7)
        await person.tells_the_bot(f"通知{department}：三号会议室改到二楼")
        assert "就这样" in person.labels()


ASKED = """
[[questionnaire]]
id = "menu"
kind = "poll"
title = "周五吃什么"
when = "2026-09-11 14:00"
questions = [{{ ask = "吃什么？", kind = "single", options = ["面", "饭"] }}]
audience = ["{department}"]
open_workdays = 0
closes = "17:00"
"""


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_a_questionnaire_that_is_due_meanwhile_waits_for_the_directory(
    tmp_path: Path, platform: str
) -> None:
    department = {"feishu": "设计组", "dingtalk": "品控组"}[platform]
    edit = ASKED.format(department=department)
    async with village(
        tmp_path, platforms=(platform,), start="2026-09-11 13:50", start_bot=False, edit=edit
    ) as place:
        place.faults({"match": {"path": READ[platform]}, "times": 0, "kind": "status:403"})
        await place.start_bot()
        await place.travel("2026-09-11 14:10")
        people = people_of(place, platform, department)
        assert not any("周五吃什么" in one.text for person in people for one in person.heard())
        place.faults()
        await place.travel("2026-09-11 15:00")
        assert all(any("周五吃什么" in one.text for one in person.heard()) for person in people)


async def test_one_that_waited_too_long_is_told_to_the_admins(tmp_path: Path) -> None:
    edit = ASKED.format(department="设计组")
    async with village(
        tmp_path, platforms=("feishu",), start="2026-09-11 13:50", start_bot=False, edit=edit
    ) as place:
        place.faults({"match": {"path": READ["feishu"]}, "times": 0, "kind": "status:403"})
        await place.start_bot()
        await place.travel("2026-09-11 16:10")
        place.faults()
        await place.pass_time(minutes=40)
        admin = place.person("feishu", "周敏")
        assert "周五吃什么没有发" in admin.last()
        people = people_of(place, "feishu", "设计组")
        assert not any("周五吃什么" in one.text for person in people for one in person.heard())


class Bug(Exception):
    """Something that nobody has thought of."""


@pytest.mark.parametrize("ends", ["badly", "well"])
async def test_a_long_first_walk_that_ends_by_a_fault_ends_the_bot_and_a_good_one_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, ends: str
) -> None:
    """Like a fault of any other task: with a traceback in the log, for whoever watches the process to start anew."""
    monkeypatch.setattr(app, "FIRST_WALK_WITHIN_S", 0.01)
    async with village(tmp_path, platforms=("feishu",), start_bot=False) as place:
        bot = app.Bot(load.load(place.config))

        async def walk() -> None:
            while not bot._is_up:  # noqa: ASYNC110 - it is longer than the start
                await asyncio.sleep(0.01)
            if ends == "badly":
                raise Bug

        monkeypatch.setattr(bot._mirror, "walk", walk)
        running = asyncio.create_task(bot.run())
        if ends == "badly":
            with pytest.raises(Bug):
                await asyncio.wait_for(running, 60)
            assert any(one.exc_info and "first walk" in str(one.__dict__) for one in caplog.records)
            return
        async with asyncio.timeout(60):
            while bot._walking is None or not bot._walking.done():  # noqa: ASYNC110 - the walk is what is waited for
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert not running.done()
        bot.stop()
        await asyncio.wait_for(running, 60)
