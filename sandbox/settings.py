"""Settings (设定): what the fact sheets leave open, or what differs by edition; each with a default.

A platform registers its own at start. A key nobody registered is a typo and an error.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any


class UnknownSetting(KeyError):
    """Nobody registered this key."""


class Settings:
    """Values by key, e.g. ``dingtalk.cards``; defaults come back with ``reset``."""

    def __init__(self) -> None:
        self._defaults: dict[str, Any] = {}
        self._values: dict[str, Any] = {}
        self.checks: list[Callable[[Mapping[str, Any]], None]] = []
        """Each raises ``ValueError`` for a value of the right type that means nothing."""

    def register(self, defaults: Mapping[str, Any]) -> None:
        """Add keys with their defaults; the default's type is the type of the key unless it is ``None``."""
        self._defaults.update(copy.deepcopy(dict(defaults)))
        for key, value in defaults.items():
            self._values.setdefault(key, copy.deepcopy(value))

    def get(self, key: str) -> Any:
        """Raises ``UnknownSetting`` for a key nobody registered."""
        try:
            return self._values[key]
        except KeyError:
            raise UnknownSetting(key) from None

    def update(self, values: Mapping[str, Any]) -> None:
        """Set several keys, all or none.

        Raises:
            ValueError: an unknown key (the allowed ones are named) or a value of another type.
        """
        for key, value in values.items():
            if key not in self._defaults:
                raise ValueError(f"unknown setting {key!r}; known: {', '.join(sorted(self._defaults))}")
            default = self._defaults[key]
            if default is not None and value is not None and not _alike(default, value):
                raise ValueError(f"{key} must be {type(default).__name__}, not {type(value).__name__}")
        for check in self.checks:
            check(values)
        self._values.update(copy.deepcopy(dict(values)))

    def all(self) -> dict[str, Any]:
        return dict(sorted(self._values.items()))

    def reset(self) -> None:
        self._values = copy.deepcopy(self._defaults)


def _alike(default: Any, value: Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, int | float):
        return isinstance(value, int | float)
    return isinstance(value, type(default))
