"""Questionnaires by the calendar, by name and by number, and what becomes of those that cannot be kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from polls_village import anonymous, fills_in, has_form, people_of, query
from village import village

NAMED = """
[[questionnaire]]
id = "menu"
kind = "poll"
title = "周五吃什么"
when = "2026-09-11 14:00"
questions = [
    {{ ask = "吃什么？", kind = "single", options = ["面", "饭"] }},
    {{ ask = "先做哪个？", kind = "ranking", options = ["菜单", "座位", "音乐"] }},
    {{ ask = "还想说什么？", kind = "text" }},
]
audience = ["{department}"]
open_workdays = 0
closes = "17:00"
"""


@pytest.mark.parametrize("without", [(), ("dingtalk.card_template",)], ids=["cards", "no cards"])
async def test_on_dingtalk_a_named_one_is_answered_by_numbers(tmp_path: Path, without) -> None:
    edit = NAMED.format(department="品控组")
    async with village(
        tmp_path, platforms=("dingtalk",), start="2026-09-11 13:40", edit=edit, without=without
    ) as place:
        people = people_of(place, "dingtalk", "品控组")
        await place.travel("2026-09-11 14:05")
        first, second = people[:2]
        assert "本次为实名问卷" in first.last()
        if without:
            await first.tells_the_bot("答问卷")
        else:
            await first.presses("开始")
        assert first.last().startswith("1/3 吃什么？")
        await first.tells_the_bot("七")
        assert first.last().startswith("没看懂")
        await first.tells_the_bot("2")
        await place.kill_the_bot()
        await place.start_bot()
        await first.tells_the_bot("3 1 2")
        await first.tells_the_bot("少放盐")
        assert "已收到" in first.last()
        await second.tells_the_bot("答问卷")
        for said in ("1", "跳过", "0"):
            await second.tells_the_bot(said)
        await place.travel("2026-09-11 17:10")
        said = people[3].last()
        assert "参与 2 人" in said and "面 50%，饭 50%" in said and "少放盐" in said


async def test_on_feishu_a_named_one_is_a_form_and_says_that_it_is_named(tmp_path: Path) -> None:
    edit = NAMED.format(department="设计组")
    async with village(tmp_path, platforms=("feishu",), start="2026-09-11 13:40", edit=edit) as place:
        people = people_of(place, "feishu", "设计组")
        await place.travel("2026-09-11 14:05")
        assert "本次为实名问卷" in has_form(people[0]).text
        values = {"q1": "0", "q2-1": "2", "q2-2": "0", "q2-3": "1"}
        assert await fills_in(people[0], values) == "已收到，谢谢"
        assert "选了两次" in await fills_in(people[1], {"q2-1": "2", "q2-2": "2"})
        assert await fills_in(people[0], values) == "你已经答过了"
        await place.travel("2026-09-11 17:10")
        assert "（1/4 人答）：面 100%，饭 0%" in people[3].last()


async def test_four_people_cannot_be_asked_anonymously(tmp_path: Path) -> None:
    async with village(
        tmp_path, platforms=("feishu",), start="2026-09-11 15:00", edit=anonymous("设计组")
    ) as place:
        await place.travel("2026-09-11 16:10")
        assert [has_form(one) for one in people_of(place, "feishu", "设计组")] == [None] * 4
        said = place.person("feishu", "周敏").last()
        assert "少于 8 人的问卷我不叫匿名" in said and "4 人" in said
        assert query(place, "SELECT state FROM questionnaires") == [("cancelled",)]
        assert not (tmp_path / "data" / "ballot-keys").exists()


PILOT = """
[pilot]
departments = ["人力资源部"]
starts = 2026-09-07
days = 14

[privacy]
notice_published = 2026-09-04

