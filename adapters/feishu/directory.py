"""The company's directory as our range shows it (飞书通讯录), walked page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from adapters.calls import Call
from adapters.errors import Forbidden, NotFound, Rejected
from adapters.feishu import wire
from adapters.feishu.client import FeishuClient
from adapters.feishu.codec import account, department, read
from adapters.feishu.codes import TOO_BIG_FOR_RECURSION, UNREACHABLE_RANGE
from adapters.port import SeenDepartment, SeenDirectory, SeenPerson
from policies.model import Account, Department, DepartmentId, Platform

_CONTACT = "/open-apis/contact/v3"
_IDS = {"user_id_type": "open_id", "department_id_type": "open_department_id"}
_PAGE = "50"
"""At most 50 departments or users a page (contact-v3/department/children, user/find_by_department, read 2026-11)."""

ROOT = "0"
"""The company itself; it may only be walked with a contact range of everybody (same pages)."""


async def walk(client: FeishuClient) -> SeenDirectory:
    """All departments and people in our range; a narrower range than everybody is walked from its own tops.

    A page that fails fails the walk: half a directory would look like half a company leaving.
    """
    loose: tuple[str, ...] = ()
    try:
        found = {ROOT: _top(), **{one.open_department_id: one async for one in _below(client, ROOT)}}
    except Forbidden as error:
        if error.code not in UNREACHABLE_RANGE:
            raise
        tops, loose = await _range(client)
        found = {one.open_department_id: one async for one in _trees(client, tops)}
    people: dict[str, SeenPerson] = {}
    for where in found:
        async for user in _direct_members(client, where):
            people[user.open_id] = _merged(people.get(user.open_id), _person(user, where))
    async for user in _users(client, loose):
        people.setdefault(user.open_id, _person(user, ""))
    return SeenDirectory(
        platform=Platform.FEISHU,
        departments=tuple(_department(one, found) for one in found.values()),
        people=tuple(people.values()),
        is_whole=ROOT in found,
    )


async def person(client: FeishuClient, who: Account) -> SeenPerson | None:
    """One person now; ``None``: gone, or outside our range."""
    call = Call(
        name="contact.user.get",
        method="GET",
        path=f"{_CONTACT}/users/{quote(who.id, safe='')}",
        query=_IDS,
    )
    try:
        data = await client.read(call)
    except NotFound:
        return None
    except Forbidden as error:
        if error.code in UNREACHABLE_RANGE:
            return None
        raise
    return _person(read(wire.UserAnswer, data, call.name).user, "")


# ── Departments ───────────────────────────────────────────────────────────────────────────────────


async def _below(client: FeishuClient, top: str) -> AsyncIterator[wire.WireDepartment]:
    """Everything under a department in one walk, or level by level where that is too big."""
    try:
        tree = [one async for one in _children(client, top, deep=True)]
    except Rejected as error:
        if error.code != TOO_BIG_FOR_RECURSION:
            raise
        tree = [one async for one in _level_by_level(client, top)]
    for one in tree:
        yield one


async def _level_by_level(client: FeishuClient, top: str) -> AsyncIterator[wire.WireDepartment]:
    waiting = [top]
    while waiting:
        async for one in _children(client, waiting.pop(), deep=False):
            waiting.append(one.open_department_id)
            yield one


async def _children(client: FeishuClient, top: str, *, deep: bool) -> AsyncIterator[wire.WireDepartment]:
    call = Call(
        name="contact.department.children",
        method="GET",
        path=f"{_CONTACT}/departments/{quote(top, safe='')}/children",
        query={**_IDS, "fetch_child": "true" if deep else "false", "page_size": _PAGE},
    )
    async for item in client.items(call):
        one = read(wire.WireDepartment, item, call.name)
        if not one.status.is_deleted:
            yield one


async def _range(client: FeishuClient) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tops of our range: departments, and people who are in it by themselves."""
    call = Call(
        name="contact.scope.list", method="GET", path=f"{_CONTACT}/scopes", query={**_IDS, "page_size": "100"}
    )
    departments: list[str] = []
    people: list[str] = []
    async for data in client.pages(call):
        scopes = read(wire.Scopes, data, call.name)
        departments += scopes.department_ids or ()
        people += scopes.user_ids or ()
    return tuple(departments), tuple(people)


