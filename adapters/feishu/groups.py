"""Groups as we can observe them (飞书群)."""

from __future__ import annotations

from urllib.parse import quote

from adapters.calls import Call
from adapters.feishu import wire
from adapters.feishu.client import FeishuClient
from adapters.feishu.codec import account, chat, read
from adapters.port import SeenChat
from policies.model import Account, Chat

_CHATS = "/open-apis/im/v1/chats"
_PAGE = "100"
"""At most 100 chats or members a page (im-v1/chat/list, im-v1/chat-members/get, read 2026-11)."""


async def observe(client: FeishuClient, which: Chat) -> SeenChat:
    """One group with its members; bots are not among them (im-v1/chat-members/get, read 2026-11)."""
    path = f"{_CHATS}/{quote(which.id, safe='')}"
    ids = {"user_id_type": "open_id"}
    data = await client.read(Call(name="im.chat.get", method="GET", path=path, query=ids))
    return _seen(read(wire.WireChat, data, "im.chat.get"), which, members=await _members(client, path))


async def observe_all(client: FeishuClient) -> tuple[SeenChat, ...]:
    """The groups the bot is in, without members; by creation, since by activity some are skipped while paging."""
    call = Call(
        name="im.chat.list",
        method="GET",
        path=_CHATS,
        query={"user_id_type": "open_id", "sort_type": "ByCreateTimeAsc", "page_size": _PAGE},
    )
    found = [read(wire.WireChat, item, call.name) async for item in client.items(call)]
    return tuple(_seen(one, chat(one.chat_id), members=None) for one in found if one.chat_id)


async def _members(client: FeishuClient, path: str) -> tuple[Account, ...]:
    call = Call(
        name="im.chat.members.get",
        method="GET",
        path=f"{path}/members",
        query={"member_id_type": "open_id", "page_size": _PAGE},
    )
    found = [account(read(wire.Member, item, call.name).member_id) async for item in client.items(call)]
    return tuple(dict.fromkeys(found))


def _seen(one: wire.WireChat, which: Chat, *, members: tuple[Account, ...] | None) -> SeenChat:
    """Without an owner the owner is a bot (im-v1/chat/get, read 2026-11); that it is us is a guess."""
    return SeenChat(
        chat=which,
        name=one.name,
        owner=account(one.owner_id) if one.owner_id else None,
        bot_is_owner=not one.owner_id,
        members=members,
    )
