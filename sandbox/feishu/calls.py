"""网关 (gateway): what every call passes before its handler, and how its answer is dressed."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.feishu import errors, limits
from sandbox.feishu.errors import ApiError, wrong_field
from sandbox.fields import to_json
from sandbox.model import Person
from sandbox.recorder import note_message

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

log = logging.getLogger(__name__)

LOG_ID_HEADER = "X-Tt-Logid"
LARGEST_NUMBER = 2**63
TRUE = ("true", "True", "TRUE", "1", "t", "T")
FALSE = ("false", "False", "FALSE", "0", "f", "F")
"""The vendor's Python client writes ``True``, which the platform takes."""


class Flat(dict[str, Any]):
    """An answer that has no ``data`` around it."""


Answer = dict[str, Any] | web.StreamResponse
Handler = Callable[["Call"], Awaitable[Answer] | Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One call of the API.

    ``scopes``: of each inner tuple one must be granted. ``caller``: ``tenant``, ``user``, ``either`` or ``none``
    (no token). ``user_scopes``: likewise of what the person consented to. ``source``: the page of the fact sheet.
    ``own_errors``: its failures have a form of their own, also those of ``feishu.codes``.
    """

    method: str
    path: str
    run: Handler
    source: str
    scopes: tuple[tuple[str, ...], ...] = ()
    tier: str = "4"
    caller: str = "tenant"
    user_scopes: tuple[tuple[str, ...], ...] = ()
    own_errors: bool = False

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


class Call:
    """One request: what was sent, asked for by type. Wrong fields raise ``ApiError`` 99992402."""

    def __init__(self, app: FeishuPlatform, request: web.Request, body: dict[str, Any]) -> None:
        self.app = app
        self.town = app.town
        self.request = request
        self.body = body
        self.user: Person | None = None

    def path(self, key: str) -> str:
        return self.request.match_info[key]

    def made(self, message_id: str) -> None:
        """This call made a message; the record says so."""
        note_message(self.request, message_id)

    def text(self, key: str, *, default: str | None = None, longest: int | None = None) -> str:
        """A string of the body; it is required (and not empty) if there is no ``default``."""
        value = self.body.get(key)
        if value is None or (value == "" and default is not None):
            if default is None:
                raise wrong_field(key, f"{key} is required")
            return default
        if not isinstance(value, str):
            raise wrong_field(key, f"{key} must be a string", value)
        if default is None and not value:
            raise wrong_field(key, f"{key} is required")
        if longest is not None and len(value) > longest:
            raise wrong_field(key, f"the max len is {longest}", value)
        return value

    def texts(self, key: str, *, most: int | None = None, required: bool = False) -> list[str]:
        value = self.body.get(key)
        if value is None and not required:
            return []
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise wrong_field(key, f"{key} must be a list of strings", value)
        if most is not None and len(value) > most:
            raise wrong_field(key, f"the max len is {most}", len(value))
        if required and not value:
            raise wrong_field(key, f"{key} is required")
        return list(dict.fromkeys(value))

    def objects(self, key: str, *, most: int | None = None) -> list[dict[str, Any]]:
        value = self.body.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
            raise wrong_field(key, f"{key} must be a list of objects", value)
        if most is not None and len(value) > most:
            raise wrong_field(key, f"the max len is {most}", len(value))
        return value

    def object(self, key: str) -> dict[str, Any]:
        value = self.body.get(key)
        if not isinstance(value, dict):
            raise wrong_field(key, f"{key} must be an object", value)
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self.body.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise wrong_field(key, f"{key} must be true or false", value)
        return value

    def option(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        """A string of the body that is one of several."""
        value = self.text(key, default=default)
        if value not in allowed:
            raise wrong_field(key, f"options: [{','.join(allowed)}]", value)
        return value

    def query(self, key: str, default: str | None = None, *, longest: int | None = None) -> str:
        value = self.request.query.get(key, "")
        if not value:
            if default is None:
                raise wrong_field(key, f"{key} is required")
            return default
        if longest is not None and len(value) > longest:
            raise wrong_field(key, f"the max len is {longest}", value)
        return value

    def query_option(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        value = self.query(key, default)
        if value not in allowed:
            raise wrong_field(key, f"options: [{','.join(allowed)}]", value)
        return value

    def query_flag(self, key: str, *, default: bool = False) -> bool:
        value = self.query_option(key, (*TRUE, *FALSE), "true" if default else "false")
        return value in TRUE

    def query_number(self, key: str, default: int | None = None, *, most: int = LARGEST_NUMBER) -> int:
        return self.whole(key, self.query(key, None if default is None else str(default)), most=most)

    @staticmethod
    def whole(key: str, value: str, *, least: int = 0, most: int = LARGEST_NUMBER) -> int:
        if not value.isascii() or not value.isdigit() or len(value) > 19:
            raise wrong_field(key, f"{key} must be a whole number", value)
        if not least <= int(value) <= most:
            raise wrong_field(key, f"{key} must be from {least} to {most}", value)
        return int(value)

    def user_id_type(self, key: str = "user_id_type", extra: Sequence[str] = ()) -> str:
        return self.query_option(key, ("open_id", "union_id", "user_id", *extra), "open_id")


def new_log_id(app: FeishuPlatform) -> str:
    """Looks like ``20260907083000`` and 18 more digits; different for each call."""
    return app.town.clock.now().strftime("%Y%m%d%H%M%S") + app.town.new_id("", "log", length=18).upper()


def answer(app: FeishuPlatform, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The endpoint as aiohttp calls it."""

    async def run(request: web.Request) -> web.StreamResponse:
        log_id = new_log_id(app)
        try:
            result = await _run(app, endpoint, request)
        except ApiError as error:
            return failure(error, log_id)
        if isinstance(result, web.StreamResponse):
            result.headers[LOG_ID_HEADER] = log_id
            return result
        if not isinstance(result, Flat):
            result = {"code": 0, "msg": "success", "data": result}
        return web.json_response(result, headers={LOG_ID_HEADER: log_id}, dumps=to_json)

    return run


def failure(error: ApiError, log_id: str) -> web.Response:
    headers = {LOG_ID_HEADER: log_id, **error.headers()}
    return web.json_response(error.body(log_id), status=error.status, headers=headers, dumps=to_json)


async def _run(app: FeishuPlatform, endpoint: Endpoint, request: web.Request) -> Answer:
    call = Call(app, request, {})
    if app.town.setting("feishu.ip_not_allowed"):
        raise ApiError(99991401)
    if endpoint.caller != "none":
        if app.town.setting("feishu.app_disabled"):
            raise ApiError(99991662)
        call.user = app.tokens.caller(request.headers.get("Authorization", ""), endpoint.caller)
        app.use_quota()
        app.limits.take(endpoint.name, limits.TIERS[endpoint.tier])
        if call.user is None or not endpoint.user_scopes:
            require_scopes(app, endpoint.scopes)
        else:
            _require_consent(app, request, endpoint.user_scopes)
        _require_bot(app, endpoint)
    code = app.town.setting("feishu.codes").get(endpoint.name)
    if isinstance(code, int) and not endpoint.own_errors:
        raise ApiError(code)
    call.body = await _body(request)
    result = endpoint.run(call)
    return result if isinstance(result, dict | web.StreamResponse) else await result


BOT_OFF = {
    "/open-apis/im/v1/chats": 232025,
    "/open-apis/im/v1/messages": 230006,
    "/open-apis/im/v1/pins": 230006,
    "/open-apis/im/v1/images": 234007,
    "/open-apis/im/v1/files": 234007,
    "/open-apis/calendar/v4": 190007,
}
"""What calls say while the app has no robot."""


def _require_bot(app: FeishuPlatform, endpoint: Endpoint) -> None:
    if app.town.setting("feishu.bot_off"):
        for prefix, code in BOT_OFF.items():
            if endpoint.path.startswith(prefix):
                raise ApiError(code)


def require_scopes(app: FeishuPlatform, scopes: tuple[tuple[str, ...], ...]) -> None:
    """Raises 99991672 naming the scopes of which one is missing."""
    for any_of in scopes:
        if not any(app.has_scope(scope) for scope in any_of):
            names = ", ".join(any_of)
            raise ApiError(
                99991672,
                f"One of the following scopes is required: [{names}]. 应用尚未开通所需的应用身份权限：[{names}]",
                permissions=any_of,
            )


def _require_consent(app: FeishuPlatform, request: web.Request, scopes: tuple[tuple[str, ...], ...]) -> None:
    """Raises 99991679 naming the scopes of which the person gave none."""
    given = app.tokens.consent(request.headers.get("Authorization", ""))
    for any_of in scopes:
        if not set(any_of) & given:
            names = ", ".join(any_of)
            raise ApiError(99991679, f"required one of these privileges: [{names}]", permissions=any_of)


async def _body(request: web.Request) -> dict[str, Any]:
    """JSON whatever the header says; a multipart body is left to its handler."""
    if request.content_type.startswith("multipart/"):
        return {}
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise ApiError(errors.BAD_JSON, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise ApiError(errors.BAD_JSON, "the body is not a JSON object")
    return body
