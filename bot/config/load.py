"""Reading config.toml (读配置): one value, or all mistakes at once with their lines."""

from __future__ import annotations

import copy
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError
from rapidfuzz import process

from bot.config import expand as references
from bot.config import locate
from bot.config.locate import Path
from bot.config.model import Config
from bot.config.problems import ConfigProblems, Kind, Problem
from bot.config.sections import Section
from bot.config.translate import Place, translate, written
from bot.config.values import Ref, RefKind
from policies.model import Platform

VARIABLE = "YIZHAN_CONFIG"
DEFAULT = "config.toml"
OWN_VARIABLES = frozenset({VARIABLE})
_PUNCTUATION = frozenset("\u201c\u201d\u2018\u2019\uff1d\uff0c\uff3b\uff3d\u3010\u3011\uff02\uff03\uff07")
"""What a Chinese keyboard writes in place of quotes, commas, brackets and the equals sign."""


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody or something that only the directory can find, and where it is written."""

    ref: Ref
    file: str
    line: int
    key: str

    def problem(self, kind: Kind, *candidates: str) -> Problem:
        """AMBIGUOUS_NAME with those who are called so, or UNKNOWN_NAME with those who are nearly."""
        return Problem(
            kind=kind, file=self.file, line=self.line, key=self.key, found=self.ref.name, allowed=candidates
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration that holds together.

    Attributes:
        path: of the file, absolute.
        file: as it is called in messages.
        warnings: what does not stop anything and yet wants to be seen.
        secrets: every secret value, for the logs to leave out.
    """

    config: Config
    path: FilePath
    file: str
    warnings: tuple[Problem, ...] = ()
    lines: Mapping[Path, int] = field(default_factory=dict, repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def store_url(self) -> SecretStr:
        """With the path of an SQLite file absolute, counted from the folder of the configuration."""
        file = self._sqlite_file()
        return self.config.store.url if file is None else SecretStr(f"sqlite:///{file}")

    @property
    def store_file(self) -> FilePath | None:
        """Of SQLite; ``None`` with a database server."""
        return self._sqlite_file()

    @property
    def data_dir(self) -> FilePath:
        """Beside the store's file; with a database server, ``data`` beside the configuration."""
        file = self._sqlite_file()
        return self.path.parent / "data" if file is None else file.parent

    @property
    def key_folder(self) -> FilePath:
        """Where the keys of sealed boxes lie; relative to the configuration where it is named there."""
        named = self.config.ballots.keys
        return (self.path.parent / named).resolve() if named else self.data_dir / "ballot-keys"

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """``[[person]]``: two written accounts of one person, the first names the person."""
        return tuple((f"feishu:{one.feishu}", f"dingtalk:{one.dingtalk}") for one in self.config.person)

    def _sqlite_file(self) -> FilePath | None:
        parts = urlsplit(self.config.store.url.get_secret_value())
        if parts.scheme != "sqlite":
            return None
        return (self.path.parent / parts.path.removeprefix("/")).resolve()

    def problem(self, key: str, kind: Kind, *, detail: str = "", allowed: tuple[str, ...] = ()) -> Problem:
        """A problem with a key of this file that was found only later."""
        path: Path = tuple(key.split("."))
        return Place(self.file, self.lines, {}).problem(path, kind, detail=detail, allowed=allowed)

    def names(self) -> Iterator[Named]:
        """Every person and department of the file as written, for whoever has the directory."""
        for path, ref in _refs(self.config, ()):
            yield Named(ref, self.file, locate.line_of(self.lines, path), written(path))
        for place, link in enumerate(self.config.person):
            for platform in Platform:
                path = ("person", place, platform.value)
                id_ = getattr(link, platform.value)
                ref = Ref(kind=RefKind.ACCOUNT, written=f"{platform}:{id_}", name=id_, platform=platform)
                yield Named(ref, self.file, locate.line_of(self.lines, path), written(path))


def find(path: FilePath | None, environ: Mapping[str, str] | None = None) -> FilePath:
    """``path``, else ``$YIZHAN_CONFIG``, else ``./config.toml``."""
    environ = os.environ if environ is None else environ
    return path or FilePath(environ.get(VARIABLE) or DEFAULT)


def load(path: FilePath | None = None, environ: Mapping[str, str] | None = None) -> Loaded:
    """Read and check a configuration.

    Args:
        environ: instead of the process's own environment.

    Raises:
        ConfigProblems: with every mistake that could be found, in the order of the file.
    """
    environ = os.environ if environ is None else environ
    path = find(path, environ)
    file = shown(path)
    place = read(path, file)
    expanded = references.expand(place.raw, path.parent, environ)
    problems = [
        place.problem(where, kind, found=name if kind is not Kind.PLAIN_SECRET else "", allowed=(name,))
        for where, kind, name in expanded.mistakes
    ]
    if not {"feishu", "dingtalk"} & place.raw.keys():
        problems.append(Problem(kind=Kind.RULE, file=file, detail="no-platform"))
    try:
        config = Config.model_validate(expanded.data)
    except ValidationError as error:
        problems += translate(error, place, {where for where, _, _ in expanded.mistakes})
        rest = _without(expanded.data, error)
        read_so_far = (
            Loaded(config=rest, path=path.absolute(), file=file, lines=place.lines) if rest else None
        )
        raise Unreadable(problems, read_so_far) from None  # the error holds the whole input
    if problems:
        raise ConfigProblems(problems)
    return Loaded(
        config=config,
        path=path.absolute(),
        file=file,
        warnings=tuple(_stray_variables(environ, expanded.variables)),
        lines=place.lines,
        secrets=frozenset(expanded.secrets),
    )


class Unreadable(ConfigProblems):
    """With what can be read besides, so that the names in it are looked at in the same report.

    Attributes:
        rest: the file without its wrong keys; ``None``: it is nothing without them. Nobody may run on it.
    """

    def __init__(self, problems: list[Problem], rest: Loaded | None) -> None:
        super().__init__(problems)
        self.rest = rest


def _without(data: Mapping[str, Any], error: ValidationError) -> Config | None:
    kept = copy.deepcopy(dict(data))
    for one in error.errors(include_url=False, include_input=False):
        *above, wrong = one["loc"] or ("",)
        table: Any = kept
        for part in above:
            try:
                table = table[part]
            except (KeyError, IndexError, TypeError):
                return None
        if not isinstance(table, dict) or wrong not in table:
            return None
        del table[wrong]
    try:
        return Config.model_validate(kept)
    except ValidationError:
        return None


def read(path: FilePath, file: str, root: type[Section] = Config) -> Place:
    """A TOML file as it is written, with the line of every key.

    Raises:
        ConfigProblems: it cannot be read or is not TOML.
    """
    text = _text(path, file)
    raw = _parse(text, file)
    return Place(file, locate.lines(text), raw, root)


def shown(path: FilePath) -> str:
    """As the person who started us would write it."""
    try:
        return str(path.absolute().relative_to(FilePath.cwd()))
    except (ValueError, OSError):
        return str(path)


def _text(path: FilePath, file: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ConfigProblems([Problem(kind=Kind.NOT_UTF8, file=file)]) from None
    except OSError as error:
        detail = "unreadable" if path.exists() else "absent"
        raise ConfigProblems([Problem(kind=Kind.NO_FILE, file=file, detail=detail)]) from error


def _parse(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"at line (\d+)", str(error))
        line = int(match[1]) if match else text.count("\n") + 1
        wrong = text.split("\n")[min(line, text.count("\n") + 1) - 1]
        if "overwrite" in str(error) or "twice" in str(error):
            detail = "twice"
        else:
            detail = "punctuation" if _PUNCTUATION & set(wrong) else ""
        raise ConfigProblems([Problem(kind=Kind.SYNTAX, file=file, line=line, detail=detail)]) from None


def _stray_variables(environ: Mapping[str, str], used: set[str]) -> Iterator[Problem]:
    known = OWN_VARIABLES | used
    for name in sorted(environ):
        if name.startswith("YIZHAN_") and name not in known:
            near = process.extractOne(name, sorted(known), score_cutoff=80)
            allowed = (str(near[0]),) if near else ()
            yield Problem(kind=Kind.UNKNOWN_VARIABLE, file=f"${name}", allowed=allowed)


def _refs(value: Any, path: Path) -> Iterator[tuple[Path, Ref]]:
    if isinstance(value, Ref):
        yield path, value
    elif isinstance(value, Section):
        for name in type(value).model_fields:
            yield from _refs(getattr(value, name), (*path, name))
    elif isinstance(value, tuple):
        for place, inner in enumerate(value):
            yield from _refs(inner, (*path, place))
