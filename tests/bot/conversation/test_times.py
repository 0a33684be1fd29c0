"""什么时候: the table in tests/data/times.txt is the specification; what must hold always follows it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import numerals, time_words, times
from policies.calendar import DayTable, WorkCalendar
from policies.wording import moments

TABLE = Path(__file__).parent.parent.parent / "data" / "times.txt"
ZONE = ZoneInfo("Asia/Shanghai")
OFF = {"元旦": ("01-01", 3), "中秋节": ("09-25", 3), "国庆节": ("10-01", 7)}
NAMES = {
    date.fromisoformat(f"2026-{first}") + timedelta(n): name
    for name, (first, long) in OFF.items()
    for n in range(long)
}
CALENDAR = WorkCalendar(
    days=DayTable(
        known_years=frozenset({2026}),
        holidays=frozenset(NAMES),
        make_up=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
        names=NAMES,
    )
)


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZONE)


def rows() -> list[tuple[datetime, str, str]]:
    found, now = [], at("2026-01-01")
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            now = at(line[1:].strip())
        elif " => " in line:
            phrase, _, meaning = line.partition(" => ")
            found.append((now, phrase, meaning))
    return found


def written(answer: times.Found | times.Ask | None) -> str:
    """The answer in the notation of the table."""
    if answer is None:
        return "-"
    if isinstance(answer, times.Ask):
        options = " | ".join(f"{moment:%Y-%m-%d %H:%M}" for _, moment in answer.options)
        return f"? {answer.kind}" + (f": {options}" if options else "")
    if answer.span:
        shown = f"{answer.span[0]:%Y-%m-%d %H:%M} ~ {answer.span[1]:%Y-%m-%d %H:%M}"
    elif answer.deadline:
        shown = f"by {answer.deadline:%Y-%m-%d %H:%M}"
    else:
        shown = f"{answer.moment:%Y-%m-%d %H:%M}"
    return shown + (" clock?" if answer.needs else "") + (" guess" if answer.is_guess else "")


@pytest.mark.parametrize(("now", "phrase", "meaning"), rows(), ids=lambda value: str(value)[:40])
def test_a_time_means_what_the_table_says(now, phrase, meaning):
    assert written(times.find(phrase, now, CALENDAR)) == meaning


def test_the_table_has_at_least_two_hundred_phrases():
    assert len({(now, phrase) for now, phrase, _ in rows()}) >= 200


# ── what must hold always ─────────────────────────────────────────────────────────────────────────

PHRASES = sorted({phrase for _, phrase, _ in rows()})
DAYS = ["", "今天", "明天", "大后天", "周一", "下周三", "本周五", "12月1日", "15号", "下个工作日", "月底", "国庆节后第一个工作日", "三天后"]  # fmt: skip
PARTS = ["", "凌晨", "早上", "上午", "中午", "下午", "傍晚", "晚上", "半夜"]
CLOCKS = ["", "零点", "3点", "九点", "9点半", "12点", "17:00", "07:30", "差五分八点", "十一点三刻"]
nows = st.integers(min_value=0, max_value=2 * 365 * 24 * 3600).map(
    lambda s: at("2026-01-01") + timedelta(seconds=s)
)
said = st.one_of(
    st.sampled_from(PHRASES),
    st.builds(
        lambda *words: "".join(words), st.sampled_from(DAYS), st.sampled_from(PARTS), st.sampled_from(CLOCKS)
    ),
    st.text(
        alphabet="今明后天周一三五下个月号日点半前到上午晚早:：0123456789/-年节工作后两小时分 的，",
        max_size=16,
    ),
)


def all_moments(answer: times.Found | times.Ask | None) -> list[datetime]:
    if isinstance(answer, times.Ask):
        return [moment for _, moment in answer.options]
    if answer is None:
        return []
    return [moment for moment in (answer.moment, answer.deadline, *(answer.span or ())) if moment is not None]


@settings(max_examples=300, deadline=None)
@given(said, nows)
def test_nothing_found_or_offered_lies_in_the_past(text, now):
    for moment in all_moments(times.find(text, now, CALENDAR)):
        assert moment.tzinfo is not None
        assert moment >= now
        assert str(moment.tzinfo) == CALENDAR.zone


@settings(max_examples=300, deadline=None)
@given(said, nows)
def test_a_found_time_is_exactly_one_of_moment_span_and_deadline(text, now):
    answer = times.find(text, now, CALENDAR)
    if isinstance(answer, times.Found):
        assert sum(each is not None for each in (answer.moment, answer.span, answer.deadline)) == 1
        assert answer.span is None or answer.span[0] < answer.span[1]


@settings(max_examples=300, deadline=None)
@given(said, nows)
def test_the_matched_words_alone_mean_the_same(text, now):
    answer = times.find(text, now, CALENDAR)
    if isinstance(answer, times.Found):
        assert text[answer.start : answer.end] == answer.matched
        again = times.find(answer.matched, now, CALENDAR)
        assert all_moments(again) == all_moments(answer)


@pytest.mark.parametrize(("now", "phrase", "meaning"), rows(), ids=lambda value: str(value)[:40])
def test_the_matched_words_of_every_row_alone_mean_the_same(now, phrase, meaning):
    answer = times.find(phrase, now, CALENDAR)
    if answer is not None:
        assert all_moments(times.find(answer.matched, now, CALENDAR)) == all_moments(answer)


@settings(max_examples=300, deadline=None)
@given(said, nows)
def test_the_same_words_at_the_same_moment_mean_the_same(text, now):
    assert times.find(text, now, CALENDAR) == times.find(text, now, CALENDAR)


@given(nows, st.integers(min_value=1, max_value=500 * 24 * 60))
def test_what_the_bot_prints_it_reads_back(now, minutes):
    moment = (now + timedelta(minutes=minutes)).replace(second=0, microsecond=0, fold=0)
    if moment <= now:
        moment += timedelta(minutes=1)
    answer = times.find(moments.at(moment, now), now, CALENDAR)
    assert isinstance(answer, times.Found)
    assert answer.moment == moment


@given(nows, st.integers(min_value=1, max_value=7))
def test_a_bare_clock_from_one_to_seven_always_asks(now, hour):
    answer = times.find(f"{hour}点", now, CALENDAR)
    assert isinstance(answer, times.Ask)
    assert answer.kind == "part"
    assert {moment.hour for _, moment in answer.options} == {hour, hour + 12}


@given(nows, st.integers(min_value=0, max_value=6))
def test_a_bare_weekday_with_a_clock_is_the_next_one(now, weekday):
    answer = times.find(f"周{'一二三四五六日'[weekday]}上午十点", now, CALENDAR)
    assert isinstance(answer, times.Found)
    assert answer.moment is not None
    assert answer.moment.weekday() == weekday
    assert timedelta(0) < answer.moment - now <= timedelta(7)


def test_a_naive_now_is_refused():
    with pytest.raises(ValueError, match="zone"):
        times.find("明天", at("2026-11-24").replace(tzinfo=None), CALENDAR)


def test_opening_and_closing_are_those_of_the_team():
    urumqi = WorkCalendar(opens=time(10), closes=time(19, 30), lunch=None, days=CALENDAR.days)
    found = times.find("明天下班前", at("2026-11-24 14:00"), urumqi)
    assert isinstance(found, times.Found)
    assert found.deadline == at("2026-11-25 19:30")


def test_only_the_first_ten_thousand_characters_are_read():
    assert list(time_words.phrases("嗯" * time_words.LONGEST + "明天")) == []


@pytest.mark.parametrize(
    ("number", "n"),
    [
        ("零", 0),
        ("两", 2),
        ("十", 10),
        ("十五", 15),
        ("二十", 20),
        ("二十一", 21),
        ("五十九", 59),
        ("一十二", 12),
        ("07", 7),
    ],
)
def test_a_number_is_read_from_the_table(number, n):
    assert numerals.read(number) == n


def test_what_is_no_number_is_none():
    assert numerals.read("十十") is None
