"""What of a count may be shown: nobody's answer can be worked out from it, by subtraction or by unanimity."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.questionnaire import model, tally, thresholds
from policies.questionnaire.life import LIFE, Act, IllegalMove, State, advance
from policies.questionnaire.model import Ask, Kind, Question, Secrecy, Terms
from policies.questionnaire.tally import BadAnswers, Paper

MOOD = Question(id="mood", text="这周怎么样", kind=Ask.SCALE)
MORE = Question(id="more", text="还想说什么", kind=Ask.TEXT)
PICK = Question(id="pick", text="留哪些", kind=Ask.MULTI, options=("晨会", "周报", "班车"))
ORDER = Question(id="order", text="先做哪个", kind=Ask.RANKING, options=("甲", "乙", "丙"))


def terms(*questions: Question, secrecy: Secrecy = Secrecy.PARTICIPATION_KNOWN, **more) -> Terms:
    return Terms(
        questionnaire="weekly",
        title="每周脉搏",
        kind=Kind.PULSE,
        questions=questions or (MOOD,),
        secrecy=secrecy,
        audience="研发部",
        size=41,
        opens_at=datetime(2026, 9, 11, 8, tzinfo=UTC),
        closes_at=datetime(2026, 9, 14, 4, tzinfo=UTC),
        **more,
    )


def scale(*marks: int, cell: str = "") -> list[Paper]:
    return [Paper(answers=((mark - 1,),), cell=cell) for mark in marks]


@pytest.mark.parametrize(
    ("answered", "whole", "shown"),
    [
        pytest.param({"a": 9, "b": 4}, 13, set(), id="four hidden would be thirteen minus nine"),
        pytest.param({"a": 9, "b": 6}, 15, {"a", "b"}, id="nobody is left over"),
        pytest.param({"a": 9, "b": 6, "c": 2}, 17, {"a"}, id="two are hidden behind the next smallest"),
        pytest.param({"a": 9, "b": 6, "c": 5}, 25, {"a", "b", "c"}, id="five of no department"),
        pytest.param({"a": 4}, 4, set(), id="too few in all"),
        pytest.param({}, 30, set(), id="no departments"),
    ],
)
def test_a_department_is_shown_only_if_the_rest_hides_the_others(answered, whole, shown):
    assert thresholds.shown_cells(answered, whole) == shown


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 12)), st.integers(0, 12))
def test_no_subtraction_ever_leaves_one_to_four_people(answered, others):
    whole = sum(answered.values()) + others
    shown = thresholds.shown_cells(answered, whole)
    left = whole - sum(answered[label] for label in shown)
    assert all(answered[label] >= 5 for label in shown)
    assert not shown or left == 0 or left >= 5


@given(st.lists(st.integers(0, 19), min_size=1, max_size=6).filter(lambda counts: 0 < sum(counts) < 20))
def test_of_few_answers_nothing_is_said_to_be_nobody_or_everybody(counts):
    for percent in thresholds.stepped(counts, sum(counts)):
        assert 5 <= percent <= 95
        assert percent % 5 == 0


@pytest.mark.parametrize(
    ("size", "is_enough"),
    [(4, False), (7, False), (8, True), (41, True)],
    ids=["设计组", "七", "八", "研发部"],
)
def test_fewer_than_eight_people_cannot_be_called_anonymous(size, is_enough):
    assert thresholds.may_be_anonymous(size) is is_enough


@pytest.mark.parametrize(("left", "is_shown"), [(0, True), (1, False), (4, False), (5, True)])
def test_a_change_is_not_shown_when_one_to_four_people_came_or_went(left, is_shown):
    before = frozenset(f"p{n}" for n in range(20))
    assert thresholds.may_compare(before, before - {f"p{n}" for n in range(left)}) is is_shown


def test_the_fourth_answer_shows_nothing_and_the_fifth_does():
    four, five = (tally.count(terms(), scale(*marks))[0].whole for marks in ([5] * 4, [5] * 5))
    assert (four.shown, four.answered, four.score) == (False, 0, None)
    assert (five.shown, five.answered, five.percents[-1], five.counts) == (True, 5, 95, ())
    assert five.score == 95.0


def test_whoever_writes_into_the_database_lowers_nothing():
    """What a row says of its own threshold is believed where it is higher, and nowhere else."""
    lowered = terms(MOOD, MORE, least=1, least_texts=1)
    papers = [Paper(answers=((4,), f"意见{n}")) for n in range(4)]
    mood, more = tally.count(lowered, papers)
    assert (mood.whole.shown, more.texts) == (False, ())
    more = tally.count(lowered, papers * 2)[1]
    assert (more.texts, more.texts_kept_back) == ((), True)


def test_from_twenty_answers_on_the_count_is_exact():
    whole = tally.count(terms(), scale(*[5] * 10, *[3] * 10))[0].whole
    assert whole.counts == (0, 0, 10, 0, 10)
    assert whole.score == 75.0


def test_skipped_questions_count_for_nobody():
    papers = [Paper(answers=((4,), "")) for _ in range(6)] + [Paper(answers=((), "好")) for _ in range(3)]
    mood, more = tally.count(terms(MOOD, MORE), papers)
    assert mood.whole.answered == 6
    assert (more.whole.shown, more.texts, more.texts_kept_back) == (False, (), True)


def test_texts_are_shown_from_ten_on():
    nine, ten = (
        tally.count(terms(MORE), [Paper(answers=(f"意见{n}",)) for n in range(many)])[0] for many in (9, 10)
    )
    assert nine.texts == ()
    assert len(ten.texts) == 10


def test_a_named_one_hides_nothing():
    whole = tally.count(terms(secrecy=Secrecy.NAMED), scale(5, 1))[0].whole
    assert (whole.counts, whole.score) == ((1, 0, 0, 0, 1), 50.0)


def test_a_small_department_hides_behind_another():
    papers = scale(*[5] * 8, cell="后端") + scale(*[4] * 6, cell="前端") + scale(1, 1, cell="设计")
    cells = tally.count(terms(cells=("后端", "前端", "设计")), papers)[0].cells
    assert {cell.label: cell.shown for cell in cells} == {
        "": True,
        "后端": True,
        "前端": False,
        "设计": False,
    }


def test_a_ranking_gives_points_by_place():
    whole = tally.count(terms(ORDER, secrecy=Secrecy.NAMED), [Paper(answers=((2, 0, 1),))])[0].whole
    assert whole.counts == (2, 1, 3)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        pytest.param(MOOD, (0, 1), id="two marks on a scale"),
        pytest.param(MOOD, (5,), id="a six"),
        pytest.param(PICK, (0, 0), id="the same twice"),
        pytest.param(PICK, "晨会", id="words for a choice"),
        pytest.param(MORE, (1,), id="a number for words"),
        pytest.param(MOOD, (), id="nothing at all"),
    ],
)
def test_answers_that_were_not_offered_are_refused(question, answer):
    with pytest.raises(BadAnswers):
        tally.check((question,), (answer,))


def test_terms_come_back_from_the_store_and_any_change_shows_in_the_fingerprint():
    sealed = terms(MOOD, PICK, cells=("后端",))
    assert model.from_json(model.to_json(sealed)) == sealed
    assert model.from_json(model.to_json(sealed)).fingerprint == sealed.fingerprint
    assert terms(MOOD, PICK, cells=("后端",), least=6).fingerprint != sealed.fingerprint


def test_what_was_opened_is_never_planned_again():
    assert advance(State.PLANNED, Act.OPEN) is State.OPEN
    for state in (State.OPEN, State.CLOSED, State.REPORTED, State.CANCELLED):
        with pytest.raises(IllegalMove):
            advance(state, Act.OPEN)
    assert LIFE[State.REPORTED] == {}
