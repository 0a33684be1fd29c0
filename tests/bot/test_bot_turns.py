"""The pure pieces of turns: which moment, which notice, whether it is stale, and who comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.conversation import staleness
from bot.store.mirror import Directory
from bot.store.rows import AnnouncementRow
from bot.turns import draft, own, recall, retime
from policies.announcement import State
from policies.calendar import Calendars, DayTable, WorkCalendar
from policies.facts import Facts, MentionCandidate
from policies.model import (
    Account,
    Announcement,
    Audience,
    AudienceKind,
    Department,
    DepartmentId,
    Person,
    PersonId,
    Platform,
    Recipient,
    Urgency,
)
from policies.wording.refusal import Refusal

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=SHANGHAI)


HOLIDAYS = frozenset(at(f"2026-10-0{day} 00:00").date() for day in range(1, 8))
CALENDAR = WorkCalendar(days=DayTable(known_years=frozenset({2026}), holidays=HOLIDAYS))
NOW = at("2026-09-08 10:00")  # a Tuesday
AUTHOR = PersonId("feishu:ou_1")
ACCOUNT = Account(Platform.FEISHU, "ou_1")


def row(name: str, state: State, *, confirmed: bool = False) -> AnnouncementRow:
    return AnnouncementRow(
        announcement=Announcement(id=name, author=AUTHOR, text=name, audience=Audience(kind=AudienceKind.COMPANY)),
        state=state,
        asked_from=ACCOUNT,
        created_at=NOW.astimezone(UTC),
        confirmed_at=NOW.astimezone(UTC) if confirmed else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("明天上午十点", "2026-09-09 10:00"),
        ("明天", "2026-09-09 09:00"),
        ("周四下午三点", "2026-09-10 15:00"),
        ("10月8日 14:00", "2026-10-08 14:00"),
    ],
)
def test_words_of_a_moment_become_it_and_a_day_alone_its_opening(words, moment):
    assert retime.when(words, NOW, CALENDAR) == at(moment)


@pytest.mark.parametrize("words", ["回头", "", "昨天上午十点", "今天上午九点"])
def test_what_is_no_moment_to_come_is_asked_about(words):
    assert isinstance(retime.when(words, NOW, CALENDAR), Refusal)


WAITS = row("waits", State.SCHEDULED, confirmed=True)
SHOWN = row("shown", State.PREVIEWED)
OUT = row("out", State.SENT, confirmed=True)
GONE = row("gone", State.RECALLED, confirmed=True)


@pytest.mark.parametrize(
    ("mine", "wish", "nth", "expected"),
    [
        ((OUT, WAITS), "recall", "", OUT),
        ((SHOWN, OUT), "recall", "", OUT),
        ((SHOWN,), "recall", "", SHOWN),
        ((OUT, WAITS), "cancel", "", WAITS),
        ((OUT,), "cancel", "", OUT),
        ((OUT, WAITS), "recall", "2", WAITS),
        ((OUT, WAITS), "recall", "二", WAITS),
        ((GONE, OUT), "recall", "1", None),
        ((OUT,), "recall", "7", None),
        ((OUT,), "recall", "几", None),
        ((GONE,), "recall", "", None),
        ((), "cancel", "", None),
    ],
)
def test_which_notice_is_taken_back(mine, wish, nth, expected):
    assert recall.meant(mine, wish, nth) is expected


@pytest.mark.parametrize(
    ("mine", "expected"),
    [((OUT, WAITS), WAITS), ((SHOWN, WAITS), SHOWN), ((OUT, GONE), OUT), ((), None)],
)
def test_which_notice_why_is_about(mine, expected):
    assert own.meant(mine) is expected


@pytest.mark.parametrize(
    ("text", "since", "opening", "stale"),
    [
        pytest.param("例会改期", "2026-09-08 20:00", "2026-09-09 09:00", False, id="one night"),
        pytest.param("例会改期", "2026-09-11 20:00", "2026-09-14 09:00", False, id="an ordinary weekend"),
        pytest.param("例会改期", "2026-09-30 20:00", "2026-10-08 09:00", True, id="a long rest"),
        pytest.param(
            "今晚八点半开会", "2026-09-08 20:00", "2026-09-09 09:00", True, id="a time that is over"
        ),
        pytest.param(
            "9月9日下午三点开会", "2026-09-08 20:00", "2026-09-09 09:00", False, id="a time to come"
        ),
    ],
)
def test_words_that_may_not_be_true_any_more_are_asked_about(text, since, opening, stale):
    assert staleness.is_stale(text, at(since), at(opening), at(since), CALENDAR) is stale
    it = Announcement(id="a", author=AUTHOR, text=text, audience=Audience(kind=AudienceKind.COMPANY))
    assert staleness.asks_first(it, at(opening), at(since), CALENDAR) is stale
    assert not staleness.asks_first(it, at(opening), at(opening), CALENDAR)
    assert not staleness.asks_first(it, None, at(since), CALENDAR)


# ── who comes first when it is urgent ─────────────────────────────────────────────────────────────

PEOPLE = tuple(
    Person(id=PersonId(f"feishu:ou_{n}"), name=f"同事{n}", accounts=(Account(Platform.FEISHU, f"ou_{n}"),))
    for n in range(6)
)
TEAM = Department(id=DepartmentId("feishu:d1"), name="值班组", platform=Platform.FEISHU)
DIRECTORY = Directory(people=PEOPLE, all_departments=(TEAM,))
URGENT = Announcement(
    id="a", author=AUTHOR, text="断电", audience=Audience(kind=AudienceKind.COMPANY), urgency=Urgency.URGENT, reason="漏水要断电",
)  # fmt: skip


class _World:
    directory = DIRECTORY


class _Scene:
    world = _World()


def _facts(**changes) -> Facts:
    plain = Facts(
        author=PEOPLE[0],
        recipients=tuple(Recipient(person=one.id, account=one.accounts[0], name=one.name) for one in PEOPLE),
        calendars=Calendars(company=CALENDAR),
        names={one.id: one.name for one in PEOPLE},
        mentionable=frozenset(one.id for one in PEOPLE),
    )
    return replace(plain, **changes)


FEW = MentionCandidate(label="值班组", people=(PEOPLE[1].id, PEOPLE[2].id))
ALL = MentionCandidate(label="值班组", people=tuple(one.id for one in PEOPLE))


@pytest.mark.parametrize(
    ("announcement", "candidates", "people"),
    [
        pytest.param(replace(URGENT, mentions=(PEOPLE[3].id,)), (), (PEOPLE[3].id,), id="those it mentions"),
        pytest.param(URGENT, (FEW,), FEW.people, id="the team it speaks of"),
        pytest.param(URGENT, (ALL,), None, id="a team that is everybody is none"),
        pytest.param(URGENT, (MentionCandidate(label="别处", people=FEW.people),), None, id="no team of that name"),
        pytest.param(replace(URGENT, urgency=Urgency.NORMAL), (FEW,), None, id="not urgent"),
        pytest.param(replace(URGENT, audience=Audience(kind=AudienceKind.PEOPLE, people=FEW.people)), (FEW,), None, id="named people already"),
    ],
)  # fmt: skip
def test_of_an_urgent_one_the_smallest_circle_comes_first(announcement, candidates, people):
    found = draft.smaller(_Scene(), announcement, _facts(candidates=candidates))
    assert (found.people if found else None) == people
