"""From the validator's errors to ``Problem`` (翻译): which key, on which line, what is allowed there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.config import locate, schema
from bot.config.locate import Path
from bot.config.model import Config
from bot.config.problems import Kind, Problem
from bot.config.sections import Section

LONGEST_SHOWN = 60

_EXPECTS = {
    "int_type": "integer",
    "int_parsing": "integer",
    "int_from_float": "integer",
    "int_parsing_size": "integer",
    "greater_than_equal": "integer",
    "less_than_equal": "integer",
    "bool_type": "boolean",
    "bool_parsing": "boolean",
    "string_too_short": "not-empty",
    "string_pattern_mismatch": "slug",
    "too_short": "not-empty-list",
    "model_type": "table",
    "model_attributes_type": "table",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A file as it is written: its name, its lines and its values before references were followed.

    ``root`` is the model of the whole file.
    """

    file: str
    lines: Mapping[Path, int]
    raw: Mapping[str, Any]
    root: type[Section] = Config

    def problem(
        self, path: Path, kind: Kind, *, found: str = "", allowed: tuple[str, ...] = (), detail: str = ""
    ) -> Problem:
        return Problem(
            kind=kind,
            file=self.file,
            line=locate.line_of(self.lines, path),
            key=written(path, self.root),
            found=found,
            allowed=allowed,
            detail=detail,
        )

    def found(self, path: Path) -> str:
        """The plain value at ``path`` in the file's notation; ``""`` for secrets, tables and nothing."""
        if schema.is_secret(path, self.root):
            return ""
        value = self.value(path)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return f'"{value}"' if len(value) <= LONGEST_SHOWN else f'"{value[:LONGEST_SHOWN]}…"'
        return "" if value is None or isinstance(value, Mapping | list) else str(value)

    def value(self, path: Path) -> Any:
        value: Any = self.raw
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value


def written(path: Path, root: type[Section] = Config) -> str:
    """As a person counts: ``announce.grant[1].who``; the place in a list of plain values is the line's business."""
    while path and isinstance(path[-1], int) and schema.section_at(path, root) is None:
        path = path[:-1]
    return re.sub(r"\.\[", "[", ".".join(f"[{part + 1}]" if isinstance(part, int) else part for part in path))


def translate(errors: ValidationError, place: Place, known: set[Path]) -> list[Problem]:
    """All errors that are not only the consequence of a mistake at one of the ``known`` paths."""
    found: list[Problem] = []
    for error in errors.errors(include_url=False, include_input=False):
        path: Path = error["loc"]
        if any(path[: len(other)] == other for other in known) or _is_echo(error, path, place):
            continue
        problem = _TRANSLATIONS.get(error["type"], _wrong_value)(error, path, place)
        if problem not in found:
            found.append(problem)
    return found


def _is_echo(error: ErrorDetails, path: Path, place: Place) -> bool:
    """A list that is too short only because its items were refused."""
    value = place.value(path)
    return error["type"] == "too_short" and isinstance(value, list) and bool(value)


def _unknown(_: ErrorDetails, path: Path, place: Place) -> Problem:
    near = schema.nearest_key(path, place.root)
    return place.problem(path, Kind.UNKNOWN_KEY, allowed=(near,) if near else ())


def _missing(_: ErrorDetails, path: Path, place: Place) -> Problem:
    detail = (
        "secret"
        if schema.is_secret(path, place.root)
        else "table"
        if schema.section_at(path, place.root)
        else ""
    )
    return place.problem(path, Kind.MISSING, detail=detail)


def _rule(error: ErrorDetails, path: Path, place: Place) -> Problem:
    context = error["ctx"]
    parts = str(context["key"]).split(".")
    path = (*path, *(int(part) if part.isdecimal() else part for part in parts))
    return place.problem(path, Kind.RULE, detail=context["rule"], allowed=tuple(context["allowed"]))


def _value(error: ErrorDetails, path: Path, place: Place) -> Problem:
    context = error["ctx"]
    return place.problem(
        path,
        Kind.WRONG_VALUE,
        found=place.found(path),
        allowed=tuple(context["allowed"]),
        detail=context["expects"],
    )


def _choice(error: ErrorDetails, path: Path, place: Place) -> Problem:
    allowed = tuple(f'"{word}"' for word in re.findall(r"'([^']*)'", str(error["ctx"]["expected"])))
    return place.problem(path, Kind.WRONG_VALUE, found=place.found(path), allowed=allowed, detail="choice")


def _string(_: ErrorDetails, path: Path, place: Place) -> Problem:
    found = place.found(path)
    allowed = (f'"{found}"',) if found else ()
    return place.problem(path, Kind.WRONG_VALUE, found=found, allowed=allowed, detail="string")


def _list(_: ErrorDetails, path: Path, place: Place) -> Problem:
    if schema.section_at(path, place.root):
        return place.problem(
            path, Kind.WRONG_VALUE, detail="tables", allowed=(f"[[{written(path, place.root)}]]",)
        )
    found = place.found(path)
    return place.problem(
        path, Kind.WRONG_VALUE, found=found, allowed=(f"[{found}]",) if found else (), detail="list"
    )


def _wrong_value(error: ErrorDetails, path: Path, place: Place) -> Problem:
    expects = _EXPECTS.get(error["type"], "other")
    allowed: tuple[str, ...] = ()
    if expects == "integer":
        allowed = schema.bounds(path, place.root)
    elif expects == "boolean":
        allowed = ("true", "false")
    elif expects == "table":
        allowed = (f"[{written(path, place.root)}]",)
    return place.problem(path, Kind.WRONG_VALUE, found=place.found(path), allowed=allowed, detail=expects)


_TRANSLATIONS: dict[str, Callable[[ErrorDetails, Path, Place], Problem]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "yizhan_rule": _rule,
    "yizhan_value": _value,
    "literal_error": _choice,
    "string_type": _string,
    "tuple_type": _list,
    "list_type": _list,
}
