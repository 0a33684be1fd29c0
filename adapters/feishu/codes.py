"""What Feishu's codes mean for us (飞书错误码): one table; the code in the body decides, not the status.

Pages: general https://open.feishu.cn/document/ukTMukTMukTM/ugjM14COyUjL4ITN; sending …/reference/im-v1/message/create;
recalling …/message/delete; history …/message/list; readers …/message/read_users; groups …/chat-members/create, …/chat/create;
admins …/chat-managers/add_managers; folders …/drive-v1/file/create_folder, …/drive-v1/permission-member/create;
contacts …/reference/contact-v3/department/children, …/user/get. All read 2026-11 in the copy of 2026-05.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from adapters.calls import Answer, Call, unavailable
from adapters.errors import (
    Forbidden,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    QuotaExhausted,
    RateLimited,
    Rejected,
    Unauthorized,
)
from adapters.feishu.limits import DEFAULT_WAIT_S


class _Kind(Enum):
    RATE_LIMITED = auto()
    UNAVAILABLE = auto()
    UNAUTHORIZED = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    REJECTED = auto()
    QUOTA_EXHAUSTED = auto()
    OUTCOME_UNKNOWN = auto()


_SORTED: Mapping[_Kind, tuple[int, ...]] = {
    _Kind.RATE_LIMITED: (
        99991400,  # the interface's rate; the wait is in x-ogw-ratelimit-reset
        11232, 11233, 11247,  # the message service's own limits: all of it, a chat, a day's batches
        230020,  # 5 a second to one chat
        230047,  # pins
        232019,  # a group, also two member calls at once
        1061045,  # drive: five folders a second, 10,000 a day
    ),
    _Kind.UNAVAILABLE: (
        40003,  # contact: internal error, "retry"
    ),
    _Kind.UNAUTHORIZED: (
        10012, 10014, 10015,  # no app token, app disabled, wrong app secret
        99991662, 99991673,  # app disabled, not usable in this tenant
        99991663, 99991664, 99991665, 99991671,  # token invalid, expired, illegal, of the wrong form
        99991668, 99991677,  # user token invalid, expired
        42008,  # tenant invalid
    ),
    _Kind.FORBIDDEN: (
        99991401,  # the caller's address is not in the app's list
        99991672, 99991679,  # a scope is missing
        230006, 232025, 232034,  # bot ability off, app not installed
        230018, 230035, 230046, 230052,  # the group's settings, muted, pins, urgent
        230026, 230027,  # no right to recall; a permission is missing (history: im:message.group_msg)
        231203, 231204,  # history not for this kind of group, or app
        232002, 232014, 232016, 232017, 232033, 232038,  # owner, admin or creator only
        232060, 232075, 1061004, 1063002,  # group banned, joining needs approval; no right on the folder
        40004, 40014, 41050,  # outside 通讯录权限范围
    ),
    _Kind.NOT_FOUND: (
        99992351, 99992360, 99992364, 230034, 41012, 232007,  # no such person
        230013, 230029,  # out of 可用范围, disabled or resigned
        230002, 232011, 232006, 232009, 232010,  # the bot is not in that group, or there is none any more
        230011, 230110, 230111, 230050, 230019,  # recalled, deleted, self-destructing, invisible; no such topic
        232024, 40015,  # the person cannot see the app; no such department
        232022, 232028, 232043, 232065, 1061003, 1061044,  # resigned, bad or unseen people; no such folder
    ),
    _Kind.QUOTA_EXHAUSTED: (
        99991403,  # the month's calls
        230024,  # the company's urgent calls
    ),
    _Kind.OUTCOME_UNKNOWN: (
        230049,  # a message with this uuid is being sent right now: ask again
        232068,  # a group with this uuid is being made
    ),
    _Kind.REJECTED: (
        10003, 99991661, 99991201, 99991301, 99992402, 230001, 232001,  # our request is wrong
        230009, 230031, 230033,  # too old: to recall, to update, to ask who read it
        230012, 230015, 230017, 230038, 230054, 230055,  # not ours, not shareable, wrong kind
        230022, 230028, 230100,  # sensitive words, data leak check, looks like a test
        230023, 230098,  # urgent: too many unread, folded message
        230025, 230099,  # too long; the card cannot be made
        230053,  # the person switched the bot's messages off
        230071, 230072, 230073, 230074, 230075,  # editing and threads
        232004, 232008, 232015, 232076,
        232012, 232030, 232031, 232032, 232035,  # a new owner who may not be one
        232013, 232044, 232040,  # too many members, too many admins
        232020, 232023, 232026, 232042, 232057, 232078, 232079, 232091,  # name and settings
        232021, 232027, 232039, 232092, 232093,  # a bot, an outsider; done without a list; a meeting runs
        1061002, 1061043, 1061101, 1062507, 1063001,  # folders: wrong, too large, full
        40001, 40002, 40008, 40011, 40012, 43010, 44102,
    ),
}  # fmt: skip

_KINDS: Mapping[int, _Kind] = {code: kind for kind, codes in _SORTED.items() for code in codes}

UNREACHABLE_RANGE = frozenset({"40004", "40014", "41050"})
"""The contact range does not reach there: widen 通讯录权限范围."""

BEING_SENT = "230049"
ALREADY_GONE = frozenset({"230011", "230110", "230111", "232009"})
TOO_BIG_FOR_RECURSION = "43010"
DONE_WITHOUT_LIST = "232039"
"""Admins were named or unnamed, only the list of them could not be made."""

CHAT_LIMITS = frozenset({"230020", "11233"})
"""Rate limits of the receiving chat or person, not of the interface."""


def classify(call: Call, answer: Answer) -> PlatformError | None:
    """``None`` for success. Some old interfaces answer errors with HTTP 200, so the code decides."""
    code = answer.body.get("code")
    if code == 0:
        return None
    if not isinstance(code, int):
        return unavailable(f"HTTP {answer.status} without a code", call)
    kind = _KINDS.get(code) or _by_status(answer.status)
    return _error(kind, code, call, answer)


def request_id(answer: Answer) -> str:
    """``X-Tt-Logid``, else ``error.log_id``: what Feishu's support asks for."""
    error = answer.body.get("error")
    in_body = error.get("log_id", "") if isinstance(error, dict) else ""
    return answer.headers.get("x-tt-logid", "") or str(in_body)


