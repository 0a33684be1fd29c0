"""群设置 (chat fields): which settings a group has, and what each may be.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/chat/update (read 2026-11)
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.feishu.errors import ApiError
from sandbox.model import Chat
from sandbox.town import Town

NO_NAME = "(无主题)"
LANGUAGES = ("zh_cn", "en_us", "ja_jp")
MEMBERS = ("all_members", "only_owner")
VISIBILITY = ("only_owner", "all_members", "not_anyone")
ALL_OR_OWNER = (
    "add_member_permission", "at_all_permission", "edit_permission", "urgent_setting",
    "video_conference_setting", "hide_member_count_setting",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """``options`` empty: any value of that kind. Whether create and update take it."""

    kind: type
    options: tuple[str, ...] = ()
    creates: bool = True
    updates: bool = True


FIELDS: dict[str, Field] = {
    "avatar": Field(str),
    "description": Field(str),
    "i18n_names": Field(dict),
    "chat_mode": Field(str, ("group", "topic"), updates=False),
    "group_message_type": Field(str, ("chat", "thread")),
    "chat_type": Field(str, ("private", "public")),
    "join_message_visibility": Field(str, VISIBILITY),
    "leave_message_visibility": Field(str, VISIBILITY),
    "membership_approval": Field(str, ("no_approval_required", "approval_required")),
    "urgent_setting": Field(str, MEMBERS),
    "video_conference_setting": Field(str, MEMBERS),
    "edit_permission": Field(str, MEMBERS),
    "hide_member_count_setting": Field(str, MEMBERS),
    "pin_manage_setting": Field(str, MEMBERS),
    "add_member_permission": Field(str, MEMBERS, creates=False),
    "share_card_permission": Field(str, ("allowed", "not_allowed"), creates=False),
    "at_all_permission": Field(str, MEMBERS, creates=False),
    "restricted_mode_setting": Field(dict),
}
PAIRS = (
    (
        "add_member_permission",
        "share_card_permission",
        (("only_owner", "not_allowed"), ("all_members", "allowed")),
    ),
)
"""Two fields that go together, and the values they may have together."""


def check_name(town: Town, name: str, *, public: bool, own: Chat | None = None) -> str:
    """The name as it will be; a public one needs two characters and must be the only one of that name."""
    if not public:
        return name or NO_NAME
    if not name:
        raise ApiError(232042)
    if len(name) < 2:
        raise ApiError(232020)
    for chat in town.chats["feishu"].values():
        if chat.active and chat is not own and chat.name == name and chat.extra.get("chat_type") == "public":
            raise ApiError(232026)
    return name
