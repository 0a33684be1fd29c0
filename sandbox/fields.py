"""Fields of a request to the control door: each is asked for by its type, and its absence is explained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox.clock import parse_moment

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def to_json(value: Any) -> str:
    """Readable JSON; with escapes where the text holds a lone surrogate, which UTF-8 cannot carry."""
    text = _ENCODER.encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


class BadInput(ValueError):
    """What was sent cannot be understood; the text says what is allowed."""


class Fields:
    """The JSON body of a POST, or the query of a GET. All raise ``BadInput`` with the field's name."""

    def __init__(self, body: Any) -> None:
        self._body = body

    @classmethod
    async def of(cls, request: web.Request) -> Fields:
        if request.method in ("GET", "DELETE"):
            return cls(dict(request.query))
        raw = await request.read()
        if not raw:
            return cls({})
        try:
            return cls(json.loads(raw))
        except (ValueError, RecursionError) as error:
            raise BadInput(f"the body is not JSON: {error}") from None

    def all(self) -> Mapping[str, Any]:
        if not isinstance(self._body, Mapping):
            raise BadInput("the body must be a JSON object")
        return self._body

    def items(self) -> list[Any]:
        if not isinstance(self._body, list):
            raise BadInput("the body must be a JSON list")
        return self._body

    def only(self, *known: str) -> None:
        """Raises ``BadInput`` if there is any other field: it would be a typo."""
        unknown = sorted(set(self.all()) - set(known))
        if unknown:
            raise BadInput(f"unknown {unknown}; known: {', '.join(known)}")

    def has(self, key: str) -> bool:
        return self.all().get(key) is not None

    def text(self, key: str, *, empty: bool = False) -> str:
        value = self.all().get(key)
        if not isinstance(value, str) or not (value or empty):
            raise BadInput(f"{key}: a string is needed")
        return value

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self.all().get(key)
        if value not in allowed:
            raise BadInput(f"{key}: one of {', '.join(allowed)} is needed, not {value!r}")
        return str(value)

    def texts(self, key: str) -> list[str]:
        """Empty if the field is missing."""
        value = self.all().get(key) or []
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise BadInput(f"{key}: a list of strings is needed")
        return value

    def object(self, key: str) -> dict[str, Any] | None:
        value = self.all().get(key)
        if value is not None and not isinstance(value, dict):
            raise BadInput(f"{key}: an object is needed")
        return value

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        value = self.all().get(key, default)
        if not isinstance(value, bool):
            raise BadInput(f"{key}: true or false is needed")
        return value

    def number(self, key: str) -> int | None:
        value = self.all().get(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise BadInput(f"{key}: a whole number is needed")
        return value

    def moment(self, key: str) -> datetime | None:
        """Aware; a naive one is taken as Asia/Shanghai."""
        return parse_moment(self.text(key)) if self.has(key) else None
