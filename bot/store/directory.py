"""通讯录 (directory): the mirror of people and departments, replaced by a walk, mended by events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from adapters.port import SeenDepartment, SeenDirectory, SeenPerson
from bot.store import marks
from bot.store.dialect import insert_into, slices
from bot.store.mirror import Directory, assemble
from bot.store.tables import accounts, departments, links, memberships
from bot.store.types import written
from policies.model import Account, Department, DepartmentId, Platform

__all__ = [
    "Account", "Directory", "Shrink", "compare", "count", "led_by", "link", "load", "mark_left", "replace", "set_links",
    "touch", "upsert_person", "version",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrink:
    """How many active people and departments there were, and are now; whether that can be true says the caller."""

    people_before: int
    people_after: int
    departments_before: int
    departments_after: int


def count(conn: Connection, platform: Platform) -> int:
    """How many active people the mirror has of a platform."""
    statement = select(func.count()).select_from(accounts)
    where = (accounts.c.platform == platform.value, accounts.c.is_active.is_(True))
    return int(conn.execute(statement.where(*where)).scalar_one())


def version(conn: Connection) -> int:
    """Grows with everything written to the mirror: an instance sees by it that another one has written."""
    return int(marks.get(conn, _VERSION) or 0)


def touch(conn: Connection) -> None:
    """The mirror is not what it was."""
    marks.put(conn, _VERSION, version(conn) + 1)


_VERSION = "mirror"


def compare(conn: Connection, seen: SeenDirectory) -> Shrink:
    """What ``replace`` would change, without changing it."""
    statement = select(func.count()).select_from(departments)
    before = conn.execute(statement.where(departments.c.platform == seen.platform.value)).scalar_one()
    return Shrink(
        people_before=count(conn, seen.platform),
        people_after=sum(person.is_active for person in seen.people),
        departments_before=int(before),
        departments_after=len(seen.departments),
    )


def replace(
    conn: Connection, seen: SeenDirectory, config_links: Sequence[tuple[str, str]], now: datetime
) -> Shrink:
    """Make the mirror of this platform what was seen; who is no longer seen has left.

    Args:
        config_links: ``[[person]]`` lines, as for ``set_links``.
    """
    figures = compare(conn, seen)
    platform = seen.platform.value
    set_links(conn, config_links)
    _write_people(conn, seen.people, now)
    conn.execute(
        update(accounts)
        .where(accounts.c.platform == platform, accounts.c.seen_at < now, accounts.c.left_at.is_(None))
        .values(is_active=False, left_at=now)
    )
    conn.execute(delete(memberships).where(memberships.c.platform == platform))
    _insert_memberships(conn, seen.people)
    conn.execute(delete(departments).where(departments.c.platform == platform))
    rows = [_department_values(one.department, one.head) for one in seen.departments]
    for part in slices(rows):
        conn.execute(insert(departments), list(part))
    marks.put(conn, _walked(seen.platform), written(now))
    touch(conn)
    return figures


def upsert_person(
    conn: Connection, seen: SeenPerson, config_links: Sequence[tuple[str, str]], now: datetime
) -> None:
    """One person as they are shown now."""
    set_links(conn, config_links)
    _write_people(conn, (seen,), now)
    _forget_memberships(conn, seen.account)
    _insert_memberships(conn, (seen,))
    touch(conn)


def led_by(conn: Connection, account: Account) -> frozenset[DepartmentId]:
    """Departments whose head this account is, as the last walk showed them."""
    found = conn.execute(select(departments.c.id).where(departments.c.head == str(account)))
    return frozenset(DepartmentId(id_) for (id_,) in found)


def mark_left(conn: Connection, account: Account, now: datetime) -> bool:
    """The account is gone; its name stays for what was said before. ``False``: unknown, or gone before."""
    found = conn.execute(
        update(accounts)
        .where(accounts.c.platform == account.platform.value, accounts.c.id == account.id)
        .where(accounts.c.left_at.is_(None))
        .values(is_active=False, left_at=now)
    )
    _forget_memberships(conn, account)
    touch(conn)
    return found.rowcount == 1


def set_links(conn: Connection, config_links: Sequence[tuple[str, str]]) -> None:
    """The configuration's ``[[person]]`` lines: two written accounts of one person, the first names the person.

    They replace the configuration's earlier ones; a person's own confirmation stays, unless it says otherwise.
    """
    conn.execute(delete(links).where(links.c.source == "config"))
    for first, second in config_links:
        _link(conn, Account.parse(first), Account.parse(second), "config")


def link(conn: Connection, first: Account, second: Account) -> None:
    """The person has confirmed on both platforms that both accounts are theirs; the first names the person."""
    _link(conn, first, second, "confirmed")


def load(conn: Connection) -> Directory:
    """The whole mirror as a value."""
    person_of: dict[str, str] = {row.account: row.person for row in conn.execute(_LINKS)}
    membership = defaultdict[str, list[DepartmentId]](list)
    for platform, account, department in conn.execute(_MEMBERSHIPS):
        membership[f"{platform}:{account}"].append(DepartmentId(department))
    people = (
        SeenPerson(
            account=Account(Platform(row.platform), row.id),
            name=row.name,
            departments=tuple(membership.get(f"{row.platform}:{row.id}", ())),
            is_active=row.is_active,
        )
        for row in conn.execute(_ACCOUNTS)
    )
    return assemble(
        people,
        (_department(row) for row in conn.execute(_DEPARTMENTS)),
        person_of=person_of,
        seen_at={
            platform: datetime.fromisoformat(walked)
            for platform in Platform
            if (walked := marks.get(conn, _walked(platform))) is not None
        },
    )


_LINKS = select(links)
_MEMBERSHIPS = select(memberships.c.platform, memberships.c.account, memberships.c.department).order_by(
    memberships.c.department
)
_ACCOUNTS = select(accounts).order_by(accounts.c.platform, accounts.c.id)
_DEPARTMENTS = select(departments).order_by(departments.c.id)


def _walked(platform: Platform) -> str:
    return f"directory.{platform.value}"


def _write_people(conn: Connection, people: Iterable[SeenPerson], now: datetime) -> None:
    rows = [
        {
            "platform": person.account.platform.value,
            "id": person.account.id,
            "name": person.name,
            "is_active": person.is_active,
            "seen_at": now,
            "left_at": None,
        }
        for person in people
    ]
    statement = insert_into(conn, accounts)
    statement = statement.on_conflict_do_update(
        index_elements=["platform", "id"],
        set_={name: statement.excluded[name] for name in ("name", "is_active", "seen_at", "left_at")},
    )
    for part in slices(rows):
        conn.execute(statement, list(part))


def _insert_memberships(conn: Connection, people: Iterable[SeenPerson]) -> None:
    rows = [
        {"platform": person.account.platform.value, "account": person.account.id, "department": department}
        for person in people
        for department in person.departments
    ]
    for part in slices(rows):
        conn.execute(insert_into(conn, memberships).on_conflict_do_nothing(), list(part))


def _forget_memberships(conn: Connection, account: Account) -> None:
    conn.execute(
        delete(memberships).where(
            memberships.c.platform == account.platform.value, memberships.c.account == account.id
        )
    )


def _link(conn: Connection, first: Account, second: Account, source: str) -> None:
    for account in (first, second):
        statement = insert_into(conn, links).values(account=str(account), person=str(first), source=source)
        conn.execute(
            statement.on_conflict_do_update(
                index_elements=["account"], set_={"person": str(first), "source": source}
            )
        )


def _department_values(department: Department, head: Account | None) -> dict[str, Any]:
    return {
        "id": department.id,
        "platform": department.platform.value,
        "name": department.name,
        "parent": department.parent,
        "head": None if head is None else str(head),
        "path": list(department.path),
    }


def _department(row: Row[Any]) -> SeenDepartment:
    return SeenDepartment(
        department=Department(
            id=DepartmentId(row.id),
            platform=Platform(row.platform),
            name=row.name,
            parent=None if row.parent is None else DepartmentId(row.parent),
            path=tuple(row.path),
        ),
        head=None if row.head is None else Account.parse(row.head),
    )
