"""登录 (log-in): authorize page, user token, refresh, and who it is.

https://open.feishu.cn/document/ukTMukTMukTM/authentication-management/access-token/get-user-access-token (read 2026-11)
"""

from __future__ import annotations

import base64
import hashlib
import html
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from sandbox.feishu.auth import LIFE
from sandbox.feishu.calls import Answer, Call, Endpoint, Flat
from sandbox.feishu.errors import ApiError
from sandbox.feishu.ids import MAIL_HOST
from sandbox.fields import to_json
from sandbox.model import Person
from sandbox.platform import Absent

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

CODE_LIVES = timedelta(minutes=5)
REFRESH_LIVES = timedelta(seconds=604800)
MOST_SCOPES = 50
MOST_SHOWN = 500
OFFLINE = "offline_access"
TOKEN_PATH = "/open-apis/authen/v2/oauth/token"  # noqa: S105
TEXTS = {
    20001: ("invalid_request", "The request is missing a required parameter."),
    20002: ("invalid_client", "The client secret is invalid."),
    20003: ("invalid_grant", "The authorization code is not found."),
    20004: ("invalid_grant", "The authorization code has expired."),
    20010: ("access_denied", "The user does not have the permission to use this app."),
    20024: ("invalid_grant", "The code or refresh token does not belong to this client."),
    20026: ("invalid_grant", "The refresh token is invalid."),
    20036: ("unsupported_grant_type", "The grant_type is not supported."),
    20037: ("invalid_grant", "The refresh token has expired."),
    20048: ("invalid_client", "The app does not exist."),
    20049: ("invalid_grant", "The PKCE code challenge failed."),
    20050: ("server_error", "The service is temporarily unavailable, try again later."),
    20064: ("invalid_grant", "The refresh token has been revoked."),
    20065: ("invalid_grant", "The authorization code has been used."),
    20071: ("invalid_grant", "The redirect_uri does not match."),
    20072: ("server_error", "The service is temporarily unavailable, try again later."),
    20073: ("invalid_grant", "The refresh token has been used."),
    20074: ("invalid_grant", "Refreshing user tokens is switched off for this app."),
}


