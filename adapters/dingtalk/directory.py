"""The company's directory (通讯录) as our range lets us see it: walked department by department.

No call returns everybody; contact calls are free of the month's quota. Heads (主管) are named by the department,
else by a member who leads it. D/common-errors, D/query-department-details0-v2 (read 2026-11)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from adapters.dingtalk import codec, codes, limits, sending, wire
from adapters.errors import Forbidden, NotFound, Undecodable
from adapters.port import SeenDepartment, SeenDirectory, SeenPerson
from policies.model import Account, Department, Platform

ROOT = "1"
"""The company itself. D/user-management-acquires-the-list-departments (read 2026-11)"""

AT_ONCE = 4
LONGEST_WALK = 100_000
"""Departments, or pages of one: more is a loop and no company."""

Read = Callable[[sending.Request], Awaitable[Mapping[str, Any]]]

_Payload = TypeVar("_Payload", bound=wire.WirePayload)


async def walk(read: Read) -> SeenDirectory:
    """All departments and people within the app's 通讯录权限范围."""
    departments: dict[str, wire.DepartmentDetail] = {}
    people: dict[str, wire.User] = {}
    layer = await _roots(read)
    while layer:
        seen = await _gather(_department, read, layer)
        departments |= {detail.id: detail for detail, _ in seen}
        people |= {user.id: user for _, users in seen for user in users}
        below = await _gather(_children, read, layer)
        layer = sorted({number for children in below for number in children} - departments.keys())
        if len(departments) > LONGEST_WALK:
            raise Undecodable("the departments do not end", call=limits.DEPARTMENTS.name)
    return SeenDirectory(
        platform=Platform.DINGTALK,
        departments=tuple(_seen_department(detail, departments, people) for detail in departments.values()),
        people=tuple(_seen_person(user) for user in people.values()),
        is_whole=ROOT in departments,
    )


async def person(read: Read, account: Account) -> SeenPerson | None:
    """One person now; ``None``: gone, out of range, or somebody without a staff id."""
    if codec.is_opaque(account):
        return None
    try:
        answer = await _ask(read, wire.UserAnswer, limits.PERSON, {"userid": account.id})
    except NotFound:
        return None
    except Forbidden as error:
        if error.code in codes.CONTACT_RANGE:
            return None
        raise
    return _seen_person(answer.result)


async def scopes(read: Read) -> wire.ScopesAnswer:
    """Which departments and people the app may see."""
    body = await read(sending.Request(api=limits.SCOPES))
    return sending.read_answer(wire.ScopesAnswer, body, limits.SCOPES)


async def _roots(read: Read) -> list[str]:
    """The company, or where our range begins."""
    try:
        await _ask(read, wire.DepartmentAnswer, limits.DEPARTMENT, {"dept_id": _number(ROOT)})
    except Forbidden as error:
        if error.code not in codes.CONTACT_RANGE:
            raise
        return [str(number) for number in (await scopes(read)).scopes.get("authed_dept") or ()]
    return [ROOT]


async def _department(read: Read, number: str) -> tuple[wire.DepartmentDetail, list[wire.User]]:
    answer = await _ask(read, wire.DepartmentAnswer, limits.DEPARTMENT, {"dept_id": _number(number)})
    users: list[wire.User] = []
    cursor = 0
    for _ in range(LONGEST_WALK):
        body = {"dept_id": _number(number), "cursor": cursor, "size": limits.PEOPLE_PAGE}
        page = (await _ask(read, wire.UsersAnswer, limits.PEOPLE, body)).result
        users += page.users
        if not page.has_more or not page.next_cursor.isdigit() or int(page.next_cursor) <= cursor:
            return answer.result, users
        cursor = int(page.next_cursor)
    raise Undecodable("the people of a department do not end", call=limits.PEOPLE.name)


async def _children(read: Read, number: str) -> list[str]:
    answer = await _ask(read, wire.SubDepartments, limits.DEPARTMENTS, {"dept_id": _number(number)})
    return [department.id for department in answer.result]


async def _ask(read: Read, model: type[_Payload], api: limits.Api, body: Mapping[str, Any]) -> _Payload:
    return sending.read_answer(model, await read(sending.Request(api=api, body=body)), api)


def _number(department: str) -> int | str:
    """The platform wants a number where it gave one."""
    return int(department) if department.isdecimal() else department


_Answer = TypeVar("_Answer")


async def _gather(
    ask: Callable[[Read, str], Awaitable[_Answer]], read: Read, numbers: Iterable[str]
) -> list[_Answer]:
    """A few at once; the first failure is raised as it is, and stops the others."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: str) -> _Answer:
        async with room:
            return await ask(read, number)

    tasks = [asyncio.create_task(one(number)) for number in numbers]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _seen_department(
    detail: wire.DepartmentDetail,
    departments: Mapping[str, wire.DepartmentDetail],
    people: Mapping[str, wire.User],
) -> SeenDepartment:
    led_by = (
        user.id
        for user in people.values()
        if any(lead.leader and lead.department_id == detail.id for lead in user.leads)
    )
    head = next((user_id for user_id in detail.managers if user_id), None) or next(led_by, None)
    return SeenDepartment(
        department=Department(
            id=codec.department_id(detail.id),
            platform=Platform.DINGTALK,
            name=detail.name,
            parent=codec.department_id(detail.parent_id) if detail.parent_id in departments else None,
            path=_path(detail, departments),
        ),
        head=codec.account(head) if head else None,
    )


def _path(detail: wire.DepartmentDetail, departments: Mapping[str, wire.DepartmentDetail]) -> tuple[str, ...]:
    """Names from the top, itself last."""
    names = [detail.name]
    passed = {detail.id}
    while (above := departments.get(detail.parent_id)) is not None and above.id not in passed:
        passed.add(above.id)
        names.append(above.name)
        detail = above
    return tuple(reversed(names))


def _seen_person(user: wire.User) -> SeenPerson:
    return SeenPerson(
        account=codec.account(user.id),
        name=user.name,
        departments=tuple(map(codec.department_id, user.department_ids)),
        is_active=user.active,
        leads=frozenset(codec.department_id(lead.department_id) for lead in user.leads if lead.leader),
    )
