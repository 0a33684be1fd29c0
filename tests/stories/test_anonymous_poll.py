"""An anonymous questionnaire from its opening to its result, and everything in between that could give somebody away."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from polls_village import anonymous, everything_on_disk, fills_in, has_form, people_of, query
from village import village

OPENING = "2026-09-11 16:00"
CANARY = "食堂的豆浆太甜了金丝雀"


async def test_it_is_asked_sealed_counted_and_told(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-11 15:00", edit=anonymous()) as place:
        people = people_of(place, "feishu", "人力资源部")
        await place.travel("2026-09-11 16:10")
        cards = [has_form(one) for one in people]
        assert all(cards)
        assert "匿名" in cards[0].text and "飞书技术上看得到" in cards[0].text and "条款指纹" in cards[0].text
        toasts = {await fills_in(one, {"q1": str(n % 5), "q2": ["0"]}) for n, one in enumerate(people[:4])}
        assert toasts == {"已收到，谢谢"}
        code, shown = await place.run("poll", "show", "week-one@2026-09-11")
        assert code == 0 and "4/9 人参与" in shown and "还不到 5 份" in shown
        assert await fills_in(people[4], {"q1": "4", "q3": CANARY}) == "已收到，谢谢"
        assert await fills_in(people[5], {}, "不参加") == "已收到，谢谢"
        assert "已经答过" in await fills_in(people[0], {"q1": "3"})
        assert [name for name, body in everything_on_disk(tmp_path).items() if CANARY.encode() in body] == []
        assert len(query(place, "SELECT 1 FROM boxes")) == 6
        assert {len(box) for (box,) in query(place, "SELECT box FROM boxes")} == {8 * 1024 + 48}
        code, attacked = await place.run("audit", "anonymity", str(place.logs[0]))
        assert code == 0 and "✗" not in attacked, attacked
        await place.travel("2026-09-14 09:45")
        assert "只提醒这一次" in people[6].last() and "只提醒这一次" not in people[0].last()
        await place.travel("2026-09-14 13:45")  # what is told waits for the end of lunch
        said = people[8].last()
        assert "第一周的结果" in said and "参与 6 人" in said
        assert "（5/9 人答）" in said and "不公布" in said
        assert query(place, "SELECT 1 FROM boxes") == []
        assert list((tmp_path / "data" / "ballot-keys").iterdir()) == []
        assert (tmp_path / "data" / "yizhan.db-wal").stat().st_size < 1 << 20
        code, attacked = await place.run("audit", "anonymity", str(place.logs[0]))
        assert code == 0 and "试了 15 种办法，0 种有收获" in attacked, attacked
        left = everything_on_disk(tmp_path)
        assert [name for name, body in left.items() if CANARY.encode() in body] == []


ATTEMPTS = {
    "least": ("least = 6", "least = 5"),
    "least_texts": ("least_texts = 12", "least_texts = 10"),
    "anonymous": ("anonymous = true", "anonymous = false"),
    "audience": ('"人力资源部"]', '"行政部"]'),
    "closes": ('closes = "17:00"', 'closes = "11:00"'),
}


async def test_what_was_sealed_cannot_be_changed(tmp_path: Path) -> None:
    more = 'least = 6\nleast_texts = 12\ncloses = "17:00"'
    async with village(
        tmp_path, platforms=("feishu",), start="2026-09-11 15:58", edit=anonymous(more=more)
    ) as place:
        await place.travel("2026-09-11 16:05")
        await fills_in(people_of(place, "feishu", "人力资源部")[0], {"q1": "1"})
        written = place.config.read_text("utf-8")
        for key, (was, is_now) in ATTEMPTS.items():
            place.config.write_text(written.replace(was, is_now), "utf-8")
            code, said = await place.run("check")
            assert (code, key in said, "指纹" in said) == (3, True, True), said
        assert await place.stop_the_bot() == 0
        place.town.clock.followers.forget("yizhan")
        for command in ("check", "run"):
            code, said = await place.run(command)
            assert code == 3 and "closes" in said
        place.config.write_text(written, "utf-8")
        assert (await place.run("check"))[0] == 0


async def test_every_acknowledged_ballot_is_counted_once_whatever_is_killed(tmp_path: Path) -> None:
    async with village(
        tmp_path, platforms=("feishu",), start="2026-09-11 15:58", edit=anonymous("行政部")
    ) as place:
        people = people_of(place, "feishu", "行政部")
        await place.travel("2026-09-11 16:05")
        acknowledged = 0
        for n, one in enumerate(people):
            toast = await fills_in(one, {"q1": str(n % 2 * 4)})
            acknowledged += toast == "已收到，谢谢"
            if n in (2, 8):
                await place.kill_the_bot()
                await place.start_bot()
                assert "已经答过" in await fills_in(one, {"q1": "2"})
        assert acknowledged == len(people) == 10
        await place.kill_the_bot()
        await place.start_bot()
        await place.travel("2026-09-14 12:05")
        assert query(place, "SELECT took_part FROM questionnaires") == [(10,)]
        assert '"answered":10' in query(place, "SELECT tally FROM tallies")[0][0]
        assert query(place, "SELECT 1 FROM boxes") == []


@pytest.mark.parametrize("stage", ["counted", "written", "emptied"])
async def test_a_kill_in_the_midst_of_the_count_counts_once_and_leaves_no_key(
    tmp_path: Path, stage: str
) -> None:
    async with village(
        tmp_path, platforms=("feishu",), start="2026-09-14 11:50", edit=_open_until_noon(), start_bot=False
    ) as place:
        await place.start_bot(kill_at=f"close-{stage}")
        await place.travel("2026-09-14 11:52")
        for one in people_of(place, "feishu", "人力资源部")[:6]:
            assert await fills_in(one, {"q1": "4"}) == "已收到，谢谢"
        going = asyncio.create_task(place.travel("2026-09-14 13:05"))
        await place.until_the_bot_is_dead()
        await going
        await place.start_bot()
        await place.travel("2026-09-14 13:45")
        assert query(place, "SELECT state, took_part, ending FROM questionnaires") == [
            ("reported", 6, "counted")
        ]
        assert list((tmp_path / "data" / "ballot-keys").iterdir()) == []
        told = [one for one in people_of(place, "feishu", "人力资源部") if "的结果" in one.last()]
        assert len(told) == 9
        assert all(len([m for m in one.heard() if "的结果" in m.text]) == 1 for one in told)


def _open_until_noon() -> str:
    return anonymous(more='open_workdays = 0\ncloses = "13:00"').replace(
        "2026-09-11 16:00", "2026-09-14 11:51"
    )
