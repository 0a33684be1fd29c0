"""[workspace]: groups that Yizhan keeps (工作区), one for each department and project named here."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bot.config.sections import NonEmpty, Section
from bot.config.values import OfficeRef, WhoRef, break_rule, reject

EVERY = "*"
"""As a department's name: every department that has no table of its own."""

FOLDER_LEVELS = ("部门", "项目", "日期")
_PLACES = re.compile(r"\{([^{}]*)\}")
_NOT_IN_FOLDERS = re.compile(r'[\t*"<>|\\]|\.$')
"""DingTalk takes none of these in a folder's name (D/add-folder, read 2026-11)."""


def _title(written: str) -> str:
    """``{name}``, ``{parent}``, ``{path}``."""
    known = set(_PLACES.findall(written)) <= {"name", "parent", "path"}
    if written.strip() and known and not set("{}") & set(_PLACES.sub("", written)):
        return written
    return reject("group-name", '"{name}"', '"{parent}-{name}"')


def _folders(written: str) -> str:
    levels = [level.strip() for level in written.split("/")]
    if not written or all(level and not _NOT_IN_FOLDERS.search(level) for level in levels):
        return written
    return reject("folders", '"部门/项目/日期"', '"部门/日期"', '""')


def narrowed(written: str) -> tuple[str, str]:
    """``feishu``, ``研发部`` of ``feishu:研发部``; ``""``: on every platform."""
    head, colon, rest = written.replace("：", ":").partition(":")
    is_narrow = bool(colon) and head.strip() in ("feishu", "dingtalk")
    return (head.strip(), rest.strip()) if is_narrow else ("", written)


GroupName = Annotated[str, AfterValidator(_title)]
FolderLevels = Annotated[str, AfterValidator(_folders)]
Speakers = Literal["", "everyone", "admins"]


class ExistingGroups(Section):
    """Ids of groups that are there already and may be used, one per platform; ``""``: none."""

    feishu: str = ""
    dingtalk: str = ""

    def __bool__(self) -> bool:
        return bool(self.feishu or self.dingtalk)


class DepartmentGroup(Section):
    """[[workspace.department]] Without ``admins`` the department's head administers it.

    ``speak = ""``, ``at_all = ""``: as the group has it.
    """

    name: NonEmpty
    group_name: GroupName = "{name}"
    with_below: bool = True
    admins: tuple[OfficeRef, ...] = ()
    members: tuple[WhoRef, ...] = ()
    speak: Speakers = ""
    at_all: Speakers = ""
    folders: FolderLevels = ""
    skip: tuple[NonEmpty, ...] = ()
    groups: ExistingGroups = ExistingGroups()

    @model_validator(mode="after")
    def _every_department_is_not_one(self) -> Self:
        if self.name == EVERY and self.groups:
            break_rule("every-department", "groups")
        if self.name == EVERY and not set(_PLACES.findall(self.group_name)) & {"name", "path"}:
            break_rule("every-department-name", "group_name")
        if self.name != EVERY and self.skip:
            break_rule("skip-of-one", "skip")
        return self

    @property
    def serves(self) -> str:
        """The department's name, without the platform in front."""
        return narrowed(self.name)[1]

    @property
    def only_on(self) -> str:
        """``feishu`` of ``feishu:研发部``, ``""``: on both."""
        return narrowed(self.name)[0]


class ProjectGroup(Section):
    """[[workspace.project]] On every platform where one of its ``admins`` has an account, or on ``platforms`` only."""

    name: NonEmpty
    group_name: GroupName = "{name}"
    department: str = ""
    platforms: tuple[Literal["feishu", "dingtalk"], ...] = ()
    admins: Annotated[tuple[OfficeRef, ...], Field(min_length=1)]
    members: Annotated[tuple[WhoRef, ...], Field(min_length=1)]
    speak: Speakers = ""
    at_all: Speakers = ""
    folders: FolderLevels = ""
    groups: ExistingGroups = ExistingGroups()


class Workspace(Section):
    """[workspace] ``adopt = "ask"``: a group made by hand is kept only after its owner said yes."""

    company_group: str = ""
    company_admins: tuple[OfficeRef, ...] = ()
    company_groups: ExistingGroups = ExistingGroups()
    adopt: Literal["ask", "never"] = "ask"
    feishu_owner: Literal["bot", "admin"] = "bot"
    others: Literal["remove", "keep"] = "remove"
    folder_dates: Literal["day", "month", "quarter", "year"] = "month"
    small_changes: Literal["ask", "apply"] = "ask"
    department: tuple[DepartmentGroup, ...] = ()
    project: tuple[ProjectGroup, ...] = ()

    @model_validator(mode="after")
    def _names_are_told_apart(self) -> Self:
        names: set[str] = set()
        departments = [
            (f"department.{place}.name", group.name) for place, group in enumerate(self.department)
        ]
        projects = [(f"project.{place}.name", group.name) for place, group in enumerate(self.project)]
        for key, name in departments + projects:
            if name in names:
                break_rule("group-twice", key, name=name)
            names.add(name)
        return self
