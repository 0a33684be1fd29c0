"""目标 (desired): wishes and the directory of today make the groups and folders that shall be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from policies.model import Account, Department, DepartmentId, Platform
from policies.workspace import rights
from policies.workspace.model import (
    Desired,
    DesiredFolder,
    DesiredGroup,
    Fault,
    GroupKind,
    department_key,
    key_of,
)
from policies.workspace.people import Finder
from policies.workspace.wishes import EVERY, Directory, FolderPart, GroupWish, WhoKind, Wishes

_ORDER = {kind: place for place, kind in enumerate(GroupKind)}


def desired(wishes: Wishes, directory: Directory, today: date) -> Desired:
    """Everything that is wished for, on every platform whose directory was ever walked.

    Args:
        today: local to the company; the date of folders rolls over by it.
    """
    walked = tuple(one for one in wishes.platforms if one in directory.seen_at)
    making = _Making(wishes, directory, walked)
    groups = making.groups()
    return Desired(
        groups=tuple(sorted((group for group, _ in groups), key=place)),
        folders=tuple(_folders(groups, wishes, today)),
        problems=tuple(making.finder.problems),
        unseen=tuple(one for one in wishes.platforms if one not in walked),
    )


def place(group: DesiredGroup) -> tuple[str, int, str, str]:
    """Where it stands among the others."""
    return group.platform, _ORDER[group.kind], group.name, group.key


class _Making:
    def __init__(self, wishes: Wishes, directory: Directory, walked: tuple[Platform, ...]) -> None:
        self._wishes = wishes
        self._directory = directory
        self._walked = walked
        self._direct: dict[DepartmentId, list[Account]] = {}
        self.finder = Finder(directory)
        for person in directory.everyone():
            for department in person.departments:
                account = person.account_on(Platform(department.partition(":")[0]))
                if account is not None:
                    self._direct.setdefault(department, []).append(account)

    def groups(self) -> list[tuple[DesiredGroup, GroupWish]]:
        made: list[tuple[DesiredGroup, GroupWish]] = []
        every = [wish for wish in self._wishes.groups if wish.name == EVERY]
        for wish in self._wishes.groups:
            if wish.name != EVERY:
                made += [(group, wish) for group in self._of(wish)]
        for wish in every:
            taken = {group.key for group, _ in made}
            made += [(group, wish) for group in self._every(wish) if group.key not in taken]
        self._names_are_told_apart(made)
        return made

    def _of(self, wish: GroupWish) -> Iterable[DesiredGroup]:
        where = [one for one in wish.platforms or self._walked if one in self._walked]
        match wish.kind:
            case GroupKind.COMPANY:
                return filter(None, (self._company(wish, one) for one in where))
            case GroupKind.PROJECT:
                return self._project(wish, where)
            case GroupKind.DEPARTMENT:
                return self._departments(wish, where)

    def _company(self, wish: GroupWish, platform: Platform) -> DesiredGroup | None:
        accounts = (person.account_on(platform) for person in self._directory.everyone())
        members = frozenset(one for one in accounts if one is not None)
        admins = self.finder.accounts(wish.admins, platform, _part(wish, "admins"))
        if members and not admins:
            written = "、".join(who.written for who in wish.admins)
            self.finder.fault(Fault.NO_ADMIN_THERE, _part(wish, "admins"), written, platform)
        return self._group(wish, platform, "", wish.title, admins, members) if members and admins else None

    def _project(self, wish: GroupWish, where: Iterable[Platform]) -> list[DesiredGroup]:
        made = []
        for platform in where:
            admins = self.finder.accounts(wish.admins, platform, _part(wish, "admins"))
            members = self.finder.accounts(wish.members, platform, _part(wish, "members"))
            if admins:
                group = self._group(
                    wish,
                    platform,
                    wish.name,
                    _title(wish.title, (wish.department, wish.name)),
                    admins,
                    frozenset(members),
                )
                made += [group] if group is not None else []
        if not made and not any(one.key.startswith(wish.at) for one in self.finder.problems):
            written = "、".join(who.written for who in wish.admins)
            self.finder.fault(Fault.NO_ADMIN_THERE, _part(wish, "admins"), written)
        return made

    def _departments(self, wish: GroupWish, where: list[Platform]) -> list[DesiredGroup]:
        made = []
        known = False
        for platform in where:
            found = self.finder.departments(wish.name, platform)
            known = known or bool(found)
            if len(found) > 1:
                paths = (("/".join(one.path[:-1]), "/".join(one.path[-2:])) for one in found)
                self.finder.fault(Fault.SAME_DEPARTMENTS, _part(wish, "name"), wish.name, platform, paths)
            elif found:
                group = self._department(wish, found[0], self._admins(wish, found[0]))
                made += [group] if group is not None else []
        if not known and len(where) == len(wish.platforms or self._wishes.platforms):
            narrowed = wish.platforms[0] if len(wish.platforms) == 1 else None
            self.finder.unknown_department(_part(wish, "name"), wish.name, wish.name, narrowed)
        return made

    def _admins(self, wish: GroupWish, department: Department) -> tuple[Account, ...]:
        """Those named, else the head; where nobody heads it just now, whoever is over it, shown in the plan."""
        platform, key = department.platform, _part(wish, "admins")
        before = len(self.finder.problems)
        named = self.finder.accounts(wish.admins, platform, key)
        if named or len(self.finder.problems) > before:
            return named
        if any(who.kind is not WhoKind.HEAD for who in wish.admins):
            written = "、".join(who.written for who in wish.admins)
            self.finder.fault(Fault.NO_ADMIN_THERE, key, written, platform)
            return ()
        found = self._nearest_head(department)
        if not found:
            self.finder.fault(Fault.NO_HEAD, key, department.name, platform)
        return found

    def _department(
        self, wish: GroupWish, department: Department, admins: tuple[Account, ...]
    ) -> DesiredGroup | None:
        platform = department.platform
        own = self._direct.get(department.id, ())
        members = (
            self._people_below(department)
            if wish.with_below
            else frozenset(one for one in own if one.platform is platform)
        )
        members |= frozenset(self.finder.accounts(wish.members, platform, _part(wish, "members")))
        if not admins:
            return None
        return self._group(
            wish,
            platform,
            department.name,
            _title(wish.title, department.path),
            admins,
            members,
            department.id,
        )

    def _people_below(self, department: Department) -> frozenset[Account]:
        people = self._directory.people_in((department.id,))
        accounts = (person.account_on(department.platform) for person in people)
        return frozenset(one for one in accounts if one is not None)

    def _every(self, wish: GroupWish) -> list[DesiredGroup]:
        made = []
        for department in self._directory.departments():
            where = wish.platforms or self._walked
            if department.parent is None or department.platform not in where or department.name in wish.skip:
                continue
            admins = self.finder.accounts(wish.admins, department.platform, _part(wish, "admins"))
            group = self._department(wish, department, admins or self._nearest_head(department))
            if group is not None and len(group.members) > 1:
                made.append(group)
        return _told_apart_by_parent(made, self._directory)

    def _nearest_head(self, department: Department) -> tuple[Account, ...]:
        """The head, else of the department above, else the company's admins."""
        for one in (department.id, *self._directory.above(department.id)):
            head = self.finder.head(one, department.platform)
            if head is not None:
                return (head,)
        return self.finder.accounts(self._wishes.company_admins, department.platform, "company.admins")

    def _group(
        self,
        wish: GroupWish,
        platform: Platform,
        serves: str,
        name: str,
        admins: tuple[Account, ...],
        members: frozenset[Account],
        department: DepartmentId | None = None,
    ) -> DesiredGroup | None:
        generation = self._wishes.generation(platform)
        limits = rights.LIMITS[generation]
        everyone = members | frozenset(admins)
        for fault, key, n, most in (
            (Fault.TOO_MANY, _part(wish, "members"), len(everyone), limits.members),
            (Fault.TOO_MANY, _part(wish, "admins"), len(admins), limits.admins),
            (Fault.NAME_TOO_LONG, _part(wish, "name"), len(name), limits.name),
        ):
            if n > most:
                self.finder.fault(fault, key, name, platform, figures=(n, most))
                return None
        key = key_of(platform, wish.kind, wish.name) if department is None else department_key(department)
        return DesiredGroup(
            key=key,
            kind=wish.kind,
            platform=platform,
            generation=generation,
            name=name,
            serves=serves,
            admins=admins,
            members=everyone,
            owner=admins[0] if platform in self._wishes.person_owns else None,
            speak=wish.speak,
            at_all=wish.at_all,
            keeps_others=self._wishes.keeps_others,
            wish=wish.at,
        )

    def _names_are_told_apart(self, made: list[tuple[DesiredGroup, GroupWish]]) -> None:
        """People could not tell two groups of one name apart, and we could not say which we mean."""
        counts = Counter((group.platform, group.name) for group, _ in made)
        for group, wish in made:
            if counts[group.platform, group.name] > 1:
                self.finder.fault(Fault.SAME_GROUP_NAME, _part(wish, "name"), group.name, group.platform)


