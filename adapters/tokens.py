"""The access token of one application (访问令牌): fetched once for all who wait, renewed before its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.calls import Repeatable
from adapters.errors import PlatformError, Unavailable
from adapters.port import Clock
from adapters.redact import Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """``renew_at``: civil time, somewhat before its end."""

    value: str
    renew_at: datetime


class Tokens:
    """Keeps one token; who needs a new one waits for the same fetch."""

    def __init__(self, fetch: Callable[[], Awaitable[Token]], clock: Clock, redactor: Redactor) -> None:
        self._fetch = fetch
        self._clock = clock
        self._redactor = redactor
        self._token: Token | None = None
        self._lock = asyncio.Lock()
        self._round = 0
        self._failure: PlatformError | None = None

    async def get(self) -> str:
        """Raises what the fetch raises; those who waited for a fetch that failed get the same failure."""
        if (held := self._held()) is not None:
            return held
        entered = self._round
        async with self._lock:
            if (held := self._held()) is not None:
                return held
            if self._failure is not None and self._round != entered:
                raise self._failure
            return await self._renew()

    def drop(self, value: str) -> None:
        """The platform refused this very token; a newer one stays."""
        if self._token is not None and self._token.value == value:
            self._token = None

    def _held(self) -> str | None:
        token = self._token
        return token.value if token is not None and self._clock.now() < token.renew_at else None

    async def _renew(self) -> str:
        self._failure = None
        try:
            self._token = await self._fetch()
        except PlatformError as error:
            self._failure = _settled(error)
            raise self._failure from error
        finally:
            self._round += 1
        self._redactor.learn(self._token.value)
        return self._token.value


def _settled(error: PlatformError) -> PlatformError:
    """The token call has had its repeats; the call that needs the token shall not multiply them."""
    if isinstance(error, Repeatable):
        return Unavailable(error.detail, call=error.call, code=error.code, request_id=error.request_id)
    return error


def renew_at(now: datetime, lives_s: float, *, margin_s: float = 300.0) -> datetime:
    """When to fetch the next token: ``margin_s`` before the end, never less than half its life from now."""
    return now + timedelta(seconds=max(lives_s - margin_s, lives_s / 2))
