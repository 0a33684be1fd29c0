"""Groups made by hand are adopted by consent, the directory's changes become small plans, hands are noticed."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from tests.stories.workspaces import ON_FEISHU, groups, latest_call, wishing, writing_calls

OWN = """
[workspace]

[[workspace.department]]
name = "研发部"
group_name = "研发日常"
"""


async def test_a_group_made_by_hand_is_ours_after_its_owner_said_yes_and_not_before(tmp_path):
    async with wishing(tmp_path, OWN, platforms=("feishu",)) as place:
        owner = place.person("feishu", "陈立")
        guest = place.person("feishu", "林岚")
        theirs = place.chat("feishu", "研发日常")
        admin = place.person("feishu", "周敏")
        await admin.tells_the_bot("把“研发日常”交给你管吧")
        assert f"现有 {len(theirs.members)} 人，群主陈立" in admin.heard()[-1].text
        assert "林岚" in admin.heard()[-1].text
        await admin.presses("确认接管")
        assert "先不要" in owner.labels()
        assert "不归我管" in (await place.run("release", "研发日常"))[1]
        await owner.presses("同意")
        assert "陈立同意了" in admin.last()
        before = latest_call(place)
        _, shown = await place.run("plan")
        assert guest.person.name not in shown
        assert writing_calls(place, before) == []
        assert guest.person.id in theirs.members
        await admin.tells_the_bot("放开 研发日常")
        assert "不归我管了" in admin.last()
        assert (await place.run("release", "研发日常"))[0] == 2


PLANT = """
[workspace]

[[workspace.department]]
name = "设备部"
group_name = "设备部工作群"
"""


@pytest.mark.parametrize(
    ("platform", "wishes", "name", "people"),
    [
        ("feishu", ON_FEISHU, "市场部工作群", ("王芳", "赵小满")),
        ("dingtalk", PLANT, "设备部工作群", ("孙莉", "")),
    ],
)
async def test_another_head_leads_at_once_and_the_group_follows_by_a_press(
    tmp_path, platform, wishes, name, people
):
    department = name.removesuffix("工作群")
    grant = f'\n[[announce.grant]]\nwho = ["head:{department}"]\naudience = "department:{department}"\n'
    async with wishing(tmp_path, wishes + grant, platforms=(platform,)) as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        (group,) = groups(place, name)
        town = place.town.platforms[platform]
        at = next(one.id for one in place.town.departments[platform].values() if one.name == department)
        old = place.person(platform, people[0])
        someone = next(
            one.name
            for one in place.town.people[platform].values()
            if one.departments == [at] and one.id != old.person.id
        )
        new = place.person(platform, people[1] or someone)
        leads = group.admins or [group.owner]
        assert list(leads) == [old.person.id]
        before = latest_call(place)
        await town.move(old.person, [at], head=False)
        await town.move(new.person, [at], head=True)
        await place.rest()
        admin = place.person(platform, "周敏")
        assert department in admin.last()
        assert [one for one in writing_calls(place, before) if "/chats" in one or "Groups" in one] == []
        await admin.presses(f"都交给{new.person.name}")
        assert list(group.admins or [group.owner]) == [new.person.id]
        assert old.person.id in group.members
        assert "没有要改的" in (await place.run("plan"))[1]


LED = """
[workspace]

[[workspace.department]]
name = "研发部"
group_name = "研发部工作群"

