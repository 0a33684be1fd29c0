"""What the crash proof does with a questionnaire: people answer it, the bot dies at an answer or at the count, and every answer counts once.

Feishu's is anonymous and filled in on a form, DingTalk's is named and answered by numbers. Each has a day of its own.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from datetime import datetime, time, timedelta

from tests.proofs import notices, witness
from tests.proofs.rig import Actor, Rig

WHERE = {"feishu": "人力资源部", "dingtalk": "仓储部"}
VOTERS = 5
OPENS, CLOSES = time(14), time(16)
OPTIONS = ("面", "饭")

LINE = """
[[questionnaire]]
id = "{id}"
kind = "poll"
title = "{token} 号食堂"
when = "{when:%Y-%m-%d %H:%M}"
questions = [{{ ask = "吃什么？", kind = "single", options = ["面", "饭"] }}]
audience = ["{where}"]
open_workdays = 0
closes = "{closes:%H:%M}"
"""


def days(starts: datetime, number: int) -> list[datetime]:
    """So many workdays' openings from that day on."""
    found, day = [], starts
    while len(found) < number:
        if day.weekday() < 5:
            found.append(datetime.combine(day, OPENS, day.tzinfo))
        day += timedelta(days=1)
    return found


def lines(platform: str, tokens: list[str], starts: datetime) -> str:
    """The configuration of a session: a questionnaire for each point."""
    anonymous = "anonymous = true\n" if platform == "feishu" else ""
    return "".join(
        LINE.format(id=token.lower(), token=token, when=when, where=WHERE[platform], closes=CLOSES)
        + anonymous
        for token, when in zip(tokens, days(starts, len(tokens)), strict=True)
    )


async def point(
    place: Rig, platform: str, point: notices.Point, when: datetime, rng: random.Random, cold: bool
) -> tuple[bool, witness.Verdict]:
    """Let it open, answer, die, answer again where no answer was taken, and close; whether it died, and what became of it."""
    await place.kill_the_bot()
    await _knows_the_company(place)
    await place.town.clock.set(when - timedelta(minutes=5))
    passes = 0 if point.stage in ("C5", "C6") else rng.randrange(VOTERS)
    await place.start_bot(f"{point.fuse}:{passes}")
    await place.rest()
    place.faults(*notices.weather(platform, point.weather, point.token))
    await place.town.clock.set(when + timedelta(minutes=5))
    everybody = sorted(witness.members(place.town, platform, WHERE[platform]))
    people = [
        Actor(place, place.town.platforms[platform], place.town.people[platform][one])
        for one in rng.sample(everybody, VOTERS)
    ]
    chosen = Counter[str]()
    burnt = False
    for person in people:
        option = rng.randrange(len(OPTIONS))
        chosen[OPTIONS[option]] += 1
        for _ in range(3):
            if await _answers(place, platform, person, point.token, option):
                break
            if place.is_dead:
                burnt = True
                await place.recover(cold=cold)
    if not place.is_dead and not burnt:
        await place.walk_or_death(_after(when).isoformat())
        burnt = place.is_dead
    if place.is_dead:
        burnt = True
        await place.recover(cold=cold)
    place.faults()
    await place.town.clock.set(_after(when))
    return burnt, judged(place, platform, point, set(everybody), chosen)


async def _knows_the_company(place: Rig) -> None:
    """It has walked the directory once: a questionnaire that opens before that is asked of nobody."""
    for _ in range(5):
        if place.store.exists():
            with witness.open_store(place.store) as store:
                known = store.execute("SELECT count(*) FROM accounts").fetchone()[0]
            store.close()
            if known:
                return
        await place.start_bot()
        await place.rest()
        await place.kill_the_bot()
    raise AssertionError("the directory was never walked")


def _after(when: datetime) -> datetime:
    return datetime.combine(when, CLOSES, when.tzinfo) + timedelta(minutes=20)


