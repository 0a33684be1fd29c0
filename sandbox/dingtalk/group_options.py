"""What the owner of a group may set (群设置): one set of options for both generations of groups.

D/create-a-scene-group, D/create-common-group-new-version-v2 (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk.params import Params
from sandbox.model import Chat

MUTED = "chat_banned_type"
AT_ALL = "mention_all_authority"
DEFAULTS: dict[str, int] = {
    AT_ALL: 0,
    "show_history_type": 0,
    "validation_type": 0,
    "searchable": 0,
    MUTED: 0,
    "management_type": 0,
    "only_admin_can_ding": 0,
    "all_members_can_create_mcs_conf": 1,
    "all_members_can_create_calendar": 0,
    "group_email_disabled": 0,
    "only_admin_can_set_msg_top": 0,
    "add_friend_forbidden": 0,
    "group_live_switch": 1,
    "members_to_admin_chat": 0,
    "not_quit_when_emp_leave": 0,
    "only_admin_can_add_mem": 0,
    "plugin_customize_verify": 0,
}
ORDINARY = {
    "mentionAllAuthority": AT_ALL,
    "showHistoryType": "show_history_type",
    "validationType": "validation_type",
    "searchable": "searchable",
    "chatBannedType": MUTED,
    "managementType": "management_type",
}
"""Those of an ordinary group, by their camelCase names."""


def of(chat: Chat) -> dict[str, int]:
    """All options as they are now; the mute is what the owner set last, by call or by hand."""
    return {**DEFAULTS, **chat.extra.get("options", {}), MUTED: 0 if chat.speak == "all" else 1}


def only_owner_may_at_all(chat: Chat) -> bool:
    return of(chat)[AT_ALL] == 1


def read(given: Params, names: dict[str, str] | None = None) -> dict[str, int]:
    """Those that are given, under their snake_case names; others are ignored, as DingTalk does."""
    known = names or {name: name for name in DEFAULTS}
    return {
        snake: given.number(name, least=0, most=1)
        for name, snake in known.items()
        if given.values.get(name) is not None
    }


def apply(chat: Chat, wanted: dict[str, int]) -> dict[str, Any]:
    """Keep them; returns what has to change in the chat itself."""
    chat.extra["options"] = {**chat.extra.get("options", {}), **wanted}
    return {"speak": "admins" if wanted[MUTED] else "all"} if MUTED in wanted else {}
