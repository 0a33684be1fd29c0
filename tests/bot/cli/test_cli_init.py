"""``yizhan init``: writes what ``check`` accepts, overwrites nothing, and keeps secrets out of sight."""

from __future__ import annotations

import stat

import pytest

from adapters.dingtalk.adapter import DingTalkSettings, capabilities
from bot import promises
from bot.cli import app, init, texts
from bot.config import load

SECRET = "CANARY-5e11"
BOTH = [
    "init",
    "--yes",
    "--company",
    "禾川科技",
    "--admin",
    "feishu:ou_1",
    "--admin",
    "周敏",
    "--feishu",
    "cli_0123456789abcdef",
    "--dingtalk",
    "dingabc",
    "--corp-id",
    "ding0",
]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("YIZHAN_CONFIG", raising=False)
    for name in init.VARIABLES.values():
        monkeypatch.setenv(name, SECRET)
    return tmp_path


def answered(monkeypatch, *lines, secret=SECRET):
    given = iter(lines)
    monkeypatch.setattr("builtins.input", lambda _: next(given))
    monkeypatch.setattr("getpass.getpass", lambda _: secret)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)


def test_what_it_writes_is_a_configuration_with_comments(folder, capsys):
    assert app.run(BOTH) == 0
    assert "写好了 config.toml" in capsys.readouterr().out
    config = load.load().config
    assert (config.company.name, len(config.platforms)) == ("禾川科技", 2)
    assert [str(one) for one in config.company.admins] == ["feishu:ou_1", "周敏"]
    assert config.feishu.app_secret.get_secret_value() == SECRET
    text = (folder / "config.toml").read_text("utf-8")
    assert "# 公司的时区" in text and SECRET not in text
    assert stat.S_IMODE((folder / "config.toml").stat().st_mode) == 0o600
    assert app.run(["check"]) == 0


def test_a_platform_that_is_not_named_is_left_out(folder):
    assert app.run([*BOTH[:8], "--feishu", "cli_0123456789abcdef"]) == 0
    assert load.load().config.dingtalk is None


def test_nothing_is_overwritten(folder, capsys):
    (folder / "config.toml").write_text("mine", "utf-8")
    assert app.run(BOTH) == 3
    assert (folder / "config.toml").read_text("utf-8") == "mine"
    assert "已经有 config.toml" in capsys.readouterr().err


def test_a_secret_that_is_there_is_not_overwritten_either(folder, monkeypatch):
    (folder / "secrets").mkdir()
    (folder / "secrets" / "feishu_app_secret").write_text("mine", "utf-8")
    answered(monkeypatch, "禾川科技", "312", "cli_0123456789abcdef", "", "周敏")
    assert app.run(["init"]) == 3
    assert not (folder / "config.toml").exists()
    assert (folder / "secrets" / "feishu_app_secret").read_text("utf-8") == "mine"


def test_what_is_missing_is_named_and_nothing_written(folder, capsys):
    assert app.run(["init", "--yes", "--dingtalk", "dingabc"]) == 2
    assert "--company、--admin、--corp-id" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_a_secret_on_the_command_line_is_refused_unsaid(folder, capsys):
    assert app.run([*BOTH, "--feishu-secret", SECRET]) == 2
    out, err = capsys.readouterr()
    assert SECRET not in out + err
    assert list(folder.iterdir()) == []


def test_asked_for_a_secret_it_keeps_it_in_a_file_of_its_own(folder, monkeypatch, capsys):
    answered(monkeypatch, "禾川科技", "312", "", "dingabc", "ding0", "周敏，李想")
    assert app.run(["init"]) == 0
    kept = folder / "secrets" / "dingtalk_client_secret"
    assert kept.read_text("utf-8") == SECRET
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    config = load.load().config
    assert config.dingtalk.client_secret.get_secret_value() == SECRET
    assert [str(one) for one in config.company.admins] == ["周敏", "李想"]
    out, err = capsys.readouterr()
    assert SECRET not in out + err + (folder / "config.toml").read_text("utf-8")
    assert "承诺—能力对照表" in out


def test_without_a_terminal_it_does_not_wait_for_an_answer(folder, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    assert app.run(["init"]) == 2


@pytest.mark.parametrize(("people", "said"), [(40, "100 人以下"), (312, "100–500 人"), (900, "500 人以上")])
def test_the_choice_depends_on_the_size(folder, capsys, people, said):
    assert app.run(["init", "--choose", "--people", str(people)]) == 0
    out = capsys.readouterr().out
    assert said in out
    assert "企业微信：驿站还没有适配" in out
    assert list(folder.iterdir()) == []


def test_a_template_changes_the_cells_that_hang_on_cards_and_no_others():
    known = {"client_id": "", "client_secret": "", "robot_code": "", "corp_id": ""}
    able = capabilities(DingTalkSettings(**known, card_template="t"))
    unable = capabilities(DingTalkSettings(**known))
    changed = {name for name, (one, other) in promises.table(able, unable) if one != other}
    assert changed == {"mentions", "once", "buttons", "anonymous"}


def test_every_promise_and_reason_has_its_words():
    known = {"client_id": "", "client_secret": "", "robot_code": "", "corp_id": ""}
    rows = promises.table(capabilities(DingTalkSettings(**known)))
    assert {name for name, _ in rows} == set(texts.init._PROMISES)
    assert set(texts.init._STRENGTHS) == {strength.value for strength in promises.Strength}
