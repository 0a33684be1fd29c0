"""Calls to Feishu (飞书接口): the token, the lanes, the pages; what the answers mean is said elsewhere."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

from adapters.calls import Call, Credential, Dialect
from adapters.errors import RateLimited, Undecodable
from adapters.feishu import limits, wire
from adapters.feishu.codec import read
from adapters.feishu.codes import CHAT_LIMITS, classify, request_id
from adapters.http import ApiClient
from adapters.lanes import Lanes
from adapters.port import Budget, Clock, ServerTime
from adapters.redact import Redactor
from adapters.tokens import Token, Tokens, renew_at
from policies.effects import SendCard, SendText
from policies.model import Account

_MOST_WAITS = 3
_LONGEST_WAIT_S = 5.0
"""What nobody schedules and was refused by rate waits so often, if it is not for longer than that."""

_LONGEST_WALK_PAGES = 10_000
"""A paging that never ends is a fault of the other side."""


class FeishuClient:
    """One application's REST calls.

    The token lives two hours; a call made in its last 30 minutes gives a new one while the old one stays valid
    (auth-v3/auth/tenant_access_token_internal, read 2026-11), so it is renewed 25 minutes before its end.
    """

    def __init__(
        self,
        *,
        domain: str,
        app_id: str,
        app_secret: str,
        clock: Clock,
        lanes: Lanes,
        rng: random.Random,
        redactor: Redactor,
    ) -> None:
        self._app_id = app_id
        self._app_secret = app_secret
        self._clock = clock
        self._lanes = lanes
        self._api = ApiClient(
            domain,
            dialect=Dialect(credential=_bearer, request_id=request_id, classify=classify),
            rng=rng,
            redactor=redactor,
            tokens=Tokens(self._fetch_token, clock, redactor),
        )

    async def open(self) -> None:
        await self._api.open()

    async def close(self) -> None:
        await self._api.close()

    @property
    def server_time(self) -> ServerTime | None:
        return self._api.server_time

    async def write(self, call: Call, budgets: tuple[Budget, ...]) -> Mapping[str, Any]:
        """A call of the outbox, which asked ``ready_at`` before; the answer's ``data``.

        Raises:
            RateLimited: our own lane is full and nothing was sent, or the platform says so and its lane is paused.
        """
        with self._lanes.hold(budgets) as has_room:
            if has_room:
                return await self._call(call, budgets)
        raise RateLimited("our own lane is full", retry_after_s=self._lanes.wait_s(budgets), call=call.name)

    async def read(self, call: Call) -> Mapping[str, Any]:
        """Wait for the lane of the interface, also after a refusal by rate: for what nobody schedules.

        What another process of this application has used up is not in our lanes: the platform says so.
        """
        for _ in range(_MOST_WAITS):
            try:
                return await self._once(call)
            except RateLimited as limited:
                if limited.retry_after_s > _LONGEST_WAIT_S:
                    raise
        return await self._once(call)

    act = read
    """The same for a write that nobody scheduled."""

    async def _once(self, call: Call) -> Mapping[str, Any]:
        budgets = (Budget(lane=limits.lane(call.name), pot=limits.CALLS),)
        async with self._lanes.entered(budgets):
            return await self._call(call, budgets)

    async def _call(self, call: Call, budgets: tuple[Budget, ...]) -> Mapping[str, Any]:
        """``data``, or the flat answer where it has none."""
        try:
            body = await self._api.call(call)
        except RateLimited as error:
            lane = _limited_lane(call, error, budgets)
            until = self._lanes.pause(lane, self._clock.now() + timedelta(seconds=error.retry_after_s))
            error.retry_after_s = (until - self._clock.now()).total_seconds()
            raise
        data = body.get("data")
        return data if isinstance(data, dict) else body

    async def pages(self, call: Call) -> AsyncIterator[Mapping[str, Any]]:
        """``data`` of page after page."""
        token = ""
        for _ in range(_LONGEST_WALK_PAGES):
            query = {**call.query, **({"page_token": token} if token else {})}
            data = await self.read(dataclasses.replace(call, query=query))
            yield data
            page = read(wire.Page, data, call.name)
            if not page.has_more:
                return
            if not page.page_token or page.page_token == token:
                raise Undecodable("more pages, but no way to them", call=call.name)
            token = page.page_token
        raise Undecodable("pages without end", call=call.name)

    async def items(self, call: Call) -> AsyncIterator[Mapping[str, Any]]:
        """``items`` of page after page."""
        async for data in self.pages(call):
            for item in read(wire.Page, data, call.name).items or ():
                yield item

    async def _fetch_token(self) -> Token:
        body = await self._api.call(
            Call(
                name="auth.tenant_access_token.internal",
                method="POST",
                path="/open-apis/auth/v3/tenant_access_token/internal",
                body={"app_id": self._app_id, "app_secret": self._app_secret},
                repeatable=True,
                is_open=True,
            )
        )
        answer = read(wire.TokenAnswer, body, "auth.tenant_access_token.internal")
        return Token(
            value=answer.tenant_access_token,
            renew_at=renew_at(self._clock.now(), answer.expire, margin_s=25 * 60),
        )


def message_call(effect: SendText | SendCard, *, msg_type: str, content: Mapping[str, Any], key: str) -> Call:
    """``POST /im/v1/messages``: ``content`` is JSON inside a text, ``uuid`` makes a repeat harmless for an hour."""
    kind = "open_id" if isinstance(effect.to, Account) else "chat_id"
    return Call(
        name="im.message.create",
        method="POST",
        path="/open-apis/im/v1/messages",
        query={"receive_id_type": kind},
        body={
            "receive_id": effect.to.id,
            "msg_type": msg_type,
            "content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
            "uuid": key,
        },
    )


def _bearer(token: str) -> Credential:
    return Credential(headers={"Authorization": f"Bearer {token}"})


def _limited_lane(call: Call, error: RateLimited, budgets: tuple[Budget, ...]) -> str:
    """A chat's own limit pauses that chat; every other limit counts for the interface."""
    if error.code in CHAT_LIMITS and len(budgets) > 1:
        return budgets[-1].lane
    return limits.lane(call.name)