async def _answers(place: Rig, platform: str, person: Actor, token: str, option: int) -> bool:
    """One try of a person; whether they were told that it is taken (or has been)."""
    before = len(person.heard())
    try:
        if platform == "feishu":
            card = next(
                one for one in reversed(person.heard()) if token in one.text and "q1" in str(one.card)
            )
            answer = await person.platform.press(person.person, card, "提交", {"q1": str(option)})
            await place.rest_or_death()
            return not place.is_dead and any(word in json.dumps(answer, ensure_ascii=False) for word in TAKEN)
        if not person.heard() or not person.heard()[-1].text.startswith("1/1"):
            await person.platform.say(person.person, "bot", "答问卷", [])
            await place.rest_or_death()
        if not place.is_dead:
            await person.platform.say(person.person, "bot", str(option + 1), [])
            await place.rest_or_death()
        heard = person.heard()[before:]
        return not place.is_dead and any(word in message.text for message in heard for word in TAKEN)
    except (StopIteration, asyncio.CancelledError):
        raise
    except Exception as error:  # what the presser sees on the screen
        place.seen_errors.append(repr(error))
        await place.rest_or_death()
        return False


TAKEN = ("已收到，谢谢", "你已经答过")


def judged(
    place: Rig, platform: str, point: notices.Point, asked: set[str], chosen: Counter[str]
) -> witness.Verdict:
    """Every answer is in the counts once, nothing is left that could be opened, and everybody hears the result once."""
    verdict = witness.Verdict(token=point.token, expected=len(asked))
    with witness.open_store(place.store) as store:
        run = store.execute(
            "SELECT run, state, took_part, ending FROM questionnaires WHERE run LIKE ?",
            (f"{point.token.lower()}@%",),
        ).fetchone()
        assert run is not None, "it was never planned"
        tallies = [
            json.loads(row[0])
            for row in store.execute("SELECT tally FROM tallies WHERE run = ?", (run["run"],))
        ]
        boxes = store.execute("SELECT count(*) FROM boxes WHERE run = ?", (run["run"],)).fetchone()[0]
    store.close()
    found = tuple(run)[1:]
    if found != ("reported", sum(chosen.values()), "counted"):
        verdict.other.append(f"{sum(chosen.values())} took part, and it is {found}")
    counted = sum(one["cells"][0]["answered"] for one in tallies)
    if counted < sum(chosen.values()):
        verdict.lost.append(f"{sum(chosen.values()) - counted} answers")
    if counted > sum(chosen.values()):
        verdict.doubled.append(f"{counted - sum(chosen.values())} answers")
    keys = place.folder / "data" / "ballot-keys"
    if boxes or (keys.is_dir() and list(keys.iterdir())):
        verdict.other.append(f"{boxes} boxes and {len(list(keys.iterdir()))} keys are left")
    told = Counter(
        message.person
        for message in place.town.log[platform]
        if message.sender == "bot"
        and message.person
        and point.token in message.text
        and "结果" in message.text
    )
    unknown = _unknown(place, run["run"])
    verdict.unknown = len(unknown)
    verdict.doubled += [f"the result to {one}" for one in asked if told[one] > 1]
    if missing := [one for one in asked - unknown if not told[one]]:
        verdict.lost.append(f"the result to {len(missing)}")
    if unknown and (platform == "feishu" or point.weather not in ("5xx", "lost-answer")):
        verdict.other.append(f"{len(unknown)} may or may not have the result")
    return verdict


def _unknown(place: Rig, run: str) -> set[str]:
    """People of whom the bot says that it does not know whether they have the result."""
    with witness.open_store(place.store) as store:
        rows = [
            dict(row)
            for row in store.execute(
                "SELECT * FROM outbox WHERE state = 'unknown' AND step LIKE 'poll-result%' AND cause = ?",
                (run,),
            )
        ]
    store.close()
    return {one for row in rows for one in witness.people_in(row["recipients"])}
