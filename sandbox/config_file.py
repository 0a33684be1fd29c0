"""A complete ``config.toml`` for this town, its secrets in files of their own beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.platform import Absent, Secret
from sandbox.town import Town


def write(town: Town, file: Path) -> None:
    """Write the configuration and, readable for the owner only, one file for each secret.

    Raises:
        OSError: the folder is not there or cannot be written to.
    """
    lines = [
        "[company]",
        'name = "禾川科技"',
        'zone = "Asia/Shanghai"',
        f"admins = {_value(_admins(town))}",
        "",
    ]
    lines += _same_person(town)
    store = file.parent.resolve() / "data" / "yizhan.db"
    lines += ["[store]", f"url = {_value(f'sqlite:///{store}')}", ""]
    for name, platform in town.platforms.items():
        lines += [f"[{name}]", *_table(name, platform.config_section(), file), ""]
    if town.clock.standing:
        lines += ["[clock]", f"follow = {_value(town.url)}", ""]
    file.write_text("\n".join(lines), encoding="utf-8")


def _admins(town: Town) -> list[str]:
    try:
        return [f"feishu:{town.platforms['feishu'].person('周敏').id}"]
    except Absent:
        return [f"feishu:{next(iter(town.people['feishu']))}"]


def _same_person(town: Town) -> list[str]:
    try:
        ids = {name: platform.person("周敏").id for name, platform in town.platforms.items()}
    except Absent:
        return []
    return ["[[person]]", *(f"{name} = {_value(number)}" for name, number in ids.items()), ""]


def _table(name: str, section: Mapping[str, Any], file: Path) -> list[str]:
    lines = []
    for key, value in section.items():
        if isinstance(value, Secret):
            secret = file.parent.resolve() / f"{file.stem}.{name}.{key}"
            _write_secret(secret, value)
            lines.append(f"{key} = {_value(f'file:{secret}')}")
        else:
            lines.append(f"{key} = {_value(value)}")
    return lines


def _write_secret(file: Path, value: str) -> None:
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(value)


def _value(value: Any) -> str:
    """JSON is TOML for the plain values that are used here."""
    return json.dumps(value, ensure_ascii=False)
