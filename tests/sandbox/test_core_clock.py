"""The walking clock, as followers and drivers live it."""

import asyncio
from datetime import timedelta

import pytest
from core_town import MONDAY, at, following, living_town, until

from sandbox import followers
from sandbox.clock import TownClock, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3h", 10800), ("90m", 5400), ("1h30m", 5400), ("200ms", 0.2), ("5", 5), ("2d", 172800)],
)
def test_a_duration_reads_as_people_write_it(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "3x", "-1h", "h"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


async def test_timers_fire_in_the_order_of_their_moments_and_at_their_moment():
    clock = TownClock(MONDAY)
    seen = []
    for moment in ("11:00", "09:00", "10:00"):
        clock.call_at(at(moment), lambda: seen.append(clock.now()))
    clock.call_at(at("09:30"), lambda: seen.append("never")).cancel()
    await clock.advance(timedelta(hours=5))
    assert seen == [at("09:00"), at("10:00"), at("11:00")]
    assert clock.now() == at("13:30")


async def test_a_timer_set_by_a_timer_on_the_way_fires_on_the_same_walk():
    clock = TownClock(MONDAY)
    seen = []

    async def first():
        await clock.sleep_until(at("10:00"))
        seen.append(clock.now())

    clock.call_at(at("09:00"), first)
    await clock.set(at("12:00"))
    assert seen == [at("10:00")]
    await clock.close()


async def test_a_failing_timer_does_not_stop_the_clock(caplog):
    clock = TownClock(MONDAY)
    clock.call_at(at("09:00"), lambda: 1 / 0)
    assert await clock.set(at("10:00")) == at("10:00")
    assert "timer failed" in caplog.text


async def test_real_time_cannot_be_turned():
    async with living_town(start=None) as talk:
        assert "real time" in (await talk.post("/_sandbox/clock", {"advance": "1h"}, 409))["error"]


async def test_a_walk_stops_at_every_moment_of_every_follower():
    async with (
        living_town() as talk,
        following(talk, "bot", due=["09:00", "11:00"]) as bot,
        following(talk, "other", due=["10:00"]) as other,
    ):
        answer = await talk.post("/_sandbox/clock", {"advance": "3h"})
        assert answer == {"now": at("11:30").isoformat()}
        assert bot.woken == [("09:00:00", "09:00:00"), ("11:00:00", "11:00:00")]
        assert other.woken == [("10:00:00", "10:00:00")]


async def test_the_rude_jump_goes_past_what_was_due():
    async with living_town() as talk, following(talk, "bot", due=["09:00"]) as bot:
        await talk.post("/_sandbox/clock", {"set": at("12:00").isoformat(), "walk": False})
        await until(lambda: bot.woken)
        assert bot.woken == [("09:00:00", "12:00:00")]
        assert (
            "back only"
            in (await talk.post("/_sandbox/clock", {"set": at("09:00").isoformat()}, 400))["error"]
        )


async def test_a_lane_is_granted_its_wait_without_anybody_turning_the_clock():
    async with living_town() as talk, following(talk, "bot", lanes=["08:30:02", "08:30:04"]) as bot:
        await until(lambda: len(bot.woken) == 2)
        assert bot.woken == [("08:30:02", "08:30:02"), ("08:30:04", "08:30:04")]


async def test_a_lane_is_not_granted_more_than_five_seconds_by_itself():
    async with living_town() as talk, following(talk, "bot", lanes=["08:30:30"]) as bot:
        assert (await talk.get("/_sandbox/clock"))["now"] == MONDAY.isoformat()
        await talk.post("/_sandbox/clock", {"advance": "1m"})
        assert bot.woken == [("08:30:30", "08:30:30")]


async def test_the_clock_stands_while_a_frame_is_not_acknowledged():
    async with living_town() as talk, following(talk, "bot"):
        talk.town.frame_sent()
        turning = asyncio.create_task(talk.post("/_sandbox/clock", {"advance": "1h"}))
        await talk.get("/_sandbox/people", platform="dingtalk")
        assert talk.town.clock.now() == MONDAY
        assert "1 frames" in (await talk.get("/_sandbox/clock"))["busy"]
        talk.town.frame_done()
        assert (await turning)["now"] == at("09:30").isoformat()


async def test_a_report_of_an_old_epoch_does_not_count_as_having_looked():
    clock = TownClock(MONDAY)
    held = asyncio.create_task(
        clock.followers.report("bot", seen=MONDAY, next_due=None, idle=True, epoch=clock.epoch)
    )
    await until(lambda: clock.followers.names() and clock.why_busy() is None)
    clock.bump()
    assert clock.why_busy() == "bot has not looked yet"
    assert await held == (MONDAY, clock.epoch)
    await clock.close()


async def test_a_newer_call_of_the_same_name_releases_the_older_one():
    clock = TownClock(MONDAY)
    calls = [
        asyncio.create_task(clock.followers.report("bot", seen=MONDAY, next_due=None, idle=True))
        for _ in range(2)
    ]
    async with asyncio.timeout(1):
        await calls[0]
    assert not calls[1].done()
    clock.followers.close()
    await calls[1]


async def test_a_silent_follower_is_named_and_can_be_left_behind(monkeypatch):
    monkeypatch.setattr(followers, "SILENT_AFTER_S", 0.2)
    async with living_town() as talk:
        async with following(talk, "bot"):
            pass
        await until(lambda: talk.town.clock.why_busy())
        assert "bot" in (await talk.post("/_sandbox/clock", {"advance": "1h"}, 504))["error"]
        assert talk.town.clock.now() == MONDAY
        await talk.post("/_sandbox/clock", {"advance": "1h", "ignore": ["bot"]})
        assert talk.town.clock.now() == at("09:30")
        async with talk.http.delete(talk.town.url + "/_sandbox/clock/followers/bot") as answer:
            assert answer.status == 200
        await talk.post("/_sandbox/clock", {"advance": "1h"})
