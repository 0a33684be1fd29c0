"""What a long rest overtakes, said of the day on which it leaves; or not at all, where that would be a guess."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.conversation import redating
from policies.calendar import DayTable, WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar(
    days=DayTable(
        known_years=frozenset({2026}),
        holidays=frozenset(date(2026, 10, 1) + timedelta(n) for n in range(7)),
        make_up=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
    )
)
NOW = datetime(2026, 9, 30, 18, 25, tzinfo=ZONE)
OPENING = datetime(2026, 10, 8, 9, 0, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("明天下午发版，大家留意", "10月8日下午发版，大家留意"),
        ("请大家明早十点到会议室A", "请大家10月8日早十点到会议室A"),
        ("10月1日（周四）14:00 过接口文档", "10月8日 14:00 过接口文档"),
        ("后天下班前交周报", None),
        ("明天上午到后天下午停电", None),
        ("明天发版，周五复盘", None),
        ("明天早上八点半集合", None),
        ("10月9日下午发版", None),
        ("三点开会", None),
        ("每周五下午例会", None),
        ("半小时后开会", None),
        ("大家辛苦了", None),
    ],
)
def test_only_what_can_be_told_is_said_anew(text, expected):
    assert redating.redated(text, OPENING, NOW, CALENDAR) == expected


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("明天下午发版", date(2026, 10, 1)),
        ("今天晚上八点发版", None),
        ("10月8日下午发版", None),
        ("大家辛苦了", None),
    ],
)
def test_of_which_day_off_it_speaks(text, day):
    assert redating.day_off(text, OPENING, NOW, CALENDAR) == day
