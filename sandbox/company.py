"""禾川科技 (the company): 312 people, 248 on Feishu and 64 of the Suzhou plant on DingTalk, from the seed.

``large:N`` is N people in departments of about forty, a group for each
department and about N/17 groups besides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.model import BOT, Chat, Department, Person
from sandbox.names import UYGHUR, Names
from sandbox.town import Town

NAME = "禾川科技"
LARGEST = 100_000


@dataclass(frozen=True, slots=True)
class Given:
    """A person the stories name; ``where`` is the department's name on ``platform``."""

    platform: str
    name: str
    account: str
    where: str
    title: str = ""
    head: bool = False


CAST = (
    Given("feishu", "沈卫东", "shenweidong", "总经办", "总经理", head=True),
    Given("feishu", "周敏", "zhoumin", "信息技术部", "IT 管理员", head=True),
    Given("feishu", "林岚", "linlan", "人力资源部", "人力资源部负责人", head=True),
    Given("feishu", "何晓", "hexiao", "人力资源部", "实习生"),
    Given("feishu", "何佳", "hejia", "行政部", "行政专员"),
    Given("feishu", "沈洁", "shenjie", "行政部", "工会主席"),
    Given("feishu", "张伟", "zhangwei02", "财务部", "会计"),
    Given("feishu", "王芳", "wangfang", "市场部", "市场部负责人", head=True),
    Given("feishu", "赵小满", "zhaoxiaoman", "市场部", "市场专员"),
    Given("feishu", "陈嘉", "chenjia", "市场部", "市场经理"),
    Given("feishu", "陈立", "chenli", "研发部", "研发部负责人", head=True),
    Given("feishu", "李想", "lixiang", "接口组", "后端工程师"),
    Given("feishu", "张伟", "zhangwei", "研发部", "测试工程师"),
    Given("feishu", "何佳", "hejia02", "产品部", "产品经理"),
    Given("dingtalk", "何强", "heqiang", "苏州工厂", "厂长", head=True),
    Given("dingtalk", "孙莉", "sunli", "设备部", "设备部主管", head=True),
)

FEISHU = (
    ("总经办", "", 6), ("信息技术部", "", 8), ("人力资源部", "", 9), ("行政部", "", 10), ("财务部", "", 12),
    ("市场部", "", 19), ("设计组", "市场部", 4), ("研发部", "", 30), ("接口组", "研发部", 6),
    ("乌鲁木齐研发组", "研发部", 5), ("产品部", "", 16), ("销售部", "", 52), ("客户服务部", "", 36),
    ("供应链部", "", 20), ("质量部", "", 15),
)  # fmt: skip
"""Name, parent, people placed in it itself: 市场部 is 19 + 4 = 23, 研发部 is 30 + 6 + 5 = 41, all are 248."""
DINGTALK = (
    ("苏州工厂", "", 2), ("生产一车间", "苏州工厂", 24), ("生产二车间", "苏州工厂", 20), ("设备部", "苏州工厂", 8),
    ("仓储部", "苏州工厂", 6), ("品控组", "苏州工厂", 4),
)  # fmt: skip
CITIES = {"feishu": ("杭州", "Asia/Shanghai"), "dingtalk": ("苏州", "Asia/Shanghai")}
URUMQI = ("乌鲁木齐", "Asia/Urumqi")


def size_of(company: str) -> int | None:
    """``None`` for ``small``, N for ``large:N``; raises ``ValueError`` for anything else."""
    if company == "small":
        return None
    found = re.fullmatch(r"large:(\d{1,6})", company)
    if found is None or not 20 <= int(found[1]) <= LARGEST:
        raise ValueError(f"company is small or large:N (20 ≤ N ≤ {LARGEST}), not {company!r}")
    return int(found[1])


def build(town: Town, company: str) -> None:
    """Fill an empty town; raises ``ValueError`` for a company that does not exist."""
    size = size_of(company)
    names = Names(town.chance("names"))
    for given in CAST:
        names.keep(given.name, given.account)
    for platform, tree in (("feishu", FEISHU), ("dingtalk", DINGTALK)):
        _root(town, platform)
        if size is None:
            _small(town, platform, tree, names)
    if size is None:
        _second_account(town)
        _small_chats(town)
    else:
        _large(town, size, names)


def new_department(town: Town, platform: str, name: str, parent: str) -> Department:
    """A department with an id of the platform's form."""
    if platform == "feishu":
        number = town.new_id("od-", "department")
    else:
        town.new_id("", "dingtalk-department")
        number = town.digits(9, "department", name, len(town.departments[platform]))
    return town.add_department(Department(id=number, platform=platform, name=name, parent=parent))


def new_person(town: Town, platform: str, name: str, account: str, departments: list[str]) -> Person:
    """A person with an id of the platform's form, in the platform's usual city."""
    if platform == "feishu":
        number = town.new_id("ou_", "person")
    else:
        number = town.digits(16, "person", account, len(town.people.get(platform, {})))
    city, zone = CITIES[platform]
    mobile = "13" + town.digits(9, "mobile", platform, account)
    return town.add_person(
        Person(
            id=number,
            platform=platform,
            name=name,
            account=account,
            departments=departments,
            city=city,
            zone=zone,
            mobile=mobile,
        )
    )


