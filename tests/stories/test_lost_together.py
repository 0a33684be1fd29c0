"""Many lost answers are one list, and a press on a card proves that it arrived."""

from __future__ import annotations

from pathlib import Path

from village import Actor, Village, village

from sandbox.model import Message

WORDS = "明早交量具台账"
LOST = {"match": {"path": "createAndDeliver", "body": WORDS}, "times": 4, "kind": "lost-answer"}


def _copies(place: Village) -> list[Message]:
    return [
        message
        for message in place.town.log["dingtalk"]
        if any(label == "收到" for _, label in place.town.platforms["dingtalk"].buttons(message))
    ]


async def test_four_lost_cards_are_told_in_two_words_and_a_press_settles_its_own(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("dingtalk",), start="2026-09-08 10:00") as place:
        author = place.person("dingtalk", "何强")
        await author.tells_the_bot(f"通知品控组：【重要】{WORDS} @何强")
        place.faults(LOST)
        await author.presses("就这样")
        await place.kill_the_bot()
        await place.start_bot()
        await place.pass_time(minutes=2)
        alarms = [message for message in author.heard() if "送达待确认" in message.text]
        assert 1 <= len(alarms) <= 2, [message.text for message in alarms]
        assert sum(int(one.text.split("有 ")[1].split(" 张")[0]) for one in alarms) == 4
        assert await _count(place, "unknown") == 4
        card = _copies(place)[0]
        reader = Actor(
            place,
            place.town.platforms["dingtalk"],
            place.town.people["dingtalk"][str(card.person)],
        )
        await reader.presses("收到", card)
        assert await _count(place, "unknown") == 3
        await author.presses("群里有", alarms[-1])
        await author.presses("群里有", alarms[0])
        assert await _count(place, "unknown") == 0
        assert len({message.person for message in _copies(place)}) == len(_copies(place))


async def _count(place: Village, state: str) -> int:
    _, listed = await place.run("outbox", "list", "--state", state, "--json")
    return len([line for line in listed.splitlines() if line.startswith("{")])
