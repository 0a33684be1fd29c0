"""听懂: two sets of sentences, one of which nobody tuned by; and no announcement that nobody made."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import understanding
from bot.conversation import nearest
from bot.conversation.intents import breaks_off
from bot.conversation.parse import MAX_TEXT, Announce, Ask, Unclear, Wish, parse

KNOWN = understanding.NAMES.__contains__


@pytest.mark.parametrize(("name", "at_least"), [("tuned", 0.97), ("heldout", 0.90)])
def test_so_much_is_understood(name, at_least, record_property, capsys):
    score = understanding.score(name)
    record_property(f"understood_{name}", f"{score.rate:.3f}")
    with capsys.disabled():
        print(f"\n{score}")
    assert score.rate >= at_least


@pytest.mark.parametrize("name", understanding.SETS)
def test_nothing_is_taken_for_an_announcement_that_is_none(name):
    assert understanding.score(name).false_alarms == ()


def test_there_are_three_hundred_sentences_and_a_hundred_of_them_are_held_out():
    sizes = {name: len(understanding.utterances(name)) for name in understanding.SETS}
    assert sizes["heldout"] == 100
    assert sum(sizes.values()) >= 300


def test_no_sentence_stands_in_both_sets_with_two_meanings():
    meanings: dict[str, str] = {}
    for name in understanding.SETS:
        for line in understanding.utterances(name):
            assert meanings.setdefault(line["say"], line["means"]) == line["means"]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("和陈立说好了明天见", id="told of, not asked for"),
        pytest.param("对研发部说的话我负责", id="what was said"),
        pytest.param("通知研发部了吗？", id="a question"),
        pytest.param("跟王芳吵架了", id="something else was done with her"),
        pytest.param("@李想", id="a name alone"),
        pytest.param("@李想 在吗", id="a question to a person"),
        pytest.param("例会9:30开始", id="a colon inside a clock"),
        pytest.param("通知大家的时候要注意什么：比如语气", id="a question before the colon"),
        pytest.param("提醒我明天开会", id="for oneself"),
        pytest.param("给我看看：昨天的通知", id="to show, not to tell"),
    ],
)
def test_what_only_looks_like_an_announcement_is_none(said):
    assert not isinstance(parse(said, KNOWN), Announce)


def test_without_a_directory_only_a_colon_makes_a_person_the_audience():
    assert parse("提醒张伟：交发票") == Announce(to="张伟", kind="any", text="交发票")
    assert isinstance(parse("提醒张伟交发票"), Unclear)
    assert parse("提醒张伟交发票", KNOWN) == Announce(to="张伟", kind="any", text="交发票", is_explicit=False)


def test_a_time_is_when_to_send_only_where_the_command_says_so():
    timed = parse("明早九点再通知研发部：发版", KNOWN)
    content = parse("通知研发部：明早九点发版", KNOWN)
    assert timed == Announce(to="研发部", kind="any", text="发版", when="明早九点")
    assert content == Announce(to="研发部", kind="any", text="明早九点发版")


def test_a_tag_before_the_command_goes_with_the_text():
    assert parse("【重要】通知研发部：停电") == Announce(to="研发部", kind="any", text="【重要】停电")


def test_new_words_keep_their_ornaments():
    assert parse("内容改成：周五开会🎉！") == Ask(wish=Wish.EDIT, text="周五开会🎉！")


@pytest.mark.parametrize(
    "said", ["好的", "急急急", "谢谢", "明天上午十点", "@李想 @王芳", "告诉大家例会四点"]
)
def test_while_the_bot_has_asked_a_plain_sentence_is_the_answer(said):
    assert not breaks_off(parse(said, KNOWN))


@pytest.mark.parametrize("said", ["帮助", "我的消息", "取消", "通知研发部：停电", "发通知"])
def test_while_the_bot_has_asked_a_command_still_is_one(said):
    assert breaks_off(parse(said, KNOWN))


@pytest.mark.parametrize("command", nearest.COMMANDS)
def test_every_command_that_is_proposed_is_understood_when_said(command):
    assert isinstance(parse(command), Ask)


def test_a_slip_is_proposed_and_never_taken():
    assert parse("法通知") == Unclear(near="发通知")
    assert parse("今天天气") == Unclear()


def test_what_lies_beyond_the_longest_text_changes_nothing():
    assert parse("通知研发部：" + "停" * MAX_TEXT) == parse("通知研发部：" + "停" * (2 * MAX_TEXT))


@settings(deadline=None)  # the first slip loads the pinyin
@given(
    st.text(
        alphabet="通知研发部全员提醒张伟大家发给说一下：:，的了吗？@＠重要【】明早九点再撤回改到", max_size=40
    )
)
def test_an_announcement_always_has_words_to_publish(said):
    intent = parse(said, KNOWN)
    if isinstance(intent, Announce):
        assert intent.text.strip()
        assert intent.kind in {"company", "department", "group", "any"}
    assert parse(said, KNOWN) == intent


@settings(deadline=None)  # the first slip loads the pinyin
@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(said):
    parse(said, KNOWN)