[[announce.grant]]
who = ["head:研发部"]
audience = "department:研发部"
"""


@asynccontextmanager
async def handing_over(folder):
    """The head has a notice for those who open at ten, and a questionnaire; overnight somebody else heads it."""
    async with wishing(folder, LED, platforms=("feishu",), start="2026-09-08 20:00") as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        old, new = place.person("feishu", "陈立"), place.person("feishu", "李想")
        await old.tells_the_bot("通知乌鲁木齐研发组：周例会都改到四点")
        await old.presses("就这样")
        await old.tells_the_bot("给研发部发个问卷")
        await old.tells_the_bot("周五吃什么：面/饭")
        await old.presses("发出")
        town = place.town.platforms["feishu"]
        lab = next(one for one in place.town.departments["feishu"].values() if one.name == "研发部")
        await town.move(old.person, [lab.id], head=False)
        await town.move(new.person, [lab.id], head=True)
        await place.travel("2026-09-09 09:00")
        yield place, old, new, place.person("feishu", "周敏")


def arrived(place):
    """Copies of the notice, with those whom it is for."""
    there = {one.id for one in place.town.departments["feishu"].values() if one.name == "乌鲁木齐研发组"}
    meant = {one.id for one in place.town.people["feishu"].values() if there & set(one.departments)}
    copies = place.copies("feishu", "周例会都改到四点")
    return sum(n for person, n in copies.items() if person in meant)


async def test_a_new_head_may_let_notices_go_as_they_are_and_takes_over_the_rest(tmp_path):
    async with handing_over(tmp_path) as (place, _, new, admin):
        card = admin.card_with("公告照发，其余交接")
        offered = [label for _, label in admin.platform.buttons(card)]
        assert offered == ["都交给李想", "公告照发，其余交接", "先不动"]
        assert "陈立还有 1 条没发出去的公告、1 份没收完的问卷" in card.text
        await admin.presses("公告照发，其余交接")
        (lab,) = groups(place, "研发部工作群")
        assert list(lab.admins) == [new.person.id]
        told = [one.text for one in new.heard()]
        assert any("到点照发" in text and "例会" in text for text in told), told
        await place.travel("2026-09-09 10:30")
        assert arrived(place) == 5
        assert "照发" not in new.labels()


async def test_a_new_head_who_gets_everything_is_asked_before_a_notice_leaves(tmp_path):
    async with handing_over(tmp_path) as (place, _, new, admin):
        await admin.presses("都交给李想")
        await place.travel("2026-09-09 10:15")
        assert arrived(place) == 0
        await new.presses("照发")
        await place.pass_time(minutes=20)
        assert arrived(place) == 5


async def test_without_a_nod_a_former_head_hears_of_a_notice_that_may_not_go_any_more(tmp_path):
    async with handing_over(tmp_path) as (place, old, _, admin):
        await admin.presses("先不动", admin.card_with("公告照发，其余交接"))
        await place.travel("2026-09-09 10:30")
        assert arrived(place) == 0
        assert any("例会" in one.text and "没有发" in one.text for one in old.heard())


async def test_a_newcomer_joins_by_itself_where_the_file_says_so(tmp_path):
    wishes = ON_FEISHU.replace("[workspace]\n", '[workspace]\nsmall_changes = "apply"\n', 1)
    async with wishing(tmp_path, wishes, platforms=("feishu",)) as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        (market,) = groups(place, "市场部工作群")
        (hall,) = groups(place, "禾川大会堂")
        head = place.person("feishu", "王芳").person
        newcomer = await place.town.platforms["feishu"].join("钱进", list(head.departments))
        await place.rest()
        assert newcomer.id in market.members
        assert newcomer.id in hall.members
        assert "没有要改的" in (await place.run("plan"))[1]


async def test_the_daily_look_tells_once_what_hands_have_changed(tmp_path):
    async with wishing(tmp_path, ON_FEISHU, platforms=("feishu",)) as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        (market,) = groups(place, "市场部工作群")
        await place.town.platforms["feishu"].change_chat(market, {"name": "吃喝玩乐"})
        admin = place.person("feishu", "周敏")
        await place.travel("2026-09-09 10:00")
        assert "有 1 处和配置不一样" in admin.last()
        told = len(admin.heard())
        await place.travel("2026-09-10 10:00")
        assert len(admin.heard()) == told
        await admin.presses("都照办")
        assert market.name == "市场部工作群"


async def test_what_a_leaver_leaves_behind_is_told_and_does_not_leave_by_itself(tmp_path):
    async with wishing(tmp_path, ON_FEISHU, platforms=("feishu",), start="2026-09-08 20:00") as place:
        assert (await place.run("apply", "--yes"))[0] == 0
        leaver, admin = place.person("feishu", "赵小满"), place.person("feishu", "周敏")
        await leaver.tells_the_bot("通知市场部：明天下午茶改到四点")
        await leaver.presses("就这样")
        await place.town.platforms["feishu"].leave(leaver.person)
        await place.travel("2026-09-09 09:30")
        told = [message.text for message in admin.heard() if "赵小满" in message.text]
        assert any("已经离开，还有 1 条没发出去的公告" in text for text in told), told
        assert place.posts("feishu", "市场部工作群") == []


async def test_a_project_group_said_in_chat_becomes_lines_for_the_file_and_namesakes_are_asked_about(
    tmp_path,
):
    async with wishing(tmp_path, ON_FEISHU, platforms=("feishu",)) as place:
        head = place.person("feishu", "陈立")
        await head.tells_the_bot("建个项目群 秋季新品，王芳何佳李想，管理员李想")
        said = head.last()
        assert 'name = "秋季新品"\nadmins = ["李想"]\nmembers = ["王芳", "何佳", "李想"]' in said
        assert "有 2 位何佳（" in said
        assert groups(place, "秋季新品") == []
