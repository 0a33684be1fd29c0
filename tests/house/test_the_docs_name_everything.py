"""Each rule, command, state and kind of error is named in docs/."""

from __future__ import annotations

import inspect
from pathlib import Path

from adapters import errors
from bot.cli import COMMANDS
from bot.store.rows import OutboxState
from policies import engine
from policies.workspace import changes

DOCS = "\n".join(
    path.read_text(encoding="utf-8") for path in (Path(__file__).parent.parent.parent / "docs").rglob("*.md")
)


def test_every_rule_is_described() -> None:
    assert [name for name in engine.EVERY if f"`{name}`" not in DOCS] == []


def test_every_command_is_described() -> None:
    assert [command.name for command in COMMANDS if f"`yizhan {command.name}" not in DOCS] == []


def test_every_kind_of_platform_error_is_described() -> None:
    kinds = [
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.PlatformError) and kind is not errors.PlatformError
    ]
    assert [name for name in kinds if f"`{name}`" not in DOCS] == []


def test_every_state_of_an_outbox_row_is_described() -> None:
    assert [state.value for state in OutboxState if f"`{state.value}`" not in DOCS] == []


def test_every_guard_and_every_reason_to_wait_is_described() -> None:
    words = [*changes.Guard, *changes.Pause]
    assert [word.value for word in words if f"`{word.value}`" not in DOCS] == []
