"""An anonymous questionnaire from its opening to its result, and everything in between that could give somebody away."""

from __future__ import annotations

from pathlib import Path

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
        await place.travel("2026-09-14 09:45")
        assert "只提醒这一次" in people[6].last() and "只提醒这一次" not in people[0].last()
        await place.travel("2026-09-14 13:45")  # what is told waits for the end of lunch
        said = people[8].last()
        assert "第一周的结果" in said and "参与 6 人" in said
        assert "（5/9 人答）" in said and "不公布" in said
        assert query(place, "SELECT 1 FROM boxes") == []
        assert list((tmp_path / "data" / "ballot-keys").iterdir()) == []
        assert (tmp_path / "data" / "yizhan.db-wal").stat().st_size < 1 << 20
        left = everything_on_disk(tmp_path)
        assert [name for name, body in left.items() if CANARY.encode() in body] == []
