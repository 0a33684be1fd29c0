"""People's words never become a mention, a tag, a link or markup."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.dingtalk import text

from . import hostile

TEXTS = st.lists(st.sampled_from(hostile.PIECES) | st.text(max_size=4), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("typed", "plain", "inert"),
    [
        pytest.param("明早例会改到十点", "明早例会改到十点", "明早例会改到十点", id="a clean sentence"),
        pytest.param("@所有人 来", "＠所有人 来", "＠所有人 来", id="a typed mention"),
        pytest.param("写信给a@b.com", "写信给a@b.com", "写信给a@b.com", id="a mail address"),
        pytest.param("x@all.com", "x＠all.com", "x＠all.com", id="no address that hides a mention"),
        pytest.param("<a atId=1>张</a>", "＜a atId=1>张＜/a>", "＜a atId=1>张＜/a>", id="a tag"),
        pytest.param("&lt;a&gt; AT&T", "＆lt;a＆gt; AT&T", "＆lt;a＆gt; AT&T", id="an entity"),
        pytest.param("[看](http://e.cn)", "[看](http://e.cn)", "［看］(http://e.cn)", id="hidden link text"),
        pytest.param("dtmd://x", "dtmd：//x", "dtmd：//x", id="a link that speaks for the reader"),
        pytest.param("javascript:x", "javascript：x", "javascript：x", id="a script"),
        pytest.param(
            "https://a.cn/b_c?d=*", "https://a.cn/b_c?d=%2A", "https://a.cn/b_c?d=%2A", id="an address"
        ),
        pytest.param("https://a.cn/?u=dtmd://x", *["https://a.cn/?u=dtmd%3A//x"] * 2, id="an address in one"),
        pytest.param(
            "https://a.cn/?u=http://x", *["https://a.cn/?u=http://x"] * 2, id="an honest one in one"
        ),
        pytest.param("https://bank.cn@evil.cn", *["https://bank.cn%40evil.cn"] * 2, id="a false host"),
        pytest.param("https://a.cn/&lt;b", *["https://a.cn/&lt%3Bb"] * 2, id="an entity in an address"),
        pytest.param("${title}", "＄{title}", "＄{title}", id="a template variable"),
        pytest.param("9~12点 **急**", "9~12点 **急**", "9～12点 ＊＊急＊＊", id="emphasis"),
        pytest.param("a_b _c_", "a_b _c_", "a_b ＿c＿", id="file names keep their underscore"),
        pytest.param("- a\n1. b\n# c", "- a\n1. b\n# c", "－ a\n1． b\n＃ c", id="lists and headings"),
        pytest.param("> q\n===\n---", "> q\n===\n---", "＞ q\n＝==\n－--", id="quotes and rules"),
        pytest.param("    x", "    x", "\u3000\u3000x", id="code by indent"),
        pytest.param("-5度 1.5倍", "-5度 1.5倍", "-5度 1.5倍", id="numbers stay"),
        pytest.param(
            "看https://a.cn\n- b", "看https://a.cn\n- b", "看https://a.cn\n－ b", id="a list after one"
        ),
        pytest.param(
            "https://a.cn - b", "https://a.cn - b", "https://a.cn - b", id="a dash behind an address"
        ),
    ],
)
def test_what_people_typed(typed, plain, inert):
    assert (text.plain(typed), text.inert(typed)) == (plain, inert)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        pytest.param("a\u200bb\u202ec\ufeff", "abc", id="zero width and direction"),
        pytest.param("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧", id="a family stays together"),
        pytest.param("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥", id="with its colour"),
        pytest.param("a\u200db", "ab", id="joined letters"),
        pytest.param("\u200d👩", "👩", id="joined to nothing"),
        pytest.param("👩\u200d", "👩", id="joining nothing"),
        pytest.param("a\r\nb\u2028c\td", "a\nb\nc d", id="all kinds of breaks"),
        pytest.param("\x1b[31mred\x00\ud800\u3164", "[31mred", id="control, half characters and fillers"),
    ],
)
def test_what_cannot_be_seen_does_not_leave(typed, shown):
    assert text.clean(typed) == shown


def test_no_format_character_of_unicode_leaves():
    for code in range(0x110000):
        if unicodedata.category(chr(code)) in {"Cf", "Cc"} and chr(code) not in "\n\t\r\v\f\x85":
            assert text.clean(f"a{chr(code)}b") == "ab"


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_no_text_becomes_a_mention_a_tag_or_a_link(typed):
    for shown in (text.plain(typed), text.inert(typed), text.line(typed), text.name(typed)):
        hostile.assert_harmless(shown)
    hostile.assert_no_markdown(text.inert(typed))


def test_nor_does_any_of_ten_thousand_hostile_ones():
    for typed in hostile.texts(10_000):
        shown = text.inert(typed)
        hostile.assert_harmless(text.plain(typed))
        hostile.assert_harmless(shown)
        hostile.assert_no_markdown(shown)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_what_is_inert_stays_as_it_is(typed):
    for change in (text.clean, text.plain, text.inert, text.line):
        assert change(change(typed)) == change(typed)


def test_a_name_is_one_short_line():
    assert text.name("张\n三") == "张 三"
    assert text.name("长" * 40) == "长" * 31 + "…"
    assert text.name("四" * 32) == "四" * 32


def test_a_line_break_of_markdown_has_two_blanks_on_both_sides():
    assert text.markdown("放假", "一\n二") == "#### 放假  \n  一  \n  二"
    assert text.markdown("", "一") == "一"


@given(st.text(max_size=40), st.integers(0, 60))
def test_cutting_never_breaks_a_character(words, size_bytes):
    words = text.clean(words)
    piece = text.cut(words, size_bytes)
    assert words.startswith(piece)
    assert len(piece.encode()) <= size_bytes < len(words.encode()) or piece == words


@pytest.mark.parametrize(
    "piece",
    ["a", "a.", "@", "a@", "&", "&a", "<", "_", " ", "=", "=\n", "\n", "- ", "1.", "dtmd:", "data ", "https://",
     "https://a.b/?x=", "👩\u200d", "\u200b", "#", "字", "[", "a-", "://"],
)  # fmt: skip
def test_a_hundred_thousand_of_anything_take_no_longer_than_a_hundred_thousand(piece):
    """A quadratic search would need minutes."""
    words = piece * (100_000 // len(piece))
    assert len(text.inert(words + "x")) <= 3 * len(words) + 1
    text.plain(words + "x")
    text.line(words)
