"""Who leads no more leaves a questionnaire behind: its report goes to whoever leads now, or stays as it was promised."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from polls_village import fills_in, people_of
from village import Actor, Village
from workspaces import wishing

LED = """
[workspace]

[[workspace.department]]
name = "研发部"
group_name = "研发部协作群"

[[work_hours.team]]
name = "早班"
departments = ["信息技术部"]
opens = "08:00"
"""
"""The admins are at work an hour before anybody else, so they can press before the questionnaire leaves."""
DEPARTMENT, WAS, BECOMES, BELOW = "研发部", "陈立", "李想", "接口组"
"""Led, by whom, by whom then, and who is asked: neither of the two."""
RESULT = "的结果"


@dataclass
class Handing:
    place: Village
    old: Actor
    new: Actor
    admin: Actor
    asked: list[Actor]

    async def answered(self) -> None:
        for one in self.asked[:2]:
            assert await fills_in(one, {"q1": "0"}) == "已收到，谢谢"
        await self.place.travel("2026-09-11 12:00")

    def reports(self, actor: Actor) -> list[str]:
        return [one.text for one in actor.heard() if RESULT in one.text and "参与 2 人" in one.text]


@asynccontextmanager
async def another_head(folder: Path) -> AsyncIterator[Handing]:
    """In the evening the head asks a group something for the morning, and is the head no more."""
    async with wishing(folder, LED, platforms=("feishu",), start="2026-09-08 20:00") as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        old, new = place.person("feishu", WAS), place.person("feishu", BECOMES)
        await old.tells_the_bot(f"给{BELOW}发个问卷")
        await old.tells_the_bot("周五吃什么：面/饭")
        await old.presses("发出")
        town = place.town.platforms["feishu"]
        led = next(one for one in place.town.departments["feishu"].values() if one.name == DEPARTMENT)
        await town.move(old.person, [led.id], head=False)
        await town.move(new.person, [led.id], head=True)
        await place.rest()
        admin = place.person("feishu", "周敏")
        yield Handing(place, old, new, admin, people_of(place, "feishu", BELOW))


async def test_one_that_waits_reports_to_the_new_head_and_no_more_to_the_old(tmp_path: Path) -> None:
    async with another_head(tmp_path) as handing:
        new, old = handing.new, handing.old
        await handing.place.travel("2026-09-09 08:30")
        await handing.admin.presses(f"都交给{new.person.name}")
        await handing.place.travel("2026-09-09 09:30")
        assert any(f"{old.person.name}的 1 份问卷，结果以后给你" in one.text for one in new.heard())
        assert f"实名问卷：{new.person.name}" in handing.asked[0].last()
        await handing.answered()
        (report,) = handing.reports(new)
        assert "面 100%" in report
        assert handing.reports(old) == []


async def test_one_that_is_asked_already_reports_to_whom_it_named(tmp_path: Path) -> None:
    """Those who answered were told who reads them."""
    async with another_head(tmp_path) as handing:
        new, old = handing.new, handing.old
        await handing.place.travel("2026-09-09 09:30")
        await handing.admin.presses(f"都交给{new.person.name}")
        assert any("谁看结果改不了" in one.text for one in handing.admin.heard())
        assert f"实名问卷：{old.person.name}" in handing.asked[0].last()
        await handing.answered()
        (report,) = handing.reports(old)
        assert "面 100%" in report
        assert handing.reports(new) == []
