"""[[questionnaire]]: what may be written, and what is said of what may not."""

from __future__ import annotations

from datetime import date, time

import pytest
from config_builders import COMPANY, ENVIRON, FEISHU

from bot.cli.texts import check
from bot.config import load
from bot.config.problems import ConfigProblems
from bot.polls import planning
from policies.calendar import WorkCalendar
from policies.questionnaire.model import Ask, Kind, Question, Secrecy, Terms
from policies.questionnaire.occasions import Rhythm, When

WHOLE = """
[[questionnaire]]
id = "week"
kind = "pulse"
when = "每周五 16:00"
questions = ["好不好？"]
"""


def load_text(folder, text):
    (folder / "config.toml").write_text(COMPANY + FEISHU + text, "utf-8")
    return load.load(folder / "config.toml", ENVIRON)


@pytest.mark.parametrize(
    ("written", "when"),
    [
        ("2026-09-11 16:00", When(rhythm=Rhythm.ONCE, day=date(2026, 9, 11), at=time(16))),
        ("每周五 9:00", When(rhythm=Rhythm.WEEKLY, weekday=4, at=time(9))),
        ("每星期天 09：00", When(rhythm=Rhythm.WEEKLY, weekday=6, at=time(9))),
        ("every fri 16:00", When(rhythm=Rhythm.WEEKLY, weekday=4, at=time(16))),
        ("Every Monday 09:30", When(rhythm=Rhythm.WEEKLY, weekday=0, at=time(9, 30))),
    ],
)
def test_a_when_is_read(tmp_path, written, when):
    config = load_text(tmp_path, WHOLE.replace("每周五 16:00", written)).config
    assert config.questionnaire[0].when == when


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [
        pytest.param(('"每周五 16:00"', '"周五下午"'), "when", "试点第 5 天", id="no clock"),
        pytest.param(('"每周五 16:00"', '"2026-02-30 16:00"'), "when", "试点第 5 天", id="no such day"),
        pytest.param(('"每周五 16:00"', '"试点第 3 天 16:00"'), "when", "不在试点里", id="no pilot"),
        pytest.param(
            ('["好不好？"]', '[{ ask = "哪个？", kind = "single" }]'), "kind", "options", id="no options"
        ),
        pytest.param(
            ('["好不好？"]', '[{ ask = "哪个？", kind = "single", options = ["面", "面"] }]'),
            "options",
            "各不相同",
            id="twice the same",
        ),
        pytest.param(
            ('["好不好？"]', '[{ ask = "怎样？", options = ["好", "坏"] }]'),
            "kind",
            "没有 options",
            id="options",
        ),
        pytest.param(
            ('["好不好？"]', '[{ ask = "甲", id = "x" }, { ask = "乙", id = "x" }]'),
            "questions",
            "id 一样",
            id="ids",
        ),
        pytest.param(
            ('["好不好？"]', "[" + '{ ask = "说", kind = "text" },' * 5 + "]"),
            "questions",
            "最多 4 道",
            id="texts",
        ),
        pytest.param(
            ("kind =", 'participation = "hidden"\nkind ='), "participation", "匿名问卷", id="hidden"
        ),
        pytest.param(
            ("kind =", 'holder = "沈洁"\nanonymous = true\nkind ='), "holder", "一起写", id="holder"
        ),
        pytest.param(("kind =", 'holder_key = "abc"\nkind ='), "holder_key", "64 个十六进制", id="a key"),
        pytest.param(("kind =", "least = 4\nkind ="), "least", "5", id="lower than five"),
        pytest.param(("kind =", "least_texts = 9\nkind ="), "least_texts", "10", id="lower than ten"),
    ],
)
def test_what_cannot_be_kept_is_said(tmp_path, change, key, says):
    with pytest.raises(ConfigProblems) as caught:
        load_text(tmp_path, WHOLE.replace(*change))
    (problem,) = caught.value.problems
    assert key in problem.key
    assert says in check.problem(problem)


# ── What was sealed ───────────────────────────────────────────────────────────────────────────────

SEALED = """
[[questionnaire]]
id = "week"
kind = "pulse"
title = "第一周"
when = "2026-09-11 16:00"
questions = ["好不好？", { ask = "说说", kind = "text" }]
anonymous = true
audience = ["研发部"]
least = 6
"""


def _sealed(folder):
    config = load_text(folder, SEALED).config
    line = config.questionnaire[0]
    opens, closes = planning.moments(line, date(2026, 9, 11), WorkCalendar())
    return Terms(
        questionnaire="week",
        title=line.title,
        kind=Kind.PULSE,
        questions=(
            Question(id="q1", text="好不好？", kind=Ask.SCALE),
            Question(id="q2", text="说说", kind=Ask.TEXT),
        ),
        secrecy=Secrecy.PARTICIPATION_KNOWN,
        audience="研发部",
        size=41,
        least=6,
        opens_at=opens,
        closes_at=closes,
    )


@pytest.mark.parametrize(
    ("was", "is_now", "keys"),
    [
        ("least = 6", "least = 5", ("least",)),
        ("least = 6", "least = 7", ("least",)),
        ('"好不好？"', '"坏不坏？"', ("questions",)),
        ("anonymous = true", "anonymous = false", ("anonymous",)),
        ("anonymous = true", 'anonymous = true\nparticipation = "hidden"', ("anonymous",)),
        ('audience = ["研发部"]', 'audience = ["市场部"]', ("audience",)),
        ('audience = ["研发部"]', "", ("audience",)),
        ("least = 6", 'least = 6\ncloses = "11:00"', ("closes",)),
        ("least = 6", "least = 6\nopen_workdays = 3", ("closes",)),
        ("least = 6", "least = 6\nby_department = true", ("by_department",)),
        ("least = 6", "least = 6\naudience_reads = false", ("audience_reads",)),
        ('title = "第一周"', 'title = "第二周"', ("title",)),
        ('when = "2026-09-11 16:00"', 'when = "2026-09-18 16:00"', ()),
        ("least = 6", "least = 6\nremind = false", ()),
        (SEALED, "", ()),
    ],
)
def test_a_change_of_what_was_sealed_is_named(tmp_path, was, is_now, keys):
    sealed = _sealed(tmp_path)
    assert planning.changed(load_text(tmp_path, SEALED).config, WorkCalendar(), sealed) == ()
    config = load_text(tmp_path, SEALED.replace(was, is_now)).config
    assert planning.changed(config, WorkCalendar(), sealed) == keys
