"""令牌 (tokens): of the app, of the tenant and of people who logged in.

https://open.feishu.cn/document/ukTMukTMukTM/ukDNz4SO0MjL5QzM/auth-v3/auth/tenant_access_token_internal (read 2026-11)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.feishu.calls import Call, Endpoint, Flat
from sandbox.feishu.errors import ApiError
from sandbox.model import Person

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

LIFE = timedelta(seconds=7200)
SAME_WHILE_LEFT = timedelta(minutes=30)
"""With so much left the same token is handed out again; with less a new one, beside the old."""


@dataclass(slots=True, kw_only=True)
class Token:
    """``person`` is empty for the app itself."""

    value: str
    expires_at: datetime
    person: str = ""
    scope: str = ""


class Tokens:
    """All tokens that were handed out, by value."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town
        self._all: dict[str, Token] = {}
        self._latest: dict[str, Token] = {}

    def clear(self) -> None:
        self._all.clear()
        self._latest.clear()

    def revoke(self) -> None:
        """Every token becomes invalid before its time."""
        self.clear()

    def of_app(self, kind: str) -> tuple[str, int]:
        """The token (``t-`` of the tenant, ``a-`` of the app) and the whole seconds it has left."""
        now = self._town.clock.now()
        latest = self._latest.get(kind)
        if latest is None or latest.expires_at - now < SAME_WHILE_LEFT or latest.expires_at - now > LIFE:
            latest = Token(value=self._town.new_id(kind, "token"), expires_at=now + self.life())
            self._latest[kind] = self._all[latest.value] = latest
        return latest.value, int((latest.expires_at - now).total_seconds())

    def life(self) -> timedelta:
        """As the setting says; a shorter one makes tests of expiry short."""
        return timedelta(seconds=float(self._town.setting("feishu.token_life_s")))

    def of_person(self, person: Person, scope: str) -> Token:
        token = Token(
            value=self._long(), expires_at=self._town.clock.now() + LIFE,
            person=person.id, scope=scope,
        )  # fmt: skip
        self._all[token.value] = token
        return token

    def _long(self) -> str:
        """User tokens have one to two kilobytes."""
        first = self._town.new_id("u-", "user-token")
        return first + "".join(self._town.derive("", first, part, length=128) for part in range(9))

    def caller(self, header: str, wanted: str) -> Person | None:
        """Who calls: ``None`` is the app, otherwise a person who logged in.

        Raises:
            ApiError: no token, none of ours, out of date, or of the wrong kind.
        """
        if not header:
            raise ApiError(99991661)
        scheme, _, value = header.partition(" ")
        if scheme.lower() != "bearer" or not value.startswith(("t-", "u-")):
            raise ApiError(99991671)
        token = self._all.get(value)
        is_user = value.startswith("u-")
        expired = token is not None and token.expires_at <= self._town.clock.now()
        if is_user:
            return self._user(token, expired=expired, wanted=wanted)
        if token is None or expired or wanted == "user":
            raise ApiError(99991663)
        return None

    def _user(self, token: Token | None, *, expired: bool, wanted: str) -> Person:
        if token is not None and expired:
            raise ApiError(99991677)
        person = self._town.people["feishu"].get(token.person) if token else None
        if person is None or wanted not in ("user", "either"):
            raise ApiError(99991668)
        return person

    def consent(self, header: str) -> frozenset[str]:
        """The scopes of a person's token."""
        token = self._all.get(header.partition(" ")[2])
        return frozenset(token.scope.split()) if token is not None else frozenset()


def endpoints(app: FeishuPlatform) -> list[Endpoint]:
    """The token calls: no scope, no Authorization, errors with HTTP 200."""

    def check(call: Call) -> None:
        app_id, secret = call.body.get("app_id"), call.body.get("app_secret")
        if not isinstance(app_id, str) or not isinstance(secret, str) or not app_id or not secret:
            raise ApiError(10003)
        if app.town.setting("feishu.app_disabled"):
            raise ApiError(10014)
        if app_id != app.app_id:
            raise ApiError(10003, "invalid app_id")
        if secret != app.app_secret:
            raise ApiError(10015)

    def tenant(call: Call) -> Flat:
        check(call)
        token, left = app.tokens.of_app("t-")
        return Flat(code=0, msg="ok", tenant_access_token=token, expire=left)

    def of_app(call: Call) -> Flat:
        check(call)
        token, left = app.tokens.of_app("t-")
        return Flat(code=0, msg="ok", app_access_token=token, tenant_access_token=token, expire=left)

    base = "/open-apis/auth/v3/"
    return [
        Endpoint(
            method="POST", path=base + "tenant_access_token/internal", run=tenant, source="D2", caller="none"
        ),
        Endpoint(
            method="POST", path=base + "app_access_token/internal", run=of_app, source="D3", caller="none"
        ),
    ]
