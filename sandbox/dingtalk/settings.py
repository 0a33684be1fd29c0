"""Settings (设定) of DingTalk: what the fact sheet leaves open, with the likelier answer, and what differs by edition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

DEFAULTS: dict[str, Any] = {
    # what was bought, and what the administrator has set up in the console
    "dingtalk.edition": "standard",  # standard, professional, exclusive
    "dingtalk.cards": True,  # false: the permission for cards is missing
    "dingtalk.scopes": {},  # {权限点: false} is missing; what is not named is granted
    "dingtalk.events": {},  # {event type: ticked}; all are but robot_msg_read
    "dingtalk.event_url": "",  # events go to this address, encrypted, instead of the stream
    "dingtalk.robot_webhook_url": "",  # HTTP 模式 of the robot: messages are posted there instead of the stream
    "dingtalk.published": True,  # false: no senderStaffId, no isAdmin
    "dingtalk.main_admin": "zhoumin",  # account of the 主管理员
    "dingtalk.admins": [],  # accounts of 子管理员
    "dingtalk.contact_range": [],  # departments, id or name; empty: the whole company
    "dingtalk.app_range": [],  # 可见范围, likewise
    "dingtalk.card_templates": [],  # further published templates, of unknown variables
    "dingtalk.custom_robots": {},  # {group: {"secret"?, "keywords"?}}: groups with a 自定义机器人
    "dingtalk.login_redirects": [],  # registered 重定向URL; empty: any on this machine
    "dingtalk.approval_flows": {},  # {processCode: [people in turn, "head" is the originator's own]}: flows of templates
    # ordered refusals
    "dingtalk.errors": {},  # {path: code}: that call is refused with it, nothing executed
    "dingtalk.banned": False,  # the address is banned: every call is answered with a punishment
    "dingtalk.ip_not_allowed": False,  # the caller stands outside the 服务器出口IP白名单
    "dingtalk.forbidden_words": [],  # in a message: contain.notAllowed.text, on a card: param.contentUnsafe
    "dingtalk.filtered_people": [],  # accounts that batchSend puts into filteredStaffIdList, of unknown meaning
    # limits
    "dingtalk.calls_per_second": 20,  # for each API
    "dingtalk.calls_per_month": None,  # None: by edition
    "dingtalk.pushes_per_month": None,  # Webhook & Stream
    "dingtalk.calls_buffer_days": 5,  # calls go on that long after the month's pot is empty
    "dingtalk.pushes_buffer_days": 0,  # not known whether the buffer is for these too
    "dingtalk.messages_per_person_minute": 0,  # above: flowControlledStaffIdList; 0: never, no number is published
    "dingtalk.group_messages_per_minute": 0,  # to one group, above: send.too.fast; 0: no limit, no number is published
    "dingtalk.session_webhook_per_minute": 0,  # documented for custom robots only; 0: no limit
    "dingtalk.session_webhook_counts": True,  # against the month's pushes
    "dingtalk.presses_count": True,  # presses of cards too; past the quota they fail, which is a guess
    "dingtalk.token_lifetime_s": 7200,  # town seconds
    "dingtalk.batch_counts_people": False,  # batchSend is one call of the month's pot, however many people
    "dingtalk.expired_token_status": 400,  # the vendor's client mentions 401
    "dingtalk.old_error_status": 200,  # HTTP status of errors of the old host, but for a wrong token
    "dingtalk.unknown_path_status": 404,  # of the new host
    "dingtalk.undocumented_calls": True,  # calls that only the vendor's client knows; false: no permission
    # the stream
    "dingtalk.ticket_status": 401,  # of a used, old or unknown ticket
    "dingtalk.max_connections": 0,  # above, no ticket is given; 0: no limit is known
    "dingtalk.opening_frames": [],  # SYSTEM topics a new connection gets: CONNECTED, REGISTERED, KEEPALIVE
    "dingtalk.event_acks_are_read": True,  # false: whatever is answered to an EVENT, it counts as taken
    "dingtalk.ping_s": 25.0,  # real seconds between two pings; users report 20 to 30
    "dingtalk.connection_life_s": 0.0,  # town seconds until a disconnect; 0: only as a fault
    "dingtalk.ack_awaited_s": 10.0,  # real seconds the clock stands for a frame
    "dingtalk.robot_redelivery_s": 60.0,  # 0: never again, as the protocol page says
    "dingtalk.robot_redeliveries": 1,  # so many times
    "dingtalk.robot_waits_for_line": False,  # messages while nobody is connected come with the redelivery
    "dingtalk.event_retries_s": [10.0, 30.0],  # documented for callbacks by HTTP
    "dingtalk.events_wait_for_line": True,  # events while nobody is connected come with their retries
    "dingtalk.chat_events_for": "robot",  # robot (groups it is in), all, app (groups made by the app)
    "dingtalk.read_event_for_cards": True,  # robot_msg_read, if it is ticked
    "dingtalk.read_event_for_groups": True,  # likewise
    "dingtalk.blackboard_admins": [],  # accounts of 公告管理员 who are no administrators otherwise
    "dingtalk.ding_needs_professional": False,  # two official pages disagree
    "dingtalk.ding_quota": 0,  # receivers in all; 0: no end
    "dingtalk.ding_package": False,  # text messages and calls were bought
    # groups
    "dingtalk.most_members": 1_000,  # by the API; paid editions have more
    "dingtalk.admins_recall": True,  # 群管理员 take back other people's messages by hand, as the owner does
    "dingtalk.scene_groups_have_robot": True,  # the template brings the app's robot along
    "dingtalk.scene_uuid_hours": 0,  # a uuid is remembered that long; 0: for ever
    "dingtalk.group_template_is_open": True,  # 灰度: existing groups may be upgraded
    # sending
    "dingtalk.single_msg_param_bytes": 15_000,  # stated for groups only
    "dingtalk.redeliver_same_out_track_id": False,  # the same id again: no new card; whether it is shown again
    "dingtalk.cards_need_space_model": False,  # delivered only where the card has that space's model
    "dingtalk.streams_end_for_good": False,  # a variable that is finalized or failed can be streamed again
    "dingtalk.cards_can_be_recalled": True,  # by their carrierId
    "dingtalk.readers_as_objects": False,  # readUsers beside readUserIds, which only the vendor's client names
    "dingtalk.group_readers_within_24h": False,  # a limit is stated for single chats only
    "dingtalk.msg_uuid_hours": 0,  # a msgUuid is remembered that long; 0: for ever
    "dingtalk.group_recall_within_24h": False,  # a limit is stated for single chats only
    "dingtalk.muted_group_stops_robot": False,  # 全员禁言
    "dingtalk.owner_only_at_all_stops_robot": True,  # mention_all_authority 1 and @所有人 by card or webhook
    "dingtalk.out_of_range_is_invalid": True,  # batchSend to people outside the 可见范围
}


def check(values: Mapping[str, Any]) -> None:
    """Raises ``ValueError`` for a value that means nothing; its type has been checked before."""
    for key, value in values.items():
        if key not in DEFAULTS or value is None:
            continue
        is_right, allowed = _RULES.get(key) or _rule(DEFAULTS[key])
        if not is_right(value):
            raise ValueError(f"{key}: {allowed}")


_Rule = tuple[Callable[[Any], bool], str]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**12


def _rule(default: Any) -> _Rule:
    if isinstance(default, list):
        return lambda value: all(isinstance(each, str) for each in value), "a list of strings"
    if isinstance(default, bool | str):
        return lambda _: True, ""
    return _is_number, "a number, 0 or more"


def _one_of(*words: str) -> _Rule:
    return lambda value: value in words, "one of " + ", ".join(words)


def _map_of(kinds: Any, what: str) -> _Rule:
    return lambda value: all(isinstance(each, kinds) for each in value.values()), f"an object of {what}"


_STATUS: _Rule = (lambda value: isinstance(value, int) and 200 <= value <= 599, "an HTTP status")
_RULES: dict[str, _Rule] = {
    "dingtalk.edition": _one_of("standard", "professional", "exclusive"),
    "dingtalk.chat_events_for": _one_of("robot", "all", "app"),
    "dingtalk.scopes": _map_of(bool, "true and false"),
    "dingtalk.events": _map_of(bool, "true and false"),
    "dingtalk.custom_robots": _map_of(dict, "objects"),
    "dingtalk.approval_flows": _map_of(list, "lists of people"),
    "dingtalk.errors": _map_of(str | int, "codes"),
    "dingtalk.event_retries_s": (lambda value: all(map(_is_number, value)), "a list of seconds"),
    "dingtalk.expired_token_status": _STATUS,
    "dingtalk.old_error_status": _STATUS,
    "dingtalk.unknown_path_status": _STATUS,
    "dingtalk.ticket_status": _STATUS,
}