[[questionnaire]]
id = "last"
kind = "survey"
when = "试点第 14 天 09:30"
questions = ["满意吗？"]
anonymous = true
audience = []
open_workdays = 1
closes = "17:00"
on_day_off = "before"
"""


async def test_the_last_day_of_a_pilot_asks_once_more_and_the_verdict_waits_for_the_answers(
    tmp_path: Path,
) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-18 16:00", edit=PILOT) as place:
        people = people_of(place, "feishu", "人力资源部")
        head = place.person("feishu", "林岚")
        await place.run("pilot", "start")
        await place.rest()
        await head.presses("可以开始")
        assert (await place.run("pilot", "start"))[0] == 0
        await place.travel("2026-09-18 23:59")
        before = len(place.town.log["feishu"])
        await place.travel("2026-09-20 08:59")
        assert len(place.town.log["feishu"]) == before
        await place.travel("2026-09-20 10:00")
        assert all(has_form(one) for one in people)
        assert "9月21日（周一）17:00 结束" in has_form(people[0]).text
        assert "全公司推开" not in head.labels()
        for one in people[:6]:
            assert await fills_in(one, {"q1": "4"}) == "已收到，谢谢"
        await head.tells_the_bot("试点怎么样了")
        assert "还开着，9月21日（周一）17:00 结束，没有算进来" in head.last()
        await place.travel("2026-09-21 17:20")
        told = head.heard()[-1]
        assert "的结果" in told.text
        await place.travel("2026-09-21 17:40")
        assert head.labels() == ["全公司推开", "再试两周", "停下，恢复原样"]
        assert "答了的平均 95 分，6/9 人答" in head.last()
        assert "还开着" not in head.last()
        verdict = head.heard()[-1]
        assert (verdict.sent_at - told.sent_at).total_seconds() >= 20 * 60


async def test_a_pilot_that_is_stopped_asks_nothing_more_and_counts_what_it_has_asked(tmp_path: Path) -> None:
    """What is open was promised to whoever has answered: it is counted at its end. What is planned never opens."""
    first = PILOT.replace('"last"', '"first"').replace("第 14 天", "第 12 天")
    edit = PILOT + first[first.index("[[questionnaire]]") :]
    async with village(tmp_path, platforms=("feishu",), start="2026-09-18 09:10", edit=edit) as place:
        people = people_of(place, "feishu", "人力资源部")
        await place.travel("2026-09-18 09:40")
        assert not any(has_form(one) for one in people)  # nobody has said yes yet
        await place.run("pilot", "start")
        await place.rest()
        await place.person("feishu", "林岚").presses("可以开始")
        place.config.write_text(place.config.read_text("utf-8").replace("第 12 天 09:30", "第 12 天 11:00"))
        await place.kill_the_bot()
        await place.start_bot()
        assert (await place.run("pilot", "start"))[0] == 0
        await place.travel("2026-09-18 11:10")
        for one in people[:6]:
            assert await fills_in(one, {"q1": "3"}) == "已收到，谢谢"
        code, said = await place.run("pilot", "stop")
        assert code == 0
        assert "还没开始的 1 份不再发" in said
        assert "开着的 1 份照常到期、拆箱、告诉大家" in said
        assert (await place.run("pilot", "stop", "--yes"))[0] == 0
        assert query(place, "SELECT run, state FROM questionnaires ORDER BY run") == [
            ("first@2026-09-18", "open"),
            ("last@2026-09-20", "cancelled"),
        ]
        await place.kill_the_bot()
        await place.start_bot()
        await place.travel("2026-09-21 17:40")
        assert query(place, "SELECT run, state, ending FROM questionnaires ORDER BY run") == [
            ("first@2026-09-18", "reported", "counted"),
            ("last@2026-09-20", "cancelled", ""),
        ]
        forms = [len([m for m in one.heard() if m.card and "q1" in str(m.card)]) for one in people]
        assert forms == [1] * 6 + [2] * 3  # asked once, and reminded once who had not answered
        assert not any("全公司推开" in str(one.card) for one in place.person("feishu", "林岚").heard())


async def test_a_day_off_is_asked_about_and_moves_where_an_admin_says(tmp_path: Path) -> None:
    weekly = anonymous().replace('"2026-09-11 16:00"', '"每周五 16:00"')
    async with village(tmp_path, platforms=("feishu",), start="2026-09-21 09:30", edit=weekly) as place:
        admin = place.person("feishu", "周敏")
        people = people_of(place, "feishu", "人力资源部")
        await place.travel("2026-09-21 09:35")
        assert "9月25日（周五）16:00" in admin.last()
        assert admin.labels()[0].startswith("提前到 9月24日（周四）16:00")
        await admin.presses(admin.labels()[0])
        await place.travel("2026-09-24 15:50")
        assert has_form(people[0]) is None
        await place.travel("2026-09-24 16:10")
        assert has_form(people[0]) is not None
        assert len([m for m in admin.heard() if "休息日" in m.text and "9月25日" in m.text]) <= 1
