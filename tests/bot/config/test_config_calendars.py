"""The days people work: published ones with their document, and honest ignorance of the others."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot import calendars
from bot.config.problems import ConfigProblems, Kind
from policies.calendar import WorkCalendar

YEAR_2027 = """
year = 2027
source = "a made-up notice for this test"
published = 2026-11-30
make_up = [2027-02-20]
[[holiday]]
name = "New Year"
first = 2026-12-31
last = 2027-01-02
[[holiday]]
name = "Spring Festival"
first = 2027-02-05
last = 2027-02-12
"""


@pytest.fixture
def folder(tmp_path):
    """The company's own calendar folder."""

    def write(text, name="2027.toml"):
        (tmp_path / name).write_text(text, "utf-8")
        return tmp_path

    return write


def days(first, last):
    return [
        date.fromisoformat(first) + timedelta(n)
        for n in range((date.fromisoformat(last) - date.fromisoformat(first)).days + 1)
    ]


def test_every_day_of_2026_is_as_the_state_council_published_it():
    off = {
        *days("2026-01-01", "2026-01-03"),
        *days("2026-02-15", "2026-02-23"),
        *days("2026-04-04", "2026-04-06"),
        *days("2026-05-01", "2026-05-05"),
        *days("2026-06-19", "2026-06-21"),
        *days("2026-09-25", "2026-09-27"),
        *days("2026-10-01", "2026-10-07"),
    }
    on = {
        date.fromisoformat(d)
        for d in ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")
    }
    table = calendars.tables().days
    for day in days("2026-01-01", "2026-12-31"):
        assert table.is_workday(day) is (day in on or (day not in off and day.weekday() < 5)), day
        assert not table.is_guess(day)


def test_2026_names_its_document_and_its_holidays():
    tables = calendars.tables()
    assert tables.sources[2026].published == date(2025, 11, 4)
    assert tables.sources[2026].document
    assert tables.days.names[date(2026, 10, 1)] == "\u56fd\u5e86\u8282"


def test_the_notice_we_ship_agrees_with_the_package():
    package, ours = calendars._packaged().days, calendars.tables().days
    assert (ours.holidays, ours.make_up) == (package.holidays, package.make_up)


def test_an_earlier_year_is_known_without_a_document():
    source = calendars.tables().sources[2025]
    assert (source.document, source.published) == ("", None)


def test_a_year_that_nobody_published_is_a_guess():
    tables = calendars.tables()
    assert not tables.knows(2099)
    assert tables.days.is_guess(date(2099, 6, 1))


def test_a_company_can_bring_the_next_year_itself(folder):
    tables = calendars.tables(folder(YEAR_2027))
    assert tables.knows(2027)
    assert not tables.days.is_workday(date(2026, 12, 31))
    assert not tables.days.is_workday(date(2027, 2, 5))
    assert tables.days.is_workday(date(2027, 2, 20))
    assert not tables.days.is_workday(date(2026, 10, 1))


def test_a_company_can_correct_what_we_ship(folder):
    text = 'year = 2026\nsource = "s"\npublished = 2026-01-01\n[[holiday]]\nname = "n"\nfirst = 2026-10-01\nlast = 2026-10-03\n'
    tables = calendars.tables(folder(text, "2026.toml"))
    assert tables.days.is_workday(date(2026, 10, 7))
    assert not tables.days.is_workday(date(2026, 10, 10))
    assert tables.sources[2026].document == "s"


def test_no_company_folder_is_no_mistake(tmp_path):
    assert calendars.tables(tmp_path / "nowhere").knows(2026)


@pytest.mark.parametrize(
    ("wrong", "right", "kind", "key", "line"),
    [
        ("make_up = [2027-02-20]", "make_up = [2027-02-22]", "make-up-on-a-weekday", "make_up", 5),
        ("make_up = [2027-02-20]", "make_up = [2027-02-06]", "day-on-and-off", "make_up", 5),
        ("make_up = [2027-02-20]", "make_up = [2028-02-20]", "day-of-another-year", "make_up", 5),
        ("last = 2027-02-12", "last = 2027-02-01", "holiday-in-order", "holiday[2].last", 13),
        ("first = 2026-12-31", "first = 2026-11-30", "day-of-another-year", "holiday[1].first", 8),
        ('name = "New Year"', 'nmae = "New Year"', Kind.UNKNOWN_KEY, "holiday[1].nmae", 7),
        ("published = 2026-11-30", 'published = "yesterday"', Kind.WRONG_VALUE, "published", 4),
        ('source = "a made-up notice for this test"', "", Kind.MISSING, "source", 0),
    ],
)
def test_a_mistake_in_a_notice_names_file_line_and_key(folder, wrong, right, kind, key, line):
    assert wrong in YEAR_2027
    with pytest.raises(ConfigProblems) as caught:
        calendars.tables(folder(YEAR_2027.replace(wrong, right)))
    found = [
        (it.detail if it.kind is Kind.RULE else it.kind, it.key, it.line) for it in caught.value.problems
    ]
    assert (kind, key, line) in found
    assert all(it.file.endswith("2027.toml") for it in caught.value.problems)


# ── hours ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_team_has_its_own_hours_over_the_same_days(read):
    loaded = read(
        "[work_hours]\ndays_off = [2026-12-24]\n"
        '[[work_hours.team]]\nname = "Urumqi"\ndepartments = ["U"]\nopens = "10:00"\ncloses = "19:00"\n'
        "days_on = [2026-12-24]\ndays_off = [2026-05-27]\n"
    )
    known = calendars.calendars(loaded.config, calendars.tables())
    christmas, kurban = date(2026, 12, 24), date(2026, 5, 27)
    assert not known.company.is_workday(christmas)
    assert known.company.is_workday(kurban)
    assert known.of("Urumqi").is_workday(christmas)
    assert not known.of("Urumqi").is_workday(kurban)
    assert known.of("Urumqi").opens.hour == 10
    assert known.of("nobody") is known.company
    assert not known.company.is_workday(date(2026, 10, 1))


# ── warnings ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("now", "years"),
    [
        ("2026-10-31T12:00+08:00", []),
        ("2026-11-01T00:00+08:00", ["2027"]),
        ("2026-10-31T23:59+00:00", ["2027"]),
        ("2027-03-01T12:00+08:00", ["2027"]),
        ("2027-11-02T12:00+08:00", ["2027", "2028"]),
    ],
)
def test_from_november_on_an_unpublished_next_year_is_a_warning(read, now, years):
    tables = calendars.Tables(days=calendars.DayTable(known_years=frozenset({2026})))
    found = calendars.warnings(read(), tables, datetime.fromisoformat(now))
    assert [it.allowed[0] for it in found if it.kind is Kind.YEAR_UNKNOWN] == years


@pytest.mark.parametrize(("days_allowed", "warned"), [(9, True), (10, False)])
def test_a_hold_must_outlast_the_longest_break(read, days_allowed, warned):
    loaded = read(f"[work_hours]\nlongest_hold_days = {days_allowed}\n")
    found = calendars.warnings(loaded, calendars.tables(), datetime(2026, 1, 5, tzinfo=UTC))
    short = [it for it in found if it.kind is Kind.SHORT_HOLD]
    assert bool(short) is warned
    if warned:
        assert (short[0].line, short[0].allowed) == (10, ("2026-02-15", "2026-02-23", "10"))


def test_the_longest_break_is_looked_for_from_today_on():
    calendar = WorkCalendar(days=calendars.tables().days)
    assert calendars.longest_break(calendar, date(2026, 9, 1)) == (date(2026, 10, 1), date(2026, 10, 7), 8)
