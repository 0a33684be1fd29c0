"""Where there are no cards the same words come with numbers; answering one is a press."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from village import village


def _without_cards(folder: Path):
    return village(
        folder, platforms=("dingtalk",), start="2026-09-08 10:00", without=("dingtalk.card_template",)
    )


async def test_a_number_confirms_and_people_get_it_once(tmp_path: Path) -> None:
    async with _without_cards(tmp_path) as place:
        author = place.person("dingtalk", "何强")
        await author.tells_the_bot("通知品控组：明早八点半碰头")
        assert "回复 1 就这样" in author.last()
        await author.tells_the_bot("1")
        await place.pass_time(minutes=5)
        copies = place.copies("dingtalk", "明早八点半碰头")
        assert len(copies) == 4
        assert set(copies.values()) == {1}
        await author.tells_the_bot("1")
        await place.pass_time(minutes=5)
        assert place.copies("dingtalk", "明早八点半碰头") == copies


@pytest.mark.parametrize("answer", ["不发了", "〔不发了〕", "３", "三"])
async def test_a_buttons_own_words_are_understood_too(tmp_path: Path, answer: str) -> None:
    async with _without_cards(tmp_path) as place:
        author = place.person("dingtalk", "何强")
        await author.tells_the_bot("通知品控组：明早八点半碰头")
        assert "回复 3 不发了" in author.last()
        await author.tells_the_bot(answer)
        assert "取消" in author.last()
        await place.travel("2026-09-09 12:00")
        assert place.copies("dingtalk", "明早八点半碰头") == {}


async def test_an_unmentioned_important_notice_is_refused_with_numbers(tmp_path: Path) -> None:
    async with _without_cards(tmp_path) as place:
        author = place.person("dingtalk", "何强")
        await author.tells_the_bot("通知苏州工厂：【重要】品控组周五前交表")
        assert "回复 1" in author.last()
        await author.tells_the_bot("1")
        assert "就这样" in author.last()


def _option(words: str, label: str) -> str:
    """The number that stands before a button's label in the twin."""
    found = re.search(rf"回复 (\d) {label}", words)
    assert found, words
    return found[1]


async def test_numbers_answer_the_question_before_a_release_and_change_its_moment(tmp_path: Path) -> None:
    async with village(
        tmp_path, platforms=("dingtalk",), start="2026-09-30 18:25", without=("dingtalk.card_template",)
    ) as place:
        author = place.person("dingtalk", "何强")
        await author.tells_the_bot("通知品控组：明天下午盘点，大家留意")
        await author.tells_the_bot(_option(author.last(), "10月8日早上先问我再发"))
        await place.travel("2026-10-08 08:55")
        assert "要发吗" in author.last()
        await author.tells_the_bot(_option(author.last(), "改时间"))
        await author.tells_the_bot("今天上午十点半")
        await place.travel("2026-10-08 10:25")
        assert "已排到 10月8日（周四）10:30" in author.last()
        assert place.copies("dingtalk", "明天下午盘点").keys() <= {author.person.id}
        await place.travel("2026-10-08 11:00")
        got = {
            who: n for who, n in place.copies("dingtalk", "明天下午盘点").items() if who != author.person.id
        }
        assert len(got) >= 3
        assert set(got.values()) == {1}


async def test_numbers_correct_what_was_taken_back_or_say_that_nobody_knows_who_read(tmp_path: Path) -> None:
    async with _without_cards(tmp_path) as place:
        author = place.person("dingtalk", "何强")
        await author.tells_the_bot("通知品控组：培训预算是 32 万元")
        await author.tells_the_bot("1")
        await place.pass_time(minutes=2)
        await author.tells_the_bot("撤回")
        await place.pass_time(minutes=2)
        assert "撤回" in author.last()
        if "发更正" in author.last():
            await author.tells_the_bot(_option(author.last(), "发更正"))
            assert "对的是什么" in author.last()
        else:
            assert "撤回前有" in author.last()
        assert place.copies("dingtalk", "更正") == {}
