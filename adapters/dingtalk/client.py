"""DingTalk's two hosts behind one door (出站): one token for both, each with its own envelope.

The new host takes the token in a header, the old one in the query; the same token is good for both.
https://open.dingtalk.com/document/development/obtain-the-access-token-of-an-internal-app (read 2026-11)
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from adapters.calls import Credential, Dialect
from adapters.dingtalk import codes, limits, sending, wire
from adapters.errors import Forbidden, RateLimited, Rejected, Unauthorized
from adapters.http import ApiClient
from adapters.lanes import Lanes, Rate
from adapters.port import Budget, Clock, ServerTime
from adapters.redact import Redactor
from adapters.tokens import Token, Tokens, renew_at

MOST_WAITS = 3
LONGEST_WAIT_S = 5.0
"""A read that was refused by rate waits so often, if it is not for longer than that."""


class Client:
    """Every call to DingTalk; hosts are those of the configuration and no others."""

    def __init__(
        self,
        *,
        api: str,
        oapi: str,
        client_id: str,
        client_secret: str,
        clock: Clock,
        rng: random.Random,
        redactor: Redactor,
    ) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        rate = Rate(n=limits.CALLS_PER_SECOND, per_s=limits.RATE_WINDOW_S)
        self.lanes = Lanes(clock, {"dingtalk:*": (rate,)}, rng=rng)
        self._tokens = Tokens(self._fetch_token, clock, redactor)
        self._hosts = {
            limits.Host.API: ApiClient(api, dialect=NEW, rng=rng, redactor=redactor, tokens=self._tokens),
            limits.Host.OAPI: ApiClient(oapi, dialect=OLD, rng=rng, redactor=redactor, tokens=self._tokens),
        }

    async def open(self) -> None:
        for host in self._hosts.values():
            await host.open()

    async def close(self) -> None:
        for host in self._hosts.values():
            await host.close()

    @property
    def server_time(self) -> ServerTime | None:
        """Of whichever host answered last."""
        known = [host.server_time for host in self._hosts.values() if host.server_time is not None]
        return max(known, key=lambda one: one.read_at_s, default=None)

    async def read(self, request: sending.Request) -> Mapping[str, Any]:
        """A call that nobody scheduled: it waits for its lane, also after a refusal by rate."""
        for _ in range(MOST_WAITS):
            await self._tokens.get()
            await self.lanes.enter((budget(request.api),))
            try:
                return await self._call(request)
            except RateLimited as limited:
                if limited.retry_after_s > LONGEST_WAIT_S:
                    raise
        return await self._call(request)

    async def write(self, request: sending.Request) -> Mapping[str, Any]:
        """A call of the outbox, which asked ``ready_at`` first.

        Raises:
            RateLimited: our own lane is full; nothing was sent.
        """
        await self._tokens.get()
        budgets = (budget(request.api),)
        if not self.lanes.take(budgets):
            wait_s = self.lanes.wait_s(budgets)
            raise RateLimited("our own lane is full", retry_after_s=wait_s, call=request.api.name)
        return await self._call(request)

    async def _call(self, request: sending.Request) -> Mapping[str, Any]:
        """The token was fetched before the lane was entered: what waits for one would leave in a burst."""
        try:
            return await self._hosts[request.api.host].call(request.call)
        except RateLimited as limited:
            self._rest(request.api, limited)
            raise

    def _rest(self, api: limits.Api, limited: RateLimited) -> None:
        """Only this lane rests; after a ban by address all of them."""
        until = self._clock.now() + timedelta(seconds=limited.retry_after_s)
        for banned in limits.APIS if limited.code == codes.PUNISHED else (api,):
            self.lanes.pause(banned.lane, until)

    async def _fetch_token(self) -> Token:
        """Raises ``Unauthorized`` for whatever the platform has against our credentials."""
        call = limits.TOKEN.call({"appKey": self._client_id, "appSecret": self._client_secret})
        try:
            body = await self._hosts[limits.Host.API].call(call)
        except (Rejected, Forbidden) as error:
            raise Unauthorized(
                error.detail, call=error.call, code=error.code, request_id=error.request_id
            ) from error
        answer = sending.read_answer(wire.TokenAnswer, body, limits.TOKEN)
        early_s = limits.TOKEN_EARLY.total_seconds()
        return Token(
            value=answer.token, renew_at=renew_at(self._clock.now(), answer.expires_in_s, margin_s=early_s)
        )


def budget(api: limits.Api) -> Budget:
    return Budget(lane=api.lane, pot=api.pot)


NEW = Dialect(
    credential=lambda token: Credential(headers={"x-acs-dingtalk-access-token": token}),
    request_id=codes.request_id,
    classify=codes.classify,
)
OLD = Dialect(
    credential=lambda token: Credential(query={"access_token": token}),
    request_id=codes.request_id,
    classify=codes.classify,
)
