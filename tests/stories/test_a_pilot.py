"""试点: it starts when every promise can be kept, binds its own people only, and ends with what is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from village import Actor, Village, village

WHERE = {
    "feishu": ("市场部", "王芳", "赵小满", "李想", "接口组"),
    "dingtalk": ("苏州工厂", "何强", "孙莉", "", ""),
}
PILOT = """
[pilot]
departments = ["{0}"]
starts = 2026-09-07
"""
NOTICE = "\n[privacy]\nnotice_published = 2026-09-04\n"


def _admin(place: Village, platform: str) -> Actor:
    return place.person(platform, "周敏")


async def _published(place: Village) -> None:
    """The admin publishes the notice and says so in the configuration."""
    with place.config.open("a", encoding="utf-8") as out:
        out.write(NOTICE)
    await place.kill_the_bot()
    await place.start_bot()


async def test_it_starts_when_the_notice_is_out_and_the_head_has_said_yes(
    tmp_path: Path, platform: str
) -> None:
    department, head_name, member, *_ = WHERE[platform]
    edit = PILOT.format(department)
    async with village(tmp_path, platforms=(platform,), start="2026-09-04 10:00", edit=edit) as place:
        code, said = await place.run("pilot", "start")
        assert code == 3
        assert "还差 2 步" in said
        assert "告知书还没发布" in said
        assert head_name in said
        await place.rest()
        head, admin = place.person(platform, head_name), _admin(place, platform)
        assert head.labels() == ["可以开始", "我有问题", "先看演练结果"]
        assert "9月20日（周日，当天调休上班）" in head.last()
        await head.presses("我有问题")
        await head.tells_the_bot("出差的人也要守吗？")
        assert any("出差的人也要守吗？" in one.text for one in admin.heard())
        assert (await place.run("pilot", "start"))[0] == 3
        await head.presses("可以开始")
        await _published(place)
        await place.pass_time(minutes=5)
        asked = len([one for one in head.heard() if "：可以开始" in one.text])
        assert asked == 1
        code, said = await place.run("pilot", "start")
        assert code == 0, said
        await place.pass_time(minutes=5)
        code, said = await place.run("pilot", "start")
        assert code == 0
        assert "没有再发一遍" in said
        await place.pass_time(minutes=5)
        told = place.copies(platform, "试点沟通规范")
        assert told
        assert set(told.values()) == {1}
        assert place.person(platform, member).person.id in told


@pytest.mark.parametrize("platform", ["feishu"])
async def test_the_rules_bind_its_people_while_it_lasts_and_nobody_else(
    tmp_path: Path, platform: str
) -> None:
    department, head_name, member, outsider, other = WHERE[platform]
    edit = PILOT.format(department) + NOTICE
    async with village(tmp_path, platforms=(platform,), start="2026-09-04 10:00", edit=edit) as place:
        await place.run("pilot", "start")
        await place.rest()
        await place.person(platform, head_name).presses("可以开始")
        assert (await place.run("pilot", "start"))[0] == 0
        explain = ("explain", "--as", member, "--to", department, "服务器换好了")
        assert "放行" in (await place.run(*explain, "--at", "2026-09-05 21:40"))[1]
        await place.travel("2026-09-08 21:40")
        assert "暂缓" in (await place.run(*explain))[1]
        outside = ("explain", "--as", outsider, "--to", other, "[重要]服务器换好了")
        assert "结论：放行" in (await place.run(*outside))[1]
        towards = ("explain", "--as", "林岚", "--to", "company", "食堂明天不开")
        code, said = await place.run(*towards, "--json")
        assert '"verdict": "hold"' in said
        assert f'"n": {23}' in said, said
        code, said = await place.run("pilot", "stop")
        assert code == 0
        assert "现在什么都没有动" in said
        assert "暂缓" in (await place.run(*explain))[1]
        assert (await place.run("pilot", "stop", "--yes"))[0] == 0
        assert "放行" in (await place.run(*explain))[1]
        assert (await place.run("pilot", "start"))[0] == 3


@pytest.mark.parametrize("platform", ["feishu"])
async def test_its_last_workday_brings_the_verdict_and_the_saturday_before_is_silent(
    tmp_path: Path, platform: str
) -> None:
    department, head_name, member, *_ = WHERE[platform]
    edit = PILOT.format(department) + NOTICE
    async with village(tmp_path, platforms=(platform,), start="2026-09-04 10:00", edit=edit) as place:
        await place.run("pilot", "start")
        await place.rest()
        head, admin = place.person(platform, head_name), _admin(place, platform)
        await head.presses("可以开始")
        assert (await place.run("pilot", "start"))[0] == 0
        await place.travel("2026-09-08 10:00")
        await head.tells_the_bot(f"通知{department}：明早例会改到十点")
        await head.presses("就这样")
        await place.travel("2026-09-15 10:00")
        await head.tells_the_bot("试点怎么样了")
        assert "第 9/14 天" in head.last()
        assert "送达及时率 100%（23/23 份）" in head.last(), head.last()
        assert "不知道" in head.last()
        assert head.labels() == ["看细节", "看建议"]
        colleague = place.person(platform, member)
        await colleague.tells_the_bot("试点怎么样了")
        assert "第 9/14 天" in colleague.last()
        assert f"可以问{head_name}和周敏" in colleague.last()
        assert "%" not in colleague.last()
        assert "送达及时率" not in colleague.last()
        assert colleague.labels() == ["我要反馈", "看看你会什么"]
        await head.presses("看细节")
        assert "口径：到了该发的时刻，5 分钟内" in head.last()
        assert "9月8日（周二） 23／1／0" in head.last()
        await head.presses("看建议")
        assert "还没有人提过意见" in head.last()
        await place.travel("2026-09-19 23:59")
        before = len(place.town.log[platform])
        assert [
            m for m in place.town.log[platform] if m.sent_at.astimezone().strftime("%m-%d") == "09-19"
        ] == []
        await place.travel("2026-09-20 09:40")
        assert len(place.town.log[platform]) > before
        assert head.labels() == ["全公司推开", "再试两周", "停下，恢复原样"]
        assert "无法判定" in head.last()
        await head.presses("再试两周")
        assert any("再试两周" in one.text and "建议" in one.text for one in admin.heard())
        await admin.presses("停下，恢复原样")
        assert admin.labels() == ["就这样恢复", "先不动"]
        await admin.presses("就这样恢复")
        await place.pass_time(minutes=5)
        assert place.copies(platform, "试点停下了")[place.person(platform, member).person.id] == 1


ANONYMOUS = """
[[questionnaire]]
id = "week-one"
kind = "pulse"
when = "试点第 5 天 16:00"
questions = ["这周的消息合适吗？"]
anonymous = true
"""


async def test_where_no_card_has_a_form_nobody_is_promised_anonymity(tmp_path: Path) -> None:
    """DingTalk's cards have buttons and no form: what could not be kept on the fifth day is said before the first."""
    edit = PILOT.format("苏州工厂") + NOTICE + ANONYMOUS
    async with village(tmp_path, platforms=("dingtalk",), start="2026-09-04 10:00", edit=edit) as place:
        code, said = await place.run("pilot", "start")
        assert code == 3
        assert "“苏州工厂”能匿名作答的只有 0 人" in said, said
