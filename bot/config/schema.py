"""What the models say about a key (键的含义): which table it is in, which keys are near it, whether it is a secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from rapidfuzz import fuzz, process

from bot.config.locate import Path
from bot.config.model import Config
from bot.config.sections import Section

NEAR_ENOUGH = 70.0
"""How alike (of 100) a typo and a key must be before the key is named."""


def section_at(path: Path, root: type[Section] = Config) -> type[Section] | None:
    """The model of the table (or of each table of the list) at ``path``."""
    model = root
    for part in path:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = _section_in(field.annotation) if field else None
        if inner is None:
            return None
        model = inner
    return model


def field_at(path: Path, root: type[Section] = Config) -> FieldInfo | None:
    while path and isinstance(path[-1], int):
        path = path[:-1]
    section = section_at(path[:-1], root) if path else None
    return section.model_fields.get(str(path[-1])) if section else None


def is_secret(path: Path, root: type[Section] = Config) -> bool:
    field = field_at(path, root)
    return field is not None and _holds(field.annotation, SecretStr)


def bounds(path: Path, root: type[Section] = Config) -> tuple[str, str]:
    """The smallest and the largest value of a number, ``""`` where there is no bound."""
    field = field_at(path, root)
    marks = field.metadata if field else []
    low = next((str(mark.ge) for mark in marks if hasattr(mark, "ge")), "")
    high = next((str(mark.le) for mark in marks if hasattr(mark, "le")), "")
    return low, high


def nearest_key(path: Path, root: type[Section] = Config) -> str:
    """The key that was most likely meant: of the same table, else the same name elsewhere, else ``""``."""
    section = section_at(path[:-1], root)
    if section is None or not path:
        return ""
    typed = str(path[-1])
    near = process.extractOne(
        typed.replace("-", "_").lower(),
        list(section.model_fields),
        scorer=fuzz.ratio,
        score_cutoff=NEAR_ENOUGH,
    )
    if near is not None:
        return str(near[0])
    elsewhere = [key for key in every_key(root) if key.rpartition(".")[2] == typed]
    return elsewhere[0] if len(elsewhere) == 1 else ""


def every_key(model: type[Section] = Config, prefix: str = "") -> Iterator[str]:
    """All keys as ``work_hours.team.opens``, tables before what is in them."""
    for name, field in model.model_fields.items():
        yield prefix + name
        inner = _section_in(field.annotation)
        if inner is not None:
            yield from every_key(inner, f"{prefix}{name}.")


def _section_in(annotation: Any) -> type[Section] | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _section_in(inner))), None)


def _holds(annotation: Any, kind: type) -> bool:
    return annotation is kind or any(_holds(inner, kind) for inner in get_args(annotation))
