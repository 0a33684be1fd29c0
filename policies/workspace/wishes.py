"""愿望 (wishes): the workspace as the configuration writes it, before the directory is asked who that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from policies.model import Account, Department, DepartmentId, Person, Platform
from policies.workspace.model import AtAll, Generation, GroupKind, Speak

EVERY = "*"
"""As the name of a department wish: every department that has none of its own."""


class Directory(Protocol):
    """通讯录: what is asked of it here; ``bot.store.mirror.Directory`` is one."""

    @property
    def seen_at(self) -> Mapping[Platform, datetime]: ...
    def everyone(self) -> tuple[Person, ...]: ...
    def by_account(self, account: Account) -> Person | None: ...
    def named(self, name: str) -> tuple[Person, ...]: ...
    def departments(self) -> tuple[Department, ...]: ...
    def department(self, id: DepartmentId) -> Department | None: ...  # noqa: A002
    def departments_named(self, name: str, platform: Platform | None = None) -> tuple[Department, ...]: ...
    def above(self, id: DepartmentId) -> tuple[DepartmentId, ...]: ...  # noqa: A002
    def head_of(self, id: DepartmentId) -> Person | None: ...  # noqa: A002
    def people_in(self, departments: Iterable[DepartmentId]) -> tuple[Person, ...]: ...


class WhoKind(StrEnum):
    NAME = "name"
    ACCOUNT = "account"
    HEAD = "head"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Whom a line means: ``name`` is a person's, a department's, or an account's id; ``written`` as in the file."""

    kind: WhoKind
    written: str
    name: str = ""
    platform: Platform | None = None


class FolderPart(StrEnum):
    """A level of a folder pattern that is filled in; every other level stands for itself."""

    DEPARTMENT = "department"
    PROJECT = "project"
    DATE = "date"


class Period(StrEnum):
    """How often the date of a folder rolls over."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    def label(self, today: date) -> str:
        """``2026-09-08``, ``2026-09``, ``2026-Q3``, ``2026``: sorts by age."""
        match self:
            case Period.DAY:
                return today.isoformat()
            case Period.MONTH:
                return f"{today:%Y-%m}"
            case Period.QUARTER:
                return f"{today:%Y}-Q{(today.month + 2) // 3}"
            case Period.YEAR:
                return f"{today:%Y}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupWish:
    """One table of the file.

    Attributes:
        at: its key, ``workspace.department[1]``.
        name: of the department (``A/B`` where the name alone is not enough) or project; ``EVERY``; ``""``: the company.
        platforms: where; for a project, of those where one of its admins has an account.
        title: what the group is called: ``{name}``, ``{parent}``, ``{path}`` are filled in.
        admins: empty: the department's head.
        with_below: members of the departments below belong to it too.
        department: of a project, for its folders.
        skip: with ``EVERY``, names of departments that get no group.
    """

    kind: GroupKind
    at: str
    name: str = ""
    platforms: tuple[Platform, ...] = ()
    title: str = "{name}"
    admins: tuple[Who, ...] = ()
    members: tuple[Who, ...] = ()
    with_below: bool = True
    speak: Speak | None = None
    at_all: AtAll | None = None
    folders: tuple[FolderPart | str, ...] = ()
    department: str = ""
    skip: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """[workspace] as a value.

    Attributes:
        platforms: those that are configured.
        company_admins: who stands in where nobody else administers a group of ``EVERY``.
        person_owns: platforms on which a person owns the groups (always DingTalk), elsewhere our bot.
        keeps_others: people added to a group by hand stay.
    """

    platforms: tuple[Platform, ...]
    groups: tuple[GroupWish, ...] = ()
    company_admins: tuple[Who, ...] = ()
    generations: Mapping[Platform, Generation] = field(default_factory=dict)
    person_owns: frozenset[Platform] = frozenset({Platform.DINGTALK})
    keeps_others: bool = False
    period: Period = Period.MONTH

    def generation(self, platform: Platform) -> Generation:
        default = Generation.FEISHU if platform is Platform.FEISHU else Generation.ORDINARY
        return self.generations.get(platform, default)
