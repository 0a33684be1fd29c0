"""The other ways of the box: not even who took part, a key that a second person keeps, and figures by department."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from polls_village import anonymous, everything_on_disk, fills_in, has_form, people_of, query
from village import Village, village

from bot.ballots.keys import pair

OPENING = "2026-09-11 15:58"
CANARY = "金丝雀在会议室睡着了"


async def _hands_in(place: Village, run: str, key: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "poll",
        "close",
        run,
        "--key",
        "--config",
        str(place.config),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate(f"{key}\n".encode())
    return process.returncode or 0, out.decode()


async def test_nobody_knows_who_took_part_and_only_the_holder_opens(tmp_path: Path) -> None:
    public, private = pair()
    more = f'participation = "hidden"\nholder = "沈洁"\nholder_key = "{public.hex()}"\n[log]\nlevel = "debug"'
    async with village(tmp_path, platforms=("feishu",), start=OPENING, edit=anonymous(more=more)) as place:
        people = people_of(place, "feishu", "人力资源部")
        await place.travel("2026-09-11 16:05")
        assert (
            "连谁参与过我也不知道" in has_form(people[0]).text
            and "钥匙在沈洁手里" in has_form(people[0]).text
        )
        await people[0].presses("看条款")
        assert "拆票钥匙由沈洁保管" in people[0].last() and "看得到你参与过的：没有人" in people[0].last()
        for n, one in enumerate(people[:6]):
            assert await fills_in(one, {"q1": "4", "q3": f"{CANARY}{'一二三四五六'[n]}"}) == "已收到，谢谢"
        assert "已经答过" in await fills_in(people[0], {"q1": "0"})
        tags = [tag for (tag,) in query(place, "SELECT tag FROM took_part")]
        assert len(tags) == 6 and not any("ou_" in tag for tag in tags)
        await place.travel("2026-09-14 09:45")
        assert all("每个人都提醒一次" in one.last() for one in people)
        code, said = await _hands_in(place, "week-one@2026-09-11", private.hex())
        assert code == 3 and "不能提前拆" in said
        await place.travel("2026-09-14 13:45")
        assert "等沈洁交出拆票钥匙" in place.person("feishu", "周敏").last()
        assert "结束" in await fills_in(people[7], {"q1": "4"})
        on_disk = everything_on_disk(tmp_path)
        assert [name for name, body in on_disk.items() if CANARY.encode() in body] == []
        code, said = await _hands_in(place, "week-one@2026-09-11", pair()[1].hex())
        assert code == 3 and "打不开" in said
        code, said = await _hands_in(place, "week-one@2026-09-11", private.hex())
        assert code == 0, said
        await place.travel("2026-09-14 14:00")
        assert "参与 6 人" in people[8].last()
        assert query(place, "SELECT 1 FROM took_part UNION SELECT 1 FROM boxes") == []
        assert list((tmp_path / "data" / "ballot-keys").iterdir()) == []


async def test_who_has_no_form_is_not_asked_and_small_departments_hide(tmp_path: Path) -> None:
    edit = anonymous(more='by_department = true\nopen_workdays = 0\ncloses = "17:30"').replace(
        'audience = ["人力资源部"]', 'audience = ["研发部", "设计组", "品控组"]'
    )
    async with village(tmp_path, start=OPENING, edit=edit) as place:
        await place.travel("2026-09-11 16:05")
        asked = {name: people_of(place, "feishu", name) for name in ("研发部", "设计组")}
        quality = people_of(place, "dingtalk", "品控组")
        assert len(asked["设计组"]) == 4 and all(has_form(one) for one in asked["设计组"])
        assert [one.heard() for one in quality] == [[]] * len(quality)
        await asked["设计组"][0].presses("看条款")
        assert f"其中 {len(quality)} 人的聊天里没有表单" in asked["设计组"][0].last()
        assert "研发部、设计组、品控组" in asked["设计组"][0].last()
        for one in (*asked["研发部"][:12], *asked["设计组"][:3]):
            mark = "4" if one in asked["研发部"] else "0"
            assert await fills_in(one, {"q1": mark}) == "已收到，谢谢"
        await place.travel("2026-09-11 17:45")
        said = asked["设计组"][0].last()
        assert "（15/" in said and "个部门人数少，不单独显示" in said
        assert "　研发部" not in said and "　设计组" not in said


async def test_words_that_tell_are_asked_about_once_before_they_are_taken(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start=OPENING, edit=anonymous()) as place:
        people = people_of(place, "feishu", "人力资源部")
        await place.travel("2026-09-11 16:05")
        telling = {"q1": "1", "q3": "只有我一个人值夜班"}
        assert "会让人认出是你" in await fills_in(people[0], telling)
        assert query(place, "SELECT 1 FROM boxes") == []
        assert await fills_in(people[0], telling) == "已收到，谢谢"
        assert "还没有作答" in await fills_in(people[1], {})
        await people[1].tells_the_bot("真的匿名吗")
        assert "指纹" in people[1].last() and "平台技术上看得到" in people[1].last()
        admin = place.person("feishu", "周敏")
        await admin.tells_the_bot("暂停驿站到今天下午五点")
        assert await fills_in(people[1], {"q1": "0"}) == "已收到，谢谢"
        assert "没有发给你" in await fills_in_as(place, admin, people[1])


async def fills_in_as(place: Village, stranger, member) -> str:
    """Somebody else presses a card of which they got hold."""
    card = has_form(member)
    card.person = stranger.person.id
    answer = await stranger.platform.press(stranger.person, card, "提交", {"q1": "2"})
    await place.rest()
    return str(answer["toast"]["content"])
