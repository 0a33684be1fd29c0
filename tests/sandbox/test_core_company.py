"""The company is the same for the same seed, and the one of the stories."""

from collections import Counter

import pytest
from core_town import MONDAY

from sandbox import app, company


def people_of(town, platform):
    return list(town.people[platform].values())


async def test_312_people_live_on_both_platforms_and_one_of_them_twice():
    town = app.build_town(start=MONDAY)
    plant = company.members_of(town, "dingtalk", "苏州工厂")
    assert (len(people_of(town, "feishu")), len(plant)) == (248, 64)
    outside = [p.name for p in people_of(town, "dingtalk") if p.id not in plant]
    assert outside == ["周敏"]


async def test_only_the_namesakes_of_the_stories_share_a_name():
    town = app.build_town(start=MONDAY)
    everybody = [*people_of(town, "feishu"), *people_of(town, "dingtalk")]
    names = Counter(p.name for p in everybody)
    assert {name for name, count in names.items() if count > 1} == {"张伟", "何佳", "周敏"}
    assert len({(p.platform, p.account) for p in everybody}) == len(everybody)


@pytest.mark.parametrize("seed", [2, 77])
async def test_no_seed_makes_accidental_namesakes(seed):
    town = app.build_town(start=MONDAY, seed=seed)
    names = Counter(p.name for p in people_of(town, "feishu"))
    assert {name for name, count in names.items() if count > 1} == {"张伟", "何佳"}


@pytest.mark.parametrize(
    ("platform", "name", "count"),
    [("feishu", "研发部", 41), ("feishu", "市场部", 23), ("feishu", "设计组", 4), ("feishu", "接口组", 6)],
)
async def test_the_departments_have_the_sizes_of_the_stories(platform, name, count):
    assert len(company.members_of(app.build_town(start=MONDAY), platform, name)) == count


async def test_the_two_zhang_wei_are_told_apart_by_department():
    town = app.build_town(start=MONDAY)
    assert town.person_named("feishu", "张伟", "财务部").account == "zhangwei02"
    assert town.person_named("feishu", "张伟", "研发部").account == "zhangwei"
    with pytest.raises(LookupError, match="2 people"):
        town.person_named("feishu", "张伟")


async def test_five_of_research_live_by_the_clock_of_urumqi():
    town = app.build_town(start=MONDAY)
    far = [p for p in people_of(town, "feishu") if p.zone == "Asia/Urumqi"]
    assert len(far) == 5
    assert {p.id for p in far} <= set(company.members_of(town, "feishu", "研发部"))


async def test_the_badminton_club_has_26_members_and_the_robot():
    club = app.build_town(start=MONDAY).chat_named("feishu", "羽毛球社")
    assert (len(club.members), club.bot) == (26, True)


@pytest.mark.parametrize("size", ["small", "large:400"])
async def test_the_same_seed_makes_the_same_town_and_another_one_does_not(size):
    def picture(seed):
        town = app.build_town(start=MONDAY, seed=seed, company=size)
        ready = [platform.ready_info() for platform in town.platforms.values()]
        return ready, [list(town.people[p].values()) for p in town.people], town.chats

    assert picture(5) == picture(5)
    assert picture(5) != picture(6)


async def test_a_reset_brings_the_seed_back_with_the_same_ids():
    town = app.build_town(start=MONDAY)
    before = list(town.people["feishu"]), list(town.chats["dingtalk"])
    await town.platforms["feishu"].join("新同事", [town.roots["feishu"]])
    town.reset()
    assert (list(town.people["feishu"]), list(town.chats["dingtalk"])) == before


async def test_a_large_company_has_a_group_for_each_department_and_many_besides():
    town = app.build_town(start=MONDAY, company="large:1000")
    assert sum(len(side) for side in town.people.values()) == 1000
    groups = [chat.name for side in town.chats.values() for chat in side.values()]
    departments = sum(len(side) - 1 for side in town.departments.values())
    assert len(groups) == departments + 795 // 17 + 205 // 17


@pytest.mark.parametrize("wrong", ["tiny", "large", "large:3", "large:-5", "large:9999999"])
async def test_a_company_that_does_not_exist_is_refused(wrong):
    with pytest.raises(ValueError, match="large:N"):
        company.size_of(wrong)
