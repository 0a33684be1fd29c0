"""How long an announcement to everybody takes on the town's clock, against the floor that the platforms' own rates set.

``python -m bench.announcing [--people 12600] [--groups 500] [--on feishu]`` prints one JSON object a line. First so many messages for
so many groups on each platform stand in the store, due, and a bot is started beside them. Then somebody sends a word to
everybody in a large company, a message or a batch each; while it goes out, another writes something
urgent. The town refuses whatever comes too fast, as the platforms do, and its clock stands but for what a rate makes us
wait, so the figure is the same on every machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import tomlkit

from bot.clock import ManualClock
from bot.store import outbox
from bot.store.engine import Store
from bot.store.keys import derive
from bot.store.rows import NewOutbox
from policies.effects import SendText
from policies.model import Chat, Platform
from sandbox import app, company, config_file
from sandbox.recorder import Record
from tests.stories import village as stories
from tests.stories.village import Actor, Village, at

START = "2026-09-08 10:00"
SENDS = ("/open-apis/im/v1/messages", "/v1.0/robot/groupMessages/send", "/v1.0/robot/oToMessages/batchSend",
         "/v1.0/card/instances/createAndDeliver")  # fmt: skip
WINDOWS = {"feishu": ((50, 1.0), (1000, 60.0)), "dingtalk": ((20, 1.0),)}
"""So many calls of one interface in so many seconds, as the platforms say themselves."""
TOO_FAST = ("99991400", "Forbidden.AccessDenied.QpsLimitForApi", "90018")
GOALS = {"groups": 1.05, "people": 1.02}
URGENT_AT_S = {"feishu": 85, "dingtalk": 62}
"""Seconds after the press, of which the first sixty are for taking it back."""
URGENT_WITHIN_S = 5.0
"""From the press to the last copy, on the town's clock."""
WORDS = "本周五下午全员安全演练"
PRESSING = "支付接口挂了，值班的人上线"
REASON = "支付接口挂了，用户付不了款，要马上恢复"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one platform took, and when."""

    calls: int
    refused: int
    began: datetime
    took_s: float
    floor_s: float

    @property
    def ratio(self) -> float:
        return self.took_s / self.floor_s if self.floor_s else 1.0


def floor_s(calls: int, windows: Iterable[tuple[int, float]]) -> float:
    """The earliest that the last of so many calls may leave, all windows together."""
    recent = [(deque[float](maxlen=n), per_s) for n, per_s in windows]
    now = 0.0
    for _ in range(calls):
        now = max([now, *(past[0] + per_s for past, per_s in recent if len(past) == past.maxlen)])
        for past, _ in recent:
            past.append(now)
    return now


def sent(records: Iterable[Record], platform: str) -> Sent:
    calls = [one for one in records if one.platform == platform and one.path.startswith(SENDS)]
    good = [one for one in calls if one.status == 200 and b"99991400" not in one.response]
    refused = [
        one for one in calls if one.status == 429 or any(code.encode() in one.response for code in TOO_FAST)
    ]
    return Sent(
        calls=len(good),
        refused=len(refused),
        began=good[0].at,
        took_s=(good[-1].at - good[0].at).total_seconds(),
        floor_s=floor_s(len(good), WINDOWS[platform]),
    )


@asynccontextmanager
async def town_of(people: int, platform: str) -> AsyncIterator[Village]:
    """A company with about so many people on that platform; the bot serves it alone, or two would wait for one clock."""
    town = app.build_town(start=at(START), company=f"large:{people}")
    town.settings.update({"dingtalk.edition": "professional"})
    stories.LONGEST_START_S = 600.0
    runner = await app.start(town)
    with tempfile.TemporaryDirectory() as folder:
        place = Village(town=town, folder=Path(folder), platforms=(platform,))
        try:
            config_file.write(town, place.config)
            _only(place)
            yield place
        finally:
            await place.kill_the_bot()
            await runner.cleanup()


def _only(place: Village) -> None:
    """One platform, an admin there; an edition whose month holds so much, and no card template: people get batches."""
    (platform,) = place.platforms
    document = tomlkit.parse(place.config.read_text(encoding="utf-8"))
    for name in ({"feishu", "dingtalk"} - {platform}) | {"person", "workspace", "announce"}:
        document.pop(name, None)
    admin = f"{platform}:{_first(place).person.id}"
    document["company"]["admins"] = [admin]  # type: ignore[index]
    grants = [{"who": [admin], "audience": "company"}, {"who": ["everyone"], "audience": "own-department"}]
    document["announce"] = {"grant": grants}
    if platform == "dingtalk":
        document["dingtalk"]["edition"] = "professional"  # type: ignore[index]
        document["dingtalk"].pop("card_template", None)  # type: ignore[union-attr]
    place.config.write_text(tomlkit.dumps(document), encoding="utf-8")


def _first(place: Village) -> Actor:
    (platform,) = place.platforms
    return Actor(place, place.town.platforms[platform], next(iter(place.town.people[platform].values())))


async def to_groups(groups: int, platform: str) -> tuple[Sent, float]:
    """Each group its message, all due at once."""
    async with town_of(1_000, platform) as place:
        chats = [Chat(Platform(platform), one) for one in _made(place, platform, groups)]
        store = Store(f"sqlite:///{place.folder / 'data' / 'yizhan.db'}", ManualClock(at(START)))
        (place.folder / "data").mkdir(mode=0o700)
        await store.open()
        await store.write(outbox.insert, tuple(map(_row, chats)))
        await store.close()
        began_s = time.monotonic()
        await place.start_bot()
        for _ in range(600):
            await place.pass_time(seconds=1)
            if sum(WORDS in one.text for one in place.town.log[platform]) == len(chats):
                break
        return sent(_records(place), platform), time.monotonic() - began_s


def _made(place: Village, name: str, groups: int) -> list[str]:
    """As if they had always been there: the bot hears of none of them."""
    people = [one.id for one in place.town.people[name].values() if one.active]
    return [
        company.new_chat(
            place.town, name, f"第{n:03}群", people[n % len(people)], [people[n % len(people)]], bot=True
        ).id
        for n in range(groups)
    ]


def _row(chat: Chat) -> NewOutbox:
    return NewOutbox(
        key=derive("bench", "a1", "notice", str(chat), 0),
        effect=SendText(to=chat, text=WORDS),
        step="notice",
        created_at=at(START),
        not_before=at(START),
    )


async def to_people(people: int, platform: str) -> tuple[Sent, float, float]:
    """A word to everybody; the seconds that an urgent one needed in its midst."""
    async with town_of(people, platform) as place:
        await place.start_bot()
        everybody = sum(one.active for one in place.town.people[platform].values())
        say(f"the bot is up, {everybody} people on {platform}")
        admin = _first(place)
        await admin.tells_the_bot(f"发全员：{WORDS}")
        last = place.town.recorder.latest(1)[0].id
        await admin.presses("就这样")
        began_s, urgent_s = time.monotonic(), 0.0
        for second in range(1, 1_200):
            await place.pass_time(seconds=1)
            if second == URGENT_AT_S[platform]:
                urgent_s = await _urgent(place)
            if second % 10 == 0 and second > URGENT_AT_S[platform]:
                copies = sum(place.copies(platform, WORDS).values())
                say(f"{second} s: {copies} of {everybody}")
                if copies >= everybody:
                    break
        of_the_words = [one for one in _records(place, last) if _has(one, WORDS) and not _has(one, "内容：")]
        return sent(of_the_words, platform), urgent_s, time.monotonic() - began_s


def _has(record: Record, words: str) -> bool:
    """In whatever depth of JSON."""
    body = (record.body or b"").decode()
    return any(
        form in body for form in (words, json.dumps(words)[1:-1], json.dumps(json.dumps(words)[1:-1])[1:-1])
    )


async def _urgent(place: Village) -> float:
    """From the press to the last copy of something urgent for one department."""
    town, (platform,) = place.town, place.platforms
    author = next(
        one for one in town.people[platform].values() if one.active and one.head and one.departments
    )
    department = town.departments[platform][author.departments[0]].name
    actor = Actor(place, town.platforms[platform], author)
    await actor.tells_the_bot(f"通知{department}：【紧急】{PRESSING}")
    await _offered(place, actor, "写一句原因")
    await actor.presses("写一句原因")
    await actor.tells_the_bot(REASON)
    await _offered(place, actor, "就这样")
    labels, pressed = actor.labels(), town.clock.now()
    say(f"urgent, with {labels}")
    await actor.presses(next(one for one in labels if one.startswith(("发给全部", "就这样"))))
    await place.pass_time(seconds=30)
    arrived = [
        one.sent_at
        for one in town.log[platform]
        if one.sender == "bot" and PRESSING in one.text and one.sent_at >= pressed and one.person != author.id
    ]
    return (max(arrived) - pressed).total_seconds()


async def _offered(place: Village, actor: Actor, label: str) -> None:
    """An answer may have to wait for room in the minute; what that takes is said."""
    asked = place.town.clock.now()
    for _ in range(90):
        if actor.heard() and label in actor.labels():
            break
        await place.pass_time(seconds=1)
    say(f"{label}: answered after {(place.town.clock.now() - asked).total_seconds():.1f} s")


def _records(place: Village, since: int = 0) -> list[Record]:
    return list(place.town.recorder.records(since=since))


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _shown(what: str, platform: str, one: Sent, took_s: float, **more: Any) -> bool:
    row = {
        "what": what, "platform": platform, "calls": one.calls, "refused": one.refused,
        "floor_s": round(one.floor_s, 2), "town_s": round(one.took_s, 2), "ratio": round(one.ratio, 3),
        "goal": GOALS[what], "real_s": round(took_s, 1), **more,
    }  # fmt: skip
    print(json.dumps(row), flush=True)
    return one.ratio <= GOALS[what] and not one.refused


async def main(people: int, groups: int, platforms: list[str]) -> int:
    is_good = True
    for platform in platforms if groups else ():
        one, took_s = await to_groups(groups, platform)
        is_good &= _shown("groups", platform, one, took_s)
    for platform in platforms if people else ():
        one, urgent_s, took_s = await to_people(people, platform)
        is_good &= _shown("people", platform, one, took_s, urgent_s=round(urgent_s, 2))
        is_good &= urgent_s <= URGENT_WITHIN_S
    return 0 if is_good else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--people", type=int, default=12_600, help="in the company; four in five are on Feishu"
    )
    parser.add_argument("--groups", type=int, default=500)
    parser.add_argument("--on", choices=("feishu", "dingtalk"), action="append")
    asked = parser.parse_args()
    sys.exit(asyncio.run(main(asked.people, asked.groups, asked.on or ["feishu", "dingtalk"])))
