"""The company as we last saw it (通讯录镜像): one frozen value with indexes, built once, asked often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from adapters.port import SeenDepartment, SeenPerson
from policies.model import Account, Department, DepartmentId, Person, PersonId, Platform


@dataclass(frozen=True, kw_only=True)
class Directory:
    """People and departments of every platform, with linked accounts as one person.

    Attributes:
        seen_at: when each platform's directory was last walked to its end.
    """

    people: tuple[Person, ...] = ()
    all_departments: tuple[Department, ...] = ()
    seen_at: Mapping[Platform, datetime] = field(default_factory=dict)
    _index: _Index = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", _Index(self.people, self.all_departments))

    # ── People ────────────────────────────────────────────────────────────────────────────────────

    def person(self, id: PersonId) -> Person | None:  # noqa: A002 - the glossary's word
        """By person id; the written form of a linked account finds its person too."""
        return self._index.people.get(id)

    def by_account(self, account: Account) -> Person | None:
        """Whose account it is, active or not."""
        return self._index.people.get(str(account))

    def everyone(self) -> tuple[Person, ...]:
        """All active people, in the order of their ids."""
        return self._index.active

    def people_in(self, departments: Iterable[DepartmentId]) -> tuple[Person, ...]:
        """Active people of these departments and of those below them, each once, in the order of their ids."""
        wanted: set[str] = set()
        for department in departments:
            for one in (department, *self.below(department)):
                wanted.update(self._index.members.get(one, ()))
        return tuple(self._index.people[id_] for id_ in sorted(wanted))

    def named(self, name: str) -> tuple[Person, ...]:
        """Active people of exactly this name."""
        return self._index.by_name.get(name, ())

    def find(self, written: str) -> Person | tuple[Person, ...]:
        """``feishu:ID``, ``dingtalk:ID`` or a name: the one person, else the candidates (none, or several)."""
        written = written.strip()
        person = self._index.people.get(written)
        if person is not None:
            return person
        named = self.named(written)
        return named[0] if len(named) == 1 else named

    # ── Departments ───────────────────────────────────────────────────────────────────────────────

    def department(self, id: DepartmentId) -> Department | None:  # noqa: A002
        return self._index.departments.get(id)

    def departments(self) -> tuple[Department, ...]:
        return self.all_departments

    def departments_named(self, name: str, platform: Platform | None = None) -> tuple[Department, ...]:
        """Departments of exactly this name on every platform, or on one."""
        found = self._index.departments_by_name.get(name, ())
        return tuple(one for one in found if platform is None or one.platform is platform)

    def below(self, id: DepartmentId) -> frozenset[DepartmentId]:  # noqa: A002
        """All departments under this one, itself not among them."""
        return self._index.below.get(id, frozenset())

    def above(self, id: DepartmentId) -> tuple[DepartmentId, ...]:  # noqa: A002
        """The departments over this one, the nearest first, itself not among them."""
        return self._index.above.get(id, ())

    def head_of(self, id: DepartmentId) -> Person | None:  # noqa: A002
        """主管: who heads it, if we see one."""
        department = self.department(id)
        return None if department is None or department.head is None else self.person(department.head)

    def heads_of(self, name: str, platform: Platform | None = None) -> tuple[Person, ...]:
        """Active heads of the departments of this name, each once."""
        heads = (self.head_of(one.id) for one in self.departments_named(name, platform))
        return tuple({head.id: head for head in heads if head is not None and head.is_active}.values())

    # ── Age ───────────────────────────────────────────────────────────────────────────────────────

    def age(self, now: datetime) -> timedelta | None:
        """How old the oldest platform's picture is; ``None`` before there is one."""
        return max((now - seen for seen in self.seen_at.values()), default=None)


def assemble(
    people: Iterable[SeenPerson],
    departments: Iterable[SeenDepartment],
    *,
    person_of: Mapping[str, str],
    seen_at: Mapping[Platform, datetime],
) -> Directory:
    """What platforms show of accounts, as people.

    Args:
        person_of: of accounts that belong to a person named by another one, both written.
    """
    grouped = defaultdict[str, list[SeenPerson]](list)
    for one in people:
        grouped[person_of.get(str(one.account), str(one.account))].append(one)
    return Directory(
        people=tuple(_person(PersonId(id_), accounts) for id_, accounts in grouped.items()),
        all_departments=tuple(
            replace(one.department, head=_named_by(one.head, person_of)) for one in departments
        ),
        seen_at=seen_at,
    )


def _named_by(account: Account | None, person_of: Mapping[str, str]) -> PersonId | None:
    return None if account is None else PersonId(person_of.get(str(account), str(account)))


def _person(id_: PersonId, accounts: list[SeenPerson]) -> Person:
    """The account that names the person comes first; accounts that are gone do not count while another lives."""
    living = [one for one in accounts if one.is_active] or accounts
    living.sort(key=lambda one: str(one.account) != id_)
    return Person(
        id=id_,
        name=living[0].name,
        accounts=tuple(one.account for one in living),
        departments=tuple(department for one in living for department in one.departments),
        is_active=living[0].is_active,
    )


class _Index:
    """What a ``Directory`` looks things up in."""

    def __init__(self, people: tuple[Person, ...], departments: tuple[Department, ...]) -> None:
        self.people: Mapping[str, Person] = _by_any_account(people)
        self.active = tuple(sorted((one for one in people if one.is_active), key=lambda one: one.id))
        self.by_name = _grouped((one.name, one) for one in self.active)
        self.departments = {one.id: one for one in departments}
        self.departments_by_name = _grouped((one.name, one) for one in departments)
        self.members = _grouped((id_, person.id) for person in self.active for id_ in person.departments)
        self.above = {one.id: _line_above(one, self.departments) for one in departments}
        self.below = {
            id_: frozenset(ids)
            for id_, ids in _grouped((up, one) for one, ups in self.above.items() for up in ups).items()
        }


def _by_any_account(people: Iterable[Person]) -> Mapping[str, Person]:
    found: dict[str, Person] = {}
    for person in people:
        found[person.id] = person
        found.update((str(account), person) for account in person.accounts)
    return MappingProxyType(found)


def _line_above(department: Department, by_id: Mapping[DepartmentId, Department]) -> tuple[DepartmentId, ...]:
    """Parents up to the top; a circle, which no platform should show, ends where it closes."""
    line: list[DepartmentId] = []
    parent = department.parent
    while parent is not None and parent in by_id and parent != department.id and parent not in line:
        line.append(parent)
        parent = by_id[parent].parent
    return tuple(line)


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, tuple[Any, ...]]:
    found: dict[Any, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}
