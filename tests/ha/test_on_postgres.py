"""The thread on PostgreSQL, by one line of the configuration; and two instances of which one sends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from instances import LEASE_S, Instance, instances
from village import at
from wire import Cut

pytestmark = [pytest.mark.xdist_group("postgres"), pytest.mark.timeout(240)]

WHO = {"feishu": ("李想", "研发部", 41), "dingtalk": ("何强", "设备部", 0)}
WORDS = "周四下午两点，会议室A，过一下接口文档"
AFTER_HOURS = "2026-09-08 21:40"
TAKEN_OVER_WITHIN_S = LEASE_S + LEASE_S / 8 + 5
"""The lease, the pause between two looks at it, and the five seconds that are allowed for the rest."""


def copies(bot: Instance, platform: str, words: str = WORDS) -> list[int]:
    """How often each person, or the group, got it."""
    posts = [post for post in bot.posts(platform, WHO[platform][1]) if words in post.text]
    return [*bot.copies(platform, words).values(), *([len(posts)] if posts else [])]


async def until(condition: Callable[[], bool], within_s: float = 30.0) -> float:
    began = time.monotonic()
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - another process is what is waited for
            await asyncio.sleep(0.05)
    return time.monotonic() - began


def sender(bots: list[Instance]) -> tuple[Instance, Instance]:
    """Who holds the lease, and who waits."""
    waiting = [bot for bot in bots if bot.says("another instance sends")]
    assert len(waiting) == 1
    return next(bot for bot in bots if bot is not waiting[0]), waiting[0]


async def both(bots: list[Instance]) -> tuple[Instance, Instance]:
    await bots[0].start_bot()
    await bots[1].start_bot()
    await until(lambda: sum(bot.says("another instance sends") for bot in bots) == 1)
    await bots[0].rest()
    return sender(bots)


async def confirm(bot: Instance, platform: str, words: str = WORDS) -> str:
    """Ask for a notice and press; the toast. Two processes take turns, so the preview may be a moment late."""
    name, department, _ = WHO[platform]
    author = bot.person(platform, name)
    before = len(author.heard())
    await author.tells_the_bot(f"通知{department}：{words}")
    await until(lambda: len(author.heard()) > before)
    return await author.presses("就这样")


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_a_held_notice_goes_out_next_morning_once(tmp_path: Path, database: str, platform: str) -> None:
    async with instances(tmp_path, database, platform, "one", start=AFTER_HOURS) as (bot,):
        await bot.start_bot()
        assert "9月9日（周三）09:00" in await confirm(bot, platform)
        await bot.travel("2026-09-09 08:59")
        assert copies(bot, platform) == []
        await bot.kill_the_bot()
        await bot.start_bot()
        await asyncio.sleep(LEASE_S)
        await bot.travel("2026-09-09 10:30")
        await until(lambda: len(copies(bot, platform)) >= (WHO[platform][2] or 1))
        assert set(copies(bot, platform)) == {1}


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_both_receive_and_one_sends(tmp_path: Path, database: str, platform: str) -> None:
    async with instances(tmp_path, database, platform, "one", "two", start="2026-09-08 10:00") as bots:
        sending, waiting = await both(bots)
        for number in range(6):
            await confirm(sending, platform, f"第{number}件事：下午评审")
        await sending.pass_time(minutes=20)
        for number in range(6):
            words = f"第{number}件事"
            await until(lambda words=words: bool(copies(sending, platform, words)))
            assert set(copies(sending, platform, words)) == {1}
        assert sending.says("delivered") > 0
        assert waiting.says("delivered") == 0
        heard = [(await bot.status())["intake"].get("accepted", 0) for bot in bots]
        assert all(heard), f"one of them has heard nothing: {heard}"


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_the_other_takes_over_from_a_killed_one(tmp_path: Path, database: str, platform: str) -> None:
    async with instances(tmp_path, database, platform, "one", "two", start=AFTER_HOURS) as bots:
        sending, waiting = await both(bots)
        await confirm(sending, platform)
        await sending.kill_the_bot()
        began = time.monotonic()
        await waiting.travel("2026-09-09 09:00")
        await waiting.pass_time(minutes=30)
        await until(lambda: waiting.says("delivered") > 0, TAKEN_OVER_WITHIN_S)
        assert time.monotonic() - began < TAKEN_OVER_WITHIN_S + 10
        await waiting.pass_time(minutes=60)
        await until(lambda: len(copies(waiting, platform)) >= (WHO[platform][2] or 1))
        assert set(copies(waiting, platform)) == {1}


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_what_a_frozen_one_says_afterwards_is_refused(
    tmp_path: Path, database: str, platform: str
) -> None:
    """It is stopped while an answer is on its way, and goes on when another has taken over.

    Feishu knows a repeat by its uuid for an hour and we use it for 50 minutes, so civil time goes on for less.
    """
    async with instances(tmp_path, database, platform, "one", "two", start=AFTER_HOURS) as bots:
        sending, waiting = await both(bots)
        await confirm(sending, platform)
        await _freeze_on_the_way(sending, database, platform, "2026-09-09 09:25")
        sending.thaw()
        await until(lambda: sending.says("sending lease lost") > 0)
        await waiting.travel("2026-09-09 10:30")
        await until(lambda: _under_way(database) == 0, 90)
        if platform == "feishu":
            assert copies(waiting, platform) == [1] * WHO[platform][2]
        assert set(copies(waiting, platform)) <= {1}


async def test_after_an_hour_nobody_guesses_what_a_frozen_one_has_sent(tmp_path: Path, database: str) -> None:
    """Feishu would not know the repeat any more: the copy under way then is unknown, and its author is told.

    The last copies are for those who open at ten; the clock may stand anywhere in the morning when the frozen one thaws.
    """
    async with instances(tmp_path, database, "feishu", "one", "two", start=AFTER_HOURS) as bots:
        sending, waiting = await both(bots)
        await confirm(sending, "feishu")
        await _freeze_on_the_way(sending, database, "feishu", "2026-09-09 10:30")
        sending.thaw()
        await until(lambda: sending.says("sending lease lost") > 0)
        await waiting.travel("2026-09-09 12:00")
        await until(lambda: _under_way(database) == 0, 90)
        unknown = _ask(database, "SELECT told_at FROM outbox WHERE state = 'unknown'")
        assert set(copies(waiting, "feishu")) == {1}
        assert len(copies(waiting, "feishu")) + len(unknown) >= WHO["feishu"][2]
        assert all(told is not None for (told,) in unknown)


async def _freeze_on_the_way(sending: Instance, database: str, platform: str, until_civil: str) -> None:
    """Stop it with a request of the notice under way; return when another has the lease and civil time is there."""
    sends = {"feishu": "/open-apis/im/v1/messages", "dingtalk": "/v1.0/card/instances"}[platform]
    sending.faults({"match": {"path": sends, "body": "会议室A"}, "times": 1, "kind": "slow:1s"})
    going = asyncio.create_task(sending.travel(until_civil))
    await until(lambda: _attempted(database) > 0)
    sending.freeze()
    await until(lambda: _epoch(database, platform) > 1, TAKEN_OVER_WITHIN_S + 5)
    await asyncio.wait({going}, timeout=60)
    going.cancel()
    await asyncio.gather(going, return_exceptions=True)


@pytest.mark.parametrize("how", [Cut.RESET, Cut.SILENT, Cut.DEAF])
@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_one_that_does_not_reach_the_database_is_relieved(
    tmp_path: Path, database: str, platform: str, how: Cut
) -> None:
    """It is cut off in the middle of a notice, lives on with its receipts in hand, and comes back."""
    async with instances(tmp_path, database, platform, "one", "two", start=AFTER_HOURS) as bots:
        sending, waiting = await both(bots)
        await confirm(sending, platform)
        going = asyncio.create_task(_travel_without(sending, "2026-09-09 09:25"))
        await until(lambda: _attempted(database) > 0)
        await sending.cut_off(how)
        await until(lambda: _epoch(database, platform) > 1, TAKEN_OVER_WITHIN_S + 5)
        await sending.wire.mend(keep=how is not Cut.RESET)
        await until(lambda: sending.says("store available again") + sending.says("sending lease lost") > 0)
        await going
        await waiting.travel("2026-09-09 10:30")
        await until(lambda: _under_way(database) == 0, 90)
        if platform == "feishu":
            assert copies(waiting, platform) == [1] * WHO[platform][2]
        assert set(copies(waiting, platform)) <= {1}


async def _travel_without(one: Instance, written: str) -> None:
    """Nobody waits for the one that cannot get on with its work."""
    await one.town.clock.set(at(written), ignore=(one.name,))


async def test_of_two_one_does_the_nightly_chores(tmp_path: Path, database: str) -> None:
    """Walking the directory costs calls, and what is purged stands in the audit: once a night, whoever sends."""
    async with instances(tmp_path, database, "feishu", "one", "two", start=AFTER_HOURS) as bots:
        sending, waiting = await both(bots)
        await sending.travel("2026-09-09 07:00")
        assert [bot.says("directory walked") for bot in (sending, waiting)] == [2, 1]
        assert [bot.says("retention") for bot in (sending, waiting)] == [1, 0]
        await sending.kill_the_bot()
        await until(lambda: _epoch(database, "feishu") > 1, TAKEN_OVER_WITHIN_S + 5)
        await waiting.travel("2026-09-10 07:00")
        assert (waiting.says("directory walked"), waiting.says("retention")) == (2, 1)


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_without_a_database_nobody_acknowledges_and_afterwards_all_goes_on(
    tmp_path: Path, database: str, platform: str
) -> None:
    """What was said meanwhile had no answer, so the platform brings it again."""
    async with instances(tmp_path, database, platform, "one", "two", start="2026-09-08 10:00") as bots:
        await both(bots)
        for bot in bots:
            await bot.cut_off(Cut.RESET)
        name, department, _ = WHO[platform]
        author = bots[0].person(platform, name)
        before = len(author.heard())
        await author.platform.say(author.person, "bot", f"通知{department}：{WORDS}", [])
        await asyncio.sleep(LEASE_S * 1.5)
        frames = [frame for frame in bots[0].town.frames.since(0, platform) if WORDS in frame.text]
        assert frames
        assert not [frame for frame in frames if frame.outcome == "acked"]
        assert len(author.heard()) == before
        for bot in bots:
            await bot.wire.mend()
        await until(lambda: all(bot.says("store available again") for bot in bots), 60)
        await bots[0].pass_time(minutes=10)
        await until(lambda: len(author.heard()) > before)
        await author.presses("就这样")
        await bots[0].pass_time(minutes=20)
        await until(lambda: bool(copies(bots[0], platform)))
        assert set(copies(bots[0], platform)) == {1}


def _ask(database: str, statement: str) -> list[tuple[object, ...]]:
    """The checker's own look into the store; read only."""
    import asyncpg

    async def ask() -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(database)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, ask()).result()


def _attempted(database: str) -> int:
    rows = _ask(database, "SELECT count(*) FROM outbox WHERE state = 'attempted' AND announcement <> ''")
    return int(rows[0][0])  # type: ignore[call-overload, no-any-return]


def _epoch(database: str, platform: str) -> int:
    return int(_ask(database, f"SELECT epoch FROM leases WHERE platform = '{platform}'")[0][0])  # type: ignore[call-overload, no-any-return]


def _under_way(database: str) -> int:
    """Rows of which it is not known yet what will become of them."""
    return int(_ask(database, "SELECT count(*) FROM outbox WHERE state IN ('due', 'attempted')")[0][0])  # type: ignore[call-overload, no-any-return]
