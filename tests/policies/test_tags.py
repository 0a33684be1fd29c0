"""Tags and their look-alikes, and texts without invisible tricks."""

from __future__ import annotations

import itertools
import random
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import confusables, tags
from policies.model import Tag

IMPORTANT, URGENT = frozenset({Tag.IMPORTANT}), frozenset({Tag.URGENT})


@pytest.mark.parametrize(
    "written",
    [
        "【重要】", "[重要]", "［重要］", "「重要」", "〖重要〗", "（重要）", "(重要)", "【 重要 】", "【重 要】",
        "重要！", "重要!", "【重要", "【重耍】", "【重要]", "〔重要〕", "《重要》", "<重要>", "【【重要】】", "︻重要︼",
        "【重\u200b要】", "【重\ufe00要】", "【重\u0301要\u0301】", "\u202e【重要】", "【\U000e0041重要】", "【重\u3000要】",
        "⚠️【重要】", "【重要通知】", "【非常重要】", "【重要！】", "*重要*", "**重要**", "重要】", "【⾥要】", "【重-要】", "重 要！", "（重要 ",
        "重要：", "  【重要】", "【重要】【重要】", "1️⃣【重要】"[1:],
    ],
)  # fmt: skip
def test_what_looks_like_important_is_important(written):
    parsed = tags.parse(f"{written}明天停电")
    assert parsed.tags == IMPORTANT
    assert parsed.rest == "明天停电"
    assert parsed.is_exact is (not parsed.raw.replace("【重要】", ""))


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("【紧急】", URGENT), ("[緊急]", URGENT), ("【加急】", URGENT), ("紧急！", URGENT),
        ("【重要】【紧急】", IMPORTANT | URGENT), ("[紧急] [重要]", IMPORTANT | URGENT), ("【重要/紧急】", IMPORTANT | URGENT),
        ("重要！紧急！", IMPORTANT | URGENT),
    ],
)  # fmt: skip
def test_urgent_and_both_are_read_too(written, found):
    assert tags.parse(f"{written} 停电").tags == found
    assert tags.parse(f"{written} 停电").rest == "停电"


@pytest.mark.parametrize(
    "sentence",
    [
        "这件事很重要", "重要的是…", "重要的是先到先得", "（重要的是先到）", "【重要会议】明天九点", "[重要文件]见附件", "重要，但是不急",
        "「重要的小事」读书会", "【重要的事说三遍", "【重要停电安排】明天", "【重要会议纪要", "（重要", "紧急情况请拨 110", "重要", "加急！", "【", "【】", "[]", "", "@", "@张三", "***", "*重要", "重要*",
        "请在前面加【重要】再发", "【重点】", "【通知】明天停电", "【重", "【要重】",
    ],
)  # fmt: skip
def test_words_in_a_sentence_are_no_tag(sentence):
    assert tags.parse(sentence) == tags.ParsedTag(tags=frozenset(), rest=sentence)


def test_mentions_in_front_of_a_tag_are_kept():
    parsed = tags.parse("@所有人 @张三 【重要】明天停电")
    assert (parsed.tags, parsed.rest, parsed.is_exact) == (IMPORTANT, "@所有人 @张三 明天停电", True)
    assert tags.parse("@张三[重要]明天").rest == "@张三 明天"


def test_an_unclosed_bracket_does_not_swallow_an_aside():
    assert tags.parse("【重要明天停电（三楼）").rest == "明天停电（三楼）"


def test_the_bot_writes_the_tags_itself():
    assert tags.shown(IMPORTANT | URGENT) == "【重要】【紧急】"
    assert tags.shown(frozenset()) == ""


# ── the two corpora ───────────────────────────────────────────────────────────────────────────────

INVISIBLE = [
    "",
    " ",
    "\u200b",
    "\u200d",
    "\ufeff",
    "\ufe0f",
    "\u2060",
    "\u3000",
    "\u0301",
    "\u00ad",
    "\U000e0020",
]
PAIRS = [
    *zip("【〖[「『〔《{<［〘⟦⟨｛", "】〗]」』〕》}>］〙⟧⟩｝", strict=True),
    ("(", ")"),
    ("（", "）"),
    ("【", "]"),
    ("[", "】"),
    ("【", ""),
    ("[", ""),
    ("", "】"),
    ("", "！"),
    ("", "!"),
    ("**", "**"),
]


def variants(n):
    every = [
        f"{before}{opens}{a}{heavy}{b}{wanted}{a}{closes}"
        for (opens, closes), heavy, wanted, a, b, before in itertools.product(
            PAIRS, "重里", "要耍", ["", *INVISIBLE[2:5]], INVISIBLE, ["", " ", "\u202e", "❗"]
        )
        if opens not in {"", "**"} or not b.isspace()
    ]
    return random.Random(7).sample(every, n)


SUBJECTS = [
    "这件事",
    "接口文档",
    "明天的会",
    "本周排期",
    "重要客户",
    "紧急联系人",
    "（内部）培训",
    "「重点」项目",
    "[附件]清单",
    "《重要性》一文",
]
VERBS = [
    "很重要",
    "不算紧急",
    "请大家看一下",
    "已经更新",
    "改到下午三点",
    "先放一放",
    "最重要的是别漏",
    "要不要一起吃饭",
    "发到群里了",
    "【见附件】",
]
TAILS = [
    "",
    "！",
    "，谢谢",
    "。",
    "，重要程度一般",
    "（不急）",
    "，要紧的先做",
    "？",
    " @何佳",
    "，里要改两处",
]
LEADS = ["", "大家好，", "@张三 ", "提醒：", "- ", "1. "]


