"""权限 (scopes): what the app has been granted; the setting ``feishu.scopes`` grants or takes away single ones."""

from __future__ import annotations

_SET_UP_LIST = """
    im:message im:message:send_as_bot im:message:recall im:message:update im:message:readonly
    im:message.p2p_msg:readonly im:message.group_at_msg:readonly im:message.group_msg
    im:message.urgent im:message.urgent:sms im:message.urgent:phone im:message.pins:write_only
    im:message.pins:read im:message.reactions:read im:resource im:message:send_multi_users
    im:message:send_multi_depts im:chat im:chat:create im:chat:read im:chat:update im:chat:delete
    im:chat.members:read im:chat.members:write_only im:chat.members:bot_access
    im:chat.managers:write_only im:chat:moderation:write_only im:chat.moderation:read
    im:chat.top_notice:write_only im:chat.tabs:write_only im:chat.tabs:read
    im:chat.menu_tree:write_only im:chat.menu_tree:read im:chat.announcement:read
    im:chat.announcement:write_only im:chat:operate_as_owner
    contact:contact.base:readonly contact:department.base:readonly
    contact:department.organize:readonly contact:user.base:readonly
    contact:user.department:readonly contact:user.employee:readonly
    contact:user.employee_id:readonly contact:user.id:readonly
    drive:drive docs:permission.member:create wiki:wiki calendar:calendar
    calendar:calendar:readonly approval:approval cardkit:card:write offline_access
"""
GRANTED = frozenset(_SET_UP_LIST.split())
"""The set-up list of the fact sheet, the sensitive ``im:message.group_msg`` and the paid calls among them."""

SEND = ("im:message", "im:message:send_as_bot", "im:message:send")
READ = ("im:message", "im:message:readonly")
UPDATE = ("im:message", "im:message:send_as_bot", "im:message:update")
CHAT_READ = ("im:chat", "im:chat:read", "im:chat:readonly")
CHAT_UPDATE = ("im:chat", "im:chat:update")
MEMBERS_READ = ("im:chat", "im:chat:readonly", "im:chat.members:read")
MEMBERS_WRITE = ("im:chat", "im:chat.members:write_only")
RESOURCE = ("im:resource", "im:resource:upload")
GROUP_HISTORY = ("im:message.group_msg", "im:message.group_msg:readonly")
P2P_EVENTS = ("im:message.p2p_msg:readonly", "im:message.p2p_msg")
AT_EVENTS = (
    "im:message.group_at_msg:readonly", "im:message.group_at_msg", "im:message.group_at_msg.include_bot:readonly",
)  # fmt: skip
CONTACT = (
    "contact:contact.base:readonly", "contact:contact:readonly", "contact:contact:readonly_as_app",
    "contact:contact:access_as_app",
)  # fmt: skip
AS_OWNER = "im:chat:operate_as_owner"
EVERY = "*"


def has(wanted: dict[str, object], scope: str) -> bool:
    """Whether ``scope`` is granted; ``"*"`` in the setting speaks for all that are not named in it."""
    if scope in wanted:
        return bool(wanted[scope])
    return bool(wanted.get(EVERY, scope in GRANTED))
