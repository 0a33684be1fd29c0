"""权限 (scopes): what each ability needs on Feishu, and what was granted.

Pages: every call's own page names the scopes of which one is needed (see ``codes.py`` for them); fields of people
…/contact-v3/user/find_by_department; what was granted …/application-v6/scope/list. All read 2026-11 in the copy of 2026-05.
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.calls import Call
from adapters.feishu import wire
from adapters.feishu.client import FeishuClient
from adapters.feishu.codec import read
from adapters.port import Ability, Permission, Permissions

_OLD_CONTACT = (
    "contact:contact:readonly",
    "contact:contact:readonly_as_app",
    "contact:contact:access_as_app",
)
"""Older, broader ones that show all of what we read of people and departments."""

_NEEDED: Mapping[Ability, tuple[tuple[str, tuple[str, ...]], ...]] = {
    Ability.SPEAK: (("im:message:send_as_bot", ("im:message", "im:message:send")),),
    Ability.LISTEN: (
        ("im:message.p2p_msg:readonly", ("im:message.p2p_msg",)),
        (
            "im:message.group_at_msg:readonly",
            ("im:message.group_at_msg", "im:message.group_at_msg.include_bot:readonly"),
        ),
    ),
    Ability.SHOW_CARDS: (("im:message:update", ("im:message", "im:message:send_as_bot")),),
    Ability.RECALL: (("im:message:recall", ("im:message", "im:message:send_as_bot")),),
    Ability.ASK_READERS: (("im:message:readonly", ("im:message", "im:message:basic")),),
    Ability.SEE_PEOPLE: (
        ("contact:contact.base:readonly", _OLD_CONTACT),
        ("contact:department.base:readonly", _OLD_CONTACT),
        ("contact:department.organize:readonly", _OLD_CONTACT),
        ("contact:user.base:readonly", _OLD_CONTACT),
        ("contact:user.department:readonly", _OLD_CONTACT),
        ("contact:user.employee:readonly", _OLD_CONTACT),
    ),
    Ability.SEE_GROUPS: (
        ("im:chat:read", ("im:chat", "im:chat:readonly")),
        ("im:chat.members:read", ("im:chat", "im:chat:readonly")),
    ),
    Ability.HEAR_GROUPS: (("im:message.group_msg", ("im:message.group_msg:readonly",)),),
    Ability.KEEP_GROUPS: (
        ("im:chat:create", ("im:chat",)),
        ("im:chat:update", ("im:chat",)),
        ("im:chat.members:write_only", ("im:chat",)),
    ),
    Ability.APPOINT_ADMINS: (("im:chat.managers:write_only", ("im:chat",)),),
    Ability.LIMIT_SPEAKERS: (("im:chat:moderation:write_only", ("im:chat",)),),
    Ability.KEEP_FOLDERS: (("drive:drive", ("space:folder:create",)),),
}

PERMISSIONS: tuple[Permission, ...] = tuple(
    Permission(name=name, serves=ability, instead=instead)
    for ability, scopes in _NEEDED.items()
    for name, instead in scopes
)
"""Each named once, the narrowest scope first: that is the one to apply for."""

_GRANTED = 1
"""``grant_status``: 1 granted, 2 not."""


async def permissions(client: FeishuClient, wanted: frozenset[Ability]) -> Permissions:
    """The platform lists what it has granted, and needs no scope for that."""
    call = Call(name="application.scope.list", method="GET", path="/open-apis/application/v6/scopes")
    answer = read(wire.ScopeList, await client.read(call), call.name)
    granted = frozenset(one.scope_name for one in answer.scopes or () if one.grant_status == _GRANTED)
    return compare(granted, wanted)


def compare(granted: frozenset[str], wanted: frozenset[Ability]) -> Permissions:
    """Pure. A broad scope stands for a narrow one; what only an unwanted ability would use can be given back."""
    needed = [one for one in PERMISSIONS if one.serves in wanted]
    used = frozenset(name for one in needed for name in (one.name, *one.instead))
    serves = {name: one.serves for one in reversed(PERMISSIONS) for name in (*one.instead, one.name)}
    return Permissions(
        granted=tuple(one for one in needed if granted & {one.name, *one.instead}),
        missing=tuple(one for one in needed if not granted & {one.name, *one.instead}),
        spare=tuple((name, serves.get(name)) for name in sorted(granted - used)),
    )