def _by_status(status: int) -> _Kind:
    """For a code that no page names; a server error may have done its work."""
    if status == 429:
        return _Kind.RATE_LIMITED
    if status in (401, 403):
        return _Kind.UNAUTHORIZED if status == 401 else _Kind.FORBIDDEN
    return _Kind.UNAVAILABLE if status >= 500 else _Kind.REJECTED


def _error(kind: _Kind, code: int, call: Call, answer: Answer) -> PlatformError:
    detail, written = str(answer.body.get("msg", "")), str(code)
    match kind:
        case _Kind.RATE_LIMITED:
            return RateLimited(detail, retry_after_s=_wait_s(answer.headers), code=written)
        case _Kind.UNAVAILABLE:
            return unavailable(detail, call, code=written)
        case _Kind.UNAUTHORIZED:
            return Unauthorized(detail, code=written)
        case _Kind.FORBIDDEN:
            return Forbidden(detail, scope=_scope(answer.body), code=written)
        case _Kind.NOT_FOUND:
            return NotFound(detail, code=written)
        case _Kind.QUOTA_EXHAUSTED:
            return QuotaExhausted(detail, code=written)
        case _Kind.OUTCOME_UNKNOWN:
            return OutcomeUnknown(detail, code=written)
        case _Kind.REJECTED:
            return Rejected(detail, code=written)


def _wait_s(headers: Mapping[str, str]) -> float:
    try:
        return max(0.0, float(headers["x-ogw-ratelimit-reset"]))
    except (KeyError, ValueError):
        return DEFAULT_WAIT_S


def _scope(body: Mapping[str, Any]) -> str:
    """``error.permission_violations[].subject``: the scopes, one of which would do."""
    error = body.get("error")
    violations = error.get("permission_violations") if isinstance(error, dict) else None
    subjects = (one.get("subject") for one in violations or () if isinstance(one, dict))
    return " ".join(subject for subject in subjects if isinstance(subject, str))