def clean_sentences(n):
    every = ["".join(parts) for parts in itertools.product(LEADS, SUBJECTS, VERBS, TAILS)]
    return random.Random(7).sample(every, n)


def test_not_one_of_five_hundred_look_alikes_is_missed():
    assert [written for written in variants(500) if tags.parse(f"{written}明天停电").tags != IMPORTANT] == []


def test_at_most_two_of_two_thousand_clean_sentences_are_flagged():
    assert len([sentence for sentence in clean_sentences(2000) if tags.parse(sentence).tags]) <= 2


# ── skeletons ─────────────────────────────────────────────────────────────────────────────────────


def test_a_skeleton_sees_through_forms_spaces_and_punctuation():
    assert tags.skeleton("明天，停电！") == tags.skeleton("明 天\u200b停電？".replace("電", "电"))
    assert tags.skeleton("ＡＢＣ１") == "abc1"
    assert tags.skeleton("緊急") == tags.skeleton("紧急")
    assert tags.skeleton("㍿") == "株式会社"
    assert tags.skeleton("明天停电") != tags.skeleton("后天停电")


# ── clean ─────────────────────────────────────────────────────────────────────────────────────────

FORMAT = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"]


def test_no_format_character_leaves_in_any_place():
    assert len(FORMAT) >= 163
    for character in FORMAT:
        for text in (
            f"{character}停电", f"停{character}电", f"停电{character}", f"a{character}b", f"{character}{character}", f"1{character}\n",
        ):  # fmt: skip
            assert character not in tags.clean(text)
            assert character not in tags.one_line(text)
            assert character not in tags.skeleton(text)


def test_no_control_character_but_newline_and_tab_leaves():
    for code in [*range(0x20), *range(0x7F, 0xA0)]:
        left = tags.clean(f"停{chr(code)}电")
        assert set(left) <= set("停电\n\t")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("a\x1b[31mred\x1b[0m", "ared", id="terminal colours"),
        pytest.param("\x1b]0;title\x07x\x1b]8;;u\x1b\\y\x9b2Jz\x1bcw", "xyzw", id="other terminal sequences"),
        pytest.param("👨‍👩‍👧 ❤️ 1️⃣", "👨‍👩‍👧 ❤️ 1️⃣", id="emoji stay whole"),
        pytest.param("❤️‍🔥", "❤️‍🔥", id="a joiner behind a variation selector"),
        pytest.param("停\ufe0f电\u200d\ufe0e", "停电", id="selectors and joiners without a picture"),
        pytest.param("👨\u200d", "👨", id="a joiner that joins nothing"),
        pytest.param("一\r\n二\r三\u2028四", "一\n二\n三\n四", id="line ends"),
        pytest.param("\ud800x", "x", id="a lone surrogate"),
        pytest.param("e\u0301", "e\u0301", id="an accent"),
        pytest.param("e" + "\u0301" * 50, "e" + "\u0301" * 4, id="a tower of accents"),
        pytest.param("ئۇيغۇر", "ئۇيغۇر", id="another script"),
        pytest.param("plain", "plain", id="nothing to do"),
        pytest.param("\u3164\u115f空\u2800", "空\u2800", id="blank letters"),
    ],
)
def test_clean_text_shows_all_it_has(text, left):
    assert tags.clean(text) == left


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王芳", "王芳"),
        ("王芳\n【公告】明天放假", "王芳 【公告】明天放假"),
        ("{{7*7}} %(x)s", "{{7*7}} %(x)s"),
        ("长" * 10_000, "长" * 31 + "…"),
        ("长" * 32, "长" * 32),
        ("\u202e\u200b", ""),
        ("a" * 30 + "👨\u200d👩", "a" * 30 + "👨…"),
    ],
)
def test_a_name_stays_on_its_line(name, shown):
    assert tags.one_line(name) == shown


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    once = tags.clean(text)
    assert tags.clean(once) == once
    assert "\u202e" not in once
    assert len(tags.one_line(text)) <= tags.LONGEST_NAME


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(alphabet="【】[]（重要急紧 ！*@\u200b，的天", max_size=30))
def test_parsing_loses_no_word_behind_the_tag(text):
    parsed = tags.parse(text)
    assert parsed.rest == text if not parsed.tags else len(parsed.rest) < len(text)
    assert bool(parsed.raw) is bool(parsed.tags)


def test_the_table_of_invisible_code_points_covers_what_python_calls_format():
    visible = {
        chr(code) for code in [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD]
    }
    table = {chr(code) for first, last in confusables.DEFAULT_IGNORABLE for code in range(first, last + 1)}
    odd = [each for each in FORMAT if each not in table and each not in visible]
    assert all(0xFFF9 <= ord(each) <= 0xFFFB or 0x13430 <= ord(each) <= 0x13438 for each in odd)


# ── linear ────────────────────────────────────────────────────────────────────────────────────────


def lines_run(work):
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "piece",
    [
        "【",
        "[(",
        "@a ",
        "【重要",
        "重要！",
        "\x1b[",
        "\x1b]",
        "\u0301\u0316",
        "👨\u200d",
        "\u200b",
        "【】",
        "重 要",
        "【非常",
    ],
)
def test_no_text_is_slow_to_read(piece):
    text = piece * (1200 // len(piece))
    for read in (tags.parse, tags.clean, tags.skeleton):
        assert lines_run(lambda read=read: read(text)) <= 50 * len(text)


def test_a_long_text_costs_the_tag_parser_no_more_than_its_head():
    short, long = "【非常" * 100, "【非常" * 30_000
    assert lines_run(lambda: tags.parse(long)) < 2 * lines_run(lambda: tags.parse(short))
