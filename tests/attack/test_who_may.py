"""Who may speak to whom: at the asking, and again at the sending, whatever was true in between."""

from __future__ import annotations

from pathlib import Path

import pytest
from village import Actor, Village, at, village

from bot import control

pytestmark = pytest.mark.timeout(240)
WORDS = "三号会议室改到二楼"
TIMES = {"day": "2026-09-08 10:00", "night": "2026-09-08 21:40", "holiday": "2026-10-02 10:00"}

ROLES = {
    "feishu": {
        "admin": ("周敏", ""),
        "holder": ("林岚", ""),
        "head": ("陈立", ""),
        "member": ("李想", ""),
        "other": ("赵小满", ""),
    },
    "dingtalk": {
        "admin": ("周敏", ""),
        "head": ("何强", ""),
        "member": ("孙莉", ""),
    },
}
MAY = {
    "feishu": {
        "company": {"admin", "holder"},
        "研发部": {"admin", "holder", "head", "member"},
        "接口组": {"admin", "holder", "head", "member"},
        "市场部": {"admin", "holder", "other"},
        "财务部": {"admin", "holder"},
    },
    "dingtalk": {
        "company": {"admin"},
        "设备部": {"admin", "head", "member"},
        "品控组": {"admin", "head"},
    },
}
"""The company, and with it every part, is granted to its announcers; to everybody what is theirs: their departments
with those above, and what is below those they lead."""


async def explained(place: Village, actor: Actor, to: str, at: str) -> str:
    asked = {"as": f"{actor.platform.name}:{actor.person.id}", "to": to, "at": at}
    async for line in control.ask(place.folder / "data", "explain", asked | {"text": WORDS}):
        if "answer" in line:
            return str(line["answer"]["verdict"])
    raise AssertionError("no answer")


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_nobody_speaks_where_they_hold_no_grant_at_any_hour(tmp_path: Path, platform: str) -> None:
    async with village(tmp_path, platforms=(platform,), start=TIMES["day"]) as place:
        found: dict[tuple[str, str, str], str] = {}
        for role, (name, where) in ROLES[platform].items():
            for audience in MAY[platform]:
                for when, moment in TIMES.items():
                    actor = place.person(platform, name, where)
                    found[role, audience, when] = await explained(place, actor, audience, moment)
        refused = {(role, audience) for (role, audience, _), verdict in found.items() if verdict == "refuse"}
        may = {(role, audience) for audience, roles in MAY[platform].items() for role in roles}
        every = {(role, audience) for role in ROLES[platform] for audience in MAY[platform]}
        assert refused == every - may


HELD = {
    "a member has gone to another department": ("feishu", "李想", "", "通知接口组", "财务部", None),
    "a head leads no more": ("dingtalk", "孙莉", "", "通知设备部", "仓储部", False),
    "the holder of the company's grant leads no more": (
        "feishu", "林岚", "", "发全员", "行政部", False,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("platform", "name", "where", "ask", "to", "head"), HELD.values(), ids=HELD.keys())
async def test_a_grant_that_is_gone_by_the_morning_sends_nothing(
    tmp_path: Path, platform: str, name: str, where: str, ask: str, to: str, head: bool | None
) -> None:
    async with village(tmp_path, platforms=(platform,), start=TIMES["night"]) as place:
        author = place.person(platform, name, where)
        await author.tells_the_bot(f"{ask}：{WORDS}")
        await author.presses("就这样")
        await place.pass_time(minutes=2)
        before = len(author.heard())
        department = next(one.id for one in place.town.departments[platform].values() if one.name == to)
        if head is not None:
            await author.platform.move(author.person, author.person.departments, head=head)
        await author.platform.move(author.person, [department])
        await place.travel("2026-09-09 12:00")
        told = {author.person.id, place.person(platform, "周敏").person.id}
        assert place.copies(platform, WORDS).keys() <= told
        assert [m for m in place.town.log[platform] if m.chat and m.sender == "bot" and WORDS in m.text] == []
        assert any(WORDS in message.text for message in author.heard()[before:])


async def test_a_strangers_group_of_the_same_name_is_not_the_one_that_is_meant(tmp_path: Path) -> None:
    """A name is nobody's property: what is told goes to the people of the department, or to the managed group."""
    async with village(tmp_path, platforms=("feishu",), start=TIMES["day"]) as place:
        author, stranger = place.person("feishu", "陈立"), place.person("feishu", "赵小满")
        guests = [place.person("feishu", "何晓").person]
        made = [
            await stranger.platform.create_chat(name, stranger.person, guests, bot=True)
            for name in ("研发部", "研发部全员", "禾川全员")
        ]
        await place.pass_time(minutes=1)
        await stranger.platform.change_chat(place.chat("feishu", "市场部"), {"name": "研发部"})
        await place.pass_time(minutes=1)
        await author.tells_the_bot(f"通知研发部：{WORDS}")
        if "就这样" in author.labels():
            await author.presses("就这样")
        await place.pass_time(minutes=10)
        log = [m for m in place.town.log["feishu"] if m.sender == "bot" and WORDS in m.text]
        wrong = {chat.id for chat in made}
        assert [m for m in log if m.chat in wrong] == []
        reached = {m.person for m in log if m.person} - {author.person.id}
        assert stranger.person.id not in reached


LIMITED = "\n[work_hours]\nurgent_per_author_per_month = 1\n"


async def test_a_month_of_urgency_ends_with_the_month_and_not_with_the_clock(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-28 22:10", edit=LIMITED) as place:
        author = place.person("feishu", "李想")

        async def urgent(number: int) -> bool:
            words = f"值班群里第{number}件事"
            await author.tells_the_bot(f"通知研发部：{words}")
            if "这件事很急" not in author.labels():  # the month is used up: it is not even offered
                await author.tells_the_bot("算了")
                return False
            await author.presses("这件事很急")
            await author.tells_the_bot("支付接口挂了，用户付不了款，要马上恢复")
            if author.labels() and author.labels()[0].startswith("只发给"):
                await author.presses(author.labels()[0])
            await place.pass_time(minutes=2)
            return any(
                m.sender == "bot" and words in m.text and m.person not in (None, author.person.id)
                for m in place.town.log["feishu"]
            )

        assert await urgent(1)
        assert not await urgent(2)
        await place.travel("2026-09-30 23:40")
        assert not await urgent(3)
        await place.travel("2026-10-01 22:10")
        assert await urgent(4)
        assert not await urgent(5)
        await place.town.clock.set(at("2026-09-30 22:10"), walk=False)
        await place.rest()
        assert not await urgent(6)
