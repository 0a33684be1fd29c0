"""Namesakes, forms of address and slips: what may be meant is shown to be pressed, and nothing is taken for granted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from village import Actor, Village, village

AUTHOR = {"feishu": "赵小满", "dingtalk": "何强", "dingtalk without cards": "何强"}
WORDS = "本周把发票交到前台"


@pytest.fixture(params=list(AUTHOR))
async def here(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Village, Actor]]:
    platform, _, bare = str(request.param).partition(" ")
    without = ("dingtalk.card_template",) if bare else ()
    async with village(
        tmp_path, platforms=(platform,), start="2026-09-08 10:00", without=without, start_bot=False
    ) as place:
        if platform == "dingtalk":
            here = {one.name: one.id for one in place.town.departments[platform].values()}
            for department in ("设备部", "生产一车间"):
                await place.town.platforms[platform].join("张伟", [here[department]])
        await place.start_bot()
        yield place, place.person(platform, AUTHOR[str(request.param)])


async def _chooses(author: Actor, label: str) -> None:
    """By the button, or where there are none by its number."""
    if author.labels():
        await author.presses(label)
        return
    number = author.last().split(f" {label}")[0].rsplit(" ", 1)[-1]
    await author.tells_the_bot(number)


def _offers(author: Actor) -> list[str]:
    if author.labels():
        return author.labels()
    _, _, numbered = author.last().partition("回复 ")
    return [one.split(" ", 1)[1] for one in numbered.split(" · 回复 ")]


async def test_of_two_namesakes_only_the_one_that_was_chosen_is_told_and_once(here) -> None:
    place, author = here
    platform = author.platform.name
    both = [one for one in place.town.people[platform].values() if one.name == "张伟"]
    assert len(both) == 2
    await author.tells_the_bot(f"提醒张伟{WORDS}")
    assert "有 2 位“张伟”，是哪一位？" in author.last()
    offered = _offers(author)
    where = [place.town.departments[platform][one.departments[0]].name for one in both]
    assert sorted(offered) == sorted(f"张伟（{name}）" for name in where)
    await place.kill_the_bot()
    await place.start_bot()
    asked = author.heard()[-1]
    await _chooses(author, f"张伟（{where[1]}）")
    assert WORDS in author.last()
    assert place.copies(platform, WORDS) == {}, "it is a preview: nothing leaves without a yes"
    if author.platform.buttons(author.heard()[-1]):
        assert author.platform.buttons(asked) == [], "the question is answered"
    await _chooses(author, "就这样")
    await place.pass_time(minutes=2)
    assert place.copies(platform, WORDS) == {both[1].id: 1}


async def test_the_same_choice_pressed_twice_is_one_preview(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00") as place:
        author = place.person("feishu", "赵小满")
        await author.tells_the_bot(f"提醒张伟{WORDS}")
        question = author.heard()[-1]
        ids = [action for action, _ in author.platform.buttons(question)]
        presses = (author.platform.press(author.person, question, one) for one in (ids[0], ids[0], ids[1]))
        await asyncio.gather(*presses)
        await place.rest()
        previews = [one for one in author.heard() if "内容：“" in one.text]
        assert len(previews) == 1


async def test_a_form_of_address_is_asked_about_even_if_only_one_is_called_so(here) -> None:
    place, author = here
    platform = author.platform.name
    name = {"feishu": ("王姐", "王芳"), "dingtalk": ("孙姐", "孙莉")}[platform]
    await author.tells_the_bot(f"提醒{name[0]}{WORDS}")
    assert f"“{name[0]}”是哪一位" in author.last()
    chosen = next(one for one in _offers(author) if one.startswith(name[1]))
    await _chooses(author, chosen)
    assert WORDS in author.last()
    await _chooses(author, "就这样")
    await place.pass_time(minutes=2)
    assert list(place.copies(platform, WORDS)) == [place.person(platform, name[1]).person.id]


async def test_a_name_nobody_has_leads_to_those_that_are_near_it(here) -> None:
    place, author = here
    platform = author.platform.name
    written, near = {"feishu": ("王方", "王芳"), "dingtalk": ("孙丽", "孙莉")}[platform]
    await author.tells_the_bot(f"通知{written}：{WORDS}")
    assert f"没有找到“{written}”，先没有发" in author.last()
    await _chooses(author, f"发给{near}")
    assert WORDS in author.last()
    await _chooses(author, "就这样")
    await place.pass_time(minutes=2)
    assert list(place.copies(platform, WORDS)) == [place.person(platform, near).person.id]


async def test_a_slip_is_proposed_and_a_no_leads_to_what_can_be_said(here) -> None:
    _, author = here
    await author.tells_the_bot("法通知")
    assert "是“发通知”吗？" in author.last()
    assert _offers(author) == ["是", "不是，看看你会什么"]
    await _chooses(author, "是")
    assert "发给谁、发什么" in author.last()
    await author.tells_the_bot("法通知")
    await _chooses(author, "不是，看看你会什么")
    assert "我能做这些" in author.last()


async def test_what_is_nothing_of_ours_gets_help_and_no_invention(here) -> None:
    _, author = here
    await author.tells_the_bot("今天天气怎么样呀")
    assert "不想乱猜" in author.last()
    assert _offers(author) == ["看看你会什么", "发通知"]
    await _chooses(author, "看看你会什么")
    assert "我能做这些" in author.last()


@pytest.mark.parametrize("said", ["明天九点提醒我开会", "秋季新品的文件放哪", "安排两批培训"])
async def test_what_is_understood_but_cannot_be_done_says_so_with_a_way_on(here, said: str) -> None:
    _, author = here
    await author.tells_the_bot(said)
    assert "没有动任何东西" in author.last()
    assert "看看你会什么" in _offers(author)


async def test_the_first_hello_can_be_pressed_on_and_the_second_is_short(here) -> None:
    _, author = here
    await author.tells_the_bot("你是谁啊")
    first = author.last()
    assert "我不读群里的聊天" in first and "你记录了我什么" in first
    assert _offers(author) == ["发通知", "我要反馈"]
    await author.tells_the_bot("你是谁")
    assert len(author.last()) < len(first) / 2
