"""``yizhan check``: every mistake at once in the words of the product, or what will be done."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli import app, check, texts
from bot.config.problems import Kind, Problem

RIGHT = """[company]
name = "禾川科技"
admins = ["feishu:ou_1"]

[feishu]
app_id = "cli_1"
app_secret = "${APP_SECRET}"
"""
WRONG = """
[work_hours]
closes = "18点"

[important]
need_mention = true

[[announce.grant]]
who = ["wechat:x"]
audience = "company"
"""
SECRET = "CANARY-77aa"
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("YIZHAN_CONFIG", raising=False)
    monkeypatch.setenv("APP_SECRET", SECRET)
    return tmp_path


def written(folder, text, name="config.toml"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_three_mistakes_are_three_lines_and_a_sum(folder, capsys):
    written(folder, RIGHT + WRONG)
    assert app.run(["check"]) == 2
    assert capsys.readouterr().out.splitlines() == [
        'config.toml:10  work_hours.closes  写的是 "18点"，应写成 "18:00"',
        "config.toml:13  important.need_mention  没有这个键；你是不是想写 needs_mention？",
        'config.toml:16  announce.grant[1].who  写的是 "wechat:x"，应写成 '
        + texts.check.EXPECTED["grant-who"],
        "3 处要改，没有动任何东西。",
    ]


def test_a_right_file_is_told_what_it_means(folder, capsys):
    path = written(folder, RIGHT)
    assert check.report(path, datetime(2026, 9, 7, tzinfo=UTC)) == 0
    out = capsys.readouterr().out
    assert "飞书" in out
    assert "09:00–18:00（午休 12:00–13:30）" in out
    assert "2026 年（国办发明电〔2025〕7号，2025-11-04）" in out
    assert out.endswith("config.toml  没有问题。\n")


@pytest.mark.parametrize(
    ("now", "warned"), [("2026-10-31T12:00+08:00", False), ("2026-11-01T00:00+08:00", True)]
)
def test_the_next_year_is_missed_from_november_on(folder, capsys, now, warned, monkeypatch):
    known = check.calendars.tables()
    years = frozenset(year for year in known.days.known_years if year < 2027)
    days = check.calendars.DayTable(
        known_years=years, holidays=known.days.holidays, make_up=known.days.make_up
    )
    monkeypatch.setattr(
        check.calendars, "tables", lambda company: check.calendars.Tables(days=days, sources=known.sources)
    )
    assert check.report(written(folder, RIGHT), datetime.fromisoformat(now)) == 0
    assert ("2027 年尚未收录" in capsys.readouterr().out) is warned


def test_a_mistake_in_the_companys_calendar_is_found_too(folder, capsys):
    written(folder, 'year = 2027\nsource = "s"\npublished = 2026-11-30\n', "data/calendar/2027.toml")
    written(folder, RIGHT)
    assert app.run(["check"]) == 2
    assert "data/calendar/2027.toml" in capsys.readouterr().out


def test_mistakes_in_file_and_calendar_are_told_together(folder, capsys, monkeypatch):
    written(folder, RIGHT)
    mistake = Problem(kind=Kind.RULE, file="config.toml", detail="no-platform")
    found = check.names.Checked(looked=True, problems=(mistake,))
    monkeypatch.setattr(check.names, "check", lambda loaded: found)
    assert app.run(["check"]) == 2
    assert "1 处要改" in capsys.readouterr().out


def test_no_secret_is_printed_whatever_is_wrong(folder, capsys, monkeypatch):
    text = RIGHT.replace('"${APP_SECRET}"', f'"{SECRET}"') + f'app_secrt = "{SECRET}"\nmode = 3\n'
    written(folder, text)
    assert app.run(["check"]) == 2
    out, err = capsys.readouterr()
    assert SECRET not in out + err
    assert "YIZHAN_FEISHU_APP_SECRET" in out


def test_a_stray_variable_is_a_warning_only(folder, capsys, monkeypatch):
    monkeypatch.setenv("YIZHAN_TYPO", "x")
    assert check.report(written(folder, RIGHT), datetime(2026, 9, 7, tzinfo=UTC)) == 0
    assert "$YIZHAN_TYPO" in capsys.readouterr().out


def test_a_name_that_two_people_have_is_answered_with_both(folder):
    written(folder, RIGHT + '[announce]\nreviewers = ["张伟"]\n')
    named = list(check.load.load().names())[-1]
    found = named.problem(Kind.AMBIGUOUS_NAME, "财务部（zhangwei02）", "研发部（zhangwei）")
    assert texts.check.problem(found) == (
        "config.toml:9  announce.reviewers  "
        "通讯录里有两位“张伟”：财务部（zhangwei02）、研发部（zhangwei）。请写账号。"
    )


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_mistake_has_a_sentence(kind):
    detail = {Kind.WRONG_VALUE: "integer", Kind.RULE: "no-platform", Kind.NO_FILE: "absent"}.get(kind, "")
    line = texts.check.problem(
        Problem(kind=kind, file="f", line=3, key="k", found="X", allowed=("1", "2", "3"), detail=detail)
    )
    assert line.startswith("f:3  k  ")
    assert not set("{}") & set(line.replace("${X}", "").replace("${1}", ""))


@pytest.mark.parametrize("sentence", texts.check.RULES.values())
def test_a_rules_sentence_takes_only_numbered_values(sentence):
    assert {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None} <= {"0", "1"}


@pytest.mark.parametrize("detail", texts.check.EXPECTED)
def test_every_expectation_can_be_said_with_and_without_an_example(detail):
    for allowed in ((), ('"x"', '"y"')):
        problem = Problem(kind=Kind.WRONG_VALUE, file="f", found='"z"', allowed=allowed, detail=detail)
        assert "应写成" in texts.check.sentence(problem)


def test_whatever_the_models_can_complain_about_has_a_sentence():
    sources = "".join(
        path.read_text("utf-8")
        for path in [*(ROOT / "bot" / "config").glob("*.py"), ROOT / "bot" / "calendars.py"]
    )
    assert set(re.findall(r'(?:reject|_reader)\(\s*"([\w-]+)"', sources)) <= texts.check.EXPECTED.keys()
    rules = set(re.findall(r'break_rule\(\s*"([\w-]+)"', sources))
    assert rules
    assert rules <= texts.check.RULES.keys()
