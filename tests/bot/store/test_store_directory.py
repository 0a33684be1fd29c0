"""The mirror of the company: walked, mended, linked, asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from store_builders import DAY, GROUP, HOUR, LI, NOW, ZHANG

from adapters.port import SeenDepartment, SeenDirectory, SeenPerson
from bot.store import chats
from bot.store import directory as mirror
from bot.store.rows import ChatRow
from policies.model import Account, Chat, Department, DepartmentId, PersonId, Platform

FEISHU, DINGTALK = Platform.FEISHU, Platform.DINGTALK
COMPANY, RD, API, HR = (DepartmentId(f"feishu:{name}") for name in ("root", "rd", "api", "hr"))
WANG = Account(FEISHU, "ou_wang")
SUN = Account(FEISHU, "ou_sun")


def _department(id_, name, parent=None, head=None) -> SeenDepartment:
    platform = Platform(id_.partition(":")[0])
    return SeenDepartment(
        department=Department(id=id_, platform=platform, name=name, parent=parent, path=("公司", name)),
        head=head,
    )


FEISHU_SEEN = SeenDirectory(
    platform=FEISHU,
    departments=(
        _department(COMPANY, "公司"),
        _department(RD, "研发部", COMPANY, head=ZHANG),
        _department(API, "接口组", RD),
        _department(HR, "人力资源部", COMPANY, head=WANG),
    ),
    people=(
        SeenPerson(account=ZHANG, name="张三", departments=(RD,)),
        SeenPerson(account=WANG, name="王五", departments=(HR, API)),
        SeenPerson(account=SUN, name="孙七", departments=(API,), is_active=False),
    ),
)
DINGTALK_RD = DepartmentId("dingtalk:17")
DINGTALK_SEEN = SeenDirectory(
    platform=DINGTALK,
    departments=(_department(DINGTALK_RD, "研发部", head=LI),),
    people=(
        SeenPerson(account=LI, name="李四", departments=(DINGTALK_RD,)),
        SeenPerson(account=Account(DINGTALK, "zhang"), name="张三", departments=(DINGTALK_RD,)),
    ),
)


async def _walked(store, *seen, links=()):
    for one in seen or (FEISHU_SEEN, DINGTALK_SEEN):
        await store.write(mirror.replace, one, links, NOW)
    return await store.read(mirror.load)


def _names(people):
    return [person.name for person in people]


async def test_people_are_found_by_id_account_and_name(store):
    directory = await _walked(store)
    zhang = directory.by_account(ZHANG)
    assert (zhang.id, zhang.name, zhang.departments, zhang.is_active) == (
        "feishu:ou_zhang",
        "张三",
        (RD,),
        True,
    )
    assert directory.person(PersonId("feishu:ou_zhang")) is zhang
    assert directory.find("feishu:ou_zhang") is zhang
    assert directory.find("李四").id == "dingtalk:li4"
    assert {person.id for person in directory.find("张三")} == {"feishu:ou_zhang", "dingtalk:zhang"}
    assert directory.find("赵六") == ()
    assert directory.person(PersonId("feishu:nobody")) is None
    assert directory.named("孙七") == ()
    assert directory.by_account(SUN).is_active is False
    assert _names(directory.everyone()) == ["李四", "张三", "王五", "张三"]


async def test_departments_know_what_is_over_and_under_them_and_who_heads_them(store):
    directory = await _walked(store)
    assert directory.below(COMPANY) == {RD, API, HR}
    assert directory.below(API) == frozenset()
    assert directory.above(API) == (RD, COMPANY)
    assert directory.above(COMPANY) == ()
    assert directory.head_of(RD).name == "张三"
    assert directory.head_of(API) is None
    assert [one.id for one in directory.departments_named("研发部")] == [DINGTALK_RD, RD]
    assert [one.id for one in directory.departments_named("研发部", FEISHU)] == [RD]
    assert _names(directory.heads_of("研发部")) == ["李四", "张三"]
    assert directory.department(API).path == ("公司", "接口组")
    assert len(directory.departments()) == 5


@pytest.mark.parametrize(
    ("departments", "names"),
    [
        pytest.param([API], ["王五"], id="a team, without who has left"),
        pytest.param([RD], ["王五", "张三"], id="with the team below"),
        pytest.param([RD, HR], ["王五", "张三"], id="nobody twice"),
        pytest.param([COMPANY, DINGTALK_RD], ["李四", "张三", "王五", "张三"], id="on both platforms"),
        pytest.param([DepartmentId("feishu:none")], [], id="a department that is not there"),
    ],
)
async def test_people_in_departments(store, departments, names):
    assert _names((await _walked(store)).people_in(departments)) == names


async def test_linked_accounts_are_one_person_under_the_first_one_s_id(store):
    directory = await _walked(store, links=(("feishu:ou_zhang", "dingtalk:zhang"),))
    zhang = directory.find("张三")
    assert (zhang.id, zhang.accounts) == ("feishu:ou_zhang", (ZHANG, Account(DINGTALK, "zhang")))
    assert zhang.departments == (RD, DINGTALK_RD)
    assert directory.person(PersonId("dingtalk:zhang")) is zhang
    assert _names(directory.people_in([DINGTALK_RD])) == ["李四", "张三"]
    assert len(directory.people_in([RD, DINGTALK_RD])) == 3


async def test_a_person_s_own_confirmation_outlives_the_configuration_s_lines(store):
    await _walked(store, links=(("feishu:ou_zhang", "dingtalk:li4"),))
    await store.write(mirror.link, ZHANG, Account(DINGTALK, "zhang"))
    await store.write(mirror.set_links, ())
    directory = await store.read(mirror.load)
    assert directory.find("张三").id == "feishu:ou_zhang"
    assert directory.by_account(LI).id == "dingtalk:li4"


async def test_who_is_not_seen_any_more_has_left_and_comes_back_when_seen(store):
    await _walked(store)
    fewer = replace(FEISHU_SEEN, people=FEISHU_SEEN.people[1:], departments=FEISHU_SEEN.departments[:3])
    figures = await store.write(mirror.replace, fewer, (), NOW + DAY)
    assert (figures.people_before, figures.people_after) == (2, 1)
    assert (figures.departments_before, figures.departments_after) == (4, 3)
    directory = await store.read(mirror.load)
    zhang = directory.by_account(ZHANG)
    assert (zhang.name, zhang.is_active, zhang.departments) == ("张三", False, ())
    assert directory.departments_named("人力资源部") == ()
    assert directory.by_account(LI).is_active

    await store.write(mirror.replace, FEISHU_SEEN, (), NOW + 2 * DAY)
    assert (await store.read(mirror.load)).by_account(ZHANG).departments == (RD,)


async def test_looking_before_replacing_changes_nothing(store):
    before = await _walked(store)
    empty = SeenDirectory(platform=FEISHU, departments=(), people=())
    figures = await store.read(mirror.compare, empty)
    assert (figures.people_before, figures.people_after) == (2, 0)
    assert await store.read(mirror.count, FEISHU) == 2
    assert await store.read(mirror.load) == before


async def test_single_people_come_move_and_leave(store):
    await _walked(store)
    moved = SeenPerson(account=ZHANG, name="张三丰", departments=(HR,))
    await store.write(mirror.upsert_person, moved, (), NOW + HOUR)
    newcomer = SeenPerson(account=Account(FEISHU, "ou_new"), name="周八", departments=(API,))
    await store.write(mirror.upsert_person, newcomer, (), NOW + HOUR)
    assert await store.write(mirror.mark_left, WANG, NOW + HOUR)
    assert not await store.write(mirror.mark_left, WANG, NOW + HOUR)
    directory = await store.read(mirror.load)
    assert _names(directory.people_in([HR])) == ["张三丰"]
    assert _names(directory.people_in([RD])) == ["周八"]
    assert not directory.by_account(WANG).is_active
    assert directory.heads_of("人力资源部") == ()


async def test_the_mirror_knows_its_age(store):
    assert (await store.read(mirror.load)).age(NOW) is None
    directory = await _walked(store)
    assert directory.age(NOW + HOUR) == timedelta(hours=1)
    await store.write(mirror.replace, FEISHU_SEEN, (), NOW + HOUR)
    assert (await store.read(mirror.load)).age(NOW + 2 * HOUR) == timedelta(hours=2)


def test_a_circle_of_departments_ends():
    ring = tuple(
        Department(
            id=DepartmentId(f"feishu:{n}"),
            platform=FEISHU,
            name=str(n),
            parent=DepartmentId(f"feishu:{1 - n}"),
        )
        for n in (0, 1)
    )
    directory = mirror.Directory(all_departments=ring)
    assert directory.above(ring[0].id) == (ring[1].id,)
    assert directory.people_in([ring[0].id]) == ()


async def test_ten_thousand_people_are_loaded_and_asked_in_few_statements(store):
    departments = tuple(_department(DepartmentId(f"feishu:d{n}"), f"部门{n}") for n in range(200))
    people = tuple(
        SeenPerson(
            account=Account(FEISHU, f"ou_{n}"),
            name=f"员工{n}",
            departments=(departments[n % 200].department.id,),
        )
        for n in range(10_000)
    )
    directory = await _walked(store, SeenDirectory(platform=FEISHU, departments=departments, people=people))
    assert len(directory.everyone()) == 10_000
    assert len(directory.people_in([one.id for one in directory.departments()])) == 10_000
    assert len(directory.people_in([DepartmentId("feishu:d7")])) == 50
    assert directory.find("员工9999").id == "feishu:ou_9999"


# ── Chats ─────────────────────────────────────────────────────────────────────────────────────────


async def test_groups_are_found_by_address_name_purpose_and_member(store):
    rd = ChatRow(
        platform=FEISHU, id="oc_rd", name="研发部群", members=(ZHANG,), managed_for="研发部", seen_at=NOW
    )
    ding = ChatRow(platform=DINGTALK, id="cid1", name="研发部群", members=None)
    for row in (replace(rd, name="旧名"), rd, ding):
        await store.write(chats.put, row)
    assert await store.read(chats.get, GROUP) == rd
    assert await store.read(chats.by_name, "研发部群") == (ding, rd)
    assert await store.read(chats.by_name, "研发部群", FEISHU) == (rd,)
    assert await store.read(chats.by_name, "旧名") == ()
    assert await store.read(chats.managed_for, "研发部") == (rd,)
    assert await store.read(chats.members, GROUP) == (ZHANG,)
    assert await store.read(chats.members, Chat(DINGTALK, "cid1")) is None
    assert await store.read(chats.of_member, (LI, ZHANG)) == (rd,)
    assert await store.read(chats.all_chats) == (ding, rd)


async def test_a_disbanded_group_is_not_offered_any_more(store):
    await store.write(chats.put, ChatRow(platform=FEISHU, id="oc_rd", name="研发部群"))
    assert await store.write(chats.mark_gone, GROUP, NOW)
    assert not await store.write(chats.mark_gone, GROUP, NOW)
    assert await store.read(chats.by_name, "研发部群") == ()
    assert (await store.read(chats.get, GROUP)).is_alive is False
