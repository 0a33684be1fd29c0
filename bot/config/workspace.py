"""[workspace]: groups that Yizhan keeps (工作区), one for each department and project named here."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bot.config.sections import NonEmpty, Section
from bot.config.values import OfficeRef, WhoRef, break_rule


class ExistingGroups(Section):
    """Ids of groups that are there already and may be used, one per platform; ``""``: none."""

    feishu: str = ""
    dingtalk: str = ""


class DepartmentGroup(Section):
    """[[workspace.department]] Without ``admins`` the department's head administers it."""

    name: NonEmpty
    admins: tuple[OfficeRef, ...] = ()
    members: tuple[WhoRef, ...] = ()
    folders: str = ""
    groups: ExistingGroups = ExistingGroups()


class ProjectGroup(Section):
    """[[workspace.project]]"""

    name: NonEmpty
    admins: Annotated[tuple[OfficeRef, ...], Field(min_length=1)]
    members: Annotated[tuple[WhoRef, ...], Field(min_length=1)]
    folders: str = ""
    groups: ExistingGroups = ExistingGroups()


class Workspace(Section):
    """[workspace] ``adopt = "ask"``: a group made by hand is kept only after its owner said yes."""

    company_group: str = ""
    company_groups: ExistingGroups = ExistingGroups()
    adopt: Literal["ask", "never"] = "ask"
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
