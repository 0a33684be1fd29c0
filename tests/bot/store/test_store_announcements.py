"""Announcements and what hangs on them: buttons, timers, dialogues."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_builders import AUTHOR, DAY, GROUP, HOUR, LI, MINUTE, NOW, ZHANG, asked

from bot.store import actions, announcement_codec, announcements, dialogs, timers
from bot.store.rows import Action, CatchUp, Dialog, Timer
from policies import audience
from policies.announcement import State
from policies.facts import Past
from policies.model import (
    Announcement,
    Audience,
    AudienceKind,
    DepartmentId,
    Everyone,
    PersonId,
    Platform,
    Tag,
    Urgency,
)

BOSS = PersonId("feishu:ou_boss")


# ── Announcements ─────────────────────────────────────────────────────────────────────────────────


async def test_an_announcement_comes_back_as_it_was_written(store):
    row = asked(
        tags=frozenset({Tag.IMPORTANT, Tag.URGENT}),
        urgency=Urgency.URGENT,
        label="研发部",
        size=23,
        card_key="k" * 40,
        generation=1,
        confirmed_at=NOW,
        confirmed_by=BOSS,
        undo_until=NOW + MINUTE,
        skeleton="明早例会改到十点",
        decision={"verdict": "hold", "findings": [{"rule": "work-hours"}]},
        version=3,
    )
    assert await store.write(announcements.put, row)
    assert await store.read(announcements.get, "a1") == row
    assert await store.read(announcements.get, "a2") is None


_WORDS = st.text(max_size=12)


@given(
    st.builds(
        Announcement,
        id=_WORDS,
        author=_WORDS.map(PersonId),
        text=_WORDS,
        audience=st.builds(
            Audience,
            kind=st.sampled_from(AudienceKind),
            name=_WORDS,
            platform=st.none() | st.sampled_from(Platform),
            departments=st.lists(_WORDS.map(DepartmentId), max_size=2).map(tuple),
            chat=st.sampled_from([None, GROUP]),
            people=st.lists(_WORDS.map(PersonId), max_size=2).map(tuple),
        ),
        tags=st.frozensets(st.sampled_from(Tag)),
        raw_tag=_WORDS,
        urgency=st.sampled_from(Urgency),
        reason=_WORDS,
        mentions=st.lists(st.just(Everyone.ALL) | st.just(BOSS), max_size=3).map(tuple),
        not_before=st.sampled_from([None, NOW]),
        waivers=st.frozensets(_WORDS, max_size=2),
    )
)
def test_every_announcement_survives_being_json(announcement):
    assert announcement_codec.from_json(announcement_codec.to_json(announcement)) == announcement


async def test_who_decided_on_an_older_version_is_told_to_read_again(store):
    def put(conn, row, expected):
        return announcements.put(conn, row, expected=expected)

    row = asked()
    assert await store.write(put, row, 0)
    assert not await store.write(put, row, 0)
    edited = replace(row, version=2, label="产品部")
    assert await store.write(put, edited, 1)
    assert not await store.write(put, replace(row, version=2, label="市场部"), 1)
    assert (await store.read(announcements.get, "a1")).label == "产品部"


async def test_of_two_reviewers_one_wins(store):
    await store.write(announcements.put, asked(state=State.IN_REVIEW))
    found = await asyncio.gather(
        store.write(announcements.move, "a1", [State.IN_REVIEW], State.APPROVED),
        store.write(announcements.move, "a1", [State.IN_REVIEW], State.DECLINED),
    )
    assert sorted(found) == [False, True]


async def test_an_author_s_own_come_newest_first(store):
    for n, state in enumerate([State.SENT, State.SCHEDULED, State.CANCELLED]):
        await store.write(announcements.put, asked(f"a{n}", state, created_at=NOW + n * MINUTE))
    await store.write(announcements.put, asked("other", author=BOSS))
    own = await store.read(announcements.by_author, AUTHOR)
    assert [row.announcement.id for row in own] == ["a2", "a1", "a0"]
    waiting = await store.read(announcements.by_author, AUTHOR, [State.SCHEDULED], 5)
    assert [row.announcement.id for row in waiting] == ["a1"]
    assert [row.announcement.id for row in await store.read(announcements.in_states, [State.SCHEDULED])] == [
        "other",
        "a1",
    ]
    assert (await store.read(announcements.counts))[State.SCHEDULED] == 2


async def test_budgets_count_what_was_confirmed_and_not_taken_back(store):
    important = frozenset({Tag.IMPORTANT})
    rows = [
        asked("sent", State.SENT, tags=important, confirmed_at=NOW),
        asked("held", State.SCHEDULED, tags=important, urgency=Urgency.URGENT, confirmed_at=NOW - DAY),
        asked("recalled", State.RECALLED, tags=important, confirmed_at=NOW - DAY),
        asked("old", State.SENT, tags=important, confirmed_at=NOW - 8 * DAY),
        asked("draft", State.PREVIEWED, tags=important),
        asked("undone", State.CANCELLED, tags=important, urgency=Urgency.URGENT, confirmed_at=NOW),
        asked("plain", State.SENT, confirmed_at=NOW),
        asked("other's", State.SENT, tags=important, confirmed_at=NOW, author=BOSS),
    ]
    for row in rows:
        await store.write(announcements.put, row)
    week = NOW - 7 * DAY
    assert await store.read(announcements.count_important, AUTHOR, week) == 3
    assert await store.read(announcements.count_urgent, AUTHOR, week) == 1

    def besides(conn):
        return announcements.count_important(conn, AUTHOR, week, besides="held")

    assert await store.read(besides) == 2


async def test_the_past_of_two_days_is_known_for_repetitions(store):
    await store.write(
        announcements.put, asked("b", State.SENT, confirmed_at=NOW, skeleton="x", label="研发部")
    )
    await store.write(announcements.put, asked("a", State.SENT, confirmed_at=NOW - 3 * DAY))
    assert await store.read(announcements.recent, NOW - 2 * DAY) == (
        Past(
            id="b",
            author=AUTHOR,
            skeleton="x",
            audience_label=audience.key(asked("b", State.SENT).announcement.audience),
            decided_at=NOW,
        ),
    )


# ── Buttons ───────────────────────────────────────────────────────────────────────────────────────


def _button(**changes) -> Action:
    action = Action(
        id="x1",
        kind="fix",
        subject="a1",
        label="就这样",
        addressees=(AUTHOR,),
        version=2,
        change={"not_before": "2026-09-30T09:00:00+08:00", "n": 1, "b": True, "none": None},
        expires_at=NOW + HOUR,
    )
    return replace(action, **changes)


async def test_a_button_comes_back_as_it_was_made(store):
    await store.write(actions.put, _button())
    assert await store.read(actions.get, "x1") == _button()
    assert await store.read(actions.of_subject, "a1") == (_button(),)


async def test_a_button_works_once_even_pressed_twice_at_once(store):
    await store.write(actions.put, _button())
    found = await asyncio.gather(*(store.write(actions.use, "x1", AUTHOR, NOW) for _ in range(4)))
    assert sorted(found) == [False, False, False, True]
    used = await store.read(actions.get, "x1")
    assert (used.used_by, used.used_at) == (AUTHOR, NOW)
    await store.write(actions.put, _button())
    assert not await store.write(actions.use, "x1", AUTHOR, NOW)


@pytest.mark.parametrize(
    ("changes", "person", "at", "works"),
    [
        pytest.param({}, BOSS, NOW, False, id="not addressed to this person"),
        pytest.param({"addressees": ()}, BOSS, NOW, True, id="addressed to whoever sees it"),
        pytest.param({}, AUTHOR, NOW + HOUR, False, id="expired"),
        pytest.param({"id": "x2"}, AUTHOR, NOW, False, id="no such button"),
    ],
)
async def test_who_may_press_and_when(store, changes, person, at, works):
    await store.write(actions.put, _button(**changes))
    assert await store.write(actions.use, "x1", person, at) is works


async def test_a_button_that_may_be_pressed_again_may(store):
    await store.write(actions.put, _button(once=False))
    assert [await store.write(actions.use, "x1", AUTHOR, NOW) for _ in range(2)] == [True, True]


async def test_buttons_of_an_old_version_are_ended_and_later_forgotten(store):
    await store.write(actions.put, _button())
    assert await store.write(actions.revoke, "a1", NOW) == 1
    assert not await store.write(actions.use, "x1", AUTHOR, NOW)
    assert await store.write(actions.expire, NOW) == 0
    assert await store.write(actions.expire, NOW + DAY) == 1
    assert await store.read(actions.get, "x1") is None


# ── Timers ────────────────────────────────────────────────────────────────────────────────────────


def _timer(minutes=0, key="release:a1", **changes) -> Timer:
    timer = Timer(key=key, kind="release", subject="a1", due_at=NOW + timedelta(minutes=minutes))
    return replace(timer, **changes)


async def test_a_timer_fires_once_whoever_asks_and_however_often_it_is_set(store):
    timer = _timer(catch_up=CatchUp.SKIP)
    for _ in range(2):
        await store.write(timers.put, timer)
    assert await store.read(timers.due, NOW) == (timer,)
    fired = await asyncio.gather(*(store.write(timers.done, timer.key, timer.due_at) for _ in range(4)))
    assert sorted(fired) == [False, False, False, True]
    await store.write(timers.put, timer)
    assert await store.read(timers.due, NOW + DAY) == ()


async def test_timers_come_in_the_order_of_their_moments(store):
    for minutes in (5, -5, 60):
        await store.write(timers.put, _timer(minutes))
    assert await store.read(timers.next_at) == NOW - 5 * MINUTE
    assert [one.due_at for one in await store.read(timers.due, NOW + 10 * MINUTE)] == [
        NOW - 5 * MINUTE,
        NOW + 5 * MINUTE,
    ]
    assert await store.read(timers.due, NOW - HOUR) == ()


async def test_a_timer_called_off_does_not_fire_unless_set_again(store):
    await store.write(timers.put, _timer())
    assert await store.write(timers.cancel, "release:a1") == 1
    assert await store.read(timers.next_at) is None
    assert not await store.write(timers.done, "release:a1", NOW)
    await store.write(timers.put, _timer())
    assert await store.read(timers.pending, "release:a1") == (_timer(),)
    assert await store.write(timers.done, "release:a1", NOW)


async def test_fired_timers_are_forgotten_after_their_days(store):
    await store.write(timers.put, _timer())
    await store.write(timers.put, _timer(1))
    await store.write(timers.done, "release:a1", NOW)
    assert await store.write(timers.purge, NOW + DAY) == 1
    assert await store.read(timers.next_at) == NOW + MINUTE


# ── Dialogues ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_dialogue_is_one_an_account_and_ends(store):
    first = Dialog(
        account=ZHANG,
        expects="reason",
        subject="a1",
        offers=(("就这样", "x1"),),
        until=NOW + HOUR,
        greeted=True,
    )
    await store.write(dialogs.put, replace(first, expects="text"))
    await store.write(dialogs.put, first)
    assert await store.read(dialogs.get, ZHANG) == first
    assert await store.read(dialogs.get, ZHANG, NOW) == first
    assert await store.read(dialogs.get, ZHANG, NOW + HOUR) == Dialog(
        account=ZHANG, until=NOW + HOUR, greeted=True
    )
    assert await store.read(dialogs.get, LI) is None
    await store.write(dialogs.clear, ZHANG)
    assert await store.read(dialogs.get, ZHANG) is None


async def test_old_dialogues_are_forgotten_but_not_that_somebody_was_greeted(store):
    await store.write(dialogs.put, Dialog(account=ZHANG, until=NOW, greeted=True))
    await store.write(dialogs.put, Dialog(account=LI, until=NOW))
    assert await store.write(dialogs.purge, NOW + DAY) == 1
    assert await store.read(dialogs.get, ZHANG) is not None
