"""A second person looks at what the first may not send alone: just these words, for just these people."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from village import Actor, Village, village

REVIEWERS = '\n[announce]\nreviewers = ["{0}", "{1}"]\n'
WHO = {"feishu": ("李想", "林岚", "沈卫东"), "dingtalk": ("何强", "孙莉", "周敏")}
WORDS = "羽毛球社周五招新"


def _place(folder: Path, platform: str, start: str = "2026-09-08 10:00", **more: object):
    _, first, second = WHO[platform]
    return village(
        folder,
        platforms=(platform,),
        start=start,
        edit=REVIEWERS.format(first, second),
        **more,  # type: ignore[arg-type]
    )


def _people(place: Village, platform: str) -> tuple[Actor, Actor, Actor]:
    author, first, second = (place.person(platform, name) for name in WHO[platform])
    return author, first, second


async def _asks(author: Actor) -> None:
    await author.tells_the_bot(f"发全员：{WORDS}")
    await author.presses(next(label for label in author.labels() if label.endswith("放行一次")))


def _everywhere(place: Village, platform: str) -> list[str]:
    return [post.text for post in place.posts(platform, "禾川全员") if WORDS in post.text]


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_a_reviewer_lets_it_through_and_everybody_gets_it_once(tmp_path: Path, platform: str) -> None:
    async with _place(tmp_path, platform) as place:
        author, first, second = _people(place, platform)
        await _asks(author)
        assert "送给" in author.last()
        for reviewer in (first, second):
            assert author.person.name in reviewer.last()
            assert WORDS in reviewer.last()
            assert reviewer.labels() == ["发", "不发，说一句"]
        assert _everywhere(place, platform) == []
        await place.kill_the_bot()
        await place.start_bot()
        card = second.card_with("发")
        await first.presses("发")
        await place.pass_time(minutes=3)
        assert len(_everywhere(place, platform)) == 1
        assert any("同意了" in message.text for message in author.heard())
        assert second.labels() == []
        action = "发"
        assert action not in second.labels()
        assert card is not None
        await place.travel("2026-09-08 17:00")
        assert len(_everywhere(place, platform)) == 1


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_of_two_who_press_at_once_the_first_decides(tmp_path: Path, platform: str) -> None:
    async with _place(tmp_path, platform) as place:
        author, first, second = _people(place, platform)
        await _asks(author)
        pressed = []
        for reviewer in (first, second):
            card = reviewer.card_with("发")
            action = next(one for one, label in reviewer.platform.buttons(card) if label == "发")
            pressed.append(reviewer.platform.press(reviewer.person, card, action))
        answers = await asyncio.gather(*pressed)
        assert sum("已经处理过了" in str(answer) for answer in answers) == 1
        await place.pass_time(minutes=3)
        assert len(_everywhere(place, platform)) == 1


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_an_edit_makes_the_old_request_void(tmp_path: Path, platform: str) -> None:
    async with _place(tmp_path, platform) as place:
        author, first, _ = _people(place, platform)
        await _asks(author)
        await author.presses("改内容")
        await author.tells_the_bot(f"{WORDS}，自带球拍")
        assert "后来改过" in first.last()
        assert first.labels() == []
        await place.pass_time(minutes=3)
        assert _everywhere(place, platform) == []


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_an_old_request_pressed_all_the_same_does_nothing(tmp_path: Path, platform: str) -> None:
    async with _place(tmp_path, platform) as place:
        author, first, _ = _people(place, platform)
        await _asks(author)
        update = {"feishu": "PATCH", "dingtalk": "PUT"}[platform]
        place.faults({"match": {"method": update}, "times": 500, "kind": "status:500"})
        await author.presses("改内容")
        await author.tells_the_bot(f"{WORDS}，自带球拍")
        assert "改过" in await first.presses("发")
        await place.pass_time(minutes=3)
        assert _everywhere(place, platform) == []


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_a_refusal_with_its_sentence_reaches_the_author(tmp_path: Path, platform: str) -> None:
    async with _place(tmp_path, platform) as place:
        author, first, second = _people(place, platform)
        await _asks(author)
        await first.presses("不发，说一句")
        assert "为什么不发" in first.last()
        await first.tells_the_bot("社团招新请发到社团群里")
        assert any("社团招新请发到社团群里" in message.text for message in author.heard())
        assert "改内容" in author.labels()
        assert second.labels() == []
        await place.travel("2026-09-09 12:00")
        assert _everywhere(place, platform) == []


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_nobody_agrees_to_their_own_words(tmp_path: Path, platform: str) -> None:
    async with _place(tmp_path, platform) as place:
        _, first, second = _people(place, platform)
        if platform == "dingtalk":
            await first.tells_the_bot(f"发全员：{WORDS}")
            await first.presses(next(one for one in first.labels() if one.endswith("放行一次")))
            assert "发" not in first.labels()
            assert "发" in second.labels()
            return
        reviewer = place.person(platform, "沈卫东")
        await reviewer.tells_the_bot(f"发全员：{WORDS}")
        await reviewer.presses(next(one for one in reviewer.labels() if one.endswith("放行一次")))
        assert "发" not in reviewer.labels()
        assert "发" in first.labels()


OFFICE = {"feishu": ("人力资源部", "林岚"), "dingtalk": ("设备部", "孙莉")}


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_who_holds_the_office_no_more_lets_nothing_through(tmp_path: Path, platform: str) -> None:
    department, name = OFFICE[platform]
    edit = f'\n[announce]\nreviewers = ["head:{department}"]\n'
    async with village(tmp_path, platforms=(platform,), edit=edit) as place:
        author = place.person(platform, "李想" if platform == "feishu" else "何强")
        head = place.person(platform, name)
        await _asks(author)
        await head.platform.move(head.person, list(head.person.departments), head=False)
        await place.travel("2026-09-09 10:00")
        assert "授权" in await head.presses("发")
        await place.pass_time(minutes=3)
        assert _everywhere(place, platform) == []


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_a_forgotten_request_is_recalled_to_mind_at_most_twice(tmp_path: Path, platform: str) -> None:
    async with _place(tmp_path, platform) as place:
        author, first, _ = _people(place, platform)
        await _asks(author)
        await place.travel("2026-09-10 18:00")
        reminders = [m for m in first.heard() if "还在等你点头" in m.text]
        assert len(reminders) == 2
        assert all(9 <= m.sent_at.hour < 18 for m in reminders)
        assert any("还在等" in m.text for m in author.heard())


async def test_a_number_is_an_answer_where_there_are_no_cards(tmp_path: Path) -> None:
    async with _place(tmp_path, "dingtalk", without=("dingtalk.card_template",)) as place:
        author, first, second = _people(place, "dingtalk")
        await author.tells_the_bot(f"发全员：{WORDS}")
        answers = author.last().splitlines()[-1].split(" · ")
        nth = next(one.split()[1] for one in answers if one.endswith("放行一次"))
        await author.tells_the_bot(nth)
        assert "回复 1 发" in first.last()
        await first.tells_the_bot("1")
        await second.tells_the_bot("1")
        assert "处理过" in second.last()
        await place.pass_time(minutes=3)
        assert len(_everywhere(place, "dingtalk")) == 1


async def test_one_human_with_two_accounts_is_no_second_pair_of_eyes(tmp_path: Path) -> None:
    async with village(
        tmp_path,
        start="2026-09-08 10:00",
        edit='\n[announce]\nreviewers = ["李想", "林岚"]\n',
        start_bot=False,
    ) as place:
        here, there = place.person("dingtalk", "何强"), place.person("feishu", "李想")
        with place.config.open("a", encoding="utf-8") as out:
            out.write(f'\n[[person]]\nfeishu = "{there.person.id}"\ndingtalk = "{here.person.id}"\n')
        await place.start_bot()
        await _asks(here)
        second = place.person("feishu", "林岚")
        assert WORDS in second.last()
        assert not [
            m
            for m in there.heard()
            if WORDS in m.text and "发" in {label for _, label in there.platform.buttons(m)}
        ]
        assert _everywhere(place, "feishu") == []
        await second.presses("发")
        await place.pass_time(minutes=3)
        assert len(_everywhere(place, "feishu")) == 1
