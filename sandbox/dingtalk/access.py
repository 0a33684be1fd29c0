"""Tokens of the app (应用凭证): three calls, one token, none of them counted.

D/obtain-the-access-token-of-an-internal-app, D/api-gettoken (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError, OldError
from sandbox.dingtalk.part import Part


class Access(Part):
    """The app's own credentials."""

    def apis(self) -> list[Api]:
        return [
            Api("POST", "/v1.0/oauth2/accessToken", self.access_token, token="", pot=""),
            Api("POST", "/v1.0/oauth2/{corpId}/token", self.corp_token, token="", pot=""),
            Api("GET", "/gettoken", self.old_token, token="", pot=""),
        ]

    def is_ours(self, key: str, secret: str) -> bool:
        return (key, secret) == (self._platform.client_id, self._platform.client_secret)

    def check(self, key: str, secret: str) -> None:
        """The code for a wrong secret at this call is a guess; at ``connections/open`` it is known."""
        if not self.is_ours(key, secret):
            raise NewError("invalidClientIdOrSecret", "无效的clientId或者clientSecret", status=400)

    async def access_token(self, call: Call) -> dict[str, Any]:
        self.check(call.body.text("appKey"), call.body.text("appSecret"))
        return {"accessToken": self._platform.tokens.of_app(), "expireIn": self._platform.tokens.lifetime_s}

    async def corp_token(self, call: Call) -> dict[str, Any]:
        """Answers in snake_case."""
        if call.body.text("grant_type") != "client_credentials":
            raise call.body.wrong("grant_type", "must be client_credentials")
        self.check(call.body.text("client_id"), call.body.text("client_secret"))
        if call.path["corpId"] != self._platform.corp_id:
            raise NewError("invalidCorpId", "无效的corpId")
        return {
            "access_token": self._platform.tokens.of_app(),
            "expires_in": self._platform.tokens.lifetime_s,
        }

    async def old_token(self, call: Call) -> dict[str, Any]:
        if not self.is_ours(call.query.text("appkey", ""), call.query.text("appsecret", "")):
            raise OldError(40089, "不合法的corpId或corpSecret")
        return {
            "access_token": self._platform.tokens.of_app(),
            "expires_in": self._platform.tokens.lifetime_s,
        }
