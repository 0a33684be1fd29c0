"""Rights on files (文件权限): who may read, fetch, write and share, on a folder and all below it.

D/add-permissions-file (read 2026-11). A space of a person (USER) gives permanent rights; one of the app (APP)
gives temporary ones only, and nobody has any there beside its maker until they are granted. What the company's own
spaces (ORG) let everybody do, and what members of a group may with its files, is a guess: to write.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.shelves import ROOT, Space
from sandbox.model import Person

if TYPE_CHECKING:
    from sandbox.dingtalk.platform import DingTalkPlatform

ROLES = {"OWNER": 5, "MANAGER": 4, "EDITOR": 3, "DOWNLOADER": 2, "READER": 1}
READ, FETCH, WRITE, SHARE = 1, 2, 3, 4
MEMBERS = ("ORG", "DEPT", "TAG", "CONVERSATION", "USER", "DYNAMIC_GROUP")


@dataclass(frozen=True, slots=True)
class Grant:
    """``at`` is the folder or file it was given on; ``until`` is ``None`` for good."""

    at: str
    role: str
    kind: str
    who: str
    until: datetime | None


def demand(platform: DingTalkPlatform, person: Person, space: Space, at: str, least: int) -> None:
    """Raises unless the person may do that much there."""
    if _rank(platform, person, space, at) < least:
        raise NewError("permissionDenied", "没有权限", status=403)


def _rank(platform: DingTalkPlatform, person: Person, space: Space, at: str) -> int:
    rank = _by_nature(platform, person, space)
    now, path = platform.town.clock.now(), _path(space, at)
    for grant in space.grants:
        is_good = grant.until is None or now < grant.until
        if is_good and grant.at in path and _means(platform, grant, person):
            rank = max(rank, ROLES[grant.role])
    return rank


def _by_nature(platform: DingTalkPlatform, person: Person, space: Space) -> int:
    chat = platform.town.chats["dingtalk"].get(space.chat)
    if chat is not None:
        leads = person.id == chat.owner or person.id in chat.admins
        return SHARE if leads else WRITE if person.id in chat.members else 0
    if person.id == space.owner:
        return ROLES["OWNER"]
    return WRITE if space.is_visible else 0


def _path(space: Space, at: str) -> set[str]:
    """The folder and all above it."""
    path = {ROOT, at}
    while at in space.dentries:
        at = space.dentries[at].parent
        path.add(at)
    return path


def _means(platform: DingTalkPlatform, grant: Grant, person: Person) -> bool:
    if grant.kind == "ORG":
        return grant.who == platform.corp_id
    if grant.kind == "USER":
        return grant.who in (platform.ids.union_id(person.id), person.id)
    if grant.kind == "CONVERSATION":
        chat = platform.town.chats["dingtalk"].get(grant.who)
        return chat is not None and person.id in chat.members
    if grant.kind == "DEPT":
        return any(platform.is_below(each, grant.who) for each in person.departments)
    if grant.kind == "TAG":
        return any(str(role["id"]) == grant.who for role in platform.roles.of(person))
    return False
