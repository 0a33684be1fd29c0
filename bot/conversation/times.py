"""什么时候 (times): from Chinese words to a moment, or a question back; never a guess.

A bare weekday or clock that has passed means the next one; 1–7 o'clock without a part of day asks; the past is
refused. What is found lies in the calendar's zone and after ``now``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.conversation import time_days, time_words
from bot.conversation.clock_words import Clock
from bot.conversation.day_parts import LATER_THAN_OPENING, WINDOWS, hours_of
from bot.conversation.time_answers import Ask, Found
from bot.conversation.time_days import Days
from bot.conversation.time_words import Phrase
from policies.calendar import WorkCalendar
from policies.wording import moments

__all__ = ["Ask", "Found", "find", "resolve"]

SMALL_HOURS = 5
"""Until this hour 明天 may mean the day that has already begun, so it asks."""

_NOON = time(12)


def find(text: str, now: datetime, calendar: WorkCalendar) -> Found | Ask | None:
    """The first time in ``text``; what repeats (每周五) is none.

    Raises:
        ValueError: ``now`` is naive.
    """
    local = calendar.local(now)
    for phrase in time_words.phrases(text):
        answer = resolve(phrase, text, local, calendar)
        if answer is not None:
            return answer
    return None


def resolve(phrase: Phrase, text: str, now: datetime, calendar: WorkCalendar) -> Found | Ask | None:
    """When ``phrase`` of ``text`` is."""
    return _Reading(text=text, phrase=phrase, now=calendar.local(now), calendar=calendar).answer()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    text: str
    phrase: Phrase
    now: datetime
    calendar: WorkCalendar

    def answer(self) -> Found | Ask | None:
        try:
            return self._answer()
        except OverflowError:
            return self._ask("no-such-day")

    def _answer(self) -> Found | Ask | None:
        phrase = self.phrase
        if phrase.minutes is not None:
            moment = self._after(phrase.minutes)
            return self._found(deadline=moment) if phrase.is_deadline else self._found(moment=moment)
        days = self._days()
        if days.trouble == "every":
            return None
        if phrase.until is not None:
            return self._range()
        if days.trouble or len(days.dates) != 1:
            return self._ask(days.trouble or "day", self._on(days.dates))
        clash = self._clash(days.dates[0])
        if clash is not None:
            return clash
        if phrase.clock is None:
            return self._without_clock(days)
        return self._with_clock(days)

    # ── the day ───────────────────────────────────────────────────────────────────────────────────

    def _days(self) -> Days:
        word, today = self.phrase.day, self.now.date()
        if word is None:
            return Days(dates=(today,), step=1)
        days = time_days.dates(word, today, self.calendar)
        if word.kind == "relative" and word.n == 1 and self.now.hour < SMALL_HOURS:
            return Days(dates=(today, today + timedelta(1)), trouble="day")
        if word.kind == "weekday" and word.n is None and days.dates == (today,) and not self._is_timed():
            return Days(dates=(today, today + timedelta(7)), trouble="day")
        return days

    def _is_timed(self) -> bool:
        return self.phrase.clock is not None or bool(self.phrase.part)

    def _clash(self, day: date) -> Ask | None:
        note = self.phrase.note
        if note is None or day.weekday() == note:
            return None
        ahead = (note - self.now.weekday()) % 7
        return self._ask("contradiction", self._on((day, self.now.date() + timedelta(ahead))))

    def _on(self, days: tuple[date, ...]) -> tuple[datetime, ...]:
        """The moments the clock of the phrase has on these days; the day's opening when it has none."""
        if self.phrase.clock is None:
            opening = _NOON if self.phrase.part == "noon" else self.calendar.opens
            first = WINDOWS[self.phrase.part][0] if self.phrase.part in LATER_THAN_OPENING else None
            return tuple(self._at(day, time(first) if first else opening) for day in days)
        return tuple(moment for day in days for moment in self._moments(day)[0])

    # ── without a clock ───────────────────────────────────────────────────────────────────────────

    def _without_clock(self, days: Days) -> Found | Ask:
        day, part = days.dates[0], self.phrase.part
        if part == "noon":
            moments_at_noon = [self._at(day, _NOON), self._at(day + timedelta(days.step), _NOON)]
            return self._first_future(moments_at_noon, rolls=bool(days.step))
        first, last = self._window(day, part)
        if last <= self.now and days.step:
            day += timedelta(days.step)
            first, last = self._window(day, part)
        if last <= self.now:
            return self._ask("past")
        if not self.phrase.is_deadline:
            return self._found(span=(max(first, self.now), last), needs="clock")
        limit = self._at(day, self.calendar.closes) if not part else first
        if limit <= self.now:
            return self._ask("past")
        return self._found(deadline=limit, needs="clock")

    def _window(self, day: date, part: str) -> tuple[datetime, datetime]:
        first, last = WINDOWS[part]
        return self._at(day, time(first)), self._at(day + timedelta(last // 24), time(last % 24))

    def _first_future(self, found: list[datetime], *, rolls: bool) -> Found | Ask:
        for moment in found if rolls else found[:1]:
            if moment > self.now:
                return self._found(deadline=moment) if self.phrase.is_deadline else self._found(moment=moment)
        return self._ask("past")

    # ── with a clock ──────────────────────────────────────────────────────────────────────────────

    def _with_clock(self, days: Days) -> Found | Ask:
        day = days.dates[0]
        if self.phrase.clock is not None and self.phrase.clock.named and not self.calendar.is_workday(day):
            opening = self.calendar.next_opening(self._at(day, time(0)))
            return self._ask("day-off", (opening,))
        moments_that_day, trouble = self._moments(day)
        if days.step and all(moment <= self.now for moment in moments_that_day):
            moments_that_day, trouble = self._moments(day + timedelta(days.step))
        elif days.step and trouble:
            later = self._moments(day + timedelta(days.step))[0]
            moments_that_day = tuple(
                min((one for one in pair if one > self.now), default=pair[0])
                for pair in zip(moments_that_day, later, strict=True)
            )
        if trouble:
            return self._ask(trouble, moments_that_day)
        moment = moments_that_day[0]
        if moment <= self.now:
            return self._passed_today(day)
        return self._found(deadline=moment) if self.phrase.is_deadline else self._found(moment=moment)

    def _passed_today(self, day: date) -> Ask:
        """今天9点, said at 14:00: tonight or tomorrow may be meant, and neither is taken."""
        clock = self.phrase.clock
        if clock is None or clock.is_exact or self.phrase.part or clock.named or clock.hour >= 12:
            return self._ask("past")
        tonight = self._at(day, time(clock.hour + 12, clock.minute))
        return self._ask("past", (tonight, self._at(day + timedelta(1), time(clock.hour, clock.minute))))

    def _moments(self, day: date) -> tuple[tuple[datetime, ...], str]:
        """The moments the clock may mean on ``day``, and what to ask when there are several."""
        clock = self.phrase.clock or Clock()
        if clock.named:
            return (self._at(day, getattr(self.calendar, clock.named)),), ""
        hours, trouble = hours_of(clock, self.phrase.part)
        if self._is_noon_or_midnight(clock):
            hours, trouble = (12, 24), "part"
        found = tuple(self._at(day + timedelta(hour // 24), time(hour % 24, clock.minute)) for hour in hours)
        return found, trouble

    def _is_noon_or_midnight(self, clock: Clock) -> bool:
        """A bare 12点, said in the afternoon: tonight's midnight comes first, tomorrow's noon is likelier."""
        bare = self.phrase.day is None and not self.phrase.part and not clock.is_exact
        return bare and clock.hour == 12 and self.now.hour >= 12

    # ── ranges ────────────────────────────────────────────────────────────────────────────────────

    def _range(self) -> Found | Ask | None:
        until = self.phrase.until
        first = replace(self, phrase=replace(self.phrase, until=None)).answer()
        if until is None or not isinstance(first, Found):
            return replace(first, matched=self._matched(), end=self.phrase.end) if first else None
        begin = first.moment or (first.span[0] if first.span else None)
        if begin is None:
            return None
        end = self._end(until, begin)
        if isinstance(end, Ask):
            return replace(end, matched=self._matched(), start=self.phrase.start, end=self.phrase.end)
        if end is None or end <= begin:
            return self._ask("contradiction")
        needs = "" if self.phrase.clock and until.clock else "clock"
        return self._found(span=(begin, end), needs=needs)

    def _end(self, until: Phrase, begin: datetime) -> datetime | Ask | None:
        """The end of a range: what it does not say, it takes from the beginning."""
        if until.day is None:
            clock = until.clock
            if clock is None:
                return None
            hours, _ = hours_of(clock, until.part or ("" if clock.is_exact else self.phrase.part))
            plain, _ = hours_of(clock, until.part)
            found = sorted(
                self._at(begin.date() + timedelta(hour // 24), time(hour % 24, clock.minute))
                for hour in {*hours, *(() if until.part else plain)}
            )
            return next((moment for moment in found if moment > begin), None)
        day = until.day
        if (
            day.kind == "weekday"
            and day.n is None
            and self.phrase.day is not None
            and self.phrase.day.n is not None
        ):
            day = replace(day, n=self.phrase.day.n if self.phrase.day.kind == "weekday" else None)
        ended = replace(until, day=day)
        just_before = self._at(begin.date(), time(0)) - timedelta(seconds=1)
        answer = replace(self, phrase=ended, now=just_before if day.n is None else self.now).answer()
        if not isinstance(answer, Found):
            return answer
        return answer.moment or answer.deadline or (answer.span[1] if answer.span else None)

    # ── answers ───────────────────────────────────────────────────────────────────────────────────

    def _after(self, minutes: int) -> datetime:
        later = (self.now.astimezone(UTC) + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
        if later <= self.now:
            later += timedelta(minutes=1)
        return later.astimezone(ZoneInfo(self.calendar.zone))

    def _at(self, day: date, clock: time) -> datetime:
        """A clock time that the zone skips that day becomes the moment it was skipped to."""
        zone = ZoneInfo(self.calendar.zone)
        return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC).astimezone(zone)

    def _matched(self) -> str:
        return self.text[self.phrase.start : self.phrase.end]

    def _found(
        self,
        *,
        moment: datetime | None = None,
        span: tuple[datetime, datetime] | None = None,
        deadline: datetime | None = None,
        needs: str = "",
    ) -> Found:
        day = (moment or deadline or (span[0] if span else self.now)).date()
        return Found(
            matched=self._matched(),
            start=self.phrase.start,
            end=self.phrase.end,
            moment=moment,
            span=span,
            deadline=deadline,
            is_guess=self.calendar.is_guess(day),
            needs=needs,
        )

    def _ask(self, kind: str, options: tuple[datetime, ...] = ()) -> Ask:
        offered = sorted({moment for moment in options if moment > self.now})
        return Ask(
            kind=kind,
            matched=self._matched(),
            start=self.phrase.start,
            end=self.phrase.end,
            options=tuple(
                (moments.at(moment, self.now, zone=self.calendar.zone), moment) for moment in offered
            ),
        )
