"""找人 (people of a wish): from what is written to accounts on one platform; several of a name are never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz import process

from policies.model import Account, Department, DepartmentId, Person, Platform
from policies.workspace.model import Fault, Problem
from policies.workspace.wishes import Directory, Who, WhoKind

NEAR_ENOUGH = 60.0
"""How alike (of 100) a name must be to be offered for one that nobody has."""
MOST_NEAR = 3

_QUALIFIED = re.compile(r"^(?P<name>.+?)\s*[（(](?P<where>[^）)]+)[）)]$")


class Finder:
    """Looks names up in one directory and collects what is wrong with them."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.problems: list[Problem] = []

    def fault(
        self,
        fault: Fault,
        key: str,
        written: str,
        platform: Platform | None = None,
        candidates: Iterable[tuple[str, str]] = (),
        figures: tuple[int, ...] = (),
    ) -> None:
        problem = Problem(
            fault=fault,
            key=key,
            written=written,
            platform=platform,
            candidates=tuple(candidates),
            figures=figures,
        )
        if problem not in self.problems:
            self.problems.append(problem)

    def accounts(self, whos: Iterable[Who], platform: Platform, key: str) -> tuple[Account, ...]:
        """Those of them who have an account there, each once, in the order written."""
        found: dict[Account, None] = {}
        for who in whos:
            for person in self._people(who, platform, key):
                account = person.account_on(platform)
                if account is not None:
                    found[account] = None
        return tuple(found)

    def _people(self, who: Who, platform: Platform, key: str) -> tuple[Person, ...]:
        match who.kind:
            case WhoKind.ACCOUNT:
                person = self._directory.by_account(Account(who.platform or platform, who.name))
                if person is None or not person.is_active:
                    self.fault(Fault.UNKNOWN_PERSON, key, who.written)
                    return ()
                return (person,)
            case WhoKind.NAME:
                return self._named(who, platform, key)
            case WhoKind.HEAD:
                heads = [self._directory.head_of(one.id) for one in self._departments(who, key)]
                return tuple(head for head in heads if head is not None and head.is_active)
            case WhoKind.DEPARTMENT:
                return self._directory.people_in(one.id for one in self._departments(who, key))

    def _named(self, who: Who, platform: Platform, key: str) -> tuple[Person, ...]:
        everywhere = self._of_that_name(who.name)
        if not everywhere:
            near = process.extract(
                who.name,
                sorted({one.name for one in self._directory.everyone()}),
                score_cutoff=NEAR_ENOUGH,
                limit=MOST_NEAR,
            )
            self.fault(
                Fault.UNKNOWN_PERSON, key, who.written, candidates=(("", str(one)) for one, *_ in near)
            )
            return ()
        here = [one for one in everywhere if one.account_on(platform) is not None]
        if len(here) > 1:
            self.fault(
                Fault.NAMESAKES,
                key,
                who.written,
                candidates=((self._where(one), str(one.account_on(platform))) for one in here),
            )
            return ()
        return tuple(here)

    def _of_that_name(self, name: str) -> tuple[Person, ...]:
        named = self._directory.named(name)
        qualified = _QUALIFIED.match(name)
        if named or qualified is None:
            return named
        return tuple(
            one
            for one in self._directory.named(qualified["name"])
            if qualified["where"] in self._department_names(one)
        )

    def _where(self, person: Person) -> str:
        return "、".join(self._department_names(person))

    def _department_names(self, person: Person) -> tuple[str, ...]:
        found = (self._directory.department(one) for one in person.departments)
        return tuple(dict.fromkeys(one.name for one in found if one is not None and one.parent is not None))

    def _departments(self, who: Who, key: str) -> tuple[Department, ...]:
        found = self.departments(who.name, who.platform)
        if not found:
            self.unknown_department(key, who.written, who.name, who.platform)
        return found

    def departments(self, name: str, platform: Platform | None = None) -> tuple[Department, ...]:
        """By name, or by the end of their path: ``A/B`` is every B below an A."""
        *above, last = (part.strip() for part in name.split("/"))
        exact = self._directory.departments_named(name, platform)
        if exact or not above:
            return exact
        return tuple(
            one
            for one in self._directory.departments_named(last, platform)
            if tuple(above) == tuple(one.path[:-1][-len(above) :])
        )

    def unknown_department(self, key: str, written: str, name: str, platform: Platform | None) -> None:
        names = {
            one.name for one in self._directory.departments() if platform is None or one.platform is platform
        }
        near = process.extract(name, sorted(names), score_cutoff=NEAR_ENOUGH, limit=MOST_NEAR)
        self.fault(
            Fault.UNKNOWN_DEPARTMENT, key, written, platform, candidates=(("", str(one)) for one, *_ in near)
        )

    def head(self, department: DepartmentId, platform: Platform) -> Account | None:
        """Who heads it, if that person is active and on the platform."""
        head = self._directory.head_of(department)
        return head.account_on(platform) if head is not None and head.is_active else None
