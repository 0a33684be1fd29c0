"""The door of the API (接口入口): token, permission, rate and quota before a call's own work, envelopes after it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.dingtalk import errors, params, quota
from sandbox.dingtalk.errors import NewError, OldError
from sandbox.dingtalk.params import Params
from sandbox.fields import to_json
from sandbox.recorder import note_message

if TYPE_CHECKING:
    from sandbox.dingtalk.platform import DingTalkPlatform

NEW_PREFIXES = ("/v1.0/", "/v2.0/")
PERSON = "person"
TOKEN_CODES = frozenset({40014, 41001, 42001})
TOKEN_HEADER = "x-acs-dingtalk-access-token"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Call:
    """One call on its way to the handler."""

    request: web.Request
    host: errors.Host
    body: Params
    query: Params
    path: Mapping[str, str]
    person: str = ""
    """Whose token it is; ``""``: the app's."""

    def made(self, message_id: str) -> None:
        """Say which message this call made."""
        note_message(self.request, message_id)


Handler = Callable[[Call], Awaitable[Any]]
"""Returns the body of the answer: the bare result on the new host (``None``: empty), what stands beside
``errcode`` on the old; or a whole response."""


@dataclass(frozen=True, slots=True)
class Api:
    """One endpoint.

    Attributes:
        scope: the 权限点 it needs; ``""`` none.
        pot: the month's pot it draws on; ``""`` none: tokens, log-in, contacts.
        token: ``app``, ``person`` or ``""``.
        needs_body: whether a body that is no JSON object is refused.
        documented: false for what only the vendor's generated client knows.
    """

    method: str
    path: str
    handler: Handler = field(repr=False)
    scope: str = ""
    pot: str = quota.CALLS
    token: str = "app"  # noqa: S105
    needs_body: bool = True
    documented: bool = True

    @property
    def is_new(self) -> bool:
        return self.path.startswith(NEW_PREFIXES)

    @property
    def host(self) -> errors.Host:
        return errors.NEW if self.is_new else errors.OLD

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


