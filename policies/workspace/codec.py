"""计划成文 (codec): a plan as plain JSON values and back, for the socket, the store and ``plan --json``."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

from policies.model import Account, Chat

T = TypeVar("T")


def to_json(value: Any) -> Any:
    """Dataclasses as objects without what is as by default; accounts and chats in their written form."""
    if isinstance(value, Account | Chat):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        plain = {}
        for one in fields(value):
            held = getattr(value, one.name)
            if one.default is not MISSING and held == one.default:
                continue
            plain[one.name] = to_json(held)
        return plain
    if isinstance(value, Mapping):
        return {str(to_json(key)): to_json(held) for key, held in value.items()}
    if isinstance(value, frozenset):
        return sorted(to_json(one) for one in value)
    if isinstance(value, tuple | list):
        return [to_json(one) for one in value]
    return value


def from_json(kind: type[T], row: Any) -> T:
    """The value of that type again.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    return cast("T", _read(kind, row))


def _read(kind: Any, row: Any) -> Any:
    if isinstance(kind, typing.NewType):
        return row
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return None if row is None else _read_any(typing.get_args(kind), row)
    if origin is tuple:
        inner, *more = typing.get_args(kind)
        kinds = [inner] * len(row) if more == [...] else [inner, *more]
        return tuple(_read(each, one) for each, one in zip(kinds, row, strict=True))
    if origin is frozenset:
        return frozenset(_read(typing.get_args(kind)[0], one) for one in row)
    if origin is not None:
        key, held = typing.get_args(kind)
        return {_read(key, name): _read(held, one) for name, one in row.items()}
    if kind in (Account, Chat):
        return kind.parse(row)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(row)
    if is_dataclass(kind):
        hints = _hints(cast("type", kind))
        return cast("type", kind)(**{name: _read(hints[name], one) for name, one in row.items()})
    return row


def _read_any(kinds: tuple[Any, ...], row: Any) -> Any:
    """Of a union, the first kind that can read it."""
    for kind in kinds:
        if kind is type(None):
            continue
        try:
            return _read(kind, row)
        except (ValueError, KeyError, TypeError):
            continue
    raise ValueError("none of the kinds of a union")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)
