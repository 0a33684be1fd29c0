"""What DingTalk's refusals mean (错误码): every code of both hosts as one of our error kinds.

The new host answers HTTP 4xx with ``code``, the old one HTTP 200 with ``errcode``; the code decides, never the
status alone. Sources: D/server-api-error-codes-1, D/how-to-process-api-throttling-on-the-dingtalk-server,
D/the-robot-sends-a-group-message, D/create-and-deliver-cards, D/common-errors (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from pydantic import ValidationError

from adapters import errors
from adapters.calls import Answer, Call, unavailable
from adapters.dingtalk import limits, wire


class Kind(Enum):
    """What a code means; the pauses are in ``PAUSE_S``."""

    TOKEN = auto()  # refused token: a new one, once
    FORBIDDEN = auto()  # a permission, a setting in the console, a mute
    GONE = auto()  # chat, person, card or message
    WRONG = auto()  # our request, or unwelcome words in it
    BUSY = auto()  # the platform's own trouble: nobody knows whether it was executed
    SLOW = auto()  # too many calls
    UNKNOWN = auto()  # the platform says that it does not know
    EMPTY = auto()  # the month's pot


CARD_ABSENT = "param.cardNotExist"
"""The proof that no card has this outTrackId. D/interactive-card-update-interface (read 2026-11)"""

PUNISHED = "punish"
"""Our word for a ban of our address, which comes as ``{"status":1111,"punish":"deny"}``. D/call-frequency-limit"""

CONTACT_RANGE = frozenset({"50002", "50004"})
"""The person or department is outside the app's 通讯录权限范围."""

_F = "Forbidden.AccessDenied."

NO_PERMISSION = frozenset({f"{_F}AccessTokenPermissionDenied", "60011"})
"""The app lacks a 权限点; every other refusal is about the caller, a range or a group."""

PAUSE_S: Mapping[str, float] = {
    f"{_F}QpsLimitForAppkeyAndApi": 1.0,
    f"{_F}QpmLimitForAppkeyAndApi": 60.0,
    f"{_F}QpsLimitForApi": 2.0,
    "90018": 1.0,
    "90002": 2.0,
    "90005": 10.0,  # guess
    "90006": 10.0,  # guess
    "send.too.fast": 5.0,  # guess: no number is published
    "too.many.group": 60.0,  # guess
    "too.many.people": 60.0,  # guess
    "toomuch.msg": 60.0,
    "130101": 60.0,
    "410100": 600.0,
    "143104": 60.0,
    "41047": 60.0,
    "41048": 60.0,
}
"""Seconds of civil time a lane rests after a refusal by rate."""

_TABLE: Mapping[Kind, tuple[str, ...]] = {
    Kind.TOKEN: (
        *("InvalidAuthentication", "authFailed", "auth.error", "unauthorized"),
        *("33001", "40001", "40014", "42001", "41001", "40089", "400101", "300005"),
    ),
    Kind.FORBIDDEN: (
        *(f"{_F}AccessTokenPermissionDenied", f"{_F}IpNotInWhiteList"),
        *("invalidParameter.robotCode.auth", "only.groupAdmin.canAtAll", "bot.forbidden.sendMessage"),
        *("chatbotId.notAllow.sendOTO", "permession.checkFailed"),
        *(
            "groupTemplate.permessionDenied.orgNotInGrayList",
            "groupTemplate.permessionDenied.appNotInstalled",
        ),
        *("groupTemplate.permessionDenied.orgNotConsistent", "groupPermissionDenied"),
        *("groupTemplatePermissionDenied", "accessDenied", "not.allowed.robotCode", "permissionDenied"),
        *("60011", "60020", "50002", "50004", "400020", "310000"),
    ),
    Kind.GONE: (
        *("invalidParameter.robotCode.notExsit", "resource.not.found", "bot.stopped", "template.stopped"),
        *("invalid.openConversationId", "conversation.org.notMatch", "group.disbanded", "robot.oto.notExist"),
        *("processQueryKey.expireTime", CARD_ABSENT, "param.userIdNotExist", "groupTemplate.notFound"),
        *("spaceNotExist", "dentryNotExist"),
        *("member.notFound", "userNotInGroup", "invalidParameter.robotCode.downloadCode"),
        *("33012", "60121", "60003", "40104", "300001", "400013", "400102", "400106"),
    ),
    Kind.WRONG: (
        *("InvalidAction.NotFound", "miss.openConversationId", "invalidParameter.msgParam.tooLong"),
        *("invalidParameter.userIds.overMax", "contain.notAllowed.text", "contain.notAllowed.picture"),
        *("contain.notAllowed.content", "contain.unsafe.url", "param.outTrackIdEmpty"),
        *("param.openSpaceIdInvalid", "param.cardTemplateIdEmpty", "param.openDeliverModelError"),
        *("param.contentUnsafe", "parameter.invalid", "member.exceed", "cidEncryptError"),
        *(
            "subAdminNumberExcessive",
            "cannot.ban.owner",
            "ding.receivercount.limit",
            "nameConflict",
            "reject",
        ),
        *(
            "40004",
            "40016",
            "40035",
            "41046",
            "41052",
            "43004",
            "43007",
            "34001",
            "49000",
            "400001",
            "400002",
        ),
        *("400105", "400202", "430101", "430102", "430103", "430104", "460101", "143105", "143106"),
    ),
    Kind.BUSY: ("system.error", "system.busy", "-1", "15"),
    Kind.SLOW: tuple(PAUSE_S),
    Kind.UNKNOWN: ("unknown.send.result",),
    Kind.EMPTY: (f"{_F}ApiCountLimitForOrg", "90020", "ding.serverquota.insufficient"),
}

