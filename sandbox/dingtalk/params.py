"""Parameters (参数) of a call, each asked for by its type; a wrong one is refused in the host's own words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from sandbox.dingtalk.errors import OLD, Host

_REQUIRED: Any = object()


class Params:
    """The fields of a body, of a query, or of an object inside a body.

    Without a default a field is required. The old host takes numbers and
    booleans as strings too, since its callers send forms.
    """

    def __init__(self, values: Mapping[str, Any], host: Host) -> None:
        self.values = values
        self._host = host
        self._lenient = host is OLD

    def has(self, key: str) -> bool:
        return self.values.get(key) not in (None, "")

    def _get(self, key: str, default: Any) -> Any:
        value = self.values.get(key)
        if value is None or (value == "" and default is _REQUIRED):
            if default is _REQUIRED:
                raise self._host.missing(key)
            return default
        return value

    def wrong(self, key: str, what: str) -> Exception:
        return self._host.wrong(key, what)

    def text(self, key: str, default: Any = _REQUIRED, *, longest: int = 0) -> str:
        value = self._get(key, default)
        if self._lenient and isinstance(value, int) and not isinstance(value, bool):
            value = _digits(value)
        if not isinstance(value, str):
            raise self._host.wrong(key, "must be a string")
        if longest and len(value) > longest:
            raise self._host.wrong(key, f"is longer than {longest}")
        return value

    def number(self, key: str, default: Any = _REQUIRED, *, least: int = -(2**53), most: int = 2**53) -> int:
        value = self._get(key, default)
        if self._lenient and isinstance(value, str):
            value = _as_int(value)
        if isinstance(value, float) and math.isfinite(value) and value == int(value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._host.wrong(key, "must be a number in range")
        return value

    def query_number(self, key: str, default: Any = _REQUIRED, *, least: int = 0, most: int = 2**53) -> int:
        """A number out of a query, where all is text."""
        value = _as_int(self.text(key)) if self.has(key) or default is _REQUIRED else default
        if not isinstance(value, int) or not least <= value <= most:
            raise self._host.wrong(key, "must be a number in range")
        return value

    def flag(self, key: str, default: Any = _REQUIRED) -> bool:
        value = self._get(key, default)
        if self._lenient and isinstance(value, str) and value.lower() in ("true", "false"):
            value = value.lower() == "true"
        if not isinstance(value, bool):
            raise self._host.wrong(key, "must be true or false")
        return value

    def texts(self, key: str, default: Any = _REQUIRED, *, most: int = 0) -> list[str]:
        """A list of strings; on the old host also ``"a,b"``, and numbers in it."""
        value = self._get(key, default)
        if self._lenient and isinstance(value, str):
            value = [each.strip() for each in value.split(",") if each.strip()]
        if self._lenient and isinstance(value, list):
            value = [_digits(each) if _is_int(each) else each for each in value]
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._host.wrong(key, "must be a list of strings")
        if most and len(value) > most:
            raise self._host.wrong(key, f"has more than {most}")
        return list(dict.fromkeys(value))

    def object(self, key: str, default: Any = _REQUIRED) -> Params:
        value = self._get(key, default)
        if self._lenient and isinstance(value, str):
            value = as_object(value)
        if not isinstance(value, dict):
            raise self._host.wrong(key, "must be an object")
        return Params(value, self._host)

    def objects(self, key: str, default: Any = _REQUIRED, *, most: int = 0) -> list[Params]:
        value = self._get(key, default)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self._host.wrong(key, "must be a list of objects")
        if most and len(value) > most:
            raise self._host.wrong(key, f"has more than {most}")
        return [Params(each, self._host) for each in value]


def as_object(text: str) -> Any:
    """JSON out of a string, ``None`` for anything that is none or cannot be written again."""
    try:
        value = json.loads(text, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _digits(value: int) -> str:
    return str(value) if abs(value) < 10**30 else "9" * 30


def _as_int(text: str) -> Any:
    return int(text) if len(text) < 20 and text.isascii() and text.removeprefix("-").isdigit() else text
