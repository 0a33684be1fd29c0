"""From [workspace] to the wishes that a plan is made from (愿望): the same value, in the policies' words."""

from __future__ import annotations

from collections.abc import Iterable

from bot.config.model import Config
from bot.config.values import Ref
from bot.config.workspace import FOLDER_LEVELS, DepartmentGroup, ProjectGroup, Speakers, narrowed
from policies.model import Platform
from policies.workspace.model import AtAll, Generation, GroupKind, Speak
from policies.workspace.wishes import FolderPart, GroupWish, Period, Who, WhoKind, Wishes

_LEVELS = dict(zip(FOLDER_LEVELS, FolderPart, strict=True))


def wishes(config: Config) -> Wishes:
    """What the file wants to be there."""
    workspace = config.workspace
    company_admins = _whos(workspace.company_admins or config.company.admins)
    groups: list[GroupWish] = []
    only_on, title = narrowed(workspace.company_group)
    if title:
        groups.append(
            GroupWish(
                kind=GroupKind.COMPANY,
                at="workspace.company",
                platforms=(Platform(only_on),) if only_on else (),
                title=title,
                admins=company_admins,
                speak=Speak.ADMINS,
                at_all=AtAll.ADMINS,
            )
        )
    groups += [_department(one, place) for place, one in enumerate(workspace.department, start=1)]
    groups += [_project(one, place) for place, one in enumerate(workspace.project, start=1)]
    is_scene = config.dingtalk is not None and bool(config.dingtalk.group_template)
    bot_owns = workspace.feishu_owner == "bot"
    return Wishes(
        platforms=config.platforms,
        groups=tuple(groups),
        company_admins=_whos(config.company.admins),
        generations={
            Platform.FEISHU: Generation.FEISHU,
            Platform.DINGTALK: Generation.SCENE if is_scene else Generation.ORDINARY,
        },
        person_owns=frozenset({Platform.DINGTALK} if bot_owns else Platform),
        keeps_others=workspace.others == "keep",
        period=Period(workspace.folder_dates),
    )


def _department(one: DepartmentGroup, place: int) -> GroupWish:
    return GroupWish(
        kind=GroupKind.DEPARTMENT,
        at=f"workspace.department[{place}]",
        name=one.serves,
        platforms=(Platform(one.only_on),) if one.only_on else (),
        title=one.group_name,
        admins=_whos(one.admins),
        members=_whos(one.members),
        with_below=one.with_below,
        speak=_speak(one.speak),
        at_all=_at_all(one.at_all),
        folders=_folders(one.folders),
        skip=frozenset(one.skip),
    )


def _project(one: ProjectGroup, place: int) -> GroupWish:
    return GroupWish(
        kind=GroupKind.PROJECT,
        at=f"workspace.project[{place}]",
        name=one.name,
        platforms=tuple(Platform(each) for each in one.platforms),
        title=one.group_name,
        admins=_whos(one.admins),
        members=_whos(one.members),
        speak=_speak(one.speak),
        at_all=_at_all(one.at_all),
        folders=_folders(one.folders),
        department=one.department,
    )


def _whos(refs: Iterable[Ref]) -> tuple[Who, ...]:
    return tuple(
        Who(kind=WhoKind(ref.kind.value), written=ref.written, name=ref.name, platform=ref.platform)
        for ref in refs
    )


def _speak(written: Speakers) -> Speak | None:
    return Speak(written) if written else None


def _at_all(written: Speakers) -> AtAll | None:
    return AtAll(written) if written else None


def _folders(written: str) -> tuple[FolderPart | str, ...]:
    levels = [level.strip() for level in written.split("/")] if written else []
    return tuple(_LEVELS.get(level, level) for level in levels)