KINDS: Mapping[str, Kind] = {code: kind for kind, codes in _TABLE.items() for code in codes}


def classify(call: Call, answer: Answer) -> errors.PlatformError | None:
    """``None`` for success, else what it means for us."""
    try:
        said = wire.Answer.model_validate(dict(answer.body))
    except ValidationError:
        said = wire.Answer()
    if said.punish:
        return errors.RateLimited("banned by address", retry_after_s=limits.IP_BAN_S, code=PUNISHED)
    code = _code(answer, said)
    return _error(call, code, _kind(answer.status, code, said), said) if code else None


def request_id(answer: Answer) -> str:
    """``requestid`` of the new host, ``request_id`` of the old one."""
    return str(answer.body.get("requestid") or answer.body.get("request_id") or "")


def kind_of(code: str) -> Kind | None:
    """What the tables say about a code; a field's name is part of some (``Missing<field>``)."""
    if code.startswith("Missing"):
        return Kind.WRONG
    return KINDS.get(code)


def _code(answer: Answer, said: wire.Answer) -> str:
    """The code of a failure, ``""`` for success. A status of failure without a code stands for itself."""
    if said.errcode not in {"", "0"}:
        return said.errcode
    if answer.status >= 300:
        return said.code or str(answer.status)
    return ""


def _kind(status: int, code: str, said: wire.Answer) -> Kind:
    if code == "88":  # without a sub code it is their time-out, D/server-api-error-codes-1
        return Kind.FORBIDDEN if said.sub_code else Kind.BUSY
    known = kind_of(code)
    if known is not None:
        return known
    if status >= 500:
        return Kind.BUSY
    return {401: Kind.TOKEN, 403: Kind.FORBIDDEN, 429: Kind.SLOW}.get(status, Kind.WRONG)


def _error(call: Call, code: str, kind: Kind, said: wire.Answer) -> errors.PlatformError:
    detail = said.message or said.errmsg or said.sub_msg or "refused"
    match kind:
        case Kind.TOKEN:
            return errors.Unauthorized(detail, code=code)
        case Kind.FORBIDDEN:
            return errors.Forbidden(detail, code=code, scope=_scope(code, said))
        case Kind.GONE:
            return errors.NotFound(detail, code=code)
        case Kind.BUSY:
            return unavailable(detail, call, code=code)
        case Kind.SLOW:
            return errors.RateLimited(detail, retry_after_s=PAUSE_S.get(code, 1.0), code=code)
        case Kind.UNKNOWN:
            return errors.OutcomeUnknown(detail, code=code)
        case Kind.EMPTY:
            return errors.QuotaExhausted(detail, code=code)
        case Kind.WRONG:
            return errors.Rejected(detail, code=code)


def _scope(code: str, said: wire.Answer) -> str:
    """The missing permission as the console names it; the contact range is a setting of its own."""
    if code in CONTACT_RANGE:
        return "通讯录权限范围"
    return ",".join(said.scopes)
