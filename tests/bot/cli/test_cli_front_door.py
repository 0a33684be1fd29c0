"""The command line as a person meets it: Chinese, four exit codes, quick, and nothing imported needlessly."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from bot.cli import COMMANDS, Stop, app, texts
from bot.config.problems import ConfigProblems, Kind, Problem

ROOT = Path(__file__).parents[3]


@pytest.fixture
def yizhan(capsys):
    """Run a command; exit code, and what was printed on either side."""

    def run(*arguments):
        code = app.run(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ()])
def test_help_is_chinese_and_names_every_command(yizhan, arguments):
    code, out, err = yizhan(*arguments)
    assert (code, err) == (0, "")
    assert all(command.name in out and command.help[:8] in out for command in COMMANDS)
    assert not [
        word for word in ("Usage", "Commands", "Parameters", "Display this", "OPTIONS") if word in out
    ]


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_each_command_has_a_page_of_its_own(yizhan, command):
    code, out, _ = yizhan(command, "--help")
    assert code == 0
    assert texts.words.USAGE in out
    assert not [word for word in ("Usage", "Commands", "Parameters", "[required]", "[default") if word in out]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_each_command_is_where_it_is_said_to_be(command):
    module, _, name = command.where.partition(":")
    assert hasattr(import_module(module), name)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("chek",), "check"),
        (("check", "--confg", "x"), "--config"),
        (("check", "extra"), "extra"),
        (("check", "--config"), "--config"),
        (("nonsense",), "nonsense"),
    ],
)
def test_what_is_not_understood_is_said_in_chinese_with_a_way_on(yizhan, arguments, says):
    code, out, err = yizhan(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert "--help" in err
    assert not [word for word in ("Unknown", "Error", "requires", "Did you mean", "Unused") if word in err]


def test_the_file_may_be_named_before_the_command(yizhan, tmp_path):
    for arguments in (
        ("--config", str(tmp_path / "no.toml"), "check"),
        (f"--config={tmp_path}/no.toml", "check"),
    ):
        code, out, _ = yizhan(*arguments)
        assert code == 2
        assert "no.toml" in out


def test_version(yizhan):
    code, out, _ = yizhan("version")
    assert code == 0
    assert out.startswith("yizhan ")


def test_help_imports_nothing_heavy():
    program = (
        "import sys; from bot.cli import app; app.run(['--help']);"
        "heavy = {'aiohttp', 'sqlalchemy', 'lark_oapi', 'dingtalk_stream', 'pydantic', 'alembic', 'chinese_calendar', 'structlog'};"
        "print(sorted(heavy & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr.strip() == "[]"


def test_the_program_ends_with_the_exit_code_of_its_command(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "bot", "check", "--config", str(tmp_path / "no.toml")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "")


@pytest.mark.parametrize(
    ("raised", "code", "says"),
    [
        (Stop("not now", 3), 3, "not now"),
        (ConfigProblems([Problem(kind=Kind.NOT_UTF8, file="c.toml")]), 2, "c.toml"),
        (KeyboardInterrupt(), 1, texts.words.STOPPED),
    ],
)
def test_how_a_command_ends_is_its_exit_code(yizhan, monkeypatch, raised, code, says):
    def ends():
        raise raised

    monkeypatch.setattr("bot.cli.version.version", ends)
    ended, out, err = yizhan("version")
    assert (ended, out) == (code, "")
    assert says in err


def test_nothing_hides_a_mistake_of_ours(monkeypatch):
    def breaks():
        raise ZeroDivisionError

    monkeypatch.setattr("bot.cli.version.version", breaks)
    with pytest.raises(ZeroDivisionError):
        app.run(["version"])
