"""Where each key of a TOML text stands (行号): a small scanner for texts that tomllib has already accepted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Path = tuple[str | int, ...]

_KEY_PART = re.compile(r"""[ \t]*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*""")
_SCALAR = re.compile(r"[^,\]\}\n#]*")
_STRING = re.compile(r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\]|\\.)*"|'[^']*\'''', re.DOTALL)
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")


def lines(text: str) -> dict[Path, int]:
    """The line (from 1) of every table, key and list item, by its path, list places counted from 0."""
    return _Scanner(text).scan()


def line_of(found: Mapping[Path, int], path: Path) -> int:
    """The line of ``path``, else of the nearest thing around it, else 0."""
    for length in range(len(path), 0, -1):
        if path[:length] in found:
            return found[path[:length]]
    return 0


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}
        self.lists: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self._skip()
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)
            self._skip()
        return self.found

    def _header(self) -> Path:
        line, many = self._line(), self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        path: Path = ()
        *parents, last = self._keys()
        for part in parents:
            path = self._inside((*path, part))
        path = (*path, last)
        if many:
            self.found.setdefault(path, line)
            self.lists[path] = self.lists.get(path, -1) + 1
            path = self._inside(path)
        self.found[path] = line
        self.at += 2 if many else 1
        return path

    def _inside(self, path: Path) -> Path:
        """A path through a list of tables means its latest one."""
        return (*path, self.lists[path]) if path in self.lists else path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path: Path = table
        for part in self._keys():
            path = (*path, part)
            self.found.setdefault(path, line)
        self.at = self.text.index("=", self.at) + 1
        self._value(path)

    def _keys(self) -> list[str]:
        parts: list[str] = []
        while match := _KEY_PART.match(self.text, self.at):
            quoted, literal, bare = match.groups()
            parts.append(bare or literal or _unquoted(quoted or ""))
            self.at = match.end()
            if not self.text.startswith(".", self.at):
                break
            self.at += 1
        if not parts:
            raise ValueError(f"no key at line {self._line()}")
        return parts

    def _value(self, path: Path) -> None:
        self._skip()
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self._items(path, "]")
        elif opening == "{":
            self._items(path, "}")
        else:
            match = _STRING.match(self.text, self.at) or _SCALAR.match(self.text, self.at)
            self.at = match.end() if match else len(self.text)

    def _items(self, path: Path, closing: str) -> None:
        self.at += 1
        place = 0
        self._skip()
        while not self.text.startswith(closing, self.at):
            if closing == "]":
                self.found[(*path, place)] = self._line()
                self._value((*path, place))
                place += 1
            else:
                self._pair(path)
            self._skip()
            if self.text.startswith(",", self.at):
                self.at += 1
                self._skip()
        self.at += 1

    def _skip(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1


def _unquoted(quoted: str) -> str:
    if "\\" not in quoted:
        return quoted
    import tomllib

    value: Any = tomllib.loads(f'k = "{quoted}"')["k"]
    return str(value)
