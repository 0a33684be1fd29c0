"""``"${NAME}"`` and ``"file:PATH"`` (引用): values that stand in the environment or in a file of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import urlsplit

from bot.config import schema
from bot.config.locate import Path
from bot.config.problems import Kind

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_FILE = "file:"


@dataclass(slots=True)
class Expanded:
    """A document with its references followed.

    Attributes:
        mistakes: path, kind and what to name (a variable, a path), never a value.
        variables: names of the environment that the file refers to.
        secrets: every value that must never be printed.
    """

    data: dict[str, Any] = field(default_factory=dict)
    mistakes: list[tuple[Path, Kind, str]] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)


def expand(raw: Mapping[str, Any], folder: FilePath, environ: Mapping[str, str]) -> Expanded:
    """Follow every reference of ``raw``; relative files are looked for in ``folder``."""
    result = Expanded()
    result.data = _Walk(folder, environ, result).value(raw, ())
    return result


@dataclass(slots=True)
class _Walk:
    folder: FilePath
    environ: Mapping[str, str]
    result: Expanded

    def value(self, raw: Any, path: Path) -> Any:
        if isinstance(raw, Mapping):
            return {key: self.value(inner, (*path, key)) for key, inner in raw.items()}
        if isinstance(raw, list):
            return [self.value(inner, (*path, place)) for place, inner in enumerate(raw)]
        return self._text(raw, path) if isinstance(raw, str) else raw

    def _text(self, raw: str, path: Path) -> str:
        secret = schema.is_secret(path)
        value = self._followed(raw, path)
        if value is None:
            if secret and _needs_hiding(raw, path):
                self.result.mistakes.append((path, Kind.PLAIN_SECRET, _suggested(path)))
                self.result.secrets.add(raw)
            return raw
        if secret and value:
            self.result.secrets |= {value, urlsplit(value).password or ""} - {""}
        return value

    def _followed(self, raw: str, path: Path) -> str | None:
        """``None`` if ``raw`` is no reference."""
        if match := _VARIABLE.fullmatch(raw.strip()):
            return self._variable(match[1], path)
        if raw.startswith(_FILE):
            return self._file(raw.removeprefix(_FILE).strip(), path)
        if match := _VARIABLE.search(raw):
            self.result.variables.add(match[1])
            self.result.mistakes.append((path, Kind.PART_OF_A_VALUE, match[1]))
            return raw
        return None

    def _variable(self, name: str, path: Path) -> str:
        self.result.variables.add(name)
        value = self.environ.get(name, "")
        if not value:
            self.result.mistakes.append((path, Kind.UNSET_VARIABLE, name))
        return value

    def _file(self, name: str, path: Path) -> str:
        try:
            value = (self.folder / FilePath(name).expanduser()).read_text("utf-8").strip()
        except (OSError, ValueError, RuntimeError):
            value = ""
        if not value:
            self.result.mistakes.append((path, Kind.UNREADABLE_FILE, name))
        return value


def _needs_hiding(raw: str, path: Path) -> bool:
    """Where the store is may be read by anybody; its password may not."""
    if path != ("store", "url"):
        return True
    try:
        return urlsplit(raw).password is not None
    except ValueError:
        return True


def _suggested(path: Path) -> str:
    """A name for the variable: ``YIZHAN_FEISHU_APP_SECRET``."""
    return "_".join(["YIZHAN", *(part.upper() for part in path if isinstance(part, str))])