def _part(wish: GroupWish, part: str) -> str:
    """The key to look at: the company's group is one line, every other a table."""
    if wish.kind is GroupKind.COMPANY:
        return f"{wish.at}_admins" if part == "admins" else f"{wish.at}_group"
    return f"{wish.at}.{part}"


def _title(template: str, path: tuple[str, ...]) -> str:
    """Unknown braces were refused with the file; ``parent`` of a top department is its own name."""
    known = [one for one in path if one]
    parent = known[-2] if len(known) > 1 else known[-1]
    return (
        template.replace("{name}", known[-1])
        .replace("{parent}", parent)
        .replace("{path}", "-".join(known[1:] or known))
    )


def _told_apart_by_parent(groups: list[DesiredGroup], directory: Directory) -> list[DesiredGroup]:
    """Departments of the same name under different ones, as every larger company has: with the upper name behind."""
    counts = Counter((group.platform, group.name) for group in groups)
    told = []
    for group in groups:
        if counts[group.platform, group.name] > 1:
            identity = DepartmentId(f"{group.platform}:{group.key.split(':', 2)[2]}")
            above = directory.above(identity)
            parent = directory.department(above[0]) if above else None
            if parent is not None:
                group = replace(group, name=f"{group.name}（{parent.name}）")
        told.append(group)
    return told


