"""The directory is walked within our range, whatever its shape."""

import pytest

from adapters import errors
from adapters.dingtalk import directory
from policies.model import Account, Platform


class Company:
    """Departments as ``id: (name, parent)``, people as ``id: (departments, leads)``; pages of two people."""

    def __init__(self, departments, people, *, heads=(), scope=None):
        self.departments = departments
        self.people = people
        self.heads = dict(heads)
        self.scope = scope
        self.asked = []

    async def __call__(self, request):
        self.asked.append(request)
        return getattr(self, "_" + request.api.name.replace(".", "_"))(request.body or {})

    def _seen(self, number):
        if self.scope is not None and number not in self.scope:
            raise errors.Forbidden("out of range", code="50004")
        return self.departments[number]

    def _department_get(self, body):
        name, parent = self._seen(body["dept_id"])
        answer = {"dept_id": body["dept_id"], "name": name, "parent_id": parent}
        if body["dept_id"] in self.heads:
            answer["dept_manager_userid_list"] = [self.heads[body["dept_id"]]]
        return {"errcode": 0, "result": answer}

    def _department_listsub(self, body):
        below = [number for number, (_, parent) in self.departments.items() if parent == body["dept_id"]]
        return {
            "result": [{"dept_id": number, "name": "x", "parent_id": body["dept_id"]} for number in below]
        }

    def _user_list(self, body):
        inside = [who for who, (numbers, _) in self.people.items() if body["dept_id"] in numbers]
        page = inside[body["cursor"] : body["cursor"] + 2]
        more = body["cursor"] + 2 < len(inside)
        users = [self._user(who) for who in page]
        return {
            "result": {"list": users, "has_more": more, "next_cursor": body["cursor"] + 2 if more else None}
        }

    def _user(self, who):
        numbers, leads = self.people[who]
        leading = [{"dept_id": number, "leader": number in leads} for number in numbers]
        return {"userid": who, "name": f"n{who}", "dept_id_list": list(numbers), "leader_in_dept": leading}

    def _user_get(self, body):
        if body["userid"] not in self.people:
            raise errors.NotFound("gone", code="60121")
        if self.scope is not None:
            raise errors.Forbidden("out of range", code="50002")
        return {"result": self._user(body["userid"])}

    def _auth_scopes(self, body):
        return {"auth_org_scopes": {"authed_dept": list(self.scope or [1]), "authed_user": []}}


def ding(identity):
    return Account(Platform.DINGTALK, identity)


TREE = {1: ("公司", 0), 10: ("研发部", 1), 11: ("前端组", 10), 20: ("销售部", 1)}


async def test_everybody_in_every_department_with_path_and_head():
    people = {
        "a": ((1,), ()), "b": ((10, 20), (10,)), "c": ((10,), ()), "d": ((10,), ()), "e": ((11,), ()),
    }  # fmt: skip
    seen = await directory.walk(Company(TREE, people, heads={20: "b", 11: ""}))
    paths = {one.department.id: one.department.path for one in seen.departments}
    assert paths == {
        "dingtalk:1": ("公司",),
        "dingtalk:10": ("公司", "研发部"),
        "dingtalk:11": ("公司", "研发部", "前端组"),
        "dingtalk:20": ("公司", "销售部"),
    }
    heads = {one.department.name: one.head for one in seen.departments}
    assert heads == {"公司": None, "研发部": ding("b"), "前端组": None, "销售部": ding("b")}
    parents = {one.department.name: one.department.parent for one in seen.departments}
    assert parents == {"公司": None, "研发部": "dingtalk:1", "前端组": "dingtalk:10", "销售部": "dingtalk:1"}
    assert {person.account.id: len(person.departments) for person in seen.people} == {
        "a": 1, "b": 2, "c": 1, "d": 1, "e": 1,
    }  # fmt: skip


async def test_a_narrow_range_begins_where_it_begins():
    seen = await directory.walk(Company(TREE, {"e": ((11,), ())}, scope=(10, 11)))
    assert [one.department.name for one in seen.departments] == ["研发部", "前端组"]
    assert seen.departments[0].department.parent is None
    assert [person.account for person in seen.people] == [ding("e")]


async def test_a_missing_permission_is_not_taken_for_a_narrow_range():
    async def refusing(request):
        raise errors.Forbidden("no permission", code="60011")

    with pytest.raises(errors.Forbidden):
        await directory.walk(refusing)
    with pytest.raises(errors.Forbidden):
        await directory.person(refusing, ding("a"))


async def test_departments_in_a_ring_are_walked_once():
    ring = {1: ("公司", 0), 10: ("甲", 1), 11: ("乙", 10)}
    company = Company(ring, {})
    company._department_listsub = lambda body: {"result": [{"dept_id": number} for number in ring]}
    company.departments = {1: ("公司", 11), 10: ("甲", 1), 11: ("乙", 10)}
    seen = await directory.walk(company)
    assert len(seen.departments) == 3


async def test_the_first_trouble_ends_the_walk():
    company = Company(TREE, {})

    def broken(body):
        raise errors.Unavailable("x")

    company._user_list = broken
    with pytest.raises(errors.Unavailable):
        await directory.walk(company)


async def test_a_person_who_is_gone_or_out_of_range_is_nobody():
    company = Company(TREE, {"a": ((1,), ())})
    assert (await directory.person(company, ding("a"))).name == "na"
    assert await directory.person(company, ding("b")) is None
    assert await directory.person(Company(TREE, {"a": ((1,), ())}, scope=(10,)), ding("a")) is None
    before = len(company.asked)
    assert await directory.person(company, ding("$:LWCP_v1:$x")) is None
    assert len(company.asked) == before
