"""A head asks for a questionnaire in the chat; what cannot be anonymous is not called so; who said it nobody can say."""

from __future__ import annotations

from pathlib import Path

from polls_village import fills_in, has_form, people_of
from village import village


async def test_four_people_are_offered_other_ways_and_one_of_them_is_taken(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00") as place:
        head = place.person("feishu", "王芳")
        await head.tells_the_bot("给设计组发个匿名问卷，看看大家对我满意吗")
        assert "设计组能用表单作答的只有 4 人，少于 8 人的问卷我不叫匿名" in head.last()
        assert head.labels()[0].startswith("并到市场部一起问（23 人）") and "改成署名" in head.labels()
        await head.presses(head.labels()[0])
        assert (
            "市场部 23 人" in head.last()
            and "大家对我满意吗" in head.last()
            and "发出去就改不了" in head.last()
        )
        assert not any(has_form(one) for one in people_of(place, "feishu", "市场部"))
        assert await head.presses("发出") == "好，到点就发"
        people = people_of(place, "feishu", "市场部")
        await place.pass_time(minutes=2)
        assert all(has_form(one) for one in people)
        for one in people[:5]:
            assert await fills_in(one, {"q1": "3"}) == "已收到，谢谢"
        await place.travel("2026-09-09 13:45")
        assert "75 分" in head.last() and "（5/23 人答）" in head.last()
        await head.tells_the_bot("就告诉我“提醒太多”是谁说的，我去道个歉")
        assert "这个我查不了" in head.last()


async def test_questions_are_asked_for_shown_and_only_sent_by_who_may(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 20:00") as place:
        stranger, head = place.person("feishu", "李想"), place.person("feishu", "陈立")
        await stranger.tells_the_bot("给研发部发个匿名问卷，看看累不累")
        assert "由陈立" in stranger.last()
        await head.tells_the_bot("给研发部发个问卷")
        assert head.last().startswith("问什么？")
        await head.tells_the_bot("周五吃什么：面/饭\n说说食堂")
        assert "“周五吃什么”（面/饭）；“说说食堂”（写几句）" in head.last() and "署名" in head.last()
        assert "9月9日（周三）09:00" in head.last()
        await head.presses("发出")
        await place.kill_the_bot()
        await place.start_bot()
        assert not has_form(stranger)
        await place.travel("2026-09-09 09:15")
        assert "本次为实名问卷" in has_form(stranger).text


async def test_a_rhythm_is_shown_with_its_days_off_and_goes_to_the_admins_as_lines(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00") as place:
        head, admin = place.person("feishu", "陈立"), place.person("feishu", "周敏")
        await head.tells_the_bot("每周五下午四点问研发部三个问题，匿名")
        said = head.last()
        assert "每周五 16:00 问研发部" in said
        assert "看得到结果的人：陈立、周敏，还有参与的人" in said
        assert "9月25日（周五）（可以挪到 9月24日（周四），或者跳过）" in said
        assert "10月2日（周五）（可以挪到 9月30日（周三），或者跳过）" in said
        await place.pass_time(minutes=1)
        lines = admin.last()[admin.last().index("[[questionnaire]]") :]
        assert 'when = "every fri 16:00"' in lines
        assert f'readers = ["feishu:{head.person.id}"' in lines
        with place.config.open("a", encoding="utf-8") as out:
            out.write(f"\n{lines}\n")
        code, checked = await place.run("check")
        assert code == 0, checked
        other = place.person("feishu", "王芳")
        await other.tells_the_bot("每周五下午四点问设计组三个问题，匿名")
        assert "设计组能用表单作答的只有 4 人" in other.last()