# ── Folders ───────────────────────────────────────────────────────────────────────────────────────


def _folders(
    groups: list[tuple[DesiredGroup, GroupWish]], wishes: Wishes, today: date
) -> Iterable[DesiredFolder]:
    """The deepest folder of every pattern."""
    projects = [wish for wish in wishes.groups if wish.kind is GroupKind.PROJECT]
    period = wishes.period.label(today)
    found = {
        DesiredFolder(group=group.key, path=path)
        for group, wish in groups
        for path in _paths(wish, group, projects, period)
    }
    return sorted(found, key=lambda one: (one.group, one.path))


def _paths(
    wish: GroupWish, group: DesiredGroup, projects: list[GroupWish], period: str
) -> list[tuple[str, ...]]:
    """One path, or one for each project of a department whose pattern has a level for projects.

    A level that means nothing here is left out: a department without projects, a project without a department.
    """
    if not wish.folders:
        return []
    if wish.kind is GroupKind.PROJECT:
        named = [wish.name]
    else:
        named = [one.name for one in projects if one.department == group.serves] or [""]
    department = wish.department if wish.kind is GroupKind.PROJECT else group.serves
    paths = []
    for project in named:
        filled = {
            FolderPart.DEPARTMENT: department,
            FolderPart.PROJECT: project,
            FolderPart.DATE: period,
        }
        levels = (filled[part] if isinstance(part, FolderPart) else part for part in wish.folders)
        paths.append(tuple(level for level in levels if level))
    return list(dict.fromkeys(paths))
