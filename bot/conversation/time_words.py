"""时间词 (time words): the closed grammar of Chinese times; what is written, not yet when that is.

A phrase is ``[截止] day [part of day] [clock] [前]`` or ``半小时后``. Digits alone are never a time: a bare
``3号`` or ``三点`` counts only before a word that a time is followed by, so ``3号方案`` and ``三点建议`` stay words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.conversation import day_words, lengths
from bot.conversation.clock_words import Clock, clock_at, gap
from bot.conversation.day_words import DayWord
from bot.conversation.numerals import NUMBER, WIDE

LONGEST = 10_000
"""Characters that are looked at."""

_JOIN = re.compile(r"[ \t]{0,3}(?:到|至|[-–—~]{1,2})[ \t]{0,3}")
_BEFORE = re.compile(r"[ \t]{0,2}(?:之前|以前|为止|截止|前(?![台面门厅端后任期提夕往沿辈天年]))")
_ABOUT = re.compile(r"[ \t]?(?:左右|前后|准时|整)")
_LATEST = re.compile(r"(?:截止到?|最迟|最晚|不晚于|赶在)[ \t]?")
_WEEKDAY_NOTE = re.compile(
    r"[ \t]?(?:\([ \t]?)?(?:周|星期|礼拜)([一二三四五六日天])(?![程常志报])(?:[ \t]?\))?"
)

_OPEN = re.compile(r"[ \t]?\(")
_DATES = frozenset({"date", "day-of-month", "day-of-named-month"})

_PARTS = {
    "凌晨": "small-hours",
    "清晨": "morning",
    "大清早": "morning",
    "一大早": "morning",
    "大早上": "morning",
    "一早": "morning",
    "早上": "morning",
    "早晨": "morning",
    "上午": "forenoon",
    "中午": "noon",
    "正午": "noon",
    "下午": "afternoon",
    "午后": "afternoon",
    "傍晚": "dusk",
    "晚上": "evening",
    "晚间": "evening",
    "夜里": "night",
    "夜间": "night",
    "半夜": "night",
    "深夜": "night",
    "午夜": "night",
    "晨": "morning",
    "早": "morning",
    "晚": "evening",
    "夜": "night",
}
_LONG_PART = re.compile("|".join(sorted((p for p in _PARTS if len(p) > 1), key=len, reverse=True)))
_SHORT_PART = re.compile(r"[早晚晨夜](?![点些会饭餐班年期安宵已就早晚]|一点(?![钟半0-9零一三]))")
_SHORT_BEFORE_CLOCK = re.compile(rf"[早晚](?!一点(?![钟半0-9零一三]))(?=[ \t]?{NUMBER}(?:点|:[0-5]\d))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A time as written, from ``start`` to ``end`` of the text.

    Attributes:
        note: the weekday that stands beside the day, 0 = Monday: 11月25日（周三）.
        minutes: 半小时后; then there is neither day nor clock.
        is_deadline: …前, …内, 截止….
        until: the end of a range.
        day_end: where the words of the day end, the weekday beside it included.
    """

    start: int
    end: int
    day_end: int = 0
    day: DayWord | None = None
    note: int | None = None
    part: str = ""
    clock: Clock | None = None
    minutes: int | None = None
    is_deadline: bool = False
    until: Phrase | None = None


def phrases(text: str) -> Iterator[Phrase]:
    """All times of ``text``, first to last; each character is looked at a bounded number of times."""
    plain = text[:LONGEST].translate(WIDE)
    at = 0
    while at < len(plain):
        if plain[at] not in _FIRST:
            at += 1
            continue
        found = _ranged(plain, at)
        if found is None:
            at += 1
        else:
            yield found
            at = max(found.end, at + 1)


def phrase_at(text: str, at: int = 0) -> Phrase | None:
    """The time that begins exactly at ``at``."""
    return _ranged(text[:LONGEST].translate(WIDE), at)


_FIRST = frozenset(
    "0123456789零\u3007一二两俩三四五六七八九十半过再差今明后大昨前上本这下周星礼月年工节国元春清劳五端中放假凌早正午傍晚夜深截最不赶每隔待等回稍当次改找"
)


def _ranged(plain: str, at: int) -> Phrase | None:
    first = _one(plain, at)
    if first is None or first.minutes is not None or first.is_deadline:
        return first
    join = _JOIN.match(plain, first.end)
    if not join:
        return first
    second = _one(plain, join.end(), inside_range=True)
    if second is None or second.minutes is not None or second.is_deadline:
        return first
    if second.day is None and first.clock is None:
        return first
    return Phrase(
        start=at,
        end=second.end,
        day_end=first.day_end,
        day=first.day,
        note=first.note,
        part=first.part,
        clock=first.clock,
        until=second,
    )


def _one(plain: str, at: int, *, inside_range: bool = False) -> Phrase | None:
    latest = _LATEST.match(plain, at)
    begin = latest.end() if latest else at
    offset = lengths.length_at(plain, begin)
    if offset is not None:
        minutes, end, within = offset
        return Phrase(start=at, end=end, minutes=minutes, is_deadline=within or bool(latest))
    end, day, note = begin, None, None
    found = day_words.day_at(plain, begin, loose=inside_range)
    if found is not None:
        day, end = found
        day, note, end = _noted(plain, day, end)
    day_end = end
    part, end = _part(plain, end, with_day=day is not None)
    clock, end = clock_at(plain, end, alone=day is None and not part, anything=inside_range)
    if end - begin < 2:  # nothing, or a lone 今 or 早 that promised more
        return None
    about = _ABOUT.match(plain, end)
    end = about.end() if about else end
    before = _BEFORE.match(plain, end)
    return Phrase(
        start=at,
        end=before.end() if before else end,
        day_end=day_end,
        day=day,
        note=note,
        part=part,
        clock=clock,
        is_deadline=bool(before) or bool(latest) or (day is not None and day.is_limit),
    )


def _noted(plain: str, day: DayWord, end: int) -> tuple[DayWord, int | None, int]:
    """A second word for the same day: 11月25日（周三）, 周三（11月25日）."""
    if day.weekday is None:
        beside = _WEEKDAY_NOTE.match(plain, end)
        return (day, day_words.WEEKDAYS[beside[1]], beside.end()) if beside else (day, None, end)
    opened = _OPEN.match(plain, end)
    inside = day_words.day_at(plain, opened.end(), loose=True) if opened else None
    if inside is None or inside[0].kind not in _DATES or plain[inside[1] : inside[1] + 1] != ")":
        return day, None, end
    return inside[0], day.weekday, inside[1] + 1


def _part(plain: str, at: int, *, with_day: bool) -> tuple[str, int]:
    start = gap(plain, at) if with_day else at
    found = _LONG_PART.match(plain, start)
    if not found:
        short = _SHORT_PART if with_day else _SHORT_BEFORE_CLOCK
        found = short.match(plain, start)
    return (_PARTS[found[0]], found.end()) if found else ("", at)