class Door:
    """Turns an ``Api`` into a route."""

    def __init__(self, platform: DingTalkPlatform) -> None:
        self._platform = platform
        self._town = platform.town

    def route(self, api: Api) -> web.RouteDef:
        async def handler(request: web.Request) -> web.StreamResponse:
            if self._town.setting("dingtalk.banned"):
                return _json(self._punishment(), 200)
            try:
                return self._answer(api, await api.handler(await self._admit(api, request)))
            except (NewError, OldError) as error:
                return self.refuse(error)

        return web.route(api.method, api.path, handler)

    def refuse(self, error: NewError | OldError) -> web.Response:
        status = error.status
        if isinstance(error, OldError) and error.errcode not in TOKEN_CODES:
            status = self._town.setting("dingtalk.old_error_status")
        return _json(error.body(self.request_id()), status)

    def pay(self, calls: int) -> None:
        """Count more of the month's calls than the one that was counted at the door."""
        if not all(self._platform.quota.take(quota.CALLS) for _ in range(calls)):
            raise NewError(errors.QUOTA_EMPTY, "企业本月接口调用量已用完", status=403)

    def _punishment(self) -> dict[str, Any]:
        """What a banned address reads, whatever it calls. D/call-frequency-limit."""
        return {
            "status": 1111,
            "wait": 5,
            "source": "x5",
            "punish": "deny",
            "uuid": self.request_id().lower(),
        }

    def _refuse_as_ordered(self, api: Api, path: str) -> None:
        code = self._town.setting("dingtalk.errors").get(path)
        if code is None:
            return
        if api.is_new:
            raise NewError(str(code), "按设定拒绝", status=errors.status_of(str(code)))
        raise OldError(code if isinstance(code, int) else -1, "按设定拒绝")

    def request_id(self) -> str:
        return self._town.new_id("", "request").upper()

    def _answer(self, api: Api, result: Any) -> web.StreamResponse:
        if isinstance(result, web.StreamResponse):
            return result
        if api.is_new:
            return web.Response() if result is None else _json(result, 200)
        return _json({"errcode": 0, "errmsg": "ok", "request_id": self.request_id(), **(result or {})}, 200)

    async def _admit(self, api: Api, request: web.Request) -> Call:
        query = dict(request.query)
        if self._town.setting("dingtalk.ip_not_allowed"):
            text = "访问ip不在白名单之中"
            raise NewError(errors.IP_REFUSED, text, status=403) if api.is_new else OldError(60020, text)
        person = self._who(api, request, query)
        self._permit(api)
        self._refuse_as_ordered(api, request.path)
        self._meter(api)
        return Call(
            request=request,
            host=api.host,
            body=Params(await self._body(api, request), api.host),
            query=Params(query, api.host),
            path=dict(request.match_info),
            person=person,
        )

    def _who(self, api: Api, request: web.Request, query: Mapping[str, str]) -> str:
        if not api.token:
            return ""
        value = request.headers.get(TOKEN_HEADER, "") if api.is_new else query.get("access_token", "")
        token = self._platform.tokens.valid(value)
        if token is None or bool(token.person) != (api.token == PERSON):
            raise self._bad_token(api, value)
        return token.person

    def _bad_token(self, api: Api, value: str) -> NewError | OldError:
        expired = self._platform.tokens.was_valid(value)
        if api.is_new:
            status = self._town.setting("dingtalk.expired_token_status") if expired else 400
            return NewError(errors.BAD_TOKEN, "不合法的access_token", status=status)
        if not value:
            return OldError(41001, "缺少access_token参数")
        return OldError(42001, "access_token超时") if expired else OldError(40014, "不合法的access_token")

    def _permit(self, api: Api) -> None:
        is_offered = api.documented or self._town.setting("dingtalk.undocumented_calls")
        if is_offered and (not api.scope or self._platform.has_scope(api.scope)):
            return
        if api.is_new:
            detail = {"requiredScopes": [api.scope]}
            raise NewError(
                errors.NO_PERMISSION, "没有调用该接口的权限", status=403, accessdenieddetail=detail
            )
        raise OldError(60011, f"没有调用该接口的权限 requiredScopes=[{api.scope}]")

    def _meter(self, api: Api) -> None:
        """A call that comes too fast is not counted; one that fails later is."""
        if self._platform.quota.too_fast(api.name):
            if api.is_new:
                raise NewError(errors.TOO_FAST, "触发应用维度接口QPS限流", status=403)
            raise OldError(90018, "您的服务器调用钉钉开放平台当前接口过于频繁")
        if api.pot == quota.CALLS and not self._platform.quota.take(quota.CALLS):
            if api.is_new:
                raise NewError(errors.QUOTA_EMPTY, "企业本月接口调用量已用完", status=403)
            raise OldError(90020, "企业本月接口调用量已用完")

    async def _form(self, request: web.Request) -> Mapping[str, Any]:
        try:
            return {key: str(value) for key, value in (await request.post()).items()}
        except (LookupError, ValueError):
            raise OldError(errors.PARAMETER, "不合法的参数") from None

    async def _body(self, api: Api, request: web.Request) -> Mapping[str, Any]:
        if request.method not in ("POST", "PUT", "PATCH") or request.content_type.startswith("multipart/"):
            return {}
        raw = await request.read()
        if not api.is_new and request.content_type == "application/x-www-form-urlencoded":
            return await self._form(request)
        if not api.needs_body and (not raw or not api.is_new):
            return {}
        if api.is_new and request.content_type != "application/json":
            raise errors.NEW.missing("body")
        value = params.as_object(raw.decode("utf-8", "replace"))
        if isinstance(value, dict):
            return value
        if api.is_new:
            raise errors.NEW.missing("body")
        if not raw:
            return {}
        raise OldError(errors.PARAMETER, "不合法的参数: JSON")


def _json(body: Any, status: int) -> web.Response:
    return web.json_response(body, status=status, dumps=to_json)


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
