"""The anonymous box: written in a card, taken out with others in the morning, answered to a token and to nobody."""

from __future__ import annotations

import re
from pathlib import Path

from polls_village import everything_on_disk, query
from village import Actor, _words, village

FEEDBACK = """
[feedback]
owners = ["head:人力资源部"]
contacts = ["林岚"]
"""
CANARY = "楼道的灯坏了三周金丝雀"


async def _writes(actor: Actor, **values: str) -> str:
    card = next(one for one in reversed(actor.heard()) if one.card and "口令" in str(one.card))
    answer = await actor.platform.press(actor.person, card, "提交", values)
    await actor.village.rest()
    return _words(answer)


async def test_a_letter_is_answered_to_whoever_has_its_token(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-10 15:00", edit=FEEDBACK) as place:
        writer, other = place.person("feishu", "李想"), place.person("feishu", "赵小满")
        owner = place.person("feishu", "林岚")
        await writer.tells_the_bot("我要反馈")
        assert writer.labels() == ["署名", "匿名"]
        await writer.presses("匿名")
        assert "提交" in str(writer.heard()[-1].card)
        assert "还没有写" in await _writes(writer)
        assert "口令的样子不对" in await _writes(writer, text="x", token="竹子")
        assert "口令在卡片里" in await _writes(writer, text=CANARY)
        token = re.search(r"口令是 (\S-\d{4}-\S)", str(writer.heard()[-1].card))[1]
        for name, body in everything_on_disk(tmp_path).items():
            assert CANARY.encode() not in body and token.encode() not in body, name
        await other.tells_the_bot("匿名反馈")
        assert "会让人认出是你" in await _writes(other, text="我是前台，没人接电话")
        assert "口令在卡片里" in await _writes(other, text="我是前台，没人接电话")
        await place.kill_the_bot()
        await place.start_bot()
        await place.travel("2026-09-11 09:45")
        got = [one for one in owner.heard() if "匿名信箱" in one.text]
        assert len(got) == 2 and {CANARY in one.text for one in got} == {True, False}
        assert "李想" not in "".join(one.text for one in got)
        mine = next(one for one in got if CANARY in one.text)
        await owner.presses("答复", mine)
        await owner.tells_the_bot("已经报修，周一换好")
        assert "没有这个口令" in await _writes(other, token="竹-0000-河")
        assert "答复在卡片里" in await _writes(writer, token=token.replace("-", ""))
        assert "公司：已经报修，周一换好" in str(writer.heard()[-1].card)
        assert "接着原来的口令" in await _writes(writer, text="谢谢", token=token)
        await place.travel("2026-09-14 09:45")
        assert "第 3 次" in owner.last() and "谢谢" in owner.last()
        people = {one for (one,) in query(place, "SELECT id FROM accounts")}
        assert not people & {word for row in query(place, "SELECT * FROM letters") for word in map(str, row)}
        code, attacked = await place.run("audit", "anonymity", str(place.logs[0]), str(place.logs[1]))
        assert code == 0, attacked
        assert list((tmp_path / "data" / "ballot-keys").iterdir()) == []


async def test_a_token_is_not_guessed_at_will(tmp_path: Path) -> None:
    """Twenty tries an hour and person; whoever has a token still comes back with it, and so does the guesser later."""
    async with village(tmp_path, platforms=("feishu",), start="2026-09-10 15:00", edit=FEEDBACK) as place:
        guesser, other = place.person("feishu", "李想"), place.person("feishu", "赵小满")
        for one in (guesser, other):
            await one.tells_the_bot("匿名反馈")
        tried = [await _writes(guesser, token=f"竹-{number:04d}-河") for number in range(25)]
        assert ["没有这个口令" in one for one in tried] == [True] * 20 + [False] * 5
        assert all("歇一会儿" in one for one in tried[20:])
        assert "没有这个口令" in await _writes(other, token="竹-0000-河")
        assert "口令在卡片里" in await _writes(guesser, text=CANARY)
        await place.pass_time(minutes=61)
        assert "没有这个口令" in await _writes(guesser, token="竹-0000-河")


async def test_whoever_is_hurt_is_shown_people_before_anything_is_taken(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-10 15:00", edit=FEEDBACK) as place:
        writer = place.person("feishu", "李想")
        await writer.tells_the_bot("匿名反馈")
        said = await _writes(writer, text="有人在群里骚扰我")
        assert "林岚可以保密面谈" in said and "还没交" in said
        assert query(place, "SELECT 1 FROM boxes") == []
        assert "口令在卡片里" in await _writes(writer, text="有人在群里骚扰我")
        assert len(query(place, "SELECT 1 FROM boxes")) == 1


async def test_on_dingtalk_there_is_no_form_and_so_no_anonymous_box(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("dingtalk",), start="2026-09-10 15:00", edit="") as place:
        writer = place.person("dingtalk", "何强")
        await writer.tells_the_bot("我要反馈")
        assert writer.labels() == ["署名"]