async def _trees(client: FeishuClient, tops: tuple[str, ...]) -> AsyncIterator[wire.WireDepartment]:
    for some in _by_fifty(tops):
        call = Call(
            name="contact.department.batch",
            method="GET",
            path=f"{_CONTACT}/departments/batch",
            query={**_IDS, "department_ids": some},
        )
        async for item in client.items(call):
            yield read(wire.WireDepartment, item, call.name)
    for top in tops:
        async for one in _below(client, top):
            yield one


def _top() -> wire.WireDepartment:
    """The root has no name of its own here; people call it the company."""
    return wire.WireDepartment(open_department_id=ROOT)


def _department(one: wire.WireDepartment, found: dict[str, wire.WireDepartment]) -> SeenDepartment:
    parent = one.parent_department_id if one.parent_department_id in found else ""
    return SeenDepartment(
        department=Department(
            id=department(one.open_department_id),
            platform=Platform.FEISHU,
            name=one.name,
            parent=department(parent) if parent else None,
            path=_path(one, found),
        ),
        head=account(one.leader_user_id) if one.leader_user_id else None,
    )


def _path(one: wire.WireDepartment, found: dict[str, wire.WireDepartment]) -> tuple[str, ...]:
    """Names from the top, without the nameless root; a ring of parents ends the walk."""
    names: list[str] = []
    seen: set[str] = set()
    here: wire.WireDepartment | None = one
    while here is not None and here.open_department_id not in seen:
        seen.add(here.open_department_id)
        if here.name:
            names.append(here.name)
        here = found.get(here.parent_department_id)
    return tuple(reversed(names))


# ── People ────────────────────────────────────────────────────────────────────────────────────────


async def _direct_members(client: FeishuClient, where: str) -> AsyncIterator[wire.User]:
    call = Call(
        name="contact.user.find_by_department",
        method="GET",
        path=f"{_CONTACT}/users/find_by_department",
        query={**_IDS, "department_id": where, "page_size": _PAGE},
    )
    async for item in client.items(call):
        yield read(wire.User, item, call.name)


async def _users(client: FeishuClient, ids: tuple[str, ...]) -> AsyncIterator[wire.User]:
    for some in _by_fifty(ids):
        call = Call(
            name="contact.user.batch",
            method="GET",
            path=f"{_CONTACT}/users/batch",
            query={**_IDS, "user_ids": some},
        )
        async for item in client.items(call):
            yield read(wire.User, item, call.name)


def _person(user: wire.User, where: str) -> SeenPerson:
    """Without the scope for ``department_ids`` a person belongs where we met them."""
    ids = user.department_ids if user.department_ids is not None else ((where,) if where else ())
    return SeenPerson(
        account=account(user.open_id),
        name=user.name,
        departments=tuple(department(one) for one in dict.fromkeys(ids)),
        is_active=_is_active(user.status),
    )


def _is_active(status: wire.Status | None) -> bool:
    """Without the scope for ``status`` everybody counts as active; who never logged in cannot be reached."""
    if status is None:
        return True
    return status.is_activated is not False and not (
        status.is_frozen or status.is_resigned or status.is_exited
    )


def _merged(before: SeenPerson | None, now: SeenPerson) -> SeenPerson:
    if before is None:
        return now
    both: dict[DepartmentId, None] = dict.fromkeys((*before.departments, *now.departments))
    return SeenPerson(account=now.account, name=now.name, departments=tuple(both), is_active=now.is_active)


def _by_fifty(ids: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [ids[start : start + 50] for start in range(0, len(ids), 50)]
