"""身份 (identities): the robot itself, or a person in whose name the app calls with a user_access_token.

A message in a person's name needs im:message and im:message.send_as_user; what a person may do in a group is what
they may do by hand. https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/create (read 2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.feishu import roles
from sandbox.feishu.calls import Call
from sandbox.feishu.errors import ApiError
from sandbox.model import BOT, Chat

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

AS_USER = (("im:message",), ("im:message.send_as_user",))
USER_UPDATES = (("im:message", "im:message:update"),)
USER_RECALLS = (("im:message", "im:message:recall"),)


def of(call: Call) -> str:
    """Whose call it is: a person's open_id, or ``BOT``."""
    return BOT if call.user is None else call.user.id


def require_in(chat: Chat, who: str) -> None:
    """Raises 232009 for a group that is no more, 230002 for one they are not in."""
    if not chat.active:
        raise ApiError(232009)
    if not (chat.bot if who == BOT else who in chat.members):
        raise ApiError(230002)


def leads(chat: Chat, who: str) -> bool:
    """群主 or 群管理员; a robot that made the group counts as one."""
    return who == chat.owner or who in chat.admins or (who == BOT and roles.is_creator(chat))


def may_mention_all(app: FeishuPlatform, chat: Chat, who: str) -> bool:
    if who == BOT:
        return roles.allowed(app, chat, "at_all_permission")
    return roles.setting(chat, "at_all_permission") == "all_members" or leads(chat, who)