def new_chat(town: Town, platform: str, name: str, owner: str, members: list[str], *, bot: bool) -> Chat:
    """A group as people make it in the client, with an id of the platform's form."""
    if platform == "feishu":
        number = town.new_id("oc_", "chat")
    else:
        number = "cid" + town.new_id("", "chat", length=22) + "=="
    chat = Chat(
        id=number, platform=platform, name=name, owner=owner, created_at=town.clock.now(),
        members=dict.fromkeys(members), bot=bot,
    )  # fmt: skip
    return town.add_chat(chat)


def members_of(town: Town, platform: str, department: str) -> list[str]:
    """Everybody in the department of that name and below it."""
    top = town.department_named(platform, department).id
    return list(dict.fromkeys(p for d in town.subtree(platform, top) for p in d.members))


def _root(town: Town, platform: str) -> None:
    number = "0" if platform == "feishu" else "1"
    town.add_department(Department(id=number, platform=platform, name=NAME, parent=None))


def _small(town: Town, platform: str, tree: tuple[tuple[str, str, int], ...], names: Names) -> None:
    for name, parent, count in tree:
        above = town.department_named(platform, parent).id if parent else town.roots[platform]
        department = new_department(town, platform, name, above)
        cast = [given for given in CAST if (given.platform, given.where) == (platform, name)]
        for given in cast:
            person = new_person(town, platform, given.name, given.account, [department.id])
            person.title, person.head = given.title, given.head
            if given.head:
                department.leader = person.id
        for index in range(count - len(cast)):
            far = name == "乌鲁木齐研发组"
            drawn = UYGHUR[index] if far and index < len(UYGHUR) else names.draw()
            person = new_person(town, platform, *drawn, [department.id])
            if far:
                person.city, person.zone = URUMQI
            if department.leader is None:
                department.leader, person.head = person.id, True


def _second_account(town: Town) -> None:
    """周敏 looks after both platforms: the only one with two accounts, outside the plant's 64."""
    person = new_person(town, "dingtalk", "周敏", "zhoumin", [town.roots["dingtalk"]])
    person.title, person.city = "IT 管理员", "杭州"


def _small_chats(town: Town) -> None:
    def one(platform: str, name: str, account: str = "") -> str:
        return town.person_named(platform, account or name).id

    everybody = list(town.people["feishu"])
    plant = members_of(town, "dingtalk", "苏州工厂")
    research = members_of(town, "feishu", "研发部")
    boss, host = one("feishu", "沈卫东"), one("feishu", "李想")
    all_hands = new_chat(town, "feishu", f"{NAME[:2]}全员", boss, everybody, bot=True)
    all_hands.admins = dict.fromkeys([one("feishu", "林岚"), one("feishu", "周敏"), BOT])
    tester = one("feishu", "张伟", "zhangwei")
    new_chat(town, "feishu", "研发部", tester, research, bot=True).admins = {BOT: None}
    guests = [one("feishu", "林岚"), one("feishu", "何晓")]
    new_chat(town, "feishu", "研发日常", one("feishu", "陈立"), research + guests, bot=True)
    for name in ("市场部", "接口组", "设计组", "产品部", "财务部", "销售部", "客户服务部"):
        leader = town.department_named("feishu", name).leader or boss
        members = members_of(town, "feishu", name)
        new_chat(town, "feishu", name, leader, members, bot=name in ("市场部", "接口组", "产品部"))
    players = {host: None, one("feishu", "赵小满"): None}
    players.update(dict.fromkeys(town.chance("chats").sample(sorted(set(everybody) - set(players)), 24)))
    new_chat(town, "feishu", "羽毛球社", host, list(players), bot=True)
    manager, fitter = one("dingtalk", "何强"), one("dingtalk", "孙莉")
    new_chat(town, "dingtalk", f"{NAME[:2]}全员", manager, plant, bot=True).admins = {BOT: None}
    new_chat(town, "dingtalk", "苏州工厂", manager, plant, bot=True).admins = {fitter: None}
    new_chat(town, "dingtalk", "设备部", fitter, members_of(town, "dingtalk", "设备部"), bot=True)
    for name in ("生产一车间", "生产二车间"):
        leader = town.department_named("dingtalk", name).leader or manager
        new_chat(town, "dingtalk", name, leader, members_of(town, "dingtalk", name), bot=False)


def _large(town: Town, size: int, names: Names) -> None:
    on_feishu = round(size * 248 / 312)
    for platform, count in (("feishu", on_feishu), ("dingtalk", size - on_feishu)):
        departments = max(1, round(count / 40))
        for index in range(departments):
            name = f"{index + 1:03d}部"
            department = new_department(town, platform, name, town.roots[platform])
            share = count // departments + (1 if index < count % departments else 0)
            people = [new_person(town, platform, *names.draw(), [department.id]) for _ in range(share)]
            if people:
                people[0].head, department.leader = True, people[0].id
                new_chat(town, platform, name, people[0].id, [p.id for p in people], bot=True)
        everybody = list(town.people.get(platform, {}))
        chance = town.chance("chats")
        for index in range(count // 17):
            members = chance.sample(everybody, min(len(everybody), chance.randint(5, 40)))
            new_chat(town, platform, f"项目{index + 1:04d}群", members[0], members, bot=True)
