"""Where there are no cards the same words come with numbers; answering one is a press."""

from __future__ import annotations

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
