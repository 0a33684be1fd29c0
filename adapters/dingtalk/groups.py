"""Groups as far as we may see and change them (群): two generations, each with calls of its own.

A scene group (场景群) comes from a group template and tells who is in it; an ordinary one (普通群) is known by the
``chatid`` that only its creation tells, and one made by hand shows nothing at all. The platform lists no groups; we
learn them from messages, events and our own creations. The app acts for a group's owner.
D/create-a-scene-group, D/api-updatescenegroup, D/query-group-members, D/query-group-information,
D/queries-the-basic-information-of-a-scenario-group, D/update-group-administrators,
D/create-common-group-new-version-v2, D/api-updategroup, D/obtain-a-group-session (read 2026-11)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from adapters.dingtalk import codec, limits, sending, wire
from adapters.errors import Forbidden, NotFound, OutcomeUnknown, Rejected, Unavailable, Undecodable
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
from policies.model import Account, Chat, Platform

Read = Callable[[sending.Request], Awaitable[Mapping[str, Any]]]

MEMBERS_PAGE = 1_000
"""Up to so many come at once, whatever is asked for; a group has no more. D/query-group-members"""

_ADMIN, _MEMBER = 2, 3
"""``role`` of the calls that name and unname admins. D/update-group-administrators"""

_DISBANDED = "2"
_NO_GROUP = "400001"
_NO_CHAT_ID = frozenset({"34001", "40016", "49000"})
_MOST_PAGES = 100


def abilities(group_template: str) -> GroupAbilities:
    """What a template decides: whether a new group brings the robot along and knows our key."""
    is_scene = bool(group_template)
    return GroupAbilities(
        creates=Generation.SCENE if is_scene else Generation.ORDINARY,
        key_window_s=int(limits.SCENE_UUID_WINDOW.total_seconds()) if is_scene else 0,
        is_owned_by_bot=False,
        needs_bot_by_hand=not is_scene,
        lists=False,
        shows_admins=is_scene,
        longest_name=limits.SCENE_TITLE_CHARS if is_scene else limits.ORDINARY_NAME_CHARS,
        most_at_once=limits.GROUP_PEOPLE_AT_ONCE,
        most_admins=limits.GROUP_ADMINS,
        most_members=limits.GROUP_MEMBERS,
    )


class DingTalkGroups:
    """``adapters.provision.GroupDoor`` on DingTalk."""

    def __init__(self, read: Read, group_template: str) -> None:
        self._call = read
        self._template = group_template
        self.abilities = abilities(group_template)

    # ── Reads ─────────────────────────────────────────────────────────────────────────────────────

    def price_to_see(self, handle: Handle, members: int) -> int:  # noqa: ARG002 - all members come at once
        return 1 if handle.generation is Generation.ORDINARY else 2

    async def listed(self) -> tuple[ListedGroup, ...] | None:
        """No call lists them (专属版 aside)."""
        return None

    async def observe(self, handle: Handle) -> SeenGroup:
        if handle.generation is Generation.ORDINARY:
            return await self._observe_ordinary(handle)
        seen = await self._detail(handle.chat)
        return SeenGroup(
            handle=Handle(chat=handle.chat, generation=Generation.SCENE, other_id=handle.other_id),
            role=BotRole.APP,
            name=seen.title,
            owner=codec.account(seen.owner) if seen.owner else None,
            admins=tuple(codec.account(one) for one in seen.admins if one != seen.owner),
            members=await _members(self._call, handle.chat),
            speakers=_speakers(seen.options.banned),
            is_at_all_limited=_is_set(seen.options.at_all),
            members_may_add=_is_free(seen.options.management),
            members_may_edit=_is_free(seen.options.management),
        )

    async def _detail(self, chat: Chat) -> wire.SceneDetail:
        """The old host says ``400001`` for a group that is gone and for one that never was."""
        api = limits.SCENE_GROUP_DETAIL
        try:
            body = await self._call(sending.Request(api=api, body={"open_conversation_id": chat.id}))
        except Rejected as error:
            if error.code == _NO_GROUP:
                raise NotFound(error.detail, call=api.name, code=error.code) from error
            raise
        return sending.read_answer(wire.SceneDetailAnswer, body, api).result

    async def _observe_ordinary(self, handle: Handle) -> SeenGroup:
        """Raises ``Forbidden`` for one whose ``chatid`` we do not have: nothing of it can be read."""
        if not handle.other_id:
            raise Forbidden("an ordinary group made by hand shows nothing", call=limits.ORDINARY_GROUP.name)
        api = limits.ORDINARY_GROUP
        try:
            body = await self._call(sending.Request(api=api, query={"chatid": handle.other_id}))
        except Rejected as error:
            if error.code in _NO_CHAT_ID:
                raise NotFound(error.detail, call=api.name, code=error.code) from error
            raise
        seen = sending.read_answer(wire.OrdinaryGroupAnswer, body, api).info
        return SeenGroup(
            handle=handle,
            role=BotRole.APP,
            name=seen.name,
            owner=codec.account(seen.owner) if seen.owner else None,
            members=tuple(map(codec.account, seen.members)),
            speakers=_speakers(seen.banned),
            is_at_all_limited=_is_set(seen.at_all),
            members_may_add=_is_free(seen.management),
            members_may_edit=_is_free(seen.management),
        )

    # ── Writes ────────────────────────────────────────────────────────────────────────────────────

    async def create(self, new: NewGroup, key: str) -> Made:
        """A scene group knows a repeat by ``uuid``; an ordinary one by nothing, so it is asked for once."""
        if new.owner is None:
            raise Rejected("a group needs a person as its owner", code="no-owner")
        people = list(dict.fromkeys(one.id for one in (new.owner, *new.members)))
        if self._template:
            return Made(handle=await self._create_scene(new, new.owner, people, key))
        return Made(handle=await self._create_ordinary(new, new.owner, people))

    async def _create_scene(self, new: NewGroup, owner: Account, people: list[str], key: str) -> Handle:
        api = limits.SCENE_GROUP_CREATE
        body: dict[str, object] = {
            "title": new.name,
            "template_id": self._template,
            "owner_user_id": owner.id,
            "user_ids": people,
            "uuid": key,
        }
        if admins := [one.id for one in new.admins if one != owner]:
            body["subadmin_ids"] = admins
        try:
            made = sending.read_answer(
                wire.SceneMade, await self._call(sending.Request(api=api, body=body)), api
            )
        except (Unavailable, Undecodable) as error:
            raise OutcomeUnknown(error.detail, call=api.name, request_id=error.request_id) from error
        return Handle(chat=_chat(made.id), generation=Generation.SCENE, other_id=made.chat_id)

    async def _create_ordinary(self, new: NewGroup, owner: Account, people: list[str]) -> Handle:
        api = limits.ORDINARY_GROUP_CREATE
        body = {
            "name": new.name,
            "owner": owner.id,
            "ownerType": "emp",
            "useridlist": people,
            "conversationTag": 2,
        }
        answer = await self._call(sending.Request(api=api, body=body))
        try:
            made = sending.read_answer(wire.OrdinaryMade, answer, api)
        except Undecodable as error:
            raise OutcomeUnknown(error.detail, call=api.name) from error
        return Handle(chat=_chat(made.id), generation=Generation.ORDINARY, other_id=made.chat_id)

    async def change(self, handle: Handle, change: GroupChange) -> Changed:
        is_ordinary = handle.generation is Generation.ORDINARY
        if is_ordinary and not handle.other_id:
            raise Forbidden("an ordinary group made by hand cannot be changed")
        people = self._people_of_ordinary if is_ordinary else self._people_of_scene
        if change.add:
            await people(handle, add=change.add)
        await self._admins(handle, change.promote, _ADMIN)
        if change.name or change.owner is not None or _options(change):
            await self._update(handle, change)
        await self._admins(handle, change.demote, _MEMBER)
        if change.remove:
            await people(handle, remove=change.remove)
        return Changed()

    async def _people_of_scene(
        self, handle: Handle, *, add: tuple[Account, ...] = (), remove: tuple[Account, ...] = ()
    ) -> None:
        api = limits.SCENE_MEMBERS_ADD if add else limits.SCENE_MEMBERS_REMOVE
        body = {"open_conversation_id": handle.chat.id, "user_ids": _ids(add or remove)}
        await self._call(sending.Request(api=api, body=body))

    async def _people_of_ordinary(
        self, handle: Handle, *, add: tuple[Account, ...] = (), remove: tuple[Account, ...] = ()
    ) -> None:
        key = "add_useridlist" if add else "del_useridlist"
        body = {"chatid": handle.other_id, key: _ids(add or remove)}
        await self._call(sending.Request(api=limits.ORDINARY_GROUP_UPDATE, body=body))

    async def _admins(self, handle: Handle, people: tuple[Account, ...], role: int) -> None:
        if not people:
            return
        api = limits.ORDINARY_ADMINS if handle.generation is Generation.ORDINARY else limits.SCENE_ADMINS
        body = {"openConversationId": handle.chat.id, "userIds": _ids(people), "role": role}
        await self._call(sending.Request(api=api, body=body))

    async def _update(self, handle: Handle, change: GroupChange) -> None:
        options = _options(change)
        body: dict[str, object] = {}
        if handle.generation is Generation.ORDINARY:
            api, words = limits.ORDINARY_GROUP_UPDATE, ("name", "owner", "managementOptions")
            body["chatid"] = handle.other_id
        else:
            api, words = limits.SCENE_GROUP_UPDATE, ("title", "owner_user_id", "management_options")
            body["open_conversation_id"] = handle.chat.id
            options = {_SNAKE[key]: value for key, value in options.items()}
        values = (change.name, change.owner.id if change.owner else "", options)
        body |= {key: value for key, value in zip(words, values, strict=True) if value}
        await self._call(sending.Request(api=api, body=body))


_SNAKE = {"chatBannedType": "chat_banned_type", "mentionAllAuthority": "mention_all_authority"}


def _options(change: GroupChange) -> dict[str, int]:
    """``chatBannedType`` 1: 全员禁言; ``mentionAllAuthority`` 1: only the owner. D/create-a-scene-group"""
    options: dict[str, int] = {}
    if change.speakers is not None:
        options["chatBannedType"] = 0 if change.speakers is Speakers.ALL else 1
    if change.is_at_all_limited is not None:
        options["mentionAllAuthority"] = int(change.is_at_all_limited)
    return options


def _speakers(banned: str) -> Speakers | None:
    return {"0": Speakers.ALL, "1": Speakers.ADMINS}.get(banned)


def _is_set(option: str) -> bool | None:
    return {"0": False, "1": True}.get(option)


def _is_free(management: str) -> bool | None:
    """``management_type`` 0: everybody manages; 1: only the owner and admins."""
    return {"0": True, "1": False}.get(management)


def _ids(people: Iterable[Account]) -> list[str]:
    return [one.id for one in people]


def _chat(identity: str) -> Chat:
    return Chat(Platform.DINGTALK, identity)


# ── The older, smaller look ───────────────────────────────────────────────────────────────────────


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
        calls=2,
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
