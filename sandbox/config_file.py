"""A complete ``config.toml`` for this town, its secrets in files of their own beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox import company
from sandbox.platform import Absent, Secret
from sandbox.town import Town

FAR = "乌鲁木齐研发组"


def write(town: Town, file: Path) -> None:
    """Write the configuration and, readable for the owner only, one file for each secret.

    Raises:
        OSError: the folder is not there or cannot be written to.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
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
    lines += ["[health]", 'listen = "127.0.0.1:0"', ""]
    lines += _policy(town)
    if town.clock.standing:
        lines += ["[clock]", f"follow = {_value(town.url)}", ""]
    file.write_text("\n".join(lines), encoding="utf-8")


def _policy(town: Town) -> list[str]:
    """Who may announce, who keeps other hours, and which of the town's groups the bot may use."""
    lines = ["[[announce.grant]]", f"who = {_value(_announcers(town))}", 'audience = "company"', ""]
    lines += ["[[announce.grant]]", 'who = ["everyone"]', 'audience = "own-department"', ""]
    if _has_department(town, "feishu", FAR):
        lines += ["[[work_hours.team]]", 'name = "乌鲁木齐"', f"departments = [{_value(FAR)}]"]
        lines += ['opens = "10:00"', 'closes = "19:30"', 'lunch = ["14:00", "15:30"]', ""]
    everyone = _groups(town, f"{company.NAME[:2]}全员")
    if everyone:
        lines += ["[workspace]", f"company_groups = {everyone}", ""]
    for name in ("研发部", "市场部", "产品部", "苏州工厂", "设备部"):
        groups = _groups(town, name)
        if groups:
            lines += ["[[workspace.department]]", f"name = {_value(name)}", f"groups = {groups}", ""]
    return lines


def _announcers(town: Town) -> list[str]:
    if _has_department(town, "feishu", "人力资源部"):
        return ["head:人力资源部", *_admins(town)]
    return _admins(town)


def _has_department(town: Town, platform: str, name: str) -> bool:
    return any(department.name == name for department in town.departments[platform].values())


def _groups(town: Town, name: str) -> str:
    """An inline table of the groups with this name in which the robot is."""
    found = {
        platform: next((chat.id for chat in chats.values() if chat.name == name and chat.bot), "")
        for platform, chats in town.chats.items()
    }
    pairs = ", ".join(f"{platform} = {_value(number)}" for platform, number in found.items() if number)
    return f"{{ {pairs} }}" if pairs else ""


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