class _Denied(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Login:
    """On the town's own address; at Feishu the page stands on accounts.feishu.cn."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        base = "/open-apis/authen/"
        return [
            Endpoint(method="GET", path=base + "v1/authorize", run=self.authorize, source="D6", caller="none"),
            Endpoint(method="POST", path=TOKEN_PATH, run=self.token, source="D114", caller="none", own_errors=True),
            Endpoint(
                method="GET", path=base + "v1/user_info", run=self.user_info, source="D116", caller="user", tier="none"
            ),
        ]  # fmt: skip

    # -- the page

    def authorize(self, call: Call) -> web.Response:
        """Without ``person`` a page on which one is picked; with it back to where the browser came from."""
        query = call.request.query
        redirect, wrong = query.get("redirect_uri", ""), self._wrong(query.get("client_id", ""), query)
        if wrong:
            return _page(f"<p>请求参数有误（{wrong}）</p>", 400)
        state = query.get("state", "")
        if query.get("deny"):
            return _back(redirect, error="access_denied", state=state)
        if "person" not in query:
            return _page(self._people(call))
        try:
            person = self._app.person(query["person"])
        except Absent:
            return _page("<p>没有这个人</p>", 404)
        code = self._town.new_id("", "login-code")
        self._app.state.codes[code] = {
            "person": person.id, "redirect_uri": redirect, "scope": query.get("scope", ""),
            "challenge": query.get("code_challenge", ""), "method": query.get("code_challenge_method", "plain"),
            "expires_at": self._app.now() + CODE_LIVES, "is_used": False,
        }  # fmt: skip
        return _back(redirect, code=code, state=state)

    def _wrong(self, client_id: str, query: Any) -> str:
        redirect, allowed = query.get("redirect_uri", ""), self._town.setting("feishu.redirect_uris")
        wanted = query.get("scope", "").split()
        if client_id != self._app.app_id:
            return "20048"
        if query.get("response_type") != "code":
            return "20001"
        if urlsplit(redirect).scheme not in ("http", "https") or not redirect.isprintable():
            return "20029"
        if allowed and redirect not in allowed:
            return "20029"
        if len(wanted) > MOST_SCOPES or not all(self._app.has_scope(each) for each in wanted):
            return "20027"
        return ""

    def _people(self, call: Call) -> str:
        here = [(key, value) for key, value in call.request.query.items() if key not in ("person", "deny")]
        links = [
            f'<li><a href="?{html.escape(urlencode([*here, ("person", p.id)]))}">{html.escape(p.name)}</a></li>'
            for p in list(self._town.people["feishu"].values())[:MOST_SHOWN]
            if p.active
        ]
        deny = f'<p><a href="?{html.escape(urlencode([*here, ("deny", "1")]))}">拒绝授权</a></p>'
        return f"<h1>授权登录 驿站</h1><p>以谁的身份登录？</p><ul>{''.join(links)}</ul>{deny}"

    # -- tokens

    def token(self, call: Call) -> Answer:
        try:
            return self._token(call.body)
        except _Denied as denied:
            error, text = TEXTS[denied.code]
            body = {"code": denied.code, "error": error, "error_description": text}
            return web.json_response(body, status=400, dumps=to_json)

    def _token(self, body: dict[str, Any]) -> Flat:
        wanted = self._town.setting("feishu.codes").get(f"POST {TOKEN_PATH}")
        if wanted in TEXTS:
            raise _Denied(wanted)
        if body.get("client_id") != self._app.app_id:
            raise _Denied(20048)
        if body.get("client_secret") != self._app.app_secret:
            raise _Denied(20002)
        if body.get("grant_type") == "authorization_code":
            return self._by_code(body)
        if body.get("grant_type") == "refresh_token":
            return self._by_refresh(body)
        raise _Denied(20036)

    def _by_code(self, body: dict[str, Any]) -> Flat:
        granted = self._app.state.codes.get(str(body.get("code")))
        if granted is None:
            raise _Denied(20003)
        if granted["is_used"]:
            raise _Denied(20065)
        if granted["expires_at"] <= self._app.now():
            raise _Denied(20004)
        if body.get("redirect_uri", granted["redirect_uri"]) != granted["redirect_uri"]:
            raise _Denied(20071)
        if granted["challenge"] and not _proves(body.get("code_verifier"), granted):
            raise _Denied(20049)
        granted["is_used"] = True
        return self._grant(granted["person"], granted["scope"])

    def _by_refresh(self, body: dict[str, Any]) -> Flat:
        known = self._app.state.refreshes.get(str(body.get("refresh_token")))
        if known is None:
            raise _Denied(20026)
        if known["is_used"]:
            raise _Denied(20073)
        if known["expires_at"] <= self._app.now():
            raise _Denied(20037)
        known["is_used"] = True
        return self._grant(known["person"], known["scope"])

    def _grant(self, person_id: str, scope: str) -> Flat:
        person = self._town.people["feishu"][person_id]
        if not person.active or not self._app.is_available(person):
            raise _Denied(20010)
        token = self._app.tokens.of_person(person, scope)
        answer = Flat(
            code=0, access_token=token.value, expires_in=int(LIFE.total_seconds()), token_type="Bearer", scope=scope  # noqa: S106
        )  # fmt: skip
        if OFFLINE in scope.split():
            refresh = self._town.new_id("ur-", "refresh-token", length=64)
            self._app.state.refreshes[refresh] = {
                "person": person.id, "scope": scope, "expires_at": self._app.now() + REFRESH_LIVES, "is_used": False,
            }  # fmt: skip
            answer |= {
                "refresh_token": refresh,
                "refresh_token_expires_in": int(REFRESH_LIVES.total_seconds()),
            }
        return Flat(answer)

    def user_info(self, call: Call) -> dict[str, Any]:
        person = call.user
        if person is None:
            raise ApiError(20005)
        if not person.active:
            raise ApiError(20021)
        return self._info(person)

    def _info(self, person: Person) -> dict[str, Any]:
        avatar = f"https://avatar.hechuan.example/{person.id}"
        info = {
            "name": person.name, "en_name": "", "open_id": person.id, "union_id": self._app.ids.union(person.id),
            "tenant_key": self._app.ids.tenant,
            **{f"avatar_{size}": avatar for size in ("url", "thumb", "middle", "big")},
        }  # fmt: skip
        fields = (
            ("contact:user.email:readonly", "email", ""),
            ("contact:user.employee:readonly", "enterprise_email", f"{person.account}@{MAIL_HOST}"),
            ("contact:user.employee_id:readonly", "user_id", person.account),
            ("contact:user.phone:readonly", "mobile", f"+86{person.mobile}"),
        )
        return {**info, **{key: value for scope, key, value in fields if self._app.has_scope(scope)}}


def _proves(verifier: Any, granted: dict[str, Any]) -> bool:
    if not isinstance(verifier, str) or not verifier.isascii():
        return False
    if granted["method"] != "S256":
        return bool(verifier == granted["challenge"])
    digest = hashlib.sha256(verifier.encode()).digest()
    return bool(base64.urlsafe_b64encode(digest).decode().rstrip("=") == granted["challenge"].rstrip("="))


def _back(redirect: str, **query: str) -> web.Response:
    given = urlencode({key: value for key, value in query.items() if value or key == "code"})
    joiner = "&" if urlsplit(redirect).query else "?"
    return web.Response(status=302, headers={"Location": f"{redirect}{joiner}{given}"})


def _page(body: str, status: int = 200) -> web.Response:
    text = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>飞书登录</title>{body}</html>'
    return web.Response(text=text, status=status, content_type="text/html")
