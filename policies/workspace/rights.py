"""权限 (rights): what our bot may change in a group, by what it is there; and how much one call takes.

Feishu: im-v1/chat/update, chat-members/create and delete, chat-managers/add_managers ("owner only"),
chat-moderation/update ("owner, or creator with im:chat:operate_as_owner"). DingTalk: create-a-scene-group,
api-updatescenegroup, create-common-group-new-version-v2, api-updategroup, update-group-administrators:
calls of the app, which works on groups that it made or that carry its template. All read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policies.workspace.changes import ChangeKind
from policies.workspace.model import Generation, ObservedGroup, Role

_SETTINGS = frozenset({ChangeKind.RENAME, ChangeKind.SET_AT_ALL, ChangeKind.SET_OWNER})
_MEMBERS = frozenset({ChangeKind.ADD_MEMBERS, ChangeKind.REMOVE_MEMBERS})
_SPEAK = frozenset({ChangeKind.SET_SPEAK})
_ADMINS = frozenset({ChangeKind.ADD_ADMINS, ChangeKind.REMOVE_ADMINS})
_ALL = _SETTINGS | _MEMBERS | _SPEAK | _ADMINS
_NONE: frozenset[ChangeKind] = frozenset()

FEISHU: Mapping[Role, frozenset[ChangeKind]] = {
    Role.OWNER: _ALL,
    Role.CREATOR: _SETTINGS | _MEMBERS | _SPEAK,
    Role.ADMIN: _SETTINGS | _MEMBERS,
    Role.MEMBER: _NONE,
    Role.OUTSIDE: _NONE,
}
"""A plain member may do what the group lets everybody do, see ``may``."""

DINGTALK: Mapping[Role, frozenset[ChangeKind]] = {
    Role.OWNER: _ALL,
    Role.CREATOR: _ALL,
    Role.ADMIN: _NONE,
    Role.MEMBER: _NONE,
    Role.OUTSIDE: _NONE,
}
"""In a group made by hand a robot may only talk: updates go by template, or by an id that our creation returned."""


def may(group: ObservedGroup) -> frozenset[ChangeKind]:
    """What can be changed there by API. What the group does not tell us about its own rules counts as a no."""
    if group.generation is not Generation.FEISHU:
        return _NONE if group.owner_in_range is False else DINGTALK[group.role]
    allowed = FEISHU[group.role]
    if group.role is Role.MEMBER and group.members_may_add is True:
        allowed |= {ChangeKind.ADD_MEMBERS}
    if group.role is Role.MEMBER and group.members_may_edit is True:
        allowed |= {ChangeKind.RENAME}
    return allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one generation of groups.

    Attributes:
        members, admins: of a group. name: characters.
        at_once: people that one call takes. admins_with_creation: the creation appoints them.
    """

    members: int
    admins: int
    name: int
    create_at_once: int
    members_at_once: int
    admins_at_once: int
    admins_with_creation: bool = False

    def at_once(self, kind: ChangeKind) -> int:
        match kind:
            case ChangeKind.CREATE:
                return self.create_at_once
            case ChangeKind.ADD_ADMINS | ChangeKind.REMOVE_ADMINS:
                return self.admins_at_once
            case _:
                return self.members_at_once


LIMITS: Mapping[Generation, Limits] = {
    # 5 000 of a verified company, 10 admins of a normal group, 50 people a call (chat-members/create, 2026-11)
    Generation.FEISHU: Limits(
        members=5000, admins=10, name=60, create_at_once=50, members_at_once=50, admins_at_once=10
    ),
    # title 30, user_ids 999, 12 sub-admins (create-a-scene-group, update-group-administrators, 2026-11)
    Generation.SCENE: Limits(
        members=1000,
        admins=12,
        name=30,
        create_at_once=999,
        members_at_once=999,
        admins_at_once=12,
        admins_with_creation=True,
    ),
    # name 20 (create-common-group-new-version-v2, 2026-11); how many people a call takes is not said: a guess
    Generation.ORDINARY: Limits(
        members=1000, admins=12, name=20, create_at_once=100, members_at_once=100, admins_at_once=12
    ),
}
