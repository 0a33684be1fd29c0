"""Groups as far as we may see them (群): scene groups with their members, ordinary groups by name at most.

The platform lists no groups; we learn them from messages, events and our own creations. Only a group made from a
group template (场景群) tells who is in it. D/query-group-members, D/query-group-information (read 2026-11)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from adapters.dingtalk import codec, limits, sending, wire
from adapters.errors import Forbidden, NotFound, Rejected, Undecodable
from adapters.port import SeenChat
from policies.model import Account, Chat

Read = Callable[[sending.Request], Awaitable[Mapping[str, Any]]]

MEMBERS_PAGE = 1_000
"""Up to so many come at once, whatever is asked for; a group has no more. D/query-group-members"""

_DISBANDED = "2"
_MOST_PAGES = 100


async def observe(read: Read, chat: Chat) -> SeenChat:
    """One group now.

    Returns:
        With ``members=None`` and without a name where it is an ordinary group, which the platform does not show.

    Raises:
        NotFound: it was disbanded.
    """
    try:
        body = await read(sending.Request(api=limits.SCENE_GROUP, body={"openConversationId": chat.id}))
    except (Forbidden, Rejected):
        return SeenChat(chat=chat, name="")
    state = sending.read_answer(wire.SceneGroup, body, limits.SCENE_GROUP)
    if state.status == _DISBANDED:
        raise NotFound("the group was disbanded", call=limits.SCENE_GROUP.name)
    return SeenChat(
        chat=chat,
        name=state.title,
        owner=codec.account(state.owner) if state.owner else None,
        members=await _members(read, chat),
    )


async def _members(read: Read, chat: Chat) -> tuple[Account, ...] | None:
    members: dict[str, None] = {}
    token = ""
    for _ in range(_MOST_PAGES):
        asked = {"openConversationId": chat.id, "maxResults": MEMBERS_PAGE, "nextToken": token}
        try:
            body = await read(sending.Request(api=limits.SCENE_GROUP_MEMBERS, body=asked))
        except (Forbidden, Rejected):
            return None
        page = sending.read_answer(wire.SceneGroupMembers, body, limits.SCENE_GROUP_MEMBERS)
        members |= dict.fromkeys(page.user_ids)
        if not page.has_more or not page.next_token or page.next_token == token:
            return tuple(map(codec.account, members))
        token = page.next_token
    raise Undecodable("the members of a group do not end", call=limits.SCENE_GROUP_MEMBERS.name)
