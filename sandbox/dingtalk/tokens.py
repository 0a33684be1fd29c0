"""Tokens (凭证): one for both hosts, the same while it is valid, and those of people who logged in.

D/obtain-the-access-token-of-an-internal-app (read 2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.town import Town


@dataclass(slots=True)
class Token:
    value: str
    until: datetime
    person: str = ""
    """Whose it is; ``""`` is the app's."""


class Tokens:
    """All tokens ever given out, so that an expired one is told from an unknown one."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._all: dict[str, Token] = {}
        self._current: Token | None = None

    def clear(self) -> None:
        self._all.clear()
        self._current = None

    @property
    def lifetime_s(self) -> int:
        return int(self._town.setting("dingtalk.token_lifetime_s"))

    def of_app(self) -> str:
        """The present token with its time renewed, or a new one."""
        until = self._town.clock.now() + timedelta(seconds=self.lifetime_s)
        if self._current is None or not self._is_valid(self._current):
            self._current = Token(self._town.new_id("", "token"), until)
            self._all[self._current.value] = self._current
        self._current.until = until
        return self._current.value

    def of_person(self, person: str) -> str:
        until = self._town.clock.now() + timedelta(seconds=self.lifetime_s)
        token = Token(self._town.new_id("", "user-token"), until, person)
        self._all[token.value] = token
        return token.value

    def valid(self, value: str) -> Token | None:
        token = self._all.get(value)
        return token if token is not None and self._is_valid(token) else None

    def was_valid(self, value: str) -> bool:
        return value in self._all

    def _is_valid(self, token: Token) -> bool:
        return self._town.clock.now() < token.until
