"""设定 (settings): what the fact sheet leaves open or what an administrator decides; the likelier value is the default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEFAULTS: dict[str, Any] = {
    # the administrator's side
    "feishu.scopes": {},  # scope: granted or not; "*" speaks for those not named; else the set-up list
    "feishu.events": {},  # event type: subscribed or not; else the set-up list
    "feishu.availability": [],  # 可用范围: departments (id or name) and people (account or id); empty is everybody
    "feishu.contact_range": [],  # 通讯录权限范围: departments (id or name); empty is 全部成员
    "feishu.stopped_by": [],  # accounts of people who switched the robot's messages off (230053)
    "feishu.blocked_by": [],  # accounts of people who blocked the robot (230035)
    "feishu.bot_off": False,  # the robot ability is not activated (230006)
    "feishu.app_disabled": False,  # 10014, and 99991662 for what still has a token
    "feishu.ip_not_allowed": False,  # the caller stands outside the app's IP 白名单 (99991401)
    "feishu.other_bots": {},  # app_id: name of the robots of other apps in the company
    "feishu.shares_externally": False,  # 对外共享 is on and the company is verified; else 232033
    "feishu.recall_within_s": 86400,
    "feishu.edit_within_s": 86400,
    "feishu.most_members": 5000,
    "feishu.public_chats": True,  # else 232091
    "feishu.hides_member_count": True,  # else 232078
    "feishu.restricted_mode": False,  # only 企业旗舰版 has it; else 232057
    "feishu.sensitive_words": [],  # 230022
    "feishu.dlp_words": [],  # 230028
    "feishu.test_like_words": [],  # 230100, in batch messages
    "feishu.templates": {},  # template_id: card
    "feishu.approvals": {},  # approval_code: active or not, or the people who decide in turn, "head" the asker's own
    "feishu.wiki_spaces": [],  # names of the spaces a person opened to the app
    "feishu.announcement": "docx",  # or "doc", the old kind
    "feishu.redirect_uris": [],  # 重定向 URL; empty takes any
    # quotas
    "feishu.monthly_quota": 0,  # calls a month, 0 is without end (99991403)
    "feishu.quota_used_up": False,
    "feishu.urgent_quota": 100,  # paid urgent messages (sms, phone) that are left (230024)
    "feishu.token_life_s": 7200,
    # the line
    "feishu.webhook_url": "",
    "feishu.webhook_encrypted": True,
    "feishu.client_config": {},  # over ReconnectCount, ReconnectInterval, ReconnectNonce, PingInterval
    "feishu.max_connections": 50,
    "feishu.refuse_as": "server",  # or "client" (403) or "limit" (514, 1000040350): how the fault refuse answers
    "feishu.split_bytes": 0,  # data frames above that are split; 0 never
    "feishu.split_backwards": False,  # the parts go out last first
    "feishu.ordered_events": [],  # event types of which the next is sent only when the one before was taken
    "feishu.member_call_s": 0.02,  # real seconds of a call that adds or removes members; another one meanwhile: 232019
    "feishu.folder_call_s": 0.02,  # real seconds a call that makes a folder takes; another one meanwhile: 1061045
    # groups that are not as others, by id or name
    "feishu.secret_chats": [],  # 密聊: nothing is edited there (230073) or leaves it (230066)
    "feishu.encrypted_chats": [],  # 加密: nothing is edited there (230074), the robot does not write there (230075)
    "feishu.self_destructing_chats": [],  # messages destroy themselves: no reply, pin, urgent call, forwarding (230111)
    "feishu.banned_chats": [],  # 232060
    "feishu.meeting_chats": [],  # a meeting runs in them (232092)
    # what could not be confirmed
    "feishu.resigned_code": 230013,  # or 230029, to write to somebody who left
    "feishu.managers_unlisted": False,  # naming administrators is done, and answered 232039 without the list
    "feishu.topic_chat_type": "group",  # or topic_group, topic, p2p: what an event calls a 话题群
    "feishu.chats_without_topics": [],  # groups, id or name, in which nobody may answer in a topic (230071)
    "feishu.owner_by_admin": True,  # an administrator may hand the group over by the call, as its page says
    "feishu.card_frames": "event",  # or "card": the frame type of card callbacks
    "feishu.no_header_token": False,
    "feishu.answers_need_data": False,  # a press answered without data shows 108002, as one user reports
    "feishu.uuid_repeat": "first",  # the first message again; "busy": 230049
    "feishu.chat_uuid_repeat": "first",  # the first group again; "busy": 232068
    "feishu.at_all_denied_code": 230018,  # or 11235, or 0: it is sent and calls nobody
    "feishu.at_all_in_mentions": False,
    "feishu.read_events_for_cards": True,
    "feishu.read_events_for_batches": True,
    "feishu.largest_recursion": 1000,  # departments fetch_child gives before 43010
    "feishu.codes": {},  # "POST /open-apis/im/v1/messages": a code with which every such call fails
}
"""The default's type is the type of the setting."""

CHOICES: dict[str, tuple[Any, ...]] = {
    "feishu.announcement": ("docx", "doc"),
    "feishu.refuse_as": ("server", "client", "limit"),
    "feishu.card_frames": ("event", "card"),
    "feishu.topic_chat_type": ("group", "topic_group", "topic", "p2p"),
    "feishu.uuid_repeat": ("first", "busy"),
    "feishu.chat_uuid_repeat": ("first", "busy"),
    "feishu.at_all_denied_code": (230018, 11235, 0),
    "feishu.resigned_code": (230013, 230029),
}
NOT_BELOW_ZERO = (
    "feishu.recall_within_s", "feishu.edit_within_s", "feishu.most_members", "feishu.monthly_quota",
    "feishu.urgent_quota", "feishu.token_life_s", "feishu.max_connections", "feishu.split_bytes",
    "feishu.largest_recursion", "feishu.member_call_s", "feishu.folder_call_s",
)  # fmt: skip


def check(values: Mapping[str, Any]) -> None:
    """Raises ``ValueError`` for a value that means nothing, with what is allowed."""
    for key, value in values.items():
        if key in CHOICES and value not in CHOICES[key]:
            raise ValueError(f"{key} must be one of {', '.join(map(str, CHOICES[key]))}, not {value!r}")
        if key in NOT_BELOW_ZERO and value is not None and value < 0:
            raise ValueError(f"{key} must not be below 0")
    url = values.get("feishu.webhook_url")
    if url and not url.startswith(("http://", "https://")):
        raise ValueError(f"feishu.webhook_url must be a web address or empty, not {url!r}")
    bots = values.get("feishu.other_bots") or {}
    if not all(each.startswith("cli_") and isinstance(name, str) and name for each, name in bots.items()):
        raise ValueError("feishu.other_bots must map app ids (cli_…) to names")
    approvals = values.get("feishu.approvals") or {}
    if not all(isinstance(each, bool | list) for each in approvals.values()):
        raise ValueError("feishu.approvals must map codes to true, false or a list of people")
    config = values.get("feishu.client_config") or {}
    known = {"ReconnectCount", "ReconnectInterval", "ReconnectNonce", "PingInterval"}
    if not set(config) <= known or not all(type(each) is int for each in config.values()):
        raise ValueError(f"feishu.client_config may hold whole numbers for {', '.join(sorted(known))}")
