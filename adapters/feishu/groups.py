"""Groups (飞书群): what we see of them, and the calls that make and change them.

Pages: im-v1/chat/create, get, update, list; chat-members/create, delete, get; chat-managers/add_managers, delete_managers;
chat-moderation/update. All read 2026-11 in the copy of 2026-05.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from adapters.calls import Call
from adapters.errors import NotFound, OutcomeUnknown, PlatformError, Unavailable
from adapters.feishu import limits, wire
from adapters.feishu.client import FeishuClient
from adapters.feishu.codec import account, chat, read
from adapters.feishu.codes import DONE_WITHOUT_LIST
from adapters.port import SeenChat
from adapters.provision import (
    BotRole,
    Changed,
    Generation,
    GroupAbilities,
    GroupChange,
    Handle,
    ListedGroup,
    Made,
    NewGroup,
    SeenGroup,
    Speakers,
)
from policies.model import Account, Chat

_CHATS = "/open-apis/im/v1/chats"
_IDS = {"user_id_type": "open_id"}
_MEMBERS = {"member_id_type": "open_id"}
_PAGE = "100"
"""At most 100 chats or members a page (im-v1/chat/list, im-v1/chat-members/get, read 2026-11)."""

_SPEAKERS = {
    "all_members": Speakers.ALL,
    "only_owner": Speakers.ADMINS,
    "moderator_list": Speakers.SOME,
}
"""``only_owner`` means the owner and the admins (im-v1/chat-moderation/update, read 2026-11)."""
_MODERATION = {mine: theirs for theirs, mine in _SPEAKERS.items()}

ABILITIES = GroupAbilities(
    creates=Generation.PLAIN,
    key_window_s=limits.GROUP_UUID_WINDOW_S,
    is_owned_by_bot=True,
    needs_bot_by_hand=False,
    lists=True,
    shows_admins=True,
    longest_name=limits.GROUP_NAME_CHARS,
    most_at_once=limits.GROUP_PEOPLE_AT_ONCE,
    most_admins=limits.GROUP_ADMINS,
    most_members=limits.GROUP_MEMBERS,
)


class FeishuGroups:
    """``adapters.provision.GroupDoor`` on Feishu; the bot owns what it makes, so nothing is out of its reach."""

    abilities = ABILITIES

    def __init__(self, client: FeishuClient, app_id: str) -> None:
        self._client = client
        self._app_id = app_id

    # ── Prices ────────────────────────────────────────────────────────────────────────────────────

    def price_to_see(self, handle: Handle, members: int) -> int:  # noqa: ARG002
        return 1 + max(1, _times(members, int(_PAGE)))

    # ── Reads ─────────────────────────────────────────────────────────────────────────────────────

    async def listed(self) -> tuple[ListedGroup, ...] | None:
        return tuple(
            ListedGroup(
                handle=Handle(chat=chat(one.chat_id)),
                name=one.name,
                owner=account(one.owner_id) if one.owner_id else None,
                note=one.description,
            )
            for one in await _listed(self._client)
        )

    async def observe(self, handle: Handle) -> SeenGroup:
        one = await _get(self._client, handle.chat)
        role = self._role(one)
        if role is BotRole.OUTSIDE:
            return SeenGroup(handle=handle, role=role, name=one.name)
        return SeenGroup(
            handle=handle,
            role=role,
            name=one.name,
            owner=account(one.owner_id) if one.owner_id else None,
            admins=tuple(map(account, one.user_manager_id_list or ())),
            members=await _members(self._client, _path(handle.chat)),
            speakers=_SPEAKERS.get(one.moderation_permission),
            is_at_all_limited=_is_limited(one.at_all_permission),
            members_may_add=_is_for_all(one.add_member_permission),
            members_may_edit=_is_for_all(one.edit_permission),
            note=one.description,
        )

    def _role(self, one: wire.WireChat) -> BotRole:
        """Who is not in it sees no mode (im-v1/chat/get, read 2026-11)."""
        if not one.chat_mode:
            return BotRole.OUTSIDE
        if not one.owner_id:
            return BotRole.OWNER
        is_admin = self._app_id in (one.bot_manager_id_list or ())
        return BotRole.ADMIN if is_admin else BotRole.MEMBER

    # ── Writes ────────────────────────────────────────────────────────────────────────────────────

    async def create(self, new: NewGroup, key: str) -> Made:
        """With its first people; one whom the bot cannot see fails the creation (232043), so then they follow it.

        The same ``uuid`` and owner make one group in ten hours (im-v1/chat/create), so a lost answer is asked for
        again at once; ``OutcomeUnknown`` only where that gave none either.
        """
        try:
            return Made(handle=await self._create(new, new.members, key))
        except NotFound:
            handle = await self._create(new, (), key)
        return Made(handle=handle, refused=await self._add_all(handle.chat, new.members))

    async def _create(self, new: NewGroup, people: tuple[Account, ...], key: str) -> Handle:
        """``set_bot_manager``: where a person owns the group, the bot is at least its admin."""
        body: dict[str, object] = {
            "name": new.name,
            "description": new.note,
            "chat_mode": "group",
            "chat_type": "private",
            "user_id_list": _ids(people),
        }
        query = {**_IDS, "uuid": key}
        if new.owner is not None:
            body["owner_id"] = new.owner.id
            query["set_bot_manager"] = "true"
        call = Call(
            name="im.chat.create", method="POST", path=_CHATS, query=query, body=body, repeatable=True
        )
        try:
            made = read(wire.WireChat, await self._client.act(call), call.name)
        except Unavailable as error:
            raise OutcomeUnknown(error.detail, call=call.name, request_id=error.request_id) from error
        if not made.chat_id:
            raise OutcomeUnknown("a group without an id", call=call.name)
        return Handle(chat=chat(made.chat_id))

    async def change(self, handle: Handle, change: GroupChange) -> Changed:
        """Calls on the members of one group come one after the other (232019)."""
        refused = await self._add_all(handle.chat, change.add)
        await self._managers(
            handle.chat, "add_managers", [one for one in change.promote if one not in refused]
        )
        if change.name or change.owner is not None or change.is_at_all_limited is not None:
            await self._update(handle.chat, change)
        if change.speakers is not None:
            await self._moderate(handle.chat, change.speakers)
        await self._managers(handle.chat, "delete_managers", change.demote)
        for some in _by_fifty(change.remove):
            await self._write(
                "im.chat.members.delete",
                "DELETE",
                f"{_path(handle.chat)}/members",
                _MEMBERS,
                {"id_list": _ids(some)},
            )
        return Changed(refused=refused)

    async def _add_all(self, which: Chat, people: tuple[Account, ...]) -> dict[Account, str]:
        refused: dict[Account, str] = {}
        for some in _by_fifty(people):
            refused |= await self._add(which, some)
        return refused

    async def _add(self, which: Chat, people: list[Account]) -> dict[Account, str]:
        """``succeed_type`` 1: those who can be added are, the others are named (im-v1/chat-members/create)."""
        query = {**_MEMBERS, "succeed_type": "1"}
        data = await self._write(
            "im.chat.members.create", "POST", f"{_path(which)}/members", query, {"id_list": _ids(people)}
        )
        answer = read(wire.MembersAdded, data, "im.chat.members.create")
        said = {
            "invalid": answer.invalid_id_list,
            "not-existed": answer.not_existed_id_list,
            "pending": answer.pending_approval_id_list,
        }
        return {account(one): word for word, some in said.items() for one in some or ()}

    async def _managers(self, which: Chat, do: str, people: tuple[Account, ...] | list[Account]) -> None:
        for some in _by_fifty(people):
            try:
                await self._write(
                    f"im.chat.managers.{do}",
                    "POST",
                    f"{_path(which)}/managers/{do}",
                    _MEMBERS,
                    {"manager_ids": _ids(some)},
                )
            except PlatformError as error:
                if error.code != DONE_WITHOUT_LIST:
                    raise

    async def _update(self, which: Chat, change: GroupChange) -> None:
        body: dict[str, object] = {}
        if change.name:
            body["name"] = change.name
        if change.owner is not None:
            body["owner_id"] = change.owner.id
        if change.is_at_all_limited is not None:
            body["at_all_permission"] = "only_owner" if change.is_at_all_limited else "all_members"
        await self._write("im.chat.update", "PUT", _path(which), _IDS, body)

    async def _moderate(self, which: Chat, speakers: Speakers) -> None:
        await self._write(
            "im.chat.moderation.update",
            "PUT",
            f"{_path(which)}/moderation",
            _IDS,
            {"moderation_setting": _MODERATION[speakers]},
        )

    async def _write(
        self, name: str, method: str, path: str, query: dict[str, str], body: dict[str, object]
    ) -> Mapping[str, Any]:
        call = Call(name=name, method=method, path=path, query=query, body=body, repeatable=True)
        return await self._client.act(call)


# ── The older, smaller look ───────────────────────────────────────────────────────────────────────


async def observe(client: FeishuClient, which: Chat) -> SeenChat:
    """One group with its members; bots are not among them (im-v1/chat-members/get, read 2026-11)."""
    one = await _get(client, which)
    seen = _seen(one, which, members=await _members(client, _path(which)))
    return replace(seen, calls=1 + max(1, _times(len(seen.members or ()), int(_PAGE))))


async def observe_all(client: FeishuClient) -> tuple[SeenChat, ...]:
    """The groups the bot is in, without members."""
    return tuple(_seen(one, chat(one.chat_id), members=None) for one in await _listed(client))


async def _get(client: FeishuClient, which: Chat) -> wire.WireChat:
    """Raises ``NotFound`` also for a group that was dissolved, which Feishu still shows."""
    call = Call(name="im.chat.get", method="GET", path=_path(which), query=_IDS)
    one = read(wire.WireChat, await client.read(call), call.name)
    if one.chat_status not in ("", "normal"):
        raise NotFound("the group was dissolved", call=call.name)
    return one


async def _listed(client: FeishuClient) -> list[wire.WireChat]:
    """By creation, since by activity some are skipped while paging (im-v1/chat/list, read 2026-11)."""
    call = Call(
        name="im.chat.list",
        method="GET",
        path=_CHATS,
        query={**_IDS, "sort_type": "ByCreateTimeAsc", "page_size": _PAGE},
    )
    found = [read(wire.WireChat, item, call.name) async for item in client.items(call)]
    return [one for one in found if one.chat_id]


async def _members(client: FeishuClient, path: str) -> tuple[Account, ...]:
    call = Call(
        name="im.chat.members.get",
        method="GET",
        path=f"{path}/members",
        query={**_MEMBERS, "page_size": _PAGE},
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


# ── Small things ──────────────────────────────────────────────────────────────────────────────────


def _is_limited(setting: str) -> bool | None:
    return setting == "only_owner" if setting else None


def _is_for_all(setting: str) -> bool | None:
    return setting == "all_members" if setting else None


def _path(which: Chat) -> str:
    return f"{_CHATS}/{quote(which.id, safe='')}"


def _ids(people: Iterable[Account]) -> list[str]:
    return [one.id for one in people]


def _by_fifty(people: tuple[Account, ...] | list[Account]) -> list[list[Account]]:
    size = limits.GROUP_PEOPLE_AT_ONCE
    return [list(people[start : start + size]) for start in range(0, len(people), size)]


def _times(people: int, at_once: int) -> int:
    return -(-people // at_once)
