"""权限点 (permissions): what each ability needs on DingTalk, tried by reads that nobody notices.

The platform lists nothing, so a call that changes nothing is made for each: a refusal for want of permission names
it, any other answer says that it is there. Contact reads are free; every other is one call of the month's pot. Names: D/add-api-permission and every call's own page (read 2026-11).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from adapters.dingtalk import codes, directory, limits, sending
from adapters.errors import Forbidden, NotFound, PlatformError, Rejected
from adapters.port import Ability, Permission, Permissions
from policies.card import Card

Read = Callable[[sending.Request], Awaitable[Mapping[str, Any]]]

NOBODYS = "yizhan-doctor-0000000000000000"
"""A card, a message, a group and a person of this id exist nowhere."""
NO_SPACE = "1"
"""A space of files that is not ours; ids are long numbers (guess: the first is nobody's)."""

_DEPARTMENTS = Permission(name="qyapi_get_department_list", serves=Ability.SEE_PEOPLE)
_MEMBERS = Permission(name="qyapi_get_department_member", serves=Ability.SEE_PEOPLE)
_PERSON = Permission(name="qyapi_get_member", serves=Ability.SEE_PEOPLE)
_ROBOT = Permission(name="qyapi_robot_sendmsg", serves=Ability.SPEAK)
_CARD = Permission(name="Card.Instance.Write", serves=Ability.SHOW_CARDS)
_GROUPS = Permission(name="qyapi_chat_manage", serves=Ability.KEEP_GROUPS)
_GROUP_DETAILS = Permission(name="qyapi_chat_read", serves=Ability.KEEP_GROUPS)
_GROUP_SPACE = Permission(name="ConvFile.Space.Read", serves=Ability.KEEP_FOLDERS)
_FOLDERS = Permission(name="Storage.File.Read", serves=Ability.KEEP_FOLDERS)
_NEW_FOLDER = Permission(name="Storage.File.Write", serves=Ability.KEEP_FOLDERS)

PERMISSIONS: tuple[Permission, ...] = (
    _ROBOT, _CARD, _DEPARTMENTS, _MEMBERS, _PERSON, _GROUPS, _GROUP_DETAILS, _GROUP_SPACE, _FOLDERS, _NEW_FOLDER,
)  # fmt: skip

_ANSWERED = (NotFound, Rejected)
"""The permission was looked at before the request was."""


async def permissions(read: Read, wanted: frozenset[Ability], sender: sending.Sender) -> Permissions:
    """One after the other: a handful of calls."""
    granted: list[Permission] = []
    missing: list[Permission] = []
    unclear: list[tuple[Permission, str]] = []
    for one in PERMISSIONS:
        if one.serves not in wanted:
            continue
        try:
            await read(_harmless(one, sender))
        except _ANSWERED:
            granted.append(one)
        except Forbidden as error:
            if _is_about_something_else(error):
                granted.append(one)
            else:
                missing.append(one)
        except PlatformError as error:
            unclear.append((one, str(error)))
        else:
            granted.append(one)
    return Permissions(granted=tuple(granted), missing=tuple(missing), unclear=tuple(unclear))


def _is_about_something_else(error: Forbidden) -> bool:
    """The contact range, or our right in a group that is none, is no matter of a permission."""
    return error.code in codes.CONTACT_RANGE or error.code not in codes.NO_PERMISSION


def _harmless(one: Permission, sender: sending.Sender) -> sending.Request:
    root = {"dept_id": int(directory.ROOT)}
    if one is _ROBOT:
        query = {"robotCode": sender.robot_code, "processQueryKey": NOBODYS}
        return sending.Request(api=limits.PERSON_READERS, query=query)
    if one is _CARD:
        return sending.touch_card(NOBODYS, Card(title=""))
    if one is _DEPARTMENTS:
        return sending.Request(api=limits.DEPARTMENTS, body=root)
    if one is _MEMBERS:
        return sending.Request(api=limits.PEOPLE, body={**root, "cursor": 0, "size": 1})
    if one is _PERSON:
        return sending.Request(api=limits.PERSON, body={"userid": NOBODYS})
    if one is _GROUP_DETAILS:
        return sending.Request(api=limits.SCENE_GROUP_DETAIL, body={"open_conversation_id": NOBODYS})
    if one is _GROUP_SPACE:
        body = {"openConversationId": NOBODYS}
        return sending.Request(api=limits.GROUP_SPACE, body=body, query={"unionId": NOBODYS})
    if one is _FOLDERS:
        api = dataclasses.replace(limits.DENTRIES, path=limits.DENTRIES.path.format(space_id=NO_SPACE))
        return sending.Request(api=api, query={"parentId": "0", "maxResults": "1", "unionId": NOBODYS})
    if one is _NEW_FOLDER:  # nobody may write there, and there is no such space: only the permission is tried
        path = limits.FOLDER_ADD.path.format(space_id=NO_SPACE, parent_id="0")
        api = dataclasses.replace(limits.FOLDER_ADD, path=path)
        return sending.Request(api=api, body={"name": NOBODYS}, query={"unionId": NOBODYS})
    return sending.Request(api=limits.SCENE_GROUP, body={"openConversationId": NOBODYS})
