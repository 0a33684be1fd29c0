"""A card as the variables of the one template."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.dingtalk import cards, codec, limits, text
from policies.card import Button, Card

NAMES = (
    {"title", "hint", "state"}
    | {f"body{n}" for n in range(1, 5)}
    | {f"b{n}_{part}" for n in range(1, 7) for part in ("text", "show", "id")}
)


def test_a_card_fills_every_variable_of_the_template():
    card = Card(
        title="【重要】停电",
        body=("周六停电", "请关机"),
        hint="行政部",
        state="",
        buttons=(Button(label="收到", action="a1"), Button(label="有疑问", action="a2")),
    )
    shown = cards.variables(card)
    assert shown.keys() == NAMES
    assert (shown["title"], shown["body1"], shown["hint"]) == ("【重要】停电", "周六停电\n\n请关机", "行政部")
    assert (shown["b1_text"], shown["b1_show"], shown["b1_id"]) == ("收到", "true", "a1")
    assert (shown["b3_text"], shown["b3_show"], shown["b3_id"]) == ("", "false", "")


@pytest.mark.parametrize(
    ("body", "sizes", "fits"),
    [
        pytest.param("", [0, 0, 0, 0], True, id="no body"),
        pytest.param("a" * 1_000, [1_000, 0, 0, 0], True, id="one variable full"),
        pytest.param("a" * 1_001, [1_000, 1, 0, 0], True, id="one byte more"),
        pytest.param("a" * 4_000, [1_000] * 4, True, id="all four full"),
        pytest.param("a" * 4_001, [1_000] * 4, False, id="one byte too many"),
        pytest.param("字" * 1_332, [999] * 4, True, id="characters are never cut"),
        pytest.param(
            "字" * 1_333, [999] * 4, False, id="so four thousand bytes are not always four thousand"
        ),
        pytest.param("😀" * 250, [1_000, 0, 0, 0], True, id="four bytes each"),
    ],
)
def test_the_body_is_cut_at_a_thousand_bytes_between_characters(body, sizes, fits):
    card = Card(title="t", body=(body,) if body else ())
    shown = cards.variables(card)
    assert [len(shown[f"body{n}"].encode()) for n in range(1, 5)] == sizes
    assert cards.fits(card) is codec.fits(card) is fits
    assert (cards.size_bytes(card) <= limits.CARD_TEXT_BYTES) is fits


@given(st.lists(st.text(max_size=900), max_size=6))
def test_the_pieces_are_the_text_while_it_fits(body):
    card = Card(title="t", body=tuple(body))
    shown = cards.variables(card)
    pieces = [shown[f"body{n}"] for n in range(1, 5)]
    assert all(len(piece.encode()) <= limits.VARIABLE_BYTES for piece in pieces)
    if cards.fits(card):
        assert "".join(pieces) == text.inert("\n\n".join(body))


@pytest.mark.parametrize(
    "card",
    [
        Card(title="长" * 400),
        Card(title="t", hint="长" * 400),
        Card(title="t", state="长" * 400),
        Card(title="t", buttons=(Button(label="长" * 400, action="a"),)),
    ],
    ids=["title", "hint", "state", "label"],
)
def test_no_other_value_may_be_longer_than_one_variable(card):
    assert not cards.fits(card)
    assert all(len(value.encode()) <= limits.VARIABLE_BYTES for value in cards.variables(card).values())


def test_an_action_id_travels_as_it_is_and_labels_are_words():
    shown = cards.variables(Card(title="t", buttons=(Button(label="[好](x)\n", action="a_b*c"),)))
    assert (shown["b1_id"], shown["b1_text"]) == ("a_b*c", "［好］(x)")


def test_the_notification_shows_the_title_or_else_the_first_words():
    assert cards.preview(Card(title="放假")) == "放假"
    assert cards.preview(Card(title="", body=("请看", "这里"))) == "请看"
    assert cards.preview(Card(title="")) == ""


def test_a_recalled_card_has_no_words_and_no_buttons():
    shown = cards.variables(cards.RECALLED_CARD)
    assert shown.pop("title") == "〔已撤回〕"
    assert set(shown.values()) == {"", "false"}


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("周五前交表", "＠王芳 ＠何佳\n\n周五前交表"),
        ("王芳周五前交表", "＠何佳\n\n王芳周五前交表"),
        ("王芳、何佳周五前交表", "王芳、何佳周五前交表"),
    ],
)
def test_whom_a_card_mentions_is_named_once(body, shown):
    card = Card(title="【重要】研发部通知", body=(body,), names=("王芳", "何佳"))
    assert cards.variables(card)["body1"] == shown
    assert cards.size_bytes(card) == len(shown.encode())


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("请王芳芳周五前交表", "＠王芳\n\n请王芳芳周五前交表"),
        ("请王芳、王芳芳周五前交表", "请王芳、王芳芳周五前交表"),
    ],
)
def test_a_name_within_a_longer_one_is_not_that_name(body, shown):
    card = Card(title="【重要】研发部通知", body=(body,), names=("王芳", "王芳芳"))
    assert cards.variables(card)["body1"] == shown


def test_two_of_one_name_are_called_by_it_once():
    card = Card(title="【重要】研发部通知", body=("周五前交表",), names=("张伟", "张伟", "王芳"))
    assert cards.variables(card)["body1"] == "＠张伟 ＠王芳\n\n周五前交表"
