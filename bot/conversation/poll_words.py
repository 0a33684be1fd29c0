"""问卷的说法 (poll words): what somebody wants asked, read from a sentence; whether they may is judged elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time

from bot.conversation import times
from policies.calendar import WorkCalendar
from policies.questionnaire.model import Ask, Question

MOST = 10
_WEEKLY = re.compile(r"每(?:个)?(?:周|星期)(?P<day>[一二三四五六日天])")
_DAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_TAIL = re.compile(r"^[^，,：:\n]*[，,：:\n]+")
_LEAD = re.compile(
    r"^(?:匿名|署名|实名|看看|问问|问一下|问|想知道|了解一下|了解|主题是|内容是|题目是|就问|[，,：:\s]|的)+"
)
_WRITTEN = re.compile(r"(?:说说|写写|写一句|建议|想说|意见)")
_OPTIONS = re.compile(r"^(?P<ask>.*?)[：:\s]+(?P<options>[^/／：:]+(?:[/／][^/／：:]+)+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Attributes:
    weekly: weekday (Monday is 0) and clock, where it is to be asked again and again.
    questions: empty: it has not been said yet.
    """

    is_anonymous: bool
    weekly: tuple[int, time] | None = None
    questions: tuple[Question, ...] = ()


def read(said: str, now: datetime, calendar: WorkCalendar) -> Wanted:
    anonymous = "匿名" in said
    found = _WEEKLY.search(said)
    if found:
        moment = times.find(said[found.start() + 1 :], now, calendar)
        clock = time(16)
        if isinstance(moment, times.Found) and moment.moment is not None:
            clock = calendar.local(moment.moment).time()
        return Wanted(is_anonymous=anonymous, weekly=(_DAYS[found["day"]], clock))
    tail = _TAIL.sub("", said, count=1) if _TAIL.match(said) else ""
    return Wanted(is_anonymous=anonymous, questions=questions(tail))


def questions(text: str) -> tuple[Question, ...]:
    """One a line; ``吃什么：面/饭`` has options, 说说… is answered in words, all else from 1 to 5."""
    lines = [bare for line in text.splitlines() if (bare := _LEAD.sub("", line.strip()).strip())]
    return tuple(_question(line, nth) for nth, line in enumerate(lines[:MOST], start=1))


def _question(line: str, nth: int) -> Question:
    if found := _OPTIONS.match(line):
        options = tuple(dict.fromkeys(one.strip() for one in re.split(r"[/／]", found["options"])))
        if len(options) > 1:
            return Question(
                id=f"q{nth}", text=found["ask"].strip()[:120], kind=Ask.SINGLE, options=options[:10]
            )
    kind = Ask.TEXT if _WRITTEN.search(line) else Ask.SCALE
    return Question(id=f"q{nth}", text=line[:120], kind=kind)
