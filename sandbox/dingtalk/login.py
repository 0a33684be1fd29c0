"""Log-in (登录): the page that asks who you are, and tokens of a person.

D/tutorial-obtaining-user-personal-information, D/obtain-user-token, D/dingtalk-retrieve-user-information,
D/obtain-the-userid-of-a-user-by-using-the-log-free (read 2026-11). The page stands on the town instead of
login.dingtalk.com and lets the caller be anybody: ``&as=account`` skips it.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from aiohttp import web

from sandbox.dingtalk.door import PERSON, Api, Call
from sandbox.dingtalk.errors import NewError, OldError
from sandbox.dingtalk.part import Part
from sandbox.model import Person
from sandbox.platform import Absent

PAGE = "/oauth2/auth"
CODE_LIFE = timedelta(minutes=5)
REFRESH_LIFE = timedelta(days=30)


@dataclass(slots=True)
class Grant:
    """A code or a refresh token."""

    person: str
    until: datetime
    with_corp: bool


class Login(Part):
    """Codes are good once, for five minutes."""

    def clear(self) -> None:
        self._codes: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}

    def apis(self) -> list[Api]:
        return [
            Api("GET", PAGE, self.page, token="", pot=""),
            Api("POST", "/v1.0/oauth2/userAccessToken", self.user_token, token="", pot=""),
            Api("GET", "/v1.0/contact/users/me", self.me, "Contact.User.Read", token=PERSON, pot=""),
            Api("POST", "/topapi/v2/user/getuserinfo", self.user_info, pot=""),
        ]

    # -- the page

    async def page(self, call: Call) -> web.StreamResponse:
        query = {key: value for key, value in call.query.values.items() if isinstance(value, str)}
        wrong = self._why_not(query)
        if wrong:
            return web.Response(text=wrong, status=400)
        if "as" not in query:
            return web.Response(text=self._choice(query), content_type="text/html")
        try:
            person = self._platform.person(query["as"])
        except Absent:
            return self._back(query, {"error": "access_denied"})
        code = self.code(person, with_corp="corpid" in query.get("scope", "").split())
        return self._back(query, {"code": code, "authCode": code})

    def _why_not(self, query: Mapping[str, str]) -> str:
        if query.get("client_id") != self._platform.client_id:
            return "client_id 不存在"
        if query.get("response_type") != "code" or "openid" not in query.get("scope", "").split():
            return "response_type 必须为 code，scope 必须包含 openid"
        allowed = self._town.setting("dingtalk.login_redirects")
        redirect = query.get("redirect_uri", "")
        try:
            host = urlsplit(redirect).hostname
        except ValueError:
            host = None
        is_known = redirect in allowed if allowed else host in ("127.0.0.1", "localhost", "::1")
        return "" if is_known else "redirect_uri 未在安全设置中登记"

    def _choice(self, query: Mapping[str, str]) -> str:
        people = [person for person in self._town.people["dingtalk"].values() if person.active]
        links = "".join(
            f'<li><a href="{PAGE}?{html.escape(urlencode({**query, "as": person.id}))}">{html.escape(person.name)}'
            f" {html.escape(person.title)}</a></li>"
            for person in people
        )
        return f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>钉钉登录</title><h1>以谁的身份登录？</h1><ul>{links}</ul></html>'

    @staticmethod
    def _back(query: Mapping[str, str], result: dict[str, str]) -> web.StreamResponse:
        parts = urlsplit(query["redirect_uri"])
        state = {"state": query["state"]} if "state" in query else {}
        added = urlencode({**result, **state})
        location = urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))
        return web.Response(status=302, headers={"Location": location.encode("ascii", "ignore").decode()})

    # -- codes and tokens

    def code(self, person: Person, *, with_corp: bool = False) -> str:
        """A fresh code for this person, as the page or ``requestAuthCode`` would give it."""
        code = self._town.new_id("", "login-code")
        self._codes[code] = Grant(person.id, self._town.clock.now() + CODE_LIFE, with_corp)
        return code

    def _spent(self, grants: dict[str, Grant], key: str) -> Grant | None:
        grant = grants.pop(key, None)
        return grant if grant is not None and self._town.clock.now() < grant.until else None

    async def user_token(self, call: Call) -> dict[str, Any]:
        body = call.body
        self._platform.access.check(body.text("clientId"), body.text("clientSecret"))
        kind = body.text("grantType")
        if kind == "authorization_code":
            grant = self._spent(self._codes, body.text("code"))
        elif kind == "refresh_token":
            grant = self._spent(self._refresh, body.text("refreshToken"))
        else:
            raise body.wrong("grantType", "must be authorization_code or refresh_token")
        if grant is None:
            raise NewError("invalidParameter.authCode.notFound", "不合法的临时授权码")
        refresh = self._town.new_id("", "refresh-token")
        until = self._town.clock.now() + REFRESH_LIFE
        self._refresh[refresh] = Grant(grant.person, until, grant.with_corp)
        tokens = self._platform.tokens
        answer: dict[str, Any] = {
            "accessToken": tokens.of_person(grant.person), "refreshToken": refresh, "expireIn": tokens.lifetime_s
        }  # fmt: skip
        return {**answer, "corpId": self._platform.corp_id} if grant.with_corp else answer

    async def me(self, call: Call) -> dict[str, Any]:
        """No user id: it is found by the union id."""
        person, ids = self._town.people["dingtalk"][call.person], self._platform.ids
        me: dict[str, Any] = {
            "nick": person.name, "unionId": ids.union_id(person.id), "openId": ids.open_id(person.id), "visitor": False
        }  # fmt: skip
        if self._platform.has_scope("Contact.User.mobile"):
            me |= {"mobile": person.mobile, "stateCode": "86"}
        return me

    async def user_info(self, call: Call) -> dict[str, Any]:
        """免登 inside the client."""
        grant = self._spent(self._codes, call.body.text("code"))
        if grant is None:
            raise OldError(40078, "不存在的临时授权码")
        person = self._town.people["dingtalk"][grant.person]
        level = self._platform.contacts.admin_level(person)
        return {
            "result": {
                "userid": person.id, "unionid": self._platform.ids.union_id(person.id), "name": person.name,
                "sys": bool(level), "sys_level": level, "device_id": "", "associated_unionid": "",
            }
        }  # fmt: skip
