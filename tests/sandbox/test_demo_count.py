"""The demo's figures: what is a copy, whose it is, and what is lost, doubled, unknown, astray."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.demo import count
from sandbox.demo.count import Figures, Notice
from sandbox.demo.narrator import folded
from sandbox.model import BOT, Message

WORDS = "过一下接口文档"
GROUP = {"g": ["a", "b", "c"]}


def message(text: str, *, person: str | None = None, chat: str | None = None, **other: Any) -> Message:
    given = {
        "id": "m",
        "seq": 1,
        "platform": "feishu",
        "sender": BOT,
        "kind": "text",
        "sent_at": datetime(2026, 9, 9, tzinfo=UTC),
    }
    return Message(**{**given, "text": text, "person": person, "chat": chat, **other})


def readers(of: Message) -> Iterable[str]:
    return GROUP[of.chat] if of.chat else [of.person or ""]


def notice(*people: str, resends: int = 0) -> Notice:
    return Notice(
        title="t", words=WORDS, audience=frozenset(f"feishu:{each}" for each in people), resends=resends
    )


def call(body: Any, method: str = "POST") -> dict[str, Any]:
    return {"method": method, "path": "/x", "body": body}


def figures(of: Notice, *messages: Message, calls: Iterable[dict[str, Any]] = ()) -> Figures:
    return count.figures(of, messages, list(calls), readers)


@pytest.mark.parametrize(
    ("text", "is_copy"),
    [
        pytest.param(f"{WORDS}\n—— 李想", True, id="the notice"),
        pytest.param(f"【重要】研发部通知\n{WORDS}", True, id="a card with a title"),
        pytest.param(f"内容：“{WORDS}”", False, id="a preview"),
        pytest.param(f"内容：“【重要】{WORDS}”（@王芳）", False, id="a preview with a tag"),
        pytest.param(f"发给“接口组”群的“{WORDS}”（9月9日）：平台没有回话", False, id="a question about it"),
        pytest.param(f"“接口组”群通知\n{WORDS}", True, id="behind a quotation that has ended"),
        pytest.param(f"发给“{WORDS}”\n{WORDS}", True, id="quoted once and said once"),
        pytest.param("别的话", False, id="something else"),
    ],
)
def test_a_quotation_is_no_copy(text: str, is_copy: bool) -> None:
    assert count.is_copy(text, WORDS) is is_copy


def test_a_post_into_a_group_is_a_copy_for_each_who_sees_it() -> None:
    assert figures(notice("a", "b", "c"), message(WORDS, chat="g")) == Figures(delivered=3)


def test_whoever_got_nothing_is_counted_as_lost() -> None:
    assert figures(notice("a", "b"), message(WORDS, person="a")) == Figures(lost=1, delivered=1)


def test_a_second_copy_is_doubled_unless_a_person_asked_for_it() -> None:
    twice = [message(WORDS, person="a"), message(f"（补发）{WORDS}", person="a")]
    assert figures(notice("a"), *twice) == Figures(doubled=1, delivered=2)
    assert figures(notice("a", resends=1), *twice) == Figures(delivered=2)
    assert figures(notice("a", resends=1), *twice, twice[0]).doubled == 1


def test_a_post_and_a_single_message_to_the_same_person_are_two_copies() -> None:
    assert figures(notice("a", "b", "c"), message(WORDS, chat="g"), message(WORDS, person="b")).doubled == 1


def test_a_copy_for_somebody_it_is_not_for_is_astray() -> None:
    assert figures(notice("a"), message(WORDS, person="a"), message(WORDS, person="z")) == Figures(
        delivered=2, astray=1
    )


def test_the_same_id_on_the_other_platform_is_another_person() -> None:
    assert figures(notice("a"), message(WORDS, person="a", platform="dingtalk")) == Figures(
        lost=1, delivered=1, astray=1
    )


def test_what_people_say_and_what_was_taken_back_are_no_copies() -> None:
    said = message(WORDS, chat="g", sender="a")
    gone = message(WORDS, person="a", recalled=True)
    assert figures(notice("a"), said, gone) == Figures(lost=1)


def test_an_unknown_outcome_counts_once_however_many_are_told() -> None:
    card = {
        "receive_id": "a",
        "content": json.dumps({"title": count.ROBOT_DOES_NOT_KNOW, "body": [f"“{WORDS}”"]}),
    }
    told = [call(card), call({**card, "receive_id": "b"})]
    assert figures(notice("a"), message(WORDS, person="a"), calls=told) == Figures(unknown=1, delivered=1)


def test_a_new_face_of_a_card_and_a_question_about_another_notice_are_not_counted() -> None:
    body = {"content": json.dumps({"title": count.ROBOT_DOES_NOT_KNOW, "body": WORDS})}
    assert not count.is_told_unknown(WORDS, [call(body, method="PATCH")])
    assert not count.is_told_unknown("别的话", [call(body)])


def test_the_calls_that_carried_a_copy_are_counted_by_their_key() -> None:
    sent = {"uuid": "k1", "content": json.dumps({"text": WORDS}, ensure_ascii=True)}
    preview = {"uuid": "k2", "content": json.dumps({"text": f"内容：“{WORDS}”"})}
    assert count.repeated(WORDS, [call(sent), call(sent), call(preview), call(None)], "uuid") == {"k1": 2}


def test_a_body_is_read_through_json_inside_a_text_inside_a_list() -> None:
    body = {"a": [json.dumps({"b": json.dumps(["里面"])}), "{不是 JSON", 7, None]}
    assert count.spoken(body).split("\n") == ["里面", "{不是 JSON"]


def test_a_line_is_folded_between_characters_and_never_inside_a_button_or_a_date() -> None:
    assert folded("一二三四五，六", 10) == "一二三四五，\n六"
    assert folded("收到〔就这样〕", 8) == "收到\n〔就这样〕"
    assert folded("排到9月9日（周三）", 8) == "排到\n9月9日（周三）"
    assert folded("短\n\n行", 8) == "短\n\n行"
