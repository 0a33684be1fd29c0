"""What DingTalk says no with (错误): ``code`` and a status of failure on the new host, ``errcode`` with 200 on the old.

D/server-api-error-codes-1, D/how-to-process-api-throttling-on-the-dingtalk-server (read 2026-11).
"""

from __future__ import annotations

from typing import Any

_DENIED = "Forbidden.AccessDenied."
BAD_TOKEN = "InvalidAuthentication"  # noqa: S105
NO_PERMISSION = _DENIED + "AccessTokenPermissionDenied"
TOO_FAST = _DENIED + "QpsLimitForAppkeyAndApi"
QUOTA_EMPTY = _DENIED + "ApiCountLimitForOrg"
IP_REFUSED = _DENIED + "IpNotInWhiteList"
NOT_FOUND = "InvalidAction.NotFound"

PARAMETER = 40035
"""不合法的参数 of the old host; also said when the body is no JSON."""


class NewError(Exception):
    """A failure on ``/v1.0`` and ``/v2.0``."""

    def __init__(self, code: str, message: str = "", *, status: int = 400, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.more = more
        self.message = message or code

    def body(self, request_id: str) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "requestid": request_id, **self.more}


class OldError(Exception):
    """A failure on the old host; always HTTP 200, which is a guess but for a wrong token."""

    status = 200

    def __init__(self, errcode: int, errmsg: str, **more: Any) -> None:
        super().__init__(errmsg)
        self.errcode = errcode
        self.errmsg = errmsg
        self.more = more

    def body(self, request_id: str) -> dict[str, Any]:
        return {"errcode": self.errcode, "errmsg": self.errmsg, "request_id": request_id, **self.more}


class Host:
    """How one host words the refusals that every call shares."""

    def missing(self, field: str) -> Exception:
        raise NotImplementedError

    def wrong(self, field: str, what: str) -> Exception:
        raise NotImplementedError


class NewHost(Host):
    def missing(self, field: str) -> Exception:
        return NewError(f"Missing{field}", f"{field} is mandatory for this action.")

    def wrong(self, field: str, what: str) -> Exception:
        return NewError("parameter.invalid", f"{field} {what}")


class OldHost(Host):
    def missing(self, field: str) -> Exception:
        return OldError(PARAMETER, f"缺少参数 {field}")

    def wrong(self, field: str, what: str) -> Exception:
        return OldError(PARAMETER, f"不合法的参数 {field}: {what}")


NEW = NewHost()
OLD = OldHost()


def status_of(code: str) -> int:
    """The HTTP status of a code of the new host."""
    if code.startswith("Forbidden."):
        return 403
    return 500 if code.startswith("system.") else 401 if code == "authFailed" else 400


def by_status(status: int, *, new: bool) -> NewError | OldError:
    """What the platform would say where an error was ordered by its HTTP status alone.

    DingTalk knows no 429: too many calls are a 403 on the new host and errcode 90018 on the old.
    """
    if new:
        code, real = _NEW_BY_STATUS.get(status, ("system.error" if status >= 500 else "Http", status))
        return NewError(code if code != "Http" else f"Http{status}", f"HTTP {status}", status=real)
    errcode, errmsg = _OLD_BY_STATUS.get(status, (-1, "系统繁忙"))
    more = {"sub_code": "isp.top-remote-connection-timeout"} if errcode == 15 else {}
    return OldError(errcode, errmsg, **more)


_NEW_BY_STATUS = {
    401: (BAD_TOKEN, 401),
    403: (NO_PERMISSION, 403),
    404: (NOT_FOUND, 404),
    429: (TOO_FAST, 403),
}
_OLD_BY_STATUS = {
    401: (40014, "不合法的access_token"),
    403: (60011, "没有调用该接口的权限"),
    404: (404, "请求的URI地址不存在"),
    429: (90018, "您的服务器调用钉钉开放平台当前接口过于频繁"),
    504: (15, "Remote service error"),
}
