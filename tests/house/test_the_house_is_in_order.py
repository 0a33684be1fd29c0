"""Rules of the house that no linter knows: where Chinese stands, who waits, who reads the time."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CJK = re.compile(r"[\u4e00-\u9fff]")
PACKAGES = ("bot", "adapters", "policies")

SENTENCES_LIVE_HERE = (
    "policies/wording/",
    "bot/cli/texts/",
    # What people write to us, and what platforms call themselves: understood, not said.
    "policies/tags.py",
    "policies/confusables.py",
    "policies/questionnaire/betrayal.py",
    "policies/model.py",
    "bot/conversation/",
    "bot/turns/compose.py",
    "bot/config/",
    "bot/calendars.py",
    "adapters/feishu/",
    "adapters/dingtalk/",
)


def sources(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def literals(path: Path) -> list[str]:
    """String literals of a module, docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    bare = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in docstrings
        and node not in bare
    ]


def test_chinese_sentences_stand_in_the_wording_and_nowhere_else() -> None:
    strays = {
        str(path.relative_to(ROOT)): found
        for path in sources(*PACKAGES)
        if not str(path.relative_to(ROOT)).startswith(SENTENCES_LIVE_HERE)
        and (found := [text for text in literals(path) if CJK.search(text)])
    }
    assert strays == {}


@pytest.mark.parametrize("path", sources("bot"), ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_sleeps_through_civil_time(path: Path) -> None:
    """``asyncio.sleep`` and ``call_later`` know nothing of a clock that is turned."""
    allowed = {"bot/clock.py", "bot/lines.py", "bot/intake.py", "bot/doctor.py"}
    name = str(path.relative_to(ROOT))
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"sleep", "call_later", "call_at"}
    ]
    assert not calls or name in allowed or name.startswith("bot/store/")


@pytest.mark.parametrize("folder", ["bot", "adapters", "policies", "sandbox"])
def test_no_file_is_called_utils(folder: str) -> None:
    names = {path.stem for path in (ROOT / folder).rglob("*.py")}
    assert not names & {"utils", "util", "common", "helpers", "helper", "misc", "base2"}


def test_the_twins_have_the_same_rooms() -> None:
    """Who knows one platform's folder knows the other's."""
    feishu, dingtalk = (
        {path.stem for path in (ROOT / "adapters" / name).glob("*.py")} for name in ("feishu", "dingtalk")
    )
    shared = {
        "adapter",
        "line",
        "wire",
        "codec",
        "client",
        "directory",
        "groups",
        "cards",
        "codes",
        "limits",
        "text",
    }
    assert shared <= feishu
    assert shared <= dingtalk


def test_only_the_lines_import_the_vendors_clients() -> None:
    importers = {
        str(path.relative_to(ROOT))
        for path in sources(*PACKAGES)
        if re.search(
            r"^\s*(?:from|import) (?:lark_oapi|dingtalk_stream)\b",
            path.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    }
    assert importers <= {"adapters/feishu/line.py", "adapters/dingtalk/line.py"}


def test_only_the_store_speaks_sql() -> None:
    importers = {
        str(path.relative_to(ROOT))
        for path in sources(*PACKAGES)
        if re.search(r"^\s*(?:from|import) sqlalchemy\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert all(name.startswith("bot/store/") for name in importers), importers


def test_locks_carry_hashes_and_no_host() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert all("==" in pin and pin.rstrip().endswith("\\") for pin in pins)


def test_every_test_file_has_a_name_of_its_own() -> None:
    """Outside of packages they are collected by their bare names: of two with the same one only the first would run."""
    files = [
        path for path in (ROOT / "tests").rglob("test_*.py") if not (path.parent / "__init__.py").exists()
    ]
    names = [path.name for path in files]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
