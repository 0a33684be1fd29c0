"""What a questionnaire's card and result say: made of the terms, so that nothing is promised that is not kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from policies.questionnaire.model import Ask, Cell, Ending, Kind, Question, Result, Secrecy, Tally, Terms
from policies.wording import questionnaire as words

NOW = datetime(2026, 9, 11, 8, tzinfo=UTC)
MOOD = Question(id="mood", text="这周怎么样", kind=Ask.SCALE)
MORE = Question(id="more", text="还想说什么", kind=Ask.TEXT)
TERMS = Terms(
    questionnaire="week",
    title="第一周",
    kind=Kind.PULSE,
    questions=(MOOD, MORE),
    secrecy=Secrecy.PARTICIPATION_KNOWN,
    audience="研发部",
    size=41,
    left_out=3,
    readers=("陈立", "周敏"),
    opens_at=NOW,
    closes_at=NOW + timedelta(days=3),
)
ZONE = "Asia/Shanghai"


def on_the_card(terms: Terms) -> str:
    card = words.card(terms, ("s.1", "s.2", "3"), NOW, zone=ZONE, platform="飞书")
    return "\n".join((*card.body, card.hint))


@pytest.mark.parametrize(
    ("changed", "says", "hides"),
    [
        pytest.param(
            {}, ("只记谁参与过", "满 5 份", "满 10 份", "飞书技术上看得到", "研发部 41 人"), "实名", id="甲式"
        ),
        pytest.param(
            {"secrecy": Secrecy.PARTICIPATION_HIDDEN},
            ("连谁参与过我也不知道", "提醒会发给每个人"),
            "只记谁",
            id="乙式",
        ),
        pytest.param(
            {"least": 9, "least_texts": 12}, ("满 9 份", "满 12 份"), "满 5 份", id="higher thresholds"
        ),
        pytest.param({"holder": "沈洁"}, ("钥匙在沈洁手里",), "实名", id="a holder"),
        pytest.param({"questions": (MOOD,)}, ("满 5 份",), "文字", id="nothing to write"),
        pytest.param(
            {"secrecy": Secrecy.NAMED}, ("本次为实名问卷", "陈立和周敏看得到你的名字"), "匿名", id="by name"
        ),
    ],
)
def test_the_card_says_what_the_terms_say(changed, says, hides):
    shown = on_the_card(replace(TERMS, **changed))
    assert all(one in shown for one in says)
    assert hides not in shown
    assert replace(TERMS, **changed).fingerprint in shown


@pytest.mark.parametrize("secrecy", Secrecy)
def test_nothing_is_ever_called_completely_anonymous(secrecy):
    terms = replace(TERMS, secrecy=secrecy)
    page = words.terms_page(terms, NOW, zone=ZONE, platform="飞书") + on_the_card(terms)
    assert "完全匿名" not in page and "绝对匿名" not in page
    assert ("3 人的聊天里没有表单" in page) is terms.is_anonymous


@pytest.mark.parametrize(
    ("percent", "counts", "shown"),
    [(5, (), "≤5%"), (95, (), "≥95%"), (5, (1, 0, 0, 0, 19), "5%"), (40, (), "40%")],
)
def test_of_few_answers_the_ends_are_open(percent, counts, shown):
    cell = Cell(shown=True, answered=9, counts=counts, percents=(percent,) * 5, score=50.0)
    tally = Tally(question="mood", cells=(cell,))
    card = words.result(Result(run="r", terms=TERMS, ending=Ending.COUNTED, took_part=9, tallies=(tally,)))
    assert f"1 {shown}，" in card.body[1]


def test_the_fourth_answer_is_too_few_before_and_after_the_end():
    assert "还不到 5 份" in words.so_far(TERMS, 4, NOW, zone=ZONE)
    assert "还不到" not in words.so_far(TERMS, 5, NOW, zone=ZONE)
    over = words.result(Result(run="r", terms=TERMS, ending=Ending.TOO_FEW, took_part=4))
    assert "还不到 5 份，按约定不出结果" in over.body[0]


@pytest.mark.parametrize(
    ("then", "now", "says"), [(70.0, 76.0, "高 6 分"), (70.0, 66.5, "低 3.5 分"), (70.0, 70.0, "一样")]
)
def test_a_change_is_said_of_everybody_only(then, now, says):
    def found(score: float, run: str) -> Result:
        cells = (Cell(shown=True, answered=23, percents=(20,) * 5, score=score), Cell(label="接口组"))
        return Result(
            run=run,
            terms=TERMS,
            ending=Ending.COUNTED,
            took_part=23,
            tallies=(Tally(question="mood", cells=cells),),
        )

    body = words.result(found(now, "b"), found(then, "a")).body[1]
    assert f"和上次（9月11日，23 人答）比：{says}" in body
    assert "另有 1 个部门人数少" in body
