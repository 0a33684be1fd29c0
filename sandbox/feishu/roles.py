"""角色 (roles): what the robot is in a group and what follows from it.

owner 群主, admin 群管理员, creator 创建者. The creator may do most of what the
owner may, with the scope ``im:chat:operate_as_owner``; naming admins it may not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.feishu import scopes
from sandbox.feishu.errors import ApiError
from sandbox.model import BOT, Chat

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform


def is_owner(chat: Chat) -> bool:
    return chat.owner == BOT


def is_admin(chat: Chat) -> bool:
    return BOT in chat.admins


def is_creator(chat: Chat) -> bool:
    return bool(chat.extra.get("creator") == BOT)


def acts_as_owner(app: FeishuPlatform, chat: Chat) -> bool:
    """Owner, or creator with the scope."""
    return is_owner(chat) or (is_creator(chat) and app.has_scope(scopes.AS_OWNER))


def manages(app: FeishuPlatform, chat: Chat) -> bool:
    """Owner, admin, or creator with the scope."""
    return acts_as_owner(app, chat) or is_admin(chat)


def is_external(chat: Chat) -> bool:
    """Whether people of other companies may be in it."""
    return bool(chat.extra.get("external"))


def found(app: FeishuPlatform, chat_id: str, *, unknown: int = 232006) -> Chat:
    """The group of that id, which still stands. Raises ``unknown`` or 232009."""
    chat = app.town.chats["feishu"].get(chat_id)
    if chat is None:
        raise ApiError(unknown)
    if not chat.active:
        raise ApiError(232009)
    return chat


def joined(app: FeishuPlatform, chat_id: str, *, unknown: int = 232006, outside: int = 232011) -> Chat:
    """As ``found``, with the robot in it."""
    chat = found(app, chat_id, unknown=unknown)
    if not chat.bot:
        raise ApiError(outside)
    if is_external(chat) and not app.town.setting("feishu.shares_externally"):
        raise ApiError(232033)
    return chat


def setting(chat: Chat, key: str, default: str = "all_members") -> str:
    """A setting of the group, e.g. ``edit_permission``."""
    return str(chat.extra.get(key, default))


def allowed(app: FeishuPlatform, chat: Chat, key: str) -> bool:
    """Whether the robot may do what the group's setting leaves to all members or to owner and admins."""
    return setting(chat, key) == "all_members" or manages(app, chat)
